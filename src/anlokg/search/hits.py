"""What a search gives: hits by kind, each with the name that matched, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .kinds import Kind
from .names import Thing


@dataclass(frozen=True, slots=True)
class Match:
    """Why a thing was found.

    ``how`` is exact, prefix, word, typo, initials, identifier or definition; ``distance`` counts
    the letters that differ. ``spans`` are start and end of what matched in ``name``, in
    characters.
    """

    name: str
    role: str
    how: str
    distance: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    relation: str = ""

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The name in pieces, each with whether it matched."""
        done = 0
        for start, end in self.spans:
            if start > done:
                yield self.name[done:start], False
            yield self.name[start:end], True
            done = end
        if done < len(self.name):
            yield self.name[done:], False


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found; ``score`` goes from 0 to 100."""

    thing: Thing
    score: float
    match: Match


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind, best first; ``more`` says that there are more than are given."""

    kind: Kind
    hits: tuple[Hit, ...] = field(default=())
    more: bool = False
