"""An HTTP server that does nothing but answer: what it reaches is the most the client can see.

``python -m benchmarks.serving.empty PORT`` answers every request with the same small document.
"""

from __future__ import annotations

import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..measure import ROOT
from .server import Running, free_ports, stop

BODY = b'{"head":{"vars":["one"]},"results":{"bindings":[]}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
ANSWER += b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
END = b"\r\n\r\n"


def serve(port: int) -> None:
    """Answers on loopback until the process is ended."""
    listening = socket.create_server(("127.0.0.1", port), backlog=64)
    poll = select.epoll()
    poll.register(listening, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll():
            if number == listening.fileno():
                new, _ = listening.accept()
                new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[new.fileno()] = new
                poll.register(new, select.EPOLLIN)
                continue
            if not _answer(connections[number]):
                poll.unregister(number)
                connections.pop(number).close()


def _answer(connection: socket.socket) -> bool:
    """Answers one request; whether the connection is still open."""
    try:
        data = connection.recv(1 << 16)
        if data.endswith(END):
            connection.sendall(ANSWER)
    except OSError:
        return False
    return bool(data)


@contextmanager
def running() -> Iterator[Running]:
    """The server in a process of its own."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "benchmarks.serving.empty", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        for _ in range(100):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        yield Running("empty", "", port, "/?query=", process)
    finally:
        stop(process)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
