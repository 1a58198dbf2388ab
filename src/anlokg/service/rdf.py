"""Small graphs in the forms people ask for, written with prefixes; rdflib is loaded when needed.

What is large is written by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdflib import Graph

WRITERS = {"ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
SAME = {"nq": "nt", "trig": "ttl"}
"""Forms in which a single graph looks as it does in another one."""


def empty(prefixes: Mapping[str, str]) -> Graph:
    """A graph that knows these prefixes, and no others."""
    from rdflib import Graph

    graph = Graph(bind_namespaces="none")
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace)
    return graph


def written(graph: Graph, form: str) -> bytes:
    """A graph in a form of ``negotiation.GRAPHS``."""
    form = SAME.get(form, form)
    text = graph.serialize(format=WRITERS[form], encoding="utf-8")
    # rdflib has no order of its own in N-Triples; equal graphs should be equal files.
    return b"".join(sorted(text.splitlines(keepends=True))) if form == "nt" else text


def converted(data: bytes, form: str, wanted: str, prefixes: Mapping[str, str]) -> bytes:
    """RDF in one form (``nt`` or ``ttl``) as RDF in another."""
    if form == SAME.get(wanted, wanted):
        return data
    graph = empty(prefixes)
    graph.parse(data=data, format=WRITERS[form])
    return written(graph, wanted)
