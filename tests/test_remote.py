"""The remote engine: the same answers from real servers, and nothing but whole answers."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs

import httpx
import pyoxigraph
import pytest
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, RdfFormat

from anlokg import resources as resource_folders
from anlokg.engine import forms
from anlokg.engine.embedded import Engine, Term
from anlokg.engine.endpoint import Endpoint
from anlokg.engine.limits import Limits
from anlokg.engine.pool import Pool
from anlokg.engine.quirks import repaired
from anlokg.engine.remote import RemoteEngine
from anlokg.engine.request import Request
from anlokg.engine.saying import first_words
from anlokg.engine.shape import Shape
from anlokg.engine.source import RemoteSource
from anlokg.errors import AnswerTooLarge, QueryError, QuerySyntaxError, QueryTimeout, RemoteError
from anlokg.opened import OpenRelease
from anlokg.publish import state
from anlokg.publish.run import PublishOptions, publish
from anlokg.publish.store import GraphStore
from anlokg.release.shelf import Release
from servers import NO_VIRTUOSO, Server, canned, has_virtuoso, oxigraph, virtuoso
from serving import served

CASES = Path(__file__).parent / "cases" / "queries"
XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = {f"{XSD}{kind}" for kind in ("integer", "decimal", "double", "float")}
ANLO = "https://w3id.org/anlokg/ontology/"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
E = "https://example.org/"
STARTERS = {"oxigraph": oxigraph, "virtuoso": virtuoso}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
ROWS = b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal","value":"x"}}]}}'
Value = tuple[str, ...] | Decimal | None


@contextmanager
def started(kind: str, **settings: int) -> Iterator[Server]:
    """A server of a kind; without Virtuoso its tests are skipped."""
    if kind == "virtuoso" and not has_virtuoso():
        pytest.skip(NO_VIRTUOSO)
    with STARTERS[kind](**settings) as server:
        yield server


KINDS = ["oxigraph", pytest.param("virtuoso", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, release: Release) -> Iterator[Server]:
    """A server to which the release has been published."""
    with started(request.param) as found:
        store = GraphStore(found.store, found.user, found.password)
        publish(release, store, Endpoint(found.query), PublishOptions(sample=0))
        store.close()
        yield found


@pytest.fixture
def engine(server: Server) -> RemoteEngine:
    """The remote engine over that server."""
    publication = state.find(Endpoint(server.query))
    assert publication is not None
    return RemoteEngine(publication.source(server.query))


def ask(engine: RemoteEngine, query: str, form: str = "json", **more: Any) -> bytes:
    """The answer to a query."""
    file = io.BytesIO()
    engine.answer(Request(query, form, **more), file)
    return file.getvalue()


def embedded(engine: Engine, query: str, form: str = "json") -> bytes:
    """The answer of the embedded engine, written by the same functions."""
    file = io.BytesIO()
    forms.write_results(engine.query(query).results, form, file)
    return file.getvalue()


def value(term: Term | None) -> Value:
    """What a term means: numbers by value; labels of blank nodes mean nothing."""
    if isinstance(term, Literal):
        if term.datatype.value in NUMBERS:
            return Decimal(term.value)
        return (term.value, term.language or "", term.datatype.value)
    return (term.value,) if isinstance(term, NamedNode) else None if term is None else ("_:",)


def table(answer: bytes) -> tuple[list[str], list[list[Value]]]:
    """Columns and rows of SPARQL results as JSON."""
    results = pyoxigraph.parse_query_results(answer, QueryResultsFormat.JSON)
    assert isinstance(results, pyoxigraph.QuerySolutions)
    rows = [[value(term) for term in row] for row in results]
    return [variable.value for variable in results.variables], rows


def shipped() -> list[tuple[str, dict[str, str]]]:
    """All shipped queries with their defaults, and with the parameters of their cases."""
    found = []
    for path in sorted(resource_folders.find().queries.glob("*/*.rq")):
        seen: list[dict[str, str]] = [{}]
        for case in sorted((CASES / path.stem).glob("*/parameters.json")):
            given = json.loads(case.read_text(encoding="utf-8"))
            seen += [values] if (values := {k: str(v) for k, v in given.items()}) else []
        found += [(path.stem, values) for values in seen]
    return found


@pytest.mark.parametrize(
    ("name", "values"), shipped(), ids=lambda item: item if isinstance(item, str) else None
)
def test_a_shipped_query_has_the_same_answer_everywhere(
    name: str, values: dict[str, str], engine: RemoteEngine, opened: OpenRelease
) -> None:
    query = opened.queries[name].bound(values, opened.base)
    assert table(ask(engine, query)) == table(embedded(opened.engine, query))


def test_a_service_over_a_server_answers_as_over_the_release(
    server: Server, opened: OpenRelease
) -> None:
    with served("--engine", server.query) as service, httpx.Client(timeout=60) as client:
        # Some of them: what all answer is tested above.
        for name, query in sorted(opened.queries.items())[::4]:
            text = query.bound({}, opened.base)
            answer = client.post(f"{service.address}/sparql", data={"query": text})
            assert answer.status_code == 200, (name, answer.text)
            assert table(answer.content) == table(embedded(opened.engine, text)), name


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv", "rows"])
def test_rows_come_in_every_form_as_from_the_embedded_engine(
    form: str, engine: RemoteEngine, opened: OpenRelease
) -> None:
    query = (
        f"SELECT ?g ?n ?l ?none {{ ?g <{ANLO}size> ?n ; <{RDFS}label> ?l }} ORDER BY ?n STR(?l) ?g"
    )
    assert ask(engine, query, form) == embedded(opened.engine, query, form)


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv", "rows"])
@pytest.mark.parametrize("kind", ["Study", "Nothing"])
def test_a_truth_value_comes_in_every_form_as_from_the_embedded_engine(
    form: str, kind: str, engine: RemoteEngine, opened: OpenRelease
) -> None:
    query = f"ASK {{ ?s a <{ANLO}{kind}> }}"
    assert ask(engine, query, form) == embedded(opened.engine, query, form)


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld", "rdfxml", "nq", "trig"])
def test_a_graph_comes_in_every_form(form: str, engine: RemoteEngine, opened: OpenRelease) -> None:
    query = f"CONSTRUCT {{ ?g <{RDFS}label> ?l }} {{ ?g <{ANLO}size> ?n ; <{RDFS}label> ?l }}"
    found, wanted = (
        sorted(str(quad) for quad in pyoxigraph.parse(answer, forms.GRAPH_FORMATS[form]))
        for answer in (ask(engine, query, form), embedded(opened.engine, query, form))
    )
    assert found == wanted
    assert found


def test_a_graph_comes_as_rows(engine: RemoteEngine, opened: OpenRelease) -> None:
    query = f"CONSTRUCT {{ ?s <{RDFS}label> ?l }} {{ ?s a <{ANLO}Study> ; <{RDFS}label> ?l }}"
    lines = ask(engine, query, "rows").splitlines()
    assert sorted(lines) == sorted(embedded(opened.engine, query, "rows").splitlines())
    assert json.loads(lines[0]) == ["subject", "predicate", "object"]


def test_blank_nodes_come_through(engine: RemoteEngine) -> None:
    query = (
        "SELECT ?x ?p { ?c <http://www.w3.org/2002/07/owl#equivalentClass> ?x"
        " . ?x <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ?p FILTER(ISBLANK(?x)) } LIMIT 3"
    )
    lines = [json.loads(line) for line in ask(engine, query, "rows").splitlines()]
    assert [line[0][0] for line in lines[1:]] == ["blank"] * 3


def test_the_default_graph_is_the_union_and_the_record_is_hidden(
    engine: RemoteEngine, opened: OpenRelease
) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    names = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY STR(?g)"
    sizes = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY STR(?g)"
    for query in (count, names, sizes):
        assert table(ask(engine, query)) == table(embedded(opened.engine, query))


def test_a_dataset_of_the_request_or_of_the_query_takes_its_place(
    engine: RemoteEngine, release: Release
) -> None:
    first = release.manifest.graphs[0]
    count = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
    wanted = [[Decimal(first.triples)]]
    asked = ask(engine, count.format(""), default_graphs=(first.name,))
    assert table(asked)[1] == wanted
    assert table(ask(engine, count.format(f"FROM <{first.name}>")))[1] == wanted
    # The word in a string, a comment or a name is no dataset.
    query = f"# FROM <x>\n{count.format('')}".replace("?o", "?o FILTER(?o != 'FROM <x>')")
    assert table(ask(engine, query))[1] != wanted


def test_an_empty_default_graph_leaves_the_named_ones(engine: RemoteEngine, server: Server) -> None:
    if server.user is not None:
        pytest.skip("Virtuoso has no empty default graph: without one it asks all graphs")
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert table(ask(engine, query, default="empty"))[1] == [[Decimal(0)]]
    assert table(ask(engine, f"{query[:-13]}{{ GRAPH ?g {{ ?s ?p ?o }} }}", default="empty"))[1]


@pytest.mark.parametrize(
    "query", ["SELECT * { ?s ?p }", "SELECT *\n{ ?s no-prefix:p ?o }", "nonsense", ""]
)
def test_a_syntax_error_is_told_as_by_the_embedded_engine(
    query: str, engine: RemoteEngine, opened: OpenRelease
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        ask(engine, query)
    with pytest.raises(QuerySyntaxError) as own:
        opened.engine.query(query)
    assert str(caught.value) == str(own.value)
    assert caught.value.line is not None


def test_an_update_is_not_passed_on() -> None:
    with canned(HEAD + b"\r\n" + ROWS) as (address, requests):
        engine = RemoteEngine(RemoteSource(address))
        for update in ("DELETE WHERE { ?s ?p ?o }", "CLEAR ALL # SERVICE", "ASK {} ; DROP ALL"):
            with pytest.raises(QueryError):
                ask(engine, update)
        assert requests == []


def test_a_form_that_does_not_fit_is_refused(engine: RemoteEngine) -> None:
    with pytest.raises(QueryError, match="its forms are: ttl"):
        ask(engine, "CONSTRUCT WHERE { ?s ?p ?o }", "csv")
    with pytest.raises(QueryError, match="its forms are: json"):
        ask(engine, "SELECT * { ?s ?p ?o }", "ttl")


def test_what_the_taker_of_the_answer_raises_comes_through(engine: RemoteEngine) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            if self.tell() > 50_000:
                raise AnswerTooLarge(50_000)
            return super().write(data)

    for query, form in (
        ("SELECT * { ?s ?p ?o } LIMIT 3000", "json"),
        ("SELECT * { ?s ?p ?o } LIMIT 3000", "rows"),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3000", "nt"),
    ):
        with pytest.raises(AnswerTooLarge):
            engine.answer(Request(query, form), Full())


def test_virtuoso_that_cuts_its_answers_is_found_out() -> None:
    with started("virtuoso", ResultSetMaxRows=50) as server:
        engine = RemoteEngine(RemoteSource(server.query))
        few = "{ ?s ?p ?o } LIMIT 49"
        assert len(table(ask(engine, f"SELECT * {few}"))[1]) == 49
        assert ask(engine, f"CONSTRUCT {{ ?s ?p ?o }} {few}", "nt").count(b"\n") <= 49
        for query, form in (
            ("SELECT * { ?s ?p ?o }", "json"),
            ("SELECT * { ?s ?p ?o } ORDER BY ?s", "csv"),
            ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "nt"),
        ):
            with pytest.raises(RemoteError, match="cut its answer at 50 rows"):
                ask(engine, query, form)


def test_virtuoso_that_runs_out_of_time_is_found_out() -> None:
    with started("virtuoso") as server:
        engine = RemoteEngine(RemoteSource(f"{server.query}?timeout=1000"))
        query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f) }"
        with pytest.raises(RemoteError, match="gave a part of the answer"):
            ask(engine, query)


def test_an_endpoint_that_wants_a_password_gets_it() -> None:
    with started("virtuoso") as server:
        address = f"{server.query}-auth"
        query = "ASK { ?s ?p ?o }"
        known = RemoteEngine(RemoteSource(address, user="dba", password="dba"))
        assert ask(known, query, "csv") == b"true\n"
        for source in (RemoteSource(address), RemoteSource(address, user="dba", password="no")):
            with pytest.raises(RemoteError, match="answered 401"):
                ask(RemoteEngine(source), query)


def test_a_service_over_an_endpoint_that_wants_a_token_sends_it(tmp_path: Path) -> None:
    def reply(request: bytes) -> bytes:
        known = b"authorization: bearer open-sesame" in request.lower()
        refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
        return HEAD + b"Connection: close\r\n\r\n" + ROWS if known else refused

    file = tmp_path / "token"
    file.write_text("open-sesame\n")
    query = {"query": "SELECT ?o { ?s ?p ?o }"}
    with canned(reply) as (address, _):
        with served("--engine", address, "--engine-token-file", str(file), workers=1) as service:
            answer = httpx.get(f"{service.address}/sparql", params=query, timeout=60)
            assert answer.json()["results"]["bindings"] == [
                {"o": {"type": "literal", "value": "x"}}
            ]
        with pytest.raises(RemoteError, match="401"):
            ask(RemoteEngine(RemoteSource(address)), "ASK { }")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--engine-user", "me"], "a user needs a password"),
        (["--engine-password-file", "secret"], "needs the name of its user"),
        (["--engine-token-file", "nowhere"], "nowhere cannot be read"),
        (["--engine-token-file", "empty"], "should hold one line"),
    ],
)
def test_access_that_is_not_whole_is_refused(options: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x\n")
    (tmp_path / "empty").write_text("\n")
    command = [sys.executable, "-m", "anlokg", "serve", "--engine", "http://127.0.0.1:9/", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert told in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


# What an endpoint may do wrong, as the bytes it sends; what is said of it then.
NT = b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\n"
TRIPLE = b"<https://example.org/s> <https://example.org/p> <https://example.org/o> .\n"
CHUNK = b"%x\r\n%s\r\n"
WRONG = {
    "a page instead of rows": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome</html>",
        "answered with text/html, not with rows",
    ),
    "no type": (b"HTTP/1.1 200 OK\r\n\r\n" + ROWS, "nothing known"),
    "a page that is said to be rows": (HEAD + b"\r\n<html>", "not answer with what it announced"),
    "a length that is not reached": (HEAD + b"Content-Length: 999\r\n\r\n" + ROWS, "missing"),
    "a body cut within": (HEAD + b"\r\n" + ROWS[:60], "not answer with what it announced"),
    "nothing": (HEAD + b"Content-Length: 0\r\n\r\n", "not answer with what it announced"),
    "an error after the rows": (
        HEAD + b"\r\n" + ROWS[:-4] + b"The SPARQL operation has been cancelled",
        "not answer with what it announced",
    ),
    "chunks without the last one": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK % (len(ROWS), ROWS),
        "broke off",
    ),
    "a broken chunk": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"fff\r\n" + ROWS,
        "broke off",
    ),
    "part of the answer": (
        HEAD.replace(b"200 OK", b"206 Partial Content") + b"\r\n" + ROWS,
        "in part: 206",
    ),
    "a cap": (HEAD + b"X-SPARQL-MaxRows: 10\r\n\r\n" + ROWS, "cut its answer at 10 rows"),
    "an answer at any time": (
        HEAD + b"X-SPARQL-Anytime: timeout=1000\r\n\r\n" + ROWS,
        "gave a part of the answer",
    ),
    "a time limit of Virtuoso": (
        HEAD + b"X-SQL-State: S1TAT\r\n\r\n" + ROWS,
        "gave a part of the answer",
    ),
    "a coding nobody asked for": (
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + ROWS,
        "answers in gzip",
    ),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "cannot be asked"),
    "silence": (b"", "cannot be asked"),
    "another address": (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "sends on to http://127.0.0.1:1/",
    ),
    "an error with a page": (
        b"HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\n\r\n<html><head><title>Too\nmany"
        b"</title></head><body>secret " + b"x" * 9999,
        "answered 503 Too",
    ),
}
WRONG_GRAPH = {
    "lines without an end": (NT + b"\r\n" + TRIPLE, "does not say where its answer ends"),
    "a length that is not reached": (NT + b"Content-Length: 999\r\n\r\n" + TRIPLE, "missing"),
    "chunks without the last one": (
        NT + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK % (len(TRIPLE), TRIPLE),
        "broke off",
    ),
    "rows": (HEAD + b"\r\n" + ROWS, "not with a graph"),
    "text after the triples": (
        NT + b"Content-Length: %d\r\n\r\n%sQuery cancelled" % (len(TRIPLE) + 15, TRIPLE),
        "not answer with what it announced",
    ),
}


@pytest.mark.parametrize(("reply", "said"), WRONG.values(), ids=WRONG)
def test_what_is_not_a_whole_answer_is_an_error(reply: bytes, said: str) -> None:
    with canned(reply) as (address, _), pytest.raises(RemoteError) as caught:
        ask(RemoteEngine(RemoteSource(address)), "SELECT ?o { ?s ?p ?o }")
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("reply", "said"), WRONG_GRAPH.values(), ids=WRONG_GRAPH)
def test_what_is_not_a_whole_graph_is_an_error(reply: bytes, said: str) -> None:
    with canned(reply) as (address, _), pytest.raises(RemoteError, match=re.escape(said)):
        ask(RemoteEngine(RemoteSource(address)), "CONSTRUCT WHERE { ?s ?p ?o }", "nt")


@pytest.mark.parametrize(
    "reply",
    [
        HEAD + b"\r\n" + ROWS,
        HEAD + b"Content-Length: %d\r\n\r\n" % len(ROWS) + ROWS,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK % (len(ROWS), ROWS) + b"0\r\n\r\n",
        HEAD.replace(b"sparql-results+json", b"json; charset=utf-8") + b"\r\n" + ROWS,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+xml\r\n\r\n"
        b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="o"/></head>'
        b'<results><result><binding name="o"><literal>x</literal></binding></result></results>'
        b"</sparql>",
    ],
    ids=["to the end", "with a length", "in chunks", "as plain JSON", "as XML"],
)
def test_a_whole_answer_is_taken(reply: bytes) -> None:
    with canned(reply) as (address, requests):
        answer = ask(RemoteEngine(RemoteSource(address)), "SELECT ?o { ?s ?p ?o }", "csv")
    assert answer == b"o\r\nx\r\n"
    assert b"application/x-www-form-urlencoded" in requests[0]


def test_a_graph_without_an_end_mark_is_taken_where_the_end_is_seen() -> None:
    reply = NT + b"Content-Length: %d\r\n\r\n" % len(TRIPLE) + TRIPLE
    with canned(reply) as (address, _):
        engine = RemoteEngine(RemoteSource(address))
        assert ask(engine, "CONSTRUCT WHERE { ?s ?p ?o }", "nt") == TRIPLE


def test_a_server_that_takes_no_forms_gets_the_query_itself() -> None:
    def reply(request: bytes) -> bytes:
        if b"application/sparql-query" not in request:
            return b"HTTP/1.1 415 Unsupported Media Type\r\nContent-Length: 0\r\n\r\n"
        return HEAD + b"\r\n" + ROWS

    query = "SELECT ?o { ?s ?p ?o }"
    with canned(reply) as (address, requests):
        engine = RemoteEngine(RemoteSource(address, f"{E}g"))
        for _ in range(2):
            assert ask(engine, query, "csv") == b"o\r\nx\r\n"
    assert len(requests) == 3
    assert requests[2].endswith(query.encode())
    assert b"default-graph-uri=https" in requests[2].splitlines()[0]


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX a: <http://x/> # DROP all\nSELECT ?o { ?s a:b ?o }",
        "PREFIX : <http://x/INSERT>\n\nASK { :s :DELETE 'LOAD' }",
        "BASE <http://x/> SELECT * { ?s ?p ?o }",
    ],
)
def test_a_query_is_sent_as_a_query_whatever_words_it_holds(query: str) -> None:
    with canned(HEAD + b"\r\n" + ROWS) as (address, requests):
        ask(RemoteEngine(RemoteSource(address)), query)
    body = requests[0].partition(b"\r\n\r\n")[2].decode()
    assert parse_qs(body) == {"query": [query]}


def test_a_password_is_sent_to_the_endpoint_alone() -> None:
    challenge = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\n'

    def reply(request: bytes) -> bytes:
        if b"Authorization: Basic" not in request:
            return challenge + b"Content-Length: 0\r\n\r\n"
        return b"HTTP/1.1 307 Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % elsewhere

    with canned(HEAD + b"\r\n" + ROWS) as (other, stolen), canned(reply) as (address, _):
        elsewhere = other.encode()
        engine = RemoteEngine(RemoteSource(address, user="me", password="secret"))
        with pytest.raises(RemoteError, match="sends on to"):
            ask(engine, "SELECT ?o { ?s ?p ?o }")
    assert stolen == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://x/", "localhost/sparql", "http://", "http://a b/"]
)
def test_only_http_is_asked(address: str) -> None:
    with pytest.raises(RemoteError, match="is not an http or https address"):
        RemoteEngine(RemoteSource(address))


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(RemoteError) as caught:
        RemoteEngine(RemoteSource("http://me:secret@127.0.0.1/sparql"))
    assert "secret" not in str(caught.value)


def test_nobody_there_is_said() -> None:
    with pytest.raises(RemoteError, match="nothing listens there"):
        ask(RemoteEngine(RemoteSource("http://127.0.0.1:9/sparql")), "ASK {}")


# Refusals of servers, and where they say the error is; the query is right for our own parser.
REFUSALS = {
    "Jena": ('Parse error: Encountered " "}" at line 3, column 9.\nWas expecting', 3, 9),
    "RDF4J": ("MALFORMED QUERY: Lexical error at line 1, column 40.", 1, 40),
    "Oxigraph": ("error at 2:5: expected something", 2, 5),
    "Virtuoso": ("Virtuoso 37000 Error SP030: SPARQL compiler, line 2: syntax error", None, None),
    "problem": ('{"type":"about:blank","detail":"syntax error, line 4, column 7"}', 4, 7),
}


@pytest.mark.parametrize(("words", "line", "column"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_for_syntax_keeps_the_place(
    words: str, line: int | None, column: int | None
) -> None:
    kind = "application/problem+json" if words[0] == "{" else "text/plain"
    reply = f"HTTP/1.1 400 Bad Request\r\nContent-Type: {kind}\r\n\r\n{words}".encode()
    with canned(reply) as (address, _), pytest.raises(QuerySyntaxError) as caught:
        ask(RemoteEngine(RemoteSource(address)), "SELECT ?o { ?s ?p ?o }")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "Was expecting" not in str(caught.value)


def test_another_refusal_is_no_syntax_error() -> None:
    reply = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nSQ156: Internal error"
    with canned(reply) as (address, _), pytest.raises(RemoteError, match="400 SQ156") as caught:
        ask(RemoteEngine(RemoteSource(address)), "SELECT ?o { ?s ?p ?o }")
    assert not isinstance(caught.value, QuerySyntaxError)


def test_a_query_with_service_is_not_run_here_to_explain_a_refusal() -> None:
    refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nsyntax error"
    with canned(HEAD + b"\r\n" + ROWS) as (other, asked), canned(refusal) as (address, _):
        with pytest.raises(QuerySyntaxError):
            ask(RemoteEngine(RemoteSource(address)), f"ASK {{ SERVICE <{other}> {{ ?s ?p ?o }} }}")
        assert asked == []


@pytest.mark.parametrize(
    ("query", "form", "dataset"),
    [
        ("SELECT ?from { ?s ?p ?o }", "SELECT", False),
        ("PREFIX from: <http://x/> select * from <g> {}", "SELECT", True),
        ("PREFIX a:<http://x/CONSTRUCT> ASK { a:from a:SELECT 'FROM' }", "ASK", False),
        ("# CONSTRUCT\nDESCRIBE <http://x/> FROM NAMED <http://g/>", "DESCRIBE", True),
        ('CONSTRUCT { ?s ?p """a "FROM" b""" } WHERE { ?s ?p "\\"FROM" }', "CONSTRUCT", False),
        ("SELECT*FROM<g>{ ?s ?p ?o FILTER(?o<3&&?o>1) }", "SELECT", True),
        ("SELECT * \\u0046ROM <g> {}", "SELECT", True),
        ("PREFIX a.b:<http://x/> PREFIX : <http://y/> BASE <z> ASK {}", "ASK", False),
        ("INSERT { ?s ?p ?o } WHERE { SELECT * { ?s ?p ?o } }", "", False),
        ("SELECT * {} ; DROP ALL", "", False),
        ("SELECT ?load { ?add :clear 'drop'@en-ADD }", "SELECT", False),
        ('DEFINE get:soft "replacing" SELECT * FROM <http://x/> {}', "", True),
        ("", "", False),
    ],
)
def test_words_tell_form_and_dataset(query: str, form: str, dataset: bool) -> None:
    assert Shape.of(query) == Shape(form, dataset)


@pytest.mark.parametrize("piece", ["\\'", "a.", "<", "'", '"', '"""', "a:", "#", "?a", "\\u0041"])
def test_the_words_of_a_long_query_are_found_at_once(piece: str) -> None:
    began = time.process_time()
    assert Shape.of(f"SELECT * {{ ?s ?p 'a{piece * 100_000}").form == "SELECT"
    assert time.process_time() - began < 5


def test_virtuosos_blank_nodes_and_booleans_are_put_right_wherever_it_is_cut() -> None:
    text = (
        b'{"head":{"vars":["a","b","c"]},"results":{"bindings":[{'
        b'"a": { "type": "bnode", "value": "nodeID://b1" },'
        b'"b": { "type": "typed-literal", "datatype":'
        b' "http://www.w3.org/2001/XMLSchema#boolean", "value": "1" },'
        b'"c": { "type": "literal",'
        b' "value": "\\"type\\": \\"bnode\\", \\"value\\": \\"nodeID://b1 }"'
        b"}}]}}"
    )
    wanted = text.replace(b'"nodeID://b1" }', b'"b1" }').replace(b'"1" }', b'"true" }')
    for size in range(1, len(text)):
        pieces = (text[place : place + size] for place in range(0, len(text), size))
        assert b"".join(repaired(pieces, "application/sparql-results+json")) == wanted


def test_spaces_at_the_edges_of_a_literal_survive_xml() -> None:
    literals = [" a ", "\n", "", "a & b ", "\ta<b"]
    cells = "".join(
        f"<result><binding name='o'><literal>{text.replace('&', '&amp;').replace('<', '&lt;')}"
        "</literal></binding></result>"
        for text in literals
    )
    xml = (
        '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="o"/></head>'
        f"<results>{cells}<result><binding name='o'><bnode>nodeID://b1</bnode></binding></result>"
        "</results></sparql>"
    ).encode()
    reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+xml\r\n\r\n" + xml
    with canned(reply) as (address, _):
        answer = ask(RemoteEngine(RemoteSource(address)), "SELECT ?o { ?s ?p ?o }", "rows")
    cells_read = [json.loads(line)[0] for line in answer.splitlines()[1:]]
    assert [cell[1] for cell in cells_read] == [*literals, "b1"]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", "text/plain", ""),
        (b"\n\n first \x1b[31m line\nsecond", "text/plain", "first [31m line"),
        (b'{"exception":"no memory"}', "application/json", "no memory"),
        (b'{"detail":["x"],"message":"y"}', "application/json", "y"),
        (b"{broken", "application/json", "{broken"),
        (b"<!DOCTYPE html><p>page", "text/html", ""),
        (b"<?xml version='1.0'?><TITLE lang='en'>Told</TITLE>", "text/plain", "Told"),
        (b"x" * 1000, "text/plain", "x" * 300 + "…"),
    ],
)
def test_of_an_error_page_a_line_is_told(body: bytes, kind: str, words: str) -> None:
    assert first_words(body, kind) == words


def test_a_worker_that_waits_for_a_silent_endpoint_is_ended_at_the_deadline() -> None:
    """In the processes of the service: what the endpoint does is told, and hurts nobody else."""

    def reply(request: bytes) -> bytes:
        if b"slow" in request:
            time.sleep(2)
        if b"wrong" in request:
            return b"HTTP/1.1 400 Bad Request\r\n\r\nerror at 7:8: not so"
        head = NT if b"part" in request else HEAD
        return head + b"Content-Length: %d\r\n\r\n" % len(ROWS) + ROWS

    async def scenario(address: str) -> None:
        pool = Pool(Limits(workers=1))
        await pool.switch(RemoteSource(address), "remote")
        try:
            with pytest.raises(QueryTimeout):
                await pool.answer(Request("ASK { ?slow ?p ?o }", "json"), 1)
            with pytest.raises(QuerySyntaxError) as caught:
                await pool.answer(Request("ASK { ?wrong ?p ?o }", "json"), 20)
            assert (caught.value.line, caught.value.column) == (7, 8)
            with pytest.raises(RemoteError, match="not with rows"):
                await pool.answer(Request("ASK { ?part ?p ?o }", "json"), 20)
            answer = await pool.answer(Request("SELECT ?o { ?s ?p ?o }", "csv"), 20)
            assert await answer.read() == b"o\r\nx\r\n"
            answer.close()
        finally:
            await pool.close()

    with canned(reply) as (address, _):
        asyncio.run(scenario(address))


def written(query: str, form: str, data: str = "") -> bytes:
    """The answer over some Turtle, in a form."""
    store = pyoxigraph.Store()
    store.load(data, RdfFormat.TURTLE)
    file = io.BytesIO()
    forms.write_results(Engine(store).query(query).results, form, file)
    return file.getvalue()


def test_rows_tell_every_kind_of_term() -> None:
    query = (
        f'SELECT * {{ VALUES (?a ?b ?c ?d ?e ?f) {{ (<{E}s> "x" "ü"@en 1 UNDEF'
        f" <<( <{E}s> <{E}p> 1 )>>) }} BIND(BNODE() AS ?g) }}"
    )
    head, row = map(json.loads, written(query, "rows").splitlines())
    cells = dict(zip(head, row, strict=True))
    assert cells["a"] == ["iri", f"{E}s"]
    assert cells["b"] == ["literal", "x"]
    assert cells["c"] == ["literal", "ü", "@en"]
    assert cells["d"] == ["literal", "1", f"{XSD}integer"]
    assert cells["e"] is None
    assert cells["f"][0] == "triple"
    assert cells["g"][0] == "blank"


def test_a_truth_value_is_one_row() -> None:
    lines = [json.loads(line) for line in written("ASK {}", "rows").splitlines()]
    assert lines == [["boolean"], [["literal", "true", f"{XSD}boolean"]]]
    assert written("ASK { ?s ?p ?o }", "tsv") == b"false\n"


def test_a_property_without_a_name_is_not_written_as_rdf_xml() -> None:
    data = f"<{E}s> <{E}p/1> 1 ."
    query = "CONSTRUCT WHERE { ?s ?p ?o }"
    with pytest.raises(QueryError, match="does not end in a name"):
        written(query, "rdfxml", data)
    assert b"p/1" in written(query, "jsonld", data)
    assert b"<a2 " in written(query, "rdfxml", f"<{E}s> <{E}p/1a2> 1 .")


def test_many_rows_are_written_while_they_come() -> None:
    sizes: list[int] = []

    class Watched(io.BytesIO):
        def write(self, data: Any) -> int:
            sizes.append(len(data))
            return super().write(data)

    values = " ".join(str(number) for number in range(300))
    query = f"SELECT * {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} }}"
    file: BinaryIO = Watched()
    forms.write_results(Engine(pyoxigraph.Store()).query(query).results, "rows", file)
    assert len(sizes) > 10
    assert max(sizes) < 200_000
