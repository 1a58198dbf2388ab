"""Has answers computed and drawn in other processes, so that none of it holds the server up."""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import suppress

from ..errors import EngineFailed, QueryTimeout, QueueFull
from ..synthesis.jobs import LENGTH, Done, Job, frame

MODULE = "anlokg.synthesis.worker"
AT_ONCE = 2
MOST_WAITING = 32
IDLE_S = 300.0
RETRY_S = 2


class Calculation:
    """A few processes that compute; started when needed, ended when idle, slow or failed."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._idle: list[asyncio.subprocess.Process] = []
        self._ending: asyncio.TimerHandle | None = None
        self._waiting = 0

    async def done(self, job: Job, limit_s: float) -> Done:
        """The outcome of a job within so many seconds.

        ``QueryTimeout`` if it takes longer, ``QueueFull`` if too many wait, ``EngineFailed`` if
        the process fails.
        """
        if self._waiting >= MOST_WAITING:
            raise QueueFull(RETRY_S)
        began = asyncio.get_running_loop().time()
        self._waiting += 1
        try:
            async with asyncio.timeout(limit_s), self._free:
                return await self._run(job)
        except TimeoutError:
            elapsed = asyncio.get_running_loop().time() - began
            raise QueryTimeout(limit_s, elapsed) from None
        finally:
            self._waiting -= 1

    async def _run(self, job: Job) -> Done:
        """Does a job in a process that is free; ends the process if anything goes wrong."""
        process = self._rested() or await _started()
        try:
            done = await _exchanged(process, job)
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            await _ended(process)
            raise EngineFailed("the process that computes has ended; the log says more") from error
        except BaseException:
            await _ended(process)  # out of time, or the asker went away
            raise
        self._idle.append(process)
        self._plan_end()
        if done.body is None and not done.reasons:
            raise EngineFailed("the synthesis failed; the failure is in the log")
        return done

    def _rested(self) -> asyncio.subprocess.Process | None:
        """A process that waits for work, if there is one."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        return None

    def _plan_end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(IDLE_S, self._rest)

    def _rest(self) -> None:
        while self._idle:
            _kill(self._idle.pop())


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def _exchanged(process: asyncio.subprocess.Process, job: Job) -> Done:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(await asyncio.to_thread(frame, job))
    await process.stdin.drain()
    size = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
    data = await process.stdout.readexactly(size)
    done = pickle.loads(data)  # noqa: S301  made by the process that was started here
    if not isinstance(done, Done):
        raise EOFError
    return done


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Ends a process and waits until it and its pipes are gone, which a kill makes short."""
    _kill(process)
    assert process.stdout is not None
    await process.stdout.read()
    await process.wait()
