"""Errors over HTTP: one shape, ``application/problem+json`` (RFC 9457); for browsers a page."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from ..errors import (
    AnlokgError,
    AnswerTooLarge,
    EngineFailed,
    EngineUnavailable,
    NotFound,
    ParameterError,
    QueryCancelled,
    QueryError,
    QueryMemoryExceeded,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueueFull,
    RemoteError,
    UnknownQuery,
)
from . import negotiation, pages
from .refusal import HttpProblem

TYPE = "https://w3id.org/anlokg/problems/"
KINDS: tuple[tuple[type[AnlokgError], int, str, str], ...] = (
    (QuerySyntaxError, 400, "syntax", "Syntax error"),
    (ParameterError, 400, "parameter", "Wrong parameter"),
    (UnknownQuery, 404, "not-found", "Not found"),
    (QueryRefused, 403, "refused", "Not allowed here"),
    (QueryTimeout, 503, "query-timeout", "Time limit"),
    (QueryMemoryExceeded, 503, "query-memory-limit", "Memory limit"),
    (AnswerTooLarge, 503, "answer-too-large", "Answer too large"),
    (QueryCancelled, 503, "query-cancelled", "Query ended"),
    (QueueFull, 503, "queue-full", "Too many queries"),
    (EngineUnavailable, 503, "engine-unavailable", "Not available now"),
    (EngineFailed, 503, "query-failed", "The query failed"),
    (RemoteError, 502, "remote-engine", "The remote engine failed"),
    (QueryError, 400, "query", "The query cannot be run"),
    (NotFound, 404, "not-found", "Not found"),
)
"""Errors, their status, the end of their type's IRI and their title; the first that fits."""

OFFERED = {
    "application/problem+json": "json",
    "application/json": "json",
    "text/html": "html",
    "text/plain": "text",
}


def problem(
    request: Request,
    status: int,
    name: str,
    title: str,
    detail: str,
    headers: dict[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> Response:
    """A problem as the request accepts it; members without a value are left out."""
    told = {"Cache-Control": "no-store", "Vary": "Accept", **(headers or {})}
    body: dict[str, object] = {
        "type": TYPE + name,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:request:{request.scope.get('anlokg.id', '')}",
    }
    body |= {key: value for key, value in (members or {}).items() if value is not None}
    chosen = negotiation.choose(request.headers.get("accept"), OFFERED)
    form = chosen[1] if chosen else "json"
    if form == "html":
        return pages.render(request, "problem.html", body, status, told)
    if form == "text":
        return PlainTextResponse(f"{title}: {detail}\n", status, told)
    return JSONResponse(body, status, told, media_type="application/problem+json")


def respond(request: Request, error: AnlokgError) -> Response:
    """The response that an error of the tree means."""
    if isinstance(error, HttpProblem):
        parts = (error.status, error.name, error.title, str(error), error.headers)
        return problem(request, *parts, error.members)
    for kind, status, name, title in KINDS:
        if isinstance(error, kind):
            headers, members = _particulars(error)
            return problem(request, status, name, title, _detail(error), headers, members)
    return problem(request, 500, "internal", "Internal error", "The service failed; it is logged")


def _detail(error: AnlokgError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _particulars(error: AnlokgError) -> tuple[dict[str, str], dict[str, object]]:
    if isinstance(error, QuerySyntaxError):
        return {}, {"line": error.line, "column": error.column}
    if isinstance(error, ParameterError):
        return {}, {"parameter": error.name}
    if isinstance(error, QueryTimeout):
        elapsed = round(error.elapsed_s * 1000)
        return {}, {"limit": "time", "limit_value_s": error.limit_s, "elapsed_ms": elapsed}
    if isinstance(error, QueryMemoryExceeded):
        return {}, {"limit": "memory", "limit_value_mb": error.limit_mb}
    if isinstance(error, AnswerTooLarge):
        return {}, {"limit": "bytes", "limit_value_bytes": error.limit_bytes}
    if isinstance(error, QueueFull | EngineUnavailable):
        return {"Retry-After": str(error.retry_after_s)}, {}
    return {}, {}
