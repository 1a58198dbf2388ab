"""Maps, classifies and closes: from checked tables to the named graphs of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib import Graph

from . import ontology
from .mapping import plan
from .mapping.plan import Plan
from .namespaces import Base
from .reasoning import axioms, classification, closure
from .reasoning.closure import Facts, Triple
from .resources import Resources
from .tables import evidence
from .tables.evidence import Evidence
from .validation import parallel, shapes
from .validation.blame import Blame
from .validation.report import Report, merged
from .version import __version__

if TYPE_CHECKING:
    from .integrity.run import Report as Findings

VOCABULARY = "vocabulary"


@dataclass(frozen=True, slots=True)
class Graphs:
    """N-Triples by graph name, and what is needed to say where a triple came from.

    ``rules`` and ``below``, the closure of the vocabularies, tell what follows from further graphs.
    """

    graphs: dict[str, bytes]
    base: Base
    evidence: Evidence
    plan: Plan
    rules: axioms.Axioms
    below: Facts

    def validate(self, resources: Resources, base: Base, processes: int | None) -> Report:
        """Findings on every study and on the vocabularies, with their table cells."""
        turtle = shapes.read(resources.shapes, base).serialize(format="turtle")
        parts = {
            name: (base.entity("study", name), self.asserted_and_inferred(name))
            for name in self.parts()
        }
        vocabulary = self.asserted_and_inferred(VOCABULARY)
        reports = parallel.validate_all(parts, turtle, vocabulary, processes)
        return merged([self.blame(name).located(report) for name, report in reports.items()])

    def with_findings(self) -> tuple[Graphs, Findings]:
        """The same with a graph for what the integrity rules say of each study, and the findings.

        Raises what a rule raises: rules do not fail on figures that conform to the shapes.
        """
        from .integrity import catalogue, reading, run, triples

        studies = reading.read_tables(self.evidence)
        report = run.check(studies, catalogue.RULES)
        found = triples.graphs(report, studies, catalogue.RULES, self.base, __version__)
        found[inferred_of(self.base, triples.LAYER)] = _document(self._follows(found.values()))
        return replace(self, graphs=self.graphs | found), report

    def _follows(self, documents: Iterable[bytes]) -> set[Triple]:
        """What follows for the subjects of some graphs; of others the studies' graphs have it."""
        lines = [line for text in documents for line in text.decode().split("\n") if line]
        asserted = [_split(line) for line in lines]
        own = {subject for subject, _, _ in asserted}
        facts = closure.close(self.rules, asserted, self.below)
        return {triple for triple in closure.inferred(facts, asserted) if triple[0] in own}

    def blame(self, name: str) -> Blame:
        maps = self.plan.vocabulary.maps if name == VOCABULARY else self.plan.study.maps
        return Blame(maps, self.evidence.of(name))

    def parts(self) -> tuple[str, ...]:
        return (*self.evidence.studies, VOCABULARY)

    def asserted_and_inferred(self, name: str) -> bytes:
        return self.graphs[graph_of(self.base, name)] + self.graphs[inferred_of(self.base, name)]


def graph_of(base: Base, name: str) -> str:
    """Name of the graph that holds what the tables of a study, or the vocabularies, assert."""
    return base.graph("vocabulary", "all") if name == VOCABULARY else base.graph("study", name)


def inferred_of(base: Base, name: str) -> str:
    """Name of the graph that holds what follows from them."""
    return base.graph("inferred", name)


def study_graphs(made: Graphs) -> tuple[str, ...]:
    """Keys of the studies in a set of graphs."""
    return made.evidence.studies


def make_graphs(resources: Resources, base: Base, progress: Callable[[str], None]) -> Graphs:
    """Every graph of a release, from the tables and the ontology."""
    progress("checking the tables")
    tables = evidence.load(resources.evidence)
    mappings = plan.load(resources.mappings, base)
    mappings.check({Path(path).name for t in tables.package.tables.values() for path in t.paths})
    progress("classifying the ontology with HermiT")
    terms = ontology.read(resources.ontology, base)
    classes = classification.classify(terms)
    rules = axioms.read(terms, classes.subsumptions)
    progress("mapping and reasoning")
    graphs = {base.graph("ontology", "all"): terms.serialize(format="nt", encoding="utf-8")}
    asserted = _from_graph(terms)
    ground = closure.close(rules, [*asserted, *sorted(rules.schema())])
    graphs[base.graph("inferred", "ontology")] = _document(closure.inferred(ground, asserted))
    lines = list(mappings.vocabulary.run(tables.folder(VOCABULARY)))
    below = _add(graphs, base, VOCABULARY, lines, rules, ground)
    for study in tables.studies:
        lines = list(mappings.study.run(tables.folder(study)))
        _add(graphs, base, study, lines, rules, below)
    return Graphs(graphs, base, tables, mappings, rules, below)


def _add(
    graphs: dict[str, bytes],
    base: Base,
    name: str,
    lines: list[str],
    rules: axioms.Axioms,
    below: Facts,
) -> Facts:
    lines = list(dict.fromkeys(lines))
    asserted = [_split(line) for line in lines]
    facts = closure.close(rules, asserted, below)
    graphs[graph_of(base, name)] = "".join(lines).encode()
    graphs[inferred_of(base, name)] = _document(closure.inferred(facts, asserted))
    return facts


def _from_graph(graph: Graph) -> list[Triple]:
    lines = graph.serialize(format="nt").splitlines(keepends=True)
    return [_split(line) for line in lines if not line.isspace()]


def _split(line: str) -> Triple:
    """Subject, predicate and object of an N-Triples line."""
    subject, predicate, item = line.rstrip(" .\n").split(" ", 2)
    return subject, predicate, item


def _document(triples: Iterable[Triple]) -> bytes:
    return "".join(f"{s} {p} {o} .\n" for s, p, o in sorted(triples)).encode()
