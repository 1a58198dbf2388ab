"""Keeps the graph and forks the workers that share it: ``python -m anlokg.engine.keeper FD``.

The keeper has one thread and does nothing but load, fork and bury, so that it can always fork.
It hands each worker's socket to the process that started it and ends when that process does.
Messages are JSON, one to a packet, with descriptors beside them.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import AnlokgError, EngineFailed
from . import fence, load, source, worker
from .limits import Limits

LARGEST_MESSAGE = 65_536
LAST_WORDS = 4096
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""How many threads numerical libraries start when they are loaded."""


class Keeper:
    """The graph and the workers forked from it."""

    def __init__(
        self,
        control: socket.socket,
        posts: dict[str, worker.Post],
        limits: Limits,
        gates: socket.socket | None = None,
    ) -> None:
        self.control, self.posts, self.limits, self.gates = control, posts, limits, gates
        self.words: dict[int, BinaryIO] = {}

    def run(self) -> None:
        """Forks when told to, and tells of the dead; until the other side is gone."""
        waking, woken = os.pipe()
        os.set_blocking(waking, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(waking, select.POLLIN)
        while True:
            for number, _ in poll.poll():
                if number == waking:
                    _empty(waking)
                    self.bury()
                elif not self.serve():
                    return

    def serve(self) -> bool:
        """One message from the other side; false if it is gone."""
        message = heard(self.control)
        if not message:
            return False
        kind = json.loads(message)["fork"]
        pid, ours = self.fork(kind)
        handle = _handle(pid)
        told = {"kind": kind, "pid": pid}
        numbers = [ours.fileno(), *([handle] if handle is not None else [])]
        try:
            socket.send_fds(self.control, [json.dumps({"worker": told}).encode()], numbers)
        except OSError:
            return False
        finally:
            ours.close()
            if handle is not None:
                os.close(handle)
        return True

    def fork(self, kind: str) -> tuple[int, socket.socket]:
        """A new worker: its process and the socket that leads to it."""
        one_thread()
        ours, theirs = socket.socketpair()
        words = tempfile.TemporaryFile()  # noqa: SIM115  what a worker says when it dies
        pid = os.fork()
        if pid:
            theirs.close()
            self.words[pid] = words
            return pid, ours
        try:
            signal.set_wakeup_fd(-1)
            os.dup2(words.fileno(), 2)
            for other in (ours, self.control):
                other.close()
            gates = self.gates
            if gates is not None and not self.posts[kind].gated:
                gates.close()
            worker.live(theirs, self.posts[kind], self.limits, gates)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(70)

    def bury(self) -> None:
        """Tells the other side which workers ended, how, and what they said last."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            told = {"pid": pid, "status": os.waitstatus_to_exitcode(status), "words": ""}
            if (words := self.words.pop(pid, None)) is not None:
                words.seek(0)
                told["words"] = words.read(LAST_WORDS).decode(errors="replace")
                words.close()
            try:
                self.control.send(json.dumps({"died": told}).encode())
            except OSError:
                return


def heard(control: socket.socket) -> bytes:
    """The next message; empty if the other side is gone."""
    try:
        return control.recv(LARGEST_MESSAGE)
    except ConnectionError:
        return b""


def one_thread() -> None:
    """Forking copies one thread only; with more of them a lock could stay locked for ever."""
    tasks = Path("/proc/self/task")
    count = len(list(tasks.iterdir())) if tasks.is_dir() else 1
    if count != 1:
        raise EngineFailed(f"the keeper has {count} threads and cannot fork")


def _handle(pid: int) -> int | None:
    """A descriptor that stands for a process: its number may be used again, this may not."""
    return os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None


def _empty(pipe: int) -> None:
    try:
        while os.read(pipe, 4096):
            pass
    except BlockingIOError:
        pass


def main() -> int:
    """Loads what it is told to and keeps it."""
    fence.end_with_parent()
    os.environ |= dict.fromkeys(THREADS, "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this
    control = socket.socket(fileno=int(sys.argv[1]))
    gates = socket.socket(fileno=int(sys.argv[2])) if len(sys.argv) > 2 else None
    told = heard(control)
    if not told:
        return 0
    message: dict[str, Any] = json.loads(told)
    settings = message["limits"]
    limits = Limits(**{**settings, "spool_folder": Path(settings["spool_folder"])})
    try:
        loaded = load.load(source.from_json(message["source"]), limits)
        one_thread()
    except AnlokgError as error:
        control.send(json.dumps({"failed": str(error)}).encode())
        return error.exit_code
    posts = {kind: post for kind, post in loaded.posts.items() if gates or not post.gated}
    gc.collect()
    gc.freeze()  # collections in the workers would copy what they share
    ready = {"triples": loaded.triples, "in_memory": loaded.in_memory, "kinds": [*posts]}
    with suppress(ConnectionError):  # the next read tells that the other side is gone
        control.send(json.dumps({"ready": ready}).encode())
    Keeper(control, posts, limits, gates).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
