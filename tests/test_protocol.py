"""HTTP as it should be at ``/sparql``: HEAD, OPTIONS, tags, packing, parameters, forms."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pyoxigraph
import pytest

from serving import Served, served

SELECT = "SELECT ?o { <https://example.org/a> <https://example.org/p> ?o } ORDER BY ?o"
MANY = "SELECT * { ?s ?p ?o } ORDER BY ?o"
GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
CSV = {"Accept": "text/csv"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("data") / "data.nq"
    lines = ['<https://example.org/a> <https://example.org/p> "1" .']
    lines += [
        f"<https://example.org/s{n}> <https://example.org/p> '{n:05}'"
        f" <https://example.org/g{n % 2}> .".replace("'", '"')
        for n in range(3000)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with served("--data", str(path), default_graph="union") as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Served) -> Iterator[httpx.Client]:
    headers = {"Accept-Encoding": "identity"}
    with httpx.Client(base_url=service.address, headers=headers, timeout=30) as client:
        yield client


def ask(client: httpx.Client, query: str = SELECT, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers={**CSV, **named})


# HEAD and OPTIONS ------------------------------------------------------------------------------


def test_head_is_get_without_the_body_and_without_the_work(client: httpx.Client) -> None:
    params = {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}
    response = client.head("/sparql", params=params, headers=CSV)  # the query would take for ever
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert response.content == b""
    got, headed = ask(client), client.head("/sparql", params={"query": SELECT}, headers=CSV)
    kept = ("etag", "content-type", "vary", "cache-control", "last-modified")
    assert {name: got.headers[name] for name in kept} == {n: headed.headers[n] for n in kept}


@pytest.mark.parametrize("path", ["/sparql", "/health/live", "/version", "/metrics", "/nowhere"])
def test_head_has_the_status_of_get(path: str, client: httpx.Client) -> None:
    assert client.head(path).status_code == client.get(path).status_code
    assert client.head(path).content == b""


def test_options_tells_what_is_possible_and_runs_nothing(client: httpx.Client) -> None:
    response = client.options("/sparql")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, POST, QUERY, OPTIONS"
    assert response.headers["accept-query"] == "application/sparql-query"
    assert client.options("/version").headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_preflight_is_answered(client: httpx.Client) -> None:
    headers = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    response = client.options("/sparql", headers=headers)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "content-type" in response.headers["access-control-allow-headers"].lower()
    assert response.headers["access-control-max-age"] == "86400"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/sparql", "/version", "/health/live"])
def test_other_methods_are_405_with_allow(method: str, path: str, client: httpx.Client) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == client.options(path).headers["allow"]
    assert response.headers["content-type"] == "application/problem+json"


def test_query_is_a_method_too(client: httpx.Client) -> None:
    headers = {**CSV, "Content-Type": "application/sparql-query"}
    response = client.request("QUERY", "/sparql", content=SELECT, headers=headers)
    assert (response.status_code, response.text) == (200, "o\r\n1\r\n")


def test_a_slash_at_the_end_makes_no_difference(client: httpx.Client) -> None:
    response = client.get("/sparql/", params={"query": SELECT}, headers=CSV)
    assert (response.status_code, response.text) == (200, "o\r\n1\r\n")


# Tags ------------------------------------------------------------------------------------------


def test_what_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    first = ask(client)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for _ in range(2):
            again = ask(client, If_None_Match=sent)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            assert again.headers["vary"] == first.headers["vary"]
    assert ask(client, If_None_Match='"other"').status_code == 200


def test_a_tag_is_known_without_running_the_query(client: httpx.Client) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    tag = client.head("/sparql", params={"query": endless}, headers=CSV).headers["etag"]
    assert ask(client, endless, If_None_Match=tag).status_code == 304


def test_tags_differ_where_answers_do(client: httpx.Client) -> None:
    tags = [ask(client).headers["etag"], ask(client, SELECT + " ").headers["etag"]]
    tags.append(client.get("/sparql", params={"query": SELECT}).headers["etag"])
    tags.append(ask(client, Accept="text/tab-separated-values").headers["etag"])
    for name in ("default-graph-uri", "named-graph-uri"):
        params = {"query": SELECT, name: "https://example.org/g0"}
        tags.append(client.get("/sparql", params=params, headers=CSV).headers["etag"])
    tags.append(ask(client, MANY).headers["etag"])
    tags.append(ask(client, MANY, Accept_Encoding="gzip").headers["etag"])
    assert len(set(tags)) == len(tags)


def test_get_and_post_agree_on_the_tag(client: httpx.Client) -> None:
    posted = client.post("/sparql", data={"query": SELECT}, headers=CSV)
    assert posted.headers["etag"] == ask(client).headers["etag"]


@pytest.mark.parametrize("word", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_changes_from_time_to_time_is_not_kept(word: str, client: httpx.Client) -> None:
    query = f"SELECT ({word} AS ?x) {{ }}"
    response = ask(client, query)
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    if word != "BNODE()":
        assert ask(client, query).text != response.text


def test_an_answer_may_be_kept_for_a_while(client: httpx.Client) -> None:
    response = ask(client)
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["last-modified"].endswith("GMT")
    assert "query;dur=" in ask(client, Cache_Control="no-cache").headers["server-timing"]


def test_the_cache_gives_what_the_engine_gave(client: httpx.Client) -> None:
    for query in (SELECT, MANY):
        for encoding in ("identity", "gzip"):
            first = ask(client, query, Accept_Encoding=encoding, Cache_Control="no-cache")
            for _ in range(3):
                again = ask(client, query, Accept_Encoding=encoding)
                assert again.content == first.content
                for name in ("etag", "content-type", "content-encoding", "vary", "cache-control"):
                    assert again.headers.get(name) == first.headers.get(name)


# Packing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", ["gzip", "br, gzip;q=0.5", "*", "deflate, GZIP"])
def test_large_answers_are_packed_where_that_is_understood(sent: str, client: httpx.Client) -> None:
    plain, packed = ask(client, MANY), ask(client, MANY, Accept_Encoding=sent)
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.text == plain.text
    assert int(packed.headers.get("content-length", 0)) < len(plain.content)


@pytest.mark.parametrize("sent", ["identity", "br", "gzip;q=0", "gzip; q=0.0", ""])
def test_others_get_it_as_it_is(sent: str, client: httpx.Client) -> None:
    response = ask(client, MANY, Accept_Encoding=sent)
    assert "content-encoding" not in response.headers
    assert int(response.headers["content-length"]) == len(response.content)


def test_small_answers_are_not_packed(client: httpx.Client) -> None:
    assert "content-encoding" not in ask(client, Accept_Encoding="gzip").headers


def test_a_packed_question_is_understood(client: httpx.Client) -> None:
    body = gzip.compress(urlencode({"query": SELECT}).encode())
    headers = {
        **CSV,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Encoding": "gzip",
    }
    assert client.post("/sparql", content=body, headers=headers).text == "o\r\n1\r\n"


# Forms and parameters --------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), [
    ("json", "application/sparql-results+json"), ("xml", "application/sparql-results+xml"),
    ("csv", "text/csv"), ("tsv", "text/tab-separated-values"), ("CSV", "text/csv"),
    ("text/csv", "text/csv"), ("application/sparql-results+xml", "application/sparql-results+xml"),
])  # fmt: skip
@pytest.mark.parametrize("parameter", ["format", "output"])
def test_a_form_that_is_named_goes_before_accept(
    name: str, kind: str, parameter: str, client: httpx.Client
) -> None:
    params = {"query": SELECT, parameter: name}
    response = client.get("/sparql", params=params, headers={"Accept": "text/html"})
    assert response.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize(("name", "form"), [
    ("ttl", "ttl"), ("turtle", "ttl"), ("nt", "nt"), ("ntriples", "nt"), ("jsonld", "jsonld"),
    ("json-ld", "jsonld"), ("json", "jsonld"), ("xml", "rdf"), ("rdfxml", "rdf"), ("nq", "nq"),
    ("trig", "trig"),
])  # fmt: skip
def test_forms_of_graphs_by_name(name: str, form: str, client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": GRAPH, "format": name})
    kind = pyoxigraph.RdfFormat.from_extension(form)
    assert kind is not None
    assert response.headers["content-type"].partition(";")[0] == kind.media_type
    assert len(list(pyoxigraph.parse(response.content, kind))) == 3001


@pytest.mark.parametrize(("query", "name"), [(SELECT, "ttl"), (GRAPH, "csv"), (SELECT, "docx")])
def test_a_form_that_is_not_offered_is_400_with_those_that_are(
    query: str, name: str, client: httpx.Client
) -> None:
    response = client.get("/sparql", params={"query": query, "format": name})
    assert response.status_code == 400
    assert response.json()["parameter"] == "format"
    assert "is not one of:" in response.json()["detail"]


@pytest.mark.parametrize("accept", [
    "text/csv;q=nonsense", "nonsense", "text/csv;q=1.1", "text/csv;q=-1", "/", "text/", "a b/c",
    "text/csv;q=0.0001",
])  # fmt: skip
def test_an_accept_header_that_is_none_is_400(accept: str, client: httpx.Client) -> None:
    response = ask(client, Accept=accept)
    assert response.status_code == 400
    assert response.json()["parameter"] == "Accept"


@pytest.mark.parametrize("form", ["ttl", "trig"])
def test_turtle_is_shortened_by_the_prefixes_of_the_query(form: str, client: httpx.Client) -> None:
    query = (
        "# PREFIX no: <https://example.org/no/>\n"
        "PREFIX : <https://example.org/>\nprefix rel: <relative/>\nPREFIX a.b: <urn:x:>\n"
        'CONSTRUCT { ?s :p "PREFIX no: <https://example.org/>" } WHERE { VALUES ?s { :a } }'
    )
    text = client.get("/sparql", params={"query": query, "format": form}).text
    declared = [line for line in text.splitlines() if line.startswith("@prefix")]
    assert declared == ["@prefix : <https://example.org/> .", "@prefix a.b: <urn:x:> ."]
    assert ':a :p "PREFIX no: <https://example.org/>" .' in text


def test_relative_iris_are_resolved_against_the_endpoint(client: httpx.Client) -> None:
    response = ask(client, "SELECT (STR(<x>) AS ?i) { }")
    assert response.text.split()[1] == f"{client.base_url}/x"
    based = ask(client, "BASE <https://example.org/b/> SELECT (STR(<x>) AS ?i) { }")
    assert based.text.split()[1] == "https://example.org/b/x"


@pytest.mark.parametrize(("params", "count"), [
    ({}, 3001),
    ({"default-graph-uri": "https://example.org/g0"}, 1500),
    ({"default-graph-uri": "https://example.org/nowhere"}, 0),
    ({"named-graph-uri": "https://example.org/g0"}, 0),
])  # fmt: skip
def test_the_dataset_of_the_protocol(
    params: dict[str, str], count: int, client: httpx.Client
) -> None:
    params = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **params}
    assert client.get("/sparql", params=params, headers=CSV).text.split()[1] == str(count)


def test_the_dataset_of_the_protocol_goes_before_that_of_the_query(client: httpx.Client) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <https://example.org/g0> { ?s ?p ?o }"
    assert ask(client, query).text.split()[1] == "1500"
    params = {"query": query, "default-graph-uri": "https://example.org/nowhere"}
    assert client.get("/sparql", params=params, headers=CSV).text.split()[1] == "0"


@pytest.mark.parametrize(("setting", "count"), [("own", 1), ("union", 3), ("empty", 0)])
def test_the_default_graph_can_be_switched(setting: str, count: int, tmp_path: Path) -> None:
    path = tmp_path / "data.nq"
    path.write_text('<x:a> <x:p> "1" .\n<x:b> <x:p> "2" <x:g> .\n<x:c> <x:p> "3" <x:h> .\n')
    with served("--data", str(path), default_graph=setting) as service:
        params = {"query": "SELECT * { ?s ?p ?o }"}
        response = httpx.get(f"{service.address}/sparql", params=params, headers=CSV)
        assert len(response.text.splitlines()) == 1 + count


def test_many_fields_and_odd_fields_do_no_harm(client: httpx.Client) -> None:
    many = urlencode([("x", "y")] * 2000)
    assert client.get(f"/sparql?{many}").status_code == 400
    assert client.get("/sparql?query=ASK%20%7B%7D&&=&x").status_code == 200
    assert client.get("/sparql?query=%zz").status_code == 400


# Problems --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("accept", "kind"), [
    ("application/json", "application/problem+json"),
    ("application/problem+json", "application/problem+json"),
    ("*/*", "application/problem+json"),
    ("text/csv", "application/problem+json"),
    ("text/plain", "text/plain"),
    ("text/html", "text/html"),
])  # fmt: skip
def test_a_problem_comes_as_it_is_accepted(accept: str, kind: str, client: httpx.Client) -> None:
    for path in ("/nowhere", "/health/nowhere"):
        response = client.get(path, headers={"Accept": accept})
        assert response.status_code == 404
        assert response.headers["content-type"].partition(";")[0] == kind
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["x-request-id"]


def test_a_page_of_a_problem_shows_text_as_text(client: httpx.Client) -> None:
    response = client.get("/<script>alert(1)</script>", headers={"Accept": "text/html"})
    assert "<script>" not in response.text
    assert "script-src" in response.headers["content-security-policy"] or (
        "default-src 'self'" in response.headers["content-security-policy"]
    )
