"""Asks a server whether what was sent is there."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.endpoint import Endpoint
from ..errors import RemoteError
from .graphs import Lines

AT_ONCE = 50
SHOWN = 3
SAMPLE = 200


def count(endpoint: Endpoint, graph: str) -> int:
    """How many triples a graph has on the server."""
    rows = endpoint.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
    try:
        return int(rows[0]["n"])
    except (IndexError, KeyError, ValueError) as error:
        raise RemoteError(f"{endpoint.url} does not count the triples of {graph}") from error


def missing(endpoint: Endpoint, graph: str, triples: Sequence[str]) -> list[str]:
    """Those of some triples, as ``subject predicate object``, that the server does not have.

    The server compares, by its own idea of equal terms: it may write numbers its own way.
    """
    lost: list[str] = []
    for start in range(0, len(triples), AT_ONCE):
        part = triples[start : start + AT_ONCE]
        # Not VALUES: with it, Virtuoso 7 finds no literal that has a language.
        parts = (f"{{ GRAPH <{graph}> {{ {t} }} BIND({i} AS ?i) }}" for i, t in enumerate(part))
        rows = endpoint.rows(f"SELECT ?i {{ {' UNION '.join(parts)} }}")
        there = {row.get("i") for row in rows}
        lost += [triple for i, triple in enumerate(part) if str(i) not in there]
    return lost


def verify(endpoint: Endpoint, graph: str, lines: Lines, sample: int | None) -> None:
    """Raises ``RemoteError`` that says what differs between a graph as sent and as it is there.

    ``sample`` is how many of its triples are looked for, 0 for none, ``None`` for all. Triples
    with blank nodes are counted, not looked for.
    """
    found = count(endpoint, graph)
    most = lines.count if sample is None else sample
    if found == lines.count and most == 0:
        return
    lost = missing(endpoint, graph, lines.sample(most or SAMPLE))
    if found == lines.count and not lost:
        return
    told = f"{endpoint.url}, graph {graph}: {lines.count} triples were sent, {found} are there"
    if lost:
        told += f". Missing: {'; '.join(lost[:SHOWN])}"
    elif found == 0:
        told += ". Is this the query address of the server that was written to?"
    elif found < lines.count:
        told += ". The server may take literals of the same value for one"
    raise RemoteError(told)
