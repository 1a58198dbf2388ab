"""Addresses of servers: where to ask, if one knows where to write."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

# The end of a graph store's path, and what stands there for queries: Oxigraph, Virtuoso, Fuseki,
# GraphDB and RDF4J.
QUERY_PATHS = (
    ("/store", "/query"),
    ("/sparql-graph-crud-auth", "/sparql"),
    ("/sparql-graph-crud", "/sparql"),
    ("/data", "/sparql"),
    ("/rdf-graphs/service", ""),
)


def query_address(store: str) -> str | None:
    """The address for queries beside a graph store of a kind we know, else ``None``."""
    parts = urlsplit(store)
    for end, other in QUERY_PATHS:
        if parts.path.endswith(end):
            path = parts.path.removesuffix(end) + other
            return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return None
