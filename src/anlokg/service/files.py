"""Sends a file that never changes: its digest, its parts, and nothing where the client has it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from .answers import is_head
from .refusal import HttpProblem

FOREVER = "public, max-age=31536000, immutable"
PART = re.compile(r"(\d+)-(\d*)|-(\d+)", re.ASCII)
MOST_PARTS = 20


def sent(
    request: Request,
    path: Path,
    *,
    sha256: str,
    created: str,
    media_type: str,
    headers: Mapping[str, str],
) -> Response:
    """The response with a file, or with the parts of it that a Range header asks for.

    ``sha256`` is its digest in hexadecimal, ``created`` an ISO date and time. 304 where the client
    has it; 416 where it has no such part. What is no range of bytes is passed over, as RFC 9110
    asks.
    """
    size = path.stat().st_size
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    told = {
        **headers,
        "ETag": f'"{sha256}"',
        "Last-Modified": format_datetime(datetime.fromisoformat(created), usegmt=True),
        "Cache-Control": FOREVER,
        "Accept-Ranges": "bytes",
    }
    if _has(request, told):
        return Response(status_code=304, headers=told)
    told |= {"Repr-Digest": f"sha-256=:{digest}:", "Digest": f"sha-256={digest}"}
    if is_head(request):
        whole = Response(media_type=media_type, headers=told)
        whole.headers["content-length"] = str(size)
        return whole
    return _File(path, _parts(request, told, size), media_type, told)


class _File(FileResponse):
    """A file of which certain parts are sent, whatever else the request says."""

    def __init__(self, path: Path, parts: str, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(path, media_type=media_type, headers=headers)
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the file, or its parts."""
        names = (b"range", b"if-range")
        headers = [pair for pair in scope["headers"] if pair[0] not in names]
        if self.parts:
            headers.append((b"range", self.parts.encode()))
        await super().__call__({**scope, "headers": headers}, receive, send)


def _has(request: Request, told: Mapping[str, str]) -> bool:
    """Whether the client has the file already."""
    wanted = request.headers.get("if-none-match")
    if wanted is not None:
        tags = {part.strip().removeprefix("W/") for part in wanted.split(",")}
        return not tags.isdisjoint({told["ETag"], "*"})
    since = request.headers.get("if-modified-since")
    try:
        return bool(since) and parsedate_to_datetime(since or "") >= parsedate_to_datetime(
            told["Last-Modified"]
        )
    except (TypeError, ValueError):
        return False


def _parts(request: Request, told: Mapping[str, str], size: int) -> str:
    """The Range header to go by; empty for the whole file."""
    unit, _, text = request.headers.get("range", "").partition("=")
    condition = request.headers.get("if-range")
    if condition is not None and condition not in (told["ETag"], told["Last-Modified"]):
        return ""
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    if unit.strip().lower() != "bytes" or not 0 < len(pieces) <= MOST_PARTS:
        return ""
    found = []
    for piece in pieces:
        match = PART.fullmatch(piece)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            return ""
        first = max(size - int(match[3]), 0) if match[3] else int(match[1])
        if first < size and match[3] != "0":
            last = int(match[2]) if match[2] else size - 1
            found.append(f"{first}-{min(last, size - 1)}")
    if not found:
        detail = f"The file has {size} bytes; none of them is asked for"
        where = {"Content-Range": f"bytes */{size}"}
        raise HttpProblem(416, "range", "No such part", detail, where)
    return f"bytes={','.join(found)}"
