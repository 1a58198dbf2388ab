"""Reads the ontology: the root file and its modules, from the folder and never from the network."""

from __future__ import annotations

from pathlib import Path

from rdflib import Graph
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax

from .errors import ReasoningError
from .namespaces import Base


def files(folder: Path) -> list[Path]:
    """The root file, then the modules by name."""
    return [folder / "anlokg.ttl", *sorted((folder / "modules").glob("*.ttl"))]


def read(folder: Path, base: Base | None = None) -> Graph:
    """All modules as one graph; ``ReasoningError`` names the file that does not parse."""
    graph = Graph()
    for path in files(folder):
        try:
            text = (base or Base()).rewrite(path.read_text(encoding="utf-8"))
            graph.parse(data=text, format="turtle")
        except (BadSyntax, ParserError, OSError, UnicodeDecodeError) as error:
            detail = " ".join(str(error).split())[:200]
            raise ReasoningError(f"{path}: does not parse: {detail}") from error
    return graph
