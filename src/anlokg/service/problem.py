"""Errors over HTTP: one shape, ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from fastapi.responses import JSONResponse

HEADERS = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
TYPE = "https://w3id.org/anlokg/problems/"


def problem(
    status: int,
    name: str,
    title: str,
    detail: str,
    headers: dict[str, str] | None = None,
    **members: str | int | list[str] | None,
) -> JSONResponse:
    """A problem document; members without a value are left out."""
    body: dict[str, object] = {
        "type": TYPE + name,
        "title": title,
        "status": status,
        "detail": detail,
    }
    body |= {key: value for key, value in members.items() if value is not None}
    return JSONResponse(
        body, status, headers={**HEADERS, **(headers or {})}, media_type="application/problem+json"
    )
