"""Sets of categories: the figures of one table that share out the same people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..figure import Figure, StudyFigures
from .counts import is_share

# Categories of best response: everybody has one of them.
RESPONSES = ("cr", "pr", "sd", "pd", "ne")
# Pairs of words that leave nothing between them.
OPPOSITES = frozenset(
    frozenset(pair)
    for pair in (
        ("yes", "no"),
        ("male", "female"),
        ("men", "women"),
        ("positive", "negative"),
        ("present", "absent"),
        ("with", "without"),
        ("normal", "abnormal"),
    )
)
THRESHOLD = re.compile(r"(<=|>=|≤|≥|<|>)\s*(\d+(?:\.\d+)?)\D*")
SCORE = re.compile(r"(<=|>=|≤|≥|<|>)?\s*\d+(?:\s*(?:-|–|,|to)\s*\d+)?")
COMPLEMENTS = {"<": {"≥", ">="}, "≤": {">"}, "<=": {">"}}


@dataclass(frozen=True, slots=True)
class CategorySet:
    """Figures that stand side by side, and how many people they share out.

    ``whole`` is the figure that is split up, where one is printed.
    """

    figures: tuple[Figure, ...]
    total: int
    whole: Figure | None = None

    @property
    def counts(self) -> list[int]:
        return [figure.count for figure in self.figures if figure.count is not None]

    @property
    def labels(self) -> list[str]:
        return [figure.category.casefold().strip() for figure in self.figures]


def category_sets(study: StudyFigures) -> Iterator[CategorySet]:
    """Sets of at least two categories, each with a count out of the same denominator.

    Rows below another row, by their labels ("A: B" below "A"), make a set of their own. A set in
    which a category stands twice, or has no count, is left out.
    """
    found: dict[tuple[object, ...], list[Figure]] = {}
    for figure in study.figures:
        if figure.table == "measurements" and figure.category and not figure.is_repeat:
            place, words = figure.place, (figure.endpoint, figure.biomarker, figure.statistic)
            where = (place.document, place.section, place.item)
            key = (figure.group, *words, figure.timepoint, figure.analysis_set, *where)
            found.setdefault(key, []).append(figure)
    for figures in found.values():
        yield from _nested(figures)


def response_sets(study: StudyFigures) -> Iterator[CategorySet]:
    """Best responses of each group: at least CR, PR, SD and PD, out of the same denominator.

    A response that is only counted has that of the others.
    """
    found: dict[tuple[object, ...], list[Figure]] = {}
    for figure in study.figures:
        plain = figure.table == "measurements" and not figure.is_repeat and not figure.category
        if plain and figure.endpoint in RESPONSES:
            key = figure.group, figure.analysis_set, figure.timepoint, figure.cited_study
            found.setdefault(key, []).append(figure)
    for figures in found.values():
        endpoints = [figure.endpoint for figure in figures]
        if len(set(endpoints)) == len(endpoints) and {*RESPONSES[:4]} <= set(endpoints):
            yield from _whole(figures)


def exclusive(labels: Sequence[str]) -> bool:
    """Whether nobody can be in two of the categories: scores, thresholds, opposites."""
    return complementary(labels) or all(SCORE.fullmatch(label) for label in labels)


def complementary(labels: Sequence[str]) -> bool:
    """Whether everybody known is in one of two categories: "yes" and "no", "<40" and "≥40"."""
    if len(labels) != 2:
        return False
    if frozenset(labels) in OPPOSITES:
        return True
    one, other = (THRESHOLD.fullmatch(label) for label in labels)
    if one is None or other is None or float(one[2]) != float(other[2]):
        return False
    return other[1] in COMPLEMENTS.get(one[1], ()) or one[1] in COMPLEMENTS.get(other[1], ())


def _nested(figures: list[Figure]) -> Iterator[CategorySet]:
    by_row = {figure.place.row: figure for figure in figures}
    tops: list[Figure] = []
    below: dict[str, list[Figure]] = {}
    for figure in figures:
        above = next((row for row in _above(figure.place.row) if row in by_row), None)
        (tops if above is None else below.setdefault(above, [])).append(figure)
    yield from _whole(tops)
    for row, members in below.items():
        whole = by_row[row]
        if whole.count is not None:
            yield from _whole(members, whole)


def _above(row: str) -> Iterator[str]:
    """Labels of the rows above a row, nearest first: "A: B" and "A" of "A: B: C"."""
    while ": " in row:
        row = row.rpartition(": ")[0]
        yield row


def _whole(figures: Iterable[Figure], whole: Figure | None = None) -> Iterator[CategorySet]:
    members = tuple(figures)
    denominators = {figure.denominator for figure in members if figure.denominator is not None}
    if len(members) < 2 or len(denominators) != 1:
        return
    if not all(is_share(figure) and figure.count is not None for figure in members):
        return
    named = Counter((figure.category, figure.endpoint) for figure in members)
    if max(named.values()) > 1:
        return
    total = whole.count if whole is not None else denominators.pop()
    if total:
        yield CategorySet(members, total, whole)
