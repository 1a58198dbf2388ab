"""HermiT: on toy ontologies, on the shipped ontology, and against the closure on the evidence.

A folder of ``cases/classification`` holds an ontology and, in ``expected.json``, the error it must
give or the subsumptions and types of its named classes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import OWL, RDF, RDFS, Graph, Namespace, URIRef
from rdflib.term import Node

from anlokg import ReasoningError, ontology
from anlokg.graphs import Graphs, graph_of
from anlokg.namespaces import Base
from anlokg.reasoning import classification
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases" / "classification"
EX = "http://example.org/"
ANLO = Namespace(Base().ontology)
# HermiT takes hours for a whole release; what decides the types of these is between them.
KINDS = (
    "study", "group", "regimen", "component", "drug", "drug-class", "target", "target-family",
    "line", "condition",
)  # fmt: skip


def cases() -> Iterator[Any]:
    for folder in sorted(CASES.iterdir()):
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        known = expected.pop("xfail", None)
        marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
        yield pytest.param(folder / "input.ttl", expected, id=folder.name, marks=marks)


@pytest.mark.parametrize(("file", "expected"), cases())
def test_an_ontology_is_classified_or_refused(file: Path, expected: dict[str, Any]) -> None:
    graph = Graph().parse(file)
    if "error" in expected:
        with pytest.raises(ReasoningError, match=re.escape(expected["error"])):
            classification.classify(graph)
        return
    found = classification.classify(graph)
    assert named(found.subsumptions) == sorted(expected["subsumptions"])
    assert named(found.types) == sorted(expected.get("types", []))


def named(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return sorted([one.removeprefix(EX), two.removeprefix(EX)] for one, two in pairs if EX in two)


@pytest.fixture(scope="module")
def terms(resources: Resources) -> Graph:
    """The shipped ontology."""
    return ontology.read(resources.ontology, Base())


def test_the_ontology_is_consistent_and_every_class_can_have_members(terms: Graph) -> None:
    found = classification.classify(terms).subsumptions
    assert (str(ANLO.RandomizedTrial), str(ANLO.ClinicalTrial)) in found
    # Stated nowhere: it follows from the definitions of both.
    combination = ANLO.CheckpointInhibitorCombinationStudy
    assert (combination, RDFS.subClassOf, ANLO.AnlotinibStudy) not in terms
    assert (str(combination), str(ANLO.AnlotinibStudy)) in found


def test_a_thing_of_two_main_kinds_is_refused(terms: Graph) -> None:
    mixed = Graph() + terms
    for kind in (OWL.NamedIndividual, ANLO.Drug, ANLO.Study):
        mixed.add((URIRef(EX + "x"), RDF.type, kind))
    with pytest.raises(ReasoningError, match="inconsistent"):
        classification.classify(mixed)


def test_hermit_and_the_closure_give_the_same_types(terms: Graph, made: Graphs) -> None:
    individuals = set(terms.subjects(RDF.type, OWL.NamedIndividual))
    individuals |= set(terms.objects(None, OWL.hasValue))
    kinds = re.compile(rf"{re.escape(made.base.iri)}id/({'|'.join(KINDS)})/")

    def wanted(node: Node) -> bool:
        return node in individuals or (isinstance(node, URIRef) and bool(kinds.match(node)))

    graph, whole = Graph() + terms, Graph() + terms
    for name in made.parts():
        asserted = Graph().parse(data=made.graphs[graph_of(made.base, name)], format="nt")
        for s, p, o in asserted:
            if wanted(s) and (wanted(o) or p == RDF.type):
                graph.add((s, p, o))
                graph.add((s, RDF.type, OWL.NamedIndividual))
        whole.parse(data=made.asserted_and_inferred(name), format="nt")
    types = ((thing, kind) for thing, kind in whole.subject_objects(RDF.type) if wanted(thing))
    by_hermit = of_the_project(classification.classify(graph).types)
    assert by_hermit == of_the_project(types)
    assert len({thing for thing, _ in by_hermit}) > 500
    assert len(by_hermit - of_the_project(graph.subject_objects(RDF.type))) > 100


def of_the_project(pairs: Iterable[tuple[object, object]]) -> set[tuple[str, str]]:
    return {(str(thing), str(kind)) for thing, kind in pairs if str(kind).startswith(str(ANLO))}
