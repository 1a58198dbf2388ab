"""The workers of one kind, those who wait for them, and who comes next.

A query that has run for a while counts as heavy. Heavy ones never hold more than half of the
workers, so that a quick query always finds one; what is too heavy for the moment is stopped,
waits among the heavy ones, and starts again. As soon as a quick query is there, heavy ones get the
time that it leaves.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from ..errors import QueueFull
from .fence import yield_to_others
from .job import Job
from .limits import Limits
from .process import WorkerHold
from .request import Request

REMEMBERED = 1000


class Crew:
    """Workers of one kind and their queue."""

    def __init__(self, size: int, limits: Limits, start: Callable[[WorkerHold, Job], None]) -> None:
        self.size, self.limits, self._start = size, limits, start
        self.idle: list[WorkerHold] = []
        self.quick: deque[Job] = deque()
        self.slow: deque[Job] = deque()
        self.heavy = 0
        self._eager: set[WorkerHold] = set()
        self._known: OrderedDict[Request, None] = OrderedDict()

    @property
    def most_heavy(self) -> int:
        """How many heavy queries run at once."""
        return max(1, self.size // 2)

    @property
    def waiting(self) -> int:
        return len(self.quick) + len(self.slow)

    def take(self, job: Job) -> None:
        """Starts a job or lets it wait; ``QueueFull`` if too many wait already."""
        known = job.request in self._known
        if self.idle and (not known or self.heavy < self.most_heavy):
            self._begin(self.idle.pop(), job, heavy=known)
        elif self.waiting >= self.limits.queue:
            raise QueueFull(1 + self.waiting // max(1, self.size))
        else:
            (self.slow if known else self.quick).append(job)

    def retake(self, job: Job) -> None:
        """A job that lost its worker through no fault of its own is next."""
        if self.idle:
            self._begin(self.idle.pop(), job, heavy=False)
        else:
            self.quick.appendleft(job)

    def free(self, worker: WorkerHold) -> None:
        """A worker has nothing to do: it takes the next job, or waits for one."""
        self._eager.discard(worker)
        job = self._next()
        if job is None:
            self.idle.append(worker)
        else:
            self._begin(worker, job, heavy=job.request in self._known)

    def weigh(self, job: Job) -> bool:
        """A job has become heavy; false if it must give its worker back and wait."""
        self._known[job.request] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if self.heavy >= self.most_heavy:
            self.slow.append(job)
            return False
        self._burden(job)
        return True

    def leave(self, job: Job) -> None:
        """A job is over, or its asker has gone: it waits and weighs no more."""
        if job.heavy:
            job.heavy = False
            self.heavy -= 1
        for queue in (self.quick, self.slow):
            if job in queue:
                queue.remove(job)
        while self.idle and self.slow and self.heavy < self.most_heavy:
            self._begin(self.idle.pop(), self.slow.popleft(), heavy=True)

    def was_quick(self, job: Job) -> None:
        """A job that was known as heavy was not: it need not wait among them."""
        self._known.pop(job.request, None)

    def forget(self, worker: WorkerHold) -> None:
        """A worker is gone."""
        self._eager.discard(worker)
        if worker in self.idle:
            self.idle.remove(worker)

    def _next(self) -> Job | None:
        if self.quick:
            return self.quick.popleft()
        if self.slow and self.heavy < self.most_heavy:
            return self.slow.popleft()
        return None

    def _begin(self, worker: WorkerHold, job: Job, *, heavy: bool) -> None:
        job.worker, worker.job = worker, job
        if heavy:
            self._burden(job)
        else:
            self._hold_back()
        self._start(worker, job)

    def _burden(self, job: Job) -> None:
        assert job.worker is not None
        job.heavy = True
        self.heavy += 1
        self._eager.add(job.worker)

    def _hold_back(self) -> None:
        """Heavy queries give way from now on; alone they need not, and their workers last."""
        for worker in self._eager:
            # Priority cannot be raised again, so the worker retires after this query.
            worker.tired = True
            yield_to_others(worker.pid)
        self._eager.clear()
