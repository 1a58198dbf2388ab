"""Finds the thing that an address or a parameter means, and keeps what was found for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from ...errors import NotFound, ParameterError, QuerySyntaxError
from . import neighbourhood
from .addresses import is_iri
from .asker import Asker
from .neighbourhood import Outline
from .signposts import Origin

MOST_KEPT = 2000
"""Outlines kept of one edition; the least used go first. Each is some kilobytes at most."""


async def find(asker: Asker, iris: Iterable[str]) -> Outline:
    """The outline of the first of these IRIs that anything is known of; else ``NotFound``."""
    kept = await _kept(asker)
    tried = list(iris)
    for iri in tried:
        outlined = kept.get(iri) or await _ask(asker, iri)
        if outlined.known:
            if asker.context.lasting:
                _keep(kept, outlined)
            return outlined
    named = f"<{tried[0][:300]}>" if tried else "this address"
    raise NotFound(f"nothing is known of {named}")


def named(asker: Asker, value: str) -> tuple[str, ...]:
    """The IRIs that the parameter ``iri`` may mean: an IRI in full, or a CURIE."""
    expanded = asker.edition.expand(value)
    found = tuple(iri for iri in dict.fromkeys((value, expanded)) if iri and is_iri(iri))
    if not found:
        example = f"{asker.edition.base.iri}id/drug/anlotinib"
        raise ParameterError("iri", f"{value[:200]!r} is not an IRI, such as {example}")
    return found


async def origin(asker: Asker) -> Origin:
    """The dataset that is served and its licence, as far as it describes itself."""
    dataset = f"{asker.edition.base.iri}dataset"

    async def make() -> Origin:
        rows = await asker.rows(neighbourhood.licence(dataset))
        licences = sorted(row[0][1] for row in rows if row[0] is not None)
        return Origin(dataset, licences[0]) if licences else Origin()

    return await asker.context.made("origin", make)


async def _ask(asker: Asker, iri: str) -> Outline:
    try:
        rows = await asker.rows(neighbourhood.outline(iri))
    except QuerySyntaxError:
        rows = []  # an engine may be stricter than we are on what an IRI is
    return neighbourhood.read_outline(iri, rows)


async def _kept(asker: Asker) -> OrderedDict[str, Outline]:
    async def make() -> OrderedDict[str, Outline]:
        return OrderedDict()

    return await asker.context.made("outlines", make)


def _keep(kept: OrderedDict[str, Outline], outlined: Outline) -> None:
    kept[outlined.iri] = outlined
    kept.move_to_end(outlined.iri)
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)
