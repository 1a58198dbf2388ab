"""The axioms of the ontology that the closure uses, read once into look-up tables.

Terms are N-Triples strings throughout, so that nothing is parsed twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rdflib import OWL, RDF, RDFS, BNode, Graph
from rdflib.collection import Collection
from rdflib.term import Node

TYPE = RDF.type.n3()
SUBCLASS = RDFS.subClassOf.n3()
SUBPROPERTY = RDFS.subPropertyOf.n3()

Names = defaultdict[str, set[str]]


def _names() -> Names:
    return defaultdict(set)


@dataclass(slots=True)
class Axioms:
    """Axioms by the predicate or class that triggers them; the OWL 2 RL rule is named behind."""

    subclasses: Names = field(default_factory=_names)  # cax-sco, cax-eqc1, cax-eqc2
    subproperties: Names = field(default_factory=_names)  # prp-spo1, prp-eqp1, prp-eqp2
    domains: Names = field(default_factory=_names)  # prp-dom
    ranges: Names = field(default_factory=_names)  # prp-rng
    inverses: Names = field(default_factory=_names)  # prp-inv1, prp-inv2, prp-symp
    transitive: set[str] = field(default_factory=set)  # prp-trp
    chains: defaultdict[str, list[tuple[tuple[str, ...], int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # prp-spo2: predicate -> (chain, position in it, implied property)
    some: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # cls-svf1, cls-svf2: property -> (filler class, restriction)
    some_by_class: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # the same, filler class -> (property, restriction)
    values: defaultdict[tuple[str, str], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )  # cls-hv2: (property, value) -> restriction
    implied_values: defaultdict[str, set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )  # cls-hv1: restriction -> (property, value)
    all: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # cls-avf: restriction -> (property, filler class)
    all_by_property: defaultdict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    intersections: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # cls-int1: member -> (intersection, all members)

    @property
    def used(self) -> frozenset[str]:
        """Predicates that can lead to a new triple."""
        names = {*self.subproperties, *self.domains, *self.ranges, *self.inverses}
        names |= {*self.chains, *self.some, *self.all_by_property, *self.transitive}
        return frozenset(names | {TYPE} | {p for p, _ in self.values})

    def schema(self) -> set[tuple[str, str, str]]:
        """Subclass triples that follow from intersections, unions and the reasoner."""
        pairs = ((sub, name) for sub, names in self.subclasses.items() for name in names)
        return {(sub, SUBCLASS, name) for sub, name in pairs}


RULES = (
    "cax-sco", "cax-eqc1", "cax-eqc2", "prp-spo1", "prp-eqp1", "prp-eqp2", "prp-dom", "prp-rng",
    "prp-inv1", "prp-inv2", "prp-symp", "prp-trp", "prp-spo2", "cls-svf1", "cls-svf2", "cls-hv1",
    "cls-hv2", "cls-avf", "cls-int1", "cls-int2", "cls-uni", "scm-sco", "scm-spo", "scm-int",
    "scm-uni", "scm-eqc1", "scm-eqp1",
)  # fmt: skip


def read(ontology: Graph, subsumptions: Iterable[tuple[str, str]] = ()) -> Axioms:
    """Axioms of an ontology; ``subsumptions`` are (sub, super) class IRIs a reasoner found."""
    return _Reader(ontology, Axioms()).read(subsumptions)


@dataclass(slots=True)
class _Reader:
    graph: Graph
    axioms: Axioms

    def read(self, subsumptions: Iterable[tuple[str, str]]) -> Axioms:
        self._classes()
        for sub, superclass in subsumptions:
            self.axioms.subclasses[f"<{sub}>"].add(f"<{superclass}>")
        self._properties()
        self._restrictions()
        self._schema()
        return self.axioms

    def _schema(self) -> None:
        """Axioms about axioms: what follows for the ontology itself (scm rules)."""
        a = self.axioms
        a.transitive.update((SUBCLASS, SUBPROPERTY))
        for same, below in ((OWL.equivalentClass, SUBCLASS), (OWL.equivalentProperty, SUBPROPERTY)):
            a.subproperties[same.n3()].add(below)
            a.inverses[same.n3()].add(same.n3())

    def _classes(self) -> None:
        subclasses = self.axioms.subclasses
        for sub, superclass in self.graph.subject_objects(RDFS.subClassOf):
            subclasses[sub.n3()].add(superclass.n3())
        for one, other in self.graph.subject_objects(OWL.equivalentClass):
            subclasses[one.n3()].add(other.n3())
            subclasses[other.n3()].add(one.n3())
        for whole, members in self.graph.subject_objects(OWL.intersectionOf):
            parts = tuple(node.n3() for node in Collection(self.graph, members))
            subclasses[whole.n3()].update(parts)
            for part in parts:
                self.axioms.intersections[part].append((whole.n3(), parts))
        for whole, members in self.graph.subject_objects(OWL.unionOf):
            for node in Collection(self.graph, members):
                subclasses[node.n3()].add(whole.n3())

    def _properties(self) -> None:
        a, graph = self.axioms, self.graph
        for sub, superproperty in graph.subject_objects(RDFS.subPropertyOf):
            a.subproperties[sub.n3()].add(superproperty.n3())
        for one, other in graph.subject_objects(OWL.equivalentProperty):
            a.subproperties[one.n3()].add(other.n3())
            a.subproperties[other.n3()].add(one.n3())
        for name, item in graph.subject_objects(RDFS.domain):
            a.domains[name.n3()].add(item.n3())
        for name, item in graph.subject_objects(RDFS.range):
            if _is_class(graph, item):
                a.ranges[name.n3()].add(item.n3())
        for one, other in graph.subject_objects(OWL.inverseOf):
            a.inverses[one.n3()].add(other.n3())
            a.inverses[other.n3()].add(one.n3())
        for name in graph.subjects(RDF.type, OWL.SymmetricProperty):
            a.inverses[name.n3()].add(name.n3())
        a.transitive.update(s.n3() for s in graph.subjects(RDF.type, OWL.TransitiveProperty))
        for name, members in graph.subject_objects(OWL.propertyChainAxiom):
            chain = tuple(node.n3() for node in Collection(graph, members))
            for position, predicate in enumerate(chain):
                a.chains[predicate].append((chain, position, name.n3()))

    def _restrictions(self) -> None:
        a, graph = self.axioms, self.graph
        for node, on in graph.subject_objects(OWL.onProperty):
            predicate, restriction = on.n3(), node.n3()
            for filler in graph.objects(node, OWL.someValuesFrom):
                a.some[predicate].append((filler.n3(), restriction))
                a.some_by_class[filler.n3()].append((predicate, restriction))
            for value in graph.objects(node, OWL.hasValue):
                a.values[(predicate, value.n3())].add(restriction)
                a.implied_values[restriction].add((predicate, value.n3()))
            for filler in graph.objects(node, OWL.allValuesFrom):
                a.all[restriction].append((predicate, filler.n3()))
                a.all_by_property[predicate].append((restriction, filler.n3()))


def _is_blank(*terms: str) -> bool:
    return any(term.startswith("_:") for term in terms)


def _is_class(graph: Graph, node: Node) -> bool:
    return isinstance(node, BNode) or (node, RDF.type, OWL.Class) in graph
