"""Validates a folder of tables or an RDF file, without a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rdflib import Graph
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.util import guess_format

from .errors import Problem, TableError
from .graphs import make_graphs
from .namespaces import Base
from .resources import Resources
from .validation import shapes
from .validation.report import Report, merged


def validate_path(path: Path, resources: Resources, progress: Callable[[str], None]) -> Report:
    """Findings on an evidence folder or on an RDF file.

    Raises ``TableError`` with all problems if tables are not even well-formed.
    """
    base = Base()
    if path.is_dir():
        if not (path / "datapackage.json").is_file():
            fix = "Name the evidence folder, which holds datapackage.json"
            raise TableError([Problem(str(path), "is a folder without tables", fix)])
        made = make_graphs(replace_evidence(resources, path), base, progress)
        progress("validating")
        return made.validate(resources, base, None)
    progress("validating")
    return merged([shapes.validate(_parsed(path), shapes.read(resources.shapes, base))])


def replace_evidence(resources: Resources, folder: Path) -> Resources:
    """The same resources, with the tables of another folder."""
    return replace(resources, evidence_folder=folder)


def _parsed(path: Path) -> Graph:
    graph = Graph()
    try:
        graph.parse(path, format=guess_format(str(path)) or "turtle")
    except FileNotFoundError:
        raise TableError([Problem(str(path), "is missing", "Name a file or folder")]) from None
    except (BadSyntax, ParserError, ValueError) as error:
        detail = " ".join(str(error).split())[:200]
        fix = "Repair it; known kinds: .ttl, .nt, .rdf, .jsonld"
        raise TableError([Problem(str(path), f"does not parse as RDF: {detail}", fix)]) from error
    return graph
