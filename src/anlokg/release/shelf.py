"""The folder that keeps releases: which there are, which is current, switching and pruning.

``current`` is a file that names a release; it is replaced in one step, so that a reader sees the
old release or the new one and never something between. A release is built in a folder of its own
whose name starts with ``.building`` and only renamed when it is complete.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import ReleaseError
from . import manifest
from .manifest import Manifest

BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class Release:
    """One complete release."""

    folder: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def quads(self) -> Path:
        return self.folder / "anlokg.nq"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of releases."""

    folder: Path

    def ids(self) -> list[str]:
        """Ids of the complete releases, oldest first."""
        if not self.folder.is_dir():
            return []
        paths = [p for p in self.folder.iterdir() if (p / manifest.NAME).is_file()]
        return sorted(p.name for p in paths if not p.name.startswith("."))

    def current_id(self) -> str | None:
        try:
            return (self.folder / "current").read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def get(self, release_id: str | None = None) -> Release:
        """A release, the current one by default; ``ReleaseError`` says what to do if it is not."""
        wanted = release_id or self.current_id()
        if wanted is None:
            raise ReleaseError(f"{self.folder} has no release yet. 'anlokg build' makes one")
        if wanted not in self.ids():
            have = ", ".join(self.ids()) or "none"
            raise ReleaseError(
                f"there is no release {wanted!r} in {self.folder}. There are: {have}"
            )
        return Release(self.folder / wanted, manifest.read(self.folder / wanted))

    def next_id(self, digest: str) -> str:
        """An id that sorts behind all others: a running number and the start of the digest."""
        numbers = [int(name.split("-")[0]) for name in self.ids() if name.split("-")[0].isdigit()]
        return f"{max(numbers, default=0) + 1:06d}-{digest[:12]}"

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A new empty folder to build in, under a lock; what killed builds left is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"another build is running in {self.folder}. Wait until it has ended"
                raise ReleaseError(message) from None
            for left in self.folder.glob(f"{BUILDING}*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = self.folder / f"{BUILDING}{os.getpid()}"
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, folder: Path, release_id: str) -> Release:
        """Makes a built folder a release and the current one."""
        for path in (*sorted(folder.rglob("*")), folder):
            _sync(path)
        target = self.folder / release_id
        folder.rename(target)
        _sync(self.folder)
        self.switch(release_id)
        return self.get(release_id)

    def switch(self, release_id: str) -> None:
        """Makes a release the current one, in one step."""
        self.get(release_id)
        new = self.folder / f".current-{os.getpid()}"
        with new.open("w", encoding="utf-8") as file:
            file.write(release_id + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / "current")
        _sync(self.folder)

    def rollback(self) -> Release:
        """Switches to the release before the current one."""
        ids, current = self.ids(), self.current_id()
        earlier = [name for name in ids if current is not None and name < current]
        if not earlier:
            raise ReleaseError("there is no release before the current one to go back to")
        self.switch(earlier[-1])
        return self.get()

    def prune(self, keep: int) -> list[str]:
        """Removes all but the newest ``keep`` releases; the current one always stays."""
        if keep < 1:
            raise ReleaseError("at least one release must be kept")
        gone = [name for name in self.ids()[:-keep] if name != self.current_id()]
        for name in gone:
            shutil.rmtree(self.folder / name)
        return gone


def _sync(path: Path) -> None:
    """Makes a file, or the entries of a folder, durable before something relies on them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
