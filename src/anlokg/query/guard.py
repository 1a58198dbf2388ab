"""Looks at a query before it runs: its form, and what a service must know of it.

Strings, comments and IRIs are taken out first; what is left is searched for telling words. Where
it is in doubt, the guard says that a query does what it might do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import QueryRefused
from . import federation, scan

DEEPEST = 500
"""Levels of brackets; the parser runs out of stack at some thousands."""

SILENT = re.compile(
    r"""
    \#[^\n\r]*
  | <[^\x00-\x20<>"{}|^`\\()]*>
  | '''(?:[^'\\]|\\.|'(?!''))*''' | \"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}
  | '(?:[^'\\\n\r]|\\.)*+'? | "(?:[^"\\\n\r]|\\.)*+"?
    """,
    re.VERBOSE | re.DOTALL,
)
"""Comments, IRIs and strings. What has brackets may be a comparison: ``?a<NOW()&&?b>1``."""

WORDS = ("FROM", "GRAPH", "NOW", "RAND", "UUID", "BNODE")
TELLING = re.compile(
    r"(?<![A-Z_:?$\x80-\U0010ffff-])"
    r"(?:FROM|GRAPH|NOW|RAND|UUID|STRUUID|BNODE)(?![\w:-])"
)

VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a query is: ``form`` is SELECT, ASK, CONSTRUCT, DESCRIBE or empty.

    ``targets`` are the endpoints that it calls with SERVICE.
    """

    form: str
    targets: tuple[str, ...] = ()
    names_dataset: bool = False
    names_graph: bool = False
    volatile: bool = False

    @property
    def gives_graph(self) -> bool:
        """Whether the answer is a graph, not a table."""
        return self.form in ("CONSTRUCT", "DESCRIBE")


def inspect(query: str) -> Inspection:
    """Looks at a query.

    ``QueryRefused`` if it is nested too deeply to be parsed, or where it calls, or may call, what
    cannot be told beforehand.
    """
    form = scan.form(query)
    texts = {query, scan.unescaped(query)}
    if sum(query.count(sign) for sign in OPENING) > DEEPEST:
        _check_depth(query)
    targets = federation.targets(query)
    words = {word for text in texts for word in _telling(text)}
    return Inspection(
        form,
        targets=targets,
        names_dataset="FROM" in words,
        names_graph="GRAPH" in words,
        volatile=bool(targets) or not words.isdisjoint(VOLATILE),
    )


def _telling(text: str) -> set[str]:
    upper = text.upper()
    if not any(word in upper for word in WORDS):
        return set()  # as most queries: the pieces need not be told apart
    return {match.group() for match in TELLING.finditer(SILENT.sub(" ", upper))}


def _check_depth(query: str) -> None:
    depth = 0
    for token in scan.scan(query):
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth > DEEPEST:
            raise QueryRefused(f"the query is nested more than {DEEPEST} levels deep")
