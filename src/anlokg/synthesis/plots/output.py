"""Figures as SVG and PNG, each with the text that says what they show.

The same plot gives the same bytes. In SVG text stays text.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree

from ..refusal import SynthesisRefused
from .canvas import FigureCanvasAgg, FigureCanvasSVG, settings
from .data import ForestData
from .drawing import Drawing, drawn
from .fonts import FAMILY, MISSING, families
from .layout import layout_of

DPI = 300
# A picture of this height takes some 400 MB while it is drawn.
MOST_PIXELS = 24_000
LACKING = (
    f"{MISSING} stands for a character that no font of the machine has that drew this; "
    "the plot as SVG has it."
)
SVG = "http://www.w3.org/2000/svg"
# Where a reader lacks the font that matplotlib brings: fonts that are not wider.
CSS_FAMILIES = "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif"
# Settings and fonts of matplotlib belong to the process, so plots are made one after another.
_lock = threading.Lock()


def svg(data: ForestData, title: str, alt: str) -> bytes:
    """The plot as SVG."""
    with _lock, settings():
        return _svg(_drawn(data), title, alt)


def png(data: ForestData, title: str, alt: str) -> bytes:
    """The plot as PNG."""
    with _lock, settings():
        if families(_texts(data))[1]:
            data = replace(data, notes=(*data.notes, LACKING))
        drawing = _drawn(data)
        if drawing.height * DPI / 72 > MOST_PIXELS:
            raise SynthesisRefused(
                "the plot has too many rows for PNG. Take it as SVG, or ask for fewer studies"
            )
        return _png(drawing, title, alt)


def _drawn(data: ForestData) -> Drawing:
    chosen, lacking = families(_texts(data))

    def spell(text: str) -> str:
        return "".join(MISSING if sign in lacking else sign for sign in text)

    return drawn(data, chosen, spell)


def _texts(data: ForestData) -> list[str]:
    layout = layout_of(data)
    texts = [*layout.title, *layout.notes, *data.columns, data.first_column]
    texts += [data.measure.name, data.measure.short, data.measure.lesser, data.measure.greater]
    for line in layout.lines:
        texts += [*line.names, *line.cells, *line.numbers]
    return texts


def _png(drawing: Drawing, title: str, alt: str) -> bytes:
    file = io.BytesIO()
    FigureCanvasAgg(drawing.figure).print_figure(
        file,
        format="png",
        dpi=DPI,
        metadata={"Title": title, "Description": alt, "Software": None},
    )
    return file.getvalue()


def _svg(drawing: Drawing, title: str, alt: str) -> bytes:
    file = io.BytesIO()
    canvas = FigureCanvasSVG(drawing.figure)
    canvas.print_figure(file, format="svg", metadata={"Date": None, "Creator": None})
    return _described(file.getvalue(), drawing.texts, title, alt)


def _described(svg: bytes, texts: Mapping[str, str], title: str, alt: str) -> bytes:
    """The SVG with its title and description, and every text as it was meant to be."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(svg)  # noqa: S314 - made here, a moment ago
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    _spell_out(root, texts)
    mark = hashlib.sha256(alt.encode()).hexdigest()[:12]
    names = f"title-{mark}", f"description-{mark}"
    root.set("role", "img")
    root.set("aria-labelledby", " ".join(names))
    for place, (tag, text) in enumerate((("title", title), ("desc", alt))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": names[place]})
        element.text = text
        root.insert(place, element)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _spell_out(root: ElementTree.Element, texts: Mapping[str, str]) -> None:
    """Texts with the characters that no font here could draw: a reader's font may."""
    for group in root.iter(f"{{{SVG}}}g"):
        text = texts.get(group.attrib.pop("id", ""))
        for element in group.findall(f"{{{SVG}}}text") if text is not None else ():
            element.text = text
            style = element.get("style", "")
            element.set("style", style.replace(f"'{FAMILY}'", CSS_FAMILIES))
