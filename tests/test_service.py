"""SPARQL over HTTP, against a real server on a free loopback port."""

from __future__ import annotations

import csv
import io
import json
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import httpx
import pyoxigraph
import pytest

from anlokg.opened import OpenRelease
from anlokg.release.shelf import Shelf
from anlokg.service import negotiation
from serving import served

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
PROBLEM = "application/problem+json"
JSON = "application/sparql-results+json"
BROWSER = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)

PREFIXES = """
PREFIX anlo: <https://w3id.org/anlokg/ontology/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
SELECT = PREFIXES + "SELECT ?drug ?name { ?drug a anlo:Drug ; rdfs:label ?name } ORDER BY ?drug"
ASK = PREFIXES + "ASK { ?drug a anlo:Drug }"
CONSTRUCT = PREFIXES + "CONSTRUCT { ?d rdfs:label ?n } WHERE { ?d a anlo:Drug ; rdfs:label ?n }"
DESCRIBE = "DESCRIBE <https://w3id.org/anlokg/id/drug/anlotinib>"


@pytest.fixture(scope="module")
def server(shelf: Shelf, opened: OpenRelease) -> Iterator[str]:
    """A server over the release of the test run; gives its address."""
    assert opened.engine
    with served(releases=shelf.folder) as running:
        yield running.address


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


def get(client: httpx.Client, query: str, accept: str | None = None) -> httpx.Response:
    """A query by GET; without an Accept header of httpx's own making."""
    request = client.build_request("GET", "/sparql", params={"query": query})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    return client.send(request)


def media_type(response: httpx.Response) -> str:
    return response.headers["content-type"].partition(";")[0]


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    """The members of a problem document, checked for what all of them have."""
    assert response.status_code == status
    assert media_type(response) == PROBLEM
    assert response.headers["access-control-allow-origin"] == "*"
    body: dict[str, object] = response.json()
    assert body["status"] == status
    assert str(body["type"]).startswith("https://w3id.org/anlokg/problems/")
    assert body["title"]
    assert body["detail"]
    return body


# Ways to ask -----------------------------------------------------------------------------------


def expected(opened: OpenRelease, query: str) -> object:
    """What the engine says, asked directly."""
    return json.loads(opened.engine.query(query).to_bytes("json"))


def test_get_answers_what_the_engine_does(client: httpx.Client, opened: OpenRelease) -> None:
    response = get(client, SELECT)
    assert response.status_code == 200
    assert response.json() == expected(opened, SELECT)
    assert len(response.json()["results"]["bindings"]) > 10


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=UTF-8", FORM.upper()])
def test_post_takes_a_form(kind: str, client: httpx.Client, opened: OpenRelease) -> None:
    body = urlencode({"query": SELECT})
    response = client.post("/sparql", content=body, headers={"Content-Type": kind})
    assert response.json() == expected(opened, SELECT)


@pytest.mark.parametrize("kind", [DIRECT, f"{DIRECT};charset=utf-8"])
def test_post_takes_a_bare_query(kind: str, client: httpx.Client, opened: OpenRelease) -> None:
    response = client.post("/sparql", content=SELECT, headers={"Content-Type": kind})
    assert response.json() == expected(opened, SELECT)


@pytest.mark.parametrize("text", ["肝转移 “é”", "a+b&c=d;e%20f#g", "\U0001f9ec"])
def test_every_way_carries_every_character(text: str, client: httpx.Client) -> None:
    query = f'SELECT ("{text}" AS ?x) {{ }}'
    answers = [
        get(client, query),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", content=query.encode(), headers={"Content-Type": DIRECT}),
    ]
    for answer in answers:
        (row,) = answer.json()["results"]["bindings"]
        assert row["x"]["value"] == text


def test_shipped_queries_answer_the_same_over_http(
    client: httpx.Client, opened: OpenRelease
) -> None:
    for query in opened.queries.values():
        text = query.bound({}, opened.base)
        assert get(client, text, JSON).json() == expected(opened, text), query.name


def test_asking_says_whether_it_is_ready(client: httpx.Client, opened: OpenRelease) -> None:
    body = client.get("/health/ready").json()
    assert body == {
        "status": "ready",
        "release": opened.manifest.id,
        "triples": opened.manifest.triples,
    }


def test_the_interface_describes_itself(client: httpx.Client) -> None:
    body = client.get("/openapi.json").json()
    assert {"/sparql", "/health/ready"} <= body["paths"].keys()


# Formats ---------------------------------------------------------------------------------------


def rows_of(response: httpx.Response) -> list[tuple[str | None, ...]]:
    """Rows of any result format, as text."""
    kind = negotiation.RESULTS[media_type(response)]
    if kind == "json":
        body = response.json()
        names = body["head"]["vars"]
        return [
            tuple(b.get(n, {}).get("value") for n in names) for b in body["results"]["bindings"]
        ]
    if kind == "xml":
        space = "{http://www.w3.org/2005/sparql-results#}"
        results = ElementTree.fromstring(response.content).iter(f"{space}result")
        return [tuple(binding[0].text for binding in result) for result in results]
    if kind == "csv":
        return [tuple(row) for row in csv.reader(io.StringIO(response.text, newline=""))][1:]
    results = pyoxigraph.parse_query_results(response.content, pyoxigraph.QueryResultsFormat.TSV)
    assert isinstance(results, pyoxigraph.QuerySolutions)
    return [tuple(term.value for term in row) for row in results]  # type: ignore[union-attr]


@pytest.mark.parametrize("accept", negotiation.RESULTS)
def test_rows_are_the_same_in_every_format(
    accept: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = get(client, SELECT, accept)
    assert response.status_code == 200
    assert media_type(response) == accept
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert response.headers["access-control-allow-origin"] == "*"
    rows = [
        tuple(term.value for term in row)  # type: ignore[union-attr]
        for row in opened.engine.query(SELECT).rows()
    ]
    assert rows_of(response) == rows


@pytest.mark.parametrize(("accept", "answer"), [
    (JSON, '{"head":{},"boolean":true}'),
    ("application/sparql-results+xml", "<boolean>true</boolean>"),
    ("text/csv", "true"),
    ("text/tab-separated-values", "true"),
])  # fmt: skip
def test_yes_or_no_in_every_format(accept: str, answer: str, client: httpx.Client) -> None:
    response = get(client, ASK, accept)
    assert response.status_code == 200
    assert media_type(response) == accept
    assert answer in response.text
    assert "false" in get(client, "ASK { <a:a> <a:b> <a:c> }", accept).text


@pytest.mark.parametrize("accept", [
    JSON,
    "text/csv",
])  # fmt: skip
def test_yes_or_no_may_be_read_by_scripts_of_other_sites(accept: str, client: httpx.Client) -> None:
    response = get(client, ASK, accept)
    assert response.headers.get("access-control-allow-origin") == "*"
    assert response.headers.get("vary") == "Accept, Accept-Encoding"


@pytest.mark.parametrize("accept", negotiation.GRAPHS)
@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
def test_graphs_are_the_same_in_every_format(
    accept: str, query: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = get(client, query, accept)
    assert response.status_code == 200
    assert media_type(response) == accept
    form = {"ttl": pyoxigraph.RdfFormat.TURTLE, "nt": pyoxigraph.RdfFormat.N_TRIPLES,
            "jsonld": pyoxigraph.RdfFormat.JSON_LD, "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
            "nq": pyoxigraph.RdfFormat.N_QUADS, "trig": pyoxigraph.RdfFormat.TRIG,
            }[negotiation.GRAPHS[accept]]  # fmt: skip
    found = {quad.triple for quad in pyoxigraph.parse(response.content, form)}
    assert found == {pyoxigraph.Triple(*row) for row in opened.engine.query(query).rows()}  # type: ignore[arg-type]


@pytest.mark.parametrize(("accept", "chosen"), [
    (None, JSON),
    ("*/*", JSON),
    ("text/csv", "text/csv"),
    ("TEXT/CSV", "text/csv"),
    ("text/*", "text/csv"),
    ("application/*", JSON),
    ("text/csv;q=0.5, text/tab-separated-values;q=0.9", "text/tab-separated-values"),
    ("text/csv;q=0.5,text/tab-separated-values ; q=0.4", "text/csv"),
    ("*/*;q=0.1, text/csv;q=0.2", "text/csv"),
    ("application/sparql-results+json;q=0, */*", "application/json"),
    ("text/*;q=0.9, text/csv;q=0.1", "text/tab-separated-values"),
    ("text/turtle, */*;q=0.1", JSON),
    ("text/csv;header=present", "text/csv"),
    (f"{JSON}, application/sparql-results+xml;q=0.9", JSON),
])  # fmt: skip
def test_the_accept_header_is_weighed(
    accept: str | None, chosen: str, client: httpx.Client, opened: OpenRelease
) -> None:
    response = get(client, SELECT, accept)
    assert response.status_code == 200
    assert media_type(response) == chosen
    assert len(rows_of(response)) == len(list(opened.engine.query(SELECT).rows()))


@pytest.mark.parametrize(("accept", "chosen"), [
    (None, "text/turtle"),
    (BROWSER, "text/html"),
    ("application/ld+json, text/turtle;q=0.9", "application/ld+json"),
    ("text/turtle;q=0.9, application/rdf+xml", "application/rdf+xml"),
])  # fmt: skip
def test_the_accept_header_is_weighed_for_graphs(
    accept: str | None, chosen: str, client: httpx.Client
) -> None:
    assert media_type(get(client, CONSTRUCT, accept)) == chosen


@pytest.mark.parametrize("query", [SELECT, ASK, CONSTRUCT])
def test_a_browser_gets_a_page(query: str, client: httpx.Client) -> None:
    assert media_type(get(client, query, BROWSER)) == "text/html"


@pytest.mark.parametrize(("query", "accept"), [
    (SELECT, "text/turtle"),
    (SELECT, "image/png"),
    (SELECT, "*/*;q=0"),
    (SELECT, "text/csv;q=0"),
    (CONSTRUCT, JSON),
    (CONSTRUCT, "text/csv"),
])  # fmt: skip
def test_what_is_not_offered_is_refused_with_what_is(
    query: str, accept: str, client: httpx.Client
) -> None:
    body = problem(get(client, query, accept), 406)
    offered = negotiation.GRAPHS if query == CONSTRUCT else negotiation.RESULTS
    assert body["offered"] == list(offered)


# Datasets --------------------------------------------------------------------------------------

VOCABULARY = "https://w3id.org/anlokg/graph/vocabulary/all"
STUDY = "https://w3id.org/anlokg/graph/study/hcc-phase2"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAMED = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"


def ask(client: httpx.Client, query: str, *pairs: tuple[str, str]) -> list[str]:
    """First column of an answer, asked with more parameters."""
    response = client.get("/sparql", params=[("query", query), *pairs], headers={"Accept": JSON})
    assert response.status_code == 200, response.text
    (name,) = response.json()["head"]["vars"]
    return [row[name]["value"] for row in response.json()["results"]["bindings"]]


def counts(opened: OpenRelease) -> dict[str, int]:
    return {graph.name: graph.triples for graph in opened.manifest.graphs}


def test_the_default_graph_is_the_union_of_all(client: httpx.Client, opened: OpenRelease) -> None:
    store = opened.engine.store
    union = {q.triple for name in store.named_graphs() for q in store.quads_for_pattern(
        None, None, None, name)}  # fmt: skip
    assert ask(client, COUNT) == [str(len(union))], "each triple once, however many graphs hold it"
    assert ask(client, NAMED) == sorted(counts(opened))


def test_a_query_names_its_own_graphs(client: httpx.Client, opened: OpenRelease) -> None:
    query = COUNT.replace("{", f"FROM <{STUDY}> {{", 1)
    assert ask(client, query) == [str(counts(opened)[STUDY])]


def test_a_query_names_its_own_named_graphs(client: httpx.Client) -> None:
    assert ask(client, NAMED.replace("{", f"FROM NAMED <{STUDY}> {{", 1)) == [STUDY]


def test_a_request_names_its_default_graphs(client: httpx.Client, opened: OpenRelease) -> None:
    real = counts(opened)
    one = [("default-graph-uri", VOCABULARY)]
    two = [*one, ("default-graph-uri", STUDY)]
    assert ask(client, COUNT, *one) == [str(real[VOCABULARY])]
    assert ask(client, COUNT, *two) == [str(real[VOCABULARY] + real[STUDY])]
    assert ask(client, NAMED, *one) == [], "SPARQL 1.1, 13.2: no named graphs then"


def test_a_request_names_its_named_graphs(client: httpx.Client) -> None:
    named = [("named-graph-uri", STUDY)]
    assert ask(client, NAMED, *named) == [STUDY]
    assert ask(client, COUNT, *named) == ["0"], "SPARQL 1.1, 13.2: an empty default graph then"


def test_a_posted_query_takes_its_graphs_from_the_address(
    client: httpx.Client, opened: OpenRelease
) -> None:
    response = client.post(
        f"/sparql?default-graph-uri={quote(VOCABULARY)}",
        content=COUNT,
        headers={"Content-Type": DIRECT, "Accept": "text/csv"},
    )
    assert response.text.split() == ["n", str(counts(opened)[VOCABULARY])]
    response = client.post(
        "/sparql",
        data={"query": COUNT, "default-graph-uri": VOCABULARY},
        headers={"Accept": "text/csv"},
    )
    assert response.text.split() == ["n", str(counts(opened)[VOCABULARY])]


def test_the_graphs_of_the_request_win_over_those_of_the_query(
    client: httpx.Client, opened: OpenRelease
) -> None:
    query = COUNT.replace("{", f"FROM <{STUDY}> {{", 1)
    given = [("default-graph-uri", VOCABULARY)]
    assert ask(client, query, *given) == [str(counts(opened)[VOCABULARY])]


def test_a_graph_that_is_no_iri_is_refused(client: httpx.Client) -> None:
    params = {"query": COUNT, "default-graph-uri": "no iri"}
    problem(client.get("/sparql", params=params), 400)


# What is refused -------------------------------------------------------------------------------


def test_a_syntax_error_gives_line_and_column(client: httpx.Client) -> None:
    body = problem(get(client, "SELECT *\nWHERE )"), 400)
    assert (body["title"], body["line"], body["column"]) == ("Syntax error", 2, 7)
    assert "Line 2, column 7" in str(body["detail"])


@pytest.mark.parametrize("query", ["", "nonsense", "SELECT", "SELECT * { ?s ?p ?o", "\0", "}"])
def test_what_is_no_query_is_a_syntax_error(query: str, client: httpx.Client) -> None:
    assert problem(get(client, query), 400)["title"] == "Syntax error"


def test_an_unknown_prefix_says_so(client: httpx.Client) -> None:
    body = problem(get(client, "SELECT * { ?s nope:p ?o }"), 400)
    assert "prefix" in str(body["detail"]).lower()


@pytest.mark.parametrize("pairs", [[], [("query", ASK)] * 2, [("q", ASK)]])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_exactly_one_query_is_needed(
    method: str, pairs: list[tuple[str, str]], client: httpx.Client
) -> None:
    sent = {"content": urlencode(pairs), "headers": {"Content-Type": FORM}}
    response = (
        client.get("/sparql", params=pairs) if method == "GET" else client.post("/sparql", **sent)  # type: ignore[arg-type]
    )
    if method == "GET" and len(pairs) < 2:
        assert response.status_code == 200, "without a query, GET asks what the service is"
        return
    body = problem(response, 400)
    count = sum(name == "query" for name, _ in pairs)
    assert f"{count} were sent" in str(body["detail"])


def test_a_query_in_address_and_body_is_one_too_many(client: httpx.Client) -> None:
    response = client.post(
        f"/sparql?query={quote(ASK)}", content=ASK, headers={"Content-Type": DIRECT}
    )
    assert "2 were sent" in str(problem(response, 400)["detail"])


UPDATE = "INSERT DATA { <https://example.org/a> <https://example.org/b> 1 }"


@pytest.mark.parametrize("text", [UPDATE, "CLEAR ALL", "DROP ALL"])
def test_updates_are_refused_however_they_come(
    text: str, client: httpx.Client, opened: OpenRelease
) -> None:
    before = ask(client, COUNT)
    for response in (
        client.get("/sparql", params={"update": text}),
        client.post("/sparql", data={"update": text}),
        client.post("/sparql", data={"update": text, "query": ASK}),
    ):
        assert problem(response, 403)["title"] == "Not allowed here"
    kind = {"Content-Type": "application/sparql-update"}
    problem(client.post("/sparql", content=text, headers=kind), 403)
    problem(get(client, text), 400)
    problem(client.post("/sparql", content=text, headers={"Content-Type": DIRECT}), 400)
    assert ask(client, COUNT) == before
    assert opened.engine.query(f"ASK {{ {UPDATE[14:-1]} }}").boolean is False


@pytest.mark.parametrize("query", [
    "SELECT * { SERVICE <{0}> { ?s ?p ?o } }",
    "SELECT * { service silent <{0}> { ?s ?p ?o } }",
    "SELECT * { SERVICE<{0}>{ ?s ?p ?o } }",
    "ASK { { SELECT * { #\nSERVICE <{0}> { ?s ?p ?o } } } }",
    "ASK { VALUES ?x { <{0}> } SERVICE ?x { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } { SERVICE <{0}> { ?s ?p ?o } }",
    'SELECT ("""\n" SERVICE \'""" AS ?x) { SERVICE <{0}> { ?s ?p ?o } }',
    r"SELECT * { \u0053ERVICE <{0}> { ?s ?p ?o } }",
])  # fmt: skip
def test_no_query_makes_the_server_call_another(query: str, client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"http://127.0.0.1:{other.getsockname()[1]}/sparql"
        response = get(client, query.replace("{0}", address))
        other.settimeout(0.2)
        with pytest.raises(TimeoutError):
            other.accept()
    assert response.status_code in (400, 403)
    problem(response, response.status_code)


@pytest.mark.parametrize("query", [
    'SELECT ("SERVICE" AS ?x) { }',
    "SELECT ?service { } # SERVICE",
    "SELECT * { ?s <https://example.org/SERVICE> ?o }",
])  # fmt: skip
def test_the_word_service_alone_is_no_offence(query: str, client: httpx.Client) -> None:
    assert get(client, query).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "", "multipart/form-data"])
def test_other_kinds_of_body_are_refused(kind: str, client: httpx.Client) -> None:
    headers = {"Content-Type": kind} if kind else {}
    body = problem(client.post("/sparql", content=ASK, headers=headers), 415)
    assert FORM in str(body["detail"])
    assert DIRECT in str(body["detail"])


@pytest.mark.parametrize("kind", [FORM, DIRECT, "text/plain"])
def test_a_body_that_is_too_large_is_refused(kind: str, client: httpx.Client) -> None:
    content = b"query=ASK{}#" + b"x" * 1_000_000
    body = problem(client.post("/sparql", content=content, headers={"Content-Type": kind}), 413)
    assert "1000000 bytes" in str(body["detail"])


def test_a_large_body_below_the_limit_is_answered(client: httpx.Client) -> None:
    content = "ASK {} # " + "x" * 990_000
    response = client.post("/sparql", content=content, headers={"Content-Type": DIRECT})
    assert response.json()["boolean"] is True


@pytest.mark.parametrize("kind", [FORM, DIRECT])
def test_a_body_that_is_not_utf_8_is_refused(kind: str, client: httpx.Client) -> None:
    content = b'query=SELECT ("\xff" AS ?x) {}'
    body = problem(client.post("/sparql", content=content, headers={"Content-Type": kind}), 400)
    assert body["title"] == "Not UTF-8"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_escaped_bytes_that_are_not_utf_8_are_refused(method: str, client: httpx.Client) -> None:
    sent = "query=" + quote("SELECT ('") + "%FF" + quote("' AS ?x) {}")
    if method == "GET":
        response = client.get(f"/sparql?{sent}")
    else:
        response = client.post("/sparql", content=sent, headers={"Content-Type": FORM})
    problem(response, 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(method: str, client: httpx.Client) -> None:
    assert client.request(method, "/sparql", params={"query": ASK}).status_code == 405


def test_the_server_answers_on_after_all_of_this(client: httpx.Client) -> None:
    assert get(client, ASK).json()["boolean"] is True


# The library that many scripts use -------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", ["json", "xml", "csv"])
def test_sparqlwrapper_gets_the_same_rows(
    form: str, method: str, server: str, opened: OpenRelease
) -> None:
    from SPARQLWrapper import SPARQLWrapper

    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery(SELECT)
    wrapper.setMethod(method)
    wrapper.setReturnFormat(form)
    rows = [
        tuple(term.value for term in row)  # type: ignore[union-attr]
        for row in opened.engine.query(SELECT).rows()
    ]
    found = wrapper.query().convert()
    if form == "json":
        bindings = found["results"]["bindings"]
        assert [(b["drug"]["value"], b["name"]["value"]) for b in bindings] == rows
    elif form == "xml":
        literals = [node.firstChild.data for node in found.getElementsByTagName("literal")]
        assert literals == [name for _, name in rows]
    else:
        assert list(csv.reader(found.decode().splitlines()))[1:] == [list(row) for row in rows]


def test_sparqlwrapper_gets_a_graph(server: str, opened: OpenRelease) -> None:
    from SPARQLWrapper import SPARQLWrapper

    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery(CONSTRUCT)
    found = wrapper.queryAndConvert()
    assert len(found) == len(set(opened.engine.query(CONSTRUCT).rows()))
