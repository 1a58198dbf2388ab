"""VoID: what is in a release, counted; no times, so that equal data give equal descriptions."""

from __future__ import annotations

from collections import Counter

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ..namespaces import OUTSIDE, Base

VOID, DCTERMS, RDF, XSD = (OUTSIDE[name] for name in ("void", "dcterms", "rdf", "xsd"))
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def describe(store: Store, base: Base, version: str) -> list[Quad]:
    """VoID of all graphs of a store whose default graph is their union; in a graph of its own."""
    graph = NamedNode(base.graph("description", "void"))
    root = NamedNode(f"{base.iri}dataset")
    builder = _Builder(graph)
    names = sorted(name.value for name in store.named_graphs() if isinstance(name, NamedNode))
    everything = sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))
    builder.dataset(root, "anlokg: clinical evidence on anlotinib", everything)
    builder.add(root, f"{DCTERMS}license", NamedNode(LICENCE))
    builder.add(root, f"{DCTERMS}hasVersion", Literal(version))
    builder.add(root, f"{VOID}uriSpace", Literal(base.iri))
    builder.add(root, f"{VOID}vocabulary", NamedNode(base.ontology.removesuffix("/")))
    for name in names:
        part = NamedNode(f"{base.iri}dataset/{name.removeprefix(base.iri + 'graph/')}")
        count = sum(1 for _ in store.quads_for_pattern(None, None, None, NamedNode(name)))
        builder.dataset(part, name.removeprefix(base.iri), count)
        builder.add(root, f"{VOID}subset", part)
    _partitions(builder, root, store)
    return builder.quads


class _Builder:
    def __init__(self, graph: NamedNode) -> None:
        self.graph = graph
        self.quads: list[Quad] = []

    def add(self, subject: NamedNode, predicate: str, item: NamedNode | Literal) -> None:
        self.quads.append(Quad(subject, NamedNode(predicate), item, self.graph))

    def dataset(self, subject: NamedNode, title: str, triples: int) -> None:
        self.add(subject, f"{RDF}type", NamedNode(f"{VOID}Dataset"))
        self.add(subject, f"{DCTERMS}title", Literal(title, language="en"))
        self.add(subject, f"{VOID}triples", _integer(triples))


def _partitions(builder: _Builder, root: NamedNode, store: Store) -> None:
    classes: Counter[str] = Counter()
    properties: Counter[str] = Counter()
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        properties[quad.predicate.value] += 1
        if quad.predicate.value == f"{RDF}type" and isinstance(quad.object, NamedNode):
            classes[quad.object.value] += 1
    for kind, counts, measure in (
        ("class", classes, "entities"),
        ("property", properties, "triples"),
    ):
        for name, count in sorted(counts.items()):
            part = NamedNode(f"{root.value}/{kind}/{name.split('//', 1)[-1].replace('#', '/')}")
            builder.add(root, f"{VOID}{kind}Partition", part)
            builder.add(part, f"{VOID}{kind}", NamedNode(name))
            builder.add(part, f"{VOID}{measure}", _integer(count))


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(f"{XSD}integer"))
