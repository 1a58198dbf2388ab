"""What a worker may not do: use more memory than it is given, open files, reach the network.

Two fences stand one behind the other. The first is a limit of no descriptors: every ``open`` and
``socket`` fails. A worker that reads its store from disk needs files, so for it stands the second
alone: a system call filter that refuses sockets.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from ..errors import EngineUnavailable

MEGABYTE = 1 << 20
LOWEST_PRIORITY = 19

# prctl(2), seccomp(2) and the filter machine of the kernel (linux/filter.h, linux/seccomp.h).
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 38, 22
SECCOMP_MODE_FILTER = 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 13  # the errno EACCES
ARCHITECTURES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
"""Of a machine: its audit number and the numbers of ``socket`` and ``io_uring_setup``."""
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # where they stand in what a filter looks at
NO_FAMILY = 0xFFFFFFFF


def limit_memory(megabytes: int) -> None:
    """Lets the process grow by so much; then allocation fails, and only this process ends."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    most = pages * resource.getpagesize() + megabytes * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close_door() -> None:
    """No new descriptors from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))


def open_door() -> None:
    """Lets descriptors in again, for the moment in which one is received."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def refuse_sockets(family: int = NO_FAMILY) -> None:
    """No sockets for the rest of this process's life, or those of one address family only.

    ``EngineUnavailable`` where it cannot be.
    """
    numbers = ARCHITECTURES.get(platform.machine()) if sys.platform == "linux" else None
    if numbers is None:
        raise EngineUnavailable(f"no system call filter on {sys.platform} {platform.machine()}")
    kernel = ctypes.CDLL(None, use_errno=True)
    program = _filter(*numbers, family)
    code = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    held = ctypes.create_string_buffer(description, len(description))
    done = kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    if not done or kernel.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, held, 0, 0):
        reason = os.strerror(ctypes.get_errno())
        raise EngineUnavailable(f"the kernel does not take a system call filter: {reason}")


def _filter(machine: int, socket_call: int, ring_call: int, family: int) -> bytes:
    """Refuses sockets and io_uring of a machine, and all calls by another machine's numbers."""
    steps = [
        (LOAD, 0, 0, MACHINE),
        (JUMP_IF_EQUAL, 0, 6, machine),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 4, 0, ring_call),
        (JUMP_IF_EQUAL, 0, 2, socket_call),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_EQUAL, 0, 1, family),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def end_with_parent() -> None:
    """Ends this process when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def first_to_go() -> None:
    """Where the machine runs out of memory, the kernel takes this process before others."""
    if sys.platform == "linux":
        Path("/proc/self/oom_score_adj").write_text("1000")


def yield_to_others(process: int) -> None:
    """A heavy query gets the time that quick ones leave."""
    with suppress(ProcessLookupError):  # it may just have ended
        os.setpriority(os.PRIO_PROCESS, process, LOWEST_PRIORITY)


def processor_time(process: int) -> float | None:
    """Seconds of processor time of another process; ``None`` if that cannot be told."""
    try:
        # The clock of a process by its number, as clock_getcpuclockid(3) makes it on Linux.
        return time.clock_gettime(~process << 3 | 2)
    except (OSError, OverflowError):
        return None


def ring_at(seconds: float) -> None:
    """The kernel ends this process then, whatever it does; 0 takes it back."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
