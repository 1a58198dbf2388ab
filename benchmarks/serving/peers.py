"""anlokg and the servers that it is measured beside."""

from __future__ import annotations

import http.client
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..measure import ROOT, BenchmarkError
from .server import Missing, Server
from .virtuoso import Virtuoso

ENVIRONMENTS = ROOT / "build" / "peers"
WORK = ROOT / "build" / "bench"
VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
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
        return oxigraph()[1]

    def command(self) -> list[str | Path]:
        program, store = oxigraph()[0], self.folder / "store"
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
        return oxigraph()[1]

    def command(self) -> list[str | Path]:
        return [oxigraph()[0], "serve", "--bind", f"127.0.0.1:{self.ports[0]}"]

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
        return environment(RDFLIB, "rdflib-endpoint[cli,web]==0.6.3")[1]

    def command(self) -> list[str | Path]:
        program = environment(RDFLIB, "rdflib-endpoint[cli,web]==0.6.3")[0]
        where = ["--host", "127.0.0.1", "--port", str(self.ports[0])]
        return [program / "rdflib-endpoint", "serve", *where, self.data]


def oxigraph() -> tuple[Path, str]:
    """Oxigraph's program, of the version that anlokg uses as a library."""
    programs, number = environment("oxigraph", f"oxigraph=={version('pyoxigraph')}")
    return programs / "oxigraph", number


def environment(name: str, requirement: str) -> tuple[Path, str]:
    """Programs of a virtual environment that has a package, made if need be; and its version."""
    folder = ENVIRONMENTS / name
    python, made = folder / "bin" / "python", folder / "complete"
    if not (made.is_file() and made.read_text() == requirement):
        venv.create(folder, with_pip=True, clear=True)
        try:
            run([python, "-m", "pip", "install", "--quiet", requirement])
        except BenchmarkError as error:
            raise Missing(f"{name} cannot be installed with pip: {error}") from error
        made.write_text(requirement)
    return folder / "bin", run([python, "-c", VERSION, name]).strip()


def run(command: Sequence[str | Path]) -> str:
    """Standard output of a command that has to succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        last = " ".join(done.stderr.split()[-60:])
        raise BenchmarkError(f"{command[0]} ended with {done.returncode}: {last}")
    return done.stdout


def servers() -> dict[str, Server]:
    """All servers by name, anlokg first."""
    kinds = (Anlokg, OxigraphMemory, OxigraphDisk, Virtuoso, RdflibEndpoint)
    made = [kind(WORK / f"server-{kind.__name__.lower()}") for kind in kinds]
    return {server.name: server for server in made}
