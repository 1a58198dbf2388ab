"""Rows of an answer, read from the engine's form ``rows``: one JSON array a line.

The first line holds the columns, each other line the cells of a row in their order. A cell is
``None`` where the variable is unbound, else ``[kind, value]`` or ``[kind, value, detail]``: kind is
``iri``, ``blank``, ``literal`` or ``triple``; detail is a datatype IRI, or a language after ``@``.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

Cell = list[str]
Row = list[Cell | None]

XSD = "http://www.w3.org/2001/XMLSchema#"
WHOLE = frozenset(
    XSD + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort",
        "unsignedByte",
    )
)  # fmt: skip
NUMBERS = WHOLE | {XSD + name for name in ("decimal", "double", "float")}
BOOLEAN = XSD + "boolean"
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; ``more`` says whether there are rows behind the last one."""

    columns: list[str]
    rows: list[Row]
    more: bool = False


def stream(file: BinaryIO) -> tuple[list[str], Iterator[Row]]:
    """The columns of a file in the form ``rows``, and its rows one by one."""
    columns: list[str] = json.loads(file.readline())
    return columns, (json.loads(line) for line in file)


def read(file: BinaryIO, most: int | None = None) -> Table:
    """The first rows of a file, all of them without ``most``."""
    columns, rows = stream(file)
    kept = list(rows if most is None else itertools.islice(rows, most))
    return Table(columns, kept, more=next(rows, None) is not None)


def number(cell: Cell) -> str | None:
    """The JSON number that a cell means, exactly; ``None`` if it is none, such as INF."""
    if len(cell) < 3 or cell[2] not in NUMBERS:
        return None
    text = cell[1].strip()
    if JSON_NUMBER.fullmatch(text):
        return text
    return str(Decimal(text)) if NUMBER.fullmatch(text) else None


def boolean(cell: Cell) -> bool | None:
    """The truth value of a cell, if it is one."""
    if len(cell) < 3 or cell[2] != BOOLEAN:
        return None
    return {"true": True, "1": True, "false": False, "0": False}.get(cell[1].strip())


def plain(cell: Cell | None, compact: Callable[[str], str]) -> str:
    """A cell as a JSON value: numbers and truth values as such, IRIs short, all else as text."""
    if cell is None:
        return "null"
    kind, value = cell[0], cell[1]
    if kind == "iri":
        return json.dumps(compact(value), ensure_ascii=False)
    if kind == "blank":
        return json.dumps(f"_:{value}", ensure_ascii=False)
    if (figure := number(cell)) is not None:
        return figure
    if (truth := boolean(cell)) is not None:
        return "true" if truth else "false"
    return json.dumps(value, ensure_ascii=False)


def iris(rows: Iterable[Row]) -> set[str]:
    """Every IRI in the cells of rows."""
    return {cell[1] for row in rows for cell in row if cell is not None and cell[0] == "iri"}
