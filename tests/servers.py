"""Starts SPARQL servers of others on free loopback ports, and one that says what it is told to."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

START_S = 120.0
STOP_S = 30.0
VIRTUOSO = "virtuoso-t"
NO_VIRTUOSO = "Virtuoso is not installed here (Debian: virtuoso-opensource)"
INI = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
CaseMode = 2
MaxClientConnections = 20
NumberOfBuffers = 20000
MaxDirtyBuffers = 12000
ThreadsPerQuery = 2
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 12
MaxKeepAlives = 12
KeepAliveTimeout = 10
HttpPrintWarningsInOutput = 0
Charset = UTF-8
[SPARQL]
{settings}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it takes queries and where graphs, and who may write."""

    query: str
    store: str
    user: str | None = None
    password: str | None = None


@contextmanager
def oxigraph(*arguments: str) -> Iterator[Server]:
    """Oxigraph's own server, in memory; ``arguments`` are options of ``oxigraph serve``."""
    port = free_port()
    binary = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or "oxigraph"
    address = f"http://127.0.0.1:{port}"
    command = [binary, "serve", "--bind", f"127.0.0.1:{port}", *arguments]
    with _running(command, f"{address}/query"):
        yield Server(f"{address}/query", f"{address}/store")


@contextmanager
def virtuoso(**settings: int) -> Iterator[Server]:
    """Virtuoso with an empty database; ``settings`` go into the section SPARQL of its ini."""
    http, sql = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        ini = Path(folder) / "virtuoso.ini"
        lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
        ini.write_text(INI.format(folder=folder, http=http, sql=sql, settings=lines))
        address = f"http://127.0.0.1:{http}"
        command = [VIRTUOSO, "+foreground", "+configfile", str(ini)]
        with _running(command, f"{address}/sparql"):
            store = f"{address}/sparql-graph-crud-auth"
            yield Server(f"{address}/sparql", store, "dba", "dba")


def has_virtuoso() -> bool:
    """Whether Virtuoso is installed."""
    return shutil.which(VIRTUOSO) is not None


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def canned(reply: bytes | Callable[[bytes], bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends given bytes and hangs up: its address, and the requests it got."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, reply, requests), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/sparql", requests
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(STOP_S)


@dataclass(frozen=True, slots=True)
class Passing:
    """A request on its way to a server; ``coding`` is that of its body, or empty."""

    method: str
    path: str
    coding: str
    body: bytes


Meddle = Callable[[Passing], "bytes | int"]


@contextmanager
def meddling(store: str, meddle: Meddle) -> Iterator[str]:
    """A server before a graph store: passes on what ``meddle`` makes of each request.

    ``meddle`` gives the body to pass on, or a status to answer instead.
    """
    handler = type("Handler", (_Meddler,), {"store": store, "meddle": staticmethod(meddle)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/store"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(STOP_S)


class _Meddler(BaseHTTPRequestHandler):
    store: str
    meddle: Meddle

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        coding = self.headers.get("Content-Encoding", "")
        made = type(self).meddle(Passing(self.command, self.path, coding, body))
        status = made if isinstance(made, int) else self._passed(made)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _passed(self, body: bytes) -> int:
        query = self.path.partition("?")[2]
        kept = ("Content-Type", "Content-Encoding")
        headers = {name: self.headers[name] for name in kept if self.headers[name]}
        request = urllib.request.Request(f"{self.store}?{query}", body, headers)
        request.method = self.command
        with urllib.request.urlopen(request) as response:
            status: int = response.status
            return status

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def _running(command: list[str], query: str) -> Iterator[None]:
    """A server process, from when it answers until the block ends."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(process, query, log)
            yield
        finally:
            process.kill()  # there is nothing to keep, and a busy server may not let go
            process.wait(STOP_S)


def _wait(process: subprocess.Popen[bytes], query: str, log: IO[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{query}?query=ASK%7B%7D", timeout=START_S):
                return
        except OSError:
            time.sleep(0.05)
    log.seek(0)
    raise AssertionError(f"{process.args} does not answer: {log.read()!r}")


def _serve(
    listening: socket.socket, reply: bytes | Callable[[bytes], bytes], requests: list[bytes]
) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            request = _request(connection)
            requests.append(request)
            try:
                connection.sendall(reply(request) if callable(reply) else reply)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                continue


def _request(connection: socket.socket) -> bytes:
    """Head and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
