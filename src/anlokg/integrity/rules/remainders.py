"""Percentages that were made to add up: 100 less the others, or all grades less the other band."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures
from .categories import category_sets, response_sets
from .grades import band_rows


class Remainders:
    """For each figure, the percentages beside it that it completes."""

    def __init__(self, study: StudyFigures) -> None:
        self.whole: dict[str, list[tuple[Decimal, tuple[Figure, ...]]]] = {}
        for found in (*category_sets(study), *response_sets(study)):
            if found.whole is None and sum(found.counts) == found.total:
                self._add(Decimal(100), found.figures)
            elif found.whole is not None and found.whole.percent is not None:
                self._add(found.whole.percent.value, found.figures)
        for row in band_rows(study):
            for wide, parts in row.splits():
                if wide.percent is not None:
                    self._add(wide.percent.value, parts)

    def of(self, figure: Figure, percent: Printed) -> str:
        """The subtraction that gives ``percent``, such as "55.9 − 42.6"; "" if none does."""
        for whole, parts in self.whole.get(figure.result, ()):
            others = list(_others(figure, parts))
            if len(others) == len(parts) - 1 and whole - sum(others) == percent.value:
                return " − ".join(map(str, (whole, *others)))
        return ""

    def _add(self, whole: Decimal, parts: Iterable[Figure]) -> None:
        members = tuple(parts)
        for figure in members:
            self.whole.setdefault(figure.result, []).append((whole, members))


def _others(figure: Figure, parts: Iterable[Figure]) -> Iterator[Decimal]:
    for part in parts:
        if part.result != figure.result and part.percent is not None:
            yield part.percent.value
