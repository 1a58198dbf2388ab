"""The engine behind the service: killable workers that share one store; with real processes."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anlokg.engine.limits import Limits
from anlokg.engine.pool import Pool
from anlokg.engine.request import Reply, Request
from anlokg.engine.source import FilesSource, RemoteSource, Source, StoreSource, from_json, to_json
from anlokg.errors import (
    AnswerTooLarge,
    EngineUnavailable,
    QueryCancelled,
    QueryError,
    QueryMemoryExceeded,
    QuerySyntaxError,
    QueryTimeout,
    QueueFull,
)
from anlokg.release.shelf import Release
from serving import alive

PEOPLE = 400
FRIENDS = (1, 7, 31)
SMALL = "SELECT ?o { <https://example.org/p1> <https://example.org/name> ?o }"
KNOWS = "<https://example.org/knows>"
ENDLESS = {
    "count": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "order": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY DESC(?f) ?a LIMIT 1",
    "path": f"SELECT (COUNT(*) AS ?n) {{ ?a ({KNOWS}|^{KNOWS})* ?b . ?c ({KNOWS}|^{KNOWS})* ?d }}",
    "regex": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    ' FILTER(REGEX(CONCAT(STR(?c), STR(?f), STR(?i)), "x{9}y")) }',
    "group": "SELECT ?f (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } GROUP BY ?f",
    "optional": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c OPTIONAL { ?d ?e ?f } OPTIONAL { ?g ?h ?i } }",
}
FEW = Limits(workers=2, queue=3, memory_mb=256, answer_bytes=5_000_000, service_workers=1)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Some people who know each other, in a file."""
    path = tmp_path_factory.mktemp("people") / "people.nt"
    lines = []
    for n in range(PEOPLE):
        me = f"<https://example.org/p{n}>"
        lines.append(f'{me} <https://example.org/name> "Person {n}" .')
        for step in FRIENDS:
            friend = f"<https://example.org/p{(n + step) % PEOPLE}>"
            lines.append(f"{me} <https://example.org/knows> {friend} .")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return FilesSource((path,))


Scenario = Callable[[Pool], Awaitable[Any]]


def play(source: Source, scenario: Scenario, limits: Limits = FEW) -> Any:
    """Runs a scenario with a pool of its own; afterwards none of its processes is left."""

    async def all_of_it() -> tuple[Any, list[int]]:
        pool = Pool(limits)
        await pool.switch(source, "first")
        try:
            outcome = await asyncio.wait_for(scenario(pool), 60)
            keeper, workers = pool.processes
        finally:
            await pool.close()
        return outcome, [*workers, *([keeper] if keeper else [])]

    outcome, pids = asyncio.run(all_of_it())
    deadline = time.monotonic() + 5
    while any(map(alive, pids)):
        assert time.monotonic() < deadline, "processes are left"
        time.sleep(0.02)
    return outcome


async def ask(
    pool: Pool, query: str, form: str = "json", limit_s: float = 20, **more: Any
) -> bytes:
    reply: Reply = await pool.answer(Request(query, form, **more), limit_s)
    try:
        return await reply.read()
    finally:
        reply.close()


async def small(pool: Pool) -> None:
    found = json.loads(await ask(pool, SMALL))
    assert [row["o"]["value"] for row in found["results"]["bindings"]] == ["Person 1"]


async def failing(pool: Pool, query: str, limit_s: float = 20, form: str = "json") -> QueryError:
    with pytest.raises(QueryError) as caught:
        await ask(pool, query, form, limit_s)
    return caught.value


# Answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_an_answer_comes_in_the_form_that_was_asked_for(form: str, people: Source) -> None:
    def scenario(pool: Pool) -> Awaitable[bytes]:
        return ask(pool, SMALL, form)

    assert b"Person 1" in play(people, scenario)


def test_a_large_answer_is_spooled_and_whole(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        reply = await pool.answer(Request("SELECT * { ?a ?b ?c }", "csv"), 20)
        assert reply.body is None
        text = (await reply.read()).decode()
        assert len(text) == reply.size
        assert len(list(csv.reader(io.StringIO(text)))) == 1 + PEOPLE * (1 + len(FRIENDS))
        with reply.file() as file:
            assert file.read().decode() == text
        reply.close()
        await small(pool)

    play(people, scenario, Limits(workers=1, inline_bytes=1000))


@pytest.mark.parametrize("size", [0, 1, 64, 100_000_000])
def test_the_place_where_memory_ends_and_the_file_begins_does_not_matter(
    size: int, people: Source
) -> None:
    def scenario(pool: Pool) -> Awaitable[bytes]:
        return ask(pool, "SELECT ?c { ?a ?b ?c } ORDER BY ?c", "tsv")

    whole = play(people, scenario, Limits(workers=1))
    assert play(people, scenario, Limits(workers=1, inline_bytes=size)) == whole


def test_a_syntax_error_keeps_its_place_and_the_worker_lives(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        await small(pool)
        before = set(pool.processes[1])
        error = await failing(pool, "SELECT *\nWHERE )")
        assert isinstance(error, QuerySyntaxError)
        assert (error.line, error.column) == (2, 7)
        await small(pool)
        assert before <= set(pool.processes[1])

    play(people, scenario)


def test_datasets_and_default_graphs(tmp_path: Path) -> None:
    path = tmp_path / "data.nq"
    path.write_text("<x:s> <x:p> 1 .\n<x:s> <x:p> 2 <x:g> .\n<x:s> <x:p> 2 <x:h> .\n".replace(
        " 1 ", ' "1" ').replace(" 2 ", ' "2" '))  # fmt: skip
    query = "SELECT ?o { ?s ?p ?o } ORDER BY ?o"

    async def scenario(pool: Pool) -> None:
        async def values(query: str = query, **more: Any) -> list[str]:
            return (await ask(pool, query, "csv", **more)).decode().split()[1:]

        assert await values() == ["1"]
        assert await values(default="union") == ["1", "2", "2"]
        assert await values(default="empty") == []
        assert await values("SELECT ?o { GRAPH ?g { ?s ?p ?o } }", default="empty") == ["2", "2"]
        assert await values(default_graphs=("x:g",)) == ["2"]
        assert await values(named_graphs=("x:g",)) == []
        assert await values("SELECT ?o FROM <x:h> { ?s ?p ?o }") == ["2"]

    play(FilesSource((path,)), scenario)


# Limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ENDLESS)
def test_every_runaway_ends_at_its_limit(kind: str, people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        began = time.monotonic()
        error = await failing(pool, ENDLESS[kind], 1.0)
        assert isinstance(error, QueryTimeout)
        assert time.monotonic() - began < 2.0
        assert error.limit_s == 1.0
        await small(pool)

    play(people, scenario, Limits(workers=2, memory_mb=4096))


def test_a_query_that_needs_too_much_memory_ends_alone(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        bomb = asyncio.ensure_future(failing(pool, ENDLESS["order"]))
        await asyncio.gather(*(small(pool) for _ in range(3)))
        error = await bomb
        assert isinstance(error, QueryMemoryExceeded)
        assert error.limit_mb == 48
        for _ in range(50):
            await asyncio.gather(small(pool), small(pool))

    play(people, scenario, Limits(workers=2, memory_mb=48))


def test_an_answer_that_is_too_large_is_an_error_never_a_part(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        error = await failing(pool, "SELECT * { ?a ?b ?c . ?d ?e ?f }", form="csv")
        assert isinstance(error, AnswerTooLarge)
        assert error.limit_bytes == 100_000
        await small(pool)

    play(people, scenario, Limits(workers=1, answer_bytes=100_000, inline_bytes=1000))


def test_what_does_not_fit_into_the_queue_is_told_to_come_again(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        await asyncio.gather(small(pool), small(pool))
        busy = [
            asyncio.ensure_future(failing(pool, ENDLESS["count"] + f"#{n}", 1)) for n in range(5)
        ]
        await asyncio.sleep(0.05)
        with pytest.raises(QueueFull) as caught:
            await ask(pool, SMALL)
        assert caught.value.retry_after_s >= 1
        assert {type(error) for error in await asyncio.gather(*busy)} == {QueryTimeout}
        await small(pool)

    play(people, scenario)


def test_the_time_limit_counts_the_time_in_the_queue(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        busy = [
            asyncio.ensure_future(failing(pool, ENDLESS["count"] + f"#{n}", 3)) for n in range(3)
        ]
        await asyncio.sleep(0.4)
        known = ENDLESS["count"] + "#0"  # heavy, and no place for heavy ones is free
        began = time.monotonic()
        assert isinstance(await failing(pool, known, 0.5), QueryTimeout)
        assert time.monotonic() - began < 1.0
        await asyncio.gather(*busy)

    play(people, scenario)


def test_heavy_queries_leave_room_for_quick_ones(people: Source) -> None:
    async def scenario(pool: Pool) -> int:
        heavy = [
            asyncio.ensure_future(failing(pool, ENDLESS["count"] + f"#{n}", 4)) for n in range(6)
        ]
        await asyncio.sleep(1.5)
        answered = 0
        while not any(task.done() for task in heavy):
            await small(pool)
            answered += 1
        assert {type(error) for error in await asyncio.gather(*heavy)} == {QueryTimeout}
        return answered

    # Bounded from below by far less than it is: several hundred.
    assert play(people, scenario, Limits(workers=4, queue=10)) > 20


def test_a_query_that_turned_out_quick_is_not_heavy_for_ever(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c = ?f) }"
        for _ in range(3):
            await ask(pool, slow)
        assert pool.counts["heavy"] <= 3

    play(people, scenario, Limits(workers=2, heavy_after_ms=20))


def test_a_query_that_waits_for_its_turn_at_the_processor_is_not_heavy(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        task = asyncio.ensure_future(failing(pool, ENDLESS["count"], 2))
        await asyncio.sleep(0.1)
        (pid,) = pool.processes[1]
        # Stopped, it uses no time; a crowd of others would do the same to it.
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.6)
        assert pool.counts["heavy"] == 0
        await asyncio.sleep(0.8)
        assert pool.counts["heavy"] == 1, "but nobody waits for ever"
        assert isinstance(await task, QueryTimeout)

    play(people, scenario, Limits(workers=1, heavy_after_ms=300))


def test_heavy_queries_give_way_only_where_quick_ones_come(people: Source) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c = ?f) }"

    async def scenario(pool: Pool) -> None:
        for _ in range(4):  # known as heavy after the first
            await ask(pool, slow)
        alone = pool.processes[1]
        await ask(pool, slow)
        assert pool.processes[1] == alone, "a worker that disturbs nobody lasts"
        task = asyncio.ensure_future(failing(pool, ENDLESS["count"], 3))
        while not (pool.running() and pool.running()[0].heavy):
            await asyncio.sleep(0.02)
        await small(pool)
        keeper, workers = pool.processes
        own = os.getpriority(os.PRIO_PROCESS, keeper or 0)
        assert sum(os.getpriority(os.PRIO_PROCESS, pid) > own for pid in workers) == 1
        await task

    play(people, scenario, Limits(workers=2, heavy_after_ms=50))


# Those who go away -----------------------------------------------------------------------------


def test_a_query_whose_asker_has_gone_is_killed(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        async def gone() -> None:
            await asyncio.sleep(0.3)

        began = time.monotonic()
        with pytest.raises(QueryCancelled):
            await pool.answer(Request(ENDLESS["count"], "json"), 20, gone)
        assert time.monotonic() - began < 1.3
        assert pool.running() == []
        await small(pool)

    play(people, scenario)


def test_an_operator_sees_and_ends_a_query(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        task = asyncio.ensure_future(failing(pool, ENDLESS["count"]))
        while not (pool.running() and pool.running()[0].heavy):
            await asyncio.sleep(0.05)
        (running,) = pool.running()
        assert (running.query, running.state) == (ENDLESS["count"], "running")
        assert 250 <= running.elapsed_ms < running.limit_ms == 20_000
        assert pool.cancel(running.id)
        assert isinstance(await task, QueryCancelled)
        assert not pool.cancel(running.id)
        await small(pool)

    play(people, scenario)


def test_a_task_that_is_cancelled_leaves_nothing_behind(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        task = asyncio.ensure_future(ask(pool, ENDLESS["count"]))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pool.running() == []
        await asyncio.gather(small(pool), small(pool), small(pool))

    play(people, scenario)


# Deaths ----------------------------------------------------------------------------------------


def test_workers_that_are_killed_cost_no_answer(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        for _ in range(5):
            await small(pool)
            for pid in pool.processes[1]:
                os.kill(pid, signal.SIGKILL)
            await asyncio.gather(small(pool), small(pool), small(pool))

    play(people, scenario)


def test_a_worker_killed_in_the_middle_is_asked_again_once(people: Source) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c = ?f) }"

    async def scenario(pool: Pool) -> None:
        whole = await ask(pool, query)
        task = asyncio.ensure_future(ask(pool, query))
        await asyncio.sleep(0.02)
        for pid in pool.processes[1]:
            os.kill(pid, signal.SIGKILL)
        assert await task == whole

    play(people, scenario, Limits(workers=1, heavy_after_ms=10_000))


def test_workers_go_on_while_their_keeper_is_replaced(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        await small(pool)
        keeper, workers = pool.processes
        assert keeper is not None
        os.kill(keeper, signal.SIGKILL)
        await small(pool)
        assert set(pool.processes[1]) <= set(workers)
        while pool.processes[0] in (None, keeper):
            await small(pool)
            await asyncio.sleep(0.01)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        await asyncio.gather(small(pool), small(pool), small(pool))
        assert pool.counts["keeper_lost"] == 1

    play(people, scenario)


def test_a_switch_drops_no_query(people: Source, tmp_path: Path) -> None:
    path = tmp_path / "new.nt"
    path.write_text('<https://example.org/p1> <https://example.org/name> "New" .\n')

    async def scenario(pool: Pool) -> None:
        slow = asyncio.ensure_future(failing(pool, ENDLESS["count"], 3))
        answers: set[bytes] = set()
        over = asyncio.Event()

        async def asking() -> None:
            while not over.is_set():
                answers.add(await ask(pool, SMALL, "csv"))
                await asyncio.sleep(0)

        askers = [asyncio.ensure_future(asking()) for _ in range(2)]
        await asyncio.sleep(0.5)
        await pool.switch(FilesSource((path,)), "second")
        await asyncio.sleep(0.2)  # those that began before may end with what they began with
        answers.clear()
        await asyncio.sleep(0.3)
        over.set()
        await asyncio.gather(*askers)
        assert answers == {b"o\r\nNew\r\n"}
        reply = await pool.answer(Request(SMALL, "csv"), 5)
        assert reply.label == "second"
        assert isinstance(await slow, QueryTimeout)  # the old one ended where it was

    play(people, scenario, Limits(workers=4))


def test_a_source_that_cannot_be_loaded_leaves_the_old_one(people: Source, tmp_path: Path) -> None:
    bad = tmp_path / "bad.nt"
    bad.write_text("this is no triple\n")

    async def scenario(pool: Pool) -> None:
        for path in (bad, tmp_path / "missing.nt", tmp_path / "thing.docx"):
            with pytest.raises(EngineUnavailable, match=path.name):
                await pool.switch(FilesSource((path,)), "second")
        await small(pool)
        assert pool.label == "first"

    play(people, scenario)


def test_closing_ends_what_is_under_way(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        task = asyncio.ensure_future(failing(pool, ENDLESS["count"]))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await pool.close(0.3)
        assert time.monotonic() - began < 1
        assert isinstance(await task, EngineUnavailable)
        assert isinstance(await failing(pool, SMALL), EngineUnavailable)

    play(people, scenario)


def test_a_query_ends_even_if_the_asking_process_is_killed(people: Source) -> None:
    assert isinstance(people, FilesSource)
    script = f"""
        import asyncio
        from pathlib import Path
        from anlokg.engine.limits import Limits
        from anlokg.engine.pool import Pool
        from anlokg.engine.request import Request
        from anlokg.engine.source import FilesSource

        async def main():
            pool = Pool(Limits(workers=2))
            await pool.switch(FilesSource((Path({str(people.files[0])!r}),)), "x")
            task = asyncio.ensure_future(pool.answer(Request({ENDLESS["count"]!r}, "json"), 1.0))
            await asyncio.sleep(0.3)
            print(*pool.processes[1], pool.processes[0], flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pids = [int(word) for word in process.stdout.readline().split()]
        process.kill()
    assert len(pids) == 3
    deadline = time.monotonic() + 6
    while any(map(alive, pids)):
        assert time.monotonic() < deadline, "a worker outlives its asker"
        time.sleep(0.05)


# Fences ----------------------------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that notes who calls; nobody should."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                calls.append("called")
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/sparql", calls
        stop.set()
        thread.join()


@pytest.mark.parametrize("share", [0.5, 0.0], ids=["memory", "disk"])
def test_no_worker_reaches_the_network(
    share: float, release: Release, listener: tuple[str, list[str]]
) -> None:
    address, calls = listener
    source = StoreSource(release.store, release.manifest.triples)

    async def scenario(pool: Pool) -> None:
        for silent in ("", "SILENT"):
            query = f"SELECT * {{ SERVICE {silent} <{address}> {{ ?s ?p ?o }} }}"
            if silent:
                assert json.loads(await ask(pool, query))["results"]["bindings"] in ([], [{}])
            else:
                assert isinstance(await failing(pool, query), QueryError)
        assert (await ask(pool, "ASK { ?s ?p ?o }")).endswith(b"true}")

    play(source, scenario, Limits(workers=2, memory_share=share))
    assert calls == []


@pytest.mark.parametrize("share", [0.5, 0.0], ids=["memory", "disk"])
def test_memory_and_disk_give_the_same_answers(share: float, release: Release) -> None:
    source = StoreSource(release.store, release.manifest.triples)

    async def scenario(pool: Pool) -> bytes:
        count = await ask(pool, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "csv")
        drugs = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
        return count + await ask(pool, drugs, "csv")

    mine = play(source, scenario, Limits(workers=1, memory_share=share))
    total = sum(graph.triples for graph in release.manifest.graphs)
    parts = [int(line.split(",")[1]) for line in mine.decode().splitlines()[3:]]
    assert sum(parts) == total


def test_deep_nesting_ends_its_worker_alone(people: Source) -> None:
    async def scenario(pool: Pool) -> None:
        deep = "ASK { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }"
        assert isinstance(await failing(pool, deep), QueryError)
        await asyncio.gather(small(pool), small(pool), small(pool))

    play(people, scenario)


@pytest.mark.parametrize(
    "source",
    [
        StoreSource(Path("/a/store"), 7),
        FilesSource((Path("/a.nt"), Path("/b.ttl"))),
        RemoteSource("https://example.org/sparql", "x:g", ("x:a", "x:b"), "me", "secret"),
    ],
    ids=["store", "files", "remote"],
)
def test_a_source_survives_the_way_to_the_keeper(source: Source) -> None:
    assert from_json(json.loads(json.dumps(to_json(source)))) == source
