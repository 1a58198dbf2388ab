"""Reads one CSV file strictly: encoding, line ends, header and shape, with a problem for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem
from .schema import Table

BOM = b"\xef\xbb\xbf"


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


def read(table: Table, path: Path, name: str) -> Sheet:
    """The rows of a file and everything wrong with its form; ``name`` is used in messages."""
    problems: list[Problem] = []
    text = _text(path, name, problems)
    rows = tuple(_rows(table, text, name, problems)) if text is not None else ()
    return Sheet(table, path, name, rows, tuple(problems))


def _text(path: Path, name: str, problems: list[Problem]) -> str | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        fix = "Add the file with its header line; 'anlokg new-study' shows an empty one"
        problems.append(Problem(name, "is missing", fix))
        return None
    if not data.strip():
        problems.append(Problem(name, "is empty", "Give it at least its header line"))
        return None
    if data.startswith(BOM):
        problems.append(Problem(name, "starts with a byte order mark", "Save as UTF-8 without BOM"))
        data = data[len(BOM) :]
    if b"\r" in data:
        line = data[: data.index(b"\r")].count(b"\n") + 1
        fix = "Save with line ends LF ('anlokg import' does it)"
        problems.append(Problem(name, "has CR line ends", fix, row=line))
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        problems.append(Problem(name, message, "Save the file as UTF-8", row=line))
        return None


def _rows(table: Table, text: str, name: str, problems: list[Problem]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader)
        wrong = header_problems(table, header, name)
        problems.extend(wrong)
        if wrong:
            return
        width = len(header)
        while True:
            number = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if len(cells) != width:
                message = f"has {len(cells)} cells, the header has {width}"
                fix = "Quote cells that hold a comma, and give every column a cell"
                problems.append(Problem(name, message, fix, row=number))
                continue
            yield Row(number, dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        fix = "Quote cells that hold a quote or a comma; double the quotes inside"
        problems.append(Problem(name, f"is not CSV: {error}", fix, row=reader.line_num))


def header_problems(table: Table, header: list[str], name: str) -> list[Problem]:
    """Columns of a header that are missing, unknown or there twice."""
    known = ", ".join(table.header)
    found = [(c, "is missing", "Add the column") for c in table.header if c not in header]
    unknown = [column for column in header if column not in table.header]
    found += [(c, "is unknown", f"Remove or rename it; known columns: {known}") for c in unknown]
    twice = sorted({column for column in header if header.count(column) > 1})
    found += [(column, "stands twice", "Keep one") for column in twice]
    return [Problem(name, message, fix, 1, column) for column, message, fix in found]
