"""Findings on printed figures at ``/integrity``: three shipped questions at places of their own.

``/integrity`` is ``list-findings``, ``/integrity/rules`` is ``list-integrity-rules``, and
``/integrity/<key>`` is the one row of a finding, or its page or RDF.
"""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from ..errors import NotFound
from ..query.catalogue import Query
from . import negotiation
from .context import Context
from .dereferencing import see_other
from .question import wanted
from .question.answering import Desk
from .question.wanted import FORMS, MEDIA_TYPES
from .questions import answer
from .thing import lookup
from .thing.addresses import MEDIA_TYPES as GRAPHS
from .thing.addresses import SUFFIXES, address
from .thing.asker import Asker

PATH = "/integrity"
FINDINGS, RULES = "list-findings", "list-integrity-rules"
OF_ONE = FORMS | {media_type: form for form, media_type in GRAPHS.items()}
"""Forms of a finding: those of answers, and those of things."""


def router(context: Context) -> APIRouter:
    """The findings, the rules, and each finding by its key."""
    routes = APIRouter(tags=["Integrity"])
    desk = Desk(context)

    async def listed(request: Request) -> Response:
        suffix = request.path_params.get("suffix", "")
        return await _list(context, desk, request, FINDINGS, PATH, suffix)

    async def rules(request: Request) -> Response:
        suffix = request.path_params.get("suffix", "")
        return await _list(context, desk, request, RULES, f"{PATH}/rules", suffix)

    async def sparql(request: Request) -> Response:
        return await _list(context, desk, request, FINDINGS, PATH, "rq")

    async def sparql_of_rules(request: Request) -> Response:
        return await _list(context, desk, request, RULES, f"{PATH}/rules", "rq")

    async def finding(request: Request) -> Response:
        return await _finding(context, desk, request, request.path_params["key"])

    for path, endpoint in (
        (PATH, listed),
        (f"{PATH}.{{suffix}}", listed),
        (f"{PATH}/sparql", sparql),
        (f"{PATH}/rules", rules),
        (f"{PATH}/rules.{{suffix}}", rules),
        (f"{PATH}/rules/sparql", sparql_of_rules),
        (f"{PATH}/{{key:path}}", finding),
    ):
        routes.add_route(path, endpoint, ["GET"], include_in_schema=False)
    return routes


async def _list(
    context: Context, desk: Desk, request: Request, name: str, path: str, suffix: str
) -> Response:
    query = _query(context, name)
    if suffix and suffix not in MEDIA_TYPES:
        ends = ", ".join(f".{form}" for form in MEDIA_TYPES)
        raise NotFound(f"there is no form .{suffix} of {path}. There are: {ends}")
    asked = wanted.asked(query, suffix, request, path)
    return await answer(context, desk, request, asked)


async def _finding(context: Context, desk: Desk, request: Request, key: str) -> Response:
    """One finding: for programs its row, for people its page, as RDF its data."""
    key, form = _form(request, key)
    base = context.edition.base
    iri = base.entity("finding", key)
    asker = Asker(context, request, context.settings.page_time_limit_s)
    outlined = await lookup.find(asker, [iri])
    if f"{base.ontology}IntegrityFinding" not in outlined.types:
        raise NotFound(f"{key[:200]!r} is no finding; {PATH} lists them all")
    if form == "html":
        return see_other(context, request, address(base.iri, iri).page)
    if form in GRAPHS:
        return see_other(context, request, address(base.iri, iri).data(form))
    asked = wanted.asked(_query(context, FINDINGS), form, request, f"{PATH}/{key}")
    given = [pair for pair in asked.given if pair[0] != "finding"]
    asked = replace(asked, given=[*given, ("finding", iri)])
    return await answer(context, desk, request, asked)


def _form(request: Request, key: str) -> tuple[str, str]:
    """The key without its suffix, and the form that is wanted."""
    stem, _, suffix = key.rpartition(".")
    known = {form: form for form in MEDIA_TYPES} | SUFFIXES
    if stem and suffix in known:
        return stem, known[suffix]
    named = request.query_params.get("format")
    return key, negotiation.chosen(request.headers.get("accept"), named, OF_ONE)[1]


def _query(context: Context, name: str) -> Query:
    query = context.edition.queries.get(name)
    if query is None:
        raise NotFound(f"what is served here has no question {name}; it may be no release")
    return query
