"""Finding things by name at ``/search``, and what one name stands for at ``/resolve``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response

from ..errors import ParameterError
from ..search import kinds as kinds_of_things
from ..search.hits import Group
from ..search.index import Index
from . import pages
from .answers import Body, answered
from .context import Context
from .found import telling
from .found.desk import Desk
from .found.naming import EXAMPLE, Naming, texts
from .found.schema import RESOLVED, SEARCHED
from .places import root

LONGEST = 300
MOST = 100
FEW = 10

Text = Annotated[
    str | None,
    Query(
        max_length=LONGEST,
        description="A name, synonym, identifier or a few words, in any spelling",
        examples=["pd l1"],
    ),
]
Kinds = Annotated[
    str | None,
    Query(description="Kinds to look for, separated by commas; all without it", examples=["drug"]),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most hits of each kind")]
Form = Annotated[
    str | None,
    Query(
        description="The form; without it, what the Accept header says",
        json_schema_extra={"enum": ["json", "html"]},
    ),
]
Name = Annotated[
    str,
    Path(
        description="A name, identifier, CURIE or IRI; slashes stay, ? and # are percent-encoded",
        examples=["P35968"],
    ),
]


def router(context: Context) -> APIRouter:
    """The routes for finding things."""
    routes = APIRouter(tags=["Finding"])
    desk = Desk(context)

    @routes.get(
        "/search",
        summary="Things by name, synonym, identifier or words",
        response_class=Response,
        responses=SEARCHED,
    )
    async def search(
        request: Request,
        q: Text = None,
        kind: Kinds = None,
        limit: Limit = FEW,
        format: Form = None,
    ) -> Response:
        media_type, form = telling.form(request, format)
        index = await desk.index()
        search = Search(context, request, index, q or "", _kinds(kind, index), limit)
        if not search.text.strip() and form == "json":
            raise ParameterError("q", "what is looked for is missing. Try q=anlotinib")

        async def produce() -> Body:
            groups = await asyncio.to_thread(index.search, search.text, search.kinds, limit)
            return search.page(groups) if form == "html" else search.data(groups)

        return await answered(
            context,
            request,
            key=("search", root(context, request), search.text, str(search.kinds), str(limit)),
            produce=produce,
            media_type=media_type,
            headers={**(pages.SAFE if form == "html" else {}), "Link": search.others(form)},
        )

    @routes.get(
        "/resolve/{name:path}",
        summary="The thing that a name, identifier or IRI stands for",
        status_code=303,
        response_class=Response,
        responses=RESOLVED,
    )
    async def resolved(request: Request, name: Name, format: Form = None) -> Response:
        index = await desk.index()
        return await Naming(context, request, index, texts(request, name)).answer(format)

    @routes.get("/resolve", include_in_schema=False)
    async def nothing() -> Response:
        raise ParameterError("name", EXAMPLE)

    return routes


@dataclass(frozen=True, slots=True)
class Search:
    """One search: what is looked for, and how its hits are told."""

    context: Context
    request: Request
    index: Index
    text: str
    kinds: tuple[str, ...]
    limit: int

    def data(self, groups: list[Group]) -> bytes:
        """The hits as JSON."""
        told = [
            {
                "kind": group.kind.name,
                "title": group.kind.title,
                "more": group.more,
                "hits": [telling.told(self.context, self.request, hit) for hit in group.hits],
            }
            for group in groups
        ]
        return telling.written({"q": self.text, "complete": self.index.complete, "groups": told})

    def page(self, groups: list[Group]) -> bytes:
        """The hits as a page, or the page with the box alone."""
        present = [kinds_of_things.of(kind) for kind in self.index.kinds]
        values = {
            "text": self.text,
            "longest": LONGEST,
            "kinds": present,
            "chosen": self.kinds[0] if len(self.kinds) == 1 else "",
            "groups": groups,
            "names": self.index.names,
            "complete": self.index.complete,
            "href": lambda hit: telling.path(self.context, hit),
            "all": lambda group: self.address(kind=group.kind.name, limit=str(MOST)),
        }
        return pages.fill(self.context, "search.html", values).encode()

    def address(self, **changed: str) -> str:
        """The path of this search with some parameters changed."""
        fields = {"q": self.text, "kind": ",".join(self.kinds), "limit": str(self.limit)}
        pairs = {name: value for name, value in (fields | changed).items() if value}
        return f"{self.context.path('/search')}?{urlencode(pairs)}"

    def others(self, form: str) -> str:
        """The Link header: the same hits in the other form."""
        other = "json" if form == "html" else "html"
        kind = next(kind for kind, name in telling.OFFERED.items() if name == other)
        return f'<{self.address(format=other)}>; rel="alternate"; type="{kind}"'


def _kinds(text: str | None, index: Index) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
    for kind in kinds:
        if kind not in index.kinds:
            allowed = ", ".join(index.kinds) or "none, since nothing has a name here"
            raise ParameterError("kind", f"{kind!r} is not one of: {allowed}")
    return kinds
