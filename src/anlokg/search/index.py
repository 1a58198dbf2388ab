"""The index of names: made once for an edition, asked for each search. Safe in threads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import folding, kinds, scores, spellings
from .hits import Group, Hit, Match
from .lookup import IDENTIFYING, Lookup, Place
from .names import Named
from .scores import Candidate
from .typos import Typos
from .words import Wanted, Words

ENOUGH = 5
"""Where so many things have all the words of a query, those with some are left out."""
HOW = {"definition": "definition", "identifier": "identifier"}
"""Roles of names that say more of a match than how exact it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: the text, its key and words, the kinds (all if none), most of each."""

    text: str
    key: str
    words: Sequence[Wanted]
    only: tuple[str, ...]
    limit: int


class Index:
    """Finds things by name. ``names`` counts them; ``complete`` says whether all are in it."""

    def __init__(self, named: Named) -> None:
        self.things = named.things
        self.complete = named.complete
        self.names = sum(len(thing.names) for thing in named.things)
        self.kinds = tuple(sorted({thing.kind for thing in named.things}, key=_place))
        self.lookup = Lookup(named.things)
        self._typos = Typos(self.lookup.mistakable())
        self._words = Words(self.lookup.texts())

    def search(self, text: str, only: Iterable[str] = (), limit: int = 10) -> list[Group]:
        """Things that a text may mean, by kind, the kind with the best hit first.

        ``only`` names the kinds to look for, all if it is empty; ``limit`` bounds each kind.
        """
        words = self._words.wanted(text)
        asked = Asked(text, folding.key(text), words, tuple(only), limit)
        best: dict[int, Candidate] = {}
        for candidate in self._candidates(asked):
            kept = best.get(candidate.thing)
            if kept is None or candidate.score > kept.score:
                best[candidate.thing] = candidate
        by_kind: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in best.values():
            kind = self.things[candidate.thing].kind
            if not asked.only or kind in asked.only:
                by_kind[kind].append(candidate)
        groups = [self._group(kind, some, asked) for kind, some in by_kind.items()]
        return sorted(groups, key=lambda group: (-group.hits[0].score, _place(group.kind.name)))

    def best(self, text: str, most: int = 5) -> list[Hit]:
        """The best hits of all kinds together."""
        hits = [hit for group in self.search(text, limit=most) for hit in group.hits]
        return sorted(hits, key=lambda hit: -hit.score)[:most]

    def exactly(self, place: Place) -> Hit:
        """The hit of a thing that the whole of one of its names stands for."""
        return self._hit(self._scored(place, "exact", 1.0), "", ())

    def _candidates(self, asked: Asked) -> Iterator[Candidate]:
        """Every way in which things match; a thing may come more than once."""
        key, lookup = asked.key, self.lookup
        if not key:
            return
        curies = spellings.read(asked.text)
        exact = [place for curie in curies for place in lookup.curies.get(curie, ())]
        exact += lookup.keys.get(key, ())
        yield from (self._scored(place, "exact", 1.0) for place in exact)
        yield from (self._scored(place, "initials", 1.0) for place in lookup.initials.get(key, ()))
        for place, other in lookup.longer(key):
            yield self._scored(place, "prefix", len(key) / len(other))
        worded = list(self._worded(asked, every=True))
        yield from worded
        if not exact:
            if len(worded) < ENOUGH:
                yield from self._worded(asked, every=False)
            yield from self._mistyped(asked)

    def _worded(self, asked: Asked, *, every: bool) -> Iterator[Candidate]:
        most = asked.limit + 1
        for number in self._words.find(asked.words, asked.only, most, every=every):
            entries = self.lookup.entries[number]
            found = scores.by_words(number, entries, asked.words, len(asked.key))
            if found is not None:
                yield self._weighed(found)

    def _mistyped(self, asked: Asked) -> Iterator[Candidate]:
        likely = scores.DELIBERATE if all(word.known for word in asked.words) else 1.0
        for distance, near in self._typos.near(asked.key):
            quality = likely * (1 - distance / len(asked.key))
            for place in self.lookup.keys[near]:
                if self.lookup.entry(place).name.role not in IDENTIFYING:
                    yield self._scored(place, "typo", quality, distance)

    def _group(self, kind: str, some: list[Candidate], asked: Asked) -> Group:
        things = self.things
        some.sort(key=lambda c: (-c.score, things[c.thing].label.casefold(), things[c.thing].iri))
        hits = tuple(self._hit(one, asked.text, asked.words) for one in some[: asked.limit])
        return Group(kinds.of(kind), hits, more=len(some) > asked.limit)

    def _hit(self, candidate: Candidate, text: str, words: Sequence[Wanted]) -> Hit:
        entry = self.lookup.entry((candidate.thing, candidate.name))
        spans = scores.spans(entry, candidate, text, words)
        name, how = entry.name, candidate.how
        if how != "prefix":
            how = HOW.get(name.role, how)
        match = Match(name.text, name.role, how, candidate.distance, spans, name.relation)
        return Hit(self.things[candidate.thing], round(candidate.score, 1), match)

    def _scored(self, place: Place, how: str, quality: float, distance: int = 0) -> Candidate:
        score = scores.score(how, quality)
        return self._weighed(Candidate(*place, how, score, distance))

    def _weighed(self, candidate: Candidate) -> Candidate:
        role = self.lookup.entry((candidate.thing, candidate.name)).name.role
        return candidate.weighed(kinds.of(self.things[candidate.thing].kind), role)


def _place(kind: str) -> tuple[int, str]:
    return kinds.of(kind).place, kind
