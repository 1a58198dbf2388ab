"""The functions that queries may call, described in the graph as the service describes them."""

from __future__ import annotations

from pyoxigraph import Quad

from ..engine.functions import FUNCTIONS
from ..namespaces import OUTSIDE, Base
from .statements import Statements

SD = "http://www.w3.org/ns/sparql-service-description#"
RDFS = OUTSIDE["rdfs"]


def tell(base: Base) -> list[Quad]:
    """What each function is called, takes and gives; in a graph of their own."""
    said = Statements(base.graph("description", "functions"))
    for function in FUNCTIONS:
        said.kind(function.iri, f"{SD}Function")
        said.english(function.iri, f"{RDFS}label", function.title)
        said.english(function.iri, f"{RDFS}comment", function.comment)
    return said.quads
