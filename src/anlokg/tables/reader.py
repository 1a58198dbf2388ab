"""Reads one CSV file strictly: encoding, line ends, header and shape, with a problem for each."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem
from .schema import Table

BOM = b"\xef\xbb\xbf"
# What no XML, and so no spreadsheet, can hold; tab and line feed may stand in quoted cells.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file (the header is 1) and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read of one file."""

    table: Table
    path: Path
    name: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    unread: bool = False


def read(table: Table, path: Path, name: str) -> Sheet:
    """The rows of a file and everything wrong with its form; ``name`` is used in messages.

    ``unread`` says that the file, or some of its rows, could not be read.
    """
    problems: list[Problem] = []
    text = _text(path, name, problems)
    before = len(problems)
    rows = _rows(table, text, name, problems) if text is not None else None
    unread = rows is None or len(problems) > before
    return Sheet(table, path, name, tuple(rows or ()), tuple(problems), unread)


def _text(path: Path, name: str, problems: list[Problem]) -> str | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        fix = "Add the file with its header line; 'anlokg new-study' shows an empty one"
        problems.append(Problem(name, "is missing", fix))
        return None
    except OSError as error:
        problems.append(Problem(name, f"cannot be read: {error.strerror}", "Make it a file"))
        return None
    if data.startswith(BOM):
        problems.append(Problem(name, "starts with a byte order mark", "Save as UTF-8 without BOM"))
        data = data[len(BOM) :]
    if not data.strip():
        problems.append(Problem(name, "is empty", "Give it at least its header line"))
        return None
    if b"\r" in data:
        line = data[: data.index(b"\r")].count(b"\n") + 1
        problems.append(Problem(name, "has CR line ends", "Save with line ends LF", row=line))
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _decoded(data, name, problems)


def _decoded(data: bytes, name: str, problems: list[Problem]) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        problems.append(Problem(name, message, "Save the file as UTF-8", row=line))
        return None
    for match in CONTROL.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        message = f"has a control character, U+{ord(match[0]):04X}"
        problems.append(Problem(name, message, "Remove the character", row=line))
    return CONTROL.sub(" ", text)


def _rows(table: Table, text: str, name: str, problems: list[Problem]) -> list[Row] | None:
    """The rows of a table, or ``None`` if its header does not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    number = 1
    try:
        header = next(reader, [])
        wrong = header_problems(table, header, name)
        problems.extend(wrong)
        if wrong:
            return None
        while True:
            number = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return rows
            if len(cells) == len(header):
                rows.append(Row(number, dict(zip(header, cells, strict=True))))
                continue
            message = f"has {len(cells)} cells, the header has {len(header)}"
            fix = "Quote cells that hold a comma, and give every column a cell"
            problems.append(Problem(name, message, fix, row=number))
    except csv.Error as error:
        fix = "Quote cells that hold a quote or a comma; double the quotes inside"
        problems.append(Problem(name, f"is not CSV: {error}", fix, row=number))
        return rows


def header_problems(table: Table, header: list[str], name: str) -> list[Problem]:
    """Columns of a header that are missing, unknown or there twice."""
    known = ", ".join(table.header)
    found = [(c, "is missing", "Add the column") for c in table.header if c not in header]
    unknown = [column for column in header if column not in table.header]
    found += [(c, "is unknown", f"Remove or rename it; known columns: {known}") for c in unknown]
    twice = sorted({column for column in header if header.count(column) > 1})
    found += [(column, "stands twice", "Keep one") for column in twice]
    return [Problem(name, message, fix, 1, column) for column, message, fix in found]
