"""VoID: what is in a release, counted; no times, so that equal data give equal descriptions."""

from __future__ import annotations

from pyoxigraph import Quad, Store

from ..namespaces import OUTSIDE, Base
from . import about, access, counts
from .about import About
from .counts import Size
from .partitions import Partitions
from .statements import Statements

VOID, DCTERMS = OUTSIDE["void"], OUTSIDE["dcterms"]
FORMATS = "http://www.w3.org/ns/formats/"
EXAMPLES = ("Study", "Drug", "Comparison", "GroupResult")
"""Classes of which one member each is named as an example."""


def describe(store: Store, base: Base, version: str) -> list[Quad]:
    """VoID of all graphs of a store whose default graph is their union; in a graph of its own."""
    return _Description(store, base).whole(version)


class _Description:
    def __init__(self, store: Store, base: Base) -> None:
        self.store, self.base = store, base
        self.root = f"{base.iri}dataset"
        self.said = Statements(base.graph("description", "void"))
        self.parts = Partitions(self.said, base.prefixes())
        self.sizes = counts.sizes(store, base)
        self.properties = counts.properties(store)
        self.classes = counts.classes(store)
        self.graphs = sorted(name for name in self.sizes if name)

    def whole(self, version: str) -> list[Quad]:
        self._dataset(self.root, "", about.dataset(self.graphs, self.base))
        self.said.text(self.root, f"{DCTERMS}hasVersion", version)
        self._access()
        self._vocabularies()
        self._examples()
        for name in self.graphs:
            part = f"{self.root}/{name.removeprefix(f'{self.base.iri}graph/')}"
            self.said.link(self.root, f"{VOID}subset", part)
            self._dataset(part, name, about.graph(name, self.base))
            for form in access.PARTS:
                file = access.graph_file(name, self.base, form)
                self.said.link(part, f"{VOID}dataDump", access.dump(self.base.iri, file))
        self.parts.inner(self.root, self.store)
        return self.said.quads

    def _dataset(self, iri: str, name: str, words: About) -> None:
        """What is said of the whole and of each graph alike."""
        said, size = self.said, self.sizes.get(name, Size(0, 0, 0, 0))
        properties, classes = self.properties.get(name, {}), self.classes.get(name, {})
        said.kind(iri, f"{VOID}Dataset")
        said.english(iri, f"{DCTERMS}title", words.title)
        said.english(iri, f"{DCTERMS}description", words.description)
        if words.licence:
            said.link(iri, f"{DCTERMS}license", words.licence)
        numbers = {
            "triples": size.triples,
            "entities": size.entities,
            "distinctSubjects": size.subjects,
            "distinctObjects": size.objects,
            "properties": len(properties),
            "classes": len(classes),
        }
        for measure, number in numbers.items():
            said.number(iri, VOID + measure, number)
        self.parts.classes(iri, classes)
        self.parts.properties(iri, properties)

    def _access(self) -> None:
        root = self.base.iri
        self.said.text(self.root, f"{VOID}uriSpace", root)
        self.said.link(self.root, f"{VOID}sparqlEndpoint", access.endpoint(root))
        for form in access.WHOLE:
            address = access.dump(root, access.whole_file(form))
            self.said.link(self.root, f"{VOID}dataDump", address)
        for name in ("N-Triples", "N-Quads", "Turtle", "TriG", "JSON-LD", "RDF_XML"):
            self.said.link(self.root, f"{VOID}feature", FORMATS + name)

    def _vocabularies(self) -> None:
        """The ontology, and every known namespace of others that a class or property is in."""
        self.said.link(self.root, f"{VOID}vocabulary", self.base.ontology.removesuffix("/"))
        used = [*self.properties.get("", {}), *self.classes.get("", {})]
        for namespace in OUTSIDE.values():
            if any(name.startswith(namespace) for name in used):
                self.said.link(self.root, f"{VOID}vocabulary", namespace)

    def _examples(self) -> None:
        for name in EXAMPLES:
            kind = f"<{self.base.ontology}{name}>"
            query = f"SELECT ?s {{ ?s {counts.TYPE} {kind} }} ORDER BY ?s LIMIT 1"
            for (example,), _ in counts.rows(self.store, query, 0):
                self.said.link(self.root, f"{VOID}exampleResource", example)
