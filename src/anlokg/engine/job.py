"""One query under way: what it asks, how long it may, and what became of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import (
    AnlokgError,
    AnswerTooLarge,
    EngineFailed,
    QueryError,
    QueryMemoryExceeded,
    QuerySyntaxError,
    QueryTimeout,
)
from .limits import Limits
from .process import Death
from .request import Reply, Request

if TYPE_CHECKING:
    from .process import WorkerHold

NUMBERS = itertools.count(1)
SIGALRM, SIGKILL = 14, 9


class Job:
    """A query from its arrival to its answer; times are of the loop's clock, in seconds."""

    __slots__ = (
        "again", "arrived", "deadline", "future", "gone", "heavy", "kind", "limit_s", "number",
        "request", "spool", "started", "timer", "used", "watcher", "worker",
    )  # fmt: skip

    def __init__(
        self,
        request: Request,
        limit_s: float,
        gone: Callable[[], Awaitable[None]] | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.number = next(NUMBERS)
        self.request, self.limit_s, self.gone = request, limit_s, gone
        self.kind = "service" if request.service else "plain"
        self.arrived = loop.time()
        self.deadline = self.arrived + limit_s
        self.started: float | None = None
        self.used: float | None = None  # processor time of its worker before it started
        self.future: asyncio.Future[Reply] = loop.create_future()
        self.worker: WorkerHold | None = None
        self.heavy = False
        self.again = False
        self.spool: BinaryIO | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.watcher: asyncio.Future[None] | None = None

    def answer(self, head: dict[str, Any], body: bytes, label: str, now: float) -> None:
        """Ends the job with an answer."""
        if self.future.done():
            return
        queued = round(((self.started or now) - self.arrived) * 1000, 3)
        file, self.spool = self.spool, None
        spooled = head["spooled"]
        reply = Reply(
            None if spooled else body,
            file if spooled else None,
            head["size"],
            label=label,
            elapsed_ms=head["elapsed_ms"],
            queued_ms=queued,
        )
        if file is not None and not spooled:
            file.close()
        self.future.set_result(reply)

    def fail(self, error: AnlokgError) -> None:
        """Ends the job with an error."""
        if not self.future.done():
            self.future.set_exception(error)

    def drop(self) -> None:
        """Stops its clocks and gives back what it holds."""
        if self.timer is not None:
            self.timer.cancel()
        if self.watcher is not None:
            self.watcher.cancel()
        self.drop_spool()

    def drop_spool(self) -> None:
        """Gives back the file that an answer was being written to."""
        if self.spool is not None:
            self.spool.close()
            self.spool = None


def error_of(head: dict[str, Any], limits: Limits) -> QueryError:
    """The error that a worker described."""
    from .. import errors

    kind = head["error"]
    if kind == "syntax":
        return QuerySyntaxError(head["text"], head["line"], head["column"])
    if kind == "size":
        return AnswerTooLarge(head["limit"])
    if kind == "memory":
        return QueryMemoryExceeded(limits.memory_mb)
    return getattr(errors, kind, QueryError)(head["text"])


def error_of_death(death: Death | None, job: Job, now: float, limits: Limits) -> QueryError:
    """What a worker's end means for its query."""
    if death is None:
        return EngineFailed("the query ended the process it ran in")
    if death.status == -SIGALRM:
        return QueryTimeout(job.limit_s, now - job.arrived)
    if death.status == -SIGKILL or "memory allocation" in death.words:
        return QueryMemoryExceeded(limits.memory_mb)
    if "overflowed its stack" in death.words:
        return QueryError("the query is nested too deeply")
    return EngineFailed("the query ended the process it ran in")
