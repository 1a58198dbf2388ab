"""A build that is killed, at whatever moment, leaves a release that answers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anlokg.release.shelf import Shelf
from anlokg.resources import Resources

CHILDREN = "/proc/{0}/task/{0}/children"
MOMENTS = 10


def command(resources: Resources, *words: str) -> list[str]:
    """The command line over small resources."""
    return [sys.executable, "-m", "anlokg", "--resources", str(resources.root), *words]


def environment(shelf: Shelf) -> dict[str, str]:
    return os.environ | {"ANLOKG_RELEASES": str(shelf.folder)}


def answer(resources: Resources, shelf: Shelf) -> bytes:
    """What the current release answers; a failure to answer fails the test."""
    ask = command(resources, "query", "list-studies", "--format", "csv")
    done = subprocess.run(ask, env=environment(shelf), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def build(resources: Resources, shelf: Shelf) -> None:
    """Builds to the end."""
    run = command(resources, "build", "--force")
    done = subprocess.run(run, env=environment(shelf), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@contextmanager
def started(resources: Resources, shelf: Shelf) -> Iterator[subprocess.Popen[str]]:
    """A build in a process group of its own, so that whatever it leaves running can be ended."""
    run = command(resources, "build", "--force")
    with subprocess.Popen(
        run,
        env=environment(shelf),
        start_new_session=True,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            end_group(process.pid)


def end_group(group: int) -> None:
    """Ends the processes of a group; there may be none left."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.mark.slow
def test_a_build_killed_while_validating_does_not_lock_out_the_next(
    mini: Resources, tmp_path: Path
) -> None:
    if not Path(CHILDREN.format(os.getpid())).exists():
        pytest.skip("this system does not list the children of a process")
    shelf = Shelf(tmp_path / "releases")
    build(mini, shelf)
    before = answer(mini, shelf)
    with started(mini, shelf) as process:
        assert process.stderr is not None
        while "validating" not in process.stderr.readline():
            assert process.poll() is None, "the build ended before it validated"
        children = Path(CHILDREN.format(process.pid))
        while not children.read_text(encoding="ascii").split():
            time.sleep(0.01)
        process.kill()
        process.wait()
        # The processes that validate see that the build is gone, and go too.
        time.sleep(2)
        assert answer(mini, shelf) == before
        build(mini, shelf)
    assert answer(mini, shelf) == before


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_a_release_that_answers(
    mini: Resources, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "releases")
    start = time.monotonic()
    build(mini, shelf)
    duration = time.monotonic() - start
    before = answer(mini, shelf)
    moments = random.Random(1202)
    for _ in range(MOMENTS):
        with started(mini, shelf) as process:
            time.sleep(moments.uniform(0, duration))
            process.kill()
            process.wait()
        assert answer(mini, shelf) == before
        listed = sorted(path.name for path in shelf.folder.glob("[!.]*"))
        assert listed == [*shelf.ids(), "current"], "only whole releases are to be seen"
    build(mini, shelf)
    assert answer(mini, shelf) == before
    hidden = [path.name for path in shelf.folder.glob(".*")]
    assert hidden == [".lock"], "the next build clears up"
