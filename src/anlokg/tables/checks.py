"""Checks cells against the schema: types, bounds, enumerations, primary and foreign keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from ..errors import Problem
from .reader import Row, Sheet
from .schema import Column, ForeignKey

DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
INTEGER = re.compile(r"-?\d+", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SPACES = "\u00a0\u2007\u202f\u2009"
DASHES = "\u2212\u2013\u2014\u2010\u2011\u2012"

Complaint = tuple[str, str]
Check = Callable[[str], Complaint | None]


def check(sheets: Iterable[Sheet]) -> list[Problem]:
    """Every problem of the sheets, form first, then cells, then keys; in file and row order."""
    sheets = list(sheets)
    problems = [problem for sheet in sheets for problem in sheet.problems]
    for sheet in sheets:
        problems += _cells(sheet)
        problems += _primary_key(sheet)
    problems += _foreign_keys(sheets)
    return problems


def _cells(sheet: Sheet) -> Iterator[Problem]:
    checks = [(column.name, column.required, _check_for(column)) for column in sheet.table.columns]
    for row in sheet.rows:
        for name, required, complain in checks:
            cell = row.cells[name]
            if not cell:
                if required:
                    yield Problem(sheet.name, "is empty", "Fill it in", row.number, name)
                continue
            complaint = complain(cell)
            if complaint:
                yield Problem(sheet.name, *complaint, row=row.number, column=name)


def _check_for(column: Column) -> Check:
    typed = {"number": _number, "integer": _integer, "date": _date}.get(column.type, _string)
    tests: list[Check] = [typed]
    if column.enum:
        tests.append(_one_of(column.enum))
    if column.pattern:
        tests.append(_matches(column.pattern))
    if column.minimum is not None or column.maximum is not None:
        tests.append(_within(column.minimum, column.maximum))
    return lambda cell: next(filter(None, (test(cell) for test in tests)), None)


def _number(cell: str) -> Complaint | None:
    if DECIMAL.fullmatch(cell):
        return None
    return f"{cell!r} is not a number", _number_fix(cell)


def _integer(cell: str) -> Complaint | None:
    if INTEGER.fullmatch(cell):
        return None
    return f"{cell!r} is not a whole number", _number_fix(cell)


def _number_fix(cell: str) -> str:
    if any(space in cell for space in SPACES):
        return "It holds a non-breaking space; remove it"
    if any(dash in cell for dash in DASHES):
        return "Write minus as '-' (the printed sign belongs into 'reported')"
    if re.fullmatch(r"-?\d+,\d+", cell):
        return "Write the decimal point as '.', and no thousands separator"
    return "Write digits with '.' as decimal point; leave it empty if there is no number"


def _date(cell: str) -> Complaint | None:
    try:
        date.fromisoformat(cell)
        fits = bool(DATE.fullmatch(cell))
    except ValueError:
        fits = False
    return None if fits else (f"{cell!r} is not a date", "Write it as YYYY-MM-DD")


def _string(cell: str) -> Complaint | None:
    if cell != cell.strip():
        return f"{cell!r} starts or ends with a space", "Remove the space"
    return None


def _one_of(values: tuple[str, ...]) -> Check:
    known = frozenset(values)
    fix = f"Use one of: {', '.join(values)}"
    return lambda cell: None if cell in known else (f"{cell!r} is not allowed", fix)


def _matches(pattern: re.Pattern[str]) -> Check:
    fix = f"Write it as {pattern.pattern}"
    return lambda cell: None if pattern.fullmatch(cell) else (f"{cell!r} has the wrong form", fix)


def _within(minimum: str | None, maximum: str | None) -> Check:
    low = Decimal(minimum) if minimum is not None else None
    high = Decimal(maximum) if maximum is not None else None
    fix = f"Allowed: {minimum or 'any'} to {maximum or 'any'}"

    def complain(cell: str) -> Complaint | None:
        if not DECIMAL.fullmatch(cell):
            return None
        number = Decimal(cell)
        outside = (low is not None and number < low) or (high is not None and number > high)
        return (f"{cell} is outside its bounds", fix) if outside else None

    return complain


def _key(row: Row, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row.cells[column] for column in columns)


def _primary_key(sheet: Sheet) -> Iterator[Problem]:
    columns = sheet.table.primary_key
    seen: dict[tuple[str, ...], int] = {}
    for row in sheet.rows if columns else ():
        key = _key(row, columns)
        first = seen.setdefault(key, row.number)
        if first != row.number:
            message = f"key {'.'.join(key)!r} stands in row {first} already"
            fix = "Give the row a key of its own, or make it a repeat"
            yield Problem(sheet.name, message, fix, row.number, columns[-1])


def _foreign_keys(sheets: list[Sheet]) -> Iterator[Problem]:
    known: dict[tuple[str, tuple[str, ...]], set[tuple[str, ...]]] = {}
    by_table: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        by_table.setdefault(sheet.table.name, []).append(sheet)
    # A table that could not be read says nothing about its keys; one problem is enough.
    unread = {sheet.table.name for sheet in sheets if sheet.unread}
    for sheet in sheets:
        for key in sheet.table.foreign_keys:
            if key.table not in by_table or key.table in unread:
                continue
            target = (key.table, key.target)
            if target not in known:
                known[target] = {_key(r, key.target) for s in by_table[key.table] for r in s.rows}
            yield from _dangling(sheet, key, known[target])


def _dangling(sheet: Sheet, key: ForeignKey, known: set[tuple[str, ...]]) -> Iterator[Problem]:
    for row in sheet.rows:
        value = _key(row, key.columns)
        if all(value) and value not in known:
            message = f"{value[-1]!r} does not stand in {key.table}"
            fix = f"Add it to {key.table}.csv, or use a key that stands there"
            yield Problem(sheet.name, message, fix, row.number, key.columns[-1])
