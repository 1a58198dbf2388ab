"""Linked data: every IRI of ours answers at this service, as a page or as RDF.

``/id/<kind>/<key>`` goes with 303 to ``/page/…`` for people, to ``/data/….<suffix>`` for programs.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ..namespaces import FUNCTIONS
from ..query import catalogue
from . import negotiation, problem_types
from .context import Context
from .dereferencing import Things, see_other
from .thing.addresses import MEDIA_TYPES, sent_path
from .thing.signposts import LINKSET_TYPE

PROBLEM: dict[str, Any] = {"application/problem+json": {}, "text/html": {}, "text/plain": {}}
REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "A parameter is wrong", "content": PROBLEM},
    404: {"description": "Nothing is known of this", "content": PROBLEM},
    406: {"description": "No form that is accepted is offered", "content": PROBLEM},
    503: {"description": "Not answered in time, or not now", "content": PROBLEM},
}


def _told(*media_types: str) -> dict[str, Any]:
    """What the description of the interface says of answers of these types."""
    content: dict[str, Any] = {media_type: {} for media_type in media_types}
    answer = {"description": "What was asked for", "content": content}
    return {"response_class": Response, "responses": {200: answer, **REFUSED}}


GOES_ON: dict[str, Any] = {
    "status_code": 303, "response_class": Response, "responses": REFUSED,
}  # fmt: skip
PAGE, LINKS, DATA = _told("text/html"), _told(LINKSET_TYPE), _told(*negotiation.GRAPHS)
Iri = Annotated[str, Query(description="IRI of the thing, or a CURIE")]
Form = Annotated[
    str | None,
    Query(alias="format", description=f"Form: {', '.join(MEDIA_TYPES)}, or html for the page"),
]
Number = Annotated[int, Query(alias="page", ge=1, description="Page of a long list")]
Into = Annotated[
    str | None, Query(alias="in", description="List what refers to the thing by this property")
]
Out = Annotated[str | None, Query(description="List the values of this property")]
About = Annotated[str | None, Query(description="List the results of a study on this outcome")]


def router(context: Context) -> APIRouter:
    """The routes of linked data."""
    routes = APIRouter(tags=["Linked data"])
    things = Things(context)
    routes.include_router(problem_types.router(context))
    _names(routes, things)
    _elsewhere(routes, context)
    _pages(routes, things)
    _data(routes, things)
    return routes


def _names(routes: APIRouter, things: Things) -> None:
    """IRIs: they go on to a page or to data."""

    @routes.get(
        "/id/{kind}/{key:path}", summary="A thing", openapi_extra=_path("kind", "key"), **GOES_ON
    )
    async def thing(request: Request, form: Form = None) -> Response:
        return await things.named(request, _after(request), form)

    @routes.get("/ontology/{term}", summary="A term", openapi_extra=_path("term"), **GOES_ON)
    async def term(request: Request, form: Form = None) -> Response:
        return await things.named(request, _whole(request), form)

    @routes.get("/ontology/{part}/{term:path}", include_in_schema=False)
    async def part(request: Request, form: Form = None) -> Response:
        return await things.named(request, _whole(request), form)

    @routes.get(
        "/graph/{layer}/{source:path}",
        summary="A named graph",
        openapi_extra=_path("layer", "source"),
        **GOES_ON,
    )
    async def graph(request: Request, form: Form = None) -> Response:
        return await things.named(request, _whole(request), form)

    @routes.get("/shapes/{part}/{name:path}", include_in_schema=False)
    @routes.get("/shapes/{name}", summary="A shape", openapi_extra=_path("name"), **GOES_ON)
    async def shape(request: Request, form: Form = None) -> Response:
        return await things.named(request, _whole(request), form)

    @routes.get(
        "/function/{name}", summary="A function of SPARQL", openapi_extra=_path("name"), **GOES_ON
    )
    async def function(request: Request, form: Form = None) -> Response:
        return await things.named(request, None, form, FUNCTIONS + _after(request))

    @routes.get("/resource", summary="Anything, by any IRI", **GOES_ON)
    async def resource(request: Request, iri: Iri, form: Form = None) -> Response:
        return await things.named(request, None, form, iri)


def _elsewhere(routes: APIRouter, context: Context) -> None:
    """IRIs of what other parts of the service show."""

    @routes.get("/query/{name}", summary="A shipped query", **GOES_ON)
    async def query(request: Request, name: str) -> Response:
        found = catalogue.get(context.edition.queries, name)
        return see_other(context, request, f"/queries/{found.name}")

    @routes.get("/dataset", summary="The dataset", **GOES_ON)
    @routes.get("/dataset/{part:path}", include_in_schema=False)
    async def dataset(request: Request) -> Response:
        return see_other(context, request, "/.well-known/void")


def _pages(routes: APIRouter, things: Things) -> None:
    key = _path("kind", "key")

    @routes.get("/page/{kind}/{key:path}", summary="The page of a thing", openapi_extra=key, **PAGE)
    async def page(
        request: Request,
        into: Into = None,
        out: Out = None,
        about: About = None,
        number: Number = 1,
    ) -> Response:
        lists = {"in": into, "out": out, "about": about}
        return await things.page(request, _after(request), "", lists, number)

    @routes.get("/page", summary="The page of anything, by its IRI", **PAGE)
    async def any_page(
        request: Request,
        iri: Iri,
        into: Into = None,
        out: Out = None,
        about: About = None,
        number: Number = 1,
    ) -> Response:
        lists = {"in": into, "out": out, "about": about}
        return await things.page(request, None, iri, lists, number)

    @routes.get(
        "/linkset/{kind}/{key:path}", summary="Typed links of a page", openapi_extra=key, **LINKS
    )
    async def linkset(request: Request) -> Response:
        return await things.linkset(request, _after(request), "")

    @routes.get("/linkset", summary="Typed links of the page of anything, by its IRI", **LINKS)
    async def any_linkset(request: Request, iri: Iri) -> Response:
        return await things.linkset(request, None, iri)


def _data(routes: APIRouter, things: Things) -> None:
    key = _path("kind", "key")

    @routes.get("/data/{kind}/{key:path}", summary="The data of a thing", openapi_extra=key, **DATA)
    async def data(request: Request, form: Form = None, number: Number = 1) -> Response:
        return await things.data(request, _after(request), "", form, number)

    @routes.get("/data", summary="The data of anything, by its IRI", **DATA)
    async def any_data(
        request: Request, iri: Iri, form: Form = None, number: Number = 1
    ) -> Response:
        return await things.data(request, None, iri, form, number)


def _whole(request: Request) -> str:
    """The path as it was sent, without the slash at its start."""
    return sent_path(request.scope["raw_path"]).lstrip("/")


def _after(request: Request) -> str:
    """The path as it was sent, behind its first part."""
    return _whole(request).partition("/")[2]


def _path(*names: str) -> dict[str, Any]:
    """Parts of a path, for the description of the interface.

    They are read from the path as it was sent: decoded, ``%2F`` could not be told from ``/``.
    """
    text = {"type": "string"}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": text} for name in names
        ]
    }
