"""Figures from evidence tables: every statement with its meaning, its digits and its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import Problem, TableError
from ..statistics.printed import Printed
from ..tables.evidence import Evidence
from ..tables.reader import Row, Sheet
from .figure import Figure, Group, Place, StudyFigures

RESULTS = ("measurements", "comparisons", "adverse-events", "activities", "facts")
# Words that stand under the same name in the tables and in a figure.
WORDS = (
    "reported", "group", "kind", "endpoint", "category", "biomarker", "statistic", "adjustment",
    "test", "analysis_set", "timepoint", "experimental", "reference", "direction", "variable",
    "ctcae_version", "relatedness", "attribute", "about", "text", "cited_study",
)  # fmt: skip
# The same, for what a repeat prints anew.
NUMBERS = ("value", "lower", "upper", "spread", "percent", "p")
MARKS = ("interval_type", "unit", "p_operator", "bound", "qualifier", "note")
GROUP_WORDS = (
    "label", "type", "parent", "variable", "operator", "level", "unit", "regimen", "of_study",
)  # fmt: skip
# Tables that are handed on as they are.
PLAIN = ("reporting", "study-endpoints", "regimens", "regimen-components", "thresholds")
# Tables of the vocabulary, of which a study gets its own rows.
SHARED = ("studies", "documents")


def read_tables(evidence: Evidence) -> tuple[StudyFigures, ...]:
    """The figures of every study of an evidence folder, studies by key.

    ``rows`` has reporting, study-endpoints, regimens, regimen-components and thresholds, and the
    rows of the study in the vocabulary: studies (itself and those it quotes) and documents.
    Raises ``TableError`` where a repeat names a result that no table has.
    """
    shared = {
        sheet.table.name: tuple(row.cells for row in sheet.rows)
        for sheet in evidence.of("vocabulary")
        if sheet.table.name in SHARED
    }
    return tuple(read_study(study, evidence.of(study), shared) for study in evidence.studies)


def read_study(
    study: str,
    sheets: Iterable[Sheet],
    shared: Mapping[str, tuple[Mapping[str, str], ...]] | None = None,
) -> StudyFigures:
    """The figures of one study from its sheets; a column or table that is not there is empty."""
    by_table = {sheet.table.name: sheet for sheet in sheets}
    results = {
        figure.result: figure
        for table in RESULTS
        if table in by_table
        for figure in _results(by_table[table])
    }
    repeats = _repeats(by_table["repeats"], results) if "repeats" in by_table else []
    groups = _groups(by_table["groups"]) if "groups" in by_table else {}
    cited = {figure.cited_study for figure in results.values()}
    rows = _shared(study, cited, shared or {})
    for table in PLAIN:
        if table in by_table:
            rows[table] = tuple(row.cells for row in by_table[table].rows)
    return StudyFigures(study, (*results.values(), *repeats), groups, rows)


def _shared(
    study: str, cited: set[str], shared: Mapping[str, tuple[Mapping[str, str], ...]]
) -> dict[str, tuple[Mapping[str, str], ...]]:
    wanted = cited | {study}
    return {
        table: tuple(row for row in rows if row["study"] in wanted)
        for table, rows in shared.items()
    }


def _results(sheet: Sheet) -> list[Figure]:
    table, source = sheet.table.name, sheet.name
    return [_figure(table, source, row) for row in sheet.rows]


def _figure(table: str, source: str, row: Row) -> Figure:
    """One row of the five tables of results.

    An adverse event is the ``endpoint`` of its figure. An activity is ``about`` a drug, its target
    is the ``endpoint`` and its assay the ``category``.
    """
    cells = row.cells
    words: dict[str, Any] = {name: cells[name] for name in WORDS if name in cells}
    if table == "adverse-events":
        words["endpoint"] = cells["term"]
        words["grade_min"] = _whole(cells["grade_min"])
        words["grade_max"] = _whole(cells["grade_max"])
    elif table == "activities":
        words |= {
            "endpoint": cells["target"],
            "about": cells["drug"],
            "category": cells["system"],
        }
    return Figure(
        study=cells["study"],
        statement=cells["result"],
        result=cells["result"],
        table=table,
        place=_place(cells),
        **words,
        **_numbers(cells),
        source=source,
        row=row.number,
    )


def _numbers(cells: Mapping[str, str]) -> dict[str, Any]:
    """What is printed at one place: the columns that results and repeats share."""
    found: dict[str, Any] = {name: Printed.of(cells[name]) for name in NUMBERS if cells[name]}
    for name in MARKS:
        found[name] = cells[name]
    if cells["ci_level"]:
        found["level"] = Printed.of(cells["ci_level"])
    for name in ("count", "denominator"):
        found[name] = _whole(cells[name])
    return found


# A repeat starts without the numbers of its result.
_EMPTY: dict[str, Any] = dict.fromkeys((*NUMBERS, "level"))


def _repeats(sheet: Sheet, results: Mapping[str, Figure]) -> list[Figure]:
    lost = [row for row in sheet.rows if row.cells["result"] not in results]
    if lost:
        raise TableError([_stray(sheet, row) for row in lost])
    return [
        replace(
            results[row.cells["result"]],
            statement=row.cells["statement"],
            place=_place(row.cells),
            reported=row.cells["reported"],
            **(_EMPTY | _numbers(row.cells)),
            source=sheet.name,
            row=row.number,
        )
        for row in sheet.rows
    ]


def _stray(sheet: Sheet, row: Row) -> Problem:
    message = f"{row.cells['result']!r} is no result of the study"
    fix = "Write the key of a result that a table of the study has"
    return Problem(sheet.name, message, fix, row.number, "result")


def _groups(sheet: Sheet) -> dict[str, Group]:
    return {
        row.cells["group"]: Group(
            study=row.cells["study"],
            group=row.cells["group"],
            **{name: row.cells[name] for name in GROUP_WORDS},
            size=_whole(row.cells["size"]),
            place=_place(row.cells),
            source=sheet.name,
            row=row.number,
        )
        for row in sheet.rows
    }


def _place(cells: Mapping[str, str]) -> Place:
    return Place(cells["document"], cells["section"], cells["item"], cells["row"], cells["column"])


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None
