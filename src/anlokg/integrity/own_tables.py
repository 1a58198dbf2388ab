"""Tables of a user: columns of the evidence tables, but only those that a rule cannot do without.

Missing columns are empty. Where a table names no study, the folder or file does; a result without
a key is named for its row; a row without a place stands in its file. Which table a file or sheet is
says its name, or, if that is none, the columns it has.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import FileError, Problem, TableError
from ..tables import reader, workbook
from ..tables.reader import Row, Sheet
from ..tables.schema import Package, Table
from .figure import StudyFigures
from .posted import slug
from .reading import PLAIN, RESULTS, read_study

# What a row must have for anything to be said of it; the order is that in which tables are tried.
NEEDED: dict[str, tuple[str, ...]] = {
    "adverse-events": ("group", "term"),
    "measurements": ("group", "endpoint", "statistic"),
    "comparisons": ("endpoint", "statistic"),
    "activities": ("drug", "target", "statistic"),
    "facts": ("about", "attribute"),
    "repeats": ("statement", "result"),
    "groups": ("group",),
}
USED = (*RESULTS, *PLAIN, "groups", "repeats")


def read_csv(path: Path, package: Package) -> list[Sheet]:
    """The one table of a CSV file, none if it is one that no rule looks at."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            header = next(csv.reader(file), [])
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from error
    name = str(path)
    table = _table(path.stem, header, name, package)
    if table is None:
        return []
    wrong = _header_problems(table, header, name)
    narrowed = _narrowed(table, header)
    if wrong:
        return [Sheet(narrowed, path, name, (), tuple(wrong), unread=True)]
    return [_filled(reader.read(narrowed, path, name), table)]


def read_workbook(path: Path, package: Package) -> list[Sheet]:
    """The tables of a workbook, one a sheet."""
    problems: list[Problem] = []
    sheets = []
    for title, lines in workbook.pages(path).items():
        name = f"{path}, sheet {title}"
        header = lines[0] if lines else []
        try:
            table = _table(title, header, name, package)
        except TableError as error:
            problems += error.problems
            continue
        if table is not None:
            wrong = _header_problems(table, header, name)
            rows = () if wrong else tuple(_rows(lines))
            sheet = Sheet(_narrowed(table, header), path, name, rows, tuple(wrong), bool(wrong))
            sheets.append(_filled(sheet, table))
    if problems:
        raise TableError(problems)
    return sheets


def studies_of(sheets: Sequence[Sheet], name: str) -> Iterator[StudyFigures]:
    """The studies that the rows name; ``name`` is the study of rows that name none."""
    home = slug(name)
    by_study: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        rows: dict[str, list[Row]] = {}
        for row in sheet.rows:
            study = row.cells["study"] = row.cells["study"] or home
            rows.setdefault(study, []).append(row)
        for study, own in rows.items():
            by_study.setdefault(study, []).append(replace(sheet, rows=tuple(own)))
    for study in sorted(by_study):
        yield read_study(study, by_study[study])


def _table(name: str, header: Sequence[str], shown: str, package: Package) -> Table | None:
    """The table of a name or, if the name is that of none, the first that the columns fit."""
    if name in package.tables:
        return package.tables[name] if name in USED else None
    for candidate, needed in NEEDED.items():
        known = package.tables[candidate].header
        if set(needed) <= set(header) <= set(known):
            return package.tables[candidate]
    raise _refusal(header, shown, package)


def _refusal(header: Sequence[str], shown: str, package: Package) -> TableError:
    """What is wrong with columns that fit no table: compared with that which they fit best."""
    best = max(NEEDED, key=lambda table: len(set(package.tables[table].header) & set(header)))
    message = f"has columns that fit no table; {best} comes nearest"
    fix = f"Name the file for its table ({', '.join(NEEDED)}), or repair the columns"
    wrong = _header_problems(package.tables[best], header, shown)
    return TableError([Problem(shown, message, fix, 1), *wrong])


def _header_problems(table: Table, header: Sequence[str], name: str) -> list[Problem]:
    """Columns that are unknown or there twice, and those that are missing and needed."""
    needed = _needed(table)
    problems = reader.header_problems(table, list(header), name)
    return [problem for problem in problems if problem.column in {*needed, *header}]


def _needed(table: Table) -> tuple[str, ...]:
    own = tuple(column for column in table.primary_key if column != "study")
    return NEEDED.get(table.name, own)


def _narrowed(table: Table, header: Sequence[str]) -> Table:
    """The table with the columns that are there or must be; only the latter must be filled in."""
    needed = _needed(table)
    columns = tuple(
        replace(column, required=column.name in needed)
        for column in table.columns
        if column.name in header or column.name in needed
    )
    return replace(table, columns=columns)


def _rows(lines: Sequence[Sequence[str]]) -> Iterator[Row]:
    header = lines[0]
    for number, line in enumerate(lines[1:], 2):
        if any(line):
            cells = [*line, *[""] * (len(header) - len(line))]
            yield Row(number, dict(zip(header, cells, strict=False)))


def _filled(sheet: Sheet, table: Table) -> Sheet:
    """The sheet with a cell for every column of its table."""
    blank = dict.fromkeys(table.header, "")
    for row in sheet.rows:
        given = dict(row.cells)
        row.cells.update(blank | given | _missing(sheet, row, blank | given))
    return sheet


def _missing(sheet: Sheet, row: Row, cells: Mapping[str, str]) -> dict[str, str]:
    """What can be told of a row that its cells do not say."""
    found: dict[str, str] = {}
    if "result" in cells and not cells["result"]:
        found["result"] = f"row-{row.number}"
    if "document" in cells and not cells["document"]:
        found["document"] = sheet.path.name
        if not cells["row"]:
            found["row"] = f"row {row.number}"
    return found
