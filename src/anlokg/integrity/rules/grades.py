"""Bands of CTCAE grades of the same adverse event in the same group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..figure import Figure, StudyFigures
from .counts import is_share

Band = tuple[int, int]


@dataclass(frozen=True, slots=True)
class BandRow:
    """All bands of one event in one group, with the principal figure of each."""

    bands: dict[Band, Figure]

    def inside(self) -> Iterator[tuple[Figure, Figure]]:
        """Pairs of a band and a narrower one within it."""
        for wide, outer in self.bands.items():
            for narrow, inner in self.bands.items():
                if wide != narrow and wide[0] <= narrow[0] and narrow[1] <= wide[1]:
                    yield outer, inner

    def splits(self) -> Iterator[tuple[Figure, tuple[Figure, ...]]]:
        """A band and the narrower ones that share it out without gap or overlap."""
        for (low, high), outer in self.bands.items():
            parts, start = [], low
            for band in sorted(self.bands):
                if band[0] == start and band[1] <= high and band != (low, high):
                    parts.append(self.bands[band])
                    start = band[1] + 1
            if start == high + 1 and len(parts) > 1:
                yield outer, tuple(parts)


def band_rows(study: StudyFigures) -> Iterator[BandRow]:
    """Events with more than one band, counted out of the same denominator."""
    found: dict[tuple[object, ...], dict[Band, Figure]] = {}
    for figure in study.figures:
        low, high = figure.grade_min, figure.grade_max
        if figure.table != "adverse-events" or figure.is_repeat or low is None or high is None:
            continue
        if is_share(figure) and figure.statistic == "incidence" and low <= high:
            words = (figure.group, figure.endpoint, figure.relatedness, figure.analysis_set)
            key = (*words, figure.timepoint, figure.denominator, figure.category)
            found.setdefault(key, {}).setdefault((low, high), figure)
    for bands in found.values():
        if len(bands) > 1:
            yield BandRow(bands)
