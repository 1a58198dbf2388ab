"""Reads shapes and runs them with pySHACL."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rdflib import SH, Graph
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from ..errors import ShapeError
from ..namespaces import Base
from .report import Finding, Report

SEVERITY = {SH.Violation: "Violation", SH.Warning: "Warning", SH.Info: "Info"}


def read(folder: Path, base: Base | None = None) -> Graph:
    """All shapes of a folder as one graph; ``ShapeError`` names the file that does not parse."""
    graph = Graph()
    paths = sorted(folder.glob("*.shapes.ttl"))
    if not paths:
        raise ShapeError(f"{folder}: has no *.shapes.ttl file")
    for path in paths:
        try:
            text = (base or Base()).rewrite(path.read_text(encoding="utf-8"))
            graph.parse(data=text, format="turtle")
        except (BadSyntax, ParserError, UnicodeDecodeError) as error:
            detail = " ".join(str(error).split())[:200]
            raise ShapeError(f"{path}: does not parse: {detail}") from error
    return graph


def validate(data: Graph, shapes: Graph) -> Report:
    """Findings of the shapes on a graph."""
    import pyshacl
    from pyshacl.errors import ReportableRuntimeError

    try:
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    except ReportableRuntimeError as error:
        detail = " ".join(str(error).split())
        raise ShapeError(f"the shapes are not valid SHACL: {detail}") from error
    if not isinstance(report, Graph):
        raise ShapeError(f"pySHACL could not run the shapes: {report}")
    return Report(tuple(_findings(report)))


def _findings(report: Graph) -> Iterable[Finding]:
    # Only the results of the report itself: what lies below sh:detail belongs to one of them.
    for node in report.objects(None, SH.result):
        severity = report.value(node, SH.resultSeverity)
        yield Finding(
            severity=SEVERITY.get(severity, "Violation"),  # type: ignore[call-overload]
            focus=str(report.value(node, SH.focusNode)),
            path=_text(report.value(node, SH.resultPath)),
            message=_message(report, node),
            shape=str(report.value(node, SH.sourceShape)),
            component=str(report.value(node, SH.sourceConstraintComponent)).rsplit("#", 1)[-1],
            value=_text(report.value(node, SH.value)),
        )


def _message(report: Graph, node: Node) -> str:
    messages = sorted(str(message) for message in report.objects(node, SH.resultMessage))
    return " ".join(messages) or "breaks a shape"


def _text(node: Node | None) -> str | None:
    return None if node is None else str(node)
