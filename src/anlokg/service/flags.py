"""Findings on the figures that an answer uses, looked up for many of them at once."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterable

from fastapi import Request

from ..engine.request import Reply
from ..integrity import flags
from ..integrity.flags import Flag, Flags
from ..namespaces import Base
from ..query.guard import Inspection
from ..query.parameters import IRI
from .context import Context

MOST_KEPT = 20_000
"""Rows of findings that are kept with an edition; where there are more, each answer asks."""
BATCH = 1000
LARGEST_UNTHREADED = 65_536
OWN = Inspection("SELECT")
ABOUT = ("result", "statement")
"""Kinds of things that findings are about."""


async def of_iris(
    context: Context,
    request: Request | None,
    iris: Callable[[], Iterable[str]],
    timeout_s: float | None,
) -> Flags:
    """Findings on the results and statements among some IRIs; on others there may be some too.

    ``iris`` gives them, in a thread of its own, if they are needed. Raises what the engine raises:
    an answer must not look sound because nobody could look.
    """
    known = await kept(context)
    if known is not None:
        return known
    return await _asked(context, request, await asyncio.to_thread(iris), timeout_s)


def href(context: Context, request: Request, flag: Flag) -> str:
    """The address at which a finding is told."""
    base = context.edition.base
    if flag.finding.startswith(base.entity("finding", "")):
        return context.url(request, f"/integrity/{flag.key(base)}")
    return context.link(request, flag.finding)


def figures(base: Base, iris: Iterable[str]) -> list[str]:
    """The results and statements among some IRIs, in order."""
    starts = tuple(base.entity(kind, "") for kind in ABOUT)
    return sorted(iri for iri in set(iris) if iri.startswith(starts) and IRI.fullmatch(iri))


async def kept(context: Context) -> Flags | None:
    """All findings of an edition; ``None`` where they are too many, or may change at any time."""
    if not context.lasting:
        return None

    async def make() -> Flags | None:
        text = flags.asked(context.edition.base, None, MOST_KEPT + 1)
        rows = await _rows(await context.ask(None, text, "rows", inspection=OWN))
        return flags.collected(rows) if len(rows) <= MOST_KEPT else None

    return await context.made("findings", make)


async def _asked(
    context: Context, request: Request | None, iris: Iterable[str], timeout_s: float | None
) -> Flags:
    base = context.edition.base
    wanted = iter(figures(base, iris))
    rows: list[tuple[str, str, str, str]] = []
    while batch := list(itertools.islice(wanted, BATCH)):
        text = flags.asked(base, batch)
        asked = context.ask(request, text, "rows", timeout_s=timeout_s, inspection=OWN)
        rows += await _rows(await asked)
    return flags.collected(rows)


async def _rows(reply: Reply) -> list[tuple[str, str, str, str]]:
    try:
        text = await reply.read()
    finally:
        reply.close()
    if len(text) <= LARGEST_UNTHREADED:
        return _read(text)
    return await asyncio.to_thread(_read, text)


def _read(text: bytes) -> list[tuple[str, str, str, str]]:
    found = []
    for line in text.splitlines()[1:]:
        thing, finding, severity, label = json.loads(line)
        found.append((thing[1], finding[1], severity[1], label[1]))
    return found
