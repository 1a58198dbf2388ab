"""Every shape has a graph that breaks it, with the report expected, and one that does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from anlokg import resources as resource_folders
from anlokg.validation import shapes
from anlokg.validation.report import SEVERITIES, Finding

FOLDER = Path(__file__).parent / "cases" / "shapes"
NAMESPACE = "https://w3id.org/anlokg/shapes/"
# "Has a label": a part of other shapes, which report it; it has no target and no message.
HELPERS = {"Known"}


@pytest.fixture(scope="session")
def shape_graph() -> Graph:
    """All shipped shapes."""
    return shapes.read(resource_folders.find().shapes)


def constrained(graph: Graph) -> set[str]:
    """Local names of the shapes that have a constraint of their own, and so can be broken."""
    found = set()
    for kind in (SH.NodeShape, SH.PropertyShape):
        for node in graph.subjects(RDF.type, kind):
            if not isinstance(node, BNode) and (node, SH.message, None) in graph:
                found.add(str(node).removeprefix(NAMESPACE))
    return found - HELPERS


def findings(case: Path, file: str, graph: Graph) -> list[Finding]:
    """What the shape of a case reports on one of its graphs."""
    data = Graph().parse(case / file)
    report = shapes.validate(data, graph)
    return [f for f in report.findings if f.shape == NAMESPACE + case.name]


def described(finding: Finding) -> dict[str, Any]:
    return {
        "focus": finding.focus,
        "path": finding.path,
        "component": finding.component,
        "shape": finding.shape,
        "severity": finding.severity,
    }


def in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


@pytest.mark.parametrize("case", sorted(FOLDER.iterdir()), ids=lambda case: case.name)
def test_a_shape_reports_what_breaks_it_and_nothing_else(case: Path, shape_graph: Graph) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert expected, "a failing case expects something"
    found = findings(case, "fail.ttl", shape_graph)
    kept = [{**item, "path": item.get("path")} for item in expected]
    assert in_order([_without_blank(described(f)) for f in found]) == in_order(
        [_without_blank(item) for item in kept]
    )
    assert findings(case, "pass.ttl", shape_graph) == []


def _without_blank(item: dict[str, Any]) -> dict[str, Any]:
    """Paths that are no IRI (an alternative path) have a label that changes from run to run."""
    path = item["path"]
    return {**item, "path": path if path and "://" in path else None}


def test_every_shape_has_a_case(shape_graph: Graph) -> None:
    assert {case.name for case in FOLDER.iterdir()} == constrained(shape_graph)


def test_every_shape_says_in_words_what_is_wrong_and_how_badly(shape_graph: Graph) -> None:
    for name in constrained(shape_graph):
        node = URIRef(NAMESPACE + name)
        messages = list(shape_graph.objects(node, SH.message))
        assert messages, name
        assert all(isinstance(m, Literal) and m.language == "en" for m in messages), name
        severity = shape_graph.value(node, SH.severity)
        assert str(severity).rsplit("#", 1)[-1] in SEVERITIES, name
