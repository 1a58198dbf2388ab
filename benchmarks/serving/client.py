"""The load client: sends requests over keep-alive connections, one at a time on each.

It runs in a process of its own, ``python -m benchmarks.serving.client``: a job as JSON on standard
input, what came of it as JSON on standard output. One thread waits for all connections (epoll) and
looks in an answer for its status and its end only, so that a request costs it some 10 µs of
processor time. It reports that time, so that nobody need guess whether client or server was the
slower. A tool such as wrk is little cheaper, but it ends by the clock alone (a query of seconds
would have no number), corrects its percentiles for requests that it never sent, and cannot give
each of many texts a number of its own at that price.
"""

from __future__ import annotations

import gc
import json
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count

from .reading import Broken, Reading

ROOM = 1 << 18


@dataclass(frozen=True, slots=True)
class Job:
    """What to send, and for how long.

    ``requests`` take turns; each is a list of texts, between which stands a number that differs in
    every request, or a single text without a number. Sending ends after ``seconds`` once ``least``
    answers have come. What is under way then is awaited, but not longer than ``longest`` seconds
    from the start. Answers with another ``status`` are counted as errors. ``first`` is the first
    number.
    """

    port: int
    requests: Sequence[Sequence[str]]
    clients: int = 1
    seconds: float = 1.0
    least: int = 1
    longest: float = 300.0
    status: int = 200
    first: int = 0


@dataclass(slots=True)
class Outcome:
    """What came: seconds of each answer, of the whole, of the client's processor; bytes; errors."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    received: int = 0
    reconnected: int = 0
    errors: dict[str, int] = field(default_factory=dict)


class Connection:
    """One connection, and the answer that is being read from it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reading = Reading()
        self.started = 0.0
        self.socket = self._connected()

    def _connected(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def again(self) -> None:
        """Connects anew."""
        self.socket.close()
        self.socket = self._connected()

    def send(self, request: bytes) -> None:
        """Sends a request."""
        self.reading = Reading()
        self.started = time.perf_counter()
        self.socket.sendall(request)


class Load:
    """One job while it runs."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.requests = [[part.encode() for part in parts] for parts in job.requests]
        self.numbers = count(job.first)
        self.outcome = Outcome()
        self.errors: Counter[str] = Counter()
        self.room = bytearray(ROOM)
        self.view = memoryview(self.room)
        self.poll = select.epoll()
        self.waiting: dict[int, Connection] = {}

    def run(self) -> Outcome:
        """Sends until the time is over; what is under way is awaited."""
        connections = [Connection(self.job.port) for _ in range(self.job.clients)]
        for connection in connections:
            self._await(connection)
        gc.disable()
        start, used = time.perf_counter(), time.process_time()
        for connection in connections:
            self._send(connection)
        self._loop(start + self.job.seconds, start + self.job.longest)
        self.outcome.seconds = time.perf_counter() - start
        self.outcome.processor = time.process_time() - used
        self.outcome.errors = dict(self.errors)
        return self.outcome

    def _loop(self, until: float, latest: float) -> None:
        while self.waiting:
            ready = self.poll.poll(max(0.0, latest - time.perf_counter()))
            if not ready:
                self.errors["no answer in time"] += len(self.waiting)
                return
            for number, _ in ready:
                connection = self.waiting[number]
                if self._receive(connection):
                    self._go_on(connection, number, until)

    def _go_on(self, connection: Connection, number: int, until: float) -> None:
        over = time.perf_counter() >= until and len(self.outcome.latencies) >= self.job.least
        if over or sum(self.errors.values()) > 100:
            self._forget(number)
            return
        if connection.reading.closing:
            self._forget(number)
            connection.again()
            self.outcome.reconnected += 1
            self._await(connection)
        self._send(connection)

    def _await(self, connection: Connection) -> None:
        self.waiting[connection.socket.fileno()] = connection
        self.poll.register(connection.socket, select.EPOLLIN)

    def _forget(self, number: int) -> None:
        self.poll.unregister(number)
        del self.waiting[number]

    def _send(self, connection: Connection) -> None:
        number = next(self.numbers)
        connection.send((b"%08d" % number).join(self.requests[number % len(self.requests)]))

    def _receive(self, connection: Connection) -> bool:
        """Whether an answer has ended, well or not."""
        try:
            size = connection.socket.recv_into(self.room)
            if size == 0:
                raise Broken("closed in the middle of an answer")
            self.outcome.received += size
            if not connection.reading.take(bytes(self.view[:size])):
                return False
        except (OSError, Broken) as error:
            self.errors[str(error)] += 1
            connection.reading.closing = True
            return True
        self.outcome.latencies.append(time.perf_counter() - connection.started)
        if connection.reading.status != self.job.status:
            self.errors[f"status {connection.reading.status}"] += 1
        return True


if __name__ == "__main__":
    print(json.dumps(asdict(Load(Job(**json.load(sys.stdin))).run())))
