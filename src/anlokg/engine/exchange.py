"""One HTTP request to another service and its answer, whole or not at all and within bounds."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from typing import BinaryIO, cast

import h11

from ..errors import RemoteError
from ..version import __version__
from .policy import Address

PIECE = 65_536
IN_MEMORY = 1 << 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
QUERY = "application/sparql-query"
ENDS = {
    "application/sparql-results+json": b"}",
    "application/json": b"}",
    "application/sparql-results+xml": b">",
    "application/xml": b">",
    "text/xml": b">",
}
"""Types of an answer and how each ends, white space apart."""

TAIL = 1024
PARTIAL = ((b"x-sql-state", b"S1TAT"), (b"x-sparql-anytime", b""))
"""Headers, and how their values begin, where the other service ran into its own time limit."""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole answer, in a file at its start; ``size`` in bytes."""

    media_type: str
    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that sends the call elsewhere."""

    status: int
    location: str


class Meter:
    """Counts bytes as they arrive; ``RemoteError`` when they are too many."""

    def __init__(self, most: int) -> None:
        self.most, self.count = most, 0

    def add(self, count: int) -> None:
        """So many bytes more."""
        self.count += count
        if self.count > self.most:
            raise RemoteError(f"more than the {self.most} bytes that may be sent")


async def event(http: h11.Connection, reader: asyncio.StreamReader, meter: Meter) -> object:
    """The next event of an HTTP connection, after whatever must arrive for it."""
    while (found := http.next_event()) is h11.NEED_DATA:
        data = await reader.read(PIECE)
        meter.add(len(data))
        http.receive_data(data)
    return found


def request(http: h11.Connection, method: str, address: Address, query: bytes) -> bytes:
    """The bytes of a request."""
    headers = [
        ("Host", address.authority),
        ("User-Agent", f"anlokg/{__version__}"),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "identity"),  # so that the bytes counted are the bytes there are
        ("Connection", "close"),
    ]
    if method == "POST":
        headers += [("Content-Type", QUERY), ("Content-Length", str(len(query)))]
    head = h11.Request(method=method, target=address.request_target, headers=headers)
    parts = [http.send(head), http.send(h11.Data(data=query)), http.send(h11.EndOfMessage())]
    return b"".join(part or b"" for part in parts)


async def answer(
    http: h11.Connection, reader: asyncio.StreamReader, meter: Meter
) -> Received | Redirect:
    """Waits for the answer to a request; ``RemoteError`` unless it is whole and a good one."""
    head = await event(http, reader, meter)
    while isinstance(head, h11.InformationalResponse):
        head = await event(http, reader, meter)
    if not isinstance(head, h11.Response):
        raise RemoteError("no answer")
    headers = dict(head.headers)
    location = headers.get(b"location", b"").decode("latin-1")
    if head.status_code in REDIRECTS and location:
        return Redirect(head.status_code, location)
    media_type = headers.get(b"content-type", b"").decode("latin-1")
    end = ENDS.get(media_type.partition(";")[0].strip().lower())
    _check(head.status_code, headers)
    if end is None:
        raise RemoteError("what is no answer to a query, by its type")
    return await _body(http, media_type, end, reader, meter)


def _check(status: int, headers: dict[bytes, bytes]) -> None:
    """Neither an answer in part will do, nor one that unpacks to nobody knows how much."""
    if status != 200:
        raise RemoteError(f"status {status}")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise RemoteError("a compressed answer, which was not asked for")
    if any(name in headers and headers[name].startswith(value) for name, value in PARTIAL):
        raise RemoteError("a part of the answer only: its own time limit was reached")


async def _body(
    http: h11.Connection, media_type: str, end: bytes, reader: asyncio.StreamReader, meter: Meter
) -> Received:
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  given away
    try:
        while isinstance(part := await event(http, reader, meter), h11.Data):
            file.write(part.data)
        size = file.tell()
        file.seek(max(0, size - TAIL))
        if not file.read().rstrip().endswith(end):
            raise RemoteError("an answer without its end")
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Received(media_type, file, size)
