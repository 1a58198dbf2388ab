"""Finds the table, row and column that a node and a property of the graph came from.

The mapping is read backwards: which template makes this subject, and which column this property.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import unquote

from ..mapping.rml import TermMap, TriplesMap
from ..tables.reader import Row, Sheet
from .report import Finding, Report

Cells = Mapping[str, str]


class Blame:
    """Looks up cells for the findings on one folder of tables."""

    def __init__(self, maps: Iterable[TriplesMap], sheets: Iterable[Sheet]) -> None:
        self.maps = tuple(maps)
        self.sheets = {sheet.path.name: sheet for sheet in sheets}
        self._rows: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], Row]] = {}

    def located(self, report: Report) -> Report:
        """The report with file, row and column filled in where they are known."""
        return Report(tuple(self._located(finding) for finding in report.findings))

    def _located(self, finding: Finding) -> Finding:
        places = [
            (triples_map, self.sheets[triples_map.source], row)
            for triples_map in self.maps
            if triples_map.source in self.sheets and not _is_about_rows(triples_map)
            for row in [self._row(triples_map, finding.focus)]
            if row is not None
        ]
        if not places:
            return finding
        for triples_map, sheet, row in places:
            column = column_of(triples_map, finding.path)
            if column:
                return replace(finding, file=sheet.name, row=row.number, column=column)
        _, sheet, row = places[0]
        return replace(finding, file=sheet.name, row=row.number)

    def _row(self, triples_map: TriplesMap, focus: str) -> Row | None:
        cells = unfilled(triples_map.subject, focus)
        if not cells:
            return None
        columns = tuple(sorted(cells))
        key = (triples_map.source, columns)
        if key not in self._rows:
            rows = self.sheets[triples_map.source].rows
            self._rows[key] = {tuple(row.cells.get(c, "") for c in columns): row for row in rows}
        return self._rows[key].get(tuple(cells[column] for column in columns))


def unfilled(term_map: TermMap, iri: str) -> Cells | None:
    """The cells that make an IRI from a template, read out of it; ``None`` if it cannot be."""
    columns = term_map.columns
    if not term_map.is_template or not columns or len(set(columns)) != len(columns):
        return None
    pattern = "".join("(.*?)" if is_column else re.escape(t) for t, is_column in term_map.pieces)
    match = re.fullmatch(pattern, iri)
    if match is None:
        return None
    return dict(zip(columns, map(unquote, match.groups()), strict=True))


def column_of(triples_map: TriplesMap, path: str | None) -> str | None:
    """The column that makes the objects of a property: the last one of its template."""
    for properties in triples_map.properties:
        if any(str(predicate.constant) == path for predicate in properties.predicates):
            for item in properties.objects:
                if item.columns:
                    return item.columns[-1]
    return None


def _is_about_rows(triples_map: TriplesMap) -> bool:
    return "/id/row/" in triples_map.subject.pieces[0][0] if triples_map.subject.pieces else True
