"""Reads a request for a question: which question, in what form, with what values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from fastapi import Request

from ...errors import NotFound, ParameterError
from ...query.catalogue import Query
from .. import negotiation
from ..context import Context
from ..settings import Settings
from . import inputs, sheets
from .inputs import Faults, Wish
from .paging import Window
from .task import Task, runnable

FORMS = {
    "application/json": "json",
    "application/sparql-results+json": "srj",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    sheets.MEDIA_TYPE: "xlsx",
    "text/html": "html",
    "application/sparql-query": "rq",
}
"""Media types of answers, and the ends of addresses that name them."""
MEDIA_TYPES = {form: media_type for media_type, form in FORMS.items()}
IN_PAGES = ("json", "html")
"""Forms that come in pages where no limit is named; the others come whole."""
MOST_SHOWN = 1000
"""Rows of a page for people; it says that there are more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, the form of its answer, what was given with it, and what is wrong with that."""

    query: Query
    form: str
    given: list[tuple[str, str]]
    faults: Faults = field(default_factory=Faults)
    path: str = ""
    """Where the question is asked; of most below ``/queries``."""

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.form]


def read(queries: Mapping[str, Query], request: Request, name: str) -> Wanted:
    """What a request asks for; ``NotFound``, or ``ParameterError`` for a broken Accept header."""
    query, suffix = _named(queries, name)
    return asked(query, suffix, request, f"/queries/{query.name}")


def asked(query: Query, suffix: str, request: Request, path: str) -> Wanted:
    """What a request for a question at a path asks for; the suffix names a form, or is empty."""
    accept = request.headers.get("accept")
    if (wrong := negotiation.malformed(accept)) is not None:
        raise ParameterError("Accept", f"{wrong!r} is not a media range such as text/csv;q=0.5")
    given = inputs.pairs(request.scope["query_string"])
    faults = Faults()
    named = dict(reversed(given)).get("format")
    if suffix and named not in (None, suffix, MEDIA_TYPES[suffix]):
        faults.add("format", f"the address ends with .{suffix} already")
    try:
        _, form = negotiation.chosen(accept, suffix or named, FORMS)
    except ParameterError:
        faults.add("format", f"{named!r} is not one of: {', '.join(MEDIA_TYPES)}", (*MEDIA_TYPES,))
        found = negotiation.choose(accept, FORMS)
        form = "html" if found and found[1] == "html" else "json"
    if form == "html":
        # A form sends its empty fields too; they mean that nothing was filled in.
        given = [(key, value) for key, value in given if value]
    return Wanted(query, form, given, faults, path)


def wish(context: Context, asked: Wanted) -> Wish:
    """The values and controls that are given; what is wrong is added to the faults."""
    prefixes = context.edition.base.prefixes()
    return inputs.read(asked.query, asked.given, prefixes, context.settings, asked.faults)


def task(context: Context, request: Request, asked: Wanted, wish: Wish) -> Task:
    """What is to be done; ``HttpProblem`` with all that is wrong with the request."""
    asked.faults.check()
    window = Window(_limit(context.settings, asked.form, wish.limit), wish.offset)
    text = runnable(asked.query.bound(wish.values, context.edition.base))
    return Task(asked.query, text, wish, window, context.url(request, asked.path))


def _limit(settings: Settings, form: str, wanted: int | None) -> int | None:
    """Most rows to give; ``None`` for all."""
    if form in IN_PAGES and wanted is None:
        wanted = min(settings.page_rows, settings.most_page_rows)
    return min(wanted, MOST_SHOWN) if form == "html" and wanted else wanted


def _named(queries: Mapping[str, Query], name: str) -> tuple[Query, str]:
    """A question by its name, and the form that the end of the name tells."""
    if name in queries:
        return queries[name], ""
    stem, _, suffix = name.rpartition(".")
    if stem in queries and suffix in MEDIA_TYPES:
        return queries[stem], suffix
    if stem in queries:
        ends = ", ".join(f".{form}" for form in MEDIA_TYPES)
        raise NotFound(f"there is no form .{suffix} of {stem}. There are: {ends}")
    near = get_close_matches(stem or name, queries, n=3)
    hint = f"Did you mean: {', '.join(near)}? " if near else ""
    raise NotFound(f"no question is called {name!r}. {hint}/queries lists them all")
