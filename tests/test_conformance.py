"""The command that runs the W3C's test suites: what it takes for the same answer, and what not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from benchmarks.conformance import answers, description, exceptions, page, run
from benchmarks.conformance.answers import Answer, AnswerError, Rows
from benchmarks.conformance.compare import difference
from benchmarks.conformance.exceptions import Exceptions, complaints
from benchmarks.conformance.judge import Outcome, outer_order
from benchmarks.conformance.suite import Suite, SuiteError
from benchmarks.conformance.suite import Test as Trial

ROOT = Path(__file__).parent.parent
SUITE = Path(__file__).parent / "cases" / "conformance"
BASE = "http://127.0.0.1:9/"
XSD = "http://www.w3.org/2001/XMLSchema#"
PUBLIC = os.environ.get("ANLOKG_W3C_TESTS", "")
WRONG = ["graphs", "order", "malformed", "well-formed", "request"]


def rows(text: str) -> Answer:
    """Rows as SPARQL TSV, with commas for tabs and bars for the ends of lines."""
    lines = text.replace(", ", "\t").replace(" | ", "\n") + "\n"
    return reply(lines, "text/tab-separated-values")


def graph(text: str) -> Answer:
    return reply(f"@prefix : <urn:> . {text}", "text/turtle")


def reply(text: str, kind: str) -> Answer:
    request = httpx.Request("GET", BASE)
    content, headers = text.encode(), {"content-type": kind}
    return answers.of_reply(httpx.Response(200, content=content, headers=headers, request=request))


# Rows --------------------------------------------------------------------------------------------

SAME = {
    "order": ("?a | 1 | 2", "?a | 2 | 1"),
    "order of variables": ("?a, ?b | 1, 2", "?b, ?a | 2, 1"),
    "names of blank nodes": ("?a, ?b | _:x, _:x | _:y, 1", "?a, ?b | _:x, 1 | _:z, _:z"),
    "blank nodes across rows": ("?a | _:x | _:x | _:y", "?a | _:q | _:p | _:q"),
    "duplicates": ("?a | 1 | 1 | 2", "?a | 1 | 2 | 1"),
    "unbound": ("?a, ?b | , 1", "?a, ?b | , 1"),
    "no rows": ("?a", "?a"),
    "empty rows": ("?a |  | ", "?a |  | "),
}
APART = {
    "a value": ("?a | 1", "?a | 2"),
    "a row missing": ("?a | 1 | 2", "?a | 1"),
    "a row too many": ("?a | 1", "?a | 1 | 2"),
    "a duplicate missing": ("?a | 1 | 1", "?a | 1"),
    "another duplicate": ("?a | 1 | 1 | 2", "?a | 1 | 2 | 2"),
    "empty rows": ("?a |  | ", "?a | "),
    "unbound": ("?a, ?b | , 1", "?a, ?b | 1, "),
    "unbound and empty": ('?a | ""', "?a | "),
    "variables": ("?a | 1", "?b | 1"),
    "a variable that is never bound": ("?a, ?b | 1, ", "?a | 1"),
    "one blank node for two": ("?a, ?b | _:x, _:y", "?a, ?b | _:x, _:x"),
    "blank nodes across rows": ("?a | _:x | _:x", "?a | _:x | _:y"),
    "a blank node for a name": ("?a | <urn:x>", "?a | _:x"),
    "a text for a name": ("?a | <urn:x>", '?a | "urn:x"'),
    "languages": ('?a | "x"@en', '?a | "x"'),
    "kinds of answer": ("?a | 1", None),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_rows_are_the_same_as_multisets_whatever_blank_nodes_are_called(
    pair: tuple[str, str],
) -> None:
    assert difference(rows(pair[0]), rows(pair[1])) == ""


@pytest.mark.parametrize("pair", APART.values(), ids=APART)
@pytest.mark.parametrize("turn", [1, -1], ids=["", "turned round"])
@pytest.mark.parametrize("ordered", [False, True])
def test_wrong_rows_are_found(pair: tuple[str, str | None], turn: int, ordered: bool) -> None:
    expected, found = [rows(text) if text else True for text in pair][::turn]
    assert difference(expected, found, ordered=ordered)


def test_order_counts_where_it_is_asked_for() -> None:
    expected, turned = rows("?a | 1 | 2 | 2"), rows("?a | 2 | 1 | 2")
    assert difference(expected, turned) == ""
    assert difference(expected, turned, ordered=True) == "the same rows in another order"
    assert difference(expected, expected, ordered=True) == ""


def test_order_does_not_count_where_the_expected_rows_have_none() -> None:
    (first, second) = rows("?a | 1 | 2"), rows("?a | 2 | 1")
    assert isinstance(first, Rows)
    without = Rows(first.variables, first.rows, placed=False)
    assert difference(without, second, ordered=True) == ""


def test_what_is_missing_is_told() -> None:
    told = difference(rows("?a | 1 | _:x"), rows('?a | _:y | "2"'))
    assert told == f'missing (a="1"^^<{XSD}integer>); too many (a="2")'
    told = difference(rows("?a, ?b | _:x, _:x"), rows("?a, ?b | _:x, _:y"))
    assert told == "the same rows in another pattern of blank nodes"


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ("1 | 1 | 2", True),
        ("1 | 2", True),
        ("1 | 2 | 2", False),
        ("1 | 1 | 1 | 2", False),
        ("1", False),
        ("1 | 2 | 3", False),
    ],
)
def test_reduced_rows_are_found_at_least_once_and_not_too_often(found: str, same: bool) -> None:
    told = difference(rows("?a | 1 | 1 | 2"), rows(f"?a | {found}"), lax=True)
    assert (told == "") is same


# Literals ----------------------------------------------------------------------------------------

VALUES = [
    ("1", "01", "integer", True),
    ("1", "+1", "integer", True),
    ("-0", "0", "integer", True),
    ("1000000000000000000001", "1000000000000000000002", "integer", False),
    ("1000000000000000000001", "01000000000000000000001", "integer", True),
    ("1.0", "1.00", "decimal", True),
    ("1", "1.0", "decimal", True),
    ("100", "1000", "decimal", False),
    ("0.1", "0.10000000000000000000000000001", "decimal", False),
    ("1.0E6", "1000000", "double", True),
    ("0.1", "0.10000000000000001", "double", True),
    ("0.1", "0.1000001", "double", False),
    ("0.1", "0.100000001", "float", True),
    ("0.1", "0.1001", "float", False),
    ("NaN", "NaN", "double", True),
    ("INF", "-INF", "double", False),
    ("INF", "+INF", "double", True),
    ("INF", "1e999", "double", True),
    ("INF", "1e300", "float", True),
    ("1_0", "10", "double", False),
    ("1_0", "10", "integer", False),
    (".5", "0.50", "decimal", True),
    ("5.", "5", "decimal", True),
    (".", "0", "decimal", False),
    ("1e0", "1", "decimal", False),
    ("1", "true", "boolean", True),
    ("1", "0", "boolean", False),
    ("2006-08-23+00:00", "2006-08-23Z", "date", True),
    ("2006-08-23", "2006-08-23Z", "date", False),
    ("x", "x", "integer", True),
    ("x", "y", "integer", False),
    ("1", "1.0", "integer", False),
    ("1", "01", "string", False),
    ("1.0", "1.00", "hexBinary", False),
]


@pytest.mark.parametrize(("one", "other", "kind", "same"), VALUES)
def test_numbers_of_one_datatype_are_compared_by_value(
    one: str, other: str, kind: str, same: bool
) -> None:
    expected, found = (rows(f'?a | "{text}"^^<{XSD}{kind}>') for text in (one, other))
    assert (difference(expected, found) == "") is same
    expected, found = (graph(f':s :p "{text}"^^<{XSD}{kind}> .') for text in (one, other))
    assert (difference(expected, found) == "") is same


@pytest.mark.parametrize("kinds", [("integer", "decimal"), ("decimal", "double"), ("int", "long"),
                                   ("float", "double"), ("integer", "string")])  # fmt: skip
def test_a_number_of_another_datatype_is_another(kinds: tuple[str, str]) -> None:
    expected, found = (rows(f'?a | "1"^^<{XSD}{kind}>') for kind in kinds)
    assert difference(expected, found)


# Graphs, booleans, CSV ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (":s :p _:a . _:a :q 1 .", "_:x :q 01 . :s :p _:x .", True),
        (":s :p _:a . _:a :q 1 .", ":s :p _:a . _:b :q 1 .", False),
        ("_:a :p _:b . _:b :p _:a .", "_:a :p _:a . _:b :p _:b .", False),
        (":s :p 1, 2 .", ":s :p 1 .", False),
        (":s :p 1 .", ":s :p 1, 2 .", False),
        ("", "", True),
    ],
)
def test_graphs_are_compared_by_isomorphism(one: str, other: str, same: bool) -> None:
    assert (difference(graph(one), graph(other)) == "") is same


def test_booleans_are_compared() -> None:
    yes, no = (reply(f'{{"head": {{}}, "boolean": {word}}}', "application/sparql-results+json")
               for word in ("true", "false"))  # fmt: skip
    assert difference(yes, True) == difference(no, False) == ""
    assert difference(yes, no) == "False instead of True"
    assert difference(yes, graph(":s :p 1 .")) == "a graph instead of a boolean"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a,b\r\n1,\r\n", 'a,b\n1,""\n', True),
        ("a\r\nx\r\n\r\n", "a\r\n\r\nx\r\n", True),
        ("a,b\r\n_:x,_:x\r\n", "a,b\r\n_:y,_:y\r\n", True),
        ("a,b\r\n_:x,_:x\r\n", "a,b\r\n_:x,_:y\r\n", False),
        ("a\r\n1.0\r\n", "a\r\n1\r\n", False),
        ('a\r\n"4,4"\r\n', "a\r\n4.4\r\n", False),
    ],
)
def test_csv_is_compared_cell_by_cell(one: str, other: str, same: bool) -> None:
    expected, found = (reply(text, "text/csv; charset=utf-8") for text in (one, other))
    assert (difference(expected, found) == "") is same


def test_csv_is_no_answer_where_terms_are_expected() -> None:
    assert difference(rows('?a | "1"'), reply("a\r\n1\r\n", "text/csv"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", "application/sparql-results+json"),
        ("<sparql>", "application/sparql-results+xml"),
        ("a,b\r\n1\r\n", "text/csv"),
        ("", "text/csv"),
        (":s :p", "text/turtle"),
        ("<html>", "text/html"),
        ("", ""),
    ],
)
def test_a_body_that_is_no_answer_is_an_error(text: str, kind: str) -> None:
    with pytest.raises(AnswerError):
        reply(text, kind)


def test_rows_that_are_described_in_rdf_have_their_order(tmp_path: Path) -> None:
    file = tmp_path / "expected.ttl"
    row = "rs:solution [ rs:index {} ; rs:binding [ rs:variable 'a' ; rs:value {} ] ]"
    text = "; ".join(row.format(*cells) for cells in ((2, 20), (10, 100), (1, 10)))
    prefix = f"@prefix rs: <{answers.RS}> ."
    file.write_text(f"{prefix} [] a rs:ResultSet ; rs:resultVariable 'a' ; {text} .")
    described = answers.of_file(file, BASE)
    assert difference(described, rows("?a | 10 | 20 | 100"), ordered=True) == ""
    assert difference(described, rows("?a | 20 | 10 | 100"), ordered=True)
    file.write_text(f"{prefix} [] a rs:ResultSet ; rs:boolean true .")
    assert answers.of_file(file, BASE) is True


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("SELECT * { ?s ?p ?o } ORDER BY ?s", True),
        ("SELECT * { ?s ?p ?o } order by DESC(?s) LIMIT 1", True),
        ("SELECT * { { SELECT * { ?s ?p ?o } ORDER BY ?s } }", False),
        ("SELECT * { ?s ?p 'ORDER BY ?s' } # ORDER BY ?s", False),
        ("SELECT ?order { ?order ?p ?o }", False),
    ],
)
def test_only_the_outermost_order_is_one_of_the_answer(query: str, ordered: bool) -> None:
    assert outer_order(query) is ordered


# Suites ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(SUITE, BASE)


def test_data_are_one_file_with_names_resolved_and_blank_nodes_apart(suite: Suite) -> None:
    (test,) = (test for test in suite.tests() if test.name == "basics/graphs")
    quads = list(ox.parse(run.nquads(suite, suite.dataset(test)), format=ox.RdfFormat.N_QUADS))
    folder = f"{BASE}sparql11/basics/"
    graphs = {str(quad.graph_name).strip("<>") for quad in quads}
    assert graphs == {"DEFAULT", f"{folder}more.ttl", "https://example.org/graph"}
    named = [quad for quad in quads if isinstance(quad.subject, ox.NamedNode)]
    assert {quad.subject.value for quad in named} == {f"{folder}ada", f"{folder}eve"}
    assert len({q.object for q in quads if isinstance(q.object, ox.BlankNode)}) == 3


def test_graphs_of_from_clauses_are_among_the_data(suite: Suite) -> None:
    (test,) = (test for test in suite.tests() if test.name == "basics/from")
    assert [iri for iri, _ in suite.dataset(test)] == [
        f"{BASE}sparql11/basics/people.ttl",
        f"{BASE}sparql11/basics/more.ttl",
    ]


def test_a_folder_without_the_suites_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="no checkout of w3c/rdf-tests"):
        Suite(tmp_path, BASE)


# Service descriptions ----------------------------------------------------------------------------

DESCRIPTIONS = sorted((SUITE / "descriptions").glob("*.ttl"))


def described(name: str, content: bytes, kind: str = "text/turtle") -> str:
    """What the test of a name says to a service that describes itself so."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=content, headers={"content-type": kind}, request=request)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        return description.fault(name, BASE, client)


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.stem)
def test_a_description_is_checked_against_its_vocabulary(path: Path) -> None:
    told = described("conforms-to-schema", path.read_bytes())
    assert (told == "") is (path.stem == "good"), told


def test_a_description_names_the_endpoint_that_gave_it() -> None:
    good = (SUITE / "descriptions" / "good.ttl").read_bytes()
    assert described("has-endpoint-triple", good) == ""
    assert BASE in described("has-endpoint-triple", good.replace(b"<>", b"<other>"))
    text = (SUITE / "descriptions" / "endpoint-is-text.ttl").read_bytes()
    assert described("has-endpoint-triple", text)


@pytest.mark.parametrize(
    ("content", "kind", "right"),
    [
        (b"<s> <p> <o> .", "text/turtle", True),
        (b"<s> <p> <o> .", "text/html", False),
        (b"<s> <p>", "text/turtle", False),
        (b"", "text/turtle", False),
    ],
)
def test_a_description_is_rdf(content: bytes, kind: str, right: bool) -> None:
    assert (described("returns-rdf", content, kind) == "") is right


# Exceptions --------------------------------------------------------------------------------------

TESTS = [Trial(f"https://example.org/kinds/manifest#{n}", f"kinds/{n[0]}", "") for n in "abc"]
KNOWN = Exceptions({TESTS[1].iri: "hard"}, {})


def outcomes(server: str, faults: str) -> list[Outcome]:
    """Outcomes of the three tests: ``x`` for each that fails."""
    return [Outcome(test, server, f.strip(".")) for test, f in zip(TESTS, faults, strict=True)]


@pytest.mark.parametrize(
    ("ours", "measure", "told"),
    [
        (".x.", ".x.", []),
        (".x.", "xxx", []),
        ("xx.", "xx.", ["kinds/a fails: x"]),
        ("...", "...", ["kinds/b passes: take it out of exceptions.toml"]),
        (".x.", "...", ["kinds/b: anlokg passes 0, oxigraph 1"]),
    ],
)
def test_what_is_unexpected_is_told(ours: str, measure: str, told: list[str]) -> None:
    found = outcomes("anlokg", ours) + outcomes("oxigraph", measure)
    assert complaints(found, KNOWN) == told


def test_exceptions_that_the_suite_does_not_have_are_told() -> None:
    known = Exceptions({"https://example.org/gone": "hard"}, {"kinds/a": "", "kinds/z": ""})
    assert known.unknown(TESTS) == [
        "https://example.org/gone is in exceptions.toml, but not in the suite",
        "kinds/z is in exceptions.toml, but not in the suite",
    ]


def test_every_exception_has_a_reason_and_is_listed_once() -> None:
    known = exceptions.read()
    assert all(reason.endswith(".") for reason in [*known.tests.values(), *known.groups.values()])
    listed = re.findall(r'^    "(.*)",$', exceptions.FILE.read_text(encoding="utf-8"), re.M)
    tests = [name for name in listed if "://" in name]
    assert sorted(tests) == sorted(known.tests)


def test_the_table_counts_by_group() -> None:
    found = outcomes("anlokg", ".x.") + outcomes("oxigraph", "...")
    lines = page.table(found, ["anlokg", "oxigraph"]).splitlines()
    assert lines[2:] == ["| kinds/a | 1 | 1 | 1 |", "| kinds/b | 1 | 0 | 1 |",
                         "| kinds/c | 1 | 1 | 1 |", "| **SPARQL 1.1** | 3 | 2 | 3 |"]  # fmt: skip


# The command -------------------------------------------------------------------------------------


def command(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "benchmarks.conformance", str(folder), "--server", "anlokg"]
    return subprocess.run(
        [*words, *more], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str, str], Path]:
    """Copies the suite and changes a text of its exceptions."""

    def copy(old: str, new: str) -> Path:
        folder = tmp_path / "suite"
        shutil.copytree(SUITE, folder)
        file = folder / "exceptions.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return copy


def test_a_real_server_passes_what_is_right_and_fails_what_is_wrong(
    copied: Callable[[str, str], Path],
) -> None:
    folder = copied("#wrong-order", "#order")
    done = command(folder, "--exceptions", str(folder / "exceptions.toml"), "--failures")
    assert "| basics | 13 | 8 |" in done.stdout, done.stderr
    failed = re.findall(r"^anlokg: basics/(\S+): ", done.stderr, re.M)
    assert sorted(failed) == sorted(f"wrong-{name}" for name in WRONG)
    assert done.returncode == 1
    assert "basics/order passes: take it out" in done.stderr
    assert "basics/wrong-order fails: the same rows in another order" in done.stderr


def test_a_run_with_known_failures_only_is_a_success() -> None:
    file = SUITE / "exceptions.toml"
    done = command(SUITE, "--exceptions", str(file), "--group", "basics")
    assert done.returncode == 0, done.stderr


def test_the_command_says_what_it_cannot_run(tmp_path: Path) -> None:
    assert "no checkout of w3c/rdf-tests" in command(tmp_path).stderr
    file = str(SUITE / "exceptions.toml")
    done = command(SUITE, "--exceptions", file, "--group", "basic")
    assert done.returncode == 2
    assert done.stderr == "no group that is run is called basic; there are basics\n"


@pytest.mark.slow
@pytest.mark.skipif(not PUBLIC, reason="ANLOKG_W3C_TESTS names no checkout of w3c/rdf-tests")
def test_anlokg_passes_the_public_suites_but_for_the_exceptions() -> None:
    done = command(Path(PUBLIC))
    assert done.returncode == 0, done.stdout + done.stderr
