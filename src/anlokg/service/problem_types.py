"""What each type of problem means, at the IRI that problem documents carry as their type."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from ..errors import NotFound
from . import pages
from .answers import Body, answered
from .context import Context
from .problem import KINDS, TYPE


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem: the end of its IRI, the status it comes with, and what it means."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def iri(self) -> str:
        return TYPE + self.name


HTTP: Mapping[str, tuple[int, str, str]] = {
    "address": (414, "Address too long", "Send a long query by POST."),
    "connections": (503, "Too many connections", "The service serves no more at once."),
    "content-encoding": (
        415, "Unsupported content encoding", "Send the body as it is, or packed with gzip.",
    ),
    "dumps-failed": (
        503, "Not available now", "The files could not be made; the reason is in the log.",
    ),
    "dumps-not-ready": (
        503, "Not ready yet", "The files are being made; come again when Retry-After says.",
    ),
    "encoding": (400, "Not readable", "Texts must be UTF-8, packed bodies gzip."),
    "headers": (431, "Headers too large", "The headers are too many, or too long."),
    "http": (400, "Not possible", "HTTP does not allow this request."),
    "internal": (500, "Internal error", "The service failed; the failure is in its log."),
    "media-type": (
        415, "Unsupported media type", "Queries come as a form or as application/sparql-query.",
    ),
    "method": (405, "Method not allowed", "The header Allow names the methods possible here."),
    "not-poolable": (
        400, "Should not be pooled",
        "The figures would make no honest number; the reasons say what to do.",
    ),
    "not-acceptable": (
        406, "Not acceptable", "None of the types that the header Accept names is offered.",
    ),
    "range": (416, "No such part", "The file is shorter than the part that was asked for."),
    "request": (400, "Not a whole request", "The request is not HTTP, or ended too early."),
    "slow-request": (408, "Too slow", "The request took too long to arrive."),
    "too-large": (413, "Body too large", "The body has more bytes than a request may have."),
    "unauthorized": (401, "Token needed", "Only operators may do this."),
}  # fmt: skip
"""Problems of HTTP alone: status, title and meaning by name."""


def known() -> dict[str, ProblemType]:
    """All types of problem, by name."""
    found = {name: ProblemType(name, *told) for name, told in HTTP.items()}
    for kind, status, name, title in KINDS:
        meaning = " ".join((inspect.getdoc(kind) or "").split())
        found.setdefault(name, ProblemType(name, status, title, meaning))
    return dict(sorted(found.items()))


def router(context: Context) -> APIRouter:
    """The routes of the types of problem."""
    routes = APIRouter(tags=["Linked data"])
    types = known()

    async def page(request: Request, shown: list[ProblemType]) -> Response:
        async def produce() -> Body:
            return pages.fill(context, "problem_types.html", {"types": shown}).encode()

        names = [kind.name for kind in shown]
        return await answered(
            context,
            request,
            key=("problems", *names),
            produce=produce,
            media_type="text/html",
            headers=pages.SAFE,
        )

    @routes.get("/problems", summary="All types of problem", response_class=HTMLResponse)
    async def listed(request: Request) -> Response:
        return await page(request, list(types.values()))

    @routes.get("/problems/{name}", summary="A type of problem", response_class=HTMLResponse)
    async def one(request: Request, name: str) -> Response:
        if name not in types:
            raise NotFound(f"there is no type of problem {name[:100]!r}: {', '.join(types)}")
        return await page(request, [types[name]])

    return routes
