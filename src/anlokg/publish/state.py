"""What has been loaded into a server: a graph there that names each loaded graph and its digest.

A graph is taken off the record before it is written and put on it when it is whole. So a run that
is cut short leaves no claim that is not true, and the next one goes on where it ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..engine.endpoint import Endpoint
from ..engine.source import RemoteSource
from ..errors import RemoteError
from ..namespaces import OUTSIDE, Base
from ..release.manifest import Manifest
from .graphs import union_name

VOID, DCTERMS, RDF, XSD = (OUTSIDE[name] for name in ("void", "dcterms", "rdf", "xsd"))
SHA256 = f"{OUTSIDE['schema']}sha256"
RECORD = f"{VOID}DatasetDescription"
ENDING = "graph/publication/state"
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A graph that is whole on the server, by the digest it has in its release."""

    name: str
    triples: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Publication:
    """The record on a server. ``release`` is empty until all graphs of a release are there."""

    base: str
    release: str = ""
    created: str = ""
    version: str = ""
    sha256: str = ""
    loaded: dict[str, Loaded] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The graph that holds the record."""
        return state_name(self.base)

    @property
    def union(self) -> Loaded | None:
        """The graph that stands for the default graph."""
        return self.loaded.get(union_name(self.base))

    @property
    def graphs(self) -> tuple[Loaded, ...]:
        """The named graphs of the release, by name; neither the union nor the record."""
        union = union_name(self.base)
        return tuple(item for name, item in sorted(self.loaded.items()) if name != union)

    def source(self, url: str) -> RemoteSource:
        """The release as what an engine answers from; ``RemoteError`` if it is not whole."""
        union = self.union
        if not self.release or union is None:
            raise RemoteError(
                f"{url} holds a part of a release. 'anlokg publish' loads the rest of it"
            )
        names = tuple(item.name for item in self.graphs)
        return RemoteSource(url, union.name, names)


def state_name(base: str) -> str:
    """The name of the graph that holds the record."""
    return Base(base).graph("publication", "state")


def find(endpoint: Endpoint, base: str | None = None) -> Publication | None:
    """The record on a server: of a base, or the only one there is; ``None`` without a record.

    Raises ``RemoteError`` if the server holds several and none is named.
    """
    name = state_name(base) if base is not None else _only(endpoint)
    if name is None:
        return None
    query = f"SELECT ?s ?p ?o {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
    facts: dict[str, dict[str, str]] = {}
    for row in endpoint.rows(query):
        if row.keys() >= {"s", "p", "o"}:
            facts.setdefault(row["s"], {})[row["p"]] = row["o"]
    whole = facts.pop(name, None)
    if whole is None:
        return None
    try:
        loaded = {
            graph: Loaded(graph, int(told[f"{VOID}triples"]), told[SHA256])
            for graph, told in facts.items()
            if SHA256 in told and f"{VOID}triples" in told
        }
    except ValueError as error:
        raise RemoteError(f"{endpoint.url}: the graph {name} is not a record of ours") from error
    release, created, version, sha256 = (whole.get(key, "") for key in _keys())
    return Publication(name.removesuffix(ENDING), release, created, version, sha256, loaded)


def record(base: str, loaded: dict[str, Loaded]) -> bytes:
    """The record of a publication under way, as N-Triples."""
    head = f"<{state_name(base)}> <{RDF}type> <{RECORD}> .\n"
    return "".join([head, *map(_entry, loaded.values())]).encode()


def entry(item: Loaded) -> bytes:
    """What is added to the record when a graph is whole."""
    return _entry(item).encode()


def completion(manifest: Manifest) -> bytes:
    """What is added to the record when all graphs of a release are whole."""
    told = (manifest.id, manifest.created, manifest.version, manifest.quads_sha256)
    name = state_name(manifest.base)
    lines = (
        f'<{name}> <{key}> "{value.translate(ESCAPES)}" .\n'
        for key, value in zip(_keys(), told, strict=True)
    )
    return "".join(lines).encode()


def _keys() -> tuple[str, ...]:
    return (f"{DCTERMS}identifier", f"{DCTERMS}issued", f"{DCTERMS}hasVersion", SHA256)


def _entry(item: Loaded) -> str:
    return (
        f'<{item.name}> <{VOID}triples> "{item.triples}"^^<{XSD}integer> .\n'
        f'<{item.name}> <{SHA256}> "{item.sha256}" .\n'
    )


def _only(endpoint: Endpoint) -> str | None:
    query = f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?g a <{RECORD}> }} }}"
    # An endpoint that answers something else has no record of ours.
    found = (row.get("g", "") for row in endpoint.rows(query))
    names = sorted(name for name in found if name.endswith(ENDING))
    if len(names) > 1:
        bases = ", ".join(name.removesuffix(ENDING) for name in names)
        raise RemoteError(f"{endpoint.url} holds several releases: say which of the bases {bases}")
    return names[0] if names else None
