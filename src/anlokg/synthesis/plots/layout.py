"""Where everything of a plot stands: columns from left to right, lines from top to bottom.

All lengths are in points (1/72 inch). Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..models import Natural
from .data import ForestData, ForestRow, Section, Summary
from .fonts import width, wrapped
from .printed import number, percent_of

TITLE, SIZE, SMALL = 9.5, 8.0, 7.0
PITCH, TIGHT = 14.0, 10.0  # from line to line, and between lines of one text
MARGIN, GAP = 12.0, 12.0
PLOT = 200.0
WIDEST_NAME = 190.0
LEAST_NAME = 110.0  # where lines of text stand below the names

TIE = "\N{NO-BREAK SPACE}"

Kind = Literal["heading", "row", "summary", "prediction", "text", "space"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; ``names`` are the lines of its first column.

    ``numbers`` are estimate, lower and upper bound as text, empty for lines without.
    """

    kind: Kind
    height: float
    names: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    weight: str = ""
    row: ForestRow | None = None
    natural: Natural | None = None
    overall: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Edges in points: text columns end at their right edge, the first begins at ``left``."""

    left: float
    cells: tuple[float, ...]
    plot: tuple[float, float]
    numbers: tuple[float, float, float, float]  # estimate, lower bound, "to", upper bound
    weight: float
    width: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A plot in points: its lines, its columns, and the texts above and below, already wrapped."""

    title: tuple[str, ...]
    lines: tuple[Line, ...]
    columns: Columns
    notes: tuple[str, ...]

    @property
    def body(self) -> float:
        """The height of all lines together."""
        return sum(line.height for line in self.lines)


def layout_of(data: ForestData) -> Layout:
    """Columns as wide as their texts; texts of more than a line wrapped to the room there is."""
    lines = _lines(data)
    columns = _columns(data, lines)
    room = columns.plot[0] - GAP - columns.left
    across = columns.width - 2 * MARGIN
    return Layout(
        tuple(wrapped(data.title, TITLE, across, bold=True)) if data.title else (),
        tuple(part for line in lines for part in _fitted(line, room)),
        columns,
        tuple(part for note in data.notes for part in wrapped(note, SMALL, across)),
    )


def _fitted(line: Line, room: float) -> list[Line]:
    """A line of text as the lines that fit; other lines as they are."""
    if line.kind != "text":
        return [line]
    text = line.names[0]
    for sign in (" = ", " < ", " %"):
        text = text.replace(sign, sign.replace(" ", TIE))
    parts = wrapped(text, SMALL, room)
    return [Line("text", TIGHT, (part.replace(TIE, " "),)) for part in parts]


def _lines(data: ForestData) -> tuple[Line, ...]:
    """All lines between the head of the table and the axis."""
    found: list[Line] = []
    for section in data.sections:
        if section.heading:
            found.append(_names("heading", section.heading, bold=True))
        found += [_row(row, data) for row in section.rows]
        for one in section.summaries:
            found += _summary(replace(one, weight=_weight(section)), data, overall=False)
        if section.heading or section.summaries:
            found.append(Line("space", PITCH / 2))
    if data.summaries and found and found[-1].kind != "space":
        found.append(Line("space", PITCH / 3))
    for one in data.summaries:
        found += _summary(one, data, overall=True)
    return tuple(found)


def _weight(section: Section) -> float | None:
    """What the rows of a section weigh together."""
    weights = [row.weight for row in section.rows if row.weight is not None]
    return sum(weights) if weights else None


def _names(kind: Kind, text: str, bold: bool = False) -> Line:
    names = tuple(wrapped(text, SIZE, WIDEST_NAME, bold))
    return Line(kind, _height(names), names)


def _height(names: Sequence[str]) -> float:
    return PITCH + TIGHT * (len(names) - 1)


def _row(row: ForestRow, data: ForestData) -> Line:
    names = tuple(wrapped(row.label, SIZE, WIDEST_NAME))
    printed = [number(value, data.measure) for value in (row.estimate, row.lower, row.upper)]
    weight = "" if row.weight is None else f"{row.weight:.1f}"
    return Line("row", _height(names), names, row.cells, tuple(printed), weight, row)


def _summary(one: Summary, data: ForestData, overall: bool) -> Iterator[Line]:
    natural, measure = one.natural, data.measure
    names = tuple(wrapped(one.label, SIZE, WIDEST_NAME, bold=True))
    values = (natural.estimate, natural.lower, natural.upper)
    printed = tuple(number(value, measure) for value in values)
    weight = "" if one.weight is None else f"{one.weight:.1f}"
    yield Line(
        "summary",
        _height(names),
        names,
        one.cells,
        printed,
        weight,
        natural=natural,
        overall=overall,
    )
    if natural.prediction_lower is not None and natural.prediction_upper is not None:
        ahead = tuple(
            number(value, measure) for value in (natural.prediction_lower, natural.prediction_upper)
        )
        yield Line(
            "prediction",
            PITCH,
            ("Prediction interval",),
            numbers=("", *ahead),
            natural=natural,
            overall=overall,
        )
    for text in one.lines:
        yield Line("text", TIGHT, (text,))


def _columns(data: ForestData, lines: Sequence[Line]) -> Columns:
    """The edges of the columns, each as wide as its widest text."""
    names = [
        width(name, SIZE, line.kind in ("summary", "heading"))
        for line in lines
        if line.kind != "text"
        for name in line.names
    ]
    least = LEAST_NAME if any(line.kind == "text" for line in lines) else 0.0
    x = MARGIN + max([least, width(data.first_column, SIZE, True), *names])
    edges = []
    for place, head in enumerate(data.columns):
        texts = [line.cells[place] for line in lines if line.cells]
        x += GAP + max([*_widths(head.split("\n"), True), *_widths(texts, True)])
        edges.append(x)
    plot = (x + 1.5 * GAP, x + 1.5 * GAP + PLOT)
    numbers = _number_columns(data, lines, plot[1] + 1.5 * GAP)
    x = numbers[-1]
    weights = [line.weight for line in lines if line.weight]
    weight = x + GAP + max(_widths(["Weight, %", *weights], True)) if weights else x
    return Columns(MARGIN, tuple(edges), plot, numbers, weight, weight + MARGIN)


def _number_columns(
    data: ForestData, lines: Sequence[Line], x: float
) -> tuple[float, float, float, float]:
    """Right edges, so that the points of numbers stand below each other."""
    printed = [line.numbers for line in lines if line.numbers]
    parts = [max(_widths((one[place] for one in printed), True)) for place in range(3)]
    bracket, room = width("(", SIZE, True), 1.2 * width(" ", SIZE)
    estimate = x + parts[0]
    lower = estimate + 1.5 * room + bracket + parts[1]
    between = lower + room + width("to", SIZE, True)
    upper = between + room + parts[2] + bracket
    lacking = max(_widths(number_heads(data), True)) - (upper - x)
    if lacking > 0:
        estimate, lower, between, upper = (
            edge + lacking for edge in (estimate, lower, between, upper)
        )
    return estimate, lower, between, upper


def number_heads(data: ForestData) -> tuple[str, str]:
    """The two lines above the column of numbers."""
    return data.measure.short, f"({percent_of(data.level)} CI)"


def _widths(texts: Iterator[str] | Sequence[str], bold: bool) -> list[float]:
    return [width(text, SIZE, bold) for text in texts]
