"""Consistent tables stay clean, and were looked at.

Each line of ``cases/integrity/clean.csv`` names a table of a shipped study, a rule that finds
nothing there, and how many statements there were for it. That the rule looked is shown by one wrong
figure: with it, the rule finds something.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

import pytest

import figures
from anlokg.integrity.catalogue import RULES, chosen
from anlokg.integrity.figure import StudyFigures
from anlokg.integrity.finding import Finding
from anlokg.integrity.reading import read_tables
from anlokg.integrity.run import check
from anlokg.resources import Resources
from anlokg.tables import evidence
from conftest import CASES

with (CASES / "integrity" / "clean.csv").open(encoding="utf-8", newline="") as file:
    CLEAN = list(csv.DictReader(file))
WHOLE = ("count", "denominator", "grade_min", "grade_max")
# Rules of arithmetic whose silence on a table means something; the others look for what is rare.
MUST_BE_SHOWN = (
    "percent-of-count", "sum-of-arms", "sum-of-categories", "binomial-interval", "ratio-symmetry",
    "p-from-interval", "symmetric-median", "information-bound", "text-table",
)  # fmt: skip

a_clean_table = pytest.mark.parametrize(
    "line", CLEAN, ids=lambda line: f"{line['study']}, {line['item']}, {line['rule']}"
)


@pytest.fixture(scope="module")
def studies(resources: Resources) -> dict[str, StudyFigures]:
    read = read_tables(evidence.load(resources.evidence))
    return {one.study: one for one in read}


def in_item(findings: tuple[Finding, ...], item: str) -> list[Finding]:
    """Findings on figures of a table, or of another part of a document."""
    return [one for one in findings if any(figure.place.item == item for figure in one.figures)]


@a_clean_table
def test_a_consistent_table_stays_clean(
    studies: dict[str, StudyFigures], line: dict[str, str]
) -> None:
    study = studies[line["study"]]
    assert any(figure.place.item == line["item"] for figure in study.figures)
    assert int(line["figures"]) > 0
    assert in_item(check([study], chosen([line["rule"]])).findings, line["item"]) == []


@a_clean_table
def test_one_wrong_figure_in_it_is_found(
    studies: dict[str, StudyFigures], line: dict[str, str]
) -> None:
    study = studies[line["study"]]
    (right,) = [figure for figure in study.figures if figure.statement == line["statement"]]
    assert right.place.item == line["item"]
    wrong = replace(right, **{line["field"]: cell(line["field"], line["wrong"])})
    assert wrong != right
    some = tuple(wrong if figure is right else figure for figure in study.figures)
    found = check([replace(study, figures=some)], chosen([line["rule"]])).findings
    assert line["statement"] in {key for finding in found for key in finding.statements}


def cell(field: str, text: str) -> Any:
    """The text of a cell as a figure has it."""
    if field in WHOLE:
        return int(text)
    return figures.number(text) if field in figures.NUMBERS else text


@pytest.mark.parametrize("rule", MUST_BE_SHOWN)
def test_clean_tables_are_shown_for_the_rules_of_arithmetic(rule: str) -> None:
    assert rule in {known.id for known in RULES}
    assert rule in {line["rule"] for line in CLEAN}
