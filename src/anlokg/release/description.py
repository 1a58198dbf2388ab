"""VoID: what is in a release, counted; no times, so that equal data give equal descriptions."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from ..namespaces import OUTSIDE, Base

VOID, DCTERMS, RDF, XSD = (OUTSIDE[name] for name in ("void", "dcterms", "rdf", "xsd"))
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def describe(store: Store, base: Base, version: str) -> list[Quad]:
    """VoID of all graphs of a store whose default graph is their union; in a graph of its own."""
    graph = NamedNode(base.graph("description", "void"))
    root = NamedNode(f"{base.iri}dataset")
    builder = _Builder(graph)
    names = sorted(name.value for name in store.named_graphs() if isinstance(name, NamedNode))
    properties = _counts(store, "SELECT ?x (COUNT(*) AS ?n) { ?s ?x ?o } GROUP BY ?x")
    everything = sum(properties.values())
    builder.dataset(root, "anlokg: clinical evidence on anlotinib", everything)
    builder.add(root, f"{DCTERMS}license", NamedNode(LICENCE))
    builder.add(root, f"{DCTERMS}hasVersion", Literal(version))
    builder.add(root, f"{VOID}uriSpace", Literal(base.iri))
    builder.add(root, f"{VOID}vocabulary", NamedNode(base.ontology.removesuffix("/")))
    sizes = _counts(store, "SELECT ?x (COUNT(*) AS ?n) { GRAPH ?x { ?s ?p ?o } } GROUP BY ?x")
    for name in names:
        part = NamedNode(f"{base.iri}dataset/{name.removeprefix(base.iri + 'graph/')}")
        builder.dataset(part, name.removeprefix(base.iri), sizes.get(name, 0))
        builder.add(root, f"{VOID}subset", part)
    classes = _counts(store, f"SELECT ?x (COUNT(*) AS ?n) {{ ?s <{RDF}type> ?x }} GROUP BY ?x")
    _partitions(builder, root, classes, properties)
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


def _counts(store: Store, query: str) -> dict[str, int]:
    """Counts by IRI; the engine counts many times as fast as a loop over quads does."""
    rows = store.query(query)
    assert isinstance(rows, QuerySolutions)
    return {row[0].value: int(row[1].value) for row in rows if isinstance(row[0], NamedNode)}


def _partitions(
    builder: _Builder, root: NamedNode, classes: dict[str, int], properties: dict[str, int]
) -> None:
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
