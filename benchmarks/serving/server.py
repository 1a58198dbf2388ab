"""A SPARQL server that the command starts on loopback, loads and stops again."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from ..measure import BenchmarkError

START_S, STOP_S = 1200, 20
ASK = "ASK { ?subject ?property ?value }"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    etag: str


class Missing(BenchmarkError):
    """A server that is not on this machine and cannot be put there; says what to do."""


class Late(BenchmarkError):
    """A server that has not answered in the time it was given; it may still be at work."""


@dataclass(slots=True)
class Running:
    """A server that answers: where, what it is called, and what loading it took.

    ``restart`` ends it, with whatever it works on, and starts it again with the same data.
    """

    name: str
    version: str
    port: int
    target: str
    process: subprocess.Popen[bytes]
    seconds: float = 0.0
    megabytes: float = 0.0
    restart: Callable[[], None] = lambda: None

    def request(self, query: str, headers: Sequence[str] = (), varied: bool = True) -> list[str]:
        """A request, before and after its number in a comment of the query; or one without."""
        target = self.target + quote(query + "\n#" * varied, safe="")
        lines = [" HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: keep-alive", *headers]
        parts = [f"GET {target}", "\r\n".join([*lines, "", ""])]
        return parts if varied else ["".join(parts)]

    def get(self, query: str, accept: str, more: str = "", timeout: float = 600) -> Reply:
        """The answer to one query; ``more`` are parameters after it, each with its ``&``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            target = self.target + quote(query, safe="") + more
            connection.request("GET", target, headers={"Accept": accept})
            answer = connection.getresponse()
            return Reply(answer.status, answer.read(), answer.getheader("ETag", ""))
        except TimeoutError:
            raise Late(f"{self.name} has not answered within {timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise BenchmarkError(f"{self.name} does not answer: {error}") from error
        finally:
            connection.close()


@dataclass(slots=True)
class Server:
    """What is common to the servers; each of them says how it is put in place and started."""

    folder: Path
    name: str = ""
    most_triples: int = 1 << 40
    data: Path = Path()
    ports: list[int] = field(default_factory=list)

    def prepare(self) -> str:
        """Puts the server in place and gives its version; ``Missing`` if that cannot be done."""
        raise NotImplementedError

    def command(self) -> list[str | Path]:
        """Loads what has to be loaded before the start; the command that starts the server."""
        raise NotImplementedError

    def fill(self) -> None:
        """Loads what is loaded once the server has started."""

    target = "/sparql?query="

    @contextmanager
    def running(self, data: Path) -> Iterator[Running]:
        """Starts the server with a file of N-Triples, and stops it in the end."""
        version = self.prepare()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.data, self.ports = data, free_ports(2)
        start = time.perf_counter()
        command = self.command()
        running = Running(self.name, version, self.ports[0], self.target, self._spawn(command))
        running.restart = lambda: self._again(running, command)
        try:
            self._await(running)
            running.seconds = time.perf_counter() - start
            running.megabytes = megabytes(running.process.pid)
            yield running
        finally:
            stop(running.process)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
        with (self.folder / "output.log").open("wb") as log:
            return subprocess.Popen(
                [str(part) for part in command], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def _again(self, running: Running, command: Sequence[str | Path]) -> None:
        stop(running.process)
        running.process = self._spawn(command)
        self._await(running)

    def _await(self, running: Running) -> None:
        until = time.monotonic() + START_S
        self._until_open(running, until)
        self.fill()
        while running.get(ASK, "application/sparql-results+json").status != 200:
            self._look(running, until)

    def _until_open(self, running: Running, until: float) -> None:
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", running.port), timeout=5).close()
                return
            self._look(running, until)

    def _look(self, running: Running, until: float) -> None:
        if running.process.poll() is not None or time.monotonic() > until:
            last = (self.folder / "output.log").read_text(errors="replace").splitlines()[-8:]
            raise BenchmarkError(f"{self.name} did not start:\n" + "\n".join(last))
        time.sleep(0.05)


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that was started in a session of its own, and what it started."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def megabytes(pid: int) -> float:
    """Memory of a process and all below it; pages that they share are counted once."""
    total = 0.0
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) / 1024
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text().split()
            total += sum(megabytes(int(child)) for child in children)
    return total
