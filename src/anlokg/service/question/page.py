"""The page of a question: a form for its parameters, the answer, and ways to take it along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import Request, Response

from ...integrity.flags import Flags, gravest
from ...query.parameters import Parameter
from ...version import __version__
from .. import flags, pages
from ..answers import Body, answered
from ..context import Context
from . import cells, flagging, labels, links, wanted
from .answering import Desk, apart, like
from .paging import address
from .rows import Table
from .task import Task
from .wanted import Wanted

DOWNLOADS = {"xlsx": "Excel", "csv": "CSV", "tsv": "TSV", "json": "JSON", "srj": "SPARQL JSON"}
HINTS = {
    "iri": "a key, a CURIE or an IRI",
    "string": "text",
    "integer": "a whole number",
    "decimal": "a number",
    "date": "a date, YYYY-MM-DD",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter in the form: its value, the values on offer with their names, what is wrong."""

    parameter: Parameter
    value: str
    choices: Mapping[str, str]
    hint: str
    error: str = ""

    @property
    def label(self) -> str:
        return self.parameter.name.replace("_", " ")


async def answered_page(context: Context, desk: Desk, request: Request, asked: Wanted) -> Response:
    """The page; with what is wrong beside the fields, and status 400, if anything is."""
    wish = wanted.wish(context, asked)
    if asked.faults.errors:
        return _wrong(request, asked, await _fields(context, asked))
    wish = replace(wish, timeout_s=wish.timeout_s or context.settings.page_time_limit_s)
    task = wanted.task(context, request, asked, wish)
    limit_ms = str(round(context.limit_s(wish.timeout_s) * 1000))
    headers = {**pages.SAFE, **links.header(task, "html"), "X-Query-Timeout-Ms": limit_ms}

    async def produce() -> Body:
        found, reply = await desk.table(request, task)
        headers.update(links.header(task, "html", found.more))
        flagged = await desk.flags(request, task, found)
        values = _values(context, request, task, found)
        values |= _marks(context, request, found, flagged or {})
        values["fields"] = await _fields(context, asked)
        values["path_of_form"] = asked.path
        values["release"] = reply.label or context.edition.id
        text = await apart(reply.size, pages.fill, context, "answer.html", values)
        return like(reply, text.encode())

    return await answered(
        context,
        request,
        key=task.key("html", __version__, context.path(""), limit_ms),
        produce=produce,
        media_type="text/html",
        headers=headers,
    )


def _values(context: Context, request: Request, task: Task, found: Table) -> dict[str, object]:
    """What the template shows of an answer."""
    compact = context.edition.curies.compact

    def href(iri: str) -> str:
        return context.link(request, iri)

    window, before = task.window, task.window.previous()
    return {
        "query": task.query,
        "errors": [],
        "meanings": task.meanings(found.columns),
        "rows": [cells.shown(row, href, compact) for row in found.rows],
        "first_row": window.offset + 1,
        "last_row": window.offset + len(found.rows),
        "previous": task.address("", before) if before else None,
        "next": task.address("", window.next()) if found.more else None,
        "whole": not (found.more or before),
        "downloads": {name: task.address(f".{form}") for form, name in DOWNLOADS.items()},
        "sparql": task.text,
        "sparql_address": task.address("/sparql"),
        "editor": address(context.path("/sparql"), [("query", task.text)]),
    }


def _marks(context: Context, request: Request, found: Table, flagged: Flags) -> dict[str, object]:
    """The findings on each row, and each of them once."""
    by_row = [flagging.of_row(row, flagged) for row in found.rows]
    marks = {
        flag: cells.Mark(flag.severity, flag.text, flags.href(context, request, flag))
        for flag in gravest(flag for some in by_row for flag in some)
    }
    return {
        "marks": [[marks[flag] for flag in some] for some in by_row],
        "flags": list(marks.values()),
    }


async def _fields(context: Context, asked: Wanted) -> list[Field]:
    offered = await labels.choices(context, asked.query)
    given = dict(reversed(asked.given))
    wrong = {str(entry["parameter"]): str(entry["detail"]) for entry in asked.faults.errors}
    fields = []
    for parameter in asked.query.parameters:
        value = given.get(parameter.name, parameter.default or "")
        choices = offered[parameter.name]
        error = wrong.get(parameter.name, "")
        fields.append(Field(parameter, value, choices, HINTS[parameter.type], error))
    return fields


def _wrong(request: Request, asked: Wanted, fields: list[Field]) -> Response:
    own = {field.parameter.name for field in fields}
    others = [entry for entry in asked.faults.errors if entry["parameter"] not in own]
    values: dict[str, object] = {"query": asked.query, "fields": fields, "errors": others}
    values["path_of_form"] = asked.path
    told = {"Cache-Control": "no-store", "Vary": "Accept"}
    return pages.render(request, "question.html", values, 400, told)
