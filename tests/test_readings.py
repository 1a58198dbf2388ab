"""The two readings of a document and its ledger: they agree, and no slip in one goes unnoticed.

A folder of ``cases/readings`` holds tables of a first reading, a second reading and, in some, a
ledger; ``expected.json`` lists the problems in order, with parts of their messages.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from anlokg import resources as resource_folders
from anlokg.errors import Problem
from anlokg.tables import evidence, reader, readings, schema
from anlokg.tables.reader import Row, Sheet
from anlokg.tables.readings import STATEMENT_TABLES, Place
from anlokg.tables.schema import Column, Table

CASES = Path(__file__).parent / "cases" / "readings"
FOLDER = resource_folders.find().evidence
STUDIES = schema.load(FOLDER).studies
SECOND = "second-reading"
# A number as a reader sees it: digits and points, unless they belong to a name such as CXCL1.
PRINTED = re.compile(r"NCT\d{8}|(?<![A-Za-z\d.])\d+(?:\.\d+)?")


# Small cases ---------------------------------------------------------------------------------


def cases() -> Iterator[Any]:
    """Every case; ``xfail`` in its file marks a known fault."""
    for folder in sorted(CASES.iterdir()):
        known = json.loads((folder / "expected.json").read_text(encoding="utf-8")).get("xfail")
        marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
        yield pytest.param(folder, id=folder.name, marks=marks)


def sheet_of(path: Path) -> Sheet:
    """A table of a case, with the columns that its header names."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = tuple(Column(name, "string", name) for name in next(csv.reader(file)))
    table = Table(path.stem, path.stem, path.stem, (path.name,), columns)
    sheet = reader.read(table, path, path.name)
    assert sheet.problems == ()
    return sheet


def matches(problem: Problem, expected: dict[str, Any]) -> bool:
    place = (problem.file, problem.row, problem.column)
    return place == (expected["file"], expected["row"], expected["column"]) and all(
        part in problem.message for part in expected["message"]
    )


@pytest.mark.parametrize("case", cases())
def test_readings_have_exactly_the_expected_differences(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))["problems"]
    sheets = [sheet_of(path) for path in sorted(case.glob("*.csv"))]
    problems = readings.compare(sheets)
    if (case / "ledger.csv").is_file():
        problems += readings.check_ledger(sheets)
    assert len(problems) == len(expected), list(map(str, problems))
    wrong = [str(p) for p, wanted in zip(problems, expected, strict=True) if not matches(p, wanted)]
    assert wrong == []


# The shipped evidence ------------------------------------------------------------------------


@cache
def shipped() -> evidence.Evidence:
    """The shipped evidence, read once."""
    return evidence.load(FOLDER)


@pytest.mark.parametrize("study", STUDIES)
def test_both_readings_agree(study: str) -> None:
    assert readings.compare(shipped().of(study)) == []


@pytest.mark.parametrize("study", STUDIES)
def test_the_ledger_counts_what_the_tables_hold(study: str) -> None:
    assert readings.check_ledger(shipped().of(study)) == []


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_has_both_readings_and_a_ledger(study: str) -> None:
    filled = {sheet.table.name for sheet in shipped().of(study) if sheet.rows}
    assert {"facts", "repeats", SECOND, "ledger"} <= filled


# Slips: on all rows of all studies ------------------------------------------------------------
#
# Comparing a whole study anew for each of some ten thousand slips would take minutes. A slip can
# touch only places that lie below one another in the same item, so each slip is tried on the rows
# of such places alone; that the parts say the same as the whole is tested first.


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a study that are compared with each other, by sheet."""

    sheets: tuple[Sheet, ...]

    def rows(self, *tables: str) -> Iterator[tuple[Sheet, Row]]:
        for sheet in self.sheets:
            if sheet.table.name in tables:
                yield from ((sheet, row) for row in sheet.rows)

    def with_row(self, changed: Row, new: Row | None) -> list[Sheet]:
        """The sheets with one row replaced, or deleted."""
        return [
            replace(sheet, rows=tuple(new if row is changed else row for row in sheet.rows))
            if new
            else replace(sheet, rows=tuple(row for row in sheet.rows if row is not changed))
            for sheet in self.sheets
        ]


def parts(sheets: Iterable[Sheet], key: Callable[[Row], Any]) -> dict[Any, Part]:
    """Rows of the sheets put together by a key."""
    rows: dict[Any, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    named = {sheet.name: sheet for sheet in sheets}
    for sheet in named.values():
        for row in sheet.rows:
            rows[key(row)][sheet.name].append(row)
    return {
        value: Part(tuple(replace(named[name], rows=tuple(some)) for name, some in held.items()))
        for value, held in rows.items()
    }


def entry(row: Row) -> tuple[str, ...]:
    return tuple(row.cells[name] for name in ("document", "section", "item"))


def families(sheets: list[Sheet]) -> dict[Place, Place]:
    """Each place with one that stands for all places that lie above or below it."""
    places = {Place.of(row.cells) for sheet in sheets for row in sheet.rows}
    family = {place: {place} for place in places}
    by_item: dict[Any, list[Place]] = defaultdict(list)
    for place in places:
        by_item[place.document, place.section, place.item].append(place)
    for near in by_item.values():
        for upper in near:
            for lower in near:
                if upper.holds(lower) and family[upper] is not family[lower]:
                    family[upper] |= family[lower]
                    for member in family[lower]:
                        family[member] = family[upper]
    return {place: min(members, key=str) for place, members in family.items()}


def of_tables(study: str, *tables: str) -> list[Sheet]:
    return [sheet for sheet in shipped().of(study) if sheet.table.name in tables]


def compared_parts(study: str) -> list[Part]:
    sheets = of_tables(study, *STATEMENT_TABLES, SECOND)
    family = families(sheets)
    return list(parts(sheets, lambda row: family[Place.of(row.cells)]).values())


def one_digit_changed(text: str) -> Iterator[tuple[str, str, str]]:
    """The text with each digit of each number changed in turn, the number before and after."""
    for number in PRINTED.finditer(text):
        for at in range(number.start(), number.end()):
            if text[at].isdecimal():
                digit = str((int(text[at]) + 1) % 10)
                other = text[:at] + digit + text[at + 1 :]
                yield other, number.group(), other[number.start() : number.end()]


def is_excused(part: Part, row: Row, new: str) -> bool:
    """Whether another statement or figure of the place holds the changed number too.

    One printed number may serve several statements, so this slip cannot be seen in the readings.
    """
    place = Place.of(row.cells)
    return any(
        new in PRINTED.findall(other.cells["reported"])
        for _, other in part.rows(*STATEMENT_TABLES, SECOND)
        if Place.of(other.cells).holds(place) or place.holds(Place.of(other.cells))
    )


@pytest.mark.parametrize("study", STUDIES)
def test_the_parts_of_a_study_are_compared_as_the_whole_is(study: str) -> None:
    """A slip at the start, in the middle and at the end of each table gives the same problems."""
    sheets = of_tables(study, *STATEMENT_TABLES, SECOND)
    whole = Part(tuple(sheets))
    by_row = {
        id(row): part
        for part in compared_parts(study)
        for _, row in part.rows(*STATEMENT_TABLES, SECOND)
    }
    assert len(by_row) == sum(len(sheet.rows) for sheet in sheets)
    for sheet in sheets:
        for row in sheet.rows[:: max(1, len(sheet.rows) // 2)]:
            wrong = Row(row.number, {**row.cells, "reported": "424242"})
            slipped = readings.compare(whole.with_row(row, wrong))
            assert slipped
            part = by_row[id(row)]
            assert readings.compare(part.with_row(row, wrong)) == slipped
            lost = readings.compare(whole.with_row(row, None))
            assert readings.compare(part.with_row(row, None)) == lost


@pytest.mark.parametrize("study", STUDIES)
def test_no_statement_can_be_lost(study: str) -> None:
    unseen = []
    items = parts(of_tables(study, *STATEMENT_TABLES, SECOND, "ledger"), entry)
    for part in items.values():
        assert readings.check_ledger(part.sheets) == []
        for sheet, row in part.rows(*STATEMENT_TABLES):
            if not readings.check_ledger(part.with_row(row, None)):
                unseen.append((sheet.name, row.number))
    assert unseen == []


@pytest.mark.parametrize("study", STUDIES)
def test_no_statement_can_move_to_another_item(study: str) -> None:
    """A row that is moved is missing in one item and too many in the other: two problems."""
    sheets = of_tables(study, *STATEMENT_TABLES, "ledger")
    ledger = [row for sheet in sheets if sheet.table.name == "ledger" for row in sheet.rows]
    one_each = Counter(entry(row) for _, row in readings.statement_rows(sheets))
    for here in one_each:
        there = next((row for row in ledger if entry(row) != here), None)
        if there is None:
            continue
        moved = next(row for _, row in readings.statement_rows(sheets) if entry(row) == here)
        place = dict(zip(("document", "section", "item"), entry(there), strict=True))
        new = Row(moved.number, {**moved.cells, **place})
        found = readings.check_ledger(Part(tuple(sheets)).with_row(moved, new))
        rows = {problem.row for problem in found if problem.column == "statements"}
        assert there.number in rows
        assert len(rows) == 2


@pytest.mark.parametrize("study", STUDIES)
def test_no_figure_of_the_second_reading_can_be_lost(study: str) -> None:
    unseen = []
    items = parts(of_tables(study, *STATEMENT_TABLES, SECOND, "ledger"), entry)
    for part in items.values():
        for sheet, row in part.rows(SECOND):
            labels = Counter(PRINTED.findall(row.cells["labels"]))
            figures = Counter(PRINTED.findall(row.cells["reported"])) - labels
            if figures and not readings.check_ledger(part.with_row(row, None)):
                unseen.append((sheet.name, row.number, row.cells["reported"]))
    assert unseen == []


def unseen_digits(study: str, *tables: str) -> tuple[list[Any], float]:
    """Changed digits in rows of tables that no comparison sees, and the share that is excused."""
    tried, excused, unseen = 0, 0, []
    for part in compared_parts(study):
        for sheet, row in part.rows(*tables):
            for text, old, new in one_digit_changed(row.cells["reported"]):
                tried += 1
                changed = Row(row.number, {**row.cells, "reported": text})
                if readings.compare(part.with_row(row, changed)):
                    continue
                if is_excused(part, row, new):
                    excused += 1
                else:
                    unseen.append((sheet.name, row.number, old, new))
    return unseen, excused / tried


@pytest.mark.parametrize("study", STUDIES)
def test_no_digit_of_a_statement_can_be_wrong(study: str) -> None:
    unseen, excused = unseen_digits(study, *STATEMENT_TABLES)
    assert unseen == []
    assert excused < 0.005


@pytest.mark.parametrize("study", STUDIES)
def test_no_digit_of_the_second_reading_can_be_wrong(study: str) -> None:
    unseen, excused = unseen_digits(study, SECOND)
    assert unseen == []
    assert excused < 0.005
