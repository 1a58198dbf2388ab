"""Syntheses over HTTP, against a real server on a free loopback port."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from anlokg.errors import EngineFailed, QueryTimeout, QueueFull
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Shelf
from anlokg.service import calculation
from anlokg.service.calculation import Calculation
from anlokg.synthesis.jobs import Job
from anlokg.synthesis.request import Request
from serving import Served, alive, served

HYPERTENSION = {"event": "hypertension", "grade": "3"}
RANKING = {"endpoint": "ORR", "rank": "true"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def running(shelf: Shelf, opened: OpenRelease) -> Iterator[Served]:
    """A server over the release of the test run."""
    assert opened.engine
    with served(releases=shelf.folder) as server:
        yield server


@pytest.fixture(scope="module")
def client(running: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.address, timeout=60) as client:
        yield client


def kind(response: httpx.Response) -> str:
    return response.headers["content-type"].partition(";")[0]


def test_the_pooled_hypertension_rate_comes_with_inputs_intervals_and_caveats(
    client: httpx.Client,
) -> None:
    data = client.get("/synthesis", params=HYPERTENSION).raise_for_status().json()
    assert [(one["count"], one["denominator"]) for one in data["inputs"]] == [
        (5, 27), (4, 50), (25, 209), (10, 68)]  # fmt: skip
    pooled = data["pooled"]
    numbers = [pooled["estimate"], pooled["lower"], pooled["upper"]]
    assert numbers == pytest.approx([0.1266225, 0.0858893, 0.1828103], abs=1e-6)
    assert {"ctcae-versions", "grade-bands"} <= {one["code"] for one in data["warnings"]}
    assert all(one["locator"] for one in data["inputs"])
    assert data["software"]["version"]
    assert data["method"]


def test_the_ranking_of_response_rates_comes_with_exact_intervals(client: httpx.Client) -> None:
    data = client.get("/synthesis", params=RANKING).raise_for_status().json()
    assert data["pooled"] is None
    first = data["inputs"][0]
    assert (first["rank"], first["count"], first["denominator"]) == (1, 22, 68)
    assert (first["lower"], first["upper"]) == pytest.approx((0.2150674, 0.4479252), abs=1e-6)
    assert len(data["inputs"]) == 14


def test_the_query_of_an_answer_gives_its_inputs_at_the_endpoint(client: httpx.Client) -> None:
    data = client.get("/synthesis", params=HYPERTENSION).json()
    query = data["queries"][0]["inputs"]
    assert client.get("/synthesis", params={**HYPERTENSION, "format": "rq"}).text == query
    answer = client.get("/sparql", params={"query": query, "format": "csv"}).raise_for_status()
    found = {row["result"] for row in csv.DictReader(io.StringIO(answer.text))}
    assert found == {one["result"] for one in data["inputs"]}


@pytest.mark.parametrize(
    ("form", "media_type", "start"),
    [
        ("json", "application/json", b'{"title"'),
        ("csv", "text/csv", b"row,rank,label"),
        ("html", "text/html", b"<!doctype html>"),
        ("svg", "image/svg+xml", b"<?xml"),
        ("png", "image/png", b"\x89PNG"),
        ("rq", "application/sparql-query", b"#+ title"),
    ],
)
def test_every_form_is_served_by_name_and_by_header(
    client: httpx.Client, form: str, media_type: str, start: bytes
) -> None:
    named = client.get("/synthesis", params={**RANKING, "format": form}).raise_for_status()
    assert kind(named) == media_type
    assert named.content.startswith(start)
    accepted = client.get("/synthesis", params=RANKING, headers={"Accept": media_type})
    assert (kind(accepted), accepted.content) == (media_type, named.content)
    assert named.headers["vary"].startswith("Accept")
    assert f'type="{media_type}"' not in named.headers["link"]
    known = client.get(
        "/synthesis",
        params={**RANKING, "format": form},
        headers={"If-None-Match": named.headers["etag"]},
    )
    assert known.status_code == 304
    head = client.head("/synthesis", params={**RANKING, "format": form})
    assert (head.status_code, kind(head), head.content) == (200, media_type, b"")


def test_a_plot_runs_nothing_and_says_what_it_shows(client: httpx.Client) -> None:
    plot = client.get("/synthesis", params={**HYPERTENSION, "format": "svg"})
    assert plot.headers["content-security-policy"].startswith("default-src 'none'")
    words = " ".join(ElementTree.fromstring(plot.content).itertext())
    assert "25/209" in words
    assert "Prediction interval" in words


def test_a_page_shows_plot_table_and_form(client: httpx.Client) -> None:
    page = client.get("/synthesis", params=HYPERTENSION, headers={"Accept": "text/html"})
    for piece in ("12.7 % (8.6 to 18.3)", 'alt="Plot:', "format=svg", "Caveats", "sts-real-world",
                  'action="/synthesis', "The query that gives these inputs"):  # fmt: skip
        assert piece in page.text, piece
    assert "'unsafe-inline'" in page.headers["content-security-policy"]


def test_a_form_that_is_sent_with_empty_fields_is_understood(client: httpx.Client) -> None:
    sent = {"endpoint": "ORR", "event": "", "grade": "", "measure": "proportion", "condition": "",
            "drug": "", "study": "", "group": "", "subgroup_by": "", "model": "random",
            "level": ""}  # fmt: skip
    page = client.get("/synthesis", params=sent, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "Random effects, k = 5" in page.text


def test_without_a_question_there_is_the_form(client: httpx.Client) -> None:
    page = client.get("/synthesis", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "For example" in page.text
    assert client.get("/synthesis").status_code == 400


@pytest.mark.parametrize(
    ("params", "status", "name", "message"),
    [
        ({"endpoint": "PFS"}, 400, "not-poolable", "a median has no variance"),
        ({"endpoint": "ORR", "drug": "any"}, 400, "not-poolable", "placebo"),
        ({"endpoint": "ORR", "group": ["sts-real-world.all", "sts-real-world.monotherapy"]},
         400, "not-poolable", "are a group and a part of it"),
        ({"endpoint": "nothing"}, 400, "parameter", "nothing of kind endpoint"),
        ({}, 400, "parameter", "give an endpoint"),
        ({"endpoint": "ORR", "level": "95"}, 400, "parameter", "level"),
        ({"endpoint": "ORR", "level": "nan"}, 400, "parameter", "level"),
        ({"event": "hypertension", "grade": "6"}, 400, "parameter", "grade"),
        ({"endpoint": "ORR", "measure": "odds"}, 400, "parameter", "measure"),
        ({"endpoint": "ORR", "colour": "red"}, 400, "parameter", "colour"),
        ({"endpoint": "x" * 301}, 400, "parameter", "300 characters"),
        ({"endpoint": "ORR", "format": "pdf"}, 400, "parameter", "format"),
    ],
)  # fmt: skip
def test_what_is_wrong_or_refused_is_a_problem_document(
    client: httpx.Client, params: dict[str, str | list[str]], status: int, name: str, message: str
) -> None:
    answer = client.get("/synthesis", params=params)
    assert (answer.status_code, kind(answer)) == (status, PROBLEM)
    assert answer.json()["type"].endswith(f"/problems/{name}")
    assert message in json.dumps(answer.json())
    assert answer.headers["cache-control"] == "no-store"


def test_a_browser_sees_the_reason_and_may_insist(client: httpx.Client) -> None:
    params = {"endpoint": "ORR", "drug": "any"}
    page = client.get("/synthesis", params=params, headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert "groups given placebo stand next to treated ones" in page.text
    assert "force=true" in page.text
    medians = client.get("/synthesis", params={"endpoint": "PFS"}, headers={"Accept": "text/html"})
    assert "a median has no variance" in medians.text
    assert "force=true" not in medians.text, "force does not help here"
    forced = client.get("/synthesis", params={**params, "force": "true"})
    assert forced.json()["forced"] is True
    plot = client.get("/synthesis", params={**params, "force": "true", "format": "svg"})
    assert "FORCED" in plot.text


def test_an_unacceptable_type_is_406(client: httpx.Client) -> None:
    answer = client.get("/synthesis", params=RANKING, headers={"Accept": "audio/ogg"})
    assert answer.status_code == 406


def test_text_in_a_name_is_text_in_the_page(client: httpx.Client) -> None:
    page = client.get(
        "/synthesis", params={"endpoint": "<script>alert(1)</script>"},
        headers={"Accept": "text/html"},
    )  # fmt: skip
    assert page.status_code == 400
    assert "<script>" not in page.text


def test_the_interface_describes_its_parameters(client: httpx.Client) -> None:
    told = client.get("/openapi.json").json()["paths"]["/synthesis"]["get"]
    names = {parameter["name"]: parameter for parameter in told["parameters"]}
    assert {"endpoint", "event", "grade", "measure", "model", "level", "rank", "force"} <= set(
        names
    )
    assert names["endpoint"]["schema"]["type"] == "array"
    assert "default" in told["responses"]
    assert "image/svg+xml" in told["responses"]["200"]["content"]


def test_the_web_process_stays_thin(running: Served, client: httpx.Client) -> None:
    client.get("/synthesis", params={**RANKING, "format": "png"}).raise_for_status()
    maps = Path(f"/proc/{running.process.pid}/maps").read_text()
    assert not [name for name in ("numpy", "scipy", "matplotlib") if name in maps]


def workers(server: Served) -> list[int]:
    """Processes that compute for a server."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            command = (path / "cmdline").read_text()
        except (OSError, ValueError):
            continue
        if parent == server.process.pid and calculation.MODULE in command and alive(int(path.name)):
            found.append(int(path.name))
    return found


def test_a_process_that_ends_takes_no_other_answer_with_it(
    running: Served, client: httpx.Client
) -> None:
    client.get("/synthesis", params={**RANKING, "level": "0.9"}).raise_for_status()
    for pid in workers(running):
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while workers(running) and time.monotonic() < until:
        time.sleep(0.02)
    answer = client.get("/synthesis", params={**RANKING, "level": "0.8"})
    assert answer.status_code in (200, 503)
    client.get("/synthesis", params={**RANKING, "level": "0.7"}).raise_for_status()


def test_the_processes_end_with_the_server(shelf: Shelf) -> None:
    with served(releases=shelf.folder) as server:
        httpx.get(f"{server.address}/synthesis", params=RANKING, timeout=60).raise_for_status()
        found = workers(server)
        assert found
        assert server.stop() < 10
        until = time.monotonic() + 10
        while any(map(alive, found)) and time.monotonic() < until:
            time.sleep(0.02)
        assert not any(map(alive, found))


JOB = Job(Request(), (), (), {}, "none", "json")


def put_in_place(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes another program do the computing."""
    (folder / "other_worker.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(calculation, "MODULE", "other_worker")


def test_a_computation_that_hangs_is_ended_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place("import time\ntime.sleep(60)", tmp_path, monkeypatch)

    async def run() -> None:
        await Calculation().done(JOB, 0.5)

    began = time.monotonic()
    with pytest.raises(QueryTimeout):
        asyncio.run(run())
    assert time.monotonic() - began < 10


def test_a_computation_whose_process_ends_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place("raise SystemExit(1)", tmp_path, monkeypatch)

    async def run() -> None:
        await Calculation().done(JOB, 20)

    with pytest.raises(EngineFailed):
        asyncio.run(run())


def test_too_many_computations_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calculation, "MOST_WAITING", 0)

    async def run() -> None:
        await Calculation().done(JOB, 20)

    with pytest.raises(QueueFull):
        asyncio.run(run())
