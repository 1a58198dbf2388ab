"""``evidence-csv``: one row per statement, in columns that other tools rely on."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import TextIO

from pyoxigraph import DefaultGraph, Literal, NamedNode

from ..engine.embedded import Engine
from ..namespaces import Base

COLUMNS = (
    "study", "document", "locator", "kind", "group", "subgroup", "comparator", "endpoint",
    "biomarker", "statistic", "adjustment", "analysis_set", "reported", "value", "lower", "upper",
    "interval_type", "ci_level", "unit", "count", "denominator", "percent", "p", "p_operator",
    "timepoint", "grade_min", "grade_max", "ctcae_version", "bound", "cited_study", "iri",
)  # fmt: skip

# Column -> property of the statement; a code (an IRI) is written as its key.
PRINTED = {
    "reported": "reported", "value": "value", "lower": "lower", "upper": "upper",
    "interval_type": "intervalType", "ci_level": "level", "unit": "unit", "count": "count",
    "denominator": "denominator", "percent": "percent", "p": "pValue", "p_operator": "pOperator",
    "bound": "bound",
}  # fmt: skip
# Column -> property of the result.
MEANT = {
    "study": "resultOf", "kind": "kind", "statistic": "statistic", "adjustment": "adjustment",
    "analysis_set": "analysisSet", "timepoint": "timepoint", "grade_min": "gradeMin",
    "grade_max": "gradeMax", "ctcae_version": "ctcaeVersion", "cited_study": "citedFrom",
}  # fmt: skip
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SOURCE = "http://www.w3.org/ns/prov#hadPrimarySource"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

Term = NamedNode | Literal


def write(engine: Engine, base: Base, file: TextIO) -> int:
    """Writes the header and every statement, in the order of study, result and key; counts them."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows(engine, base):
        writer.writerow(row.get(column, "") for column in COLUMNS)
        count += 1
    return count


def rows(engine: Engine, base: Base) -> Iterator[dict[str, str]]:
    """Every statement of the release, by column."""
    graph = _Graph(engine, base)
    kind = NamedNode(f"{base.ontology}Statement")
    quads = engine.store.quads_for_pattern(None, NamedNode(RDF_TYPE), kind, DefaultGraph())
    for statement in sorted({str(quad.subject)[1:-1] for quad in quads}):
        yield _row(graph, statement)


class _Graph:
    """One-valued look-ups in the union of all graphs."""

    def __init__(self, engine: Engine, base: Base) -> None:
        self.store, self.base = engine.store, base
        self._labels: dict[str, str] = {}

    def term(self, subject: str, name: str) -> Term | None:
        predicate = NamedNode(name if "://" in name else f"{self.base.ontology}{name}")
        quads = self.store.quads_for_pattern(NamedNode(subject), predicate, None, DefaultGraph())
        found = [q.object for q in quads if isinstance(q.object, (NamedNode, Literal))]
        return min(found, key=str, default=None)

    def value(self, subject: str | None, name: str) -> str:
        """A literal's text, or an IRI in full; empty if there is none."""
        term = self.term(subject, name) if subject else None
        return term.value if term is not None else ""

    def key(self, subject: str, name: str) -> str:
        """A literal's text, or the last part of an IRI."""
        return self.value(subject, name).rsplit("/", 1)[-1] if subject else ""

    def text(self, subject: str, name: str) -> str:
        term = self.term(subject, name)
        if isinstance(term, NamedNode):
            return term.value.rsplit("/", 1)[-1]
        return term.value if term is not None else ""

    def label(self, subject: str) -> str:
        if subject not in self._labels:
            self._labels[subject] = self.value(subject, LABEL) if subject else ""
        return self._labels[subject]


def _row(graph: _Graph, statement: str) -> dict[str, str]:
    result = graph.value(statement, "statementOf")
    row = {column: graph.text(statement, name) for column, name in PRINTED.items()}
    row |= {column: graph.text(result, name) for column, name in MEANT.items()}
    row |= _place(graph, statement)
    row |= _groups(graph, result)
    row["endpoint"] = _endpoint(graph, result)
    row["biomarker"] = graph.label(graph.value(result, "biomarker"))
    row["iri"] = result
    return row


def _place(graph: _Graph, statement: str) -> Mapping[str, str]:
    cell = graph.value(statement, SOURCE)
    section, item = graph.value(cell, "section"), graph.value(cell, "item")
    parts = [graph.value(cell, "rowLabel"), graph.value(cell, "columnLabel")]
    # In running text the section stands for the item; tables and figures are named by themselves.
    start = section if item == "text" else item
    return {"document": graph.key(cell, "inDocument"), "locator": " > ".join([start, *parts])}


def _groups(graph: _Graph, result: str) -> Mapping[str, str]:
    population = graph.value(result, "group")
    if not population:
        return {"group": graph.label(graph.value(result, "ofDrug")) or _about(graph, result)}
    subject = graph.value(result, "experimentalGroup") or population
    whole, part = _whole(graph, subject)
    if not part and subject != population and _whole(graph, population)[1]:
        part = graph.label(population)
    comparator = graph.label(graph.value(result, "referenceGroup"))
    return {"group": graph.label(whole), "subgroup": part, "comparator": comparator}


def _about(graph: _Graph, result: str) -> str:
    """What a fact is about, where that is a group, a treatment or a drug."""
    kind, key = graph.value(result, "aboutType"), graph.value(result, "about")
    if kind in ("group", "regimen"):
        key = f"{graph.key(result, 'resultOf')}.{key}"
    return graph.label(graph.base.entity(kind, key)) if kind in ("group", "regimen", "drug") else ""


def _whole(graph: _Graph, group: str) -> tuple[str, str]:
    """The arm, cohort or population of a group, and the group's label if it is a subgroup."""
    part = graph.label(group) if graph.key(group, "groupType") == "subgroup" else ""
    while group and graph.key(group, "groupType") == "subgroup":
        parents = graph.value(group, "directPartOfGroup")
        group = parents
    return group, part


def _endpoint(graph: _Graph, result: str) -> str:
    """What was counted or measured; with the level of a characteristic, or the words of a fact."""
    names = ("adverseEvent", "onTarget", "attribute", "endpoint")
    label = next(filter(None, (graph.label(graph.value(result, name)) for name in names)), "")
    detail = graph.value(result, "category")
    if not detail and not graph.value(result, "reported"):
        detail = graph.value(result, "text")
    return f"{label}: {detail}" if detail else label
