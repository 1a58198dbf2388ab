"""SERVICE in queries: which endpoints a query calls, and how it calls them through the gate.

The engine's parser takes words wherever they fit: in ``1SERVICE`` it reads a number and a call, in
``?a<1)SERVICE?b#>`` no IRI. So a query that calls, or seems to, must be certain to read in one way
only: what could be read in another is refused, with what to write instead. Should this err, most
workers have no network, and the gate of those that do has the same policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from ..engine import gate
from ..errors import QueryRefused
from . import scan
from .scan import Token

SERVICE = "SERVICE"
LOOKS_ESCAPED = re.compile(r"\\[uU]")
STRING = re.compile(r"(?:[^\\]|\\[tbnrf\\\"']|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*")
PLAIN_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
LOCAL = re.compile(r"(?![.-])(?:[\w:-]|\.(?!$)|%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-])*")
LOOKS_LIKE_CALL = re.compile(r"SERVICE[\s#<?$:\w]", re.IGNORECASE)
LOCAL_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Call:
    """A SERVICE clause: the endpoint's IRI, and where the query names it."""

    iri: str
    silent: bool
    start: int
    end: int

    @property
    def gated(self) -> str:
        """What stands there instead to call the endpoint through the gate."""
        return f"<{gate.address(self.iri, silent=self.silent)}>"


def calls(query: str) -> tuple[Call, ...]:
    """The SERVICE clauses of a query, in their order.

    ``QueryRefused`` if an endpoint is not a constant, or where it is not certain what is called.
    """
    decoded = scan.unescaped(query)
    if SERVICE not in decoded.upper() and SERVICE not in query.upper():
        return ()  # as most queries
    tokens = list(scan.scan(query))
    doubt = _doubt(query, tokens)
    if doubt and (LOOKS_LIKE_CALL.search(query) or LOOKS_LIKE_CALL.search(decoded)):
        raise QueryRefused(doubt)
    if (odd := _hidden(tokens)) is not None:
        raise QueryRefused(f"{odd.text!r} might call a service: put spaces around SERVICE")
    names = _prologue(tokens)
    return tuple(_call(tokens, place, names) for place in _places(tokens))


def targets(query: str) -> tuple[str, ...]:
    """The IRIs of the endpoints that a query calls; ``QueryRefused`` as for ``calls``."""
    return tuple(call.iri for call in calls(query))


def rewrite(query: str) -> str:
    """The query with every endpoint at the gate; ``QueryRefused`` as for ``calls``."""
    parts, done = [], 0
    for call in calls(query):
        parts += [query[done : call.start], call.gated]
        done = call.end
    return "".join([*parts, query[done:]])


def original_column(query: str, line: int, column: int) -> int:
    """Where a column of the rewritten query stands in the query as it came; both count from 1."""
    lines = query.split("\n")[:line]
    start = len("\n".join(lines[:-1])) + (line > 1)
    end = start + len(lines[-1])
    for call in calls(query):
        place = call.start - start + 1
        if start <= call.start < end and column > place:
            growth = len(call.gated) - (call.end - call.start)
            column = max(place, column - growth)
    return column


def _is_call(token: Token) -> bool:
    return token.kind == "name" and token.text.upper() == SERVICE


def _hidden(tokens: Sequence[Token]) -> Token | None:
    """A name that the engine might cut in two, one part of them the word SERVICE."""
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.text.upper()
        if token.kind != "name" or SERVICE not in word or word == SERVICE:
            continue
        prefix, colon, local = word.partition(":")
        if not colon or _is_split(local):
            return token
        # Some letters of names are none to the scanner: what it reads behind is then one of them.
        if SERVICE in prefix and after and (after.text == "{" or not after.text.isascii()):
            return token
    return None


def _is_split(local: str) -> bool:
    """A local name cannot begin with a dot, and the engine ends it at the second one."""
    place = local.rfind("." + SERVICE)
    return place == 0 or "." in local[: max(place, 0)]


def _doubt(query: str, tokens: Sequence[Token]) -> str | None:
    """What makes it uncertain where strings, comments and IRIs end."""
    strings = [token.text for token in tokens if token.kind == "string"]
    inside = sum(len(LOOKS_ESCAPED.findall(text)) for text in strings)
    if len(LOOKS_ESCAPED.findall(query)) != inside:
        return "a query with SERVICE has \\u escapes in strings only"
    for text in strings:
        if not STRING.fullmatch(text):
            return f"a query with SERVICE has no such escape: {text[:80]}"
    for token in tokens:
        if token.kind == "iri" and _may_compare(token.text):
            return (
                f"{token.text} might be a comparison: put a space behind '<', or write a full IRI"
            )
    return None


def _may_compare(iri: str) -> bool:
    """Whether ``<…>`` may be something less than something, with a string or a comment begun."""
    return ("#" in iri or "'" in iri) and PLAIN_IRI.match(iri) is None


class _Names:
    """BASE and prefixes of a query; ``None`` where it is not certain what they stand for."""

    def __init__(self) -> None:
        self.base: str | None = None
        self.prefixes: dict[str, str | None] = {}

    def declare(self, name: str, iri: str) -> None:
        """A prefix; one that is declared twice must mean the same."""
        full = self.resolved(iri)
        self.prefixes[name] = full if self.prefixes.get(name, full) == full else None

    def resolved(self, iri: str) -> str | None:
        """An IRI in full."""
        if SCHEME.match(iri):
            return iri
        if self.base is None or not self.base.lower().startswith(("http://", "https://")):
            return None
        try:
            return urljoin(self.base, iri) if iri else urldefrag(self.base)[0]
        except ValueError:
            return None

    def expanded(self, name: str) -> str | None:
        """The IRI of a prefixed name."""
        prefix, _, local = name.partition(":")
        namespace = self.prefixes.get(prefix)
        # SILENT may be the word, with a name behind it.
        if namespace is None or prefix.upper().startswith("SILENT") or not LOCAL.fullmatch(local):
            return None
        return namespace + LOCAL_ESCAPE.sub(r"\1", local)


def _prologue(tokens: Sequence[Token]) -> _Names:
    names, place = _Names(), 0
    while place + 2 < len(tokens):
        word, after, third = tokens[place].text.upper(), tokens[place + 1], tokens[place + 2]
        if word == "BASE" and after.kind == "iri":
            names.base = names.resolved(after.text[1:-1])
            place += 2
        elif word == "VERSION" and after.kind == "string":
            place += 2
        elif word == "PREFIX" and after.text.endswith(":") and third.kind == "iri":
            names.declare(after.text[:-1], third.text[1:-1])
            place += 3
        else:
            break
    return names


def _places(tokens: Sequence[Token]) -> Iterator[int]:
    """Where tokens say SERVICE; one inside the group of another is refused.

    It would be sent along, and the other service would be asked to call an address of our gate.
    """
    depth = 0
    outer: int | None = None
    for place, token in enumerate(tokens):
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
            if depth == outer:
                outer = None
        elif _is_call(token):
            if outer is not None:
                raise QueryRefused("SERVICE inside the group of another SERVICE is not passed on")
            outer = depth
            yield place


def _call(tokens: Sequence[Token], place: int, names: _Names) -> Call:
    behind = tokens[place + 1 : place + 3]
    silent = bool(behind) and behind[0].text.upper() == "SILENT"
    following = behind[silent:]
    if not following or following[0].kind not in ("iri", "name", "variable"):
        raise QueryRefused("SERVICE without the IRI of an endpoint behind it")
    token = following[0]
    if token.kind == "variable":
        raise QueryRefused(f"SERVICE {token.text}: the endpoint must be an IRI, not a variable")
    named = token.text[1:-1] if token.kind == "iri" else token.text
    iri = names.resolved(named) if token.kind == "iri" else names.expanded(named)
    if iri is None:
        raise QueryRefused(
            f"SERVICE {token.text}: not certain what it names; write the IRI in full"
        )
    return Call(iri, silent, token.end - len(token.text), token.end)
