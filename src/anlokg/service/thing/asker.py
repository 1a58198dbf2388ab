"""Asks the engine what one page needs: within one time limit, and all of one edition."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ...engine.request import Reply
from ...errors import EngineUnavailable, QueryTimeout
from ...query.guard import Inspection
from ..question import rows
from ..question.rows import Row

if TYPE_CHECKING:
    from fastapi import Request

    from ..context import Context

OWN = Inspection("SELECT")
"""Our own queries need no guard: their IRIs are checked, and nothing else comes from outside."""


class Switched(EngineUnavailable):
    """The release was switched between two queries of a page: it must be made anew."""

    def __init__(self) -> None:
        super().__init__("the release was switched just now; come again")


class Asker:
    """Asks for one page; the limit in seconds is for all of its queries together."""

    def __init__(self, context: Context, request: Request, limit_s: float) -> None:
        self.context, self.request, self.limit_s = context, request, limit_s
        self.edition = context.edition
        self._began = asyncio.get_running_loop().time()

    async def rows(self, query: str, share: float = 1.0) -> list[Row]:
        """The rows of a SELECT query, within a share of the time that is left.

        Raises what ``errors`` lists below ``QueryError``.
        """
        reply = await self.reply(query, "rows", share)
        try:
            if reply.body is None:
                return await asyncio.to_thread(_read, reply)
            return _read(reply)
        finally:
            reply.close()

    async def reply(self, query: str, form: str, share: float = 1.0) -> Reply:
        """The answer to a query in a form of the engine."""
        elapsed = asyncio.get_running_loop().time() - self._began
        left = self.limit_s - elapsed
        if left <= 0:
            raise QueryTimeout(self.limit_s, elapsed)
        reply = await self.context.ask(
            self.request, query, form, timeout_s=left * share, inspection=OWN
        )
        if reply.label not in ("", self.edition.id):
            reply.close()
            raise Switched
        return reply


async def together(*asked: Coroutine[Any, Any, list[Row]]) -> list[list[Row]]:
    """The answers to several questions, asked at once; the first that fails ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(question) for question in asked]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _read(reply: Reply) -> list[Row]:
    with reply.file() as file:
        return rows.read(file).rows
