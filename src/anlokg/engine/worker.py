"""The life of a worker: take a query, answer it, take the next; until the other side is gone."""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import AnswerTooLarge, QueryError, QuerySyntaxError
from . import fence, gate, namespace, wire
from .limits import Limits
from .request import Backend, Request
from .spool import Spool

GRACE_S = 1.0
"""After its limit plus this a query is ended by the kernel, even if nobody is left to do it."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker is and may do."""

    backend: Callable[[], Backend]
    """Makes the backend, in the worker: some cannot be made before the fork."""
    sealed: bool
    """No new descriptors: the backend needs neither files nor sockets."""
    secluded: bool
    """No sockets."""
    gated: bool = False
    """A network of its own, with a gate to the policy proxy: may call other services."""


def live(
    connection: socket.socket, post: Post, limits: Limits, gates: socket.socket | None = None
) -> None:
    """Runs a worker; does not come back. ``gates`` leads to the policy proxy."""
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    gc.disable()  # queries make no cycles worth the copies that a collection would cause
    fence.first_to_go()
    lifeline = None
    if post.gated and gates is not None:  # before the backend may bring threads
        lifeline = gate.hand_over(gates, namespace.enter())
    backend = post.backend()
    fence.limit_memory(limits.memory_mb)
    if post.secluded:
        fence.refuse_sockets(socket.AF_INET if post.gated else fence.NO_FAMILY)
    if post.sealed:
        fence.close_door()
    while (frame := wire.receive(connection)) is not None:
        spool = Spool(connection, limits, post.sealed)
        connection.sendall(_answer(frame, backend, spool, lifeline))
    os._exit(0)


def _answer(
    frame: wire.Frame, backend: Backend, spool: Spool, lifeline: gate.Lifeline | None
) -> bytes:
    started = time.perf_counter()
    fence.ring_at(frame.head["limit_s"] + GRACE_S)
    try:
        try:
            backend.answer(Request.from_json(frame.head["request"]), spool)  # type: ignore[arg-type]
        finally:
            if lifeline is not None:
                lifeline.check()  # a failed call says more than what the engine makes of it
        body = spool.inline()
    except Exception as error:  # whatever a query does, its asker is told and the worker lives
        spool.drop()
        return wire.pack(wire.ERROR, _described(spool.failure or error))
    finally:
        fence.ring_at(0)
    elapsed = round((time.perf_counter() - started) * 1000, 3)
    head = {"size": spool.size, "elapsed_ms": elapsed, "spooled": body is None}
    return wire.pack(wire.ANSWER, head, body or b"")


def _described(error: Exception) -> dict[str, object]:
    if isinstance(error, QuerySyntaxError):
        return {
            "error": "syntax",
            "text": error.message,
            "line": error.line,
            "column": error.column,
        }
    if isinstance(error, AnswerTooLarge):
        return {"error": "size", "limit": error.limit_bytes}
    if isinstance(error, MemoryError):
        return {"error": "memory"}
    if isinstance(error, QueryError):
        return {"error": type(error).__name__, "text": str(error)}
    if isinstance(error, (ValueError, RuntimeError)):
        return {"error": "QueryError", "text": str(error)}
    return {"error": "EngineFailed", "text": f"the engine failed: {type(error).__name__}"}
