"""Numbers of a plot as a journal prints them, and all it shows as alternative text."""

from __future__ import annotations

import math

from ..effects import Scale
from ..models import Natural
from .data import ForestData, ForestRow, Measure, Summary
from .words import MINUS, clean

INFINITY = "\N{INFINITY}"
# Up to so many rows are told one by one in the alternative text.
TOLD = 12


def percent_of(level: float) -> str:
    """``0.95`` as ``95 %``."""
    return f"{100 * level:g} %"


def number(value: float, measure: Measure) -> str:
    """A number with the decimals of its measure: shares in percent, ratios with two."""
    if math.isinf(value):
        return INFINITY if value > 0 else MINUS + INFINITY
    if measure.scale is Scale.LOGIT:
        return _fixed(100 * value, 1 if measure.decimals is None else measure.decimals)
    if measure.scale is Scale.LOG:
        return _ratio(value, 2 if measure.decimals is None else measure.decimals)
    return _fixed(value, 1 if measure.decimals is None else measure.decimals)


def _fixed(value: float, decimals: int) -> str:
    if abs(value) >= 1e6:
        return f"{value:.2g}".replace("-", MINUS)
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def _ratio(value: float, decimals: int) -> str:
    least = 10.0**-decimals
    if 0 < value < least / 2:
        return f"<{least:.{decimals}f}"
    return _fixed(value, decimals if value < 100 else 0)


def interval(lower: float, upper: float, measure: Measure) -> str:
    """Both bounds in words: ``0.52 to 0.94``."""
    return f"{number(lower, measure)} to {number(upper, measure)}"


def unit(measure: Measure) -> str:
    """What follows the numbers of a measure in a sentence."""
    return " %" if measure.scale is Scale.LOGIT else ""


def alt_text(data: ForestData) -> str:
    """What the plot shows, for those who do not see it."""
    rows = data.rows()
    parts = [f"Forest plot of {data.measure.name}, {_count(len(rows))}."]
    if 0 < len(rows) <= TOLD:
        parts += [_row(row, data) for row in rows]
    elif rows:
        parts.append(_extremes(rows, data))
    parts += [_summary(one, data) for one in data.pooled()]
    parts += [note if note.endswith(".") else f"{note}." for note in data.notes]
    return clean(" ".join(parts))


def _count(rows: int) -> str:
    return "one row" if rows == 1 else f"{rows} rows"


def _extremes(rows: tuple[ForestRow, ...], data: ForestData) -> str:
    least = min(rows, key=lambda row: row.estimate)
    most = max(rows, key=lambda row: row.estimate)
    return f"The lowest is {_row(least, data)} The highest is {_row(most, data)}"


def _row(row: ForestRow, data: ForestData) -> str:
    measure = data.measure
    weight = "" if row.weight is None else f", weight {row.weight:.1f} %"
    value = f"{number(row.estimate, measure)}{unit(measure)}"
    return f"{row.label}: {value} ({interval(row.lower, row.upper, measure)}){weight}."


def _summary(one: Summary, data: ForestData) -> str:
    natural, measure = one.natural, data.measure
    text = (
        f"{one.label}: {number(natural.estimate, measure)}{unit(measure)}, "
        f"{percent_of(data.level)} interval {interval(natural.lower, natural.upper, measure)}"
    )
    ahead = prediction(natural, measure)
    text += f", prediction interval {ahead}." if ahead else "."
    return " ".join([text, *(line if line.endswith(".") else f"{line}." for line in one.lines)])


def prediction(natural: Natural, measure: Measure) -> str:
    """The prediction interval in words; "" if there is none."""
    if natural.prediction_lower is None or natural.prediction_upper is None:
        return ""
    return interval(natural.prediction_lower, natural.prediction_upper, measure)
