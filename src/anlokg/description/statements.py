"""Collects the statements of one graph."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad

from ..namespaces import OUTSIDE

RDF, XSD = OUTSIDE["rdf"], OUTSIDE["xsd"]


class Statements:
    """Statements of a named graph; subjects and predicates are given by their IRIs."""

    def __init__(self, graph: str) -> None:
        self.graph = NamedNode(graph)
        self.quads: list[Quad] = []

    def link(self, subject: str, predicate: str, item: str) -> None:
        """States a relation to the thing with an IRI."""
        self._add(subject, predicate, NamedNode(item))

    def kind(self, subject: str, *classes: str) -> None:
        """States what a thing is."""
        for name in classes:
            self.link(subject, f"{RDF}type", name)

    def english(self, subject: str, predicate: str, text: str) -> None:
        """States a text in English."""
        self._add(subject, predicate, Literal(text, language="en"))

    def text(self, subject: str, predicate: str, text: str, datatype: str = "string") -> None:
        """States a text of a datatype of XML Schema."""
        self._add(subject, predicate, Literal(text, datatype=NamedNode(XSD + datatype)))

    def number(self, subject: str, predicate: str, number: int) -> None:
        """States a whole number."""
        self.text(subject, predicate, str(number), "integer")

    def _add(self, subject: str, predicate: str, item: NamedNode | Literal) -> None:
        self.quads.append(Quad(NamedNode(subject), NamedNode(predicate), item, self.graph))
