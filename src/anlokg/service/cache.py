"""Answers kept to be given again: bounded by bytes, the least used go first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

OVERHEAD = 512


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it is sent: its tag, its headers and its bytes.

    Without bytes it serves those who have the answer and ask whether it still holds.
    """

    etag: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes | None

    @property
    def size(self) -> int:
        """Bytes it takes, near enough."""
        return len(self.body or b"") + OVERHEAD


class Cache:
    """Answers by a key that holds everything they depend on."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.hits = 0
        self.misses = 0
        self._stored: OrderedDict[tuple[bytes, ...], Stored] = OrderedDict()

    def get(self, key: tuple[bytes, ...]) -> Stored | None:
        """The answer of a key, if it is kept."""
        found = self._stored.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._stored.move_to_end(key)
        return found

    def put(self, key: tuple[bytes, ...], stored: Stored) -> None:
        """Keeps an answer, unless it would fill an eighth of the room by itself."""
        if not self.takes(stored.size):
            return
        self._drop(key)
        self._stored[key] = stored
        self.bytes += stored.size
        while self.bytes > self.most_bytes:
            self._drop(next(iter(self._stored)))

    def takes(self, size: int) -> bool:
        """Whether an answer of so many bytes is kept."""
        return size <= self.most_bytes // 8

    def clear(self) -> None:
        """Forgets everything: what it was asked of is no longer served."""
        self._stored.clear()
        self.bytes = 0

    def _drop(self, key: tuple[bytes, ...]) -> None:
        gone = self._stored.pop(key, None)
        if gone is not None:
            self.bytes -= gone.size
