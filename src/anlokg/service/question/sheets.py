"""XLSX workbooks of rows: typed cells, written row by row, equal bytes for equal rows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ..refusal import HttpProblem
from .rows import XSD, Cell, Row, boolean, number

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
EXACT = 10**15
"""Whole numbers from here on lose digits in a spreadsheet; they are written as text."""
WIDTH = 18
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What a cell cannot hold as it is, and what would be read as one of its escapes."""
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?", re.ASCII)
FIRST_YEAR = 1900
MEANT = ("=", "#")
"""Text that starts so would become a formula or an error, unless it is said to be text."""


@dataclass(frozen=True, slots=True)
class About:
    """What the second sheet tells: facts of the answer, and the meanings of its columns."""

    facts: Sequence[tuple[str, str]]
    meanings: Sequence[tuple[str, str]]
    created: datetime


def write(columns: Sequence[str], rows: Iterable[Row], most: int, about: About) -> bytes:
    """A workbook with the rows on its first sheet; 503 where there are more than ``most``."""
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = about.created
    book.properties.creator = "anlokg"
    file = BytesIO()
    try:
        _fill(_page(book, "answer", [WIDTH] * len(columns)), columns, rows, most)
        _tell(_page(book, "about", [24, 100]), about)
    finally:
        # Where rows are refused too: the files that openpyxl writes meanwhile end with saving.
        ExcelWriter(book, _Archive(file, "w", ZIP_DEFLATED)).save()
    return file.getvalue()


def _fill(page: Any, columns: Sequence[str], rows: Iterable[Row], most: int) -> None:
    page.append([_heading(page, name) for name in columns])
    for count, row in enumerate(rows, 1):
        if count > most:
            raise _too_many(most)
        page.append([_value(page, cell, name) for cell, name in zip(row, columns, strict=True)])


def _page(book: Any, title: str, widths: Sequence[int]) -> Any:
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    for place, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(place)].width = width
    return page


def _tell(page: Any, about: About) -> None:
    page.append([_heading(page, "about this answer"), None])
    for line in about.facts:
        page.append([_text(page, part) for part in line])
    page.append([])
    page.append([_heading(page, "column"), _heading(page, "meaning")])
    for line in about.meanings:
        page.append([_text(page, part) for part in line])


def _heading(page: Any, text: str) -> Any:
    from openpyxl.styles import Font

    cell = _cell(page, text)
    cell.font = Font(bold=True)
    return cell


def _cell(page: Any, text: str) -> Any:
    """A cell that is text whatever it starts with."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(page, text)
    cell.data_type = "s"
    return cell


def _text(page: Any, text: str) -> Any:
    text = CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return _cell(page, text) if text.startswith(MEANT) else text


def _value(page: Any, cell: Cell | None, column: str) -> Any:
    if cell is None:
        return None
    if cell[0] == "literal" and len(cell) > 2:
        typed = _typed(cell)
        if typed is not None:
            return typed
    text = f"_:{cell[1]}" if cell[0] == "blank" else cell[1]
    if len(text) > LONGEST_CELL:
        raise _too_long(column, len(text))
    return _text(page, text)


def _typed(cell: Cell) -> object:
    """The number, truth value or date of a cell; ``None`` for what a spreadsheet lacks."""
    figure = number(cell)
    if figure is not None:
        return _figure(figure)
    truth = boolean(cell)
    if truth is not None:
        return truth
    return _moment(cell)


def _figure(text: str) -> int | float | None:
    if text.lstrip("-").isdigit():
        return int(text) if len(text) < 20 and abs(int(text)) < EXACT else None
    value = float(text)
    return value if abs(value) != float("inf") else None


def _moment(cell: Cell) -> date | None:
    """Dates and times without a zone, from the first year that spreadsheets know."""
    text, kind = cell[1], cell[2]
    try:
        if kind == XSD + "date" and DAY.fullmatch(text):
            found = date.fromisoformat(text)
        elif kind == XSD + "dateTime" and MOMENT.fullmatch(text):
            found = datetime.fromisoformat(text)
        else:
            return None
    except ValueError:
        return None
    return found if found.year >= FIRST_YEAR else None


def _too_many(most: int) -> HttpProblem:
    detail = (
        f"A workbook may have {most} rows here, this answer has more. Ask for fewer with 'limit'"
        " and 'offset', or take CSV"
    )
    return HttpProblem(
        503, "answer-too-large", "Answer too large", detail, limit="rows", limit_value_rows=most
    )


def _too_long(column: str, length: int) -> HttpProblem:
    detail = (
        f"A cell of the column {column} has {length} characters, a cell of a workbook can hold"
        f" {LONGEST_CELL}. Take CSV"
    )
    return HttpProblem(
        503, "answer-too-large", "Answer too large", detail, limit="characters",
        limit_value_characters=LONGEST_CELL,
    )  # fmt: skip


class _Archive(ZipFile):
    """A ZIP file that keeps no times, so that equal answers are equal bytes."""

    def writestr(self, name: Any, data: Any, *_: Any, **__: Any) -> None:  # type: ignore[override]
        entry = ZipInfo(str(name))
        entry.compress_type = ZIP_DEFLATED
        super().writestr(entry, data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        entry = ZipInfo(str(arcname))
        entry.compress_type = ZIP_DEFLATED
        with open(os.fspath(filename), "rb") as source, self.open(entry, "w") as target:  # noqa: PTH123
            _copy(source, target)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while piece := source.read(262_144):
        target.write(piece)
