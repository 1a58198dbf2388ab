"""Frames over a socket between processes of one machine, and descriptors beside them.

A frame is a kind (one byte), the lengths of head and body (four bytes each), a head in JSON and a
body of bytes.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LENGTHS = struct.Struct("!cII")

QUERY = b"Q"
ANSWER = b"A"
ERROR = b"E"
SPOOL = b"S"
"""A worker asks for a file to write to; the descriptor comes back beside one byte."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: bytes
    head: dict[str, Any]
    body: bytes


def pack(kind: bytes, head: dict[str, Any], body: bytes = b"") -> bytes:
    """A frame as bytes."""
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":")).encode()
    return b"".join((LENGTHS.pack(kind, len(text), len(body)), text, body))


class Buffer:
    """Puts frames together from the pieces that arrive."""

    __slots__ = ("_data",)

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now."""
        self._data += data
        while len(self._data) >= LENGTHS.size:
            kind, head, body = LENGTHS.unpack_from(self._data)
            start, end = LENGTHS.size + head, LENGTHS.size + head + body
            if len(self._data) < end:
                return
            frame = Frame(
                kind, json.loads(self._data[LENGTHS.size : start]), bytes(self._data[start:end])
            )
            del self._data[:end]
            yield frame


def receive(connection: socket.socket) -> Frame | None:
    """The next frame, waiting for it; ``None`` if the other side is gone."""
    lengths = _exactly(connection, LENGTHS.size)
    if lengths is None:
        return None
    kind, head, body = LENGTHS.unpack(lengths)
    text, data = _exactly(connection, head), _exactly(connection, body)
    if text is None or data is None:
        return None
    return Frame(kind, json.loads(text), data)


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)
