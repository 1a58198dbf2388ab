"""SERVICE at the real service: off, or only to where the operator lets it, through the proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph
import pytest

from anlokg.engine import namespace
from anlokg.engine.embedded import Engine
from anlokg.errors import QuerySyntaxError, SettingError
from serving import Served, served

CSV = {"Accept": "text/csv"}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Another endpoint."""
    path = tmp_path_factory.mktemp("other") / "other.nt"
    path.write_text('<https://example.org/a> <https://example.org/name> "Ann" .\n')
    with served("--data", str(path)) as running:
        yield running


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "own.nt"
    path.write_text('<https://example.org/a> <https://example.org/age> "40" .\n')
    return path


@pytest.fixture(scope="module")
def service(own: Path, other: Served) -> Iterator[Served]:
    """A service that may call the other one."""
    try:
        namespace.check()
    except SettingError as reason:
        pytest.skip(f"no network namespaces here: {reason}")
    entry = f"{other.address}/sparql http loopback"
    with served("--data", str(own), service=entry, time_limit_s=5) as running:
        yield running


def ask(service: Served, query: str) -> httpx.Response:
    return httpx.get(f"{service.address}/sparql", params={"query": query}, headers=CSV, timeout=20)


def joined(address: str, silent: str = "") -> str:
    return (
        "PREFIX e: <https://example.org/> SELECT ?age ?name {"
        f" ?s e:age ?age . SERVICE {silent} <{address}/sparql> {{ ?s e:name ?name }} }}"
    )


def test_a_listed_endpoint_is_called(service: Served, other: Served) -> None:
    for _ in range(3):
        response = ask(service, joined(other.address))
        assert (response.status_code, response.text) == (200, "age,name\r\n40,Ann\r\n")
        assert response.headers["cache-control"] == "no-store"


def test_a_prefixed_endpoint_is_called(service: Served, other: Served) -> None:
    query = joined(other.address).replace(f"<{other.address}/sparql>", "o:sparql")
    assert ask(service, f"PREFIX o: <{other.address}/> {query}").text == "age,name\r\n40,Ann\r\n"


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_others_are_refused_by_name(silent: str, service: Served, own: Path) -> None:
    with served("--data", str(own)) as third:
        response = ask(service, joined(third.address, silent))
        assert response.status_code == 403
        assert third.address in response.json()["detail"]
    for address in ("https://example.org", "http://169.254.169.254", service.address):
        assert ask(service, joined(address, silent)).status_code == 403


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_a_variable_endpoint_is_refused(silent: str, service: Served, other: Served) -> None:
    query = (
        f"SELECT * {{ VALUES ?e {{ <{other.address}/sparql> }} SERVICE {silent}?e {{ ?s ?p ?o }} }}"
    )
    assert ask(service, query).status_code == 403


def test_off_means_off(own: Path, other: Served) -> None:
    with served("--data", str(own)) as service:
        for silent in ("", "SILENT"):
            response = ask(service, joined(other.address, silent))
            assert response.status_code == 403
            assert "SERVICE is off" in response.json()["detail"]


def test_the_description_says_what_is_possible(service: Served, own: Path) -> None:
    feature = "http://www.w3.org/ns/sparql-service-description#BasicFederatedQuery"
    turtle = {"Accept": "application/n-triples"}
    assert feature in httpx.get(f"{service.address}/sparql", headers=turtle).text
    with served("--data", str(own)) as without:
        assert feature not in httpx.get(f"{without.address}/sparql", headers=turtle).text


def test_a_syntax_error_behind_a_call_keeps_its_place(service: Served, other: Served) -> None:
    query = f"SELECT * {{ SERVICE <{other.address}/sparql> {{ ?s ?p ?o }} )"
    with pytest.raises(QuerySyntaxError) as expected:
        Engine(pyoxigraph.Store()).query(query)
    body = ask(service, query).json()
    assert (body["line"], body["column"]) == (expected.value.line, expected.value.column)


def test_a_wrong_list_is_told_at_the_start(own: Path) -> None:
    entry = "http://example.org/sparql"
    with (
        pytest.raises(AssertionError, match=r"http://example\.org"),
        served("--data", str(own), service=entry),
    ):
        pass
