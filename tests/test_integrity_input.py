"""Bad input: an answer or a clear refusal; never a NaN, a warning of a library or a traceback."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import figures
from anlokg.errors import FileError, TableError
from anlokg.integrity import source
from anlokg.integrity.figure import Figure, Group, Place, StudyFigures
from anlokg.integrity.finding import Finding
from anlokg.integrity.run import check
from anlokg.resources import Resources
from anlokg.statistics.printed import Printed
from anlokg.tables import schema, workbook
from anlokg.tables.schema import Package

NOT_A_NUMBER = re.compile(r"\b(nan|inf|infinity|none)\b", re.IGNORECASE)


@pytest.fixture(scope="session")
def package(resources: Resources) -> Package:
    return schema.load(resources.evidence)


def sound(findings: tuple[Finding, ...]) -> None:
    """Every text of a finding can be shown to a person."""
    for finding in findings:
        for text in (finding.reported, finding.recomputed, finding.method, finding.explanation):
            assert text
            assert not NOT_A_NUMBER.search(text), text


# Figures that cannot be right --------------------------------------------------------------------

RATIO = {
    "table": "comparisons", "statistic": "hazard-ratio", "endpoint": "os", "group": "all",
    "direction": "stated", "experimental": "drug", "reference": "placebo", "interval_type": "ci",
    "level": "0.95", "adjustment": "unadjusted", "test": "cox", "p_operator": "=",
}  # fmt: skip
SHARE = {"group": "all", "endpoint": "orr", "statistic": "proportion", "kind": "efficacy"}
MEDIAN = {"group": "all", "endpoint": "os", "statistic": "median", "interval_type": "ci"}


def ratio(value: str, lower: str, upper: str, p: str | None, **more: str) -> Mapping[str, Any]:
    return {**RATIO, "value": value, "lower": lower, "upper": upper, "p": p, **more}


def share(count: int, denominator: int, percent: str, **more: str) -> Mapping[str, Any]:
    return {**SHARE, "count": count, "denominator": denominator, "percent": percent, **more}


def half(level: str) -> Mapping[str, Any]:
    """Five of ten with an interval of a level."""
    return share(5, 10, "50.0", interval_type="ci", lower="20.0", upper="80.0", level=level)


ABOVE = "count-above-denominator"
RANGE = "probability-range"
# Name, the figure, and a rule that must see it; without one, there only has to be an answer.
BAD: list[tuple[str, Mapping[str, Any], str]] = [
    ("denominator zero", share(0, 0, "0.0"), ""),
    ("count of none", share(3, 0, "30.0"), ABOVE),
    ("count above denominator", share(12, 10, "120.0"), ABOVE),
    ("negative count", share(-1, 10, "-10.0"), ""),
    ("percent over 100", {**SHARE, "percent": "120.0", "denominator": 10}, RANGE),
    ("level 0 of a share", half("0"), ""),
    ("level 1 of a share", half("1"), ""),
    ("level 95 of a share", half("95"), ""),
    ("level 0", ratio("0.70", "0.5", "0.9", "0.01", level="0"), ""),
    ("level 1", ratio("0.70", "0.5", "0.9", "0.01", level="1"), ""),
    ("level 95", ratio("0.70", "0.5", "0.9", "0.01", level="95"), ""),
    ("interval reversed", ratio("0.70", "0.90", "0.50", "0.01"), "interval-order"),
    ("interval of no width", ratio("1.0", "1.0", "1.0", "1"), ""),
    ("p 0", ratio("0.70", "0.5", "0.9", "0"), ""),
    ("p 0.000", ratio("0.70", "0.5", "0.9", "0.000"), ""),
    ("p above 1", ratio("1.00", "0.8", "1.25", "1.2"), RANGE),
    ("p below 0", ratio("1.00", "0.8", "1.25", "-0.2"), RANGE),
    ("p NS", ratio("0.70", "0.5", "0.9", None, reported="0.70 (0.5–0.9); NS"), ""),
    ("p <.001", ratio("0.30", "0.2", "0.45", "0.001", p_operator="<"), ""),
    ("HR 0", ratio("0", "0", "0", "0.99"), ""),
    ("HR 0.00", ratio("0.00", "0.00", "0.01", "0.90"), ""),
    ("HR below 0", ratio("-0.7", "-0.9", "0.5", "0.5"), ""),
    ("HR beyond measure", ratio("9999999999", "0.0000001", "99999999999999", "0.99"), ""),
    ("median of no time", {**MEDIAN, "value": "0", "lower": "0", "upper": "0"}, ""),
    ("nothing", {}, ""),
]


@pytest.mark.parametrize(("name", "fields", "rule"), BAD, ids=[name for name, *_ in BAD])
def test_a_bad_figure_gets_an_answer(name: str, fields: Mapping[str, Any], rule: str) -> None:
    one = figures.figure({"statement": "one", **fields})
    findings = check([StudyFigures("case", (one,))]).findings
    sound(findings)
    if rule:
        assert rule in {finding.rule for finding in findings}, name


def arms(*counts: tuple[int, int]) -> StudyFigures:
    """Arms of a study with so many responders of so many, and a test between the first two."""
    groups = {"all": Group("case", "all", type="study-population")}
    found = []
    for number, (count, size) in enumerate(counts):
        key = f"arm-{number}"
        groups[key] = Group("case", key, type="arm", parent="all", size=size)
        fields = {**SHARE, "group": key, "count": count, "denominator": size}
        found.append(figures.figure({"statement": f"{key}.orr", **fields}))
    test = {"table": "comparisons", "endpoint": "orr", "statistic": "p-value", "group": "all",
            "experimental": "arm-0", "reference": "arm-1", "test": "fisher-exact",
            "p": "1.000", "p_operator": "=", "direction": "none"}  # fmt: skip
    found.append(figures.figure({"statement": "test", **test}))
    return StudyFigures("case", tuple(found), groups)


@pytest.mark.parametrize(
    "counts", [((0, 20), (0, 20)), ((20, 20), (20, 20)), ((0, 0), (0, 0)), ((0, 20), (5, 0))]
)
def test_arms_without_a_difference_to_test_get_an_answer(counts: Any) -> None:
    sound(check([arms(*counts)]).findings)


def test_one_study_or_none_or_the_same_twice_gets_an_answer() -> None:
    assert check([]).findings == ()
    one = arms((3, 20), (25, 20))
    once, twice = check([one]), check([one, one])
    assert len(twice.by_key) == 2 * len(once.by_key) > 0
    assert set(once.by_key) < set(twice.by_key)


# Random figures ----------------------------------------------------------------------------------

WHOLE = st.one_of(st.none(), st.integers(-1, 60), st.just(10**9))
PRINTED = st.one_of(
    st.none(),
    st.sampled_from(["0", "0.00", "1", "1.0", "0.05", "0.001", "0.95", "95", "100", "100.0"]),
    st.decimals(min_value=-5, max_value=150, places=2).map(str),
    st.decimals(min_value=0, max_value=2, places=3).map(str),
    st.decimals(min_value=0, max_value=10**12, places=0).map(str),
).map(lambda text: None if text is None else Printed(Decimal(text)))  # fmt: skip
GRADE = st.one_of(st.none(), st.integers(1, 5))


def word(*words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *words])


FIGURE = st.builds(
    Figure,
    study=st.just("case"),
    statement=st.sampled_from(["a", "b", "c", "d", "e", "f"]),
    result=st.sampled_from(["a", "b", "c", "d"]),
    table=st.sampled_from(["measurements", "comparisons", "adverse-events", "activities", "facts"]),
    place=st.builds(Place, st.just("paper"), item=word("Table 1", "text"), row=word("x", "y")),
    reported=word("5 (10.0%)", "NS", "0.7 (0.5-0.9)"),
    group=word("all", "arm-0", "arm-1"),
    kind=word("baseline", "efficacy", "disposition"),
    endpoint=word("os", "pfs", "orr", "dcr", "cr", "pr", "sd", "pd", "ne", "age", "sex", "death"),
    category=word("male", "female", "fatal", ">5", "death"),
    biomarker=word("cxcl1"),
    statistic=word(
        "median", "mean", "count", "proportion", "incidence", "rate-at-time", "hazard-ratio",
        "odds-ratio", "risk-ratio", "difference", "p-value", "value", "range",
    ),
    adjustment=word("unadjusted", "univariate", "multivariable", "not-stated"),
    test=word("log-rank", "cox", "fisher-exact", "chi-square", "wilcoxon-signed-rank"),
    timepoint=word("12 wk", "6 mo", "2020"),
    experimental=word("arm-0", "arm-1"),
    reference=word("arm-0", "arm-1"),
    direction=word("stated", "not-stated", "none"),
    variable=word("sex", "study-treatment"),
    grade_min=GRADE,
    grade_max=GRADE,
    attribute=word("registration", "recruitment-status", "completion-date", "confidence-level"),
    text=word("2020-01", "2020-13-45", "RECRUITING", "NCT00000001"),
    value=PRINTED,
    lower=PRINTED,
    upper=PRINTED,
    interval_type=word("ci", "iqr", "range", "sd"),
    level=PRINTED,
    spread=PRINTED,
    unit=word("%", "mo", "wk", "ng/uL", "a"),
    count=WHOLE,
    denominator=WHOLE,
    percent=PRINTED,
    p=PRINTED,
    p_operator=word("=", "<", ">"),
    bound=word("not-reached", "dash"),
    qualifier=word("about", "more-than"),
    cited_study=word("other"),
)  # fmt: skip
GROUP = st.builds(
    Group,
    study=st.just("case"),
    group=st.sampled_from(["all", "arm-0", "arm-1", "sub"]),
    type=st.sampled_from(["study-population", "arm", "cohort", "subgroup", "cited-population"]),
    parent=word("all", "arm-0", "sub"),
    variable=word("sex"),
    level=word("male"),
    size=WHOLE,
    of_study=st.sampled_from(["case", "other"]),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FIGURE, max_size=8), st.lists(GROUP, max_size=4))
def test_no_rule_fails_on_random_figures(some: list[Figure], groups: list[Group]) -> None:
    study = StudyFigures("case", tuple(some), {group.group: group for group in groups})
    sound(check([study]).findings)


# Tables of one's own -----------------------------------------------------------------------------

HEADER = (
    "group,endpoint,statistic,count,denominator,percent,value,lower,upper,ci_level,p,p_operator"
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_needs_only_the_columns_that_say_something(
    tmp_path: Path, package: Package
) -> None:
    text = "group,endpoint,statistic,count,denominator,percent\ndrug,orr,proportion,13,40,38.5\n"
    (study,) = source.read([write(tmp_path / "mine.csv", text)], package)
    (finding,) = check([study]).findings
    assert (study.study, finding.rule) == ("mine", "percent-of-count")
    assert finding.statements == ("row-2",)
    assert finding.locators == ("mine.csv, row 2",)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("drug,os,median,,,,,,,,NS,", "column p: 'NS' is not a number"),
        ("drug,os,median,,,,,,,,<.001,", "column p: '<.001' is not a number"),
        ("drug,os,median,,,,5,4,6,95,,", "column ci_level: 95 is outside its bounds"),
        ("drug,os,median,,,,5,4,6,0,,", "column ci_level: 0 is outside its bounds"),
        ("drug,orr,proportion,1,2,150,,,,,,", "column percent: 150 is outside its bounds"),
        ("drug,orr,proportion,-1,2,,,,,,,", "column count: -1 is outside its bounds"),
        ("drug,orr,proportion,1.5,2,,,,,,,", "column count: '1.5' is not a whole number"),
        ("drug,os,median,,,,n/a,,,,,", "column value: 'n/a' is not a number"),
        ('drug,os,median,,,,"5,1",,,,,', "column value: '5,1' is not a number"),
        ("drug,,median,,,,5,,,,,", "column endpoint: is empty"),
        ("drug,os,median", "has 3 cells, the header has 12"),
    ],
)
def test_a_cell_that_is_no_number_is_refused_with_its_place(
    tmp_path: Path, package: Package, row: str, said: str
) -> None:
    path = write(tmp_path / "mine.csv", f"{HEADER}\n{row}\n")
    with pytest.raises(TableError) as caught:
        source.read([path], package)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}, row 2")
    assert said in str(problem)
    assert problem.fix


CELL = st.one_of(
    st.text(max_size=8), st.integers(-5, 200).map(str),
    st.sampled_from(["", "", "os", "median", "proportion", "=", "<", "0", "0.05", "1e5", "٣", "²"]),
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELL, min_size=12, max_size=12), max_size=3))
def test_whatever_stands_in_a_table_it_is_checked_or_refused(
    tmp_path: Path, package: Package, rows: list[list[str]]
) -> None:
    path = tmp_path / "mine.csv"
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER.split(","), *rows])
    try:
        studies = source.read([path], package)
    except TableError as error:
        assert all(problem.fix for problem in error.problems)
        return
    sound(check(studies).findings)


def test_all_problems_of_all_tables_are_told_at_once(tmp_path: Path, package: Package) -> None:
    write(tmp_path / "measurements.csv", f"{HEADER}\ndrug,os,median,x,y,,,,,,,\n")
    write(tmp_path / "adverse-events.csv", "group,term,nonsense\ndrug,nausea,1\n")
    write(tmp_path / "notes.csv", "who,when\nme,now\n")
    with pytest.raises(TableError) as caught:
        source.read([tmp_path], package)
    told = "\n".join(map(str, caught.value.problems))
    for part in ("'x' is not", "'y' is not", "column nonsense: is unknown", "fit no table"):
        assert part in told


def test_problems_of_all_paths_are_told_at_once(tmp_path: Path, package: Package) -> None:
    one, other = (write(tmp_path / name, "who\n") for name in ("one.csv", "other.csv"))
    with pytest.raises(TableError) as caught:
        source.read([one, other], package)
    assert {problem.file for problem in caught.value.problems} == {str(one), str(other)}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("mine.csv", "", "fit no table"),
        ("measurements.csv", "", "column group: is missing"),
        ("mine.csv", "group,group,endpoint,statistic\n", "stands twice"),
        ("mine.csv", "a,b\n1,2\n", "fit no table"),
        ("mine.json", "{", "is not JSON"),
        ("mine.json", "[1]", "no study record"),
        ("mine.json", '{"a": 1}', "no study record"),
        ("mine.xlsx", "no workbook", "is not an XLSX workbook"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, package: Package, name: str, text: str, said: str
) -> None:
    with pytest.raises(TableError, match=re.escape(said)):
        source.read([write(tmp_path / name, text)], package)


def test_what_is_not_there_or_not_readable_is_refused(tmp_path: Path, package: Package) -> None:
    with pytest.raises(FileError, match="no such file or folder"):
        source.read([tmp_path / "none.csv"], package)
    with pytest.raises(FileError, match="no table can be read"):
        source.read([write(tmp_path / "paper.pdf", "x")], package)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match="holds no table"):
        source.read([tmp_path / "empty"], package)


def test_the_same_study_twice_is_refused(tmp_path: Path, package: Package) -> None:
    path = write(tmp_path / "mine.csv", "group,endpoint,statistic\ndrug,orr,proportion\n")
    with pytest.raises(TableError, match="read before"):
        source.read([path, path], package)


def test_a_repeat_of_nothing_is_refused(tmp_path: Path, package: Package) -> None:
    path = write(tmp_path / "repeats.csv", "statement,result,value\na.r2,a,5\n")
    with pytest.raises(TableError, match="'a' is no result of the study"):
        source.read([path], package)


def test_folder_workbook_and_record_are_read_as_they_are(
    tmp_path: Path, package: Package, resources: Resources
) -> None:
    """The shipped study reads the same from its folder, from a copy of it and from a workbook."""
    study = "alter1202-liver"
    (whole,) = [one for one in source.read([resources.evidence], package) if one.study == study]
    book = tmp_path / "book.xlsx"
    workbook.write(resources.evidence, study, book)
    for path in (resources.evidence / study, book):
        (copied,) = source.read([path], package)
        assert [key(figure) for figure in copied.figures] == [
            key(figure) for figure in whole.figures
        ]
        assert copied.groups.keys() == whole.groups.keys()


def key(figure: Figure) -> tuple[object, ...]:
    return figure.statement, figure.place, figure.value, figure.p, figure.count, figure.row


def test_several_records_in_one_file_are_several_studies(tmp_path: Path, package: Package) -> None:
    record = json.loads((figures.CASES / "registry" / "record.json").read_text(encoding="utf-8"))
    other = json.loads(json.dumps(record).replace("NCT00000001", "NCT00000002"))
    path = write(tmp_path / "answer.json", json.dumps({"studies": [record, other]}))
    studies = source.read([path], package)
    assert [study.study for study in studies] == ["nct00000001", "nct00000002"]
