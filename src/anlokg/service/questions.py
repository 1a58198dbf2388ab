"""Questions without SPARQL: each shipped query is an operation below ``/queries``."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from .answers import Body, answered
from .context import Context
from .question import catalogue, links, page, wanted
from .question.answering import Desk
from .question.task import Task
from .question.wanted import MEDIA_TYPES, Wanted

FILES = ("csv", "tsv", "xlsx")
"""Forms that are kept as files; the others only if that is asked for."""


def router(context: Context) -> APIRouter:
    """The catalogue, and the questions in it."""
    routes = APIRouter(tags=["Questions"])
    desk = Desk(context)

    async def listed(request: Request) -> Response:
        return await catalogue.listed(context, request)

    async def question(request: Request) -> Response:
        asked = wanted.read(context.edition.queries, request, request.path_params["name"])
        return await answer(context, desk, request, asked)

    async def sparql(request: Request) -> Response:
        name = request.path_params["name"]
        asked = wanted.read(context.edition.queries, request, f"{name}.rq")
        return await answer(context, desk, request, asked)

    routes.add_route("/queries", listed, ["GET"], include_in_schema=False)
    routes.add_route("/queries/{name}", question, ["GET"], include_in_schema=False)
    routes.add_route("/queries/{name}/sparql", sparql, ["GET"], include_in_schema=False)
    return routes


async def answer(context: Context, desk: Desk, request: Request, asked: Wanted) -> Response:
    """The answer to a question in the form that is wanted."""
    if asked.form == "html":
        return await page.answered_page(context, desk, request, asked)
    task = wanted.task(context, request, asked, wanted.wish(context, asked))
    if asked.form == "rq":
        return await _text(context, request, task)
    return await _data(context, desk, request, asked, task)


async def _data(
    context: Context, desk: Desk, request: Request, asked: Wanted, task: Task
) -> Response:
    """The answer in a form for programs."""
    limit_ms = round(context.limit_s(task.wish.timeout_s) * 1000)
    headers = {"X-Query-Timeout-Ms": str(limit_ms), **links.header(task, asked.form)}

    def told(more: bool) -> None:
        headers.update(links.header(task, asked.form, more))

    async def produce() -> Body:
        return await desk.body(request, task, asked.form, told)

    filed = asked.form in FILES or task.wish.download
    return await answered(
        context,
        request,
        key=task.key(asked.form, filed, limit_ms),
        produce=produce,
        media_type=asked.media_type,
        headers=headers,
        filename=f"{task.query.name}-{context.edition.id}.{asked.form}" if filed else None,
    )


async def _text(context: Context, request: Request, task: Task) -> Response:
    """The query as SPARQL, its parameters bound."""
    text = task.query.bound(task.wish.values, context.edition.base)

    async def produce() -> Body:
        return text.encode()

    return await answered(
        context,
        request,
        key=("question", "rq", text),
        produce=produce,
        media_type=MEDIA_TYPES["rq"],
        filename=f"{task.query.name}.rq" if task.wish.download else None,
    )
