"""Finds the end of an HTTP/1.1 answer in what a socket gives, without keeping the body."""

from __future__ import annotations

END = b"\r\n\r\n"
LINE = b"\r\n"


class Broken(Exception):
    """An answer that does not say where it ends."""


class Reading:
    """One answer while it arrives; ``status`` is 0 until its head is there."""

    def __init__(self) -> None:
        self.status = 0
        self.closing = False
        self.head = b""
        self._left = 0
        self._chunks: Chunks | None = None

    def take(self, data: bytes) -> bool:
        """Takes what was received; whether the answer is complete."""
        if not self.status:
            self.head += data
            end = self.head.find(END)
            if end < 0:
                return False
            data = self.head[end + len(END) :]
            self._read(self.head[:end])
        if self._chunks is not None:
            return self._chunks.take(data)
        self._left -= len(data)
        return self._left <= 0

    def _read(self, head: bytes) -> None:
        self.head = head
        lower = head.lower()
        self.status = int(head[9:12])
        self.closing = b"\r\nconnection: close" in lower
        if self.status in (204, 304):
            return
        _, found, after = lower.partition(b"\r\ncontent-length:")
        if found:
            self._left = int(after.partition(LINE)[0])
        elif b"\r\ntransfer-encoding: chunked" in lower:
            self._chunks = Chunks()
        else:
            raise Broken("an answer that says neither its length nor that it comes in chunks")

    def header(self, name: str) -> str:
        """The value of a header; empty if it is not there. Only once the head is there."""
        for line in self.head.split(LINE)[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return ""


class Chunks:
    """The chunks of a body (RFC 9112, 7.1); trailers are not expected."""

    def __init__(self) -> None:
        self._skip = 0
        self._rest = b""
        self._last = False

    def take(self, data: bytes) -> bool:
        """Takes what was received; whether the last chunk has ended."""
        data, at = self._rest + data, 0
        self._rest = b""
        while True:
            if self._skip > len(data) - at:
                self._skip -= len(data) - at
                return False
            at += self._skip
            self._skip = 0
            if self._last:
                return True
            line = data.find(LINE, at)
            if line < 0:
                self._rest = data[at:]
                return False
            size = int(data[at:line].partition(b";")[0], 16)
            self._last = size == 0
            at, self._skip = line + 2, size + 2
