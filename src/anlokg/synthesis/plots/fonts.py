"""How wide text is, and which characters a font can draw.

matplotlib brings DejaVu Sans along, so plots look the same on every machine. Characters that it
lacks are drawn with another font of the machine if one has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from .canvas import FontProperties, font_manager, get_font
from .words import clean

FAMILY = "DejaVu Sans"
# Fonts with many scripts, first the ones that come with systems of today.
OTHERS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Source Han Sans SC",
    "SimHei",
    "Arial Unicode MS",
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "FreeSans",
)
# What stands for a character that no font has: U+25A1, an empty square.
MISSING = "\N{WHITE SQUARE}"
_UNITS = 100.0


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line of text in points, at a size in points."""
    return sum(_advance(character, bold) for character in text) * size


@cache
def _advance(character: str, bold: bool) -> float:
    """The width of a character as a share of the size; a full square if the font lacks it."""
    font = get_font(_path(FAMILY, bold))
    if not font.get_char_index(ord(character)):
        return 1.0
    font.set_size(_UNITS, 72)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / _UNITS


def families(texts: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """The fonts to draw these texts with, and the characters that none of them has."""
    wanted = {character for text in texts for character in text if character.isprintable()}
    chosen, left = [FAMILY], wanted - _covered(FAMILY, frozenset(wanted))
    installed = _installed() if left else frozenset()
    for family in OTHERS:
        if left and family in installed:
            found = _covered(family, frozenset(left))
            if found:
                chosen.append(family)
                left -= found
    return chosen, frozenset(left)


@cache
def _covered(family: str, wanted: frozenset[str]) -> frozenset[str]:
    font = get_font(_path(family, False))
    return frozenset(character for character in wanted if font.get_char_index(ord(character)))


@cache
def _path(family: str, bold: bool) -> str:
    wanted = FontProperties(family=family, weight="bold" if bold else "normal")
    return str(font_manager.findfont(wanted, fallback_to_default=True))


@cache
def _installed() -> frozenset[str]:
    return frozenset(entry.name for entry in font_manager.ttflist)


def wrapped(text: str, size: float, most: float, bold: bool = False) -> list[str]:
    """The lines of a text, none wider than ``most`` points; words stay whole if they fit a line."""
    lines, line = [], ""
    for word in clean(text).split(" "):
        for part in _parts(word, size, most, bold):
            longer = f"{line} {part}" if line else part
            if line and width(longer, size, bold) > most:
                lines.append(line)
                line = part
            else:
                line = longer
    return [*lines, line] if line or not lines else lines


def _parts(word: str, size: float, most: float, bold: bool) -> list[str]:
    """A word in pieces that fit; most words are one piece."""
    if width(word, size, bold) <= most:
        return [word]
    parts, part = [], ""
    for character in word:
        if part and width(part + character, size, bold) > most:
            parts.append(part)
            part = ""
        part += character
    return [*parts, part]
