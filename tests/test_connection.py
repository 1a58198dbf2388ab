"""What hostile and broken clients send: every connection is bounded, and the service goes on."""

from __future__ import annotations

import gzip
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from serving import Served, connected, everything, served

PROBLEM = b"application/problem+json"
QUERY = "GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: x\r\n"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "data.nt"
    lines = [f'<https://example.org/s{n}> <https://example.org/p> "{n}" .' for n in range(5000)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[Served]:
    """A service with short patience."""
    with served(
        "--data", str(data), header_time_s=0.5, body_time_s=0.8, idle_time_s=1, stall_time_s=1,
        connections=40, body_bytes=100_000, admin_token="key", time_limit_s=10,
    ) as running:  # fmt: skip
        yield running


@pytest.fixture(autouse=True)
def goes_on(service: Served) -> Iterator[None]:
    """After every test the service answers, and nothing is under way."""
    yield
    deadline = time.monotonic() + 3
    while True:
        response = httpx.get(f"{service.address}/sparql", params={"query": "ASK {}"})
        assert response.json()["boolean"] is True
        if not running(service):
            return
        assert time.monotonic() < deadline, "a query is still under way"
        time.sleep(0.05)


def running(service: Served) -> list[dict[str, object]]:
    headers = {"Authorization": "Bearer key"}
    found = httpx.get(f"{service.address}/admin/running", headers=headers).json()
    return list(found["running"])


def status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def test_headers_that_never_end_are_ended(service: Served) -> None:
    with connected(service.port) as slow:
        began = time.monotonic()
        slow.sendall(QUERY.encode())
        answer = everything(slow)
        assert 0.4 < time.monotonic() - began < 2
    assert status(answer) == 408
    assert PROBLEM in answer


def test_headers_that_drip_are_ended_all_the_same(service: Served) -> None:
    with connected(service.port) as slow:
        began = time.monotonic()
        slow.sendall(QUERY.encode())
        with pytest.raises(ConnectionError):
            for _ in range(100):
                slow.sendall(b"X-A: b\r\n")
                time.sleep(0.05)
        assert time.monotonic() - began < 2


def test_a_connection_that_says_nothing_is_closed(service: Served) -> None:
    with connected(service.port) as silent:
        began = time.monotonic()
        everything(silent)
        assert time.monotonic() - began < 2


def test_a_connection_that_waits_too_long_for_its_next_request_is_closed(service: Served) -> None:
    with connected(service.port) as idle:
        idle.sendall(f"{QUERY}\r\n".encode())
        began = time.monotonic()
        assert status(everything(idle)) == 200
        assert time.monotonic() - began < 3


def test_a_body_that_never_ends_is_ended(service: Served) -> None:
    with connected(service.port) as slow:
        slow.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 1000\r\n\r\nASK"
        )
        began = time.monotonic()
        assert status(everything(slow)) == 408
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("GET /sparql?query=" + "x" * 70_000 + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (QUERY + "X-Big: " + "x" * 70_000 + "\r\n\r\n", 431),
        (QUERY + "".join(f"X-{n}: y\r\n" for n in range(300)) + "\r\n", 431),
        ("this is no HTTP\r\n\r\n", 400),
        ("GET /sparql HTTP/9.9\r\n\r\n", 400),
        (QUERY + "Content-Length: x\r\n\r\n", 400),
        (QUERY + "Content-Length: -1\r\n\r\n", 400),
        ("POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
         "Content-Type: application/sparql-query\r\n\r\nzzz\r\n", 400),
        ("POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"
         "Content-Type: application/sparql-query\r\n\r\n0\r\n\r\n", 400),
        ("\x16\x03\x01\x02\x00\x01", 400),
    ],
    ids=["address", "header", "headers", "words", "version", "length", "minus", "chunk",
         "smuggled", "tls"],
)  # fmt: skip
def test_what_no_client_should_send_is_answered_and_closed(
    request_text: str, expected: int, service: Served
) -> None:
    with connected(service.port) as connection:
        connection.sendall(request_text.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = everything(connection)
    assert status(answer) == expected
    assert PROBLEM in answer


def test_a_large_body_is_refused_before_it_has_come(service: Served) -> None:
    memory = resident(service)
    with connected(service.port) as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 100000000\r\n\r\n"
        )
        block, sent = b"x" * 65_536, 0
        try:
            while sent < 100_000_000:
                sent += connection.send(block)
        except OSError:
            pass
        answer = connection.recv(65_536) if sent < 100_000_000 else everything(connection)
    assert answer == b"" or status(answer) == 413
    assert resident(service) - memory < 20_000_000


def test_a_body_of_no_stated_length_is_bounded_too(service: Served) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * 50_000

    headers = {"Content-Type": "application/sparql-query"}
    response = httpx.post(f"{service.address}/sparql", content=chunks(), headers=headers)
    assert response.status_code == 413


@pytest.mark.parametrize("megabytes", [1, 200])
def test_a_packed_body_counts_as_what_it_holds(megabytes: int, service: Served) -> None:
    memory = resident(service)
    body = gzip.compress(b"ASK {} #" + b"x" * (megabytes * 1_000_000))
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    response = httpx.post(f"{service.address}/sparql", content=body, headers=headers)
    assert response.status_code == 413
    assert resident(service) - memory < 20_000_000


@pytest.mark.parametrize(
    ("coding", "body", "expected"),
    [
        ("gzip", gzip.compress(b"ASK {}"), 200),
        ("identity", b"ASK {}", 200),
        ("gzip", b"ASK {}", 400),
        ("gzip", gzip.compress(b"ASK {}")[:-9], 400),
        ("br", b"ASK {}", 415),
        ("gzip, gzip", gzip.compress(gzip.compress(b"ASK {}")), 415),
    ],
)
def test_codings_of_the_body(coding: str, body: bytes, expected: int, service: Served) -> None:
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": coding}
    response = httpx.post(f"{service.address}/sparql", content=body, headers=headers)
    assert response.status_code == expected


def test_a_client_that_leaves_ends_its_query(service: Served) -> None:
    for reset in (False, True):
        with connected(service.port) as connection:
            connection.sendall(post(ENDLESS))
            time.sleep(0.4)
            assert len(running(service)) == 1
            if reset:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        deadline = time.monotonic() + 1.0
        while running(service):
            assert time.monotonic() < deadline, "the query goes on for nobody"
            time.sleep(0.02)


def test_a_client_that_only_stops_sending_gets_its_answer(service: Served) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c = ?f && ?c < '2') }"
    with connected(service.port) as half:
        half.sendall(post(query))
        half.shutdown(socket.SHUT_WR)
        answer = everything(half)
    while answer.startswith(b"HTTP/1.1 100"):
        answer = answer.partition(b"\r\n\r\n")[2]
    assert status(answer) == 200
    assert answer.endswith(b"n\r\n1112\r\n")


def test_a_client_that_reads_nothing_holds_no_worker_and_is_let_go(service: Served) -> None:
    many = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 300000"
    with connected(service.port) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(post(many))
        time.sleep(1.5)
        assert running(service) == []
        time.sleep(1.5)
        deadline = time.monotonic() + 3
        while connections(service) > 1:
            assert time.monotonic() < deadline, "the connection is still open"
            time.sleep(0.1)


def test_more_connections_than_allowed_are_told_so(service: Served) -> None:
    with ExitStack() as stack:
        for _ in range(45):
            stack.enter_context(connected(service.port))
        with connected(service.port) as one_more:
            one_more.sendall(f"{QUERY}\r\n".encode())
            answer = everything(one_more)
    assert status(answer) == 503
    assert b"retry-after" in answer.lower()
    time.sleep(0.6)


def test_requests_in_one_go_are_answered_in_order(service: Served) -> None:
    with connected(service.port) as connection:
        first = QUERY + "X-Request-Id: one\r\n\r\n"
        last = QUERY + "X-Request-Id: two\r\nConnection: close\r\n\r\n"
        connection.sendall((first + last).encode())
        answer = everything(connection)
    assert answer.index(b"x-request-id: one") < answer.index(b"x-request-id: two")


def test_many_bad_connections_leave_no_descriptors(service: Served) -> None:
    def descriptors() -> int:
        return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))

    httpx.get(f"{service.address}/health/ready")
    before = descriptors()
    for n in range(100):
        with connected(service.port) as connection:
            connection.sendall(QUERY.encode() if n % 2 else b"\x00\xff" * 10)
    time.sleep(0.7)
    assert descriptors() <= before + 2


def post(query: str) -> bytes:
    head = (
        "POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: text/csv\r\n"
        f"Content-Type: application/sparql-query\r\nContent-Length: {len(query)}\r\n\r\n"
    )
    return (head + query).encode()


def resident(service: Served) -> int:
    fields = Path(f"/proc/{service.process.pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def connections(service: Served) -> int:
    """Established connections of the service's port."""
    port = f":{service.port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)


def test_the_answers_to_broken_requests_say_what_is_wrong(service: Served) -> None:
    with connected(service.port) as connection:
        connection.sendall((QUERY + "X-Big: " + "x" * 70_000 + "\r\n\r\n").encode())
        body = json.loads(everything(connection).partition(b"\r\n\r\n")[2])
    assert body["status"] == 431
    assert body["type"].endswith("/problems/headers")
