"""Answers questions: asks the engine for a part of the rows, and lays them out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from fastapi import Request

from ...engine.request import Reply
from ...integrity.flags import Flag, Flags
from .. import flags
from ..context import Context
from . import beside, documents, flagging, labels, layouts, rows
from .beside import Beside
from .documents import Tell
from .rows import Row, Table
from .task import Task
from .workbooks import Book

P = ParamSpec("P")
T = TypeVar("T")

LARGEST_UNTHREADED = 65_536
"""Bytes of an answer that are laid out while the others wait for it."""
WORKBOOKS_AT_ONCE = 2
DIRECT = {"csv": "csv", "tsv": "tsv", "srj": "json"}
"""Forms of whole answers that the engine writes by itself, unless something stands beside."""


class Desk:
    """Where questions are answered."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._books = asyncio.Semaphore(WORKBOOKS_AT_ONCE)

    async def table(self, request: Request, task: Task) -> tuple[Table, Reply]:
        """The rows of the part that is asked for; the reply tells what they took."""
        reply = await self._ask(request, task, task.window.query(task.text), "rows")
        found = await apart(reply.size, _read, reply, task.window.limit)
        if task.wish.labels:
            names = await self._names(request, task, rows.iris(found.rows))
            found = layouts.with_labels(found, names)
        return found, reply

    async def flags(self, request: Request, task: Task, found: Table) -> Flags | None:
        """Findings on what the rows name; ``None`` where the question shows no figures."""
        if not flagging.shows_figures(task.query):
            return None
        wanted = task.wish.timeout_s
        return await flags.of_iris(self.context, request, lambda: rows.iris(found.rows), wanted)

    async def body(
        self, request: Request, task: Task, form: str, told: Callable[[bool], None]
    ) -> Reply:
        """The answer in a form for programs; ``told`` hears whether more rows follow."""
        if form == "xlsx":
            return await self._workbook(request, task, told)
        # SPARQL's own JSON has no place for findings.
        plain = form == "srj" or not flagging.shows_figures(task.query)
        if form in DIRECT and task.window.whole and not task.wish.labels and plain:
            return await self._ask(request, task, task.text, DIRECT[form])
        if form in beside.WRITERS:
            return await self._file(request, task, form, told)
        found, reply = await self.table(request, task)
        told(found.more)
        if form == "srj":
            return like(reply, await apart(reply.size, layouts.as_sparql_json, found))
        release = reply.label or self.context.edition.id
        compact = self.context.edition.curies.compact
        tell = self._tell(request, await self.flags(request, task, found))
        laid = await apart(reply.size, documents.answer, task, found, release, compact, tell)
        return like(reply, laid)

    async def _ask(self, request: Request, task: Task, text: str, form: str) -> Reply:
        return await self.context.ask(request, text, form, timeout_s=task.wish.timeout_s)

    async def _names(self, request: Request, task: Task, iris: set[str]) -> dict[str, str]:
        return await labels.of_iris(self.context, request, iris, task.wish.timeout_s)

    def _tell(self, request: Request, flagged: Flags | None) -> Tell | None:
        if flagged is None:
            return None
        base = self.context.edition.base

        def href(flag: Flag) -> str:
            return flags.href(self.context, request, flag)

        def tell(row: Row) -> list[dict[str, str]]:
            return flagging.told(flagging.of_row(row, flagged), base, href)

        return tell

    async def _beside(self, request: Request, task: Task, reply: Reply) -> Beside:
        """What stands beside the cells of a reply; it is read once for each kind of it."""
        found = Beside(self.context.edition.base)
        if flagging.shows_figures(task.query):
            wanted = task.wish.timeout_s
            flagged = await flags.of_iris(
                self.context, request, lambda: beside.scan(reply)[1], wanted
            )
            found = replace(found, flags=flagged)
        if task.wish.labels:
            places, iris = await apart(reply.size, beside.scan, reply)
            names = await self._names(request, task, iris)
            found = replace(found, places=places, names=names)
        return found

    async def _file(
        self, request: Request, task: Task, form: str, told: Callable[[bool], None]
    ) -> Reply:
        """CSV or TSV with what stands beside its cells."""
        reply = await self._ask(request, task, task.window.query(task.text), "rows")
        try:
            found = await self._beside(request, task, reply)
            limit = task.window.limit
            laid, more = await apart(reply.size, beside.written, reply, form, limit, found)
        finally:
            reply.close()
        told(more)
        return like(reply, laid)

    async def _workbook(self, request: Request, task: Task, told: Callable[[bool], None]) -> Reply:
        """A workbook; its rows are read as they are written."""
        most = self.context.settings.xlsx_rows
        window = task.window if task.window.limit else replace(task.window, limit=most)
        reply = await self._ask(request, task, window.query(task.text), "rows")
        try:
            found = await self._beside(request, task, reply)
            release = reply.label or self.context.edition.id
            book = Book(task, found, release, self._created(), most)
            async with self._books:
                laid, more = await asyncio.to_thread(book.write, reply)
        finally:
            reply.close()
        told(more)
        return like(reply, laid)

    def _created(self) -> datetime:
        """When the release was made, in UTC without saying so, as workbooks have it."""
        return datetime.fromisoformat(self.context.edition.created).replace(tzinfo=None)


def like(reply: Reply, laid: bytes) -> Reply:
    """A reply with another body: of which release it is, and how long it took, stay."""
    return Reply(laid, label=reply.label, elapsed_ms=reply.elapsed_ms, queued_ms=reply.queued_ms)


async def apart(size: int, function: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """The result of a function; of a large answer in a thread, so that the others go on."""
    if size <= LARGEST_UNTHREADED:
        return function(*args, **more)
    return await asyncio.to_thread(function, *args, **more)


def _read(reply: Reply, most: int | None) -> Table:
    try:
        with reply.file() as file:
            return rows.read(file, most)
    finally:
        reply.close()
