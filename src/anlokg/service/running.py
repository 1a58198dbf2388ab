"""For operators: health, version, metrics, and the queries under way."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from ..engine.request import Request as Query
from ..errors import AnlokgError, EngineUnavailable, NotFound
from ..version import __version__
from .context import Context
from .refusal import HttpProblem

NO_STORE = {"Cache-Control": "no-store"}
PROBE_S = 5.0
PROBE = Query("ASK {}", "json")


def router(context: Context) -> APIRouter:
    """The routes of operation."""
    routes = APIRouter(tags=["Operation"])

    @routes.get("/health/live", summary="Whether the process runs")
    async def live() -> Response:
        return JSONResponse({"status": "live"}, headers=NO_STORE)

    @routes.get("/health/ready", summary="Whether queries are answered")
    async def ready() -> Response:
        try:
            reply = await context.pool.answer(PROBE, PROBE_S)
            reply.close()
        except AnlokgError as error:
            raise EngineUnavailable(f"queries are not answered: {error}") from error
        edition = context.edition
        told = {"status": "ready", "release": edition.id, "triples": edition.triples}
        return JSONResponse(told, headers=NO_STORE)

    @routes.get("/version", summary="What is being served")
    async def version() -> Response:
        edition = context.edition
        told = {
            "anlokg": __version__,
            "release": edition.id,
            "created": edition.created,
            "digest": edition.release.manifest.quads_sha256 if edition.release else None,
            "triples": edition.triples,
            "ontology": edition.release.manifest.ontology_version if edition.release else None,
            "base": edition.base.iri,
        }
        return JSONResponse(told, headers=NO_STORE)

    @routes.get("/metrics", summary="Metrics for Prometheus")
    async def metrics(request: Request) -> Response:
        text = request.app.state.front.metrics.text()
        return Response(text, media_type="text/plain; version=0.0.4", headers=NO_STORE)

    @routes.get("/admin/running", summary="Queries under way (token)")
    async def running(request: Request) -> Response:
        _authorise(context, request)
        queries = [asdict(query) for query in context.pool.running()]
        return JSONResponse({"running": queries}, headers=NO_STORE)

    @routes.delete("/admin/running/{number}", summary="End a query (token)", status_code=204)
    async def cancel(number: int, request: Request) -> Response:
        _authorise(context, request)
        if not context.pool.cancel(number):
            raise NotFound(f"no query {number} is under way")
        return Response(status_code=204, headers=NO_STORE)

    return routes


def _authorise(context: Context, request: Request) -> None:
    token = context.settings.admin_token
    if not token:
        raise NotFound("there is no /admin here: no token is set")
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        detail = "Send the token as 'Authorization: Bearer …'"
        headers = {"WWW-Authenticate": "Bearer"}
        raise HttpProblem(401, "unauthorized", "Token needed", detail, headers)
