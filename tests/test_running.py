"""The service as its operators meet it: health, metrics, log, limits, new releases, the end."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from anlokg.build import BuildOptions, build
from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources
from serving import Served, alive, served

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
TOKEN = {"Authorization": "Bearer key"}
MORE = {
    "workers": 4, "admin_token": "key", "time_limit_s": 3, "longest_time_limit_s": 5,
    "memory_mb": 512, "answer_mb": 3, "queue": 6,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(shelf: Shelf, release: Release) -> Path:
    """The releases folder of the test run, with a release in it."""
    assert release.folder.is_dir()
    return shelf.folder


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Served]:
    with served(releases=folder, **MORE) as running:
        yield running


def ask(service: Served, query: str, **parameters: str) -> httpx.Response:
    return httpx.get(f"{service.address}/sparql", params={"query": query, **parameters}, timeout=30)


def entries(service: Served) -> list[dict[str, object]]:
    lines = service.log.read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def metrics(service: Served) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = httpx.get(f"{service.address}/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health_and_version(service: Served, release: Release) -> None:
    assert httpx.get(f"{service.address}/health/live").json() == {"status": "live"}
    ready = httpx.get(f"{service.address}/health/ready").json()
    manifest = release.manifest
    assert ready == {"status": "ready", "release": manifest.id, "triples": manifest.triples}
    version = httpx.get(f"{service.address}/version").json()
    assert version["digest"] == manifest.quads_sha256
    assert version["base"] == "https://w3id.org/anlokg/"


def test_metrics_count_requests_by_place_and_status(service: Served) -> None:
    def count(status: str) -> float:
        key = ("anlokg_requests_total", frozenset({("place", "sparql"), ("status", status)}))
        return metrics(service).get(key, 0.0)

    before = count("200"), count("400")
    ask(service, "ASK {}")
    ask(service, "ASK {}")
    ask(service, "nonsense")
    assert (count("200"), count("400")) == (before[0] + 2, before[1] + 1)
    assert metrics(service)[("anlokg_workers", frozenset())] == 4


def test_metrics_do_not_grow_with_made_up_paths(service: Served) -> None:
    httpx.get(f"{service.address}/metrics")
    httpx.get(f"{service.address}/nowhere/0")
    before = len(metrics(service))
    for n in range(20):
        httpx.get(f"{service.address}/nowhere{n}/x")
    assert len(metrics(service)) == before


def test_the_log_has_one_line_for_each_request_and_no_query(service: Served) -> None:
    response = ask(service, 'ASK { ?s ?p "a secret" }')
    time.sleep(0.1)  # the line is written after the answer is sent
    found = [e for e in entries(service) if e["request"] == response.headers["x-request-id"]]
    (entry,) = found
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/sparql", 200)
    assert isinstance(entry["ms"], float)
    assert "secret" not in service.log.read_text()


def test_a_request_id_that_is_sent_is_kept_if_it_is_harmless(service: Served) -> None:
    def sent(name: str) -> str:
        headers = {"X-Request-Id": name}
        return httpx.get(f"{service.address}/version", headers=headers).headers["x-request-id"]

    assert sent("trace-1.2_3") == "trace-1.2_3"
    for bad in ("", "a b", "x" * 65, '"}\t{'):
        assert sent(bad) != bad


def test_texts_of_queries_are_logged_where_that_is_asked_for(folder: Path) -> None:
    with served(releases=folder, log_queries=True) as service:
        ask(service, "ASK { }")
        time.sleep(0.1)
        assert "ASK" in str(entries(service)[-1]["query"])
    with served(releases=folder, log_requests=False) as service:
        ask(service, "ASK { }")
        assert entries(service) == []


# Limits ----------------------------------------------------------------------------------------


def problem(response: httpx.Response, status: int, name: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["access-control-allow-origin"] == "*"
    body: dict[str, object] = response.json()
    assert body["type"] == f"https://w3id.org/anlokg/problems/{name}"
    assert body["status"] == status
    assert body["instance"] == f"urn:request:{response.headers['x-request-id']}"
    return body


def test_a_time_limit_is_503_of_its_own_type(service: Served) -> None:
    began = time.monotonic()
    response = ask(service, ENDLESS, timeout="1")
    assert time.monotonic() - began < 2
    body = problem(response, 503, "query-timeout")
    assert (body["limit"], body["limit_value_s"]) == ("time", 1.0)
    assert 900 < int(str(body["elapsed_ms"])) < 2000
    assert "retry-after" not in response.headers


@pytest.mark.parametrize(
    ("sent", "effective"), [("2.5", "2500"), ("1000", "5000"), ("", "3000"), ("0.0001", "1")]
)
def test_a_limit_that_is_asked_for_is_clamped_and_told(
    sent: str, effective: str, service: Served
) -> None:
    response = ask(service, f"ASK {{ }} # {sent}", timeout=sent)
    assert response.headers.get("x-query-timeout-ms", effective) == effective


@pytest.mark.parametrize("sent", ["x", "-1", "0", "nan", "inf", "1e99", "1 s"])
def test_a_limit_that_is_no_time_is_refused(sent: str, service: Served) -> None:
    body = problem(ask(service, "ASK {}", timeout=sent), 400, "parameter")
    assert body["parameter"] == "timeout"


def test_a_memory_limit_is_503_of_its_own_type_and_harms_nobody(service: Served) -> None:
    bomb = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a LIMIT 1"
    answers: list[int] = []

    def others() -> None:
        answers.extend(ask(service, f"ASK {{ }} # {n}").status_code for n in range(50))

    threads = [threading.Thread(target=others) for _ in range(2)]
    for thread in threads:
        thread.start()
    body = problem(ask(service, bomb, timeout="5"), 503, "query-memory-limit")
    for thread in threads:
        thread.join()
    assert body["limit_value_mb"] == 512
    assert answers == [200] * 100


def test_an_answer_that_is_too_large_is_503_not_a_part(service: Served) -> None:
    response = ask(service, "SELECT * { ?a ?b ?c . ?d ?e ?f }")
    assert problem(response, 503, "answer-too-large")["limit_value_bytes"] == 3_000_000


def test_a_full_queue_is_503_and_says_when_to_come_again(service: Served) -> None:
    responses: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda n=n: responses.append(ask(service, f"{ENDLESS} # {n}")))
        for n in range(14)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [response.json()["type"].rpartition("/")[2] for response in responses]
    assert set(kinds) == {"query-timeout", "queue-full"}
    full = next(r for r in responses if r.json()["type"].endswith("queue-full"))
    problem(full, 503, "queue-full")
    assert int(full.headers["retry-after"]) >= 1


def test_running_queries_are_listed_and_ended(service: Served) -> None:
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(ask(service, ENDLESS)))
    thread.start()
    time.sleep(0.5)
    url = f"{service.address}/admin/running"
    (query,) = httpx.get(url, headers=TOKEN).json()["running"]
    assert (query["query"], query["state"], query["heavy"]) == (ENDLESS, "running", True)
    assert httpx.delete(f"{url}/{query['id']}", headers=TOKEN).status_code == 204
    thread.join()
    problem(answers[0], 503, "query-cancelled")
    problem(httpx.delete(f"{url}/{query['id']}", headers=TOKEN), 404, "not-found")
    problem(httpx.delete(f"{url}/x", headers=TOKEN), 400, "parameter")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": "key"}])
def test_operators_need_their_token(headers: dict[str, str], service: Served) -> None:
    for method, path in (("GET", "/admin/running"), ("DELETE", "/admin/running/1")):
        response = httpx.request(method, service.address + path, headers=headers)
        problem(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


def test_without_a_token_there_is_no_admin(folder: Path) -> None:
    with served(releases=folder) as service:
        for headers in ({}, {"Authorization": "Bearer"}, TOKEN):
            response = httpx.get(f"{service.address}/admin/running", headers=headers)
            problem(response, 404, "not-found")


# Processes -------------------------------------------------------------------------------------


def family(service: Served) -> list[int]:
    """The processes that the service started, and those that these did."""
    found: list[int] = []
    todo = [service.process.pid]
    while todo:
        children = Path(f"/proc/{todo.pop()}/task").glob("*/children")
        pids = [int(pid) for file in children for pid in file.read_text().split()]
        found += pids
        todo += pids
    return found


def test_the_web_process_never_loads_the_engine(service: Served) -> None:
    ask(service, "ASK {}")
    own = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert "httptools" in own
    assert "pyoxigraph" not in own
    keeper = Path(f"/proc/{family(service)[0]}/maps").read_text()
    assert "pyoxigraph" in keeper


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_is_gone_within_five_seconds_whatever_runs(
    number: signal.Signals, folder: Path
) -> None:
    with served(releases=folder, time_limit_s=60, workers=2) as service:
        answers: list[httpx.Response] = []
        threads = [
            threading.Thread(target=lambda n=n: answers.append(ask(service, f"{ENDLESS}#{n}")))
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        pids = family(service)
        assert len(pids) >= 3
        began = time.monotonic()
        os.kill(service.process.pid, number)
        service.process.wait(10)
        assert time.monotonic() - began < 5
        for thread in threads:
            thread.join()
        for answer in answers:
            problem(answer, 503, "engine-unavailable")
        time.sleep(0.3)
        assert not [pid for pid in pids if alive(pid)]


def test_a_service_that_is_killed_leaves_no_process_for_long(folder: Path) -> None:
    with served(releases=folder, time_limit_s=1) as service:

        def asking() -> None:
            with pytest.raises(httpx.HTTPError):
                ask(service, ENDLESS)

        thread = threading.Thread(target=asking)
        thread.start()
        time.sleep(0.5)
        pids = family(service)
        service.process.kill()
        service.process.wait()
        thread.join()
        deadline = time.monotonic() + 6
        while [pid for pid in pids if alive(pid)]:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.slow
def test_it_goes_over_to_another_release_without_dropping_a_request(
    mini: Resources, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "releases")
    more = tmp_path / "more.nt"
    more.write_text('<https://example.org/s> <https://example.org/p> "more" .\n')
    first = build(mini, shelf, BuildOptions()).release.manifest.id
    second = build(mini, shelf, BuildOptions(with_graphs=(more,))).release.manifest.id
    shelf.switch(first)
    with served(releases=shelf.folder) as service:
        seen: list[tuple[int, str]] = []
        over = threading.Event()

        def asking() -> None:
            with httpx.Client() as client:
                while not over.is_set():
                    response = client.get(
                        f"{service.address}/sparql",
                        params={"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"},
                        headers={"Accept": "text/csv", "Cache-Control": "no-cache"},
                    )
                    seen.append((response.status_code, response.text))

        threads = [threading.Thread(target=asking) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        shelf.switch(second)
        deadline = time.monotonic() + 15
        while httpx.get(f"{service.address}/version").json()["release"] != second:
            assert time.monotonic() < deadline, "the new release is not taken up"
            time.sleep(0.05)
        time.sleep(0.3)
        over.set()
        for thread in threads:
            thread.join()
        assert {status for status, _ in seen} == {200}
        assert len({text for _, text in seen}) == 2
        tag = ask(service, "ASK {}").headers["etag"]
        assert tag.startswith(f'"{shelf.get(second).manifest.quads_sha256[:8]}')


# Starting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["--set", "queue=x", "--set", "nope=1"], "not a whole number", 2),
        (["--data", "missing.nt"], "no such file", 11),
        (["--release", "nope"], "there is no release 'nope'", 9),
    ],
)
def test_a_start_that_cannot_be_says_why(
    arguments: list[str], message: str, code: int, folder: Path, tmp_path: Path
) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "anlokg", "serve", "--port", "0", *arguments]
    environment = os.environ | {"ANLOKG_RELEASES": str(folder)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=tmp_path, timeout=30
    )
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_does_not_parse_is_named(tmp_path: Path) -> None:
    import subprocess
    import sys

    bad = tmp_path / "bad.ttl"
    bad.write_text("<x:s> <x:p>\n")
    command = [sys.executable, "-m", "anlokg", "serve", "--port", "0", "--data", str(bad)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert "bad.ttl: does not parse" in done.stderr
    assert "Traceback" not in done.stderr
