"""A hundred thousand requests while workers and keepers are killed and the release is switched."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from anlokg.build import BuildOptions, build
from anlokg.engine.embedded import Engine
from anlokg.release.shelf import Shelf
from anlokg.resources import Resources
from serving import Served, alive, served

REQUESTS = int(os.environ.get("SOAK", 100_000))
ASKERS = 4
PREFIX = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
QUERIES = [
    PREFIX + query
    for query in (
        "SELECT (COUNT(*) AS ?n) { ?s a ?c }",
        "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c ORDER BY ?c",
        "SELECT ?s ?l { ?s rdfs:label ?l } ORDER BY ?s ?l LIMIT 20",
        "SELECT DISTINCT ?p { ?s ?p ?o } ORDER BY ?p",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
        "ASK { ?s <https://example.org/p> 'more' }",
        "SELECT ?o { <https://example.org/s> ?p ?o } ORDER BY ?o",
    )
]
QUERIES += [
    f"{PREFIX}SELECT ?s ?l {{ ?s rdfs:label ?l }} ORDER BY ?s ?l LIMIT 3 OFFSET {n}"
    for n in range(40)
]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in file.read_text().split()]
        except OSError:
            continue
    return found


def _measures(pid: int) -> tuple[int, int]:
    """Resident megabytes and open descriptors."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    count = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20, count


class Asker(threading.Thread):
    """Sends requests over one connection and judges every answer."""

    def __init__(self, service: Served, answers: dict[str, set[bytes]], seed: int) -> None:
        super().__init__()
        self.service, self.answers = service, answers
        self.random = random.Random(seed)
        self.seen: Counter[str] = Counter()
        self.longest = 0.0
        self.done = 0

    def run(self) -> None:
        connection, file = self._connect()
        try:
            self._ask(connection, file)
        finally:
            connection.close()
            file.close()

    def _ask(self, connection: socket.socket, file: socket.SocketIO) -> None:
        while self.done < REQUESTS // ASKERS:
            query = self.random.choice(QUERIES)
            fresh = self.random.random() < 0.3
            began = time.monotonic()
            try:
                connection.sendall(self._request(query, fresh))
                status, body = _read(file)
            except OSError as error:
                self.seen[f"broken: {error}"] += 1
                return
            self.longest = max(self.longest, time.monotonic() - began)
            self.done += 1
            if status == 200:
                self.seen["right" if body in self.answers[query] else f"wrong: {query}"] += 1
            else:
                self.seen[f"{status} {body[:260]!r}"] += 1

    def _connect(self) -> tuple[socket.socket, socket.SocketIO]:
        connection = socket.create_connection(("127.0.0.1", self.service.port), timeout=30)
        return connection, connection.makefile("rb")  # type: ignore[return-value]

    def _request(self, query: str, fresh: bool) -> bytes:
        cache = "Cache-Control: no-cache\r\n" if fresh else ""
        head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n"
        return f"{head}{cache}\r\n".encode()


def _read(file: socket.SocketIO) -> tuple[int, bytes]:
    line = file.readline()
    if not line:
        raise OSError("closed")
    status, length = int(line.split()[1]), 0
    while (header := file.readline()) not in (b"\r\n", b""):
        if header.lower().startswith(b"content-length:"):
            length = int(header.split(b":")[1])
    body = file.read(length) if length else b""
    return status, body


def _answers(shelf: Shelf, *releases: str) -> dict[str, set[bytes]]:
    """What each query may answer: with the one release or with the other."""
    engines = [Engine.open(shelf.get(name).store) for name in releases]
    found: dict[str, set[bytes]] = {}
    for query in QUERIES:
        found[query] = {engine.query(query).to_bytes("csv") for engine in engines}
    return found


def _every(seconds: float, act: Callable[[], None], over: threading.Event) -> threading.Thread:
    def run() -> None:
        while not over.wait(seconds):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.slow
def test_nothing_is_wrong_nothing_is_stuck_and_memory_is_flat(
    mini: Resources, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "releases")
    more = tmp_path / "more.nt"
    more.write_text('<https://example.org/s> <https://example.org/p> "more" .\n')
    first = build(mini, shelf, BuildOptions()).release.manifest.id
    second = build(mini, shelf, BuildOptions(with_graphs=(more,))).release.manifest.id
    answers = _answers(shelf, first, second)
    assert len(answers[QUERIES[0]]) + len(answers[QUERIES[-45]]) > 2, "the releases differ"
    shelf.switch(first)
    chance = random.Random(1)
    killed: Counter[str] = Counter()
    with served(releases=shelf.folder, log_requests=False) as service:
        over = threading.Event()
        known: set[int] = set()  # workers whose keeper was killed go on, and are killed too

        def kill() -> None:
            keepers = _children(service.process.pid)
            workers = [pid for keeper in keepers for pid in _children(keeper)]
            if len(workers) > 2:  # while it loads, a keeper has one child, that reads for it
                known.update(workers)
            elif chance.random() < 0.9:
                return
            kind = "keeper" if len(workers) > 2 and chance.random() < 0.03 else "worker"
            pids = keepers if kind == "keeper" else sorted(filter(alive, known))
            if pids:
                killed[kind] += 1
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(pids), signal.SIGKILL)

        askers = [Asker(service, answers, seed) for seed in range(ASKERS)]
        for asker in askers:
            asker.start()
        killing = _every(0.15, kill, over)
        while sum(asker.done for asker in askers) < REQUESTS // 3:
            time.sleep(0.05)
        memory, descriptors = _measures(service.process.pid)
        shelf.switch(second)
        for asker in askers:
            asker.join(300)
        over.set()
        killing.join()
        assert not any(asker.is_alive() for asker in askers), "a request is stuck"
        seen = sum((asker.seen for asker in askers), Counter())
        assert seen["right"] + sum(n for what, n in seen.items() if what != "right") >= REQUESTS
        assert not [what for what in seen if what.startswith(("wrong", "broken"))], seen
        assert seen["right"] >= 0.995 * REQUESTS, seen
        assert max(asker.longest for asker in askers) < 10
        assert killed["keeper"] > 1
        assert killed["worker"] > 50
        time.sleep(1)
        now = _measures(service.process.pid)
        assert now[0] - memory < 40
        assert now[1] - descriptors < 20
        newest = _answers(shelf, second)
        for query in QUERIES[:7]:
            response = httpx.get(
                f"{service.address}/sparql", params={"query": query}, headers={"Accept": "text/csv"}
            )
            assert response.content in newest[query]
