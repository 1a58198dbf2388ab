"""Makes the files of a release that people download.

``python -m anlokg.export.making RELEASE FOLDER`` makes those of one release, which is a folder
itself, in a folder for those of all releases. It runs as a process of its own, so that it holds up
nobody who asks the service. Equal releases give equal files, byte for byte: nothing in them tells
when or where they were made.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import AnlokgError
from ..release import manifest
from ..release.shelf import Release
from .contents import Contents
from .dumps import Dumps, read

KINDNESS = 10
"""How far below others this process stands in the queue for processors."""
LOOK_S = 0.5


def make(release: Release, folder: Path) -> Dumps:
    """The files of a release, below a folder by the name of the release; made unless there.

    Whoever comes second waits for the first. They appear when all are complete; what was left by
    one who was killed is removed. Raises ``OSError`` or ``ReleaseError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / release.folder.name
    with _alone(target):
        if (found := read(target)) is not None:
            return found
        part = target.with_name(f".part-{target.name}")
        for left in (part, target):
            shutil.rmtree(left, ignore_errors=True)
        part.mkdir()
        try:
            made = Contents(release, part).write()
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        _tidy(release.folder.parent, folder)
        return Dumps(target, made.release, made.files)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    with target.with_name(f".lock-{target.name}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tidy(shelf: Path, dumps: Path) -> None:
    """Removes the files of releases that are no more."""
    for path in dumps.iterdir():
        release = path.name.removeprefix(".part-").removeprefix(".lock-")
        if not (shelf / release / manifest.NAME).is_file():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def _follow(parent: int) -> None:
    """Ends this process when the one that began it has ended."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Makes the files of a release below a folder; says on standard error why it could not.

    A third argument is the process to end with.
    """
    release, folder = map(Path, arguments[:2])
    if arguments[2:]:
        threading.Thread(target=_follow, args=(int(arguments[2]),), daemon=True).start()
    os.nice(KINDNESS)
    try:
        make(Release(release, manifest.read(release)), folder)
    except (OSError, AnlokgError) as error:
        print(f"anlokg: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
