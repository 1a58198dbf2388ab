"""How good a match is, from 0 to 100, and which part of the name it is.

Exact goes before the beginning of a name, that before words, those before typos; a match of a
drug, study or endpoint before the same match of a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from . import folding
from .kinds import Kind
from .lookup import Entry
from .words import Wanted

RANGES = {
    "exact": (100.0, 100.0),
    "initials": (91.0, 91.0),
    "prefix": (80.0, 90.0),
    "typo": (0.0, 68.0),
}
"""Lowest and highest score of a way to match, before kind and role count."""
ROLES = {"label": 0.0, "symbol": 0.5, "title": 1.0, "synonym": 1.0, "other": 1.0,
         "notation": 2.0, "registration": 2.0, "identifier": 0.0, "question": 4.0, "key": 6.0,
         "definition": 8.0, "tags": 8.0}  # fmt: skip
"""What it costs that the name is not the label."""
WHOLE, BRIEF, PARTIAL = 50.0, 36.0, 42.0
"""For having all words, for having no others, and for having some of the words."""
DELIBERATE = 0.7
"""What a typo is worth where each word of the query stands in the index as it is."""
LEAST = 0.4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match in numbers: of a thing, one of its names, and how."""

    thing: int
    name: int
    how: str
    score: float
    distance: int = 0

    def weighed(self, kind: Kind, role: str) -> Candidate:
        """The same with what kind and role are worth."""
        return replace(self, score=max(self.score - ROLES[role], 1.0) * kind.worth)


def score(how: str, quality: float) -> float:
    """The score of a way to match, with a quality from 0 to 1."""
    lowest, highest = RANGES[how]
    return lowest + (highest - lowest) * quality


def by_words(
    thing: int, entries: Sequence[Entry], words: Sequence[Wanted], length: int
) -> Candidate | None:
    """The match of a thing that has words of the query; ``None`` where it has too few.

    ``length`` is that of the query's key. All names together must have the words; the one that
    has most of them is the one that matched.
    """
    total = sum(word.weight for word in words)
    anywhere = [0.0] * len(words)
    best: tuple[float, int, list[tuple[float, int]]] = (0.0, 0, [])
    for place, entry in enumerate(entries):
        found = [_quality(entry.terms, word) for word in words]
        anywhere = [max(pair) for pair in zip(anywhere, (q for q, _ in found), strict=True)]
        covered = sum(word.weight * q for word, (q, _) in zip(words, found, strict=True)) / total
        if covered > best[0]:
            best = (covered, place, found)
    covered, place, found = best
    together = sum(word.weight * q for word, q in zip(words, anywhere, strict=True)) / total
    covered = (covered + together) / 2
    if covered < LEAST:
        return None
    points = (WHOLE if all(anywhere) else PARTIAL) * covered
    if all(quality for quality, _ in found):
        brief = min(1.0, length / max(1, len(entries[place].key)))
        points += BRIEF * covered**2 * brief
    distance = sum(wrong for _, wrong in found)
    return Candidate(thing, place, "typo" if distance else "word", points, distance)


def spans(
    entry: Entry, candidate: Candidate, text: str, words: Sequence[Wanted]
) -> tuple[tuple[int, int], ...]:
    """Start and end of what matched in the name, in order."""
    name = entry.name.text
    if candidate.how == "prefix":
        return _begun(name, folding.key(text))
    if candidate.how in ("exact", "initials") or not entry.terms:
        return ((0, len(name)),) if name else ()
    found = sorted({place for word in words for place in _place(entry.terms, word)})
    return _joined(found, name) or ((0, len(name)),)


def _quality(terms: Mapping[str, object], word: Wanted) -> tuple[float, int]:
    options = word.options
    if len(terms) < len(options):
        some = [options[term] for term in terms if term in options]
    else:
        some = [quality for option, quality in options.items() if option in terms]
    return max(some, default=(0.0, 0))


def _place(terms: Mapping[str, tuple[int, int]], word: Wanted) -> list[tuple[int, int]]:
    """Where the best option of a word stands.

    Of those that are the very word, the longest is best: it has the words around it as well.
    """
    some = []
    for option, (quality, _) in word.options.items():
        if option in terms:
            start, end = terms[option]
            some.append((-quality, start - end if quality == 1.0 else end - start, (start, end)))
    return [min(some)[2]] if some else []


def _begun(name: str, key: str) -> tuple[tuple[int, int], ...]:
    """The beginning of a name that has a key; where an identifier has it later, that part."""
    for start in (0, name.find(":") + 1):
        for end in range(start + 1, len(name) + 1):
            if folding.key(name[start:end]).startswith(key):
                return ((start, end),)
    return ((0, len(name)),)


def _joined(places: Sequence[tuple[int, int]], name: str) -> tuple[tuple[int, int], ...]:
    """Places without overlaps; what only a hyphen or the like parts is one."""
    found: list[tuple[int, int]] = []
    for start, end in places:
        gap = name[found[-1][1] : start] if found else " "
        if len(gap) <= 1 and not gap.isspace():
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
