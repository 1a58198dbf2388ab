"""The asking side's hold on a keeper and on the workers it forked: sockets, signals, messages."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..errors import EngineUnavailable
from . import source as sources
from . import wire
from .limits import Limits
from .source import Source

if TYPE_CHECKING:
    from .job import Job

LARGEST_MESSAGE = 65_536
PIECE = 262_144


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended: exit code, or minus the signal; and the last words it wrote."""

    status: int
    words: str


class WorkerHold:
    """A worker: its socket, and what it is doing."""

    def __init__(self, kind: str, pid: int, connection: socket.socket, handle: int | None) -> None:
        connection.setblocking(False)
        self.kind, self.pid, self.connection, self._handle = kind, pid, connection, handle
        self.job: Job | None = None
        self.tired = False
        self.alive = True
        self.buffer = wire.Buffer()
        self._unsent = b""

    def listen(self, heard: Callable[[WorkerHold, wire.Frame | None], None]) -> None:
        """Calls back with each frame, and with ``None`` when the worker is gone."""
        self._heard = heard
        asyncio.get_running_loop().add_reader(self.connection.fileno(), self._read)

    def send(self, data: bytes) -> None:
        """Sends a frame; what does not fit now goes when it does."""
        try:
            sent = self.connection.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it is dying; the reader will say so
        if sent < len(data):
            self._unsent = data[sent:]
            asyncio.get_running_loop().add_writer(self.connection.fileno(), self._write)

    def hand(self, descriptor: int) -> None:
        """Sends a descriptor."""
        with suppress(OSError):
            socket.send_fds(self.connection, [b"F"], [descriptor])

    def kill(self) -> None:
        """Ends the worker at once, whatever it does."""
        with suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Lets the worker go: it ends when it has nothing to do."""
        if not self.alive:
            return
        self.alive = False
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.connection.fileno())
        loop.remove_writer(self.connection.fileno())
        self.connection.close()
        if self._handle is not None:
            os.close(self._handle)

    def _read(self) -> None:
        try:
            data = self.connection.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.connection.fileno())
            self._heard(self, None)
            return
        for frame in self.buffer.feed(data):
            self._heard(self, frame)

    def _write(self) -> None:
        try:
            sent = self.connection.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            asyncio.get_running_loop().remove_writer(self.connection.fileno())


class KeeperHold:
    """A keeper process."""

    def __init__(
        self,
        on_worker: Callable[[WorkerHold], None],
        on_death: Callable[[int, Death], None],
        on_loss: Callable[[], None],
    ) -> None:
        self._on_worker, self._on_death, self._on_loss = on_worker, on_death, on_loss
        self.alive = False
        self.kinds: tuple[str, ...] = ()
        self.triples = 0
        self.in_memory = True

    async def start(self, source: Source, limits: Limits, gates: int | None = None) -> None:
        """Starts the process and waits until it has loaded; ``EngineUnavailable`` if it cannot.

        ``gates`` is the descriptor that leads to the policy proxy, where SERVICE is on.
        """
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        numbers = (theirs.fileno(), *([gates] if gates is not None else []))
        command = [sys.executable, "-m", "anlokg.engine.keeper", *map(str, numbers)]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own module
                command, pass_fds=numbers, stdin=subprocess.DEVNULL
            )
        settings = asdict(limits) | {"spool_folder": str(limits.spool_folder)}
        message = {"source": sources.to_json(source), "limits": settings}
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[dict[str, Any]] = loop.create_future()
        loop.add_reader(self._control.fileno(), self._read)
        self._control.send(json.dumps(message).encode())
        try:
            ready = await self._ready
        except BaseException:
            self.close()
            raise
        if self._control.fileno() < 0:  # it has ended between its word and now
            raise EngineUnavailable("the engine ended after it had loaded", 10)
        self.alive = True
        self.kinds, self.triples = tuple(ready["kinds"]), ready["triples"]
        self.in_memory = ready["in_memory"]

    @property
    def pid(self) -> int:
        return self._process.pid

    def fork(self, kind: str) -> bool:
        """Asks for a worker, which comes through ``on_worker``; false if the keeper is gone."""
        try:
            self._control.send(json.dumps({"fork": kind}).encode())
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Ends the process; workers of it that are busy go on."""
        if self._control.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
        self.alive = False
        self._process.kill()
        self._process.wait()

    def _read(self) -> None:
        while True:
            try:
                data, numbers, _, _ = socket.recv_fds(self._control, LARGEST_MESSAGE, 4)
            except BlockingIOError:
                return
            except OSError:
                data, numbers = b"", []
            if not data:
                self._lost()
                return
            self._take(json.loads(data), numbers)
            if self._control.fileno() < 0:
                return

    def _take(self, message: dict[str, Any], numbers: list[int]) -> None:
        if "worker" in message:
            told = message["worker"]
            handle = numbers[1] if len(numbers) > 1 else None
            connection = socket.socket(fileno=numbers[0])
            self._on_worker(WorkerHold(told["kind"], told["pid"], connection, handle))
        elif "died" in message:
            told = message["died"]
            self._on_death(told["pid"], Death(told["status"], told["words"]))
        elif "ready" in message:
            self._ready.set_result(message["ready"])
        elif not self._ready.done():
            self._ready.set_exception(EngineUnavailable(message["failed"], 10))

    def _lost(self) -> None:
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._process.kill()
        self._process.wait()
        if not self._ready.done():
            self._ready.set_exception(EngineUnavailable("the engine ended while it loaded", 10))
        elif self.alive:
            self.alive = False
            self._on_loss()
