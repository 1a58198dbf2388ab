"""The prefixes of the project as ``sh:declare``, for editors and for constraints."""

from __future__ import annotations

from pyoxigraph import Quad

from ..namespaces import OUTSIDE, Base
from .partitions import VOID_EXT
from .statements import Statements

SH = OUTSIDE["sh"]


def declare(base: Base) -> list[Quad]:
    """Declarations of all prefixes, made by the ontology; in a graph of their own."""
    said = Statements(base.graph("description", "prefixes"))
    for prefix, namespace in (base.prefixes() | {"void-ext": VOID_EXT}).items():
        declaration = f"{base.iri}dataset/prefix/{prefix}"
        said.link(ontology(base), f"{SH}declare", declaration)
        said.kind(declaration, f"{SH}PrefixDeclaration")
        said.text(declaration, f"{SH}prefix", prefix)
        said.text(declaration, f"{SH}namespace", namespace, "anyURI")
    return said.quads


def ontology(base: Base) -> str:
    """The IRI of the ontology, which declares the prefixes."""
    return base.ontology.removesuffix("/")
