"""The gate: the one address that a fenced worker reaches, and how it is opened.

A worker that may call other services lives in a network of its own. It listens there at the gate,
hands that socket to the policy proxy, and asks the proxy through it: ``SERVICE <TARGET>`` becomes
``SERVICE <http://127.0.0.1:8080/TARGET>``, with the target percent-encoded.
"""

from __future__ import annotations

import json
import socket
from typing import Self
from urllib.parse import quote, unquote

from ..errors import EngineUnavailable, QueryError, QueryRefused, RemoteError

HOST, PORT = "127.0.0.1", 8080
"""Every worker has all ports of its network to itself, so that the number can be fixed."""

SILENT = "?silent"
LARGEST_WORD = 8192


def address(target: str, *, silent: bool = False) -> str:
    """The IRI at the gate that stands for a target IRI; ``silent``: its failure is no error."""
    mark = SILENT if silent else ""
    return f"http://{HOST}:{PORT}/{quote(target, safe='', errors='replace')}{mark}"


def target(path: str) -> tuple[str, bool]:
    """The target that a path at the gate stands for, perhaps no IRI at all; and if it is silent."""
    name = path.removeprefix("/")
    return unquote(name.removesuffix(SILENT), errors="replace"), name.endswith(SILENT)


class Lifeline:
    """Ties a worker to the proxy. When it closes, the proxy ends what it does for this worker.

    It also brings word of calls that failed: the engine passes over some of its errors, such as
    those within EXISTS, and its answer would be wrong without a sign.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.setblocking(False)

    def check(self) -> None:
        """Raises what went wrong in the calls since the last check, if anything did.

        ``QueryRefused`` where the policy forbade it, ``RemoteError`` for what failed outside.
        """
        first: QueryError | None = None
        try:
            while word := self._connection.recv(LARGEST_WORD):
                first = first or _told(word)
        except BlockingIOError:
            if first is not None:
                raise first from None
            return
        except OSError:
            pass
        raise first or RemoteError("the way to other services was closed")

    def close(self) -> None:
        """Lets go of the proxy."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def hand_over(control: socket.socket, listener: socket.socket) -> Lifeline:
    """Gives the gate's listening socket to the proxy; closes both sockets in this process.

    What comes back must be kept as long as the worker lives. ``EngineUnavailable`` if the proxy
    is gone.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with control, listener, theirs:
        try:
            socket.send_fds(control, [b"gate"], [listener.fileno(), theirs.fileno()])
        except OSError as error:
            ours.close()
            raise EngineUnavailable(f"the proxy for SERVICE is gone: {error.strerror}") from error
    return Lifeline(ours)


def word_of(error: QueryError) -> bytes:
    """What the proxy tells a worker of a call that failed."""
    return json.dumps({"refused": isinstance(error, QueryRefused), "text": str(error)}).encode()


def _told(word: bytes) -> QueryError:
    message = json.loads(word)
    return (QueryRefused if message["refused"] else RemoteError)(message["text"])
