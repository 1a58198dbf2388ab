"""The kinds of things that are found, the ones that people mostly mean first."""

from __future__ import annotations

from dataclasses import dataclass

THING, QUESTION, TECHNICAL, RESULT = 1.0, 0.8, 0.9, 0.5
"""What the score of a match is worth: all of it for things of the field, half for results."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: its name in IRIs, its title, what a match is worth, and its place."""

    name: str
    title: str
    worth: float
    place: int = 99


def _kinds() -> dict[str, Kind]:
    rows = (
        ("drug", "Drugs", THING),
        ("study", "Studies", THING),
        ("endpoint", "Endpoints and characteristics", THING),
        ("target", "Targets", THING),
        ("condition", "Conditions", THING),
        ("adverse-event", "Adverse events", THING),
        ("biomarker", "Biomarkers", THING),
        ("drug-class", "Drug classes", THING),
        ("target-family", "Target families", THING),
        ("document", "Documents", THING),
        ("statistic", "Statistics", THING),
        ("scale", "Scales", THING),
        ("line", "Lines of treatment", THING),
        ("query", "Questions", QUESTION),
        ("class", "Classes of the ontology", TECHNICAL),
        ("property", "Properties of the ontology", TECHNICAL),
        ("term", "Codes", TECHNICAL),
        ("scheme", "Lists of codes", TECHNICAL),
        ("attribute", "Kinds of facts", TECHNICAL),
        ("report-item", "Items of reporting", TECHNICAL),
        ("table", "Tables", TECHNICAL),
        ("rule", "Rules for figures", TECHNICAL),
        ("check", "Checks of figures", TECHNICAL),
        ("software", "Programs", TECHNICAL),
        ("threshold", "Thresholds", RESULT),
        ("study-endpoint", "Endpoints as studies define them", RESULT),
        ("regimen", "Regimens", RESULT),
        ("group", "Groups of patients", RESULT),
        ("component", "Components of regimens", RESULT),
        ("mechanism", "Mechanisms", RESULT),
        ("result", "Results", RESULT),
        ("finding", "Findings on figures", RESULT),
        ("reporting", "Statements on reporting", RESULT),
        ("statement", "Statements", RESULT),
        ("identifier", "Identifiers", RESULT),
        ("cell", "Printed cells", RESULT),
        ("row", "Rows of tables", RESULT),
    )
    return {row[0]: Kind(*row, place) for place, row in enumerate(rows)}


KINDS = _kinds()
NUMEROUS = tuple(kind.name for kind in KINDS.values() if kind.worth == RESULT)
"""Kinds with as many members as the evidence has rows."""


def of(name: str) -> Kind:
    """The kind of a name; one that is not known here comes after those that are."""
    return KINDS.get(name) or Kind(name, name.replace("-", " ").capitalize(), TECHNICAL)
