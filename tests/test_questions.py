"""Questions without SPARQL: every shipped query over HTTP, in every form, against the engine.

A case in ``cases/questions`` is a request that is refused: the parameters that are wrong, and words
that the refusal has to say.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import openpyxl
import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell import Cell

from anlokg import resources as resource_folders
from anlokg.opened import OpenRelease
from anlokg.query import catalogue
from anlokg.release.shelf import Release
from anlokg.service.question import flagging, sheets
from anlokg.service.question.task import runnable
from serving import served

CASES = sorted((Path(__file__).parent / "cases" / "questions").glob("*.json"))
FILES = sorted(resource_folders.find().queries.glob("*/*.rq"))
NAMES = [path.stem for path in FILES]
PROBLEM = "application/problem+json"
JSON = "application/json"
ORDER = re.compile(r"(?:DESC|ASC)?\((?:[^()]|\([^()]*\))*\)|[A-Z]+\([^()]*\)|\?\w+")
XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = {XSD + kind for kind in ("integer", "decimal", "double")}

T = TypeVar("T")
Value = Decimal | bool | str | None
a_question = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[httpx.Client]:
    """Asks a service over the release of the test run."""
    with (
        served(releases=release.folder.parent) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def narrow(release: Release) -> Iterator[httpx.Client]:
    """Asks a service with small limits, which stands behind a proxy at another address."""
    with (
        served(
            releases=release.folder.parent,
            base_url="https://data.example.org/evidence",
            page_rows=7,
            most_page_rows=9,
            xlsx_rows=10,
            longest_time_limit_s=45,
        ) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


def get(client: httpx.Client, path: str, accept: str = JSON, **headers: str) -> httpx.Response:
    return client.get(path, headers={"Accept": accept, **headers})


def answered(client: httpx.Client, path: str, accept: str = JSON) -> httpx.Response:
    """The response, which has to be an answer."""
    response = get(client, path, accept)
    assert response.status_code == 200, response.text
    return response


# What is expected ------------------------------------------------------------------------------


def value(term: object) -> Value:
    """A term as every form has to give it: numbers by value, IRIs in full, the rest as text."""
    if term is None:
        return None
    if isinstance(term, pyoxigraph.NamedNode):
        return term.value
    assert isinstance(term, pyoxigraph.Literal)
    if term.datatype.value in NUMBERS:
        return Decimal(term.value)
    return term.value == "true" if term.datatype.value == f"{XSD}boolean" else term.value


def expected(opened: OpenRelease, name: str, **values: str) -> list[list[Value]]:
    """What the engine says, asked directly; IRIs in full."""
    text = opened.queries[name].bound(values, opened.base)
    return [[value(term) for term in row] for row in opened.engine.query(text).rows()]


def short(opened: OpenRelease, name: str, **values: str) -> list[list[Value]]:
    """The same with IRIs as CURIEs, as plain JSON has them."""
    text = opened.queries[name].bound(values, opened.base)
    return [
        [opened.compact(t) if isinstance(t, pyoxigraph.NamedNode) else value(t) for t in row]
        for row in opened.engine.query(text).rows()
    ]


def untyped(row: list[Value]) -> list[str]:
    """A row as forms without types show it."""
    words = {True: "true", False: "false", None: ""}
    return [words[cell] if cell is None or isinstance(cell, bool) else str(cell) for cell in row]


def same_text(found: list[str], wanted: list[Value]) -> bool:
    pairs = zip(found, wanted, strict=True)
    return all(
        Decimal(text) == cell if isinstance(cell, Decimal) else text == untyped([cell])[0]
        for text, cell in pairs
    )


def plain_rows(response: httpx.Response) -> list[list[Value]]:
    """Rows of the plain JSON without their findings, numbers as they are written."""
    body = json.loads(response.text, parse_float=Decimal, parse_int=Decimal)
    columns = [column["name"] for column in body["columns"]]
    assert all(list(row) == columns for row in body["rows"])
    width = len(columns) - (columns[-1] == "findings")
    return [list(row.values())[:width] for row in body["rows"]]


def columns_of(opened: OpenRelease, name: str) -> list[str]:
    """The columns of an answer: those of the query, and findings where it shows figures."""
    query = opened.queries[name]
    own = list(query.header.columns)
    return [*own, "findings"] if flagging.shows_figures(query) else own


def cut(rows: list[list[T]], opened: OpenRelease, name: str) -> list[list[T]]:
    """Rows without the column of findings, of which test_integrity_service tells."""
    return [row[: len(opened.queries[name].header.columns)] for row in rows]


def typed(cell: Cell) -> Value:
    """The value of a cell of a workbook; its numbers by value."""
    is_number = cell.data_type == "n" and cell.value is not None
    return Decimal(str(cell.value)) if is_number else cell.value  # type: ignore[return-value]


# Every question in every form ------------------------------------------------------------------


@a_question
def test_plain_json_has_the_rows_of_the_engine(
    name: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = answered(client, f"/queries/{name}?limit=10000")
    assert plain_rows(response) == short(opened, name)
    body = response.json()
    query = opened.queries[name]
    assert body["query"] == name
    assert body["release"] == opened.manifest.id
    assert body["count"] == len(body["rows"])
    assert (body["next"], body["prev"]) == (None, None)
    meanings = {column["name"]: column["meaning"] for column in body["columns"]}
    assert list(meanings) == columns_of(opened, name)
    assert meanings | query.header.columns == meanings
    defaults = {parameter.name: parameter.default for parameter in query.parameters}
    assert body["parameters"] == defaults


@a_question
def test_sparql_json_is_that_of_the_engine(
    name: str, client: httpx.Client, opened: OpenRelease
) -> None:
    text = opened.queries[name].bound({}, opened.base)
    whole = json.loads(opened.engine.query(text).to_bytes("json"))
    response = answered(client, f"/queries/{name}.srj")
    assert response.headers["content-type"] == "application/sparql-results+json"
    assert response.json() == whole
    page = answered(client, f"/queries/{name}.srj?limit=10000").json()
    assert page["head"]["vars"] == whole["head"]["vars"]
    assert page["results"] == whole["results"], "rows laid out here are those of the engine"


@a_question
@pytest.mark.parametrize("limit", ["", "?limit=10000"], ids=["whole", "page"])
def test_csv_is_rfc_4180(name: str, limit: str, client: httpx.Client, opened: OpenRelease) -> None:
    response = answered(client, f"/queries/{name}.csv{limit}")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.text.count("\r\n") == response.text.count("\n")
    rows = list(csv.reader(io.StringIO(response.text, newline=""), strict=True))
    assert rows[0] == columns_of(opened, name)
    wanted = expected(opened, name)
    assert len(rows) == 1 + len(wanted)
    assert all(map(same_text, cut(rows[1:], opened, name), wanted))


@a_question
@pytest.mark.parametrize("limit", ["", "?limit=10000"], ids=["whole", "page"])
def test_tsv_is_read_by_others(
    name: str, limit: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = answered(client, f"/queries/{name}.tsv{limit}")
    assert response.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    tsv = pyoxigraph.QueryResultsFormat.TSV
    found = pyoxigraph.parse_query_results(response.content, tsv)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    assert [variable.value for variable in found.variables] == columns_of(opened, name)
    rows = [[value(term) for term in row] for row in found]
    assert cut(rows, opened, name) == expected(opened, name)


@a_question
def test_workbooks_have_typed_cells(name: str, client: httpx.Client, opened: OpenRelease) -> None:
    response = answered(client, f"/queries/{name}.xlsx")
    assert response.headers["content-type"] == sheets.MEDIA_TYPE
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["answer", "about"]
    header, *lines = book["answer"].iter_rows()
    assert [cell.value for cell in header] == columns_of(opened, name)
    found = cut([[typed(cell) for cell in line] for line in lines], opened, name)
    wanted = expected(opened, name)
    assert found == wanted
    kinds = {cell.data_type for line in lines for cell in line}
    assert kinds <= {"n", "s", "b", "inlineStr"}
    about = dict(book["about"].iter_rows(max_col=2, values_only=True))
    assert about["release"] == opened.manifest.id
    for parameter in opened.queries[name].parameters:
        assert about[f"parameter {parameter.name}"] == (parameter.default or "any")
    for column, meaning in opened.queries[name].header.columns.items():
        assert about[column] == meaning


@a_question
def test_pages_have_every_cell(name: str, client: httpx.Client, opened: OpenRelease) -> None:
    response = answered(client, f"/queries/{name}?limit=10000", "text/html")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    cells = re.findall(r"<td[^>]*>(.*?)</td>", response.text, re.S)
    wanted = expected(opened, name)
    assert len(cells) == sum(map(len, wanted))


@a_question
def test_the_text_of_a_question_can_be_asked_elsewhere(
    name: str, client: httpx.Client, opened: OpenRelease
) -> None:
    text = answered(client, f"/queries/{name}/sparql")
    assert text.headers["content-type"] == "application/sparql-query"
    assert text.text == answered(client, f"/queries/{name}.rq").text
    found = opened.engine.query(text.text).rows()
    assert [[value(term) for term in row] for row in found] == expected(opened, name)


def test_equal_workbooks_are_equal_bytes(client: httpx.Client) -> None:
    fresh = {"Cache-Control": "no-cache"}
    first = get(client, "/queries/compare-survival.xlsx", **fresh)
    assert first.content == get(client, "/queries/compare-survival.xlsx", **fresh).content


# Parameters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_wrong_requests_are_told_all_that_is_wrong(case: Path, client: httpx.Client) -> None:
    wanted = json.loads(case.read_text(encoding="utf-8"))
    response = get(client, wanted["request"])
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == PROBLEM
    body = response.json()
    assert body["type"].endswith("/parameter")
    assert body["parameter"] == body["errors"][0]["parameter"]
    assert sorted(error["parameter"] for error in body["errors"]) == sorted(wanted["parameters"])
    said = " ".join(error["detail"] for error in body["errors"])
    assert [words for words in wanted["detail"] if words not in said] == []
    assert all(error["detail"] in body["detail"] for error in body["errors"])


def test_a_value_outside_a_list_is_told_the_list(client: httpx.Client) -> None:
    (error,) = get(client, "/queries/find-disagreements?kind=none").json()["errors"]
    assert error["allowed"] == ["different", "rounded"]


@pytest.mark.parametrize("study", [
    "hcc-phase2", "study:hcc-phase2", "https://w3id.org/anlokg/id/study/hcc-phase2",
])  # fmt: skip
def test_a_thing_is_named_by_key_curie_or_iri(
    study: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = client.get("/queries/list-eligibility", params={"study": study})
    assert plain_rows(response) == short(opened, "list-eligibility", study="hcc-phase2")
    assert response.json()["parameters"] == {"study": study}


def test_a_value_stays_a_value(client: httpx.Client) -> None:
    """What looks like SPARQL is looked for as text, and found nowhere."""
    hostile = 'agree" } UNION { ?s ?p ?o } #'
    response = client.get("/queries/find-disagreements", params={"kind": hostile})
    assert response.status_code == 400
    iri = "https://w3id.org/anlokg/id/study/x%3E%7D"
    assert client.get("/queries/list-eligibility", params={"study": iri}).json()["rows"] == []


@pytest.mark.parametrize("path", ["/queries/compare-surviva", "/queries/compare-survival.pdf",
                                  "/queries/compare-surviva.csv", "/queries/x/sparql"])  # fmt: skip
def test_an_unknown_question_is_not_found(path: str, client: httpx.Client) -> None:
    response = get(client, path)
    assert response.status_code == 404
    if "surviva" in path:
        assert "compare-survival" in response.json()["detail"]


@given(data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_value_breaks_the_service(data: st.DataObject, client: httpx.Client) -> None:
    name = data.draw(st.sampled_from(NAMES))
    path = next(path for path in FILES if path.stem == name)
    known = {parameter.name for parameter in catalogue.read(path).parameters}
    controls = ["format", "limit", "offset", "labels", "timeout", "download", "other"]
    keys = st.sampled_from([*sorted(known), *controls])
    words = st.sampled_from(["study:hcc-phase2", "drug:anlotinib", "3", "0.05", "1", "csv", "xlsx"])
    # DEL is left out: httpx sends it as it is, which is no HTTP.
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=20)
    values = data.draw(st.dictionaries(keys, words | texts, max_size=4))
    response = client.get(f"/queries/{name}", params=values)
    assert response.status_code in (200, 400), response.text
    if response.status_code == 400:
        wrong = {error["parameter"] for error in response.json()["errors"]}
        assert wrong
        assert wrong <= values.keys()


# Pages -----------------------------------------------------------------------------------------


def links(response: httpx.Response) -> dict[str, str]:
    """Addresses of the Link header that name another part, by relation."""
    found = re.findall(r'<([^>]*)>; rel="(first|prev|next)"', response.headers["link"])
    return {relation: address for address, relation in found}


@a_question
def test_pages_lose_and_repeat_nothing(
    name: str, client: httpx.Client, opened: OpenRelease
) -> None:
    wanted = short(opened, name)
    size = max(1, len(wanted) // 4)
    found: list[list[Value]] = []
    address: str | None = f"/queries/{name}.json?limit={size}"
    pages = 0
    while address:
        response = answered(client, address)
        found += plain_rows(response)
        address = response.json()["next"]
        assert links(response).get("next") == address
        pages += 1
    assert found == wanted
    assert pages == max(1, -(-len(wanted) // size)), "no page is empty"


def test_pages_lead_back(client: httpx.Client) -> None:
    third = answered(client, "/queries/list-eligibility.json?limit=4&offset=8")
    second = answered(client, links(third)["prev"])
    first = answered(client, links(second)["prev"])
    assert "prev" not in links(first)
    assert links(third)["first"] == links(first)["first"]
    assert answered(client, first.json()["next"]).json()["rows"] == second.json()["rows"]
    assert second.json()["next"] == str(third.url)


def test_a_part_behind_the_end_is_empty(client: httpx.Client) -> None:
    body = answered(client, "/queries/list-eligibility?offset=1000").json()
    assert (body["rows"], body["next"]) == ([], None)
    assert body["prev"]


@pytest.mark.parametrize("form", ["csv", "tsv", "srj", "xlsx"])
def test_a_part_of_a_file_says_that_there_is_more(form: str, client: httpx.Client) -> None:
    response = answered(client, f"/queries/list-eligibility.{form}?limit=5")
    query = parse_qs(urlsplit(links(response)["next"]).query)
    assert query == {"limit": ["5"], "offset": ["5"]}
    assert "next" not in answered(client, f"/queries/list-eligibility.{form}").headers["link"]


def test_values_stay_on_the_way_through_the_pages(client: httpx.Client) -> None:
    address = "/queries/list-eligibility.json?limit=2&study=study:hcc-phase2&labels=1"
    query = parse_qs(urlsplit(answered(client, address).json()["next"]).query)
    assert query == {"study": ["study:hcc-phase2"], "labels": ["1"], "limit": ["2"],
                     "offset": ["2"]}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_order_of_rows_is_total(path: Path, opened: OpenRelease) -> None:
    """Otherwise pages could lose rows: no two rows may be equal in all that they are ordered by."""
    query = catalogue.read(path)
    text = runnable(query.text)
    body, tail = text.rsplit("ORDER BY", 1)
    assert ORDER.sub("", tail).strip() == "", "a question ends with its order"
    keys = [re.sub(r"^(?:DESC|ASC)(?=\()", "", key) for key in ORDER.findall(tail)]
    # With free parameters the rows of all their values come at once; each value has its own pages.
    keys += [f"?{parameter.variable}" for parameter in query.parameters if parameter.default]
    select = re.search(r"SELECT\s+(?:DISTINCT\s+)?(.*?)\bWHERE\b", body, re.S)
    assert select
    ends = " ".join(f"({key} AS ?key{place})" for place, key in enumerate(keys))
    shown = f"{body[: select.end(1)]} {ends} {body[select.end(1) :]}"
    rows = [tuple(map(str, row)) for row in opened.engine.query(shown).rows()]
    count = Counter(row[-len(keys) :] for row in rows)
    assert [key for key, times in count.items() if times > 1] == []


# Limits, names and addresses -------------------------------------------------------------------


def test_a_workbook_is_whole_or_refused(narrow: httpx.Client) -> None:
    response = get(narrow, "/queries/list-eligibility.xlsx")
    assert response.status_code == 503
    body = response.json()
    assert body["type"].endswith("/answer-too-large")
    assert (body["limit"], body["limit_value_rows"]) == ("rows", 10)
    assert "retry-after" not in response.headers
    page = answered(narrow, "/queries/list-eligibility.xlsx?limit=9")
    book = openpyxl.load_workbook(io.BytesIO(page.content), read_only=True)
    assert len(list(book["answer"].values)) == 1 + 9


def test_pages_are_as_large_as_the_settings_say(narrow: httpx.Client) -> None:
    assert answered(narrow, "/queries/list-eligibility").json()["count"] == 7
    body = get(narrow, "/queries/list-eligibility?limit=10").json()
    assert "from 1 to 9" in body["detail"]
    rows = answered(narrow, "/queries/list-eligibility.csv").text.splitlines()
    assert len(rows) == 1 + 20, "files are whole"


def test_addresses_are_those_that_users_see(narrow: httpx.Client) -> None:
    response = answered(narrow, "/queries/list-eligibility")
    start = "https://data.example.org/evidence/queries/list-eligibility"
    assert response.json()["next"].startswith(f"{start}.json?")
    assert all(link.startswith(start) for link in re.findall("<([^>]*)>", response.headers["link"]))
    entry = answered(narrow, "/queries").json()["queries"][0]
    assert entry["url"].startswith("https://data.example.org/evidence/queries/")


@pytest.mark.parametrize(("given", "effective"), [("", 30_000), ("?timeout=2.5", 2_500),
                                                  ("?timeout=999", 45_000)])  # fmt: skip
def test_the_time_limit_is_told(given: str, effective: int, narrow: httpx.Client) -> None:
    response = answered(narrow, f"/queries/list-eligibility{given}")
    assert response.headers["x-query-timeout-ms"] == str(effective)


@pytest.mark.parametrize(("path", "filed"), [
    (".csv", True), (".tsv", True), (".xlsx", True), (".json", False), (".srj", False),
    (".json?download=1", True), (".srj?download=true", True),
])  # fmt: skip
def test_files_have_the_name_of_question_and_release(
    path: str, filed: bool, client: httpx.Client, opened: OpenRelease
) -> None:
    response = answered(client, f"/queries/list-doses{path}")
    end = path.partition("?")[0]
    name = f'attachment; filename="list-doses-{opened.manifest.id}{end}"'
    assert response.headers.get("content-disposition") == (name if filed else None)


@pytest.mark.parametrize(("accept", "chosen"), [
    ("*/*", JSON),
    ("text/csv", "text/csv; charset=utf-8"),
    ("text/csv;q=0.5, application/sparql-results+json", "application/sparql-results+json"),
    (sheets.MEDIA_TYPE, sheets.MEDIA_TYPE),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
    ("application/sparql-query", "application/sparql-query"),
])  # fmt: skip
def test_the_accept_header_chooses(accept: str, chosen: str, client: httpx.Client) -> None:
    response = answered(client, "/queries/list-doses", accept)
    assert response.headers["content-type"] == chosen
    assert "Accept" in response.headers["vary"]
    assert (
        answered(client, "/queries/list-doses.tsv", accept)
        .headers["content-type"]
        .startswith("text/tab-separated-values")
    )
    named = answered(client, "/queries/list-doses?format=srj", accept)
    assert named.headers["content-type"] == "application/sparql-results+json"


def test_what_is_not_offered_is_not_acceptable(client: httpx.Client) -> None:
    response = get(client, "/queries/list-doses", "image/png")
    assert response.status_code == 406
    assert "text/csv" in response.json()["offered"]
    assert get(client, "/queries/list-doses", "csv").status_code == 400


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "html", "rq"])
def test_an_answer_is_not_sent_again(form: str, client: httpx.Client) -> None:
    response = answered(client, f"/queries/list-doses.{form}")
    assert response.headers["cache-control"].startswith("public")
    again = get(
        client, f"/queries/list-doses.{form}", **{"If-None-Match": response.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(f"/queries/list-doses.{form}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == response.headers["content-type"]


def test_other_values_are_another_answer(client: httpx.Client) -> None:
    addresses = ["", "?study=hcc-phase2", "?limit=3", "?limit=3&offset=3", "?labels=1"]
    responses = [answered(client, f"/queries/list-eligibility{end}") for end in addresses]
    assert len({response.headers["etag"] for response in responses}) == len(addresses)
    assert len({response.text for response in responses}) == len(addresses)


# Labels and the catalogue ----------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_labels_are_columns_beside_things(
    form: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = answered(client, f"/queries/list-registrations.{form}?labels=1&limit=5000")
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    elif form == "json":
        rows = response.json()["rows"]
    else:
        page = openpyxl.load_workbook(io.BytesIO(response.content))["answer"]
        header, *lines = page.values
        rows = [dict(zip(header, line, strict=True)) for line in lines]
    names = list(rows[0])
    things = [name for name in names if f"{name}_label" in names]
    assert things
    assert set(names) - {f"{name}_label" for name in things} == set(
        opened.queries["list-registrations"].header.columns
    )
    for row in rows:
        for name in things:
            iri = opened.compact.expand(row[name])
            text = f"SELECT ?l {{ <{iri}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
            found = {label.value for (label,) in opened.engine.query(text).rows()}  # type: ignore[union-attr]
            assert row[f"{name}_label"] in found


def test_the_catalogue_tells_of_every_question(client: httpx.Client, opened: OpenRelease) -> None:
    body = answered(client, "/queries").json()
    entries = {entry["name"]: entry for entry in body["queries"]}
    assert entries.keys() == opened.queries.keys()
    assert body["count"] == len(entries)
    for name, query in opened.queries.items():
        entry = entries[name]
        assert (entry["title"], entry["question"]) == (query.header.title, query.header.question)
        assert entry["topic"] == query.topic
        own = {parameter["name"]: parameter for parameter in entry["parameters"]}
        assert own.keys() == {parameter.name for parameter in query.parameters}
        for parameter in query.parameters:
            told = own[parameter.name]
            assert (told["type"], told["default"]) == (parameter.type, parameter.default)
            assert told.get("allowed", []) == list(parameter.allowed)


@pytest.mark.parametrize(("wanted", "found"), [
    ("?q=hazard+ratio+LIVER", "compare-survival"),
    ("?q=eligibility+criteria", "list-eligibility"),
    ("?topic=eligibility", "list-eligibility"),
])  # fmt: skip
def test_questions_are_found_by_words(wanted: str, found: str, client: httpx.Client) -> None:
    names = [entry["name"] for entry in answered(client, f"/queries{wanted}").json()["queries"]]
    assert found in names
    assert len(names) < len(NAMES)
    assert answered(client, "/queries?q=zebra").json()["queries"] == []
