"""The load client of the speed measurements: what it sends, and how it finds ends of answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the package

from benchmarks.serving import answers, empty, queries  # noqa: E402
from benchmarks.serving.client import Job  # noqa: E402
from benchmarks.serving.reading import Broken, Reading  # noqa: E402
from benchmarks.serving.samples import load  # noqa: E402
from benchmarks.serving.server import Running  # noqa: E402

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nyo"
CHUNKS = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n10;x=y\r\n0\r\n\r\n0\r\n\r\n012345\r\n0\r\n\r\n"
)
NOTHING = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'


@pytest.mark.parametrize(
    ("answer", "status"), [(LENGTH, 200), (CHUNKS, 200), (NOTHING, 304)], ids=["length", "chunks",
    "304"]
)  # fmt: skip
def test_the_end_of_an_answer_is_found_however_it_arrives(answer: bytes, status: int) -> None:
    for first, second in product(range(1, len(answer)), repeat=2):
        pieces = [answer[:first], answer[first : first + second], answer[first + second :]]
        reading = Reading()
        done = [reading.take(piece) for piece in pieces if piece]
        assert done == [False] * (len(done) - 1) + [True], (first, second)
        assert reading.status == status


def test_an_answer_without_an_end_is_an_error() -> None:
    with pytest.raises(Broken, match="neither its length"):
        Reading().take(b"HTTP/1.1 200 OK\r\n\r\nhello")


@pytest.mark.parametrize("clients", [1, 8])
def test_the_client_measures_an_empty_server(clients: int) -> None:
    with empty.running() as server:
        outcome = load(Job(server.port, [server.request("ASK {}")], clients, 0.1))
    assert not outcome.errors
    assert len(outcome.latencies) >= clients
    assert outcome.received == len(outcome.latencies) * len(empty.ANSWER)
    assert 0 < min(outcome.latencies) <= max(outcome.latencies) <= outcome.seconds


class Recorder(BaseHTTPRequestHandler):
    """Answers everything with the same rows, and keeps what was asked for."""

    protocol_version = "HTTP/1.1"
    rows = b""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.rows)))
        self.end_headers()
        self.wfile.write(self.rows)

    def log_message(self, *told: object) -> None:
        """Says nothing."""


@pytest.fixture
def recorder() -> Iterator[Running]:
    """A server that records."""
    Recorder.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        port = server.server_address[1]
        yield Running("recorder", "", port, "/?query=", process=None)  # type: ignore[arg-type]
        server.shutdown()
        thread.join()


def test_the_client_sends_all_texts_in_turn_and_none_twice(recorder: Running) -> None:
    texts = [recorder.request(text) for text in ("a", "b")]
    load(Job(recorder.port, texts, 1, 0.0, least=4, first=7))
    numbered = ("b%0A%2300000007", "a%0A%2300000008", "b%0A%2300000009", "a%0A%2300000010")
    assert Recorder.asked == [f"/?query={query}" for query in numbered]


def test_the_client_counts_answers_that_it_did_not_expect() -> None:
    with empty.running() as server:
        outcome = load(Job(server.port, [server.request("ASK {}")], 1, 0.0, least=3, status=304))
    assert outcome.errors == {"status 200": 3}


def test_a_request_carries_the_query_with_a_comment_of_its_own() -> None:
    server = Running("any", "1", 80, "/sparql?graph=x&query=", process=None)  # type: ignore[arg-type]
    query = "SELECT (1 AS ?one) {}\n"
    varied = server.request(query, ["Accept: text/csv"])
    request = "00000042".join(varied)
    target = request.split(" ")[1]
    assert parse_qs(urlsplit(target).query)["query"] == [f"{query}\n#00000042"]
    assert "\r\nAccept: text/csv\r\n" in request
    (same,) = server.request(query, varied=False)
    assert parse_qs(urlsplit(same.split(" ")[1]).query)["query"] == [query]


def rows(*values: str) -> bytes:
    bindings = [{"x": {"type": "literal", "value": value}} for value in values]
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": bindings}}).encode()


def test_order_counts_where_a_query_orders(recorder: Running) -> None:
    kind = queries.read(20_000)[0]
    for query, equal in (("SELECT …", True), ("SELECT … ORDER BY ?x", False)):
        Recorder.rows = rows("a", "b")
        first = answers.ask(recorder, kind, query)
        Recorder.rows = rows("b", "a")
        assert first.same(answers.ask(recorder, kind, query)) is equal
