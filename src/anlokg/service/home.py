"""The start page: what this is, the questions by topic, a search, and the ways in for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from ..version import __version__
from . import negotiation, pages
from .answers import Body, answered
from .context import Context
from .question.catalogue import by_topic

FORMS = {"text/html": "html", "application/json": "json"}
PLACES = {
    "questions": "/queries",
    "search": "/search",
    "integrity": "/integrity",
    "sparql": "/sparql",
    "dumps": "/dumps",
    "description": "/.well-known/void",
    "api": "/openapi.json",
    "health": "/health/ready",
}
"""Where programs go on from here."""


def router(context: Context) -> APIRouter:
    """The route of the start page."""
    routes = APIRouter()

    async def home(request: Request) -> Response:
        media_type, form = negotiation.chosen(request.headers.get("accept"), None, FORMS)
        if form == "json":
            return _places(context, request)
        return await answered(
            context,
            request,
            key=("home", __version__, context.path(""), str(list(context.edition.queries))),
            produce=lambda: _page(context),
            media_type=media_type,
            headers=pages.SAFE,
        )

    routes.add_route("/", home, ["GET"], include_in_schema=False)
    return routes


async def _page(context: Context) -> Body:
    edition = context.edition
    manifest = edition.release.manifest if edition.release else None
    values = {
        "release": edition.id,
        "created": edition.created[:10],
        "triples": edition.triples,
        "studies": len(manifest.studies) if manifest else 0,
        "topics": by_topic(edition.queries.values()),
    }
    return pages.fill(context, "home.html", values).encode()


def _places(context: Context, request: Request) -> Response:
    links = {name: context.url(request, place) for name, place in PLACES.items()}
    told = {"name": "anlokg", "release": context.edition.id, **links}
    return JSONResponse(told, headers={"Cache-Control": "no-cache", "Vary": "Accept"})
