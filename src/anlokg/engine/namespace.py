"""The network fence of workers that may call other services: a network with a gate and no way out.

A process in a new network namespace has no interface but its own loopback. A socket stays in the
namespace it was made in, so what listens here can be served from outside, and nothing else can be
reached from here. ``python -m anlokg.engine.namespace`` tries it out and says what is in the way.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys

from ..errors import EngineUnavailable, SettingError
from . import gate

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION = 0x20080522
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
BACKLOG = 16
TRIAL_S = 30
ADVICE = (
    "The kernel must let this user make user and network namespaces; containers and some"
    " distributions forbid it. Without that, leave the setting 'service' empty"
)


def enter() -> socket.socket:
    """Puts this process into a network of its own for good; gives its gate, a listening socket.

    The process must have one thread. It keeps its files and the sockets it has, and loses every
    privilege. ``EngineUnavailable`` if the machine does not let it; then the process must end.
    """
    if sys.platform != "linux":
        raise EngineUnavailable(f"there are no network namespaces on {sys.platform}")
    kernel = ctypes.CDLL(None, use_errno=True)
    try:
        # The user namespace is what gives a plain user the right to make a network.
        _done(kernel.unshare(CLONE_NEWUSER | CLONE_NEWNET), "no namespace can be made")
        _raise_loopback()
        listener = socket.create_server((gate.HOST, gate.PORT), backlog=BACKLOG)
        _give_up_privileges(kernel)
    except OSError as error:
        raise EngineUnavailable(f"no network fence: {error.strerror}") from error
    return listener


def check() -> None:
    """Tries in another process whether workers can be fenced; ``SettingError`` if they cannot."""
    command = [sys.executable, "-m", "anlokg.engine.namespace"]
    try:
        trial = subprocess.run(  # noqa: S603  our own module
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TRIAL_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingError(f"service: the network fence cannot be tried out: {error}") from error
    if trial.returncode:
        reason = (trial.stderr.strip().splitlines() or ["the trial ended without a word"])[-1]
        raise SettingError(f"service: calls of other services cannot be fenced. {reason}. {ADVICE}")


def _raise_loopback() -> None:
    request = struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def _give_up_privileges(kernel: ctypes.CDLL) -> None:
    """In its namespace the process is all-powerful; what answers queries needs none of that."""
    _done(kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "privileges cannot be given up")
    header = ctypes.create_string_buffer(struct.pack("Ii", CAPABILITY_VERSION, 0))
    none = ctypes.create_string_buffer(24)  # effective, permitted, inheritable; twice 32 bits each
    _done(kernel.capset(header, none), "privileges cannot be given up")


def _done(result: int, problem: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{problem}: {os.strerror(number)}")


def main() -> int:
    """Enters, and asks itself through the gate."""
    try:
        listener = enter()
        with socket.create_connection((gate.HOST, gate.PORT), timeout=1):
            listener.accept()
    except (EngineUnavailable, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
