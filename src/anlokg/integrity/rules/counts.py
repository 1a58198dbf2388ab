"""What rules about counts share: which figures are shares, their counts, and other denominators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures

SHARES = frozenset(("proportion", "incidence", "count"))
# Room for what is lost when a share is computed in binary.
SLACK = 1e-9


class Fraction(NamedTuple):
    """k of n, either not known if ``None``, and the figure that prints k."""

    top: int | None
    denominator: int | None
    source: Figure


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a study by result: what one statement leaves out, another may print."""

    by_result: Mapping[str, tuple[Figure | None, int | None]]

    @classmethod
    def of(cls, figures: Iterable[Figure]) -> Counts:
        """For each result, the first statement with a count, and the first denominator."""
        found: dict[str, tuple[Figure | None, int | None]] = {}
        for figure in figures:
            if figure.count is None and figure.denominator is None:
                continue
            counted, denominator = found.get(figure.result, (None, None))
            if counted is None and figure.count is not None:
                counted = figure
            if denominator is None:
                denominator = figure.denominator
            found[figure.result] = counted, denominator
        return cls(found)

    def for_figure(self, figure: Figure) -> Fraction:
        """Its own count and denominator, else those of another statement of its result."""
        if figure.count is not None and figure.denominator is not None:
            return Fraction(figure.count, figure.denominator, figure)
        other, total = self.by_result.get(figure.result, (None, None))
        counted = figure if figure.count is not None else other
        denominator = figure.denominator if figure.denominator is not None else total
        return Fraction(counted.count if counted else None, denominator, counted or figure)


def is_share(figure: Figure) -> bool:
    """Whether a figure is k of n, printed without "about" or a bound.

    Without a statistic, as in a table of somebody's own, count and denominator show it.
    """
    if figure.qualifier or figure.bound:
        return False
    if figure.statistic:
        return figure.statistic in SHARES
    return figure.count is not None and figure.denominator is not None


def fits(percent: Printed, count: int, denominator: int) -> bool:
    """Whether 100·k/n rounds to ``percent``, halves either way."""
    return off(percent, count, denominator) <= 0.5 + SLACK


def off(percent: Printed, count: int, denominator: int) -> float:
    """How far ``percent`` is from 100·k/n, in units of its last digit."""
    scale: float = 10**percent.decimals
    return abs(100 * count / denominator - float(percent.value)) * scale


def counts_that_fit(percent: Printed, denominator: int) -> range:
    """All k for which 100·k/n rounds to ``percent``."""
    lowest = -int(-(percent.low / 100 * denominator - SLACK) // 1)
    highest = int((percent.high / 100 * denominator + SLACK) // 1)
    return range(max(0, lowest), min(denominator, highest) + 1)


def totals(study: StudyFigures) -> frozenset[int]:
    """Sizes of the groups of a study, and all denominators of its own figures."""
    sizes = {group.size for group in study.groups.values() if group.of_study in ("", study.study)}
    used = {figure.denominator for figure in study.figures if not figure.cited_study}
    return frozenset(total for total in sizes | used if total)
