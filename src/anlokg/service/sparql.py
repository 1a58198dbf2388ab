"""SPARQL 1.1 Protocol, the query half, at ``/sparql``."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import AnlokgError
from ..query import guard
from ..query.guard import Inspection
from . import discovery, negotiation, protocol
from .answers import Body, answered
from .context import Context
from .problem import problem, respond
from .protocol import Asked
from .tables import result_page

PATHS = ("/sparql", "/sparql/")
METHODS = ("GET", "POST", "QUERY")


def endpoint(context: Context) -> ASGIApp:
    """The endpoint as an application of its own, without the layers that it has no use for."""

    async def sparql(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await _respond(context, request)
        except AnlokgError as error:
            response = respond(request, error)
        await response(scope, receive, send)

    return sparql


async def _respond(context: Context, request: Request) -> Response:
    if request.method not in METHODS:
        detail = f"{request.method} is not possible here"
        return problem(request, 405, "method", "Method not allowed", detail)
    asked = await protocol.read(request, context.settings.body_bytes)
    if asked is None:
        return await discovery.described(context, request)
    return await _answer(context, request, asked)


async def _answer(context: Context, request: Request, asked: Asked) -> Response:
    seen = guard.inspect(asked.query)
    media_type, form = _form(request, asked, seen)
    if form == "html":
        return await result_page(context, request, asked, seen)

    async def produce() -> Body:
        return await context.ask(
            request,
            asked.query,
            form,
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            timeout_s=asked.timeout_s,
            inspection=seen,
        )

    limit_ms = round(context.limit_s(asked.timeout_s) * 1000)
    address = context.url(request, "/sparql")
    default, named = ("\1".join(asked.default_graphs), "\1".join(asked.named_graphs))
    return await answered(
        context,
        request,
        key=("sparql", asked.query, default, named, address, str(limit_ms)),
        produce=produce,
        media_type=media_type,
        headers={"X-Query-Timeout-Ms": str(limit_ms)},
        cacheable=not seen.volatile,
    )


def _form(request: Request, asked: Asked, seen: Inspection) -> tuple[str, str]:
    """The media type and form of the answer."""
    accept = request.headers.get("accept")
    offered = negotiation.GRAPHS if seen.gives_graph else negotiation.RESULTS
    if asked.format is None and accept and "text/html" in accept and request.method == "GET":
        # A browser; programs that take anything get data.
        offered = negotiation.HTML | offered
    elif asked.format == "html":
        offered = negotiation.HTML
    return negotiation.chosen(accept, asked.format, offered)
