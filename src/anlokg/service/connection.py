"""One connection: bounded in time and size, whatever the client does.

What uvicorn leaves open is closed here: headers and bodies that never end, header floods, answers
that nobody reads, and clients that have left.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .settings import Settings

MOST_HEADERS = 200
PROBE_AFTER_S = 0.05
TYPE = "https://w3id.org/anlokg/problems/"


class _Refused(Exception):
    """Stops the parser."""


class Connection(HttpToolsProtocol):
    """A connection within the limits of the settings."""

    settings: Settings

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._head_bytes = self._head_count = 0
        self._refusal: tuple[int, str, str] | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._clock: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        if len(self.connections) > self.settings.connections:
            self._refuse(503, "connections", "Too many connections; come again in a second")
            return
        self._wait(self.settings.header_time_s, 408, "The request's headers took too long")

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._clock, self._stall):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends nothing more: it may wait for its answer, or may have gone.

        Only writing tells. Every client understands an interim response; a connection that is
        gone answers it with a reset, which the next write meets.
        """
        cycle = self.cycle
        waiting = cycle is not None and not cycle.response_complete
        if waiting and self.scope["http_version"] == "1.1":
            self._probe(2)
            return True
        return False

    def data_received(self, data: bytes) -> None:
        if self._refusal is None:
            super().data_received(data)

    # What the parser finds -----------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._head_bytes = self._head_count = 0
        self._wait(self.settings.header_time_s, 408, "The request's headers took too long")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.settings.header_bytes:
            detail = f"The address has more than {self.settings.header_bytes} bytes; use POST"
            self._stop(414, "address", detail)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        self._head_count += 1
        if self._head_bytes > self.settings.header_bytes or self._head_count > MOST_HEADERS:
            self._stop(431, "headers", "The headers are too large or too many")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._wait(self.settings.body_time_s, 408, "The request's body took too long")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        super().on_message_complete()

    # Writing -------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        self._stall = self.loop.call_later(self.settings.stall_time_s, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
        super().resume_writing()

    def send_400_response(self, _msg: str) -> None:
        """Answers what the parser stopped at."""
        status, name, detail = self._refusal or (400, "request", "This is not HTTP")
        self._write(status, name, detail)

    def _stop(self, status: int, name: str, detail: str) -> None:
        self._refusal = (status, name, detail)
        raise _Refused

    def _refuse(self, status: int, name: str, detail: str) -> None:
        self._refusal = (status, name, detail)
        self._write(status, name, detail)

    def _wait(self, seconds: float, status: int, detail: str) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._clock = self.loop.call_later(seconds, self._late, status, detail)

    def _late(self, status: int, detail: str) -> None:
        begun = self.cycle is not None and self.cycle.response_started
        if (begun and not self.cycle.response_complete) or self.transport.is_closing():
            self.transport.abort()
        else:
            self._refuse(status, "slow-request", detail)

    def _probe(self, left: int) -> None:
        cycle = self.cycle
        if self.transport.is_closing() or cycle is None or cycle.response_started or not left:
            return
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.loop.call_later(PROBE_AFTER_S, self._probe, left - 1)

    def _write(self, status: int, name: str, detail: str) -> None:
        body: dict[str, Any] = {"type": TYPE + name, "title": detail, "status": status}
        text = json.dumps(body | {"detail": detail}).encode()
        head = (
            b"content-type: application/problem+json\r\ncache-control: no-store\r\n"
            b"access-control-allow-origin: *\r\nconnection: close\r\n"
        )
        retry = b"retry-after: 1\r\n" if status == 503 else b""
        size = b"content-length: %d\r\n\r\n" % len(text)
        self.transport.write(b"".join((STATUS_LINE[status], head, retry, size, text)))
        self.transport.close()


def limited(settings: Settings) -> type[Connection]:
    """The class of connections within some settings; the server makes them by itself."""
    return type("LimitedConnection", (Connection,), {"settings": settings})
