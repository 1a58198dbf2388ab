"""Has the files for download made: once for each release, by another process, when first wanted."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ..errors import ReleaseError
from ..export import dumps
from ..export.dumps import Dumps
from ..release.shelf import Release, Shelf
from .refusal import HttpProblem

LOG = logging.getLogger("anlokg")
WAIT_S = 25.0
"""How long a request waits for the files; what takes longer goes on without it."""
RETRY_S = 10
PAUSE_S = 30.0
"""After a failure, how long until another try."""
OWN = "anlokg-dumps-"


class Dumping:
    """The files of releases: found, or made. Belongs to one event loop."""

    def __init__(self) -> None:
        self._found: dict[str, Dumps] = {}
        self._making: dict[str, asyncio.Task[Dumps]] = {}
        self._failed: dict[str, float] = {}
        self._own: Path | None = None

    def found(self, release: Release) -> Dumps | None:
        """The files of a release if they were made before, by anyone."""
        name = release.folder.name
        if name not in self._found:
            for folder in self._places(release):
                if (seen := dumps.read(folder / name)) is not None:
                    self._found[name] = seen
        return self._found.get(name)

    def other(self, current: Release, name: str) -> tuple[Release, Dumps] | None:
        """Another release on the same shelf, and its files, if they are there.

        So a download goes on when the release is switched; but nothing is made, and nothing is
        shown that was never served.
        """
        shelf = Shelf(current.folder.parent)
        try:
            release = shelf.get(name)
        except ReleaseError:
            return None
        found = self.found(release)
        return (release, found) if found is not None else None

    async def of(self, release: Release) -> Dumps:
        """The files of a release, made now if need be.

        Raises a problem with status 503 if that takes long, or fails.
        """
        if (found := self.found(release)) is not None:
            return found
        name = release.folder.name
        if time.monotonic() - self._failed.get(name, -PAUSE_S) < PAUSE_S:
            raise _failure()
        task = self._making.get(name)
        if task is None:
            task = self._making[name] = asyncio.ensure_future(self._make(release))
            task.add_done_callback(lambda done: self._end(name, done))
        try:
            return await asyncio.wait_for(asyncio.shield(task), WAIT_S)
        except TimeoutError:
            detail = f"The files of release {name} are being made. Come again in {RETRY_S} s"
            raise _unavailable("dumps-not-ready", "Not ready yet", detail, RETRY_S) from None

    def _end(self, name: str, task: asyncio.Task[Dumps]) -> None:
        del self._making[name]
        if not task.cancelled() and task.exception() is not None:
            self._failed[name] = time.monotonic()

    async def _make(self, release: Release) -> Dumps:
        folder = await asyncio.to_thread(self._writable, release)
        arguments = (str(release.folder), str(folder), str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "anlokg.export.making",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        made = dumps.read(folder / release.folder.name)
        if process.returncode or made is None:
            reason = errors.decode(errors="replace").strip().rpartition("\n")[2]
            told = {"event": "no dumps", "release": release.folder.name, "reason": reason}
            LOG.error(json.dumps(told))
            raise _failure()
        return made

    def _places(self, release: Release) -> list[Path]:
        own = [self._own] if self._own else []
        return [release.folder.parent / dumps.FOLDER, *own]

    def _writable(self, release: Release) -> Path:
        """Beside the releases; where nothing can be written, a folder of this process."""
        beside = release.folder.parent / dumps.FOLDER
        try:
            beside.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=beside):
                return beside
        except OSError:
            self._own = self._own or _folder_of_ones_own()
            return self._own


def _folder_of_ones_own() -> Path:
    """A new folder for temporary files; those of processes that have ended are removed.

    Who holds the lock in a folder is alive: a process that is killed can remove nothing.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{OWN}*"):
        with suppress(OSError):
            if left.lstat().st_uid == os.getuid():
                with (left / ".held").open("a") as held:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=OWN))
    descriptor = os.open(folder / ".held", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # until this process ends
    return folder / dumps.FOLDER


def _failure() -> HttpProblem:
    detail = "The files could not be made; the reason is in the log of the service"
    return _unavailable("dumps-failed", "Not available now", detail, int(PAUSE_S))


def _unavailable(name: str, title: str, detail: str, seconds: int) -> HttpProblem:
    return HttpProblem(503, name, title, detail, {"Retry-After": str(seconds)})
