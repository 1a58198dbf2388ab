"""anlokg and the servers that it is measured beside."""

from __future__ import annotations

import http.client
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..environment import OXIGRAPH, RDFLIB_ENDPOINT, Environment, environment, run
from ..measure import ROOT, BenchmarkError
from .server import Missing, Server
from .virtuoso import Virtuoso

WORK = ROOT / "build" / "bench"
ANLOKG, DISK, MEMORY, RDFLIB = "anlokg", "oxigraph-disk", "oxigraph-memory", "rdflib-endpoint"


@dataclass(slots=True)
class Anlokg(Server):
    """The service of this project over the file."""

    name: str = ANLOKG

    def prepare(self) -> str:
        return version("anlokg")

    def command(self) -> list[str | Path]:
        port = str(self.ports[0])
        return [sys.executable, "-m", "anlokg", "serve", "--port", port, "--data", self.data]


@dataclass(slots=True)
class OxigraphDisk(Server):
    """Oxigraph's own server over its store on disk."""

    name: str = DISK
    target = "/query?query="

    def prepare(self) -> str:
        return _oxigraph().version

    def command(self) -> list[str | Path]:
        program, store = _oxigraph().programs / "oxigraph", self.folder / "store"
        load: list[str | Path] = [program, "load", "--location", store, "--file", self.data]
        run(load)
        where = f"127.0.0.1:{self.ports[0]}"
        return [program, "serve-read-only", "--location", store, "--bind", where]


@dataclass(slots=True)
class OxigraphMemory(Server):
    """Oxigraph's own server over a store in memory, which is filled over HTTP."""

    name: str = MEMORY
    target = "/query?query="

    def prepare(self) -> str:
        return _oxigraph().version

    def command(self) -> list[str | Path]:
        return [_oxigraph().programs / "oxigraph", "serve", "--bind", f"127.0.0.1:{self.ports[0]}"]

    def fill(self) -> None:
        headers = {"Content-Type": "application/n-triples"}
        headers["Content-Length"] = str(self.data.stat().st_size)
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0])
        with self.data.open("rb") as file:
            connection.request("POST", "/store?default", body=file, headers=headers)
        answer = connection.getresponse()
        if answer.status >= 300:
            raise BenchmarkError(f"{self.name} does not load: {answer.read()[:200]!r}")
        connection.close()


@dataclass(slots=True)
class RdflibEndpoint(Server):
    """rdflib-endpoint over rdflib's own store in memory; it takes minutes above a million."""

    name: str = RDFLIB
    most_triples: int = 1_100_000
    target = "/?query="

    def prepare(self) -> str:
        return _environment(RDFLIB, RDFLIB_ENDPOINT).version

    def command(self) -> list[str | Path]:
        program = _environment(RDFLIB, RDFLIB_ENDPOINT).programs
        where = ["--host", "127.0.0.1", "--port", str(self.ports[0])]
        return [program / "rdflib-endpoint", "serve", *where, self.data]


def _oxigraph() -> Environment:
    return _environment("oxigraph", OXIGRAPH)


def _environment(name: str, requirement: str) -> Environment:
    try:
        return environment(name, requirement)
    except BenchmarkError as error:
        raise Missing(str(error)) from error


def servers() -> dict[str, Server]:
    """All servers by name, anlokg first."""
    kinds = (Anlokg, OxigraphMemory, OxigraphDisk, Virtuoso, RdflibEndpoint)
    made = [kind(WORK / f"server-{kind.__name__.lower()}") for kind in kinds]
    return {server.name: server for server in made}
