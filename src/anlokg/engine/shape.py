"""What an endpoint must be told of a query: its form, and whether it names a dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORD = re.compile(
    r"""
    '''(?:[^'\\]|\\.|'(?!''))*+(?:''')? | \"{3}(?:[^"\\]|\\.|"(?!""))*+(?:\"{3})?
  | '(?:[^'\\\n\r]|\\.)*+'? | "(?:[^"\\\n\r]|\\.)*+"?
  | <[^\x00-\x20<>"{}|^`\\]*> | \#[^\n\r]* | [?$]\w+ | @[\w-]+
  | [\w.\-\u00b7\u0300-\u036f\u203f\u2040]{0,200}+:(?:[\w\-.:%/]|\\.)*
  | (?P<word>\w+)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Each piece is taken at once, closed or not, so that the time grows with the length only."""
ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
PROLOGUE = frozenset({"BASE", "PREFIX", "VERSION"})
# Words that a query cannot hold. Some servers run updates that come as queries.
UPDATES = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "DEFINE"}
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the words of a query say: its form, and whether it names a dataset of its own.

    The form is empty for what is no query, such as an update.
    """

    form: str
    has_dataset: bool

    @property
    def is_graph(self) -> bool:
        return self.form in ("CONSTRUCT", "DESCRIBE")

    @classmethod
    def of(cls, query: str) -> Shape:
        """The shape of a query; words in strings, comments and names do not count."""
        words = [m["word"].upper() for m in _pieces(query) if m["word"]]
        first = next((word for word in words if word not in PROLOGUE), "")
        is_query = first in FORMS and UPDATES.isdisjoint(words)
        return cls(first if is_query else "", "FROM" in words)


def prefixes(query: str) -> dict[str, str]:
    """Prefixes that a query declares, with their namespaces; relative ones are left out."""
    found, pieces = {}, tokens(query)
    for piece in pieces:
        if piece.upper() == "PREFIX":
            name, iri = next(pieces, ""), next(pieces, "")
            if name.endswith(":") and ABSOLUTE.match(iri):
                found[name[:-1]] = iri[1:-1]
    return found


def tokens(query: str) -> Iterator[str]:
    """The strings, IRIs, comments, variables, names and words of a query."""
    return (match.group() for match in _pieces(query))


def _pieces(query: str) -> Iterator[re.Match[str]]:
    # An escape may stand anywhere, in a keyword too.
    return WORD.finditer(ESCAPE.sub(_decoded, query))


def _decoded(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number < 0x110000 else " "
