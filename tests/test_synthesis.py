"""Which figures a synthesis takes in, what it refuses, what it warns of, and how it is told.

A case is a folder ``cases/synthesis/…`` with ``wish.json`` (what is asked for) and
``expected.json``; with ``rows.json`` the figures are those, else those of the shipped evidence.
Expected intervals were worked out apart from the program.
"""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from anlokg.cli import commands, main, synthesizing, tabulating  # noqa: F401
from anlokg.cli.output import Output
from anlokg.errors import ParameterError
from anlokg.opened import OpenRelease
from anlokg.search.index import Index
from anlokg.synthesis import findings, forms, plan, report, wording
from anlokg.synthesis import request as requests
from anlokg.synthesis.answer import Answer, answer
from anlokg.synthesis.compatibility import ASPECTS
from anlokg.synthesis.findings import Flag
from anlokg.synthesis.inputs import Candidate, counts_of, read
from anlokg.synthesis.refusal import SynthesisRefused
from anlokg.synthesis.request import Split, Wish

CASES = Path(__file__).parent / "cases" / "synthesis"
DOCS = Path(__file__).parent.parent / "docs" / "evidence-tables"
RESULT = "https://w3id.org/anlokg/id/result/"
TUPLES = ("endpoint", "event", "condition", "drug", "regimen", "group", "study")

a_case = pytest.mark.parametrize(
    "case",
    sorted(path.parent for path in CASES.rglob("wish.json")),
    ids=lambda path: str(path.relative_to(CASES)),
)


@pytest.fixture(scope="module")
def index(opened: OpenRelease) -> Index:
    """Names of the shipped evidence."""
    return synthesizing.index(opened)


def wish(**given: Any) -> Wish:
    """A wish whose names may be lists, as JSON has them."""
    return Wish(**{k: tuple(v) if k in TUPLES else v for k, v in given.items()})


def made(
    opened: OpenRelease, index: Index, wanted: Wish, rows: list[dict[str, Any]] | None = None
) -> Answer:
    """The answer to a wish, from the release or from rows."""
    if rows is None:
        return synthesizing.make(opened, wanted)
    request = requests.read(wanted, index, opened.base)
    asked = plan.plan(request, opened.queries, opened.base)
    found = [rows if place == 0 else [] for place in range(len(asked))]
    return answer(request, asked, found, {}, "made-up")


def told(case: Path, name: str) -> Any:
    path = case / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


@a_case
def test_a_synthesis_takes_in_refuses_and_warns_as_it_should(
    case: Path, opened: OpenRelease, index: Index
) -> None:
    expected, rows = told(case, "expected.json"), told(case, "rows.json")
    wanted = wish(**told(case, "wish.json"))
    if "refused" in expected:
        with pytest.raises(SynthesisRefused) as refusal:
            made(opened, index, wanted, rows)
        for text in expected["refused"]:
            assert text in str(refusal.value)
        return
    data = report.as_data(made(opened, index, wanted, rows))
    if "inputs" in expected:
        check_inputs(data, expected["inputs"])
    if "warnings" in expected:
        codes = list(dict.fromkeys(one["code"] for one in data["warnings"]))
        # Findings depend on the integrity rules, which have their own tests.
        assert [code for code in codes if code != "findings"] == expected["warnings"]
    reasons = {one["result"].removeprefix(RESULT): one["reason"] for one in data["left_out"]}
    for result, reason in expected.get("left_out", {}).items():
        assert reason in reasons[result]
    assert [one["code"] for one in data["refusals_overruled"]] == expected.get("overruled", [])
    assert data["forced"] == bool(expected.get("overruled"))
    if expected.get("pooled", ()) != ():
        check_pooled(data["pooled"], expected)
    if "subgroups" in expected:
        groups = {group["label"]: group["k"] for group in data["subgroups"]["groups"]}
        assert groups == expected["subgroups"]
    check_finite(data)


def check_inputs(data: wording.Data, expected: list[list[Any]]) -> None:
    found = [(one["result"].removeprefix(RESULT), one["count"], one["denominator"])
             for one in data["inputs"]]  # fmt: skip
    assert found == [tuple(one[:3]) for one in expected]
    for one, (*_, lower, upper) in zip(data["inputs"], expected, strict=True):
        if len(_) == 3:
            assert (one["lower"], one["upper"]) == pytest.approx((lower, upper), abs=1e-6)
        assert one["locator"]


def check_pooled(pooled: wording.Data | None, expected: dict[str, Any]) -> None:
    if expected["pooled"] is None:
        assert pooled is None
        return
    assert pooled is not None
    numbers = [pooled["estimate"], pooled["lower"], pooled["upper"]]
    tolerance = 0.5 * 10.0 ** -expected.get("digits", 6)
    assert numbers == pytest.approx(expected["pooled"], abs=tolerance)


def numbers_in(data: Any) -> Iterator[float]:
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from numbers_in(one)
    elif isinstance(data, float):
        yield data


def check_finite(data: wording.Data) -> None:
    assert all(math.isfinite(number) for number in numbers_in(data))
    assert json.loads(report.as_json(data)) == data


@a_case
def test_every_form_of_an_answer_can_be_written(
    case: Path, opened: OpenRelease, index: Index
) -> None:
    """Also of difficult figures: no warning of a library, no NaN."""
    try:
        answer = made(opened, index, wish(**told(case, "wish.json")), told(case, "rows.json"))
    except SynthesisRefused:
        return
    data = report.as_data(answer)
    texts = [*wording.page(data), forms.written(answer, "csv").decode()]
    assert not any(word in text.split() for text in texts for word in ("nan", "inf", "None"))
    svg = ElementTree.fromstring(forms.written(answer, "svg"))
    words = " ".join(svg.itertext())
    for one in data["refusals_overruled"]:
        assert "FORCED" in words
        assert one["text"] in "\n".join(texts)
    rows = list(csv.DictReader(io.StringIO(forms.written(answer, "csv").decode(), newline="")))
    inputs = [row for row in rows if row["row"] == "input"]
    labels = [(one["study"]["label"], one["group"]["label"] or "") for one in data["inputs"]]
    assert [(row["study"], row["group"]) for row in inputs] == labels
    assert not any(cell.startswith(("{", "[")) for row in rows for cell in row.values() if cell)


def test_the_queries_of_an_answer_give_its_inputs_and_nothing_else(opened: OpenRelease) -> None:
    for wanted in (wish(event=["hypertension"], grade=3), wish(endpoint=["ORR"], rank=True),
                   wish(endpoint=["OS"], measure="hazard-ratio", factor="ecog-ps"),
                   wish(event=["hypertension"], grade=3, measure="risk-ratio")):  # fmt: skip
        answer = synthesizing.make(opened, wanted)
        used = {figure.result for one in answer.inputs for figure in one.pick.figures}
        found = {row["result"] for _, _, text in answer.queries if text
                 for row in synthesizing.rows(opened, text)}  # fmt: skip
        assert found == used


def test_findings_go_with_the_figures_they_flag(opened: OpenRelease, index: Index) -> None:
    rows = told(CASES / "warns" / "nothing", "rows.json")
    request = requests.read(wish(endpoint=["ORR"]), index, opened.base)
    asked = plan.plan(request, opened.queries, opened.base)
    flag = Flag("https://x.test/1", "percent-of-count", "contradiction", "13", "12", "Why.", "")
    flags = {f"{RESULT}b.all.orr": (flag,)}
    data = report.as_data(answer(request, asked, [rows], flags, "made-up"))
    assert [len(one["findings"]) for one in data["inputs"]] == [0, 1]
    assert "percent-of-count" in next(
        w["text"] for w in data["warnings"] if w["code"] == "findings"
    )
    assert "percent-of-count (contradiction)" in wording.inputs(data)[1][1]


def test_findings_are_read_from_what_the_graph_says(opened: OpenRelease) -> None:
    text = findings.query(opened.base, [f"{RESULT}a.b", "no <iri>"])
    assert "no <iri>" not in text
    row = dict.fromkeys(("result", "finding", "rule", "severity", "reported", "recomputed",
                         "explanation", "conclusion"), "https://x.test/last")  # fmt: skip
    (flags,) = findings.read([row, row]).values()
    assert [flag.rule for flag in flags] == ["last"]
    assert findings.read(synthesizing.rows(opened, text)) == {}


@pytest.mark.parametrize(
    ("given", "name", "message"),
    [
        ({}, "endpoint", "give an endpoint"),
        ({"endpoint": ["ORR"], "event": ["rash"]}, "endpoint", "not both"),
        ({"endpoint": ["ORR"], "measure": "odds"}, "measure", "is not one of"),
        ({"event": ["rash"], "measure": "hazard-ratio"}, "measure", "not possible for adverse"),
        ({"endpoint": ["ORR"], "grade": 3}, "grade", "belongs to an adverse event"),
        ({"event": ["hypertension"], "grade": 6}, "grade", "not a CTCAE grade"),
        ({"endpoint": ["ORR"], "level": 95}, "level", "Write 0.95"),
        ({"endpoint": ["ORR"], "level": 0}, "level", "between 0 and 1"),
        ({"endpoint": ["ORR"], "level": float("nan")}, "level", "between 0 and 1"),
        ({"endpoint": ["ORR"], "model": "bayes"}, "model", "random, fixed"),
        ({"endpoint": ["ORR"], "subgroup_by": "colour"}, "subgroup-by", "is not one of"),
        ({"endpoint": ["ORR"], "factor": "age"}, "factor", "belongs to comparisons"),
        ({"endpoint": ["OS"], "measure": "hazard-ratio", "rank": True}, "rank", "only proportions"),
        ({"endpoint": ["ORR"], "rank": True, "subgroup_by": "line"}, "subgroup-by", "in a ranking"),
        ({"endpoint": ["ORR"], "regimen": ["x"], "measure": "risk-ratio"}, "regimen", "name the"),
        ({"endpoint": ["hypertension"]}, "endpoint", "nothing of kind endpoint"),
        ({"endpoint": ["  "]}, "endpoint", "nothing of kind endpoint"),
        ({"endpoint": ["objective respons"]}, "endpoint", "The nearest are: ORR"),
        ({"endpoint": ["ORR"], "group": ["all"]}, "group", "nothing of kind group"),
        ({"endpoint": ["ORR"], "study": ["x"] * 51}, "study", "50 times"),
    ],
)
def test_a_wrong_wish_is_told_with_what_is_allowed(
    given: dict[str, Any], name: str, message: str, opened: OpenRelease, index: Index
) -> None:
    with pytest.raises(ParameterError) as error:
        requests.read(wish(**given), index, opened.base)
    assert error.value.name == name
    assert message in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["ORR", "orr", "objective response rate", "endpoint:orr",
     "https://w3id.org/anlokg/id/endpoint/orr"],
)  # fmt: skip
def test_things_are_named_by_label_key_synonym_or_iri(
    text: str, opened: OpenRelease, index: Index
) -> None:
    request = requests.read(wish(endpoint=[text]), index, opened.base)
    assert [named.iri for named in request.endpoints] == [opened.base.entity("endpoint", "orr")]


def test_anlotinib_is_meant_unless_something_else_is_named(
    opened: OpenRelease, index: Index
) -> None:
    def drugs(**given: Any) -> list[str]:
        request = requests.read(wish(endpoint=["ORR"], **given), index, opened.base)
        return [named.label for named in request.drugs]

    assert drugs() == ["anlotinib"]
    assert drugs(drug=["any"]) == []
    assert drugs(drug=["lenvatinib"]) == ["lenvatinib"]
    assert drugs(group=["sts-real-world.all"]) == []


def test_a_request_names_what_it_brings_together(opened: OpenRelease, index: Index) -> None:
    request = requests.read(
        wish(event=["hypertension"], grade=3, condition=["HCC"]), index, opened.base
    )
    assert request.title == (
        "hypertension, grade 3 or higher (proportion); anlotinib; hepatocellular carcinoma"
    )


@pytest.mark.parametrize(
    ("percent", "reported", "size", "counts"),
    [
        ("8", "8.0", 112, (9,)),
        ("8", "8%", 50, (4,)),
        ("32.4", "32.4% (95% CI: 21.5–44.8%)", 68, (22,)),
        ("0", "0.0", 39, (0,)),
        ("100", "100 %", 12, (12,)),
        ("12", "12 %", 100, (12,)),
        ("12", "12 %", 400, (46, 47, 48)),
        ("8.1", "8.1", 30, ()),
        ("50", "50.0%", 0, ()),
    ],
)
def test_a_count_is_worked_out_where_one_alone_gives_the_percentage(
    percent: str, reported: str, size: int, counts: tuple[int, ...]
) -> None:
    row = {"result": "r", "percent": percent, "reported": reported, "denominator": str(size)}
    (candidate,) = read([row], "endpoint")
    assert counts_of(candidate) == counts


def test_a_figure_in_several_rows_is_read_once() -> None:
    row = {"result": "r", "condition": "a", "denominator": "5", "level": "0.95", "value": "x"}
    (one,) = read([row, {**row, "condition": "b"}], "endpoint")
    assert (one.condition, one.denominator, one.value) == ("a; b", 5, None)


def test_every_subgroup_has_a_reading(opened: OpenRelease) -> None:
    for split in Split:
        answer = synthesizing.make(
            opened, wish(event=["hypertension"], grade=3, subgroup_by=split.value)
        )
        data = report.as_data(answer)
        assert data["subgroups"] is not None
        assert sum(group["k"] for group in data["subgroups"]["groups"]) == 4


def test_every_aspect_reads_any_figure() -> None:
    empty = Candidate(result="r", study="s", study_iri="s", statistic="", outcome="")
    assert all(isinstance(aspect.of(empty), str) for aspect in ASPECTS)


def test_a_hundred_studies_take_a_tenth_of_a_second(opened: OpenRelease, index: Index) -> None:
    import time

    (first, _) = told(CASES / "warns" / "nothing", "rows.json")
    rows = [
        {**first, "study": f"s{n}", "studyIri": f"s{n}", "groupIri": f"g{n}", "result": f"r{n}",
         "count": str(n % 17), "denominator": "40"}
        for n in range(100)
    ]  # fmt: skip
    made(opened, index, wish(endpoint=["ORR"]), rows)
    began = time.perf_counter()
    made(opened, index, wish(endpoint=["ORR"]), rows)
    assert time.perf_counter() - began < 1.0, "ten times what the benchmark asks for"


# The command line -------------------------------------------------------------------------------


@pytest.fixture
def command(opened: OpenRelease, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(main.State, "releases", opened.release.folder.parent)
    monkeypatch.setattr(main.State, "resources", opened.resources.root)
    monkeypatch.setattr(main.State, "output", Output())
    return CliRunner()


REFUSED = SynthesisRefused.exit_code
HYPERTENSION = ["synthesize", "--event", "hypertension", "--grade", "3"]


def run(runner: CliRunner, opened: OpenRelease, *words: str) -> Any:
    before = ["--releases", str(opened.release.folder.parent),
              "--resources", str(opened.resources.root)]  # fmt: skip
    return runner.invoke(main.app, [*before, *words])


def test_the_table_has_inputs_intervals_caveats_and_places(
    command: CliRunner, opened: OpenRelease
) -> None:
    done = run(command, opened, *HYPERTENSION)
    assert done.exit_code == 0, done.stderr
    text = " ".join(done.stdout.split())
    pieces = ("25/209", "7.9 to 17.1", "12.7 % (8.6 to 18.3)", "Caveats:", "Left out:",
              "versions of the CTCAE", "Prediction interval", "I² = 0 %", "Table 3")  # fmt: skip
    for piece in pieces:
        assert piece in text, piece


@pytest.mark.parametrize("form", ["json", "csv", "html", "svg", "png", "rq", "table"])
def test_a_file_is_written_in_every_form(
    form: str, command: CliRunner, opened: OpenRelease, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    done = run(command, opened, *HYPERTENSION, "--format", form, "--output", str(path))
    assert done.exit_code == 0, done.stderr
    body = path.read_bytes()
    starts = {"json": b'{"title"', "csv": b"row,rank,label", "html": b"<!doctype html>",
              "svg": b"<?xml", "png": b"\x89PNG", "table": b"hypertension"}  # fmt: skip
    assert body.startswith(starts.get(form, b"#+"))
    if form == "rq":
        assert len(list(opened.run(body.decode()).rows())) == 4
    assert list(tmp_path.iterdir()) == [path]


def test_the_form_follows_the_name_of_the_file(
    command: CliRunner, opened: OpenRelease, tmp_path: Path
) -> None:
    path = tmp_path / "plot.svg"
    assert run(command, opened, *HYPERTENSION, "-o", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"<?xml")


def test_a_page_needs_nothing_else(command: CliRunner, opened: OpenRelease) -> None:
    page = run(command, opened, *HYPERTENSION, "--format", "html").stdout
    assert "<svg" in page
    assert "src=" not in page
    assert "hypertension, grade 3 or higher" in page


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--endpoint", "PFS"], REFUSED, "a median has no variance"),
        (["--endpoint", "ORR", "--level", "95"], 10, "Write 0.95"),
        (["--endpoint", "nothing"], 10, "nothing of kind endpoint"),
        (["--endpoint", "ORR", "--drug", "any"], REFUSED, "--force pools them nevertheless"),
        ([], 10, "give an endpoint"),
    ],
)
def test_a_refusal_has_a_reason_and_an_exit_code(
    words: list[str], code: int, message: str, opened: OpenRelease
) -> None:
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "anlokg", "--releases", str(opened.release.folder.parent),
         "synthesize", *words], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_force_says_so_first(command: CliRunner, opened: OpenRelease) -> None:
    words = ["synthesize", "--endpoint", "ORR", "--drug", "any", "--force"]
    done = run(command, opened, *words)
    assert done.exit_code == 0
    assert done.stdout.index("FORCED") < done.stdout.index("Random effects")


def test_a_file_that_cannot_be_written_is_told(opened: OpenRelease, tmp_path: Path) -> None:
    from anlokg.errors import FileError

    with pytest.raises(FileError, match="cannot be written"):
        synthesizing.write(
            opened, wish(endpoint=["ORR"], rank=True), "csv", tmp_path / "no" / "x", Output()
        )


# Evidence tables --------------------------------------------------------------------------------


def test_the_evidence_tables_of_the_documentation_are_current(opened: OpenRelease) -> None:
    pages = tabulating.pages(opened)
    shown = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert shown == pages, "run: anlokg evidence-table --all docs/evidence-tables"


def test_an_evidence_table_has_every_figure_with_interval_and_place(opened: OpenRelease) -> None:
    condition = requests.Named(opened.base.entity("condition", "sclc"), "small cell lung cancer")
    rows = list(csv.DictReader(io.StringIO(tabulating.table(opened, condition, "csv"))))
    by_result = {row["result"].removeprefix(RESULT): row for row in rows}
    one = by_result["alter1202-liver.anlotinib.orr.proportion"]
    assert (one["exactLower"], one["exactUpper"]) == ("0.09", "18.97")
    other = by_result["sclc-ici-rechallenge.all.orr.proportion"]
    assert (other["exactLower"], other["exactUpper"]) == ("21.51", "44.79")
    assert by_result["alter1202-liver.anlotinib.os.median"]["exactLower"] == ""
    assert all(row["locator"] for row in rows)
    ratio = by_result["alter1202-liver.anlotinib-vs-placebo.pfs.hazard-ratio.multivariable"]
    assert (ratio["lower"], ratio["upper"]) == ("0.194", "0.984")


def test_an_evidence_table_of_a_disease_without_figures_is_refused(
    command: CliRunner, opened: OpenRelease
) -> None:
    done = run(command, opened, "evidence-table", "--condition", "ewing-sarcoma")
    assert "no study of Ewing sarcoma has figures" in str(done.exception)
    assert run(command, opened, "evidence-table").exit_code == 2
