"""Parameters of queries: values are bound as terms and never become part of the query's text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlokg.engine.embedded import Answer, Engine
from anlokg.errors import ParameterError, QueryError, UnknownQuery
from anlokg.namespaces import Base
from anlokg.query import catalogue, parameters, scan
from anlokg.query.parameters import Parameter

SCAN = Path(__file__).parent / "cases" / "scan"
PREFIXES = Base().prefixes()
XSD = parameters.XSD
ENGINE = Engine(pyoxigraph.Store())
# Characters with a meaning in SPARQL come up more often than others.
NASTY = st.text(
    st.one_of(st.sampled_from("\"'\\{}<>#?$\n\r\t\0 u0041@^.;:"), st.characters(codec="utf-8"))
)

QUERY = "SELECT ?_it_{type} WHERE {{ }}"
ATTACKS = [
    'x" } INSERT DATA { <a:a> <a:a> <a:a> } #',
    "x> } INSERT DATA { <a:a> <a:a> <a:a> } #",
    "x' } DROP ALL #",
    '"',
    "'",
    '"""',
    "\\",
    '\\"',
    '\\\\"',
    "\\u0022 } #",
    "\\U0000007D",
    "{",
    "}",
    "} UNION { ?s ?p ?o",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "# comment",
    "1 } #",
    "1) (2",
    '1"^^<http://www.w3.org/2001/XMLSchema#string> } #',
    "2020-01-01) } #",
    "drug:anlotinib> <a:a",
    "drug:anlotinib} UNION {",
    "?x",
    "$x",
    "UNDEF",
    "<a:a> <b:b>",
    "\0",
    "\x08\x0c",
    "\u2028\u2029\u0085",
    "\N{RIGHT-TO-LEFT OVERRIDE}}",
    "肝转移 “”‘’ ＂ ｝",
    "\N{DNA DOUBLE HELIX}",
    "",
    " ",
]


def parameter(type: str, **more: object) -> Parameter:
    """A parameter ``it`` of some type."""
    return Parameter("it", type, **more)  # type: ignore[arg-type]


def bound(type: str, value: str, **more: object) -> str:
    """A query whose only parameter is bound to a value."""
    query = QUERY.format(type=type)
    return parameters.bind(query, (parameter(type, **more),), {"it": value}, PREFIXES)


def only_term(answer: Answer) -> Any:
    """The one term that a query answers with: more would mean that a value was read as text."""
    rows = list(answer.rows())
    assert len(rows) == 1
    (term,) = rows[0]
    return term


# A query's places and words --------------------------------------------------------------------


def scan_cases() -> list[object]:
    """One per file: what is expected, ``---``, and a query whose outermost group starts at ▲."""
    cases = []
    for path in sorted(SCAN.glob("*.txt")):
        head, _, query = path.read_text(encoding="utf-8").partition("---\n")
        lines = (line.partition(":") for line in head.splitlines())
        expected = {name: value.strip() for name, _, value in lines}
        fault = expected.pop("fault", None)
        marks = [pytest.mark.xfail(reason=fault, strict=True)] if fault else []
        cases.append(pytest.param(query, expected, id=path.stem, marks=marks))
    return cases


@pytest.mark.parametrize(("query", "expected"), scan_cases())
def test_the_scanner_finds_group_form_and_variables(query: str, expected: dict[str, str]) -> None:
    place = query.find("▲")
    text = query.replace("▲", "")
    assert scan.where_start(text) == (None if place < 0 else place)
    assert scan.form(text) == expected["form"]
    assert scan.variables(text) == set(expected["variables"].split())


@settings(deadline=None)
@given(NASTY)
def test_the_scanner_reads_any_text_to_its_end(text: str) -> None:
    last = 0
    for token in scan.scan(text):
        assert token.text
        assert text[token.end - len(token.text) : token.end] == token.text
        assert token.end - len(token.text) >= last
        last = token.end


# Binding ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(NASTY)
def test_any_string_comes_back_as_it_was(text: str) -> None:
    term = only_term(ENGINE.query(bound("string", text)))
    assert term == pyoxigraph.Literal(text)


@settings(deadline=None)
@given(st.integers())
def test_any_integer_comes_back_as_it_was(number: int) -> None:
    term = only_term(ENGINE.query(bound("integer", str(number))))
    assert (term.datatype, int(term.value)) == (pyoxigraph.NamedNode(f"{XSD}integer"), number)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_decimal_comes_back_as_it_was(number: Decimal) -> None:
    text = format(number, "f")
    term = only_term(ENGINE.query(bound("decimal", text)))
    assert (term.datatype, Decimal(term.value)) == (pyoxigraph.NamedNode(f"{XSD}decimal"), number)


@settings(deadline=None)
@given(st.dates())
def test_any_date_comes_back_as_it_was(day: date) -> None:
    term = only_term(ENGINE.query(bound("date", day.isoformat())))
    assert term == pyoxigraph.Literal(day.isoformat(), datatype=pyoxigraph.NamedNode(f"{XSD}date"))


@settings(deadline=None)
@given(NASTY.map(lambda text: f"http://example.org/{text}"))
def test_an_iri_comes_back_as_it_was_or_is_refused(text: str) -> None:
    try:
        term = only_term(ENGINE.query(bound("iri", text)))
    except QueryError:
        return
    assert term == pyoxigraph.NamedNode(text)


@pytest.mark.parametrize("type", parameters.TYPES)
@pytest.mark.parametrize("value", ATTACKS)
def test_a_hostile_value_stays_a_term_or_is_refused(type: str, value: str) -> None:
    try:
        query = bound(type, value)
    except ParameterError as error:
        assert type != "string"
        assert "it" in str(error)
        return
    term = only_term(ENGINE.query(query))
    if type == "string":
        assert term.value == value


@pytest.mark.parametrize("value", ATTACKS)
def test_a_hostile_value_does_not_pass_as_a_choice(value: str) -> None:
    with pytest.raises(ParameterError, match="is not one of: endpoint:pfs, endpoint:os"):
        bound("iri", value, allowed=("endpoint:pfs", "endpoint:os"))


@pytest.mark.parametrize("query", [
    'SELECT ?_it_string ("} {" AS ?x) WHERE { # } {\n }',
    "SELECT ?_it_string { }",
    "SELECT ?_it_string { { SELECT (1 AS ?x) { } } }",
    '#+ title: {\nSELECT ?_it_string ("""\n} "" {""" AS ?x) WHERE\n{\n}',
])  # fmt: skip
def test_a_value_is_bound_in_the_outermost_group(query: str) -> None:
    found = parameters.find(query, {}, {}, "test")
    for row in ENGINE.query(parameters.bind(query, found, {"it": "}"}, PREFIXES)).rows():
        assert row[0] == pyoxigraph.Literal("}")


def test_a_value_is_bound_in_the_group_of_a_construct() -> None:
    query = "CONSTRUCT { <a:s> <a:p> ?_it_string } { }"
    found = parameters.find(query, {}, {}, "test")
    answer = ENGINE.query(parameters.bind(query, found, {"it": "x"}, PREFIXES))
    assert [str(triple[2]) for triple in answer.rows()] == ['"x"']


def test_the_short_form_of_a_construct_takes_values_or_says_why_not() -> None:
    query = "CONSTRUCT WHERE { ?s ?p ?_it_string }"
    found = parameters.find(query, {}, {}, "test")
    try:
        text = parameters.bind(query, found, {"it": "x"}, PREFIXES)
    except QueryError:
        return
    ENGINE.query(text)


def test_a_query_without_values_stays_as_it_is() -> None:
    query = QUERY.format(type="string")
    assert parameters.bind(query, (parameter("string"),), {}, PREFIXES) == query


def test_a_default_is_used_until_a_value_is_given() -> None:
    free = parameters.bind(
        QUERY.format(type="iri"), (parameter("iri", default="drug:anlotinib"),), {}, PREFIXES
    )
    assert only_term(ENGINE.query(free)).value == f"{PREFIXES['drug']}anlotinib"
    given_ = bound("iri", "drug:sunitinib", default="drug:anlotinib")
    assert only_term(ENGINE.query(given_)).value == f"{PREFIXES['drug']}sunitinib"


def test_a_query_without_a_group_says_that_it_takes_no_values() -> None:
    query = "DESCRIBE ?_it_iri"
    found = parameters.find(query, {}, {}, "test")
    with pytest.raises(QueryError, match="no WHERE group"):
        parameters.bind(query, found, {"it": "drug:anlotinib"}, PREFIXES)


# Types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "iri"), [
    ("drug:anlotinib", "https://w3id.org/anlokg/id/drug/anlotinib"),
    ("https://example.org/a", "https://example.org/a"),
    ("urn:isbn:0", "urn:isbn:0"),
    ("https://example.org/größe", "https://example.org/größe"),
])  # fmt: skip
def test_an_iri_is_a_curie_or_an_iri(value: str, iri: str) -> None:
    assert only_term(ENGINE.query(bound("iri", value))).value == iri


def test_a_bare_key_means_a_thing_of_the_kind_of_the_default() -> None:
    query = bound("iri", "sunitinib", default="drug:anlotinib")
    assert only_term(ENGINE.query(query)).value == f"{PREFIXES['drug']}sunitinib"


def test_a_bare_key_beside_a_default_in_full_is_refused() -> None:
    with pytest.raises(ParameterError):
        bound("iri", "sunitinib", default="https://example.org/anlotinib")


@pytest.mark.parametrize(("type", "value"), [
    ("iri", "anlotinib"),
    ("iri", "drug:two words"),
    ("iri", ":anlotinib"),
    ("integer", "1.5"),
    ("integer", "one"),
    ("integer", ""),
    ("integer", "1\n"),
    ("integer", "0x10"),
    ("decimal", "1e3"),
    ("decimal", "1,5"),
    ("decimal", "."),
    ("decimal", "NaN"),
    ("date", "2024-02-30"),
    ("date", "20240230"),
    ("date", "2024-2-3"),
    ("date", "03.02.2024"),
    ("date", "2024-01-01T00:00"),
    ("iri", "https://example.org/100%"),
    ("date", "2024-W01-1"),
    ("integer", "٣"),
    ("decimal", "٣.٥"),
    ("string", "\udcff"),
])  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused(type: str, value: str) -> None:
    with pytest.raises(ParameterError, match=r"parameter it: .* is not "):
        bound(type, value)


@pytest.mark.parametrize(("type", "value"), [
    ("integer", "+7"),
    ("integer", "-007"),
    ("decimal", "+.5"),
    ("decimal", "5."),
    ("decimal", "-12.50"),
    ("date", "2024-02-29"),
])  # fmt: skip
def test_every_form_of_a_type_is_taken(type: str, value: str) -> None:
    term = only_term(ENGINE.query(bound(type, value)))
    assert term.datatype == pyoxigraph.NamedNode(f"{XSD}{type}")
    assert term.value == value if type == "date" else Decimal(term.value) == Decimal(value)


def test_a_value_outside_the_choices_names_them() -> None:
    with pytest.raises(ParameterError, match=r"'endpoint:orr' is not one of: endpoint:pfs"):
        bound("iri", "endpoint:orr", allowed=("endpoint:pfs",))
    bound("iri", "endpoint:pfs", allowed=("endpoint:pfs",))


# Finding parameters ----------------------------------------------------------------------------


def test_an_unknown_parameter_names_those_there_are() -> None:
    with pytest.raises(ParameterError, match="parameter drg: is unknown; this query has: drug"):
        parameters.bind("SELECT * { ?_drug_iri ?p ?o }", (Parameter("drug", "iri"),),
                        {"drg": "drug:anlotinib"}, PREFIXES)  # fmt: skip
    with pytest.raises(ParameterError, match="this query has: none"):
        parameters.bind("SELECT * { }", (), {"drug": "drug:anlotinib"}, PREFIXES)


def test_parameters_are_read_from_the_variables() -> None:
    query = "SELECT * { ?_study_iri ?p ?_name_string, $_lower_limit_decimal, ?_x, '?_y_iri' }"
    found = parameters.find(query, {"study": "study:alter1202"}, {"name": ("a", "b")}, "test")
    assert found == (
        Parameter("lower_limit", "decimal"),
        Parameter("name", "string", None, ("a", "b")),
        Parameter("study", "iri", "study:alter1202"),
    )
    assert [p.variable for p in found] == ["_lower_limit_decimal", "_name_string", "_study_iri"]


def test_a_parameter_of_no_known_type_is_refused() -> None:
    with pytest.raises(QueryError, match=r"test: \?_x_float has no known type. Known: iri, "):
        parameters.find("SELECT * { ?_x_float ?p ?o }", {}, {}, "test")


@pytest.mark.parametrize(("defaults", "choices"), [({"y": "1"}, {}), ({}, {"y": ("1",)})])
def test_a_header_that_names_a_parameter_the_query_lacks_is_refused(
    defaults: dict[str, str], choices: dict[str, tuple[str, ...]]
) -> None:
    with pytest.raises(QueryError, match="names a parameter y, the query has none"):
        parameters.find("SELECT * { ?s ?p ?_x_integer }", defaults, choices, "test")


def test_one_name_with_two_types_is_refused() -> None:
    with pytest.raises(QueryError):
        parameters.find("SELECT * { ?_x_iri ?p ?_x_integer }", {}, {}, "test")


# Files and names -------------------------------------------------------------------------------

HEADER = "#+ title: T\n#+ question: Q?\n#+ tags: [t]\n#+ columns: {s: S}\n"


@pytest.mark.parametrize(("header", "says"), [
    (HEADER + "#+ colour: red\n", "unknown: colour"),
    ("#+ title: T\n", "missing: question, tags, columns"),
    ("#+ title: T\n#+ question: [\n", "the header is not YAML"),
])  # fmt: skip
def test_a_broken_header_names_file_and_fault(header: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "find-nothing.rq"
    path.write_text(header + "SELECT ?s { ?s ?p ?o }", encoding="utf-8")
    with pytest.raises(QueryError, match=says) as error:
        catalogue.read(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("header", [
    HEADER.replace("{s: S}", "[s]"),
    HEADER.replace("[t]", "3"),
])  # fmt: skip
def test_a_header_of_the_wrong_shape_names_the_file(header: str, tmp_path: Path) -> None:
    path = tmp_path / "find-nothing.rq"
    path.write_text(header + "SELECT ?s { ?s ?p ?o }", encoding="utf-8")
    with pytest.raises(QueryError, match=r"find-nothing\.rq"):
        catalogue.read(path)


def test_a_file_without_a_header_is_a_query_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("SELECT ?s { ?s ?p ?_x_string }", encoding="utf-8")
    query = catalogue.read(path)
    assert (query.name, query.parameters) == ("mine", (Parameter("x", "string"),))


def test_the_same_name_in_two_topics_is_refused(tmp_path: Path) -> None:
    for topic in ("a", "b"):
        (tmp_path / topic).mkdir()
        (tmp_path / topic / "find-nothing.rq").write_text("ASK { }", encoding="utf-8")
    with pytest.raises(QueryError, match="another topic has a query find-nothing too"):
        catalogue.load(tmp_path)


def test_an_unknown_query_suggests_near_names() -> None:
    query = catalogue.Query("list-studies", "studies", "", None, ())  # type: ignore[arg-type]
    with pytest.raises(UnknownQuery, match=r"'list-study'. Did you mean: list-studies\?"):
        catalogue.get({"list-studies": query}, "list-study")
    with pytest.raises(UnknownQuery, match="'anlokg queries' lists them"):
        catalogue.get({"list-studies": query}, "xyz")
