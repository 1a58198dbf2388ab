"""Requests nobody would write: made from the interface's own description, and mutated SPARQL."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings

from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources
from serving import Served, served

LIMITS = {
    "query-timeout", "query-memory-limit", "answer-too-large", "queue-full", "query-failed",
    "engine-unavailable",
}  # fmt: skip
"""What a 503 may be: the documented limits, and nothing else."""
EXAMPLES = 6
MUTANTS = 1500
PIECES = (
    "{", "}", "(", ")", "<", ">", '"', "'", "\\", ".", ";", ",", "*", "+", "|", "^", "!", "?", "$",
    "#", "@", ":", "_:", "[]", "\0", "\n", "\r", "\u2028", "\ufeff", "\\u0053", "1e999", "-0",
    "NaN",
    " UNION ", " OPTIONAL ", " FILTER ", " BIND ", " VALUES ", " GRAPH ?g ", " SERVICE <x:y> ",
    " MINUS ", " EXISTS ", " GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT 1 ", " OFFSET -1 ",
    " DISTINCT ", " REDUCED ", " FROM <x:g> ", " BASE <x:> ", " INSERT DATA { } ", "<<( ", " )>>",
    "{| |}", "😀", "​", "\ud7ff", "x" * 3000,
)  # fmt: skip


@pytest.fixture(scope="module")
def service(shelf: Shelf, release: Release) -> Iterator[Served]:
    assert release.folder.is_dir()
    with served(
        releases=shelf.folder, time_limit_s=2, longest_time_limit_s=2, memory_mb=256, answer_mb=20,
        page_time_limit_s=2, admin_token="key", log_requests=False,
    ) as running:  # fmt: skip
        yield running


def judged(response: httpx.Response) -> None:
    """Any answer is fine that says what it is."""
    text = response.text
    assert "Traceback" not in text
    assert "/site-packages/" not in text
    if response.status_code >= 400:
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cache-control"] == "no-store"
        assert response.status_code not in (422, 429)
    if response.status_code >= 500:
        assert response.status_code == 503, text[:500]
        assert response.json()["type"].rpartition("/")[2] in LIMITS, text[:500]


def test_the_interface_keeps_to_its_description(service: Served) -> None:
    schema = schemathesis.openapi.from_url(f"{service.address}/openapi.json")
    count = 0
    with httpx.Client(base_url=service.address, timeout=60) as client:
        for found in schema.get_all_operations():
            operation = found.ok()

            @seed(7)
            @settings(
                max_examples=EXAMPLES, deadline=None, database=None,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy())
            def fuzz(case: schemathesis.Case) -> None:
                sent = case.as_transport_kwargs(base_url=service.address)
                method, url = sent.pop("method"), sent.pop("url")
                kept = {k: sent[k] for k in ("params", "headers", "json", "data") if sent.get(k)}
                try:
                    response = client.request(method, url, **kept)
                except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeEncodeError, ValueError):
                    return  # the client itself does not send this
                judged(response)

            fuzz()
            count += 1
    assert count > 40, "an operation for each shipped query, and the others"


def _mutant(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 2, 10, 100)))
        what = chance.random()
        if what < 0.5:
            text = text[:start] + chance.choice(PIECES) + text[end:]
        elif what < 0.75:
            text = text[:start] + text[end:]
        else:
            text = text[:start] + text[start:end] * chance.randint(2, 5) + text[end:]
    return text


def _children(pid: int) -> int:
    keepers = [
        int(child)
        for file in Path(f"/proc/{pid}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return sum(
        len(file.read_text().split())
        for keeper in keepers
        for file in Path(f"/proc/{keeper}/task").glob("*/children")
    )


@pytest.mark.slow
def test_mutated_queries_get_an_answer_or_a_reason(service: Served, resources: Resources) -> None:
    chance = random.Random(20)
    queries = [path.read_text(encoding="utf-8") for path in resources.queries.glob("*/*.rq")]
    short = [
        "\n".join(line for line in query.splitlines() if not line.startswith("#+"))
        for query in sorted(queries)
    ]
    descriptors = len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))
    seen = set()
    with httpx.Client(base_url=service.address, timeout=60) as client:
        for _ in range(MUTANTS):
            body = _mutant(chance.choice(short), chance).encode("utf-8", "surrogatepass")
            headers = {"Content-Type": "application/sparql-query", "Accept": "*/*"}
            response = client.post("/sparql", content=body, headers=headers)
            judged(response)
            seen.add(response.status_code)
        assert client.get("/health/ready").status_code == 200
    assert {200, 400, 403} <= seen
    deadline = time.monotonic() + 5
    while _children(service.process.pid) != max(8, 4 * (os.cpu_count() or 1)):
        assert time.monotonic() < deadline, "a worker is missing or left behind"
        time.sleep(0.05)
    assert len(list(Path(f"/proc/{service.process.pid}/fd").iterdir())) < descriptors + 15
