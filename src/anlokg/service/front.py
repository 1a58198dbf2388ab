"""The outermost layer: request ids, CORS, HEAD and OPTIONS, kept answers, metrics and the log."""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .context import Context
from .metrics import Metrics
from .problem import problem

LOG = logging.getLogger("anlokg.requests")
ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
ASKABLE = "GET, HEAD, POST, QUERY, OPTIONS"
WRITABLE = {"/sparql": ASKABLE, "/sparql/": ASKABLE}
READABLE = "GET, HEAD, OPTIONS"
EXPOSED = (
    "Link, ETag, Content-Location, Retry-After, X-Query-Timeout-Ms, X-Truncated, X-Request-Id,"
    " Server-Timing, Content-Disposition, Accept-Ranges, Content-Range, Repr-Digest"
)
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
]
PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, QUERY, OPTIONS"),
    (b"access-control-allow-headers",
     b"Accept, Authorization, Cache-Control, Content-Type, If-Modified-Since, If-None-Match,"
     b" If-Range, Range, X-Request-Id"),
    (b"access-control-max-age", b"86400"),
]  # fmt: skip
KEYS = (b"accept", b"accept-encoding", b"host", b"x-forwarded-proto", b"x-forwarded-host")


class Front:
    """Wraps the application; every response passes here, errors too."""

    def __init__(self, app: ASGIApp, direct: Mapping[str, ASGIApp], context: Context) -> None:
        self.app, self.direct, self.context = app, direct, context
        self.metrics = Metrics(context)
        self._start = f"{os.getpid():x}-{int(time.time()):x}"
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        sent = _Sent(send, scope["method"] == "HEAD")
        headers = dict(scope["headers"])
        scope["anlokg.id"] = self._id(headers)
        sent.added = [*CORS, (b"x-request-id", scope["anlokg.id"].encode())]
        try:
            await self._answer(scope, headers, receive, sent)
        finally:
            self._note(scope, sent, time.perf_counter() - began)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, sent: _Sent
    ) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await sent.empty(204, _options(scope["path"]))
            return
        if method == "GET" and await self._kept(scope, headers, sent):
            return
        if method == "HEAD":
            # A copy: the server looks at its own to see that no body is due.
            scope = {**scope, "method": "GET", "anlokg.head": True}
        sent.allow = WRITABLE.get(scope["path"], READABLE)
        try:
            direct = self.direct.get(scope["path"])
            if direct is None:
                await self.app(scope, receive, sent)
            else:
                scope["app"] = self.app  # what FastAPI sets for the others
                await direct(scope, receive, sent)
        except Exception:  # whatever it is, the client gets an answer and the log the reason
            LOG.exception("request %s failed", scope["anlokg.id"])
            if sent.status:
                raise  # the answer has begun: only breaking it off tells the truth
            detail = "The service failed; the failure is in its log"
            request = Request(scope, receive)
            response = problem(request, 500, "internal", "Internal error", detail)
            await response(scope, receive, sent)

    async def _kept(self, scope: Scope, headers: dict[bytes, bytes], sent: _Sent) -> bool:
        """Answers from what is kept, if this very request was answered before."""
        parts = [headers.get(name, b"") for name in KEYS]
        door = (scope["raw_path"], scope["query_string"], *parts)
        scope["anlokg.door"] = door
        if b"no-cache" in headers.get(b"cache-control", b""):
            return False
        stored = self.context.cache.get(door)
        if stored is None:
            return False
        wanted = headers.get(b"if-none-match")
        if wanted == stored.etag:
            # Nothing is asked and nothing is sent.
            kept = [pair for pair in stored.headers if not pair[0].startswith(b"content-")]
            await sent.empty(304, kept)
            return True
        if wanted is not None or stored.body is None:
            return False  # several tags, or weak ones: worth a closer look
        start = {"type": "http.response.start", "status": 200, "headers": list(stored.headers)}
        await sent(start)
        await sent({"type": "http.response.body", "body": stored.body})
        return True

    def _id(self, headers: dict[bytes, bytes]) -> str:
        given = headers.get(b"x-request-id", b"")
        if ID.fullmatch(given):
            return given.decode()
        return f"{self._start}-{next(self._numbers):x}"

    def _note(self, scope: Scope, sent: _Sent, seconds: float) -> None:
        path = scope["path"]
        self.metrics.count(path, sent.status, seconds, sent.bytes)
        if not self.context.settings.log_requests:
            return
        entry: dict[str, Any] = {
            "time": round(time.time(), 3),
            "request": scope["anlokg.id"],
            "method": scope["method"],
            "path": path,
            "status": sent.status or 499,
            "ms": round(seconds * 1000, 2),
            "bytes": sent.bytes,
        }
        if self.context.settings.log_queries:
            entry["query"] = scope["query_string"].decode("ascii", "replace")
        LOG.info(json.dumps(entry))


class _Sent:
    """Passes messages on, and knows what was sent."""

    def __init__(self, send: Send, head: bool) -> None:
        self._send, self._head = send, head
        self.added: list[tuple[bytes, bytes]] = []
        self.allow = READABLE
        self.status = 0
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *self.added]
            if self.status == 405:
                headers = [pair for pair in headers if pair[0] != b"allow"]
                headers.append((b"allow", self.allow.encode()))
            message = {**message, "headers": headers}
        elif self._head:
            if message.get("more_body"):
                return
            message = {**message, "body": b""}
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)

    async def empty(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """A response without a body."""
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": b""})


def _options(path: str) -> list[tuple[bytes, bytes]]:
    allowed = WRITABLE.get(path, READABLE)
    headers = [(b"allow", allowed.encode()), *PREFLIGHT]
    if path in WRITABLE:
        headers.append((b"accept-query", b"application/sparql-query"))
    return headers
