"""From an address to the page, the data or the links of a thing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from fastapi import Request, Response

from . import negotiation, pages
from .answers import Body, answered
from .context import Context
from .thing import lookup, shapes, signposts
from .thing.addresses import MEDIA_TYPES, Address, address, meant, split_suffix
from .thing.asker import Asker, Switched
from .thing.data import Document
from .thing.neighbourhood import Outline, whole_graph
from .thing.page import entity_types, values
from .thing.signposts import LINKSET_TYPE, Link
from .thing.wanted import wanted

ATTEMPTS = 3
HTML = "html"

Make = Callable[[Asker], Awaitable[Response]]


class Things:
    """Answers for things.

    ``tail`` is the end of a path as it was sent; where it is ``None``, ``iri`` names the thing.
    Raises ``NotFound``, ``ParameterError`` and what the engine raises.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    async def named(
        self, request: Request, tail: str | None, form: str | None, iri: str = ""
    ) -> Response:
        """From an IRI on to its page or its data; a suffix goes before the Accept header."""

        async def make(asker: Asker) -> Response:
            base = asker.edition.base.iri
            stem, suffix = split_suffix(tail or "")
            iris = self._iris(asker, tail, iri)
            others = meant(base, stem) if suffix else ()
            outlined = await self._find(asker, [*iris, *others])
            by_suffix = suffix if outlined.iri not in iris else ""
            wanted_form = by_suffix or _form(request, form, page=True)[1]
            at = address(base, outlined.iri)
            return see_other(
                self.context, request, at.page if wanted_form == HTML else at.data(wanted_form)
            )

        return await self._attempt(request, self.context.settings.page_time_limit_s, make)

    async def page(
        self,
        request: Request,
        tail: str | None,
        iri: str,
        lists: Mapping[str, str | None],
        number: int,
    ) -> Response:
        """The page of a thing, or of one of its lists."""

        async def make(asker: Asker) -> Response:
            outlined = await self._find(asker, self._iris(asker, tail, iri))
            asked = wanted(asker, outlined, lists, number)
            links = await self._links(asker, request, outlined)

            async def produce() -> Body:
                told = await values(asker, outlined, asked)
                return pages.fill(self.context, "entity.html", {**told, "links": links}).encode()

            return await answered(
                self.context,
                request,
                key=("page", outlined.iri, *asked.key, self._url(request)("")),
                produce=produce,
                media_type="text/html",
                headers={**pages.SAFE, **_link(links)},
            )

        return await self._attempt(request, self.context.settings.page_time_limit_s, make)

    async def data(
        self, request: Request, tail: str | None, iri: str, form: str | None, number: int
    ) -> Response:
        """The data of a thing, or the whole of a named graph of ours."""

        async def make(asker: Asker) -> Response:
            base = asker.edition.base.iri
            stem, suffix = split_suffix(tail or "")
            iris = self._iris(asker, tail, iri)
            by_suffix = meant(base, stem) if suffix else ()
            outlined = await self._find(asker, [*by_suffix, *iris])
            at = address(base, outlined.iri)
            if outlined.iri in by_suffix:
                if suffix == HTML:
                    return see_other(self.context, request, at.page)
                return await self._document(asker, request, outlined, suffix, number)
            media_type, chosen = _form(request, form, page=False)
            if chosen == HTML:
                return see_other(self.context, request, at.page)
            return await self._document(asker, request, outlined, chosen, number, media_type)

        return await self._attempt(request, self.context.settings.time_limit_s, make)

    async def linkset(self, request: Request, tail: str | None, iri: str) -> Response:
        """The typed links of a page, in full."""

        async def make(asker: Asker) -> Response:
            outlined = await self._find(asker, self._iris(asker, tail, iri))
            links = await self._links(asker, request, outlined)
            url = self._url(request)
            at = address(asker.edition.base.iri, outlined.iri)

            async def produce() -> Body:
                return signposts.linkset(url(at.page), links)

            return await answered(
                self.context,
                request,
                key=("linkset", outlined.iri, url("")),
                produce=produce,
                media_type=LINKSET_TYPE,
            )

        return await self._attempt(request, self.context.settings.page_time_limit_s, make)

    async def _document(
        self,
        asker: Asker,
        request: Request,
        outlined: Outline,
        form: str,
        number: int,
        media_type: str = "",
    ) -> Response:
        """The data in a form; a media type is given where it was negotiated."""
        base = asker.edition.base.iri
        at, url = address(base, outlined.iri), self._url(request)
        document = Document(at, outlined, await lookup.origin(asker), number, url)
        document.check()
        headers = _link(document.links(form))
        if media_type:
            headers["Content-Location"] = url(document.path(number, form))

        async def produce() -> Body:
            if shapes.is_shape(base, outlined.iri):
                loaded = await shapes.load(self.context)
                return await asyncio.to_thread(loaded.data, outlined, form)
            whole = _is_graph(at, outlined)
            return await asker.reply(whole_graph(outlined.iri) if whole else document.query(), form)

        return await answered(
            self.context,
            request,
            key=("data", outlined.iri, form, str(number), url(""), *headers),
            produce=produce,
            media_type=media_type or MEDIA_TYPES[form],
            headers=headers,
        )

    async def _find(self, asker: Asker, iris: Sequence[str]) -> Outline:
        """The first of these IRIs that is known, to the engine or among the shapes."""
        ours = [iri for iri in iris if shapes.is_shape(asker.edition.base.iri, iri)]
        if ours:
            return (await shapes.load(self.context)).outline(ours)
        return await lookup.find(asker, iris)

    async def _links(self, asker: Asker, request: Request, outlined: Outline) -> list[Link]:
        at = address(asker.edition.base.iri, outlined.iri)
        types = entity_types(asker.edition.base.ontology, outlined)[:1]
        rel = "item" if _is_graph(at, outlined) else "describedby"
        return signposts.of_page(
            at, types, await lookup.origin(asker), self._url(request), f"{rel} alternate"
        )

    async def _attempt(self, request: Request, limit_s: float, make: Make) -> Response:
        """Makes a response anew if the release is switched while it is being made."""
        attempt = 1
        while True:
            try:
                return await make(Asker(self.context, request, limit_s))
            except Switched:
                attempt += 1
                if attempt > ATTEMPTS:
                    raise

    def _iris(self, asker: Asker, tail: str | None, iri: str) -> tuple[str, ...]:
        return lookup.named(asker, iri) if tail is None else meant(asker.edition.base.iri, tail)

    def _url(self, request: Request) -> Callable[[str], str]:
        return lambda path: self.context.url(request, path)


def see_other(context: Context, request: Request, path: str) -> Response:
    """Goes on to another path of the service."""
    age = f"public, max-age={context.settings.max_age_s}" if context.lasting else "no-store"
    headers = {"Location": context.url(request, path), "Vary": "Accept", "Cache-Control": age}
    return Response(status_code=303, headers=headers)


def _is_graph(at: Address, outlined: Outline) -> bool:
    """Whether the data of a thing is the triples of the named graph that it is."""
    return outlined.graph and at.tail.startswith("graph/")


def _link(links: list[Link]) -> dict[str, str]:
    text = signposts.header(links)
    return {"Link": text} if text else {}


def _form(request: Request, named: str | None, *, page: bool) -> tuple[str, str]:
    """The media type and form to answer with; ``page`` if a page is among them for browsers."""
    accept = request.headers.get("accept")
    offered = negotiation.GRAPHS
    if named is not None or (page and accept and "html" in accept):
        offered = negotiation.HTML | offered  # programs that take anything get data
    return negotiation.chosen(accept, named, offered)
