"""Publishing to real servers: what arrives, what a second run does, and what goes wrong."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from anlokg.engine.endpoint import Endpoint
from anlokg.errors import ReleaseError, RemoteError
from anlokg.publish import state, verify
from anlokg.publish.addresses import query_address
from anlokg.publish.graphs import ReleaseGraphs, has_blank_node
from anlokg.publish.run import Outcome, PublishOptions, publish
from anlokg.publish.store import GraphStore
from anlokg.release import quads, writing
from anlokg.release.manifest import Manifest
from anlokg.release.shelf import Release, Shelf
from servers import NO_VIRTUOSO, Passing, Server, canned, has_virtuoso, meddling, oxigraph, virtuoso

BASE = "https://example.org/kg/"
E = "https://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
STARTERS = {"oxigraph": oxigraph, "virtuoso": virtuoso}
EVERYTHING = PublishOptions(sample=None)
SMALL = PublishOptions(chunk_bytes=2000)
# Literals that servers may get wrong: quotes, line ends, other scripts, languages, numbers, dates.
TRICKY = (
    '"plain"', '"a \\"b\\" \\\\ c\\n\\td\\r"', '"日本語 ≥2 é 😀"', '"x"@en', '"x"@de-AT', '""',
    f'"0.7"^^<{XSD}decimal>', f'"-12"^^<{XSD}integer>', f'"true"^^<{XSD}boolean>',
    f'"2019-01-02"^^<{XSD}date>', f'"2019"^^<{XSD}gYear>', '"' + "long " * 2000 + '"',
    '" edges "', '"a_:b _:c"', '"<x> # y"', "<https://example.org/a?b=c&d=%20e>",
)  # fmt: skip


@pytest.fixture(scope="module", params=sorted(STARTERS))
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real server."""
    if request.param == "virtuoso" and not has_virtuoso():
        pytest.skip(NO_VIRTUOSO)
    with STARTERS[request.param]() as server:
        yield server


NUMBERS = itertools.count(1)


@pytest.fixture
def base() -> str:
    """A base that no other test uses, so that tests can share a server."""
    return f"{BASE}{next(NUMBERS)}/"


@pytest.fixture
def server() -> Iterator[Server]:
    """An Oxigraph of the test's own."""
    with oxigraph() as found:
        yield found


def make(folder: Path, base: str, graphs: Mapping[str, str], number: int = 1) -> Release:
    """A release with the graphs ``<base>graph/<name>`` of N-Triples."""
    built = folder / f"built-{number}"
    built.mkdir(parents=True)
    store = Store(str(built / "store"))
    for name, data in graphs.items():
        found = quads.parse(data.encode(), RdfFormat.N_TRIPLES, f"{base}graph/{name}")
        store.bulk_extend(found)
    writing.add_union(store, list(store))
    sha256, entries = quads.write(store, built / "anlokg.nq")
    manifest = Manifest(
        id=f"{number:06d}-{sha256[:12]}",
        created="2026-01-02T03:04:05+00:00",
        base=base,
        version="0.1.0",
        ontology_version="0.1.0",
        inputs_sha256="",
        quads_sha256=sha256,
        graphs=entries,
        inputs={},
        tools={},
        findings={},
        studies=(),
    )
    manifest.write(built)
    del store
    shelf = Shelf(folder)
    return shelf.adopt(built, manifest.id)


def things(count: int, start: int = 0) -> str:
    """Two triples for each of some things, each of about fifty bytes."""
    return "".join(
        f'<{E}s{n}> <{E}p> "number {n}"@en .\n<{E}s{n}> <{E}next> <{E}s{n + 1}> .\n'
        for n in range(start, start + count)
    )


def chain(count: int, start: int = 0) -> str:
    """Blank nodes, each of which leads to the next one and to a number."""
    return "".join(
        f'_:n{n} <{E}to> _:n{n + 1} .\n_:n{n} <{E}number> "{n}"^^<{XSD}integer> .\n'
        for n in range(start, start + count)
    )


def run(
    release: Release,
    server: Server,
    options: PublishOptions = EVERYTHING,
    store: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Publishes to a server, perhaps by another address of its graph store."""
    with closing(GraphStore(store or server.store, server.user, server.password)) as to:
        return publish(release, to, Endpoint(server.query), options, progress)


def count(server: Server, graph: str) -> int:
    return verify.count(Endpoint(server.query), graph)


def counts(server: Server, release: Release) -> dict[str, int]:
    """Sizes of the graphs of a release on a server."""
    return {entry.name: count(server, entry.name) for entry in release.manifest.graphs}


def sizes(release: Release) -> dict[str, int]:
    return {entry.name: entry.triples for entry in release.manifest.graphs}


def triples(server: Server, graph: str) -> set[tuple[str, ...]]:
    """All triples of a graph on a server."""
    rows = Endpoint(server.query).rows(f"SELECT * {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
    return {(row["s"], row["p"], row["o"]) for row in rows}


def update(server: Server, text: str) -> None:
    """Changes what Oxigraph holds, behind our back."""
    address = server.query.replace("/query", "/update")
    headers = {"Content-Type": "application/sparql-update"}
    with urllib.request.urlopen(urllib.request.Request(address, text.encode(), headers)):
        pass


def find(server: Server, base: str) -> state.Publication:
    found = state.find(Endpoint(server.query), base)
    assert found is not None
    return found


def test_a_release_arrives_and_is_left_alone_the_second_time(
    running: Server, base: str, tmp_path: Path
) -> None:
    tricky = "".join(f"<{E}s> <{E}p{i}> {term} .\n" for i, term in enumerate(TRICKY))
    both = things(5)
    release = make(tmp_path, base, {"a/one": tricky + both, "a/two": things(40) + chain(10)})
    first = run(release, running)
    union = f"{base}graph/union/all"
    assert set(first.loaded) == {*sizes(release), union}
    assert first.complete
    assert counts(running, release) == sizes(release)
    assert count(running, union) == sum(sizes(release).values()) - both.count("\n")
    second = run(release, running)
    assert second == Outcome((), second.kept, (), complete=True)
    assert set(second.kept) == set(first.loaded)
    there = find(running, base)
    assert (there.release, there.created) == (release.manifest.id, release.manifest.created)
    assert there.sha256 == release.manifest.quads_sha256
    assert {item.name: item.triples for item in there.graphs} == sizes(release)


def test_blank_nodes_stay_whole_where_a_graph_is_sent_in_parts(
    running: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a/chain": things(200) + chain(60), "a/other": chain(30)})
    parts: list[str] = []
    run(release, running, SMALL, progress=parts.append)
    assert sum("sending part" in part for part in parts) > 10
    assert counts(running, release) == sizes(release)
    steps = f"SELECT ?a {{ GRAPH <{base}graph/a/chain> {{ ?a <{E}to> ?b . ?b <{E}number> ?n }} }}"
    assert len(Endpoint(running.query).rows(steps)) == 59


def test_a_new_release_replaces_what_changed_and_removes_what_is_gone(
    running: Server, base: str, tmp_path: Path
) -> None:
    old = make(tmp_path, base, {"a": things(5), "b": things(5, 10), "c": things(5, 20)})
    new = make(tmp_path, base, {"a": things(5), "b": things(7, 11), "d": things(3, 30)}, 2)
    run(old, running)
    mine = f"{base}graph/of-someone-else"
    with closing(GraphStore(running.store, running.user, running.password)) as store:
        store.replace(mine, things(2).encode())
    outcome = run(new, running)
    union = f"{base}graph/union/all"
    assert set(outcome.loaded) == {f"{base}graph/b", f"{base}graph/d", union}
    assert outcome.kept == (f"{base}graph/a",)
    assert outcome.removed == (f"{base}graph/c",)
    assert counts(running, new) == sizes(new)
    assert count(running, f"{base}graph/c") == 0
    assert count(running, mine) == 4
    assert find(running, base).release == new.manifest.id


def test_only_the_graphs_named_are_loaded(running: Server, base: str, tmp_path: Path) -> None:
    release = make(tmp_path, base, {"a": things(5), "b": things(5, 10)})
    one = run(release, running, PublishOptions(graphs=(f"{base}graph/a",)))
    assert (one.loaded, one.complete) == ((f"{base}graph/a",), False)
    assert count(running, f"{base}graph/b") == 0
    with pytest.raises(RemoteError, match="holds a part of a release"):
        find(running, base).source(running.query)
    run(release, running, PublishOptions(graphs=(f"{base}graph/union/all",)))
    with pytest.raises(RemoteError, match="holds a part of a release"):
        find(running, base).source(running.query)
    rest = run(release, running)
    assert rest.loaded == (f"{base}graph/b",)
    source = find(running, base).source(running.query)
    assert source.default_graph == f"{base}graph/union/all"
    assert source.named_graphs == (f"{base}graph/a", f"{base}graph/b")
    with pytest.raises(ReleaseError, match="no graph x in the release"):
        run(release, running, PublishOptions(graphs=("x",)))


def test_a_dry_run_writes_nothing(server: Server, base: str, tmp_path: Path) -> None:
    release = make(tmp_path, base, {"a": things(5)})
    outcome = run(release, server, PublishOptions(dry_run=True))
    assert len(outcome.loaded) == 2
    assert Endpoint(server.query).rows("SELECT * { GRAPH ?g { ?s ?p ?o } }") == []


def test_what_was_changed_behind_our_back_is_loaded_again(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(5), "b": things(5, 10)})
    run(release, server)
    update(server, f"DELETE WHERE {{ GRAPH <{base}graph/a> {{ <{E}s1> ?p ?o }} }}")
    assert run(release, server).loaded == (f"{base}graph/a",)
    assert counts(server, release) == sizes(release)
    # The same number of other triples is not seen, unless all is loaded again.
    swap = f'DELETE DATA {{ GRAPH <{base}graph/b> {{ <{E}s10> <{E}p> "number 10"@en }} }}'
    update(server, swap)
    update(server, swap.replace("DELETE", "INSERT").replace("number 10", "false"))
    assert run(release, server).loaded == ()
    assert len(run(release, server, PublishOptions(force=True)).loaded) == 3
    assert (f"{E}s10", f"{E}p", "number 10") in triples(server, f"{base}graph/b")


def test_a_record_that_was_lost_makes_everything_load_again(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(5)})
    run(release, server)
    update(server, f"DROP GRAPH <{base}graph/publication/state>")
    assert len(run(release, server).loaded) == 2
    assert run(release, server).loaded == ()


def test_a_record_is_found_without_the_base_if_there_is_one_only(
    server: Server, base: str, tmp_path: Path
) -> None:
    endpoint = Endpoint(server.query)
    assert state.find(endpoint) is None
    assert state.find(endpoint, base) is None
    run(make(tmp_path / "one", base, {"a": things(5)}), server)
    found = state.find(endpoint)
    assert found is not None
    assert found.base == base
    run(make(tmp_path / "two", f"{base}other/", {"a": things(5)}), server)
    with pytest.raises(RemoteError, match="several releases"):
        state.find(endpoint)
    assert state.find(endpoint, base) == found


def command(shelf: Shelf, server: Server, *more: str) -> tuple[list[str], dict[str, str]]:
    """The command line that publishes the current release of a folder."""
    words = [sys.executable, "-m", "anlokg", "publish", "--to", server.store, *more]
    return words, os.environ | {"ANLOKG_RELEASES": str(shelf.folder)}


@contextmanager
def publishing(shelf: Shelf, server: Server, *more: str) -> Iterator[subprocess.Popen[str]]:
    """The command under way; its progress is on standard error."""
    words, environment = command(shelf, server, *more)
    with subprocess.Popen(
        words, env=environment, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def told(shelf: Shelf, server: Server, *more: str) -> subprocess.CompletedProcess[str]:
    words, environment = command(shelf, server, *more)
    return subprocess.run(words, env=environment, text=True, capture_output=True)


def test_a_run_that_is_killed_claims_nothing_and_the_next_one_goes_on(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(
        tmp_path, base, {"a": things(5), "b": things(3000, 100), "c": things(4000, 9000)}
    )
    shelf = Shelf(tmp_path)
    old = make(tmp_path / "old", base, {"a": things(4), "b": things(50), "c": things(50)})
    run(old, server)
    with publishing(shelf, server, "--chunk-mb", "0.02") as process:
        assert process.stderr is not None
        while "sending part 4" not in (line := process.stderr.readline()):
            assert line, "it ended before it was killed"
        process.kill()
        process.wait()
    assert 0 < count(server, f"{base}graph/b") < sizes(release)[f"{base}graph/b"]
    there = find(server, base)
    assert set(there.loaded) == {f"{base}graph/a"}
    assert there.release == ""
    with pytest.raises(RemoteError, match="holds a part of a release"):
        there.source(server.query)
    done = told(shelf, server, "--chunk-mb", "0.02")
    assert done.returncode == 0, done.stderr
    assert "3 graphs loaded, 1 up to date" in done.stdout
    assert counts(server, release) == sizes(release)
    assert run(release, server).loaded == ()


@pytest.mark.slow
def test_runs_that_are_killed_at_any_moment_end_in_the_same_state(
    server: Server, base: str, tmp_path: Path
) -> None:
    graphs = {name: things(400, 1000 * place) + chain(50) for place, name in enumerate("abcdefgh")}
    release = make(tmp_path, base, graphs)
    moments = random.Random(1202)
    began = time.monotonic()
    words = ("--chunk-mb", "0.005")
    assert told(Shelf(tmp_path), server, "--dry-run").returncode == 0
    start = time.monotonic() - began
    for _ in range(12):
        with publishing(Shelf(tmp_path), server, *words) as process:
            time.sleep(start * moments.uniform(0.5, 1.5))
            process.kill()
            process.wait()
        found = state.find(Endpoint(server.query), base)
        for item in found.loaded.values() if found else ():
            assert count(server, item.name) == item.triples, "the record claims what is not there"
    done = told(Shelf(tmp_path), server, *words)
    assert done.returncode == 0, done.stderr
    assert counts(server, release) == sizes(release)
    assert find(server, base).release == release.manifest.id
    assert run(release, server).loaded == ()


def refusing(status: int) -> Callable[[Passing], int]:
    return lambda _: status


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "wants a user"),
        (403, "answered 403"),
        (404, "no graph store at this address"),
        (405, "no graph store at this address"),
        (413, "Send smaller ones with --chunk-mb"),
        (415, "does not take application/n-triples"),
        (500, "answered 500"),
        (507, "answered 507"),
    ],
)
def test_a_refusal_says_what_to_do(
    status: int, said: str, server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(5)})
    with (
        meddling(server.store, refusing(status)) as address,
        pytest.raises(RemoteError, match=said),
    ):
        run(release, server, store=address)


def test_a_server_that_loses_triples_is_found_out(
    server: Server, base: str, tmp_path: Path
) -> None:
    """It says that all is well and drops one part of a graph."""
    release = make(tmp_path, base, {"a": things(100)})

    def lose(request: Passing) -> bytes | int:
        if request.coding:
            return 415
        lost = request.method == "POST" and b"number 50" in request.body
        return 204 if lost else request.body

    with (
        meddling(server.store, lose) as address,
        pytest.raises(RemoteError, match=r"200 triples were sent, \d+ are there. Missing: <"),
    ):
        run(release, server, PublishOptions(chunk_bytes=2000, sample=None), store=address)
    assert find(server, base).loaded == {}
    assert run(release, server).complete


def test_a_server_that_changes_triples_is_found_out(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(100)})

    def change(request: Passing) -> bytes | int:
        if request.coding:
            return 415
        return request.body.replace(b'"number 50"', b'"number fifty"')

    with meddling(server.store, change) as address:
        with pytest.raises(RemoteError, match=r"200 triples were sent, 200 are there\. Missing: "):
            run(release, server, store=address)
        # Who only counts does not see it.
        assert run(release, server, PublishOptions(sample=0), store=address).complete


@pytest.mark.parametrize("answer", [400, 415, 501, 204])
def test_a_server_that_takes_nothing_compressed_gets_it_plain(
    answer: int, server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(100)})
    seen: list[str] = []

    def plain(request: Passing) -> bytes | int:
        seen.append(request.coding)
        return answer if request.coding else request.body

    with meddling(server.store, plain) as address:
        assert run(release, server, store=address).complete
    assert seen.count("gzip") == 1
    assert counts(server, release) == sizes(release)


def test_documents_are_sent_compressed_where_they_are_taken_so(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(100)})
    bodies: list[bytes] = []

    def look(request: Passing) -> bytes:
        assert request.coding == "gzip"
        bodies.append(gzip.decompress(request.body))
        return request.body

    with meddling(server.store, look) as address:
        assert run(release, server, store=address).complete
    assert any(b"number 99" in body for body in bodies)


def test_a_server_with_a_limit_takes_small_parts(server: Server, base: str, tmp_path: Path) -> None:
    release = make(tmp_path, base, {"a": things(300)})

    def limited(request: Passing) -> bytes | int:
        if request.coding:
            return 415
        return 413 if len(request.body) > 5000 else request.body

    with meddling(server.store, limited) as address:
        with pytest.raises(RemoteError, match="--chunk-mb"):
            run(release, server, store=address)
        assert run(release, server, PublishOptions(chunk_bytes=4000), store=address).complete


def test_a_connection_that_breaks_is_tried_again(
    server: Server, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anlokg.publish.store.PAUSE_S", 0.01)
    release = make(tmp_path, base, {"a": things(100)})
    broken: list[str] = []

    def once(request: Passing) -> bytes:
        if len(broken) < 2 and "%2Fa" in request.path:
            broken.append(request.path)
            raise BrokenPipeError("the line is cut")
        return request.body

    with quiet_threads(), meddling(server.store, once) as address:
        assert run(release, server, store=address).complete
    assert len(broken) == 2


@contextmanager
def quiet_threads() -> Iterator[None]:
    """The server thread of a test may fail on purpose."""
    hook, threading.excepthook = threading.excepthook, lambda _: None
    try:
        yield
    finally:
        threading.excepthook = hook


def test_virtuoso_says_who_may_write(base: str, tmp_path: Path) -> None:
    if not has_virtuoso():
        pytest.skip(NO_VIRTUOSO)
    release = make(tmp_path, base, {"a": things(5)})
    with virtuoso() as found:
        nobody = Server(found.query, found.store)
        with pytest.raises(RemoteError, match=r"wants a user: --user and --password-file \(401\)"):
            run(release, nobody)
        with pytest.raises(RemoteError, match=r"refuses this user \(401\)"):
            run(release, Server(found.query, found.store, "dba", "wrong"))
        with pytest.raises(RemoteError, match="answered 403 SPARQL Graph Protocol request failed"):
            run(release, nobody, store=found.store.removesuffix("-auth"))
        with pytest.raises(RemoteError, match="no graph store at this address"):
            run(release, nobody, store=found.store.replace("sparql-graph-crud-auth", "nothing"))


def test_virtuoso_that_takes_two_literals_for_one_is_found_out(base: str, tmp_path: Path) -> None:
    if not has_virtuoso():
        pytest.skip(NO_VIRTUOSO)
    data = "".join(f'<{E}s> <{E}p> "1"^^<{XSD}{kind}> .\n' for kind in ("integer", "decimal"))
    release = make(tmp_path, base, {"a": data + things(3)})
    with virtuoso() as found, pytest.raises(RemoteError, match=r"literals of the same value"):
        run(release, found)


def test_oxigraphs_address_for_queries_is_not_its_graph_store(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(5)})
    with pytest.raises(RemoteError, match="Is it the address for queries"):
        run(release, server, store=server.query)


def test_a_store_and_an_endpoint_of_two_servers_are_found_out(
    server: Server, base: str, tmp_path: Path
) -> None:
    release = make(tmp_path, base, {"a": things(5)})
    with oxigraph() as other, pytest.raises(RemoteError, match="Are the two addresses"):
        run(release, server, store=other.store)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"", "cannot be reached"),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", "sends on to"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "cannot be reached"),
    ],
)
def test_what_is_no_graph_store_is_said(
    reply: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anlokg.publish.store.PAUSE_S", 0.01)
    with (
        canned(reply) as (address, _),
        closing(GraphStore(address)) as store,
        pytest.raises(RemoteError, match=said) as caught,
    ):
        store.replace(f"{E}g", b"")
    assert "HTTPConnectionPool" not in str(caught.value)


def test_nobody_there_is_said() -> None:
    with (
        closing(GraphStore("http://127.0.0.1:9/store")) as store,
        pytest.raises(RemoteError, match="cannot be reached: nothing listens there"),
    ):
        store.replace(f"{E}g", b"")


def test_a_server_that_does_not_answer_is_given_up() -> None:
    def sleep(_: bytes) -> bytes:
        time.sleep(1)
        return b""

    with (
        canned(sleep) as (address, _),
        closing(GraphStore(address, patience_s=0.2)) as store,
        pytest.raises(RemoteError, match="does not answer in time"),
    ):
        store.replace(f"{E}g", b"")


def test_a_token_is_sent() -> None:
    reply = b"HTTP/1.1 204 Done\r\nContent-Length: 0\r\n\r\n"
    with canned(reply) as (address, requests), closing(GraphStore(address, token="t1")) as store:
        store.add(f"{E}g", b"")
    assert b"Authorization: Bearer t1" in requests[0]
    assert requests[0].startswith(b"POST /sparql?graph=https%3A%2F%2Fexample.org%2Fg HTTP")


def test_a_damaged_release_is_not_sent(server: Server, base: str, tmp_path: Path) -> None:
    release = make(tmp_path, base, {"a": things(5), "b": things(50, 100)})
    text = release.quads.read_text(encoding="utf-8")
    release.quads.write_text(text.replace("number 120", "number 12O"), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"is not what its manifest tells of: graph .*/b"):
        run(release, server)
    assert count(server, f"{base}graph/b") == 0


def test_the_first_document_holds_all_blank_nodes(base: str, tmp_path: Path) -> None:
    release = make(tmp_path, base, {"a": things(50) + chain(50)})
    with closing(ReleaseGraphs(release)) as graphs:
        lines = graphs.lines(f"{base}graph/a")
        first, *rest = lines.documents(1000)
        assert len(rest) > 3
        assert not any(has_blank_node(line) for part in rest for line in part.splitlines())
        assert all(len(part) <= 1000 for part in rest)
        everything = sorted(b"".join([first, *rest]).splitlines())
        assert everything == sorted(line.rstrip(b"\n") for line in lines.triples())
        whole = list(lines.documents(10**9))
        assert len(whole) == 1
        sample = lines.sample(10)
        assert 0 < len(sample) <= 10
        store = Store()
        store.bulk_load("".join(f"{item} .\n" for item in sample).encode(), RdfFormat.N_TRIPLES)
        assert len(store) == len(sample)
        assert all(isinstance(quad.subject, NamedNode) for quad in store)


@pytest.mark.parametrize(
    ("store", "query"),
    [
        ("http://h:7878/store", "http://h:7878/query"),
        ("http://h:8890/sparql-graph-crud-auth", "http://h:8890/sparql"),
        ("http://h:8890/sparql-graph-crud?x=1", "http://h:8890/sparql"),
        ("https://h/p/ds/data", "https://h/p/ds/sparql"),
        ("http://h/repositories/x/rdf-graphs/service", "http://h/repositories/x"),
        ("http://h/other", None),
    ],
)
def test_the_address_for_queries_is_known_for_usual_servers(store: str, query: str | None) -> None:
    assert query_address(store) == query


def test_the_command_tells_what_it_did(server: Server, base: str, tmp_path: Path) -> None:
    release = make(tmp_path, base, {"a": things(5)})
    shelf = Shelf(tmp_path)
    dry = told(shelf, server, "--dry-run")
    assert dry.stdout == (
        f"Release {release.manifest.id}: 2 graphs to load, 0 up to date; nothing was written\n"
    )
    done = told(shelf, server)
    assert done.stdout.startswith(f"Release {release.manifest.id} is published: 2 graphs loaded")
    assert server.query in done.stdout
    assert "loading 2 of 2" in done.stderr
    words, environment = command(shelf, server)
    words.insert(words.index("publish"), "--json")
    again: dict[str, Any] = json.loads(
        subprocess.run(words, env=environment, capture_output=True, check=True).stdout
    )
    assert (again["loaded"], len(again["kept"]), again["complete"]) == ([], 2, True)


def test_the_command_fails_in_words(server: Server, base: str, tmp_path: Path) -> None:
    make(tmp_path, base, {"a": things(5)})
    shelf = Shelf(tmp_path)
    empty = tmp_path / "password"
    empty.write_text("\n", encoding="utf-8")
    nobody = Server("", "http://127.0.0.1:9/store")
    strange = Server("", "http://127.0.0.1:9/other")
    for failed, code, words in (
        (told(shelf, nobody), 10, "nothing listens there"),
        (told(shelf, strange), 2, "--query"),
        (told(shelf, server, "--user", "me"), 2, "--password-file"),
        (told(shelf, server, "--user", "me", "--password-file", str(empty)), 11, "one line"),
        (told(shelf, server, "--token-file", str(tmp_path / "none")), 11, "No such file"),
        (told(shelf, server, "--graph", "x"), 9, "there is no graph x"),
        (told(shelf, server, "--release", "x"), 9, "there is no release"),
        (told(shelf, server, "--check", "nothing"), 2, "--check"),
    ):
        assert failed.returncode == code, failed.stderr
        assert words in failed.stderr
        assert "Traceback" not in failed.stderr
