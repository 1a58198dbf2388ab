"""The shipped queries: their headers, and what they answer.

A case is a folder ``cases/queries/<query>/<case>`` with ``parameters.json`` and ``expected.json``;
the expected answers were read in the documents, not taken from the program.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pyoxigraph
import pytest

from anlokg import resources as resource_folders
from anlokg.engine.embedded import Term
from anlokg.namespaces import Base
from anlokg.opened import OpenRelease
from anlokg.query import catalogue, header, scan
from anlokg.query.catalogue import Query

CASES = Path(__file__).parent / "cases" / "queries"
FOLDER = resource_folders.find().queries
FILES = sorted(FOLDER.glob("*/*.rq"))
TOPICS = {
    "biomarkers", "efficacy", "eligibility", "mechanism", "provenance", "quality", "safety",
    "studies", "synthesis", "treatment",
}  # fmt: skip
XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = {f"{XSD}{kind}" for kind in ("integer", "decimal", "double", "float")}
PREFIX = re.compile(r"^PREFIX\s+([\w-]*):\s*<([^>]*)>", re.MULTILINE)

a_case = pytest.mark.parametrize(
    "case", sorted(CASES.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
a_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def read(path: Path) -> Query:
    """A shipped query; read in each test, so that one bad header fails its own tests only."""
    return catalogue.read(path)


def projected(query: Query, opened: OpenRelease) -> list[str]:
    """Variables of the answer, in order."""
    return list(opened.engine.query(query.bound({}, opened.base)).columns)


def same(term: Term | None, shown: str | None, expected: str | None) -> bool:
    """Whether a term is what was expected: numbers by value, all else by its text."""
    is_number = isinstance(term, pyoxigraph.Literal) and term.datatype.value in NUMBERS
    if is_number and shown is not None and expected is not None:
        return Decimal(shown) == Decimal(expected)
    return shown == expected


@a_case
def test_a_shipped_query_answers_as_the_documents_do(case: Path, opened: OpenRelease) -> None:
    given = json.loads((case / "parameters.json").read_text(encoding="utf-8"))
    values = {name: str(value) for name, value in given.items()}
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    answer = opened.query(case.parent.name, **values)
    assert list(answer.columns) == expected["columns"]
    rows = list(answer.rows())
    shown = [[opened.compact(term) for term in row] for row in rows]
    # Rows of the same length are compared cell by cell, so that 6.10 is 6.1; whatever differs is
    # reported as whole rows, which say more than a cell.
    alike = len(shown) == len(expected["rows"]) and all(
        len(row) == len(wanted) and all(map(same, row, texts, wanted))
        for row, texts, wanted in zip(rows, shown, expected["rows"], strict=True)
    )
    assert alike or shown == expected["rows"]


@a_file
def test_every_query_has_a_case(path: Path) -> None:
    cases = sorted((CASES / path.stem).glob("*"))
    assert cases, f"add tests/cases/queries/{path.stem}/default"
    for case in cases:
        assert {file.name for file in case.iterdir()} == {"parameters.json", "expected.json"}


def test_every_case_belongs_to_a_query() -> None:
    assert {folder.name for folder in CASES.iterdir()} <= {path.stem for path in FILES}


def test_names_are_unique_verbs_with_nouns_in_known_topics() -> None:
    names = [path.stem for path in FILES]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)+", name)] == []
    assert {path.parent.name for path in FILES} <= TOPICS
    assert sorted(FOLDER.rglob("*.rq")) == FILES


@a_file
def test_a_header_says_what_every_column_means(path: Path, opened: OpenRelease) -> None:
    query = read(path)
    assert projected(query, opened) == list(query.header.columns)
    assert all(meaning.strip() for meaning in query.header.columns.values())


@a_file
def test_a_header_has_known_keys_and_a_question(path: Path) -> None:
    head = read(path).header
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:2] == "#+"]
    keys = {match[1] for line in lines if (match := re.match(r"#\+ (\w+):", line))}
    assert keys <= header.KEYS
    assert head.question.endswith("?")
    assert head.title
    assert head.tags


@a_file
def test_the_header_comes_first_and_the_query_is_one_ordered_select(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    count = sum(line.startswith("#+") for line in lines)
    assert all(line.startswith("#+ ") for line in lines[:count])
    assert scan.form(text) == "SELECT"
    words = [token.text.upper() for token in scan.scan(text) if token.kind == "name"]
    assert "ORDER" in words, "without ORDER BY the rows come in any order"


@a_file
def test_prefixes_are_those_of_the_project_and_are_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    declared = PREFIX.findall(text)
    known = Base().prefixes()
    assert {name: known.get(name) for name, _ in declared} == dict(declared)
    tokens = [token.text for token in scan.scan(text) if token.kind == "name"]
    declarations = {f"{name}:" for name, _ in declared}
    terms = [token for token in tokens if token not in declarations]
    used = {name for token in terms for name in re.findall(r"(?:^|/)([\w-]+):", token)}
    assert used == {name for name, _ in declared}


@a_file
def test_defaults_and_choices_of_parameters_are_things_in_the_graph(
    path: Path, opened: OpenRelease
) -> None:
    for parameter in read(path).parameters:
        stated = [parameter.default, *parameter.allowed]
        for value in stated:
            if value is None or parameter.type != "iri":
                continue
            assert value.partition(":")[0] in opened.base.prefixes()
            iri = opened.compact.expand(value)
            assert list(opened.engine.query(f"SELECT ?p {{ <{iri}> ?p ?o }} LIMIT 1").rows()), value
        if parameter.allowed and parameter.default is not None:
            assert parameter.default in parameter.allowed


@a_file
def test_every_choice_of_a_parameter_is_answered(path: Path, opened: OpenRelease) -> None:
    query = read(path)
    for parameter in query.parameters:
        for value in parameter.allowed:
            text = query.bound({parameter.name: value}, opened.base)
            assert list(opened.engine.query(text).columns) == list(query.header.columns)
