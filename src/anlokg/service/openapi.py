"""The OpenAPI 3.1 document: made from the routes, the questions and what the protocol fixes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ..errors import AnlokgError, EngineUnavailable, QueueFull
from ..integrity.flags import Flag
from ..query.catalogue import Query
from . import contract, flags
from .context import Context
from .question import documents, flagging, operation, rows
from .question.catalogue import by_topic
from .question.documents import Tell
from .question.inputs import Wish
from .question.paging import Window
from .question.rows import Table
from .question.task import Task, runnable

Part = dict[str, Any]
EXAMPLES_AT_ONCE = 4


def install(app: FastAPI, context: Context) -> None:
    """Makes ``app.openapi()`` give this document, without examples of answers."""
    setattr(app, "openapi", lambda: document(app, context, {}))  # noqa: B010


def document(app: FastAPI, context: Context, examples: Mapping[str, bytes]) -> Part:
    """The document; ``examples`` are beginnings of answers by question."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        license_info=app.license_info,
        routes=app.routes,
        servers=[{"url": context.path("")}] if context.path("") else None,
    )
    for path in made["paths"].values():
        for told in path.values():
            _tell_problems(told)
    queries = context.edition.queries
    prefixes = context.edition.base.prefixes()
    own: Part = {
        f"/queries/{name}": {"get": operation.operation(query, prefixes, examples.get(name))}
        for name, query in queries.items()
    }
    own |= contract.integrity(queries, prefixes, examples)
    topics = tuple(by_topic(queries.values()))
    own |= {"/queries": contract.catalogue(topics), "/sparql": contract.sparql()}
    made["paths"] = own | made["paths"]
    made["tags"] = _tags(made["paths"])
    made["components"] = _merged(made.get("components", {}), contract.components(context.settings))
    return made


async def examples(context: Context) -> dict[str, bytes]:
    """The first row of each question's answer, as plain JSON, by question.

    Questions that fail are left out. Raises what says that the engine cannot be asked now.
    """
    free = asyncio.Semaphore(EXAMPLES_AT_ONCE)

    async def one(query: Query) -> tuple[str, bytes | None]:
        async with free:
            return query.name, await _example(context, query)

    found = await asyncio.gather(*(one(query) for query in context.edition.queries.values()))
    return {name: example for name, example in found if example is not None}


async def _example(context: Context, query: Query) -> bytes | None:
    text = runnable(query.bound({}, context.edition.base))
    task = Task(query, text, Wish({}), Window(1), f"{context.path('')}/queries/{query.name}")
    limit_s = context.settings.page_time_limit_s
    try:
        reply = await context.ask(None, task.window.query(text), "rows", timeout_s=limit_s)
    except (EngineUnavailable, QueueFull):
        raise
    except AnlokgError:
        return None
    try:
        with reply.file() as file:
            table = rows.read(file, 1)
    finally:
        reply.close()
    tell = await _tell(context, query, table, limit_s)
    compact = context.edition.curies.compact
    return documents.answer(task, table, context.edition.id, compact, tell)


async def _tell(context: Context, query: Query, table: Table, limit_s: float) -> Tell | None:
    """Gives the findings on a row of an example; their addresses are paths."""
    if not flagging.shows_figures(query):
        return None
    base = context.edition.base
    try:
        flagged = await flags.of_iris(context, None, lambda: rows.iris(table.rows), limit_s)
    except (EngineUnavailable, QueueFull):
        raise
    except AnlokgError:
        flagged = {}  # an example shows the form of an answer

    def href(flag: Flag) -> str:
        return context.path(f"/integrity/{flag.key(base)}")

    return lambda row: flagging.told(flagging.of_row(row, flagged), base, href)


def _tell_problems(told: Part) -> None:
    """Problems have one shape here, and a wrong parameter is 400; no tag stands twice."""
    told["responses"].pop("422", None)
    told["responses"].setdefault("default", {"$ref": "#/components/responses/Problem"})
    told["tags"] = list(dict.fromkeys(told.get("tags", ())))


def _merged(theirs: Part, ours: Part) -> Part:
    """Components of the routes and of the contract together."""
    theirs.get("schemas", {}).pop("HTTPValidationError", None)
    theirs.get("schemas", {}).pop("ValidationError", None)
    return {kind: theirs.get(kind, {}) | ours.get(kind, {}) for kind in (*theirs, *ours)}


def _tags(paths: Part) -> list[Part]:
    """The headings, in the order in which they come."""
    names = [tag for path in paths.values() for told in path.values() for tag in told["tags"]]
    return [{"name": name} for name in dict.fromkeys(names)]
