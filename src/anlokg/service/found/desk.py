"""The index of what is being served: made once for each edition, in a thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from ...errors import EngineUnavailable
from ...search import names
from ...search.index import Index
from ..context import Context
from ..edition import Edition
from . import telling

STALE_S = 600.0
TRIES, PAUSE_S = 20, 0.1


class Switched(EngineUnavailable):
    """The release was switched while its names were asked for."""

    def __init__(self) -> None:
        super().__init__("the release is being switched; come again")


@dataclass(frozen=True, slots=True)
class Made:
    """The index of an edition, and when it was made, in seconds of the event loop's clock."""

    index: Index
    edition: str
    at: float


class Desk:
    """Has the index of what is being served; makes it when it is first needed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._making = asyncio.Lock()
        self._renewed: Made | None = None

    async def index(self) -> Index:
        """The index of the edition that is served at the moment this returns.

        Raises what ``errors`` lists below ``QueryError``, where the engine does not answer.
        """
        for _ in range(TRIES):
            with suppress(Switched):
                async with self._making:
                    made = await self._made()
                if made.edition == self._context.edition.id:
                    return made.index
            await asyncio.sleep(PAUSE_S)
        raise Switched

    async def _made(self) -> Made:
        made = await self._context.made("index", self._make)
        if self._context.lasting:
            return made
        # What a remote engine holds may change while its edition stays the same.
        newest = self._renewed if self._renewed and self._renewed.edition == made.edition else made
        if asyncio.get_running_loop().time() - newest.at > STALE_S:
            newest = self._renewed = await self._make()
        return newest

    async def _make(self) -> Made:
        context, edition = self._context, self._context.edition
        wanted = names.queries(edition.base)
        replies = {name: await context.ask(None, text, "rows") for name, text in wanted.items()}
        try:
            bodies = {name: await reply.read() for name, reply in replies.items()}
        finally:
            for reply in replies.values():
                reply.close()
        if any(reply.label not in ("", edition.id) for reply in replies.values()):
            raise Switched
        index = await asyncio.to_thread(_index, edition, bodies)
        return Made(index, edition.id, asyncio.get_running_loop().time())


def _index(edition: Edition, bodies: dict[str, bytes]) -> Index:
    rows = {name: telling.values(body) for name, body in bodies.items()}
    return Index(names.collect(edition.base, rows, edition.queries))
