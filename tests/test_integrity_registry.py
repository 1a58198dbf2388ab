"""Study records of a registry: every number is read with its digits, its group and its place."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlokg.errors import TableError
from anlokg.integrity.figure import Figure, StudyFigures
from anlokg.integrity.registry import read_record
from anlokg.integrity.run import check
from conftest import CASES

RECORD = CASES / "registry" / "record.json"


@pytest.fixture(scope="module")
def data() -> Any:
    """The made-up record."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def record(data: Any) -> StudyFigures:
    return read_record(data, "record.json")


@pytest.fixture(scope="module")
def by_key(record: StudyFigures) -> dict[str, Figure]:
    return {figure.statement: figure for figure in record.figures}


def numbers(figure: Figure, *names: str) -> list[str]:
    """Numbers of a figure with all their digits."""
    return [str(getattr(figure, name)) for name in names]


def test_a_record_is_a_study_with_groups_of_every_part(record: StudyFigures) -> None:
    assert (record.study, record.origin) == ("nct00000001", "registry")
    assert record.rows["studies"][0]["registration"] == "NCT00000001"
    assert set(record.groups) == {
        "fg000", "fg001", "bg000", "bg001", "bg002", "eg000",
        "outcome-1.og000", "outcome-1.og001", "outcome-2.og000", "outcome-3.og000",
    }  # fmt: skip
    assert [record.groups[key].parent for key in ("bg000", "bg001", "bg002")] == ["bg002"] * 2 + [
        ""
    ]


def test_every_figure_has_a_key_a_place_and_a_path(record: StudyFigures) -> None:
    keys = [figure.statement for figure in record.figures]
    assert len(keys) == len(set(keys)) == 40
    for figure in record.figures:
        assert figure.place.document == "nct00000001"
        assert figure.place.section
        assert figure.source.startswith("record.json: ")


def test_status_and_dates_are_facts(record: StudyFigures) -> None:
    facts = {figure.attribute: figure for figure in record.of("facts")}
    assert {name: fact.text for name, fact in facts.items()} == {
        "registration": "NCT00000001",
        "recruitment-status": "COMPLETED",
        "status-verified-date": "2020-06",
        "start-date": "2017-03-01",
        "primary-completion-date": "2019-12-31",
        "completion-date": "2020-03",
        "last-update": "2020-07-01",
        "enrolment": "100",
    }
    assert facts["start-date"].category == "ACTUAL"


def test_counts_have_the_participants_they_refer_to(by_key: dict[str, Figure]) -> None:
    female = by_key["baseline-2.bg002.female"]
    assert (female.count, female.denominator, female.category) == (43, 100, "Female")
    left = by_key["period-1.not-completed.fg001"]
    assert (left.count, left.denominator, left.endpoint) == (9, 40, "period-1")
    death = by_key["period-1.reason.death.fg001"]
    assert (death.count, death.denominator) == (7, 9)
    pneumonia = by_key["event.serious.pneumonia.eg000"]
    assert (pneumonia.count, pneumonia.denominator, pneumonia.statistic) == (3, 60, "incidence")


def test_numbers_keep_their_digits(by_key: dict[str, Figure]) -> None:
    age = by_key["baseline-1.bg000"]
    assert numbers(age, "value", "lower", "upper") == ["61", "54.5", "68.0"]
    assert age.interval_type == "iqr"
    assert numbers(by_key["baseline-3.bg000"], "value", "spread") == ["71.40", "0.95"]
    survival = by_key["outcome-1.og000"]
    assert numbers(survival, "value", "lower", "upper", "level") == ["6.20", "5.1", "7.4", "0.95"]
    assert (survival.interval_type, survival.unit, survival.statistic) == ("ci", "months", "median")


def test_what_is_no_number_is_none(by_key: dict[str, Figure]) -> None:
    survival = by_key["outcome-1.og001"]
    assert (survival.value, survival.upper, survival.bound) == (None, None, "not-estimable")
    assert str(survival.lower) == "3.0"


def test_a_proportion_becomes_a_percentage_and_keeps_its_digits(by_key: dict[str, Figure]) -> None:
    response = by_key["outcome-2.og000"]
    assert numbers(response, "percent", "lower", "upper", "level") == [
        "35.0", "24.8", "46.4", "0.90",
    ]  # fmt: skip
    assert (response.statistic, response.denominator) == ("proportion", 60)


def test_an_estimate_over_time_is_no_count_over_participants(by_key: dict[str, Figure]) -> None:
    survival = by_key["outcome-3.og000"]
    assert (survival.statistic, str(survival.percent)) == ("rate-at-time", "67.25")
    assert survival.denominator == 1060


def test_analyses_are_comparisons(by_key: dict[str, Figure]) -> None:
    ratio = by_key["outcome-1.analysis-1"]
    assert (ratio.statistic, ratio.test, ratio.direction) == ("hazard-ratio", "log-rank", "")
    assert numbers(ratio, "value", "lower", "upper", "level", "p") == [
        "0.54", "0.354", "0.823", "0.95", "0.0040",
    ]  # fmt: skip
    assert ratio.p_operator == "="
    assert ratio.endpoint == by_key["outcome-1.og000"].endpoint


def test_one_sided_and_other_hypotheses_are_not_taken_for_the_usual(
    by_key: dict[str, Figure],
) -> None:
    non_inferiority = by_key["outcome-1.analysis-2"]
    assert (non_inferiority.p, non_inferiority.upper) == (None, None)
    assert by_key["outcome-1.analysis-3"].p is None
    assert by_key["outcome-1.analysis-3"].reported == "p <.0001"


def test_a_consistent_record_stays_clean(record: StudyFigures) -> None:
    assert check([record]).findings == ()


def changed(data: Any, path: str, value: object) -> StudyFigures:
    """The record with one value changed."""
    copied = copy.deepcopy(data)
    node = copied["resultsSection"]
    *parts, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for part in parts:
        node = node[part]
    node[last] = value
    return read_record(copied, "record.json")


FLOW = "participantFlowModule/periods/0"
BASELINE = "baselineCharacteristicsModule/measures"
OUTCOMES = "outcomeMeasuresModule/outcomeMeasures"
FEMALE = f"{BASELINE}/1/classes/0/categories/0/measurements"
ANALYSIS = f"{OUTCOMES}/0/analyses/0"
WRONG = [
    ("count-above-denominator", f"{FEMALE}/0/value", "61"),
    ("sum-of-arms", f"{FEMALE}/0/value", "24"),
    ("sum-of-categories", f"{FEMALE}/2/value", "44"),
    ("interval-order", f"{OUTCOMES}/0/classes/0/categories/0/measurements/0/upperLimit", "4.4"),
    ("value-in-interval", f"{OUTCOMES}/0/classes/0/categories/0/measurements/0/value", "8.20"),
    ("ratio-symmetry", f"{ANALYSIS}/ciUpperLimit", "0.923"),
    ("p-from-interval", f"{ANALYSIS}/pValue", "0.4"),
    (
        "binomial-interval",
        f"{OUTCOMES}/1/classes/0/categories/0/measurements/0/lowerLimit",
        "0.198",
    ),
    ("count-above-denominator", "adverseEventsModule/seriousEvents/0/stats/0/numAffected", 61),
]


@pytest.mark.parametrize(("rule", "path", "value"), WRONG)
def test_an_error_planted_in_a_record_is_found(
    data: Any, rule: str, path: str, value: object
) -> None:
    found = check([changed(data, path, value)]).findings
    assert rule in {finding.rule for finding in found}
    assert all(finding.figures[0].source.startswith("record.json: ") for finding in found)


@pytest.mark.parametrize("broken", [None, [], "text", 5, {}, {"protocolSection": None}])
def test_what_is_no_record_is_refused(broken: object) -> None:
    with pytest.raises(TableError, match="no study record"):
        read_record(broken, "mine.json")


@pytest.mark.parametrize("part", ["participantFlowModule", "outcomeMeasuresModule"])
def test_a_part_of_another_form_is_refused(data: Any, part: str) -> None:
    with pytest.raises(TableError, match=r"mine\.json"):
        read_record({**data, "resultsSection": {part: ["text"]}}, "mine.json")


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 10**12), st.floats(allow_nan=False), st.text(),
        st.sampled_from(["NA", "1,234", ".5", "<.001", "0", "120", "OG000", "PERCENT", "-0"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)  # fmt: skip


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all nodes of a record."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    found = [path] if path else []
    for name, inner in items:
        here = (*path, name)
        found += leaves(inner, here) if isinstance(inner, (dict, list)) else [here]
    return found


PATHS = leaves(json.loads(RECORD.read_text(encoding="utf-8")))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=3))
def test_whatever_stands_in_a_record_it_is_checked_or_refused(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    data = json.loads(RECORD.read_text(encoding="utf-8"))
    for path, value in changes:
        put(data, path, value)
    try:
        record = read_record(data, "mine.json")
    except TableError as error:
        assert "mine.json" in str(error)
        return
    check([record])


def put(node: Any, path: tuple[Any, ...], value: Any) -> None:
    """Replaces a node, unless what leads to it has been replaced before."""
    for name in path[:-1]:
        if not isinstance(node, (dict, list)):
            return
        try:
            node = node[name]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(node, dict):
        node[path[-1]] = value


def test_a_record_without_results_has_its_facts(data: Any) -> None:
    bare = read_record({"protocolSection": data["protocolSection"]}, str(Path("mine.json")))
    assert {figure.table for figure in bare.figures} == {"facts"}
