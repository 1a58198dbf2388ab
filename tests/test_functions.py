"""Functions in SPARQL give what the statistics give, or nothing, and never end a query wrongly."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF, RDFS

from anlokg.engine import calls, functions
from anlokg.engine.embedded import Answer, Engine
from anlokg.engine.functions import BY_IRI, FUNCTIONS, NAMESPACE, Function
from anlokg.engine.remote import RemoteEngine
from anlokg.engine.request import Request
from anlokg.engine.source import RemoteSource
from anlokg.errors import QueryError, RemoteError
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release, Shelf
from anlokg.statistics import intervals, ratios, two_by_two
from servers import canned, oxigraph
from serving import Served, served

DOCS = (Path(__file__).parent.parent / "docs" / "functions.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```sparql\n(.*?)```\n\n```csv\n(.*?)```", re.DOTALL)
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
PREFIX = f"PREFIX f: <{NAMESPACE}> "
XSD = "http://www.w3.org/2001/XMLSchema#"
DOUBLE = f"{XSD}double"

EXPECTED: dict[str, Callable[..., float]] = {
    "exactLower": lambda *values: intervals.exact(*values)[0],
    "exactUpper": lambda *values: intervals.exact(*values)[1],
    "wilsonLower": lambda *values: intervals.wilson(*values)[0],
    "wilsonUpper": lambda *values: intervals.wilson(*values)[1],
    "fisherP": two_by_two.fisher,
    "logStandardError": ratios.log_standard_error,
    "waldP": ratios.wald_p,
    "zToP": ratios.z_to_p,
}
a_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """An engine over two numbers."""
    store = Store()
    for number in (1, 2):
        store.add(Quad(NamedNode("x:a"), NamedNode("x:b"), Literal(number)))
    return Engine(store)


@pytest.fixture(scope="module")
def service(shelf: Shelf, release: Release) -> Iterator[Served]:
    """A service over the release of the test run."""
    assert release.folder.is_dir()
    with served(releases=shelf.folder, workers=2) as running:
        yield running


def value(engine: Engine, call: str) -> float | None:
    """What a call gives; ``None`` if it is unbound."""
    ((term,),) = engine.query(f"{PREFIX}SELECT (f:{call} AS ?value) {{}}").rows()
    if term is None:
        return None
    assert isinstance(term, Literal)
    assert term.datatype.value == DOUBLE
    return float(term.value)


def post(service: Served, query: str, **parameters: str) -> httpx.Response:
    data = {"query": query, **parameters}
    return httpx.post(f"{service.address}/sparql", data=data, timeout=60)


def values(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    rows = response.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def samples() -> str:
    """A query with the sample of every function, each as a variable of its name."""
    parts = [
        f"(f:{function.name}({function.sample}) AS ?{function.name})" for function in FUNCTIONS
    ]
    return f"{PREFIX}SELECT {' '.join(parts)} {{}}"


def of_sample(function: Function) -> float:
    numbers = json.loads(f"[{function.sample}]")
    return EXPECTED[function.name](*numbers)


# Values ------------------------------------------------------------------------------------------


def test_every_function_is_tested_here() -> None:
    assert list(EXPECTED) == [function.name for function in FUNCTIONS]
    assert len(BY_IRI) == len(FUNCTIONS)


@a_function
def test_a_sample_has_the_value_of_the_statistics(function: Function, engine: Engine) -> None:
    assert value(engine, f"{function.name}({function.sample})") == of_sample(function)


@settings(deadline=None)
@given(k=st.integers(0, 300), more=st.integers(0, 300), level=st.floats(0.5, 0.999))
def test_intervals_are_those_of_the_statistics(
    engine: Engine, k: int, more: int, level: float
) -> None:
    n = k + more
    for name in ("exactLower", "exactUpper", "wilsonLower", "wilsonUpper"):
        for written in (f"{level!r}e0", f"{level:.12f}"):  # a double, a decimal
            found = value(engine, f"{name}({k}, {n}, {written})")
            expected = EXPECTED[name](k, n, float(written)) if n else None
            assert found == expected


@settings(deadline=None)
@given(numbers=st.tuples(*[st.integers(-1, 40)] * 4))
def test_fishers_p_is_that_of_the_statistics_or_nothing(
    engine: Engine, numbers: tuple[int, int, int, int]
) -> None:
    try:
        expected: float | None = two_by_two.fisher(*numbers)
    except ValueError:
        expected = None
    assert value(engine, f"fisherP{numbers}") == expected


ANYTHING = st.one_of(
    st.integers().map(str),
    st.floats().map(lambda number: f'"{number}"^^<{DOUBLE}>'),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: f'"{number:f}"'),
    st.sampled_from([
        '""', '"5"', '"five"@en', "true", "<x:a>", "?unbound", "1e999", "-1e-999", "9" * 400,
        '"1_0"^^<http://www.w3.org/2001/XMLSchema#integer>', "5.0", "0", "0.95", "95", "1.0",
        '"x"^^<http://www.w3.org/2001/XMLSchema#decimal>', "<<( <x:a> <x:b> 5 )>>", "5e-324",
        '"' + "9" * 5000 + '"^^<http://www.w3.org/2001/XMLSchema#integer>', "1.7e308",
    ]),
)  # fmt: skip


@given(data=st.data(), function=st.sampled_from(FUNCTIONS))
@settings(deadline=None)
def test_whatever_the_arguments_there_is_a_finite_number_or_nothing(
    engine: Engine, data: st.DataObject, function: Function
) -> None:
    count = data.draw(st.integers(function.fewest, len(function.parameters)))
    arguments = [data.draw(ANYTHING) for _ in range(count)]
    found = value(engine, f"{function.name}({', '.join(arguments)})")
    assert found is None or math.isfinite(found)


@pytest.mark.parametrize(
    "call",
    [
        "exactLower(5, 0)", "exactLower(6, 5)", "exactLower(-1, 5)", "exactLower(1, 5, 95)",
        "exactLower(1, 5, 0)", "exactLower(1, 5, 1)", "exactLower(1.0, 5)", 'exactLower("1", 5)',
        "exactLower(1, 5e0)", "exactLower(<x:a>, 5)", "exactLower(true, 5)", "exactLower(?k, 5)",
        "wilsonUpper(1, 5, ?level)", 'wilsonUpper(1, 5, "NaN"^^<' + DOUBLE + ">)",
        "fisherP(0, 0, 1, 1)", "fisherP(1.5, 2, 3, 4)", "fisherP(-1, 2, 3, 4)",
        "logStandardError(0.9, 0.5)", "logStandardError(0, 0.5)", "logStandardError(0.5, 0.5)",
        'waldP("INF"^^<' + DOUBLE + ">, 0.5, 0.9)", "waldP(0, 0.5, 0.9)", "waldP(-1, 0.5, 0.9)",
        'zToP("1.96")', 'zToP("x"@en)', 'zToP("NaN"^^<' + DOUBLE + ">)", "zToP(1/0)",
        f'zToP("1_0"^^<{XSD}integer>)', f'exactLower("1_0"^^<{XSD}integer>, 68)',
        f'zToP("x"^^<{XSD}decimal>)', f'zToP("infinity"^^<{DOUBLE}>)',
    ],
)  # fmt: skip
def test_where_there_is_no_result_nothing_is_bound(call: str, engine: Engine) -> None:
    assert value(engine, call) is None
    kept = f"{PREFIX}SELECT ?n {{ ?s ?p ?n FILTER(f:{call} >= 0 || f:{call} < 0) }}"
    assert list(engine.query(kept).rows()) == []
    assert value(engine, f"zToP(COALESCE(f:{call}, 0))") == 1


def test_types_made_from_integer_and_all_numbers_are_taken(engine: Engine) -> None:
    for kind in ("int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
                 "unsignedInt", "unsignedByte"):  # fmt: skip
        found = value(engine, f'exactLower("5"^^<{XSD}{kind}>, 68)')
        assert found == intervals.exact(5, 68)[0], kind
    for kind in ("integer", "decimal", "float", "double"):
        assert value(engine, f'zToP("2"^^<{XSD}{kind}>)') == ratios.z_to_p(2), kind


def test_values_can_be_grouped_and_ordered_by(engine: Engine) -> None:
    query = f"{PREFIX}SELECT (MAX(f:exactUpper(?n, 5)) AS ?most) {{ ?s ?p ?n }}"
    ((most,),) = engine.query(query).rows()
    assert isinstance(most, Literal)
    assert float(most.value) == intervals.exact(2, 5)[1]
    rows = engine.query(f"{PREFIX}SELECT ?n {{ ?s ?p ?n }} ORDER BY f:zToP(?n)").rows()
    assert [row[0] for row in rows] == [Literal(2), Literal(1)]


# Errors ------------------------------------------------------------------------------------------


@a_function
def test_a_wrong_number_of_arguments_is_an_error_that_says_what_is_right(
    function: Function, engine: Engine
) -> None:
    for arguments in ([], ["1"] * (len(function.parameters) + 1)):
        with pytest.raises(QueryError, match=re.escape(function.signature)):
            value(engine, f"{function.name}({', '.join(arguments)})")


def test_a_function_that_nobody_knows_is_an_error_that_names_it_and_the_others(
    engine: Engine,
) -> None:
    for query in ("SELECT (f:exactlower(1, 2) AS ?p) {}", "ASK { FILTER(<x:zToP>(1) > 0) }"):
        with pytest.raises(QueryError, match=r"there is no function <.*exactUpper"):
            engine.query(PREFIX + query)


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt(), RuntimeError("broken")])
def test_a_failure_is_not_taken_for_a_missing_result(
    error: BaseException, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: float) -> float:
        raise error

    monkeypatch.setattr(calls, "_implementations", lambda: dict.fromkeys(EXPECTED, fail))
    for form, query in [
        ("csv", "SELECT (f:zToP(?n) AS ?x) { ?s ?p ?n }"),
        ("rows", "SELECT (f:zToP(?n) AS ?x) { ?s ?p ?n }"),
        ("nt", "CONSTRUCT { ?s ?p ?x } { ?s ?p ?n BIND(COALESCE(f:zToP(?n), 0) AS ?x) }"),
        ("json", "ASK { ?s ?p ?n FILTER(f:zToP(?n) > 0) }"),
    ]:
        with pytest.raises(type(error)):
            engine.query(PREFIX + query).write(BytesIO(), form)
        if form in ("csv", "nt"):
            with pytest.raises(type(error)):
                list(engine.query(PREFIX + query).rows())
    answer: Answer = engine.query("SELECT ?n { ?s ?p ?n }")
    assert len(list(answer.rows())) == 2


# Which functions a query names -------------------------------------------------------------------

NAMING = [
    f"SELECT (<{NAMESPACE}zToP>(1) AS ?p) {{}}",
    f"PREFIX f: <{NAMESPACE}> SELECT (f:zToP(1) AS ?p) {{}}",
    f"prefix : <{NAMESPACE}>SELECT(:zToP(1)AS?p){{}}",
    f"PREFIX f: <{NAMESPACE}zT> SELECT (f:oP(1) AS ?p) {{}}",
    "PREFIX f: <https://w3id.org/anlokg/> SELECT (f:function\\/zToP(1) AS ?p) {}",
    "PREFIX f: <https://w3id.org/anl> SELECT (f:okg\\/function\\/zToP(1) AS ?p) {}",
    "BASE <https://w3id.org/anlokg/x> SELECT (<function/zToP>(1) AS ?p) {}",
    f"BASE <{NAMESPACE}> SELECT (<zToP>(1) AS ?p) {{}}",
    "BASE <https://w3id.org/anlokg/x> PREFIX f: <function/> SELECT (f:zToP(1) AS ?p) {}",
    "SELECT (<https://w3id.org/anlokg/\\u0066unction/zToP>(1) AS ?p) {}",
    f"PREFIX f: <{NAMESPACE}> # <x>\nSELECT ?p {{ BIND('#' AS ?s) BIND(f:zToP(1) AS ?p) }}",
    f"PREFIX f: <x:> PREFIX f: <{NAMESPACE}> SELECT (f:zToP(1) AS ?p) {{}}",
]  # fmt: skip


@pytest.mark.parametrize("query", NAMING)
def test_a_query_that_calls_a_function_is_seen_to_name_it(query: str, engine: Engine) -> None:
    ((*_, found),) = engine.query(query).rows()
    assert isinstance(found, Literal)
    assert float(found.value) == ratios.z_to_p(1)
    assert functions.may_name(query)
    assert [function.name for function in functions.named(query)] == ["zToP"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        f"SELECT * {{ ?s ?p '<{NAMESPACE}zToP>' }} # <{NAMESPACE}zToP>",
        f"PREFIX f: <{NAMESPACE}> SELECT ('f:zToP(1)' AS ?p) {{}}",
        f"PREFIX f: <{NAMESPACE}> PREFIX g: <x:> SELECT (g:zToP(1) AS ?p) {{}}",
        f"SELECT (<{NAMESPACE}zToPs>(1) AS ?p) {{}}",
    ],
)
def test_what_only_looks_like_a_function_is_none(query: str) -> None:
    assert functions.named(query) == ()


def test_a_query_without_functions_does_not_even_get_to_know_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def table(_: object) -> None:
        raise AssertionError("not needed")

    monkeypatch.setattr(calls, "table", table)
    assert len(list(engine.query("SELECT * { ?s ?p ?o }").rows())) == 2


# The command line --------------------------------------------------------------------------------


def command(release: Release, query: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "anlokg", "query", "-", "--format", "csv"]
    environment = {"ANLOKG_RELEASES": str(release.folder.parent)}
    return subprocess.run(words, input=query, env=environment, capture_output=True, text=True)


def test_the_command_line_knows_the_functions(release: Release) -> None:
    done = command(release, samples())
    assert done.stderr == ""
    names, numbers = (line.split(",") for line in done.stdout.splitlines())
    assert names == list(EXPECTED)
    assert [float(number) for number in numbers] == [of_sample(known) for known in FUNCTIONS]


@pytest.mark.parametrize("call", ["f:zToP(1, 2)", "f:nothing(1)"])
def test_the_command_line_says_what_is_wrong_with_a_call(call: str, release: Release) -> None:
    done = command(release, f"{PREFIX}SELECT ({call} AS ?p) {{}}")
    assert done.returncode == 10
    assert re.match(r"anlokg: (the function is zToP\(z\)|there is no function)", done.stderr)
    assert len(done.stderr.splitlines()) == 1


# Over HTTP ---------------------------------------------------------------------------------------


def test_workers_know_the_functions(service: Served) -> None:
    (row,) = values(post(service, samples()))
    assert {name: float(text) for name, text in row.items()} == {
        function.name: of_sample(function) for function in FUNCTIONS
    }
    nothing = f"{PREFIX}SELECT (f:zToP('x') AS ?p) (f:fisherP(0, 0, 1, 1) AS ?q) {{}}"
    assert values(post(service, nothing)) == [{}]


def test_workers_that_read_from_disk_know_them_too(shelf: Shelf, release: Release) -> None:
    assert release.folder.is_dir()
    with served(releases=shelf.folder, workers=1, memory_share=0) as running:
        assert len(values(post(running, samples()))[0]) == len(FUNCTIONS)


@pytest.mark.parametrize(
    ("call", "words"),
    [("f:zToP(1, 2)", "function is zToP(z)"), ("f:nothing(1)", f"<{NAMESPACE}nothing>")],
)
def test_a_wrong_call_is_a_problem_that_says_so(call: str, words: str, service: Served) -> None:
    response = post(service, f"{PREFIX}SELECT ({call} AS ?p) {{}}")
    assert response.status_code == 400
    assert response.json()["type"].endswith("/query")
    assert words in response.json()["detail"]


def test_limits_of_time_and_memory_hold_for_functions(shelf: Shelf, release: Release) -> None:
    assert release.folder.is_dir()
    call = "f:fisherP(STRLEN(STR(?c)) + 240000, 250000, 249000, 251000)"
    long = f"ASK {{ ?a ?b ?c . ?d ?e ?f FILTER({call} < 0) }}"
    large = "SELECT ?x { ?a ?b ?c . ?d ?e ?f BIND(f:zToP(STRLEN(STR(?c))) AS ?x) } ORDER BY ?x ?a"
    with served(releases=shelf.folder, workers=1, memory_mb=64) as running:
        began = time.monotonic()
        response = post(running, PREFIX + long, timeout="0.7")
        assert response.json()["type"].endswith("/query-timeout")
        assert time.monotonic() - began < 5
        response = post(running, PREFIX + large, timeout="60")
        assert response.json()["type"].endswith("/query-memory-limit")
        assert len(values(post(running, samples()))[0]) == len(FUNCTIONS)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def _libraries(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_keeper_has_one_thread_and_only_workers_know_what_computes(service: Served) -> None:
    post(service, samples())
    (keeper,) = [
        pid
        for pid in _children(service.process.pid)
        if b"anlokg.engine.keeper" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert len(list(Path(f"/proc/{keeper}/task").iterdir())) == 1
    assert "scipy/special" in _libraries(keeper)
    assert "scipy/stats" not in _libraries(keeper)
    web = _libraries(service.process.pid)
    assert not [name for name in ("scipy", "numpy", "pyoxigraph") if f"/{name}" in web]


# Remote engines ----------------------------------------------------------------------------------


def remote(url: str, query: str) -> bytes:
    buffer = BytesIO()
    RemoteEngine(RemoteSource(url)).answer(Request(query, "csv"), buffer)
    return buffer.getvalue()


def test_a_remote_engine_without_the_functions_is_a_problem_that_names_them() -> None:
    with oxigraph() as other, served("--engine", other.query, workers=1) as running:
        for query in NAMING:
            response = post(running, query)
            assert response.status_code == 400, response.text
            detail = response.json()["detail"]
            assert f"<{NAMESPACE}zToP>" in detail
            assert "remote engine" in detail
            assert "exactLower" not in detail
        assert values(post(running, f"SELECT ('<{NAMESPACE}zToP>' AS ?p) {{}}"))
        description = httpx.get(f"{running.address}/sparql").text
        assert "extensionFunction" not in description


def test_a_remote_engine_that_has_the_functions_is_asked(service: Served) -> None:
    header, numbers = remote(f"{service.address}/sparql", samples()).decode().splitlines()
    assert header.split(",") == list(EXPECTED)
    assert float(numbers.split(",")[-1]) == of_sample(FUNCTIONS[-1])
    with served("--engine", f"{service.address}/sparql", workers=1) as running:
        assert values(post(running, samples())) == values(post(service, samples()))


def _answer(status: str, body: bytes) -> bytes:
    kind = b"Content-Type: application/sparql-results+json"
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status.encode(), kind, length, b"", body])


def test_a_remote_engine_that_leaves_values_of_unknown_functions_empty_lacks_them() -> None:
    empty = b'{"head":{"vars":["result"]},"results":{"bindings":[{}]}}'
    with canned(_answer("200 OK", empty)) as (url, requests):
        with pytest.raises(QueryError, match=r"lacks <.*/function/zToP>"):
            remote(url, NAMING[0])
        assert len(requests) == 1  # the query itself is not sent


def test_a_remote_engine_that_is_not_there_is_not_said_to_lack_functions() -> None:
    reply = _answer("503 Service Unavailable", b"")
    with canned(reply) as (url, _), pytest.raises(RemoteError, match="503"):
        remote(url, NAMING[0])


def test_a_remote_engine_is_asked_once_what_it_has(engine: Engine) -> None:
    def reply(request: bytes) -> bytes:
        buffer = BytesIO()
        text = httpx.QueryParams(request.partition(b"\r\n\r\n")[2].decode())["query"]
        engine.query(text).write(buffer, "json")
        return _answer("200 OK", buffer.getvalue())

    with canned(reply) as (url, requests):
        backend = RemoteEngine(RemoteSource(url))
        for _ in range(3):
            backend.answer(Request(NAMING[0], "csv"), BytesIO())
        assert len(requests) == 4


# What is told of them ----------------------------------------------------------------------------


def test_the_service_description_lists_and_describes_all(service: Served) -> None:
    told = Graph().parse(data=httpx.get(f"{service.address}/sparql").content, format="turtle")
    listed = set(told.objects(URIRef(f"{service.address}/sparql"), SD.extensionFunction))
    assert listed == {URIRef(function.iri) for function in FUNCTIONS}
    for function in FUNCTIONS:
        iri = URIRef(function.iri)
        assert (iri, RDF.type, SD.Function) in told
        assert str(told.value(iri, RDFS.label)) == function.title
        assert function.signature in str(told.value(iri, RDFS.comment))


@a_function
def test_every_function_is_documented_with_its_arguments_and_an_example(function: Function) -> None:
    (section,) = [
        part
        for part in re.split(r"^## ", DOCS, flags=re.MULTILINE)
        if function.name in part.splitlines()[0].split(", ")
    ]
    assert f"`{function.signature}`" in section
    assert any(f"function:{function.name}(" in query for query, _ in EXAMPLE.findall(section))


def test_the_arguments_are_documented() -> None:
    for parameter in {parameter for function in FUNCTIONS for parameter in function.parameters}:
        rows = [line for line in DOCS.splitlines() if line.startswith("|")]
        assert any(f"`{parameter.name}`" in row and parameter.type in row for row in rows)


@pytest.mark.parametrize("number", range(len(EXAMPLE.findall(DOCS))))
def test_examples_have_the_answers_that_are_shown(number: int, opened: OpenRelease) -> None:
    query, answer = EXAMPLE.findall(DOCS)[number]
    found = opened.run(query).to_bytes("csv").decode().replace("\r\n", "\n")
    assert found == answer
    assert len(found.splitlines()) > 1


def test_light_words_are_enough_to_tell_of_them() -> None:
    code = (
        "import sys\nfrom anlokg.engine import functions\n"
        "print([name for name in ('numpy', 'scipy', 'pyoxigraph') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
