"""A study as an XLSX workbook, one sheet per table, and back; every cell is text."""

from __future__ import annotations

import csv
import os
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from ..errors import Problem, TableError
from . import reader, schema
from .reader import Sheet
from .schema import Package, Table

WIDTH = 18
LONGEST_CELL = 32_767
# All that openpyxl and what it stands on pass on of a broken workbook.
BROKEN = (
    OSError, BadZipFile, zlib.error, ParseError, KeyError, ValueError, EOFError,
    RuntimeError, TypeError, AttributeError,
)  # fmt: skip


def write(folder: Path, study: str, path: Path) -> int:
    """Writes the tables of a study; gives the number of rows. Bad tables raise ``TableError``."""
    from openpyxl import Workbook

    package = _package(folder, study)
    sheets = [
        reader.read(table, package.file(table.name, study), f"{study}/{table.name}.csv")
        for table in package.study_tables()
    ]
    problems = [problem for sheet in sheets for problem in (*sheet.problems, *_too_long(sheet))]
    if problems:
        raise TableError(problems)
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _fill(book.create_sheet(sheet.table.name), sheet)
    _save(book, path)
    return sum(len(sheet.rows) for sheet in sheets)


def _too_long(sheet: Sheet) -> list[Problem]:
    message = f"is longer than the {LONGEST_CELL} characters a cell of a workbook can hold"
    return [
        Problem(sheet.name, message, "Shorten it", row.number, column)
        for row in sheet.rows
        for column, cell in row.cells.items()
        if len(cell) > LONGEST_CELL
    ]


def _fill(page: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    header = sheet.table.header
    page.append(list(header))
    for row in sheet.rows:
        page.append([row.cells[name] or None for name in header])
    for cell in page[1]:
        cell.font = Font(bold=True)
    page.freeze_panes = "A2"
    for number in range(1, len(header) + 1):
        page.column_dimensions[get_column_letter(number)].width = WIDTH
    for line in page.iter_rows():
        for cell in line:
            cell.number_format = "@"
            if cell.value is not None:
                cell.data_type = "s"  # text, also where it starts like a formula


def _save(book: Any, path: Path) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        book.save(part)
        part.replace(path)
    except OSError as error:
        problem = Problem(str(path), f"cannot be written: {error.strerror}", "Name another file")
        raise TableError([problem]) from error
    finally:
        part.unlink(missing_ok=True)


def read(folder: Path, study: str, path: Path) -> int:
    """Replaces the tables of a study by those of a workbook; gives the number of rows.

    Nothing is written unless every sheet has the right columns.
    """
    package = _package(folder, study)
    found = pages(path)
    problems: list[Problem] = []
    tables: dict[str, list[list[str]]] = {}
    for table in package.study_tables():
        if table.name not in found:
            problems.append(Problem(str(path), f"has no sheet {table.name}", "Add the sheet"))
            continue
        name = f"{path}, sheet {table.name}"
        tables[table.name] = _ordered(table, found[table.name], name, problems)
    if problems:
        raise TableError(problems)
    for name, rows in tables.items():
        with package.file(name, study).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return sum(len(rows) - 1 for rows in tables.values())


def pages(path: Path) -> dict[str, list[list[str]]]:
    """The sheets of a workbook by name, their cells as text."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as file:
            book = load_workbook(file, read_only=True, data_only=True)
            return {
                page.title: [[_text(value) for value in line] for line in page.values]
                for page in book.worksheets
            }
    except (*BROKEN, InvalidFileException) as error:
        problem = Problem(str(path), f"is not an XLSX workbook: {error}", "Save it as .xlsx")
        raise TableError([problem]) from error


def _package(folder: Path, study: str) -> Package:
    package = schema.load(folder)
    if study not in package.studies:
        have = ", ".join(package.studies)
        raise TableError([Problem(str(folder), f"has no study {study!r}", f"There are: {have}")])
    return package


def _ordered(
    table: Table, lines: Sequence[list[str]], name: str, problems: list[Problem]
) -> list[list[str]]:
    header = lines[0] if lines else []
    wrong = reader.header_problems(table, [cell for cell in header if cell], name)
    known = {i for i, cell in enumerate(header) if cell}
    for number, line in enumerate(lines[1:], 2):
        if any(cell for i, cell in enumerate(line) if i not in known):
            message = "has a cell in a column without a heading"
            wrong.append(Problem(name, message, "Move it to a column of the table", number))
    problems.extend(wrong)
    if wrong:
        return []
    order = [header.index(column) for column in table.header]
    rows = [[line[i] if i < len(line) else "" for i in order] for line in lines[1:] if any(line)]
    return [list(table.header), *rows]


def _text(value: object) -> str:
    """A cell as text: numbers and dates that a spreadsheet made of it in their plain form."""
    if value is None:
        return ""
    if isinstance(value, float):
        plain = format(Decimal(repr(value)), "f")
        return plain.removesuffix(".0")
    if isinstance(value, datetime) and not any((value.hour, value.minute, value.second)):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
