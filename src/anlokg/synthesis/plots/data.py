"""What a plot shows: rows of studies, pooled rows, and the measure that all of them are of.

Numbers are off the scale of the analysis: shares between 0 and 1, ratios, differences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..effects import Scale
from ..models import Natural, Pooled
from ..refusal import SynthesisRefused
from .words import heterogeneity, model_name


@dataclass(frozen=True, slots=True)
class Measure:
    """What is plotted, and how: shares in percent, ratios on a log axis, differences as they are.

    ``name`` stands below the axis, ``short`` above the column of numbers. ``lesser`` and
    ``greater`` say what it means to lie on either side of no effect (1 for ratios, 0 for
    differences), such as "favours anlotinib". ``decimals`` are those of the printed numbers.
    """

    name: str
    scale: Scale
    short: str
    lesser: str = ""
    greater: str = ""
    decimals: int | None = None

    @property
    def null(self) -> float | None:
        """Where there is no effect; ``None`` for shares."""
        return {Scale.LOG: 1.0, Scale.PLAIN: 0.0}.get(self.scale)


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One study: an estimate with its interval, its weight in percent, and the text of cells.

    A bound may be infinite, or 0 for a ratio: its arrow then leaves the axis.
    """

    label: str
    estimate: float
    lower: float
    upper: float
    weight: float | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A pooled row: a diamond, its prediction interval if it has one, and lines of text below."""

    label: str
    natural: Natural
    weight: float | None = None
    cells: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading ("" for none), with what they add up to."""

    heading: str
    rows: tuple[ForestRow, ...]
    summaries: tuple[Summary, ...] = ()


@dataclass(frozen=True, slots=True)
class ForestData:
    """A whole plot.

    ``columns`` are the headings of the cells that stand between a row's name and the plot, such
    as "Events/patients"; each row has as many cells, or none. ``summaries`` stand below all
    sections, ``notes`` below the axis. Raises ``SynthesisRefused`` if there is no row, if cells do
    not fit the columns, or if a number cannot be drawn.
    """

    title: str
    measure: Measure
    sections: tuple[Section, ...]
    summaries: tuple[Summary, ...] = ()
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    level: float = 0.95
    first_column: str = "Study"

    def __post_init__(self) -> None:
        if not self.rows() and not self.pooled():
            raise SynthesisRefused("there is nothing to plot")
        for label, cells in self._cells():
            if cells and len(cells) != len(self.columns):
                raise SynthesisRefused(
                    f"{label}: {len(cells)} cells do not fit {len(self.columns)} columns"
                )
        for row in self.rows():
            _check(row.label, self.measure.scale, row.estimate, row.lower, row.upper)
        for summary in self.pooled():
            natural = summary.natural
            _check(
                summary.label, self.measure.scale, natural.estimate, natural.lower, natural.upper
            )

    def rows(self) -> tuple[ForestRow, ...]:
        """The rows of all sections."""
        return tuple(row for section in self.sections for row in section.rows)

    def pooled(self) -> tuple[Summary, ...]:
        """The pooled rows of all sections, and those of the whole."""
        of_sections = tuple(one for section in self.sections for one in section.summaries)
        return of_sections + self.summaries

    def _cells(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from ((row.label, row.cells) for row in self.rows())
        yield from ((summary.label, summary.cells) for summary in self.pooled())


def summary(pooled: Pooled, label: str = "", cells: Iterable[str] = ()) -> Summary:
    """The row of a pooled number, with its heterogeneity in a line; named by its model."""
    line = heterogeneity(pooled)
    return Summary(
        label or model_name(pooled),
        pooled.natural,
        None if pooled.model == "single" else 100.0,
        tuple(cells),
        (line,) if line else (),
    )


def _check(label: str, scale: Scale, estimate: float, lower: float, upper: float) -> None:
    least, most = (0.0, 1.0) if scale is Scale.LOGIT else (-math.inf, math.inf)
    least = 0.0 if scale is Scale.LOG else least
    inside = least <= lower <= estimate <= upper <= most  # not so if one is not a number
    if not inside or math.isinf(estimate) or (scale is Scale.LOG and estimate == 0):
        raise SynthesisRefused(
            f"{label}: {estimate} ({lower} to {upper}) cannot be drawn on the axis of "
            f"{'ratios' if scale is Scale.LOG else 'shares' if least == 0 else 'differences'}"
        )
