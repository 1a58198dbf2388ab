"""Nearest strings: what a mistyped name or word may have been meant to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

LENGTHS = ((2, 0), (7, 1), (11, 2))
LONG = 3
MOST = 30


def allowed(length: int) -> int:
    """How many letters may be wrong, missing, too many or swapped in a string of a length."""
    return next((distance for most, distance in LENGTHS if length <= most), LONG)


class Typos:
    """Strings by length, so that only those near in length are compared."""

    def __init__(self, strings: Iterable[str]) -> None:
        by_length: dict[int, list[str]] = defaultdict(list)
        for string in strings:
            by_length[len(string)].append(string)
        self._by_length = dict(by_length)

    def near(self, string: str) -> list[tuple[int, str]]:
        """Strings within the allowed distance, with it; nearest first, itself left out."""
        most = allowed(len(string))
        found = []
        for length in range(len(string) - most, len(string) + most + 1):
            some = self._by_length.get(length)
            if some and most:
                near = extract(string, some, scorer=OSA.distance, score_cutoff=most, limit=MOST)
                found += [(int(distance), other) for other, distance, _ in near if distance]
        # Of two equally near, people get the first letter and the digits right.
        return sorted(found, key=lambda pair: (pair[0], *_differs(string, pair[1]), pair[1]))


def _differs(one: str, other: str) -> tuple[bool, bool]:
    return digits(one) != digits(other), one[0] != other[0]


def digits(text: str) -> str:
    """The digits of a text."""
    return "".join(filter(str.isdigit, text))
