"""What things are called: labels and descriptions that were asked for at once, and what to say of
things that have none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from ..question.rows import Row
from .neighbourhood import NAMES, TEXTS

WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
PREFERRED = ("en", "en-gb", "en-us", "", "mul")
"""Languages, the best first; a text without one goes before a foreign one."""


class Names:
    """Names and texts of things, from the answer to ``neighbourhood.labels``."""

    def __init__(self, base: str, compact: Callable[[str], str], rows: Iterable[Row]) -> None:
        self.base, self.compact = base, compact
        self._texts: dict[tuple[str, str], tuple[int, str]] = {}
        self._described: set[str] = set()
        for row in rows:
            self._take(row)

    def name(self, iri: str) -> str:
        """What a thing is called; made from its IRI if it has no name."""
        return self._first(iri, NAMES) or self._made(iri)

    def text(self, iri: str) -> str:
        """What a thing is, in a sentence; empty if nobody says."""
        return self._first(iri, TEXTS)

    def value(self, iri: str, role: str) -> str:
        """The text of a thing under one property; empty if it has none."""
        return self._texts.get((iri, role), (0, ""))[1]

    def described(self, iri: str) -> bool:
        """Whether anything is said of a thing here."""
        return iri in self._described

    def property_name(self, iri: str) -> str:
        """As ``name``; without a label, the words that the last part of the IRI is made of."""
        named = self._first(iri, NAMES)
        # Vocabularies of others often repeat the bare word as their label.
        if named and not WORDS.search(named):
            return named[:1].lower() + named[1:] if named.istitle() else named
        local = re.split(r"[#/:]", named or iri.rstrip("#/:"))[-1]
        return WORDS.sub(" ", unquote(local)).lower() or iri

    def _first(self, iri: str, roles: Iterable[str]) -> str:
        return next((text for role in roles if (text := self.value(iri, role))), "")

    def _made(self, iri: str) -> str:
        kind, slash, key = iri[len(self.base) :].removeprefix("id/").partition("/")
        if iri.startswith(self.base) and slash:
            parts = [unquote(part) for part in key.split("/")]
            return f"{kind.replace('-', ' ')} {' / '.join(parts)}"
        return self.compact(iri)

    def _take(self, row: Row) -> None:
        thing, role, text, language, described = row
        if thing is None:
            return
        if described is not None and described[1] in ("true", "1"):
            self._described.add(thing[1])
        if role is None or text is None:
            return
        rank = _rank(language[1] if language else "")
        key = (thing[1], role[1])
        known = self._texts.get(key)
        # Of several the same one each time, whatever the order of the rows.
        if known is None or (rank, text[1]) < known:
            self._texts[key] = (rank, text[1])


def _rank(language: str) -> int:
    tag = language.lower()
    if tag in PREFERRED:
        return PREFERRED.index(tag)
    return len(PREFERRED) + (not tag.startswith("en-"))
