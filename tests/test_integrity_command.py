"""``anlokg integrity``: its forms, its choices and what it ends with."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from anlokg.cli import main
from anlokg.cli.integrity import Level
from anlokg.integrity import report as forms
from anlokg.integrity import source
from anlokg.integrity.catalogue import RULES
from anlokg.integrity.figure import StudyFigures
from anlokg.integrity.finding import Severity
from anlokg.integrity.rule import Rule
from anlokg.integrity.run import Report, check, keyed
from anlokg.resources import Resources
from anlokg.tables import schema

WRONG = "group,endpoint,statistic,count,denominator,percent\ndrug,orr,proportion,13,40,38.5\n"
RIGHT = WRONG.replace("38.5", "32.5")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command printed, and what it ended with."""

    code: int
    text: str
    errors: str


Run = Callable[..., Outcome]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the program does, in this process."""

    def run(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["anlokg", *map(str, words)])
        try:
            main.run()
            code: Any = 0
        except SystemExit as end:
            code = end.code or 0
        text, errors = capsys.readouterr()
        assert "Traceback" not in errors
        return Outcome(code, text, errors)

    return run


@pytest.fixture(scope="module")
def studies(resources: Resources) -> tuple[StudyFigures, ...]:
    return source.read([resources.evidence], schema.load(resources.evidence))


@pytest.fixture(scope="module")
def shipped(studies: tuple[StudyFigures, ...]) -> Report:
    return check(studies)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.csv"
    path.write_text(WRONG, encoding="utf-8")
    return path


def test_the_shipped_evidence_is_checked_if_no_path_is_given(cli: Run, shipped: Report) -> None:
    outcome = cli("integrity", "--format", "json")
    told = json.loads(outcome.text)
    assert outcome.code == 0
    assert told == forms.as_data(shipped)
    assert told["studies"] == sorted(told["studies"])
    assert len(told["rules"]) == len(RULES)
    assert sum(told["counts"].values()) == len(told["findings"]) > 0


def test_all_forms_tell_the_same_findings(cli: Run, shipped: Report) -> None:
    keys = list(shipped.by_key)
    rows = list(csv.DictReader(io.StringIO(cli("integrity", "--format", "csv").text)))
    assert [row["key"] for row in rows] == keys
    assert [row["recomputed"] for row in rows] == [one.recomputed for one in shipped.findings]
    page = ElementTree.fromstring(
        cli("integrity", "--format", "html").text.removeprefix("<!DOCTYPE html>\n")
        .replace('<meta charset="utf-8">', "").replace(
            '<meta name="viewport" content="width=device-width, initial-scale=1">', "")
        .replace("<br>", "")
    )  # fmt: skip
    assert [row.get("id") for row in page.iter("tr") if row.get("id")] == keys
    table = cli("integrity").text
    assert table.splitlines()[-1] == forms.summary(shipped)
    for rule in {finding.rule for finding in shipped.findings}:
        assert rule in table


def test_a_finding_of_a_table_names_file_and_row(cli: Run, resources: Resources) -> None:
    for finding in json.loads(cli("integrity", "--format", "json").text)["findings"]:
        assert len(finding["statements"]) == len(finding["locators"]) == len(finding["sources"])
        for statement, place in zip(finding["statements"], finding["sources"], strict=True):
            if place["file"] is None:  # the size of a group
                assert (
                    statement in (resources.evidence / finding["study"] / "groups.csv").read_text()
                )
                continue
            with (resources.evidence / place["file"]).open(encoding="utf-8", newline="") as file:
                lines = list(csv.reader(file))
            assert statement in lines[place["row"] - 1]


def test_json_mode_is_json_whatever_the_format(cli: Run, wrong: Path) -> None:
    outcome = cli("--json", "integrity", wrong)
    (finding,) = json.loads(outcome.text)["findings"]
    assert finding["key"] == "wrong.percent-of-count.row-2"
    assert finding["sources"] == [{"file": str(wrong), "row": 2}]
    assert outcome.errors == ""


def test_texts_of_tables_do_no_harm_in_a_page_or_a_terminal(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    text = WRONG.replace("group,", "row,column,document,group,")
    path.write_text(text.replace("drug,", "<script>x</script>,[red]y[/red],mine,drug,"), "utf-8")
    page = cli("integrity", path, "--format", "html").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "[red]y[/red]" in cli("integrity", path).text


def test_rules_severities_and_studies_can_be_chosen(cli: Run, shipped: Report) -> None:
    first = shipped.findings[0]
    words = "--rule", first.rule, "--severity", first.severity.value, "--study", first.study
    told = json.loads(cli("integrity", *words, "--format", "json").text)
    assert told["rules"] == [first.rule]
    assert told["studies"] == [first.study]
    assert [one["key"] for one in told["findings"]] == [
        key
        for key, one in shipped.by_key.items()
        if (one.rule, one.severity, one.study) == (first.rule, first.severity, first.study)
    ]
    two = cli("integrity", "--rule", RULES[0].id, "--rule", RULES[1].id, "--format", "json")
    assert json.loads(two.text)["rules"] == [RULES[0].id, RULES[1].id]


def test_what_is_unknown_is_refused_with_what_there_is(cli: Run) -> None:
    outcome = cli("integrity", "--rule", "nonsense")
    assert outcome.code == 2
    assert "no rule is called nonsense" in " ".join(outcome.errors.split())
    assert RULES[0].id in outcome.errors
    outcome = cli("integrity", "--study", "nonsense")
    assert outcome.code == 4
    assert "nonsense: is no study here. There are: alter-l059" in outcome.errors
    assert cli("integrity", "--severity", "nonsense").code == 2
    assert cli("integrity", "no-such-file.csv").code == 11


def test_findings_are_no_error_unless_one_is_strict(cli: Run, wrong: Path) -> None:
    assert cli("integrity", wrong).code == 0
    assert cli("integrity", wrong, "--strict").code == 12
    assert cli("integrity", wrong, "--strict", "--severity", "unit").code == 0
    wrong.write_text(RIGHT, encoding="utf-8")
    assert cli("integrity", wrong, "--strict").code == 0


def test_a_report_goes_to_a_file(cli: Run, wrong: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    outcome = cli("integrity", wrong, "--format", "csv", "--output", file)
    assert outcome.text == f"Wrote {file}\n"
    assert file.read_text(encoding="utf-8").count("percent-of-count") == 2
    assert cli("integrity", wrong, "-o", tmp_path / "no" / "folder").code == 11
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.csv", "wrong.csv"]


def test_the_rules_are_listed(cli: Run) -> None:
    told = json.loads(cli("--json", "integrity", "--list-rules").text)
    assert [row["rule"] for row in told] == [rule.id for rule in RULES]
    assert all(row["definition"] for row in told)


def test_problems_of_tables_are_all_told(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(WRONG.replace("13,40", "x,y"), encoding="utf-8")
    outcome = cli("--json", "integrity", path)
    assert outcome.code == 4
    assert len(json.loads(outcome.errors)["details"]) == 2


def test_the_severities_on_offer_are_those_there_are() -> None:
    assert [level.value for level in Level] == [severity.value for severity in Severity]
    assert [level.name for level in Level] == [severity.name for severity in Severity]


# The run -----------------------------------------------------------------------------------------


def test_findings_have_keys_of_their_own_and_stand_in_order(shipped: Report) -> None:
    for key, finding in shipped.by_key.items():
        stem = f"{finding.study}.{finding.rule}.{finding.statements[0]}"
        assert key == stem or key.removeprefix(stem).removeprefix(".").isdigit()
    graver = list(Severity)
    order = [(one.study, graver.index(one.severity), one.rule) for one in shipped.findings]
    assert order == sorted(order)


def test_the_order_of_studies_and_rules_does_not_matter(
    studies: tuple[StudyFigures, ...], shipped: Report
) -> None:
    turned = check(studies[::-1], RULES[::-1])
    assert list(turned.by_key.items()) == list(shipped.by_key.items())


def test_the_order_of_figures_changes_no_more_than_the_wording(
    studies: tuple[StudyFigures, ...], shipped: Report
) -> None:
    turned = [
        StudyFigures(one.study, one.figures[::-1], one.groups, one.rows, one.origin)
        for one in studies
    ]
    assert told(check(turned)) == told(shipped)


def told(report: Report) -> set[tuple[str, str, frozenset[str]]]:
    return {
        (one.rule, one.severity.value, frozenset(figure.result for figure in one.figures))
        for one in report.findings
    }


def test_a_second_finding_on_a_statement_gets_a_number(shipped: Report) -> None:
    finding = shipped.findings[0]
    first, second = keyed([finding, finding])
    assert second == f"{first}.2"


def test_a_rule_that_fails_is_named_with_the_study(studies: tuple[StudyFigures, ...]) -> None:
    def fail(_: StudyFigures) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        check(studies[:1], [Rule("broken", "Broken", "Nothing.", fail)])
    assert caught.value.__notes__ == [f"The rule broken failed on the study {studies[0].study}"]


def test_figures_are_not_changed(resources: Resources, studies: tuple[StudyFigures, ...]) -> None:
    check(studies)
    assert source.read([resources.evidence], schema.load(resources.evidence)) == studies


def test_the_shipped_evidence_takes_no_two_seconds(studies: tuple[StudyFigures, ...]) -> None:
    start = time.process_time()
    check(studies)
    assert time.process_time() - start < 2


def test_a_report_without_findings_can_be_told() -> None:
    empty = check([])
    for tell in forms.FORMS.values():
        assert tell(empty)
    assert forms.summary(empty).startswith("0 figures of 0 studies")
