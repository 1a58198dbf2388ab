"""Where the data of a release can be had: addresses and names of files.

All addresses start with a root that ends in ``/``: the base, in what a release says of itself; the
address of a service, in what that service says.
"""

from __future__ import annotations

from ..namespaces import Base

WHOLE = ("nq", "trig", "jsonld", "nt", "ttl")
"""Forms in which there is a file with everything; the last two hold the union of the graphs."""
PARTS = ("nt", "ttl")
"""Forms in which there is a file for each graph."""
LATEST = "latest"
"""Stands for the current release in the address of a file."""


def endpoint(root: str) -> str:
    """The SPARQL endpoint."""
    return f"{root}sparql"


def dump(root: str, file: str, release: str = LATEST) -> str:
    """A file of a release."""
    return f"{root}dumps/{release}/{file}"


def whole_file(form: str) -> str:
    """Name of the file with everything."""
    return f"anlokg.{form}.gz"


def graph_file(graph: str, base: Base, form: str) -> str:
    """Name of the file with one graph, such as ``graph-study-alter-l059.nt.gz``."""
    path = graph.removeprefix(f"{base.iri}graph/")
    return f"graph-{path.replace('/', '-')}.{form}.gz"
