"""What is being served: a release, plain files or a remote engine, as the web process sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from ..engine.source import FilesSource, RemoteSource, Source, StoreSource
from ..namespaces import Base
from ..query import catalogue
from ..query.catalogue import Query
from ..query.curies import Curies
from ..release.manifest import GraphEntry
from ..release.shelf import Release
from ..resources import Resources


@dataclass(frozen=True)
class Edition:
    """One state of what is served; a release switch puts another in its place, whole."""

    id: str
    digest: str
    created: str
    base: Base
    source: Source
    triples: int = 0
    graphs: tuple[GraphEntry, ...] = ()
    queries: Mapping[str, Query] = field(default_factory=dict)
    release: Release | None = None
    version: str = ""

    @cached_property
    def curies(self) -> Curies:
        """Writes IRIs short, and long again."""
        return Curies(self.base.prefixes())

    def compact(self, iri: str) -> str:
        """An IRI as a CURIE where a prefix fits."""
        return self.curies.compact(iri)

    def expand(self, name: str) -> str | None:
        """The IRI of a CURIE or of an IRI in full; ``None`` for anything else."""
        return self.curies.expand(name)


def of_release(release: Release, resources: Resources) -> Edition:
    """The edition of a release."""
    manifest = release.manifest
    base = Base(manifest.base)
    return Edition(
        id=manifest.id,
        digest=manifest.quads_sha256[:8],
        created=manifest.created,
        base=base,
        source=StoreSource(release.store, manifest.triples),
        triples=manifest.triples,
        graphs=manifest.graphs,
        queries=catalogue.load(resources.queries, base),
        release=release,
        version=manifest.version,
    )


def of_files(files: tuple[Path, ...]) -> Edition:
    """The edition of plain RDF files: they have no release, and none of the shipped queries."""
    digest = hashlib.sha256()
    for path in files:
        state = path.stat()
        digest.update(f"{path.resolve()} {state.st_size} {state.st_mtime_ns}".encode())
    name = digest.hexdigest()
    return Edition(f"files-{name[:12]}", name[:8], _now(), Base(), FilesSource(files))


def of_remote(source: RemoteSource, resources: Resources, base: Base) -> Edition:
    """The edition of a remote engine: the shipped queries are asked there.

    What it holds may change at any time, so that its answers have no lasting identity.
    """
    name = hashlib.sha256(source.url.encode()).hexdigest()
    queries = catalogue.load(resources.queries, base)
    return Edition(f"remote-{name[:12]}", name[:8], _now(), base, source, queries=queries)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
