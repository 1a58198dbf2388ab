"""The closure against owlrl, an independent implementation of all rules of OWL 2 RL.

A folder of ``cases/closure`` is named for a rule of ``axioms.RULES`` (a variant: for the rule and
more) and holds an ontology with individuals and the triples that must follow; a file ``xfail.txt``
says what is known to be wrong. The same comparison is made on the shipped ontology and evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import owlrl
import pytest
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from anlokg import ontology
from anlokg import resources as resource_folders
from anlokg.graphs import VOCABULARY, Graphs
from anlokg.namespaces import Base
from anlokg.reasoning import axioms, classification, closure
from anlokg.reasoning.closure import Facts
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases" / "closure"
SMALLEST = "alter-l059"

Triple = tuple[Node, Node, Node]
REFLEXIVE = (
    OWL.sameAs,
    OWL.equivalentClass,
    OWL.equivalentProperty,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
)
LANGUAGE = (str(RDF), str(RDFS), str(OWL), str(XSD))

# What owlrl concludes and a release leaves out, each with the rules that make it.
LEFT_OUT: dict[str, Callable[[Node, Node, Node], bool]] = {
    "speaks of a blank node": lambda s, _, o: isinstance(s, BNode) or isinstance(o, BNode),
    "has a literal for subject": lambda s, _, __: isinstance(s, Literal),
    # eq-ref, scm-cls, scm-op, scm-dp
    "says of a thing that it is or is below itself": lambda s, p, o: s == o and p in REFLEXIVE,
    # scm-cls, cls-thing, cls-nothing1
    "says that all is a thing, or that nothing is below all": lambda s, p, o: (
        (p == RDF.type and o in (OWL.Thing, RDFS.Resource))
        or (p == RDFS.subClassOf and (o == OWL.Thing or s == OWL.Nothing))
    ),
    # prp-ap, dt-type1
    "speaks of the terms of RDF, RDFS, OWL and XSD themselves": lambda s, p, o: (
        str(s).startswith(LANGUAGE) or (p == RDF.type and o == RDFS.Datatype)
    ),
    # scm-dom1, scm-dom2, scm-rng1, scm-rng2: their conclusions about individuals come from
    # prp-dom, prp-rng, cax-sco and prp-spo1 as well
    "is a domain or range of a superclass or superproperty": lambda _, p, __: (
        p in (RDFS.domain, RDFS.range)
    ),
}


def compared(triples: Iterable[Triple]) -> set[Triple]:
    """The triples that both sides must have in common."""
    return {
        triple
        for triple in triples
        if all(isinstance(term, Node) for term in triple)
        and not any(leave_out(*triple) for leave_out in LEFT_OUT.values())
    }


def closed_by_owlrl(graph: Graph) -> set[Triple]:
    """The graph and all that follows by OWL 2 RL, without the axioms of RDF and of datatypes."""
    whole = Graph()
    for triple in graph:
        whole.add(triple)
    semantics = owlrl.OWLRL_Semantics
    owlrl.DeductiveClosure(semantics, axiomatic_triples=False, datatype_axioms=False).expand(whole)
    return set(whole)


def parsed(document: str | bytes) -> Graph:
    return Graph().parse(data=document, format="nt")


def written(triples: Iterable[closure.Triple]) -> str:
    return "".join(f"{' '.join(triple)} .\n" for triple in triples)


def turned(graph: Iterable[Triple]) -> list[closure.Triple]:
    return sorted((s.n3(), p.n3(), o.n3()) for s, p, o in graph)


def inferred(graph: Graph) -> set[Triple]:
    """What anlokg infers from a graph that holds ontology and individuals."""
    rules = axioms.read(graph)
    asserted = turned(graph)
    facts = closure.close(rules, [*asserted, *sorted(rules.schema())])
    return compared(parsed(written(closure.inferred(facts, asserted))))


def inferred_in_layers(graph: Graph) -> set[Triple]:
    """The same, one triple after the other in a layer of its own, last triple first."""
    rules = axioms.read(graph)
    asserted = turned(graph)
    facts, found = Facts(), set[closure.Triple]()
    for triple in [*sorted(rules.schema()), *reversed(asserted)]:
        facts = closure.close(rules, [triple], facts)
        found |= closure.inferred(facts, asserted)
    return compared(parsed(written(found)))


def cases() -> Iterator[Any]:
    for folder in sorted(CASES.iterdir()):
        known = folder / "xfail.txt"
        reason = known.read_text(encoding="utf-8").strip() if known.is_file() else ""
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        yield pytest.param(folder, id=folder.name, marks=marks)


@pytest.mark.parametrize("folder", cases())
def test_a_rule_gives_what_it_must_and_owlrl_agrees(folder: Path) -> None:
    graph = Graph().parse(folder / "input.ttl")
    expected = set(parsed((folder / "expected.nt").read_text(encoding="utf-8")))
    assert compared(closed_by_owlrl(graph)) - compared(graph) == expected
    assert inferred(graph) == expected


@pytest.mark.parametrize("folder", [pytest.param(p, id=p.name) for p in sorted(CASES.iterdir())])
def test_layers_and_order_do_not_change_what_follows(folder: Path) -> None:
    graph = Graph().parse(folder / "input.ttl")
    assert inferred_in_layers(graph) == inferred(graph)


def test_every_rule_has_a_case() -> None:
    names = {folder.name for folder in CASES.iterdir()}
    assert set(axioms.RULES) - names == set()
    assert [name for name in sorted(names) if not name.startswith(axioms.RULES)] == []


# The shipped ontology and evidence ------------------------------------------------------------


def without_names(document: bytes) -> str:
    """Lines that are not about outside identifiers and names: many, and no rule reads them."""
    lines = document.decode("utf-8").splitlines(keepends=True)
    left_out = ("/id/identifier/", "/ontology/name> ", "Match> <")
    return "".join(line for line in lines if not any(word in line for word in left_out))


def graphs(made: Graphs, layer: str, name: str) -> str:
    return without_names(made.graphs[made.base.graph(layer, name)])


def studies() -> Iterator[Any]:
    for path in sorted(resource_folders.find().evidence.glob("*/groups.csv")):
        name = path.parent.name
        yield pytest.param(name, marks=[] if name == SMALLEST else [pytest.mark.slow])


@pytest.fixture(scope="module")
def subsumptions(resources: Resources) -> list[tuple[URIRef, URIRef, URIRef]]:
    """What HermiT adds to the ontology; no rule of OWL 2 RL gives it, so both sides start there."""
    found = classification.classify(ontology.read(resources.ontology, Base())).subsumptions
    return [(URIRef(sub), RDFS.subClassOf, URIRef(superclass)) for sub, superclass in found]


@pytest.mark.parametrize("study", studies())
def test_owlrl_infers_the_same_of_the_shipped_evidence(
    study: str, made: Graphs, subsumptions: list[tuple[URIRef, URIRef, URIRef]]
) -> None:
    given = (("ontology", "all"), (VOCABULARY, "all"), ("study", study))
    asserted = parsed("".join(graphs(made, *name) for name in given))
    followed = [graphs(made, "inferred", name) for name in ("ontology", VOCABULARY, study)]
    own = compared(asserted) | compared(parsed("".join(followed)))
    for triple in subsumptions:
        asserted.add(triple)
    other = compared(closed_by_owlrl(asserted))
    assert sorted(other - own) == []
    assert sorted(own - other) == []
    assert sum(text.count("\n") for text in followed) > 500


def test_nothing_asserted_is_inferred_again(made: Graphs) -> None:
    below: set[bytes] = set()
    for name in ("ontology", VOCABULARY, SMALLEST):
        layer = name if name in ("ontology", VOCABULARY) else "study"
        source = name if layer == "study" else "all"
        below |= set(made.graphs[made.base.graph(layer, source)].splitlines())
        inferences = made.graphs[made.base.graph("inferred", name)].splitlines()
        assert [line for line in inferences if line in below] == []
        assert len(inferences) == len(set(inferences))
        below |= set(inferences)
