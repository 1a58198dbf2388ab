"""Reads a request of the SPARQL 1.1 Protocol: the query, its dataset, and what it may take."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.requests import ClientDisconnect

from ..errors import ParameterError, QueryRefused
from .refusal import HttpProblem

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the protocol carries it."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None
    timeout_s: float | None


async def read(request: Request, most_bytes: int) -> Asked | None:
    """What a request asks; ``None`` if it asks nothing, and is a GET.

    Raises ``HttpProblem``, ``QueryRefused`` or ``ParameterError``.
    """
    pairs = _pairs(request.scope["query_string"])
    if request.method != "GET":
        pairs += await _sent(request, most_bytes)
    queries = [value for name, value in pairs if name == "query"]
    if any(name == "update" for name, _ in pairs):
        raise QueryRefused("this service answers queries only; it takes no updates")
    if not queries and request.method == "GET" and not _graphs(pairs, "default"):
        return None
    if len(queries) != 1:
        detail = f"exactly one is needed, {len(queries)} were sent"
        raise ParameterError("query", detail)
    first = dict(reversed(pairs))
    return Asked(
        queries[0],
        _graphs(pairs, "default"),
        _graphs(pairs, "named"),
        first.get("format") or first.get("output"),
        _seconds(first.get("timeout")),
    )


async def _sent(request: Request, most_bytes: int) -> list[tuple[str, str]]:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == UPDATE:
        raise QueryRefused("this service answers queries only; it takes no updates")
    body = await _body(request, most_bytes)
    if kind == FORM:
        return _pairs(body)
    if kind == DIRECT:
        return [("query", _decoded(body, parameters))]
    detail = f"Send {FORM} or {DIRECT}"
    raise HttpProblem(415, "media-type", "Unsupported media type", detail)


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Names and values of a form or query string, which is UTF-8 below its escapes."""
    try:
        return parse_qsl(
            _decoded(encoded), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except UnicodeDecodeError:
        raise _not_utf_8() from None
    except ValueError:
        detail = f"A request may have {MOST_FIELDS} fields"
        raise HttpProblem(400, "parameter", "Too many fields", detail) from None


def _decoded(data: bytes, parameters: str = "") -> str:
    name, _, charset = parameters.strip().lower().partition("=")
    if name == "charset" and charset.strip(' "') not in ("utf-8", "utf8", "us-ascii"):
        raise _not_utf_8()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_utf_8() from None


def _not_utf_8() -> HttpProblem:
    return HttpProblem(400, "encoding", "Not UTF-8", "Queries and parameters must be UTF-8")


async def _body(request: Request, most_bytes: int) -> bytes:
    """The body, unpacked; 413 as soon as it is too large."""
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        detail = "Send the body as it is, or packed with gzip"
        raise HttpProblem(415, "content-encoding", "Unsupported content encoding", detail)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if coding == "gzip" else None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += _unpacked(unpacker, chunk, most_bytes + 1 - len(body)) if unpacker else chunk
            if len(body) > most_bytes:
                detail = f"The body may have {most_bytes} bytes"
                raise HttpProblem(413, "too-large", "Body too large", detail)
    except ClientDisconnect:
        raise HttpProblem(400, "request", "Not whole", "The client left in the middle") from None
    if unpacker is not None and not unpacker.eof:
        raise HttpProblem(400, "encoding", "Not gzip", "The packed body ends too early")
    return bytes(body)


def _unpacked(unpacker: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    # Never more than may still come: a small packed body can hold gigabytes.
    try:
        return unpacker.decompress(unpacker.unconsumed_tail + chunk, max(1, most))
    except zlib.error:
        raise HttpProblem(400, "encoding", "Not gzip", "The body is not packed with gzip") from None


def _graphs(pairs: list[tuple[str, str]], kind: str) -> tuple[str, ...]:
    return tuple(value for name, value in pairs if name == f"{kind}-graph-uri")


def _seconds(text: str | None) -> float | None:
    if text is None or text == "":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        raise ParameterError("timeout", f"{text!r} is not a number of seconds above 0")
    return seconds
