"""The endpoint in the terms of SPARQL 1.1 Service Description: what it can do, and over what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..description import about, access
from ..engine.functions import FUNCTIONS, Function
from ..engine.source import RemoteSource
from ..namespaces import OUTSIDE
from . import negotiation, rdf
from .context import Context
from .extent import Extent

if TYPE_CHECKING:
    from rdflib import Graph

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
NAMES = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF_XML",
    "nq": "N-Quads",
    "trig": "TriG",
}
"""Forms of answers as the W3C names them."""


def describe(context: Context, root: str, extent: Extent) -> Graph:
    """The description of the service whose address is ``root``; it ends in ``/``."""
    return _Description(context, root).of(extent)


class _Description:
    def __init__(self, context: Context, root: str) -> None:
        prefixes = {name: OUTSIDE[name] for name in ("dcterms", "rdfs", "void", "xsd")}
        self.graph = rdf.empty(prefixes | {"sd": SD, "formats": FORMATS})
        self.context, self.root = context, root
        self.service = access.endpoint(root)

    def of(self, extent: Extent) -> Graph:
        service = self.service
        self._kind(service, "Service")
        self._link(service, f"{SD}endpoint", service)
        self._link(service, f"{SD}supportedLanguage", f"{SD}SPARQL11Query")
        for form in dict.fromkeys((*negotiation.RESULTS.values(), *negotiation.GRAPHS.values())):
            self._link(service, f"{SD}resultFormat", FORMATS + NAMES[form])
        for name in self._features():
            self._link(service, f"{SD}feature", SD + name)
        if not isinstance(self.context.edition.source, RemoteSource):  # others have their own
            for function in FUNCTIONS:
                self._function(function)
        self._link(service, f"{OUTSIDE['rdfs']}seeAlso", f"{self.root}.well-known/void")
        self._dataset(extent)
        return self.graph

    def _function(self, function: Function) -> None:
        self._link(self.service, f"{SD}extensionFunction", function.iri)
        self._kind(function.iri, "Function")
        self._english(function.iri, f"{OUTSIDE['rdfs']}label", function.title)
        self._english(function.iri, f"{OUTSIDE['rdfs']}comment", function.comment)

    def _features(self) -> list[str]:
        """What is true here and now; IRIs are never fetched to answer a query."""
        settings, release = self.context.settings, self.context.edition.release
        union = settings.default_graph == "union" or (
            settings.default_graph == "own" and release is not None
        )
        found = ["UnionDefaultGraph"] if union else []
        return found + (["BasicFederatedQuery"] if settings.service else [])

    def _dataset(self, extent: Extent) -> None:
        dataset, base = f"{self.root}dataset", self.context.edition.base
        self._link(self.service, f"{SD}defaultDataset", dataset)
        self._kind(dataset, "Dataset")
        if self.context.edition.release is not None:
            words = about.dataset(extent.graphs, base)
            self._english(self.service, f"{OUTSIDE['dcterms']}title", words.title)
            self._words(dataset, words)
        default = f"{self.service}#default-graph"
        self._link(dataset, f"{SD}defaultGraph", default)
        self._graph(default, extent.default)
        for number, (name, triples) in enumerate(extent.graphs.items(), 1):
            named, graph = (f"{self.service}#{kind}-{number}" for kind in ("named-graph", "graph"))
            self._link(dataset, f"{SD}namedGraph", named)
            self._kind(named, "NamedGraph")
            self._link(named, f"{SD}name", name)
            self._link(named, f"{SD}graph", graph)
            self._graph(graph, triples)
            if self.context.edition.release is not None:
                self._words(graph, about.graph(name, base))

    def _graph(self, iri: str, triples: int | None) -> None:
        from rdflib import Literal, URIRef

        self._kind(iri, "Graph")
        if triples is not None:
            self.graph.add((URIRef(iri), URIRef(f"{OUTSIDE['void']}triples"), Literal(triples)))

    def _words(self, iri: str, words: about.About) -> None:
        self._english(iri, f"{OUTSIDE['dcterms']}title", words.title)
        self._english(iri, f"{OUTSIDE['dcterms']}description", words.description)
        if words.licence:
            self._link(iri, f"{OUTSIDE['dcterms']}license", words.licence)

    def _kind(self, iri: str, name: str) -> None:
        self._link(iri, f"{OUTSIDE['rdf']}type", SD + name)

    def _link(self, subject: str, predicate: str, item: str) -> None:
        from rdflib import URIRef

        self.graph.add((URIRef(subject), URIRef(predicate), URIRef(item)))

    def _english(self, subject: str, predicate: str, text: str) -> None:
        from rdflib import Literal, URIRef

        self.graph.add((URIRef(subject), URIRef(predicate), Literal(text, lang="en")))
