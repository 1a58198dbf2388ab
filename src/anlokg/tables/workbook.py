"""A study as an XLSX workbook, one sheet per table, and back; every cell is text."""

from __future__ import annotations

import csv
from pathlib import Path
from zipfile import BadZipFile

from ..errors import Problem, TableError
from . import reader, schema
from .schema import Package, Table

WIDTH = 18


def write(folder: Path, study: str, path: Path) -> int:
    """Writes the tables of a study; gives the number of rows. Bad tables raise ``TableError``."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    package = _package(folder, study)
    book = Workbook()
    book.remove(book.worksheets[0])
    count = 0
    problems: list[Problem] = []
    for table in package.study_tables():
        file = package.file(table.name, study)
        sheet = reader.read(table, file, f"{study}/{table.name}.csv")
        problems += sheet.problems
        page = book.create_sheet(table.name)
        page.append(list(table.header))
        for row in sheet.rows:
            page.append([row.cells[name] or None for name in table.header])
            count += 1
        for cell in page[1]:
            cell.font = Font(bold=True)
        page.freeze_panes = "A2"
        for number in range(1, len(table.header) + 1):
            page.column_dimensions[get_column_letter(number)].width = WIDTH
        for line in page.iter_rows():
            for cell in line:
                cell.number_format = "@"
                if cell.value is not None:
                    cell.data_type = "s"  # text, also where it starts like a formula
    if problems:
        raise TableError(problems)
    book.save(path)
    return count


def read(folder: Path, study: str, path: Path) -> int:
    """Replaces the tables of a study by those of a workbook; gives the number of rows.

    Nothing is written unless every sheet has the right columns.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    package = _package(folder, study)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError) as error:
        problem = Problem(str(path), f"is not an XLSX workbook: {error}", "Save it as .xlsx")
        raise TableError([problem]) from error
    problems: list[Problem] = []
    tables: dict[str, list[list[str]]] = {}
    for table in package.study_tables():
        if table.name not in book.sheetnames:
            problems.append(Problem(str(path), f"has no sheet {table.name}", "Add the sheet"))
            continue
        lines = [[_text(value) for value in line] for line in book[table.name].values]
        tables[table.name] = _ordered(table, lines, f"{path}, sheet {table.name}", problems)
    if problems:
        raise TableError(problems)
    for name, rows in tables.items():
        with package.file(name, study).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return sum(len(rows) - 1 for rows in tables.values())


def _package(folder: Path, study: str) -> Package:
    package = schema.load(folder)
    if study not in package.studies:
        have = ", ".join(package.studies)
        raise TableError([Problem(str(folder), f"has no study {study!r}", f"There are: {have}")])
    return package


def _ordered(
    table: Table, lines: list[list[str]], name: str, problems: list[Problem]
) -> list[list[str]]:
    header = [cell for cell in lines[0] if cell] if lines else []
    wrong = reader.header_problems(table, header, name)
    problems.extend(wrong)
    if wrong:
        return []
    order = [header.index(column) for column in table.header]
    rows = [line for line in lines[1:] if any(line)]
    return [list(table.header)] + [
        [line[i] if i < len(line) else "" for i in order] for line in rows
    ]


def _text(value: object) -> str:
    """A cell as text; whole numbers that a spreadsheet made floats lose their '.0'."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
