"""Answers over HTTP: their tags, caching, compression and sending; the same for every router."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from ..engine.request import Reply
from .cache import Stored
from .context import Context

SMALLEST_PACKED = 1024
LEVEL = 5
LARGEST_UNTHREADED = 65_536
PACKED_ALREADY = ("application/zip", "application/gzip", "image/", "application/vnd.openxml")

Body = bytes | Reply


async def answered(
    context: Context,
    request: Request,
    *,
    key: tuple[str, ...],
    produce: Callable[[], Awaitable[Body]],
    media_type: str,
    headers: Mapping[str, str] | None = None,
    filename: str | None = None,
    cacheable: bool = True,
) -> Response:
    """The response to a request for something that ``key`` and the edition decide.

    ``produce`` makes the body (bytes, or the reply of the engine). It is not called where the
    client or the cache has the body already, nor for HEAD.
    """
    edition = context.edition
    cacheable = cacheable and context.lasting
    told = _headers(context, headers, filename, cacheable)
    if not cacheable:
        body = await produce()
        told.update(headers or {})  # produce may have added some
        return await _sent(request, body, media_type, told, "")
    tag = _tag(edition.digest, key, media_type)
    known = _known(request, tag)
    if known is not None:
        response = Response(status_code=304, headers={**told, "ETag": known})
        _remember(context, request, Stored(known.encode(), tuple(response.raw_headers), None))
        return response
    if is_head(request):
        response = Response(media_type=media_type, headers={**told, "ETag": f'"{tag}"'})
        del response.headers["content-length"]  # not known without asking
        return response
    stored_key = (tag.encode(), b"gzip" if _takes_gzip(request) else b"")
    if (stored := None if fresh(request) else context.cache.get(stored_key)) is not None:
        return _again(stored, context, request)
    body = await produce()
    told.update(headers or {})  # produce may have added some
    switched = context.edition is not edition
    if switched or (isinstance(body, Reply) and body.label not in ("", edition.id)):
        told["Cache-Control"] = "no-store"  # the release was switched in between
        return await _sent(request, body, media_type, told, "")
    if isinstance(body, Reply) and body.body is None and context.cache.takes(body.size):
        body = await _whole(body)
    response = await _sent(request, body, media_type, told, tag)
    _keep(context, request, stored_key, response)
    return response


def is_head(request: Request) -> bool:
    """Whether only the headers are wanted; the front passes HEAD on as GET."""
    return bool(request.scope.get("anlokg.head"))


def fresh(request: Request) -> bool:
    """Whether the client wants the question asked anew."""
    return "no-cache" in request.headers.get("cache-control", "")


def _tag(digest: str, key: tuple[str, ...], media_type: str) -> str:
    text = "\0".join((*key, media_type)).encode(errors="surrogatepass")
    return f"{digest}-{hashlib.blake2b(text, digest_size=9).hexdigest()}"


def _headers(
    context: Context,
    headers: Mapping[str, str] | None,
    filename: str | None,
    cacheable: bool,
) -> dict[str, str]:
    told = {"Vary": "Accept, Accept-Encoding", **(headers or {})}
    if cacheable:
        told.setdefault("Cache-Control", f"public, max-age={context.settings.max_age_s}")
        created = datetime.fromisoformat(context.edition.created)
        told.setdefault("Last-Modified", format_datetime(created, usegmt=True))
    else:
        told["Cache-Control"] = "no-store"
    if filename:
        told["Content-Disposition"] = f'attachment; filename="{filename}"'
    return told


def _known(request: Request, tag: str) -> str | None:
    """The tag by which the client says it has this answer already."""
    wanted = request.headers.get("if-none-match")
    if wanted is None:
        return None
    ours = (f'"{tag}"', f'"{tag}-gzip"')
    if wanted.strip() == "*":
        return ours[0]
    theirs = {part.strip().removeprefix("W/") for part in wanted.split(",")}
    return next((name for name in ours if name in theirs), None)


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, quality = part.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def _sent(
    request: Request, body: Body, media_type: str, headers: dict[str, str], tag: str
) -> Response:
    """The response with its body, packed where it is worth it."""
    size = body.size if isinstance(body, Reply) else len(body)
    pack = (
        size >= SMALLEST_PACKED
        and _takes_gzip(request)
        and not media_type.startswith(PACKED_ALREADY)
    )
    if pack:
        headers["Content-Encoding"] = "gzip"
    if tag:
        headers["ETag"] = f'"{tag}-gzip"' if pack else f'"{tag}"'
    whole = body.body if isinstance(body, Reply) else body
    if isinstance(body, Reply):
        headers["Server-Timing"] = f"queue;dur={body.queued_ms:g}, query;dur={body.elapsed_ms:g}"
    if whole is None:
        assert isinstance(body, Reply)
        return Streamed(body, media_type, headers, pack)
    if pack:
        whole = await _packed(whole)
    return Response(whole, media_type=media_type, headers=headers)


async def _whole(reply: Reply) -> Reply:
    """A spooled answer brought into memory, to be kept."""
    try:
        text = await reply.read()
    finally:
        reply.close()
    return Reply(text, label=reply.label, elapsed_ms=reply.elapsed_ms, queued_ms=reply.queued_ms)


async def _packed(body: bytes) -> bytes:
    if len(body) < LARGEST_UNTHREADED:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)


def _keep(context: Context, request: Request, key: tuple[bytes, ...], response: Response) -> None:
    if isinstance(response, Streamed):
        return
    headers = tuple(response.raw_headers)
    etag = response.headers["etag"].encode()
    stored = Stored(etag, headers, bytes(response.body))
    context.cache.put(key, stored)
    _remember(context, request, stored)


def _remember(context: Context, request: Request, stored: Stored) -> None:
    """The front may give this answer to the next equal request without asking anybody."""
    door = request.scope.get("anlokg.door")
    if door is not None and request.method == "GET":
        context.cache.put(door, stored)


def _again(stored: Stored, context: Context, request: Request) -> Response:
    _remember(context, request, stored)
    response = Response(stored.body or b"")
    response.raw_headers = list(stored.headers)
    return response


class Streamed(Response):
    """Sends a spooled answer in pieces and gives its file back."""

    def __init__(
        self, reply: Reply, media_type: str, headers: Mapping[str, str], pack: bool
    ) -> None:
        self.reply, self.pack = reply, pack
        super().__init__(None, 200, headers, media_type)
        if pack:
            del self.headers["content-length"]
        else:
            self.headers["content-length"] = str(reply.size)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends the answer; the file is closed whatever happens."""
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            pieces = _squeezed(self.reply.chunks()) if self.pack else self.reply.chunks()
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.reply.close()


async def _squeezed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(LEVEL, wbits=zlib.MAX_WBITS | 16)
    async for piece in pieces:
        if packed := await asyncio.to_thread(packer.compress, piece):
            yield packed
    yield packer.flush()
