"""Asks the workers: a query from its arrival through queue, limits and kills to its answer."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..errors import EngineUnavailable, QueryCancelled, QueryTimeout
from . import fence, wire
from .crew import Crew
from .job import Job, error_of, error_of_death
from .limits import Limits
from .process import WorkerHold
from .proxy import Proxy
from .request import Reply, Request
from .source import Source
from .staff import NEWS_OF_DEATH_S, Staff

MOST_WAITING = 4
"""A query that waits, for a disk or another server, is heavy after so many times as long."""
Gone = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Running:
    """A query under way, for operators; times in ms."""

    id: int
    state: str
    heavy: bool
    elapsed_ms: int
    limit_ms: int
    query: str


class Pool:
    """Answers queries through killable workers. Belongs to one event loop."""

    def __init__(self, limits: Limits, proxy: Proxy | None = None) -> None:
        self.limits, self.proxy = limits, proxy
        self.counts: Counter[str] = Counter()
        self._crews = {
            "plain": Crew(limits.workers, limits, self._start),
            "service": Crew(limits.service_workers, limits, self._start),
        }
        self._jobs: dict[int, Job] = {}
        self._staff = Staff(limits, proxy, self._crews, self.counts, self._heard)

    @property
    def label(self) -> str:
        """The label of what is being asked now."""
        return self._staff.current.label if self._staff.current else ""

    @property
    def ready(self) -> bool:
        """Whether a worker is there."""
        return self._staff.current is not None and bool(self._staff.current.workers)

    @property
    def triples(self) -> int:
        """Quads in the store, as its keeper counted them; 0 for a remote engine."""
        keeper = self._staff.current.keeper if self._staff.current else None
        return keeper.triples if keeper else 0

    @property
    def processes(self) -> tuple[int | None, tuple[int, ...]]:
        """The process numbers of the keeper and of the workers."""
        if self._staff.current is None:
            return None, ()
        keeper = self._staff.current.keeper
        pids = tuple(sorted(worker.pid for worker in self._staff.current.workers))
        return (keeper.pid if keeper and keeper.alive else None), pids

    @property
    def waiting(self) -> int:
        return sum(crew.waiting for crew in self._crews.values())

    async def switch(self, source: Source, label: str) -> None:
        """Asks another source from now on; queries under way end where they are.

        The first call starts the pool. ``EngineUnavailable`` if the source cannot be loaded, and
        then everything stays as it was.
        """
        await self._staff.switch(source, label)

    async def answer(self, request: Request, limit_s: float, gone: Gone | None = None) -> Reply:
        """The answer to a query, within so many seconds from now.

        ``gone`` returns when the asker has gone away. Raises what ``errors`` lists below
        ``QueryError``; only this query is affected by what it does.
        """
        self._staff.check()
        loop = asyncio.get_running_loop()
        if request.service:
            self._keep_proxy()
        job = Job(request, limit_s, gone, loop)
        crew = self._crews[job.kind]
        self._jobs[job.number] = job
        try:
            crew.take(job)
            look = min(limit_s, self.limits.heavy_after_ms / 1000)
            job.timer = loop.call_later(look, self._look, job)
            return await job.future
        finally:
            self._end(job)

    def _keep_proxy(self) -> None:
        if self.proxy is None:
            raise EngineUnavailable("SERVICE is off")
        if self.proxy.keep():  # their gates went with the old one
            self._staff.replace_idle("service")

    def running(self) -> list[Running]:
        """The queries under way, oldest first."""
        now = asyncio.get_running_loop().time()
        return [
            Running(
                job.number,
                "running" if job.worker else "waiting",
                job.heavy,
                round((now - job.arrived) * 1000),
                round(job.limit_s * 1000),
                job.request.query,
            )
            for job in self._jobs.values()
        ]

    def cancel(self, number: int) -> bool:
        """Ends a query; false if it is not under way."""
        job = self._jobs.get(number)
        if job is None:
            return False
        job.fail(QueryCancelled("the query was ended by an operator"))
        return True

    async def close(self, patience_s: float = 0.0) -> None:
        """Ends everything; queries under way have so many seconds to end by themselves."""
        self._staff.closing = True
        pending = [job.future for job in self._jobs.values()]
        if pending and patience_s:
            await asyncio.wait(pending, timeout=patience_s)
        for job in list(self._jobs.values()):
            job.fail(EngineUnavailable("the service is stopping", 5))
        await asyncio.sleep(0)
        self._staff.close()

    # The course of a query -----------------------------------------------------------------

    def _start(self, worker: WorkerHold, job: Job) -> None:
        now = asyncio.get_running_loop().time()
        job.started, job.used = now, fence.processor_time(worker.pid)
        head = {"request": job.request.to_json(), "limit_s": max(job.deadline - now, 0.001)}
        worker.send(wire.pack(wire.QUERY, head))
        worker.tired = worker.tired or job.kind == "service"  # the proxy counts calls by worker
        if job.timer is not None and not job.heavy:
            self._arm(job, now)

    def _look(self, job: Job) -> None:
        """Looks after a query that takes its time."""
        now = asyncio.get_running_loop().time()
        if now >= job.deadline:
            self.counts["timeout"] += 1
            job.fail(QueryTimeout(job.limit_s, now - job.arrived))
            return
        if job.watcher is None and job.gone is not None:
            job.watcher = asyncio.ensure_future(self._watch(job, job.gone))
        light = job.heavy or job.kind == "service"  # it waits for others, and must not begin again
        if job.worker is not None and not light and self._is_long(job, now):
            self._weigh(job)
        self._arm(job, now)

    def _is_long(self, job: Job, now: float) -> bool:
        """Whether a query has worked for long, however many share the processors with it."""
        patience = self.limits.heavy_after_ms / 1000
        ran = now - job.started if job.started is not None else 0.0
        if ran < patience or job.worker is None:
            return False
        used = fence.processor_time(job.worker.pid)
        worked = ran if used is None or job.used is None else used - job.used
        return worked >= patience or ran >= MOST_WAITING * patience

    def _arm(self, job: Job, now: float) -> None:
        """Looks again when there may be something to do."""
        patience = self.limits.heavy_after_ms / 1000
        then = job.deadline
        if job.worker is None or not job.heavy:
            then = min(then, max(now, job.started or now) + patience)
        if job.timer is not None:
            job.timer.cancel()
        loop = asyncio.get_running_loop()
        job.timer = loop.call_at(max(then, now + 0.001), self._look, job)

    def _weigh(self, job: Job) -> None:
        worker = job.worker
        assert worker is not None
        self.counts["heavy"] += 1
        if not self._crews[job.kind].weigh(job):
            job.worker, job.started, worker.job = None, None, None
            job.drop_spool()
            self._staff.remove(worker, kill=True)

    async def _watch(self, job: Job, gone: Gone) -> None:
        await gone()
        job.fail(QueryCancelled("the asker has gone away"))

    def _end(self, job: Job) -> None:
        """The asker has its answer, or has gone: nothing of the query stays."""
        del self._jobs[job.number]
        job.drop()
        worker, job.worker = job.worker, None
        self._crews[job.kind].leave(job)
        if worker is not None:
            worker.job = None
            self.counts["killed"] += 1
            self._staff.remove(worker, kill=True)

    # What workers say ----------------------------------------------------------------------

    def _heard(self, worker: WorkerHold, frame: wire.Frame | None) -> None:
        job = worker.job
        if frame is None:
            self._lost(worker)
        elif job is None:
            self._staff.remove(worker, kill=True)  # nobody asked
        elif frame.kind == wire.SPOOL:
            self._give_spool(worker, job)
        else:
            self._finish(worker, job, frame)

    def _give_spool(self, worker: WorkerHold, job: Job) -> None:
        try:
            job.spool = tempfile.TemporaryFile(dir=self.limits.spool_folder)  # noqa: SIM115
        except OSError as error:
            job.fail(EngineUnavailable(f"there is no room for the answer: {error.strerror}", 60))
            return
        worker.hand(job.spool.fileno())

    def _finish(self, worker: WorkerHold, job: Job, frame: wire.Frame) -> None:
        now = asyncio.get_running_loop().time()
        self._staff.stillborn = 0
        worker.job = job.worker = None
        crew = self._crews[job.kind]
        if frame.kind == wire.ANSWER:
            if job.heavy and frame.head["elapsed_ms"] < self.limits.heavy_after_ms:
                crew.was_quick(job)
            job.answer(frame.head, frame.body, self.label if self._staff.has(worker) else "", now)
        else:
            job.fail(error_of(frame.head, self.limits))
        if worker.tired or not self._staff.has(worker):
            self._staff.remove(worker, kill=False)
        else:
            crew.free(worker)

    def _lost(self, worker: WorkerHold) -> None:
        """A worker has ended by itself. Its keeper, if it lives, says how."""
        job, worker.job = worker.job, None
        pid = worker.pid
        self._staff.stillborn += job is None
        self._staff.remove(worker, kill=False)
        if job is None:
            return
        job.worker = None
        self.counts["lost"] += 1
        asyncio.get_running_loop().call_later(0, self._explain, job, pid, NEWS_OF_DEATH_S)

    def _explain(self, job: Job, pid: int, patience_s: float) -> None:
        death = self._staff.death_of(pid)
        loop = asyncio.get_running_loop()
        if death is None and patience_s > 0:
            loop.call_later(0.02, self._explain, job, pid, patience_s - 0.02)
            return
        killed = death is None or death.status == -signal.SIGKILL
        if killed and not (job.again or job.request.service or job.future.done()):
            # By someone else than us. Queries only read, so this one can be asked once more.
            self._crews[job.kind].leave(job)
            job.again, job.started = True, None
            job.drop_spool()
            self._crews[job.kind].retake(job)
        else:
            job.fail(error_of_death(death, job, loop.time(), self.limits))
