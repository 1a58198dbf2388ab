"""A release as RDF."""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from ..engine import Engine
from ..errors import ReleaseError
from ..namespaces import Base

FORMATS = {
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}


def write(engine: Engine, file: BinaryIO, form: str, base: Base, graph: str | None = None) -> None:
    """Writes all graphs, or one of them.

    Formats without named graphs (ttl, nt, rdfxml) hold the union of the graphs.
    """
    chosen = FORMATS[form]
    if graph is not None and not any(True for _ in _quads(engine, graph)):
        raise ReleaseError(f"there is no graph {graph} in the release")
    quads = _quads(engine, graph)
    data = quads if chosen.supports_datasets else _union(quads)
    pyoxigraph.serialize(data, file, format=chosen, prefixes=base.prefixes())


def _quads(engine: Engine, graph: str | None) -> pyoxigraph.QuadIter:  # type: ignore[name-defined]
    name = NamedNode(graph) if graph else None
    return engine.store.quads_for_pattern(None, None, None, name)


def _union(quads: pyoxigraph.QuadIter) -> list[Quad]:  # type: ignore[name-defined]
    triples = {quad.triple for quad in quads}
    ordered = sorted(triples, key=str)
    return [Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in ordered]
