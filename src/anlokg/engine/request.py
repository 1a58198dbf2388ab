"""A query on its way to a worker, and its answer on the way back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, BinaryIO, Protocol

RESULT_FORMS = ("json", "xml", "csv", "tsv", "rows")
GRAPH_FORMS = ("ttl", "nt", "jsonld", "rdfxml", "nq", "trig", "rows")
CHUNK = 262_144


@dataclass(frozen=True, slots=True)
class Request:
    """A query, the form of its answer, and the dataset it asks.

    ``default`` says what the default graph is where no dataset is named, here or in the query:
    what is ``stored`` as it, the ``union`` of all graphs made while asking, or ``empty``.
    ``base`` is what relative IRIs are resolved against where the query states no base.
    """

    query: str
    form: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    default: str = "stored"
    service: bool = False
    base: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Request:
        graphs = {name: tuple(data[name]) for name in ("default_graphs", "named_graphs")}
        return cls(**{**data, **graphs})


class Backend(Protocol):
    """What a worker asks: one query at a time, in one thread."""

    def answer(self, request: Request, file: BinaryIO) -> None:
        """Writes the answer to a file; ``QuerySyntaxError`` or ``QueryError`` if it cannot."""


class Reply:
    """The whole answer of a query: bytes in memory, or an unlinked file; times in ms."""

    __slots__ = ("_body", "_file", "elapsed_ms", "label", "queued_ms", "size")

    def __init__(
        self,
        body: bytes | None,
        file: BinaryIO | None = None,
        size: int = 0,
        *,
        label: str = "",
        elapsed_ms: float = 0.0,
        queued_ms: float = 0.0,
    ) -> None:
        self._body, self._file = body, file
        self.size = size if body is None else len(body)
        self.label, self.elapsed_ms, self.queued_ms = label, elapsed_ms, queued_ms

    @property
    def body(self) -> bytes | None:
        """The answer if it is in memory, else ``None``."""
        return self._body

    async def read(self) -> bytes:
        """All of the answer."""
        if self._body is not None:
            return self._body
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """The answer in pieces; reading it in a thread keeps the others going."""
        if self._body is not None:
            yield self._body
            return
        assert self._file is not None
        number, offset = self._file.fileno(), 0
        while offset < self.size:
            piece = await asyncio.to_thread(os.pread, number, CHUNK, offset)
            if not piece:
                raise OSError("the spooled answer is shorter than it was")
            offset += len(piece)
            yield piece

    def file(self) -> BinaryIO:
        """The answer as a file of the caller's own, at its start."""
        if self._body is not None:
            return BytesIO(self._body)
        assert self._file is not None
        # A descriptor of its own for closing; the position is shared, and nobody else uses it.
        copy = os.fdopen(os.dup(self._file.fileno()), "rb")
        copy.seek(0)
        return copy

    def close(self) -> None:
        """Gives the file back."""
        if self._file is not None:
            self._file.close()
