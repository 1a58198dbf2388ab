"""Names by what is compared of them: keys, initials, identifiers and IRIs."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import folding, kinds, spellings
from .names import Name, Thing

IDENTIFYING = frozenset({"identifier", "registration"})
LENGTHY = frozenset({"definition", "question", "tags"})
WORDLESS = frozenset({"identifier", "key"})
UNBEGUN = LENGTHY | {"key"}
FEW_WORDS = 8
SHORTEST_PREFIX, SHORTEST_NUMBER = 2, 4
MOST_BEGUN = 3000
Place = tuple[int, int]
"""Number of a thing, and number of one of its names."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name as it is compared: its key, and where each of its words stands in it."""

    name: Name
    key: str
    terms: Mapping[str, tuple[int, int]]


class Lookup:
    """The names of all things; ``keys``, ``initials``, ``curies`` and ``locals`` lead to places.

    ``curies``, ``iris`` and ``matches`` (IRIs elsewhere, without scheme) are in lower case;
    ``iris`` leads to numbers of things, ``matches`` to numbers with the relation.
    """

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        self.entries = [tuple(map(_entry, thing.names)) for thing in things]
        self.keys: dict[str, list[Place]] = defaultdict(list)
        self.initials: dict[str, list[Place]] = defaultdict(list)
        self.curies: dict[str, list[Place]] = defaultdict(list)
        self.locals: dict[str, list[Place]] = defaultdict(list)
        self.iris: dict[str, list[int]] = defaultdict(list)
        self.matches: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number in range(len(things)):
            self._add(number)
        self._begun = [sorted(some) for some in self._by_worth()]

    def entry(self, place: Place) -> Entry:
        """The name at a place."""
        return self.entries[place[0]][place[1]]

    def longer(self, key: str) -> Iterator[tuple[Place, str]]:
        """Names that start with a key, and their keys; those of results and the like last."""
        if len(key) < SHORTEST_PREFIX:
            return
        left_out = UNBEGUN if len(key) >= SHORTEST_NUMBER else UNBEGUN | IDENTIFYING
        for begun in self._begun:
            start = bisect_left(begun, key)
            for other in begun[start : start + MOST_BEGUN]:
                if not other.startswith(key):
                    break
                for place in self.keys[other]:
                    if other != key and self.entry(place).name.role not in left_out:
                        yield place, other

    def mistakable(self) -> Iterator[str]:
        """Keys of names that are no identifiers: those are never guessed."""
        for key, places in self.keys.items():
            if any(self.entry(place).name.role not in IDENTIFYING for place in places):
                yield key

    def texts(self) -> Iterator[tuple[int, str, str, str]]:
        """Number and kind of each thing, the words of its names and those of its long texts."""
        for number, entries in enumerate(self.entries):
            names = " ".join(t for e in entries if e.name.role not in LENGTHY for t in e.terms)
            texts = " ".join(t for e in entries if e.name.role in LENGTHY for t in e.terms)
            yield number, self.things[number].kind, names, texts

    def _add(self, number: int) -> None:
        thing = self.things[number]
        self.iris[thing.iri.casefold()].append(number)
        for iri, relation in thing.matches:
            self.matches[spellings.address(iri).casefold()].append((number, relation))
        of_the_field = kinds.of(thing.kind).worth == kinds.THING
        for place, entry in enumerate(self.entries[number]):
            here, role, text = (number, place), entry.name.role, entry.name.text
            if role == "identifier":
                self._add_identifier(here, text.casefold())
            elif role in LENGTHY and len(text.split()) > FEW_WORDS:
                continue
            if entry.key:
                self.keys[entry.key].append(here)
            if of_the_field and role not in LENGTHY:
                for letters in folding.initials(text):
                    self.initials[letters].append(here)

    def _add_identifier(self, here: Place, curie: str) -> None:
        local = curie.partition(":")[2]
        self.curies[curie].append(here)
        self.locals[local].append(here)
        self.keys[folding.key(local)].append(here)

    def _by_worth(self) -> tuple[list[str], list[str]]:
        """Keys of names of things, and keys that only results and the like have."""
        few: list[str] = []
        many: list[str] = []
        for key, places in self.keys.items():
            worth = max(kinds.of(self.things[number].kind).worth for number, _ in places)
            (few if worth > kinds.RESULT else many).append(key)
        return few, many


def _entry(name: Name) -> Entry:
    places: dict[str, tuple[int, int]] = {}
    if name.role not in WORDLESS:
        found = folding.parts(name.text)
        for term, first, last in folding.terms(found):
            places.setdefault(term, (found[first].start, found[last].end))
    return Entry(name, folding.key(name.text), places)
