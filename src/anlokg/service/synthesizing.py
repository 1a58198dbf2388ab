"""Answers one request for a synthesis: asks the engine, has it computed, lays out the page."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from markupsafe import Markup

from ..engine.request import Reply
from ..errors import ParameterError
from ..search.index import Index
from ..synthesis import findings, page
from ..synthesis import request as requests
from ..synthesis.inputs import Row
from ..synthesis.jobs import Job
from ..synthesis.plan import plan
from ..synthesis.request import Measure, Model, Split, Wish
from . import negotiation, pages
from .answers import Body, answered
from .calculation import Calculation
from .context import Context
from .refusal import HttpProblem

OFFERED = {
    "application/json": "json",
    "text/csv": "csv",
    **negotiation.HTML,
    "image/svg+xml": "svg",
    "image/png": "png",
    "application/sparql-query": "rq",
}
TYPES = {form: media_type for media_type, form in reversed(OFFERED.items())}
PLOT_SAFE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
REFUSED = ("not-poolable", "Should not be pooled")
LARGEST_UNTHREADED = 65_536
DOWNLOADS = {"json": "JSON", "csv": "CSV", "svg": "SVG", "png": "PNG", "rq": "SPARQL"}


def form_of(request: Request, named: str | None) -> tuple[str, str]:
    """Media type and form of the answer; ``ParameterError`` or 406 where there is no such form."""
    return negotiation.chosen(request.headers.get("accept"), named, OFFERED)


@dataclass(frozen=True, slots=True)
class Synthesizing:
    """One request for a synthesis."""

    context: Context
    request: Request
    index: Index
    calculation: Calculation
    wish: Wish
    form: str

    async def response(self, media_type: str) -> Response:
        """The answer; in a browser, a page that says what is wrong or refused beside the form."""
        if self.form != "html":
            return await self._answered(media_type)
        if not (self.wish.endpoint or self.wish.event):
            return await self._page_alone(200)
        try:
            return await self._answered(media_type)
        except ParameterError as error:
            return await self._page_alone(400, str(error))
        except HttpProblem as error:
            if error.name != REFUSED[0]:
                raise
            forcible = bool(error.members["forcible"])
            return await self._page_alone(error.status, str(error), forcible=forcible)

    async def _answered(self, media_type: str) -> Response:
        wanted = requests.read(self.wish, self.index, self.context.edition.base)
        headers = {"Link": self._links()}
        if self.form == "html":
            headers |= pages.SAFE
        elif self.form == "svg":
            headers |= PLOT_SAFE

        async def produce() -> Body:
            return await self._body(wanted)

        home = self.context.url(self.request, "/") if self.form == "html" else ""
        return await answered(
            self.context,
            self.request,
            key=("synthesis", self.form, repr(wanted), home),
            produce=produce,
            media_type=media_type,
            headers=headers,
            filename=self._filename() if self.form in ("csv", "png") else None,
        )

    async def _body(self, wanted: requests.Request) -> Body:
        """The body, of the release that all its queries were asked of."""
        edition = self.context.edition
        asked = plan(wanted, edition.queries, edition.base)
        replies = [await self._rows(query.text) for query in asked]
        rows = [some for some, _ in replies]
        found = {row["result"] or "" for some in rows for row in some}
        replies.append(await self._rows(findings.query(edition.base, found)))
        flagged = replies[-1][0]
        form = "json" if self.form == "html" else self.form
        flags = findings.read(flagged)
        job = Job(wanted, asked, tuple(rows), flags, edition.id, form)
        done = await self.calculation.done(job, self.context.limit_s(None))
        if done.body is None:
            raise HttpProblem(
                400,
                *REFUSED,
                "\n".join(done.reasons),
                reasons=list(done.reasons),
                forcible=done.forcible,
            )
        text = self._page(done.body) if self.form == "html" else done.body
        return _together(text, edition.id, [reply for _, reply in replies])

    async def _rows(self, text: str) -> tuple[list[Row], Reply]:
        """Rows of a query with texts as values, and the reply, which tells what it took."""
        reply = await self.context.ask(self.request, text, "rows")
        try:
            body = await reply.read()
        finally:
            reply.close()
        if len(body) > LARGEST_UNTHREADED:
            return await asyncio.to_thread(_read, body), reply
        return _read(body), reply

    def _page(self, body: bytes) -> bytes:
        data = json.loads(body)
        answer = page.fragment(data, self._plot(data["title"]), self._href)
        return self._filled(answer=answer, title=data["title"], forced=data["forced"]).encode()

    def _plot(self, title: str) -> Markup:
        address, alt = html.escape(self.address("svg")), html.escape(f"Plot: {title}")
        return Markup(f'<img src="{address}" alt="{alt}">')  # noqa: S704  escaped

    def _href(self, iri: str) -> str:
        base = self.context.edition.base.iri
        return self.context.path(f"/{iri[len(base) :]}") if iri.startswith(base) else iri

    async def _page_alone(self, status: int, problem: str = "", forcible: bool = False) -> Response:
        text = self._filled(problem=problem, forcible=forcible)
        headers = {**pages.SAFE, "Vary": "Accept", "Cache-Control": "no-store"}
        return Response(text, status, headers, "text/html")

    def _filled(self, **values: object) -> str:
        given: dict[str, object] = {
            "wish": self.wish,
            "measures": list(Measure),
            "models": list(Model),
            "splits": list(Split),
            "downloads": {name: self.address(form) for form, name in DOWNLOADS.items()},
            "forcing": self.address("html", force=True),
            "answer": "",
            "title": "",
            "problem": "",
            "forcible": False,
            "forced": False,
        }
        return pages.fill(self.context, "synthesis.html", given | values)

    def address(self, form: str, *, force: bool | None = None) -> str:
        """The path of this synthesis in a form; ``force`` changes whether it is forced."""
        wish = self.wish if force is None else replace(self.wish, force=force)
        fields = [*_fields(asdict(wish)), ("format", form)]
        return f"{self.context.path('/synthesis')}?{urlencode(fields)}"

    def _links(self) -> str:
        """The Link header: the same answer in its other forms."""
        others = (form for form in TYPES if form != self.form)
        return ", ".join(
            f'<{self.address(form)}>; rel="alternate"; type="{TYPES[form]}"' for form in others
        )

    def _filename(self) -> str:
        kind = "ranking" if self.wish.rank else "synthesis"
        return f"{kind}-{self.context.edition.id}.{self.form}"


def _together(text: bytes, release: str, replies: list[Reply]) -> Reply:
    """A reply that took what all took; of one release, or of none that could be kept."""
    labels = {reply.label or release for reply in replies} | {release}
    return Reply(
        text,
        label=" ".join(sorted(labels)),
        elapsed_ms=sum(reply.elapsed_ms for reply in replies),
        queued_ms=sum(reply.queued_ms for reply in replies),
    )


def _read(body: bytes) -> list[Row]:
    lines = body.splitlines()
    columns: list[str] = json.loads(lines[0])
    rows = (json.loads(line) for line in lines[1:])
    return [
        {name: cell[1] if cell else None for name, cell in zip(columns, row, strict=True)}
        for row in rows
    ]


def _fields(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of a request as pairs, without those that say nothing."""
    default = asdict(Wish())
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        if value == default[name]:
            continue
        several = value if isinstance(value, tuple) else (value,)
        pairs += [(name, "true" if one is True else str(one)) for one in several]
    return pairs
