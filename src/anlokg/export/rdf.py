"""A release as RDF."""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from ..engine.embedded import Engine
from ..errors import ReleaseError
from ..namespaces import Base
from ..query.parameters import IRI

FORMATS = {
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}


def write(engine: Engine, file: BinaryIO, form: str, base: Base, graph: str | None = None) -> None:
    """Writes all named graphs, or one of them.

    Formats without named graphs (ttl, nt, rdfxml) hold the union of the graphs.
    """
    chosen = FORMATS[form]
    if graph is not None:
        if not IRI.fullmatch(graph):
            raise ReleaseError(f"{graph!r} is not the IRI of a graph")
        quads = list(engine.store.quads_for_pattern(None, None, None, NamedNode(graph)))
        if not quads:
            raise ReleaseError(f"there is no graph {graph} in the release")
    elif chosen.supports_datasets:
        quads = [q for q in engine.store if not isinstance(q.graph_name, DefaultGraph)]
    else:
        quads = list(engine.store.quads_for_pattern(None, None, None, DefaultGraph()))
    if not chosen.supports_datasets:
        quads = [Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads]
    pyoxigraph.serialize(sorted(quads, key=str), file, format=chosen, prefixes=base.prefixes())
