"""Where a worker writes an answer: in memory first, then to a file it is handed."""

from __future__ import annotations

import os
import socket

from ..errors import AnswerTooLarge
from . import fence, wire
from .limits import Limits

BLOCK = 262_144


class Spool:
    """Takes an answer in pieces; never more bytes than an answer may have.

    A sealed worker cannot open files. When the answer outgrows memory it asks the other side, which
    sends the descriptor of an unlinked file.
    """

    def __init__(self, connection: socket.socket, limits: Limits, sealed: bool) -> None:
        self._connection, self._limits, self._sealed = connection, limits, sealed
        self._held = bytearray()
        self._file: int | None = None
        self.size = 0
        self.failure: Exception | None = None

    def write(self, data: bytes) -> int:
        """Takes a piece; ``AnswerTooLarge`` if it is one too many."""
        try:
            return self._write(data)
        except Exception as error:  # of any kind: what lies between may wrap it
            self.failure = error
            raise

    def flush(self) -> None:
        """Nothing waits here that a reader could see."""

    def inline(self) -> bytes | None:
        """The whole answer if it stayed in memory; else it is in the file, and this is ``None``."""
        if self._file is None:
            return bytes(self._held)
        self._drain()
        os.close(self._file)
        self._file = None
        return None

    def drop(self) -> None:
        """Forgets what was written."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, data: bytes) -> int:
        self.size += len(data)
        if self.size > self._limits.answer_bytes:
            raise AnswerTooLarge(self._limits.answer_bytes)
        self._held += data
        if self._file is None and self.size > self._limits.inline_bytes:
            self._file = self._receive()
        if self._file is not None and len(self._held) >= BLOCK:
            self._drain()
        return len(data)

    def _drain(self) -> None:
        assert self._file is not None
        view = memoryview(self._held)
        written = 0
        while written < len(view):
            written += os.write(self._file, view[written:])
        view.release()
        self._held.clear()

    def _receive(self) -> int:
        self._connection.sendall(wire.pack(wire.SPOOL, {}))
        if self._sealed:
            fence.open_door()
        try:
            _, numbers, _, _ = socket.recv_fds(self._connection, 1, 1)
        finally:
            if self._sealed:
                fence.close_door()
        if not numbers:
            os._exit(0)  # the other side is gone
        return numbers[0]
