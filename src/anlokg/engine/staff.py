"""Keepers and workers as they come and go: replacement of what died, the switch of sources."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

from ..errors import AnlokgError, EngineUnavailable
from . import wire
from .crew import Crew
from .limits import Limits
from .process import Death, KeeperHold, WorkerHold
from .proxy import Proxy
from .source import Source

NEWS_OF_DEATH_S = 0.5
STILLBORN = 20
GIVE_UP = 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
Heard = Callable[[WorkerHold, wire.Frame | None], None]


class Generation:
    """A keeper and its workers: all of one source. A release switch begins a new one."""

    def __init__(self, source: Source, label: str) -> None:
        self.source, self.label = source, label
        self.keeper: KeeperHold | None = None
        self.workers: set[WorkerHold] = set()
        self.asked_for: Counter[str] = Counter()
        self.failure: AnlokgError | None = None


class Staff:
    """Keeps the crews complete, whoever dies; ``heard`` takes what workers say."""

    def __init__(
        self,
        limits: Limits,
        proxy: Proxy | None,
        crews: Mapping[str, Crew],
        counts: Counter[str],
        heard: Heard,
    ) -> None:
        self.limits, self.proxy, self.crews = limits, proxy, crews
        self.counts, self._heard = counts, heard
        self.current: Generation | None = None
        self.stillborn = 0
        self.closing = False
        self._by_pid: dict[int, WorkerHold] = {}
        self._deaths: dict[int, Death] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def switch(self, source: Source, label: str) -> None:
        """Goes over to another source; the workers of the old one end when they are free."""
        new = Generation(source, label)
        await self._load(new)
        old, self.current = self.current, new
        if old is not None:
            self.retire(old)
        self.refill()

    def check(self) -> None:
        """Raises ``EngineUnavailable`` if nobody is there to ask, and nobody is expected."""
        if self.closing:
            raise EngineUnavailable("the service is stopping", 5)
        if self.current is None:
            raise EngineUnavailable("the service is starting")
        if self.current.failure is not None and not self.current.workers:
            raise EngineUnavailable(str(self.current.failure))

    def refill(self) -> None:
        """Asks the keeper for the workers that are missing."""
        generation = self.current
        if generation is None or generation.keeper is None or self.closing:
            return
        have = Counter(worker.kind for worker in generation.workers)
        for kind in generation.keeper.kinds:
            missing = self.crews[kind].size - have[kind] - generation.asked_for[kind]
            for _ in range(missing):
                if generation.keeper.alive and generation.keeper.fork(kind):
                    generation.asked_for[kind] += 1

    def remove(self, worker: WorkerHold, *, kill: bool) -> None:
        """Lets a worker go, or kills it, and gets another."""
        self.crews[worker.kind].forget(worker)
        if worker.alive:
            worker.kill() if kill else worker.close()
        if self.current is not None:
            self.current.workers.discard(worker)
        loop = asyncio.get_running_loop()
        loop.call_later(2 * NEWS_OF_DEATH_S, self._forget, worker.pid, worker)
        if self.stillborn < STILLBORN:
            self.refill()
        else:  # they end before they have done anything: forking faster will not help
            loop.call_later(LONGEST_PAUSE_S / 5, self.refill)

    def death_of(self, pid: int) -> Death | None:
        """How a worker ended, once its keeper has told."""
        return self._deaths.pop(pid, None)

    def has(self, worker: WorkerHold) -> bool:
        """Whether a worker is of the source that is asked now."""
        return self.current is not None and worker in self.current.workers

    def replace_idle(self, kind: str) -> None:
        """Replaces the workers of a kind that have nothing to do."""
        for worker in list(self.current.workers if self.current else ()):
            if worker.kind == kind and worker.job is None:
                self.remove(worker, kill=True)

    def close(self) -> None:
        """Lets everybody go."""
        self.closing = True
        for task in self._tasks:
            task.cancel()
        if self.current is not None:
            self.retire(self.current)

    def retire(self, generation: Generation) -> None:
        """Ends a generation: its keeper, and those of its workers that are free."""
        for worker in list(generation.workers):
            if worker.job is None:
                self.crews[worker.kind].forget(worker)
                worker.close()
                generation.workers.discard(worker)
        if generation.keeper is not None:
            with suppress(OSError):
                generation.keeper.close()

    async def _load(self, generation: Generation) -> None:
        keeper = KeeperHold(
            lambda worker: self._hire(generation, worker),
            self._died,
            lambda: self._keeper_lost(generation),
        )
        gates = self.proxy.control.fileno() if self.proxy else None
        await keeper.start(generation.source, self.limits, gates)
        generation.keeper, generation.failure = keeper, None
        generation.asked_for.clear()

    def _hire(self, generation: Generation, worker: WorkerHold) -> None:
        generation.asked_for[worker.kind] -= 1
        generation.workers.add(worker)
        self._by_pid[worker.pid] = worker
        worker.listen(self._heard)
        if generation is not self.current or self.closing:
            self.remove(worker, kill=True)
        else:
            self.counts["forked"] += 1
            self.crews[worker.kind].free(worker)

    def _died(self, pid: int, death: Death) -> None:
        if pid in self._by_pid:
            self._deaths[pid] = death

    def _forget(self, pid: int, worker: WorkerHold) -> None:
        if self._by_pid.get(pid) is worker:
            del self._by_pid[pid]
        self._deaths.pop(pid, None)

    def _keeper_lost(self, generation: Generation) -> None:
        self.counts["keeper_lost"] += 1
        if generation is self.current and not self.closing:
            task = asyncio.get_running_loop().create_task(self._restart(generation))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _restart(self, generation: Generation) -> None:
        """A new keeper for the same source; the workers of the old one go on meanwhile."""
        pause, failures = FIRST_PAUSE_S, 0
        while generation is self.current and not self.closing:
            try:
                await self._load(generation)
            except AnlokgError as error:
                failures += 1
                if failures >= GIVE_UP:  # who asks now need not wait; trying goes on
                    generation.failure = error
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                self.refill()
                return
