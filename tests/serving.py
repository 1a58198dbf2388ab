"""Starts the real service on a free loopback port, for the tests that talk HTTP to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_S = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running service: its address, its process and the file with its log."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def stop(self) -> float:
        """Ends it as an operator would; gives the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        return time.monotonic() - began


@contextmanager
def served(
    *arguments: str, releases: Path | None = None, clean: bool = True, **settings: object
) -> Iterator[Served]:
    """``anlokg serve`` with arguments and settings; afterwards its log holds no traceback."""
    command = [sys.executable, "-m", "anlokg", "serve", "--port", "0", *arguments]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    environment = {**os.environ, **({"ANLOKG_RELEASES": str(releases)} if releases else {})}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(command, env=environment, stderr=file)
        try:
            address = _address(process, log)
            yield Served(address, process, log)
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
        if clean:
            text = log.read_text(errors="replace")
            assert "Traceback" not in text, text[max(0, text.index("Traceback") - 500) :][:6000]


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Waits until the service says where it is and answers there."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("anlokg: http"):
                address = line.split()[1].rstrip("/")
                httpx.get(f"{address}/health/ready", timeout=20).raise_for_status()
                return address
        time.sleep(0.02)
    raise AssertionError(f"the service did not start: {log.read_text(errors='replace')}")


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A plain connection, for what no HTTP library would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    received = bytearray()
    while True:
        try:
            piece = connection.recv(65_536)
        except ConnectionError:
            break
        if not piece:
            break
        received += piece
    return bytes(received)
