"""The policy proxy: the only way out of a fenced worker. ``python -m anlokg.engine.proxy FD``.

A small process beside the engine. It adopts the gates of workers, asks the outside for them where
the policy allows it, and gives whole answers back, or a status and one line that says why not. It
holds no data and ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from io import BytesIO

import h11

from ..errors import QueryError, QueryRefused, RemoteError
from . import exchange, gate, policy
from .exchange import Meter, Received
from .outside import Bounds, Outside
from .policy import Policy

LARGEST_QUERY = 4_000_000
QUERY_TIME_S = 10.0
PIECE = 262_144


class Proxy:
    """The proxy process, for the one that starts it.

    ``control`` is the socket that keepers and workers inherit, to hand gates over with. It stays
    the same when the process is started again.
    """

    def __init__(self, policy: Policy, bounds: Bounds | None = None) -> None:
        self._told = {
            "entries": [entry.text for entry in policy.entries],
            "own": policy.own,
            "bounds": asdict(bounds or Bounds()),
        }
        self.control, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def keep(self) -> bool:
        """Starts the process again if it has ended; true if that was so.

        Workers whose gate it had adopted must be replaced then.
        """
        if self._process.poll() is None:
            return False
        self._end()
        self._process = self._start()
        return True

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._end()
        self.control.close()
        self._theirs.close()

    def _start(self) -> subprocess.Popen[bytes]:
        number = self._theirs.fileno()
        command = [sys.executable, "-m", "anlokg.engine.proxy", str(number)]
        process = subprocess.Popen(  # noqa: S603  our own module
            command, stdin=subprocess.PIPE, pass_fds=(number,)
        )
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(self._told).encode() + b"\n")
            process.stdin.flush()  # and stays open: its end is the end of the proxy
        return process

    def _end(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


class Gate:
    """What the proxy does for one worker: so many calls and bytes, until the worker ends."""

    def __init__(self, outside: Outside, lifeline: socket.socket) -> None:
        self.outside, self.lifeline = outside, lifeline
        self.calls = outside.bounds.calls
        self.meter = Meter(outside.bounds.answer_bytes)
        self.tasks: set[asyncio.Task[None]] = set()

    async def open(self, listener: socket.socket) -> None:
        """Serves a gate until its worker's lifeline ends."""
        self.server = await asyncio.start_server(self._serve, sock=listener)
        self.lifeline.setblocking(False)
        asyncio.get_running_loop().add_reader(self.lifeline.fileno(), self.close)

    def close(self) -> None:
        """Ends all that goes on for the worker."""
        asyncio.get_running_loop().remove_reader(self.lifeline.fileno())
        self.lifeline.close()
        self.server.close()
        for task in self.tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        http = h11.Connection(h11.SERVER)
        try:
            status, answer = await self._answered(http, reader)
            await _give(http, writer, status, answer)
        except (OSError, h11.ProtocolError, asyncio.CancelledError):
            pass  # the worker is gone
        finally:
            self.tasks.discard(task)
            writer.close()

    async def _answered(
        self, http: h11.Connection, reader: asyncio.StreamReader
    ) -> tuple[int, Received]:
        silent = False
        try:
            async with asyncio.timeout(QUERY_TIME_S):
                path, query = await _asked(http, reader)
            target, silent = gate.target(path)
            self._count()
            return 200, await self.outside.call(target, query, self.meter)
        except QueryError as error:
            if not silent:
                self._tell(error)
            return (403 if isinstance(error, QueryRefused) else 502), _line(str(error))

    def _tell(self, error: QueryError) -> None:
        with suppress(OSError):  # the worker is gone, or has not listened for long
            self.lifeline.send(gate.word_of(error))

    def _count(self) -> None:
        self.calls -= 1
        if self.calls < 0:
            most = self.outside.bounds.calls
            raise QueryRefused(f"the query calls other services more than {most} times")


def _line(text: str) -> Received:
    data = " ".join(text.split()).encode()
    return Received("text/plain; charset=utf-8", BytesIO(data), len(data))


async def _asked(http: h11.Connection, reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """The path and the query that a worker sends."""
    meter = Meter(LARGEST_QUERY)
    head = await exchange.event(http, reader, meter)
    if not isinstance(head, h11.Request) or head.method != b"POST":
        raise RemoteError("the gate takes queries by POST")
    query = bytearray()
    while isinstance(part := await exchange.event(http, reader, meter), h11.Data):
        query += part.data
    return head.target.decode("ascii"), bytes(query)


async def _give(
    http: h11.Connection, writer: asyncio.StreamWriter, status: int, answer: Received
) -> None:
    headers = [
        ("Content-Type", answer.media_type),
        ("Content-Length", str(answer.size)),
        ("Connection", "close"),
    ]
    with answer.file as file:
        writer.write(http.send(h11.Response(status_code=status, headers=headers)) or b"")
        while piece := file.read(PIECE):
            writer.write(piece)
            await writer.drain()


async def run(control: socket.socket, outside: Outside) -> None:
    """Adopts the gates that are handed over, for as long as standard input is open."""
    loop = asyncio.get_running_loop()
    control.setblocking(False)
    opening: set[asyncio.Task[None]] = set()

    def adopt() -> None:
        try:
            data, numbers, _, _ = socket.recv_fds(control, 16, 2)
        except BlockingIOError:
            return
        if not data:
            os._exit(0)  # nobody is left to hand gates over
        if len(numbers) != 2:  # this process may open no more: the worker finds its gate closed
            for number in numbers:
                os.close(number)
            return
        listener, lifeline = (socket.socket(fileno=number) for number in numbers)
        task = loop.create_task(Gate(outside, lifeline).open(listener))
        opening.add(task)
        task.add_done_callback(opening.discard)

    loop.add_reader(control.fileno(), adopt)
    loop.add_reader(sys.stdin.fileno(), os._exit, 0)
    await loop.create_future()


def main() -> int:
    """Runs the proxy by what it is told on standard input, a line of JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    control = socket.socket(fileno=int(sys.argv[1]))
    told = json.loads(sys.stdin.buffer.readline())
    own = [(host, port) for host, port in told["own"]]
    outside = Outside(policy.read(told["entries"], own), Bounds(**told["bounds"]))
    asyncio.run(run(control, outside))
    return 0


if __name__ == "__main__":
    sys.exit(main())
