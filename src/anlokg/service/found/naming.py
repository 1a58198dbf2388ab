"""Answers ``/resolve``: the address of the one thing, the choices, or the nearest names."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request, Response

from ...errors import ParameterError
from ...query.parameters import IRI
from ...search import kinds
from ...search.hits import Hit
from ...search.index import Index
from ...search.resolve import resolve
from .. import pages
from ..context import Context
from ..places import root
from ..refusal import HttpProblem
from ..thing import addresses
from . import telling

LONGEST = 2000
LONGEST_COMPARED = 300
SUGGESTED = 5
EXAMPLE = "what is to be resolved is missing. Try /resolve/P35968"
KNOWN = "ASK {{ {{ <{iri}> ?p ?o }} UNION {{ GRAPH <{iri}> {{ ?s ?p ?o }} }} }}"
IN_HEADER = "%/:?#[]@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Naming:
    """One name to resolve, in the ways it may be read."""

    context: Context
    request: Request
    index: Index
    texts: tuple[str, ...]

    async def answer(self, format: str | None) -> Response:
        """303 to the one thing, 300 with several; ``HttpProblem`` 404 with the nearest names."""
        if not self.texts[0].strip():
            raise ParameterError("name", EXAMPLE)
        if len(self.texts[0]) > LONGEST:
            raise ParameterError("name", f"a name may have {LONGEST} characters")
        base, home = self.context.edition.base, root(self.context, self.request)
        found = resolve(self.index, base, *self.texts, home=home)
        if len(found.hits) > 1:
            return self._several(found.hits, format)
        if found.hits:
            (hit,) = found.hits
            told = telling.told(self.context, self.request, hit)
            return self._see(telling.link(self.context, self.request, hit.thing.iri), told)
        for iri in self._written(found.own):
            if await self._known(iri):
                link = telling.link(self.context, self.request, iri)
                return self._see(link, {"iri": iri, "link": link})
        raise await asyncio.to_thread(self._unknown)

    def _see(self, link: str, told: dict[str, Any]) -> Response:
        headers = {"Location": quote(link, safe=IN_HEADER), "Cache-Control": self._keeping()}
        return Response(telling.written(told), 303, headers, "application/json")

    def _several(self, hits: tuple[Hit, ...], format: str | None) -> Response:
        media_type, form = telling.form(self.request, format)
        links = [telling.link(self.context, self.request, hit.thing.iri) for hit in hits]
        headers = {
            "Link": ", ".join(f'<{quote(x, safe=IN_HEADER)}>; rel="alternate"' for x in links),
            "Cache-Control": self._keeping(),
            "Vary": "Accept",
        }
        if form == "html":
            values = {
                "name": self.texts[0],
                "hits": hits,
                "kind": lambda hit: kinds.of(hit.thing.kind),
                "href": lambda hit: telling.path(self.context, hit),
            }
            return pages.render(self.request, "choices.html", values, 300, headers)
        told = [telling.told(self.context, self.request, hit) for hit in hits]
        return Response(
            telling.written({"name": self.texts[0], "choices": told}), 300, headers, media_type
        )

    def _keeping(self) -> str:
        if not self.context.lasting:
            return "no-store"
        return f"public, max-age={self.context.settings.max_age_s}"

    def _written(self, own: tuple[str, ...]) -> list[str]:
        """IRIs of ours as they may be meant, whatever their escapes."""
        base = self.context.edition.base.iri
        found = dict.fromkeys(iri for iri in own if IRI.fullmatch(iri))
        for iri in own:
            tail = iri.removeprefix(base).removeprefix("id/")
            found |= dict.fromkeys(addresses.meant(base, tail))
        return [iri for iri in found if telling.has_place(base, iri)]

    async def _known(self, iri: str) -> bool:
        reply = await self.context.ask(self.request, KNOWN.format(iri=iri), "rows")
        try:
            rows = telling.values(await reply.read())
        finally:
            reply.close()
        return rows[0][0] == "true"

    def _unknown(self) -> HttpProblem:
        name = self.texts[0][:LONGEST_COMPARED]
        hits = self.index.best(name, SUGGESTED)
        suggestions = [telling.told(self.context, self.request, hit) for hit in hits]
        near = "; ".join(f"{hit.match.name} ({hit.thing.kind})" for hit in hits)
        hint = f"The nearest names are: {near}" if near else "Search for words of it at /search"
        detail = f"Nothing is called {name!r}. {hint}"
        return HttpProblem(404, "not-found", "Not found", detail, suggestions=suggestions)


def texts(request: Request, name: str) -> tuple[str, ...]:
    """The name as the server decoded it, and as it was sent; web addresses with their query."""
    sent = addresses.sent_path(request.scope["raw_path"]).partition("/resolve/")[2]
    query = request.scope["query_string"].decode("ascii", "replace")
    if query and name.lower().startswith("http") and "format" not in request.query_params:
        return f"{name}?{unquote(query)}", f"{sent}?{query}", name, sent
    return (name, sent) if sent != name else (name,)
