"""Every rule on its cases: what it must find in ``bad``, and that it leaves ``good`` alone.

A case is a folder ``tests/cases/integrity/<rule>/<good or bad, and more>/``, see ``figures.py``;
``expected.json`` lists severity, statements and recomputed of every finding.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import figures
from anlokg.integrity.catalogue import RULES
from anlokg.integrity.finding import Finding, Severity
from anlokg.integrity.run import check
from conftest import CASES

FOLDERS = sorted(path.parent for path in (CASES / "integrity").glob("*/*/expected.json"))
BAD = [folder for folder in FOLDERS if folder.name.startswith("bad")]
GOOD = [folder for folder in FOLDERS if folder.name.startswith("good")]
BY_ID = {rule.id: rule for rule in RULES}


def name_of(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def told(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Findings as ``expected.json`` has them."""
    return [
        {
            "severity": finding.severity.value,
            "statements": list(finding.statements),
            "recomputed": finding.recomputed,
        }
        for finding in findings
    ]


def in_order(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(findings, key=lambda finding: json.dumps(finding, sort_keys=True))


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_rule_finds_what_its_case_expects(folder: Path) -> None:
    rule = BY_ID[folder.parent.name]
    report = check([figures.study(folder)], [rule])
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert in_order(told(report.findings)) == in_order(expected)
    assert bool(expected) == (folder in BAD)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_no_other_rule_fires_on_the_case_of_a_rule(folder: Path) -> None:
    fired = {finding.rule for finding in check([figures.study(folder)]).findings}
    assert fired == ({folder.parent.name} if folder in BAD else set())


@pytest.mark.parametrize("folder", BAD, ids=name_of)
def test_without_its_rule_a_bad_case_goes_unseen(folder: Path) -> None:
    others = [rule for rule in RULES if rule.id != folder.parent.name]
    assert len(others) == len(RULES) - 1
    assert check([figures.study(folder)], others).findings == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_good_and_a_bad_case(rule: Any) -> None:
    assert rule.id in {folder.parent.name for folder in GOOD}
    assert rule.id in {folder.parent.name for folder in BAD}


def test_every_case_belongs_to_a_rule_and_is_good_or_bad() -> None:
    assert {folder.parent.name for folder in FOLDERS} <= BY_ID.keys()
    assert sorted([*GOOD, *BAD]) == FOLDERS
    folders = {path.parent for path in (CASES / "integrity").glob("*/*/figures.json")}
    assert folders <= set(FOLDERS), "a case without expected.json is never run"


def test_rules_have_ids_of_their_own_and_say_what_must_hold() -> None:
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        assert rule.title
        assert rule.definition.endswith(".")


@pytest.mark.parametrize("folder", BAD, ids=name_of)
def test_a_finding_explains_itself(folder: Path) -> None:
    for finding in check([figures.study(folder)]).findings:
        assert finding.study == figures.study(folder).study
        assert finding.reported
        assert finding.recomputed
        assert finding.method
        assert finding.explanation.endswith(".")
        assert "nan" not in finding.recomputed.lower().split()
        assert "inf" not in finding.recomputed.lower().split()


# The page that explains them ---------------------------------------------------------------------

PAGE = Path(__file__).parent.parent / "docs" / "integrity.md"
BEGIN, END = "<!-- rules: begin; made from the rules, a test compares -->\n", "<!-- rules: end -->"


def table_of_rules() -> str:
    """Every rule with what it asks for, and the severities that its cases show."""
    lines = ["| Rule | What must hold | Severity |", "|---|---|---|"]
    for rule in RULES:
        cases = [folder for folder in BAD if folder.parent.name == rule.id]
        expected = [json.loads((folder / "expected.json").read_text("utf-8")) for folder in cases]
        shown = {finding["severity"] for findings in expected for finding in findings}
        severities = ", ".join(item.value for item in Severity if item.value in shown)
        definition = rule.definition.replace("|", "\\|")
        lines.append(f"| `{rule.id}`: {rule.title} | {definition} | {severities} |")
    return "\n".join(lines) + "\n"


def test_the_page_has_every_rule_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    there = page.partition(BEGIN)[2].partition(END)[0]
    expected = table_of_rules()
    assert there == expected, f"put this between the comments of {PAGE.name}:\n{expected}"


def test_the_page_has_every_severity() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for severity in Severity:
        assert f"| `{severity.value}` |" in page
