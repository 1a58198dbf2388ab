"""Rows of a table that print fewer cells than the others, so that it is open which are empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .sides import sentence

ID = "missing-cell"

DASH = "dash"
Table = tuple[str, str, str]


def check_cells(study: StudyFigures) -> Iterator[Finding]:
    """Rows of adverse events with dashes for some of their empty cells only."""
    rows: dict[Table, dict[str, list[Figure]]] = {}
    for figure in study.of("adverse-events"):
        place = figure.place
        if place.section == "Tables" and place.column:
            table = place.document, place.section, place.item
            rows.setdefault(table, {}).setdefault(place.row, []).append(figure)
    for by_row in rows.values():
        usual = _usual_columns(by_row)
        for row, figures in by_row.items():
            missing = [
                column for column in usual if column not in {f.place.column for f in figures}
            ]
            dashes = [figure for figure in figures if figure.bound == DASH]
            if missing and dashes:
                yield _finding(study, row, dashes, missing)


def _usual_columns(by_row: dict[str, list[Figure]]) -> list[str]:
    """The columns that more than half of the rows print."""
    counts: Counter[str] = Counter()
    for figures in by_row.values():
        counts.update({figure.place.column: 1 for figure in figures})
    return [column for column, count in counts.items() if 2 * count > len(by_row)]


def _finding(study: StudyFigures, row: str, dashes: list[Figure], missing: list[str]) -> Finding:
    item = dashes[0].place.item
    cells = len(dashes) + len(missing)
    printed = f"{len(dashes)} dash{'es' if len(dashes) > 1 else ''}"
    return Finding(
        rule=ID,
        severity=Severity.information,
        study=study.study,
        figures=tuple(dashes),
        reported=f"{printed}, no cell for {', '.join(missing)}",
        recomputed=f"{cells} cells without a number, {printed} printed",
        method="columns that most rows of the table print against those of the row",
        explanation=f"{sentence(row)} in {item} prints {printed} for {cells} empty "
        "cells, so it cannot be told which of them are meant. They may all be zero, but a zero and "
        "a number that was not collected are not the same.",
        conclusion=Conclusion.not_touched,
    )


MISSING_CELL = Rule(
    id=ID,
    title="A dash for every empty cell",
    definition="A row of a table of adverse events that prints dashes prints one for every cell "
    "that most rows have. Rows that leave cells blank without dashes are left alone.",
    check=check_cells,
)
