"""``/docs``: every operation, to be read and tried in a browser; and the document behind it.

The pages are drawn by Swagger UI, whose files come with a package: no other host is asked.
"""

from __future__ import annotations

import json
from importlib import resources

from fastapi import APIRouter, Request, Response

from ..engine.request import Reply
from ..errors import AnlokgError, NotFound
from ..version import __version__
from . import openapi, pages
from .answers import Body, answered
from .context import Context

PACKAGE = "fastapi_swagger.resources"
FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


def router(context: Context) -> APIRouter:
    """The document, the page and the files of Swagger UI."""
    routes = APIRouter()

    async def document(request: Request) -> Response:
        return await answered(
            context,
            request,
            key=("openapi", __version__, context.path(""), _shape(context)),
            produce=lambda: _document(context, request),
            media_type="application/json",
        )

    async def docs(request: Request) -> Response:
        async def produce() -> Body:
            return pages.fill(context, "docs.html", {}).encode()

        return await answered(
            context,
            request,
            key=("docs", __version__, context.path("")),
            produce=produce,
            media_type="text/html",
            headers=pages.SAFE,
        )

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise NotFound(f"there is nothing at {request.url.path}")

        async def produce() -> Body:
            return bytes(resources.files(PACKAGE).joinpath(name).read_bytes())

        return await answered(
            context,
            request,
            key=("docs", name, __version__),
            produce=produce,
            media_type=FILES[name],
        )

    routes.add_route("/openapi.json", document, ["GET"], include_in_schema=False)
    routes.add_route("/docs", docs, ["GET"], include_in_schema=False)
    routes.add_route("/docs/{name}", file, ["GET"], include_in_schema=False)
    return routes


async def _document(context: Context, request: Request) -> Body:
    async def make() -> dict[str, bytes]:
        return await openapi.examples(context)

    try:
        examples, label = await context.made("examples of answers", make), ""
    except AnlokgError:
        # The engine cannot be asked now. The document is of use without examples, but not kept.
        examples, label = {}, "incomplete"
    made = openapi.document(request.app, context, examples)
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return Reply(text.encode(), label=label)


def _shape(context: Context) -> str:
    return "\n".join(query.text for query in context.edition.queries.values())
