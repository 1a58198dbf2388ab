"""What the service says of itself: service description, VoID, and what crawlers may read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from ..description.about import LICENCE
from ..version import __version__
from . import negotiation, places, rdf, service_description, tables, vocabularies, void
from .answers import Body, answered
from .context import Context
from .extent import measure

WELL_KNOWN = "/.well-known/void"
SERVICE_RELATION = "http://www.w3.org/ns/sparql-service-description#endpoint"
ROBOTS = """\
User-agent: *
Disallow: {path}/sparql?
Disallow: {path}/search
Disallow: {path}/resolve
Disallow: {path}/dumps/
Disallow: {path}/admin
"""
DAY = {"Cache-Control": "public, max-age=86400"}


async def described(context: Context, request: Request) -> Response:
    """The answer to ``/sparql`` without a query: the service description, or a page."""
    media_type, form = places.form_of(request, negotiation.GRAPHS, page=True)
    if form == "html":
        return await tables.editor_page(context, request)
    root = places.root(context, request)

    async def produce() -> Body:
        graph = service_description.describe(context, root, await measure(context))
        return rdf.written(graph, form)

    settings = context.settings
    return await answered(
        context,
        request,
        key=("service", __version__, root, settings.default_graph, str(bool(settings.service))),
        produce=produce,
        media_type=media_type,
        headers={"Link": places.links((root + WELL_KNOWN[1:], "describedby", "text/turtle"))},
    )


def router(context: Context) -> APIRouter:
    """The routes of discovery."""
    routes = APIRouter(tags=["Description"])

    @routes.get(
        WELL_KNOWN,
        summary="What the dataset holds, counted (VoID)",
        **places.told(negotiation.GRAPHS),
    )
    async def described_dataset(request: Request) -> Response:
        return await _void(context, request)

    @routes.get("/robots.txt", include_in_schema=False)
    async def robots() -> Response:
        return PlainTextResponse(ROBOTS.format(path=context.path("")), headers=DAY)

    routes.include_router(vocabularies.router(context))
    return routes


async def _void(context: Context, request: Request) -> Response:
    media_type, form = places.form_of(request, negotiation.GRAPHS)
    root, edition = places.root(context, request), context.edition

    async def produce() -> Body:
        return await context.ask(request, void.query(edition, root, await measure(context)), form)

    links = [
        (f"{root}dataset", "describes", ""),
        (f"{root}sparql", SERVICE_RELATION, ""),
        *places.alternates(root + WELL_KNOWN[1:], negotiation.GRAPHS),
    ]
    if edition.release is not None:
        links += [(LICENCE, "license", ""), (f"{root}dumps", "item", "")]
    return await answered(
        context,
        request,
        key=("void", edition.id, root),
        produce=produce,
        media_type=media_type,
        headers={"Link": places.links(*links)},
    )
