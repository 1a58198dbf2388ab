"""Draws a plot onto a matplotlib figure, in points, from the layout down to each mark.

The colours are two of those by Okabe and Ito, which people with every kind of colour vision tell
apart, and which differ in brightness; squares and diamonds differ in shape as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..models import Natural
from .axis import Axis, axis_of
from .canvas import Affine2D, Figure, Line2D, Polygon, Rectangle, Text
from .data import ForestData, ForestRow
from .layout import (
    MARGIN,
    PITCH,
    SIZE,
    SMALL,
    TIGHT,
    TITLE,
    Columns,
    Layout,
    Line,
    layout_of,
    number_heads,
)
from .words import clean

INK, PALE, RULE = "#1a1a1a", "#8c8c8c", "#4d4d4d"
SQUARE, SQUARE_EDGE = "#56b4e9", "#0072b2"
DIAMOND, DIAMOND_EDGE = "#d55e00", "#8f3f00"
LARGEST_SQUARE, LEAST_SQUARE = 10.0, 2.6
DIAMOND_HEIGHT, ARROW = 8.0, 4.0
BASELINE = 0.36  # of the size, from the middle of a line down to where letters stand
HEAD = 2 * TIGHT + 6
TICK = 3.0
Redraw = Callable[[str], str]


class Drawing:
    """A figure that is filled from its upper left corner; ``y`` counts down, in points."""

    def __init__(self, width: float, height: float, families: Sequence[str], spell: Redraw) -> None:
        self.figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
        self.height = height
        self.families = list(families)
        self.spell = spell
        self.texts: dict[str, str] = {}
        self._points = Affine2D().scale(1 / 72) + self.figure.dpi_scale_trans

    def line(
        self, xs: Sequence[float], ys: Sequence[float], width: float = 0.8,
        colour: str = INK, dashes: str | tuple[float, tuple[float, ...]] = "solid", depth: int = 3,
    ) -> None:  # fmt: skip
        """A line through points."""
        down = [self.height - y for y in ys]
        artist = Line2D(
            xs, down, lw=width, color=colour, ls=dashes,
            solid_capstyle="butt", transform=self._points, zorder=depth,
        )  # fmt: skip
        self.figure.add_artist(artist)

    def shape(self, corners: Sequence[tuple[float, float]], fill: str, edge: str) -> None:
        """A filled polygon."""
        down = [(x, self.height - y) for x, y in corners]
        artist = Polygon(
            down,
            closed=True,
            fc=fill,
            ec=edge,
            lw=0.7,
            joinstyle="miter",
            transform=self._points,
            zorder=4,
        )
        self.figure.add_artist(artist)

    def square(self, x: float, y: float, side: float) -> None:
        """A square around a point."""
        corner = (x - side / 2, self.height - y - side / 2)
        artist = Rectangle(
            corner,
            side,
            side,
            fc=SQUARE,
            ec=SQUARE_EDGE,
            lw=0.6,
            transform=self._points,
            zorder=2,
        )
        self.figure.add_artist(artist)

    def text(
        self, x: float, y: float, text: str, align: str = "left", *,
        bold: bool = False, size: float = SIZE, colour: str = INK,
    ) -> None:  # fmt: skip
        """A line of text whose middle is at ``y``; ``align`` is the side that ``x`` is at."""
        text = clean(text)
        name = f"text-{len(self.texts)}"
        self.texts[name] = text
        artist = Text(
            x, self.height - y - BASELINE * size, self.spell(text),
            ha=align, va="baseline", fontsize=size, color=colour, parse_math=False,
            fontfamily=self.families, fontweight="bold" if bold else "normal",
            transform=self._points,
        )  # fmt: skip
        artist.set_gid(name)
        self.figure.add_artist(artist)


def drawn(data: ForestData, families: Sequence[str], spell: Redraw) -> Drawing:
    """The whole plot; ``spell`` gives each text as the fonts can draw it."""
    layout, axis = layout_of(data), axis_of(data)
    below = _below(data, layout)
    top = MARGIN + len(layout.title) * (TITLE + 3) + (4 if layout.title else 0)
    height = top + HEAD + layout.body + below
    drawing = Drawing(layout.columns.width, height, families, spell)
    for place, text in enumerate(layout.title):
        drawing.text(MARGIN, MARGIN + TITLE / 2 + place * (TITLE + 3), text, bold=True, size=TITLE)
    _head(drawing, data, layout.columns, top)
    y = top + HEAD
    _guides(drawing, data, axis, layout, y)
    _body(drawing, data, axis, layout, y)
    _foot(drawing, data, axis, layout, y + layout.body)
    return drawing


def _below(data: ForestData, layout: Layout) -> float:
    """The height of all that stands under the lines."""
    directions = PITCH if data.measure.lesser or data.measure.greater else 0.0
    notes = 8 + TIGHT * len(layout.notes) if layout.notes else 0.0
    return 6 + TICK + PITCH + directions + PITCH + notes + MARGIN


def _head(drawing: Drawing, data: ForestData, columns: Columns, top: float) -> None:
    lower = top + 1.5 * TIGHT
    drawing.text(columns.left, lower, data.first_column, bold=True)
    for edge, head in zip(columns.cells, data.columns, strict=True):
        lines = head.split("\n")[:2]
        for place, text in enumerate(reversed(lines)):
            drawing.text(edge, lower - place * TIGHT, text, "right", bold=True)
    short, interval = number_heads(data)
    drawing.text(columns.numbers[3], lower - TIGHT, short, "right", bold=True)
    drawing.text(columns.numbers[3], lower, interval, "right", bold=True)
    if columns.weight > columns.numbers[3]:
        drawing.text(columns.weight, lower, "Weight, %", "right", bold=True)
    rule = top + HEAD - 4
    drawing.line((MARGIN, columns.width - MARGIN), (rule, rule), 0.8, RULE)


def _guides(drawing: Drawing, data: ForestData, axis: Axis, layout: Layout, top: float) -> None:
    """The line of no effect, and a dashed one from the first pooled number of the whole upwards."""
    bottom = top + layout.body + 6
    if data.measure.null is not None:
        x = _x(layout.columns, axis, data.measure.null)
        drawing.line((x, x), (top - 2, bottom), 0.8, PALE, depth=1)
    if data.summaries:
        x = _x(layout.columns, axis, data.summaries[0].natural.estimate)
        y = top
        for line in layout.lines:
            if line.kind == "summary" and line.overall:
                break
            y += line.height
        drawing.line((x, x), (top - 2, y + PITCH / 2), 0.7, DIAMOND, (0, (3, 2)), 1)


def _x(columns: Columns, axis: Axis, value: float) -> float:
    left, right = columns.plot
    return left + axis.place(value) * (right - left)


def _body(drawing: Drawing, data: ForestData, axis: Axis, layout: Layout, top: float) -> None:
    weights = [row.weight for row in data.rows() if row.weight]
    heaviest = max(weights, default=None)
    y = top
    for line in layout.lines:
        _words(drawing, line, layout.columns, y)
        middle = y + line.height / 2
        if line.row is not None:
            _study(drawing, line.row, axis, layout.columns, middle, heaviest)
        elif line.natural is not None and line.kind == "summary":
            _diamond(drawing, line.natural, axis, layout.columns, middle)
        elif line.natural is not None:
            _prediction(drawing, line.natural, axis, layout.columns, middle)
        y += line.height


def _words(drawing: Drawing, line: Line, columns: Columns, top: float) -> None:
    bold = line.kind in ("summary", "heading")
    size = SMALL if line.kind == "text" else SIZE
    colour = RULE if line.kind in ("text", "prediction") else INK
    middle = top + line.height / 2
    first = middle - TIGHT * (len(line.names) - 1) / 2
    for place, text in enumerate(line.names):
        y = first + place * TIGHT
        drawing.text(columns.left, y, text, bold=bold, size=size, colour=colour)
    for edge, text in zip(columns.cells, line.cells, strict=False):
        drawing.text(edge, middle, text, "right", bold=bold)
    if line.numbers:
        estimate, lower, between, upper = columns.numbers
        drawing.text(estimate, middle, line.numbers[0], "right", bold=bold, colour=colour)
        drawing.text(lower, middle, f"({line.numbers[1]}", "right", bold=bold, colour=colour)
        drawing.text(between, middle, "to", "right", bold=bold, colour=colour)
        drawing.text(upper, middle, f"{line.numbers[2]})", "right", bold=bold, colour=colour)
    if line.weight:
        drawing.text(columns.weight, middle, line.weight, "right", bold=bold)


def _study(
    drawing: Drawing, row: ForestRow, axis: Axis, columns: Columns, y: float, heaviest: float | None
) -> None:
    """A square as large as the weight, the interval across it, and arrows where that is cut."""
    share = 0.35 if row.weight is None or heaviest is None else row.weight / heaviest
    side = max(LEAST_SQUARE, LARGEST_SQUARE * math.sqrt(share))
    left, right = _x(columns, axis, row.lower), _x(columns, axis, row.upper)
    drawing.square(_x(columns, axis, row.estimate), y, side)
    drawing.line((left, right), (y, y), 0.9)
    _ends(drawing, axis, (row.lower, row.upper), (left, right), y, INK)


def _ends(
    drawing: Drawing,
    axis: Axis,
    bounds: tuple[float, float],
    xs: tuple[float, float],
    y: float,
    colour: str,
    cap: float = 0.0,
) -> None:
    """An arrow head where an interval leaves the axis, else a stroke of the height ``cap``."""
    for bound, x, way in zip(bounds, xs, (-1, 1), strict=True):
        if axis.leaves(bound):
            back = x - way * ARROW
            corners = [(x, y), (back, y - ARROW / 2), (back, y + ARROW / 2)]
            drawing.shape(corners, colour, colour)
        elif cap:
            drawing.line((x, x), (y - cap / 2, y + cap / 2), 0.9, colour)


def _diamond(drawing: Drawing, natural: Natural, axis: Axis, columns: Columns, y: float) -> None:
    left, middle, right = (
        _x(columns, axis, value) for value in (natural.lower, natural.estimate, natural.upper)
    )
    half = DIAMOND_HEIGHT / 2
    drawing.shape(
        [(left, y), (middle, y - half), (right, y), (middle, y + half)], DIAMOND, DIAMOND_EDGE
    )


def _prediction(drawing: Drawing, natural: Natural, axis: Axis, columns: Columns, y: float) -> None:
    lower, upper = natural.prediction_lower, natural.prediction_upper
    if lower is None or upper is None:
        return
    left, right = _x(columns, axis, lower), _x(columns, axis, upper)
    drawing.line((left, right), (y, y), 1.6, DIAMOND_EDGE)
    _ends(drawing, axis, (lower, upper), (left, right), y, DIAMOND_EDGE, cap=6.0)


def _foot(drawing: Drawing, data: ForestData, axis: Axis, layout: Layout, top: float) -> None:
    """Axis, ticks, directions, the name of the measure, notes."""
    left, right = layout.columns.plot
    y = top + 6
    drawing.line((left, right), (y, y), 0.8, INK)
    for inner, text in axis.ticks:
        x = left + (inner - axis.low) / (axis.high - axis.low) * (right - left)
        drawing.line((x, x), (y, y + TICK), 0.8, INK)
        drawing.text(x, y + TICK + PITCH / 2, text, "center", size=SMALL)
    y += TICK + PITCH
    if data.measure.lesser or data.measure.greater:
        _directions(drawing, data, axis, layout.columns, y + PITCH / 2)
        y += PITCH
    drawing.text((left + right) / 2, y + PITCH / 2, _axis_name(data), "center")
    y += PITCH + 8
    for place, text in enumerate(layout.notes):
        drawing.text(MARGIN, y + TIGHT * (place + 0.5), text, size=SMALL, colour=RULE)


def _axis_name(data: ForestData) -> str:
    return f"{data.measure.name}, %" if data.measure.null is None else data.measure.name


def _directions(drawing: Drawing, data: ForestData, axis: Axis, columns: Columns, y: float) -> None:
    """Which side is in favour of what, on either side of the line of no effect."""
    x = _x(columns, axis, data.measure.null or 0.0)
    if data.measure.lesser:
        drawing.text(x - 5, y, f"\N{LEFTWARDS ARROW} {data.measure.lesser}", "right", size=SMALL)
    if data.measure.greater:
        text = f"{data.measure.greater} \N{RIGHTWARDS ARROW}"
        drawing.text(x + 5, y, text, "left", size=SMALL)
