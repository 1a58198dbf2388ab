"""Canonical N-Quads: sorted lines, blank nodes labelled by RDFC-1.0; a digest per graph."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
)

from .manifest import GraphEntry


def parse(data: bytes, form: RdfFormat, graph: str) -> list[Quad]:
    """Quads of a document, in a named graph, with canonical blank nodes."""
    name = NamedNode(graph)
    quads = [Quad(q.subject, q.predicate, q.object, name) for q in pyoxigraph.parse(data, form)]
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    mark = hashlib.sha256(graph.encode()).hexdigest()[:8]
    return [_marked(quad, mark) for quad in dataset]


def _marked(quad: Quad, mark: str) -> Quad:
    """The canonical labels are the same in every graph; a mark of the graph keeps them apart."""
    subject, item = quad.subject, quad.object
    if isinstance(subject, BlankNode):
        subject = BlankNode(f"g{mark}{subject.value}")
    if isinstance(item, BlankNode):
        item = BlankNode(f"g{mark}{item.value}")
    return Quad(subject, quad.predicate, item, quad.graph_name)


def write(store: Store, path: Path) -> tuple[str, tuple[GraphEntry, ...]]:
    """Writes all quads of a store, sorted; gives the digest of the file and of each graph."""
    whole = hashlib.sha256()
    entries = []
    names = sorted(name.value for name in store.named_graphs() if isinstance(name, NamedNode))
    with path.open("wb") as file:
        for name in names:
            lines = sorted(_lines(store, name))
            part = hashlib.sha256()
            for line in lines:
                part.update(line)
                whole.update(line)
                file.write(line)
            entries.append(GraphEntry(name, len(lines), part.hexdigest()))
    return whole.hexdigest(), tuple(entries)


def _lines(store: Store, graph: str) -> Iterable[bytes]:
    for quad in store.quads_for_pattern(None, None, None, NamedNode(graph)):
        yield f"{quad} .\n".encode()
