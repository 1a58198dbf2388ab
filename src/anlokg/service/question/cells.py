"""Cells of an answer as people see them: IRIs short and as links, numbers to the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .rows import XSD, Cell, Row, number

Link = Callable[[str], str]
Compact = Callable[[str], str]
STRING = XSD + "string"


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a page: its text, where it leads, whether it is a number, and its type."""

    text: str
    href: str = ""
    is_number: bool = False
    note: str = ""


EMPTY = Shown("")


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding on the figures of a row: how grave, what, and where it is told."""

    severity: str
    text: str
    href: str


def shown(row: Row, link: Link, compact: Compact, notes: bool = False) -> list[Shown]:
    """The cells of a row; ``notes`` adds languages and datatypes that the text does not tell."""
    return [_cell(cell, link, compact, notes) if cell else EMPTY for cell in row]


def _cell(cell: Cell, link: Link, compact: Compact, notes: bool) -> Shown:
    kind, value = cell[0], cell[1]
    if kind == "iri":
        target = link(value)
        # Only addresses of the web become links: other schemes may run what they hold.
        safe = target.startswith(("http://", "https://"))
        return Shown(compact(value), target if safe else "")
    if kind == "blank":
        return Shown(f"_:{value}")
    if number(cell) is not None:
        return Shown(value, is_number=True)
    detail = cell[2] if notes and len(cell) > 2 and cell[2] != STRING else ""
    return Shown(value, note=detail if detail.startswith("@") else compact(detail))
