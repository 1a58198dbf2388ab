"""The servers that are compared: how each is started on a file of N-Quads, and where it answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import httpx

from ..environment import OXIGRAPH, RDFLIB_ENDPOINT, Environment, environment
from ..measure import BenchmarkError

HOST = "127.0.0.1"
READY_S, END_S = 60.0, 15.0
# A port at which nothing listens: what a server fetches from the web of its own accord ends there.
NOWHERE = f"http://{HOST}:9"
FENCE = {f"{scheme}_proxy": NOWHERE for scheme in ("http", "https", "all")} | {"no_proxy": HOST}
Commands = Sequence[Sequence[str | Path]]


class ServerError(Exception):
    """A server cannot be installed, or does not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its name, the path of its endpoint, and the package that it comes in.

    ``commands`` takes the folder of its programs, a folder to write to, a file of N-Quads and a
    port, and gives the commands to run: the last one is the server. ``needs`` is what pip is asked
    for; empty for the server of the environment that runs this.
    """

    name: str
    path: str
    package: str
    needs: str
    commands: Callable[[Path, Path, Path, int], Commands]


def _anlokg(_: Path, __: Path, data: Path, port: int) -> Commands:
    words: list[str | Path] = [
        "-m",
        "anlokg",
        "serve",
        "--host",
        HOST,
        "--port",
        str(port),
        "--data",
        data,
    ]
    return [[sys.executable, *words, "--set", "default_graph=own"]]


def _oxigraph(programs: Path, folder: Path, data: Path, port: int) -> Commands:
    program, store = programs / "oxigraph", folder / "store"
    return [
        [program, "load", "--location", store, "--file", data],
        [program, "serve-read-only", "--location", store, "--bind", f"{HOST}:{port}"],
    ]


def _rdflib_endpoint(programs: Path, _: Path, data: Path, port: int) -> Commands:
    words: list[str | Path] = ["serve", "--host", HOST, "--port", str(port), data]
    return [[programs / "rdflib-endpoint", *words]]


SERVERS = {
    server.name: server
    for server in (
        Server("anlokg", "/sparql", "anlokg", "", _anlokg),
        Server("oxigraph", "/query", "oxigraph", OXIGRAPH, _oxigraph),
        Server("rdflib-endpoint", "/", "rdflib-endpoint", RDFLIB_ENDPOINT, _rdflib_endpoint),
    )
}  # fmt: skip


def install(server: Server, peers: Path) -> Environment:
    """The programs and the version of a server; makes its virtual environment if need be."""
    if not server.needs:
        return Environment(Path(sys.executable).parent, version(server.package))
    try:
        return environment(server.package, server.needs, peers)
    except BenchmarkError as error:
        raise ServerError(str(error)) from error


@contextmanager
def running(server: Server, programs: Path, data: bytes) -> Iterator[str]:
    """Starts a server on N-Quads at a free port; gives the address of its endpoint."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "data.nq"
        file.write_bytes(data)
        port = _free()
        *first, last = server.commands(programs, folder, file, port)
        for command in first:
            done = subprocess.run(command, env=_environment(), capture_output=True, check=False)
            if done.returncode:
                raise ServerError(f"{server.name}: {_last(done.stderr.decode())}")
        address = f"http://{HOST}:{port}{server.path}"
        with (folder / "log").open("w+b") as log:
            process = subprocess.Popen(last, env=_environment(), cwd=folder, stdout=log, stderr=log)
            try:
                _wait(address, process, folder / "log")
                yield address
            finally:
                _end(process)


def _environment() -> dict[str, str]:
    upper = {name.upper(): value for name, value in FENCE.items()}
    return os.environ | FENCE | upper


def _free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when the server answers a query."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServerError(f"the server ended: {_last(log.read_text(errors='replace'))}")
        try:
            asked = httpx.get(address, params={"query": "ASK {}"}, timeout=5, trust_env=False)
            if asked.is_success and process.poll() is None:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise ServerError(f"no answer at {address}: {_last(log.read_text(errors='replace'))}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last(text: str) -> str:
    return "\n".join(text.splitlines()[-5:])
