"""The forest plot: a table with a square for each study and a diamond for each pooled number."""

from __future__ import annotations

from dataclasses import dataclass

from .data import ForestData
from .printed import alt_text
from .words import clean


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as files: ``svg`` and ``png`` (300 dpi), and ``alt``, what it shows in words."""

    svg: bytes
    png: bytes
    alt: str


def forest(data: ForestData) -> Plot:
    """Draws the plot. Raises ``SynthesisRefused`` where no temporary file can be written."""
    return Plot(svg(data), png(data), alt_text(data))


def svg(data: ForestData) -> bytes:
    """The plot as SVG, with its title and description inside; text stays text."""
    from . import output  # matplotlib takes long to import

    return output.svg(data, _title(data), alt_text(data))


def png(data: ForestData) -> bytes:
    """The plot as PNG with 300 dots an inch, and its description among the metadata."""
    from . import output

    return output.png(data, _title(data), alt_text(data))


def _title(data: ForestData) -> str:
    return clean(data.title or f"Forest plot of {data.measure.name}")
