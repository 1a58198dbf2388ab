"""The catalogue of questions: as a page by topic, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from fastapi import Request, Response

from ...query.catalogue import Query
from ...version import __version__
from .. import negotiation, pages
from ..answers import Body, answered
from ..context import Context
from . import documents, inputs
from .inputs import Faults

FORMS = {"application/json": "json", "text/html": "html"}
TAKES = ("q", "topic", "format")


async def listed(context: Context, request: Request) -> Response:
    """``/queries``; ``q`` keeps the questions that have all its words, ``topic`` those of one."""
    given = _given(context, inputs.pairs(request.scope["query_string"]))
    accept = request.headers.get("accept")
    media_type, form = negotiation.chosen(accept, given.get("format"), FORMS)
    queries = found(context.edition.queries.values(), given.get("q", ""), given.get("topic", ""))

    async def produce() -> Body:
        if form == "html":
            shown = {"topics": by_topic(queries), "asked": given.get("q", "")}
            return pages.fill(context, "questions.html", shown).encode()
        return _document(context, request, queries)

    place = context.url(request, "/queries")
    names = "\n".join(query.text for query in queries)
    return await answered(
        context,
        request,
        key=("questions", form, place, __version__, names, str(sorted(given.items()))),
        produce=produce,
        media_type=media_type,
        headers=pages.SAFE if form == "html" else None,
    )


def found(queries: Iterable[Query], words: str, topic: str = "") -> list[Query]:
    """The queries of a topic in which all words occur: in title, question, tags or columns."""
    wanted = words.lower().split()
    return [
        query
        for query in queries
        if topic in ("", query.topic) and all(word in _words(query) for word in wanted)
    ]


def by_topic(queries: Iterable[Query]) -> dict[str, list[Query]]:
    """Queries by topic, topics and titles in the order of the alphabet."""
    topics: dict[str, list[Query]] = {}
    for query in sorted(queries, key=lambda query: (query.topic, query.header.title)):
        topics.setdefault(query.topic, []).append(query)
    return topics


def _words(query: Query) -> str:
    head = query.header
    parts = (query.name, query.topic, head.title, head.question, *head.tags, *head.columns.values())
    return " ".join(parts).lower()


def _given(context: Context, pairs: list[tuple[str, str]]) -> Mapping[str, str]:
    faults = Faults()
    topics = tuple(by_topic(context.edition.queries.values()))
    given = {name: value for name, value in reversed(pairs) if value}
    for name in given:
        if name not in TAKES:
            faults.add(name, f"is unknown; there are: {', '.join(TAKES)}")
    if given.get("topic", "") not in ("", *topics):
        faults.add("topic", f"{given['topic']!r} is not one of: {', '.join(topics)}", topics)
    faults.check()
    return given


def _document(context: Context, request: Request, queries: list[Query]) -> bytes:
    entries = [
        documents.entry(query, context.url(request, f"/queries/{query.name}")) for query in queries
    ]
    told = {"release": context.edition.id, "count": len(entries), "queries": entries}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()
