"""Holds the two readings of a document against each other, and both against the ledger.

The second reading is a flat list of what is printed where. Both readings are reduced to the
numbers printed at a place, so that they may group cells differently: a statement that spans
several printed columns names their common heading, and the cells below it (``PFS: HR (95% CI)``
below ``PFS``) are counted with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import Problem
from .reader import Row, Sheet

STATEMENT_TABLES = (
    "measurements", "comparisons", "adverse-events", "activities", "facts", "repeats",
)  # fmt: skip
NUMBER = re.compile(r"NCT\d{8}|(?<![A-Za-z\d.])(?:\d+(?:\.\d+)?|\.\d+)")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
DASHES = re.compile(r"[\u2010-\u2015\u2212]")

Tokens = Counter[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A printed place: table cell or sentence."""

    document: str
    section: str
    item: str
    row: str
    column: str

    @classmethod
    def of(cls, cells: Mapping[str, str]) -> Place:
        names = ("document", "section", "item", "row", "column")
        return cls(*(normal(cells[name]) for name in names))

    def holds(self, other: Place) -> bool:
        """Whether the other place is this one, or lies below its row and column headings."""
        here = (self.document, self.section, self.item)
        there = (other.document, other.section, other.item)
        return here == there and below(self.row, other.row) and below(self.column, other.column)


def normal(text: str) -> str:
    """Text with one kind of dash and space, in lower case: what labels are compared by."""
    return " ".join(DASHES.sub("-", text).split()).lower()


def below(heading: str, label: str) -> bool:
    """Whether a label is the heading, or stands below it (``PFS: p`` below ``PFS``)."""
    return label == heading or label.startswith(f"{heading}: ")


def tokens(text: str) -> Tokens:
    """The numbers printed in a text, digits as printed, thousands separators left out."""
    return Counter(NUMBER.findall(THOUSANDS.sub("", text)))


def compare(sheets: Iterable[Sheet]) -> list[Problem]:
    """Every place where the readings of a study differ, as problems of the first reading.

    A number that the second reading holds and its column ``labels`` names is no figure: it names
    a subgroup, grade band or time point. One printed number may serve several statements.
    """
    sheets = list(sheets)
    first = _first_reading(sheets)
    second = _second_reading(sheets, first)
    problems = []
    for place in dict.fromkeys([*first, *second]):
        stated, there = first.get(place, []), second.get(place, Counter())
        wrong = [statement for statement in stated if statement.tokens - there]
        alone = sum((statement.tokens - there for statement in wrong), Tokens())
        missing = there - sum((statement.tokens for statement in stated), Tokens())
        if alone or missing:
            problems.append(_difference(place, [*wrong, *stated], alone, missing))
    return problems


@dataclass(frozen=True, slots=True)
class Stated:
    """The numbers that one row of the first reading states."""

    file: str
    row: int
    tokens: Tokens


def _first_reading(sheets: list[Sheet]) -> dict[Place, list[Stated]]:
    first: dict[Place, list[Stated]] = {}
    for sheet, row in statement_rows(sheets):
        stated = Stated(sheet.name, row.number, tokens(row.cells["reported"]))
        first.setdefault(Place.of(row.cells), []).append(stated)
    return first


def statement_rows(sheets: Iterable[Sheet]) -> list[tuple[Sheet, Row]]:
    """Rows that say where something is printed, with their sheet."""
    return [(s, row) for s in sheets if s.table.name in STATEMENT_TABLES for row in s.rows]


def _second_reading(sheets: list[Sheet], first: Mapping[Place, object]) -> dict[Place, Tokens]:
    by_item: dict[tuple[str, str, str], list[Place]] = {}
    for place in first:
        by_item.setdefault((place.document, place.section, place.item), []).append(place)
    second: dict[Place, Tokens] = {}
    for sheet in sheets:
        if sheet.table.name != "second-reading":
            continue
        for row in sheet.rows:
            place = Place.of(row.cells)
            near = by_item.get((place.document, place.section, place.item), [])
            holders = [candidate for candidate in near if candidate.holds(place)]
            home = max(holders, key=lambda p: len(p.row) + len(p.column), default=place)
            figures = tokens(row.cells["reported"]) - tokens(row.cells["labels"])
            second.setdefault(home, Counter()).update(figures)
    return second


def _difference(place: Place, stated: list[Stated], alone: Tokens, missing: Tokens) -> Problem:
    where = f"{place.document}, {place.section}, {place.item}, {place.row}, {place.column}"
    parts = [f"only the first reading has {_list(alone)}"] if alone else []
    parts += [f"only the second reading has {_list(missing)}"] if missing else []
    message = f"{where}: {' and '.join(parts)}"
    fix = "Look at the document and correct the reading that is wrong"
    if not stated:
        return Problem("second-reading.csv", message, fix, column="reported")
    return Problem(stated[0].file, message, fix, stated[0].row, "reported")


def _list(found: Tokens) -> str:
    return ", ".join(sorted(found.elements()))


def check_ledger(sheets: Iterable[Sheet]) -> list[Problem]:
    """Every line of the ledger that does not fit the tables, and every place it leaves out."""
    sheets = list(sheets)
    statements: Counter[tuple[str, ...]] = Counter()
    for _, row in statement_rows(sheets):
        statements[_entry(row)] += 1
    figures: Counter[tuple[str, ...]] = Counter()
    for sheet in sheets:
        if sheet.table.name == "second-reading":
            for row in sheet.rows:
                found = tokens(row.cells["reported"]) - tokens(row.cells["labels"])
                figures[_entry(row)] += found.total()
    problems = []
    listed = set()
    for sheet in sheets:
        if sheet.table.name != "ledger":
            continue
        for row in sheet.rows:
            listed.add(_entry(row))
            for column, counts in (("statements", statements), ("figures", figures)):
                actual, expected = counts[_entry(row)], row.cells[column]
                if str(actual) != expected:
                    message = f"the ledger counts {expected} {column}, the tables hold {actual}"
                    fix = "Find the row that is missing or too many; then correct the ledger"
                    problems.append(Problem(sheet.name, message, fix, row.number, column))
    problems += [
        Problem("ledger.csv", f"{', '.join(entry)} is not listed", "Add it to the ledger")
        for entry in sorted({*statements, *figures} - listed)
    ]
    return problems


def _entry(row: Row) -> tuple[str, ...]:
    return tuple(row.cells[name] for name in ("document", "section", "item"))
