"""How much is served: triples of the default graph, and of each named graph."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..engine.source import RemoteSource
from .context import Context

DEFAULT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAMED = "SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g LIMIT {most}"
MOST_GRAPHS = 1000


@dataclass(frozen=True, slots=True)
class Extent:
    """Numbers of triples, by name for the named graphs; ``None`` where they are not known."""

    default: int | None
    graphs: dict[str, int | None]


async def measure(context: Context) -> Extent:
    """The extent of what is served, counted once for each edition.

    A remote engine is not asked to count: it may hold anything. Of more named graphs than a
    description can sensibly list, none is.
    """
    return await context.made("extent", lambda: _measured(context))


async def _measured(context: Context) -> Extent:
    edition = context.edition
    if isinstance(edition.source, RemoteSource):
        return Extent(None, dict.fromkeys(edition.source.named_graphs))
    ((_, default),) = await _counts(context, DEFAULT)
    if edition.release is not None:
        return Extent(default, {graph.name: graph.triples for graph in edition.graphs})
    graphs: dict[str, int | None] = dict(await _counts(context, NAMED.format(most=MOST_GRAPHS + 1)))
    return Extent(default, dict(sorted(graphs.items())) if len(graphs) <= MOST_GRAPHS else {})


async def _counts(context: Context, query: str) -> list[tuple[str, int]]:
    reply = await context.ask(None, query, "json")
    try:
        rows = json.loads(await reply.read())["results"]["bindings"]
    finally:
        reply.close()
    return [(row["g"]["value"] if "g" in row else "", int(row["n"]["value"])) for row in rows]
