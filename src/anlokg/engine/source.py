"""What an engine answers from: a release, plain RDF files, or another SPARQL endpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class StoreSource:
    """The store of a release. Its default graph is the union of its named graphs."""

    folder: Path
    triples: int = 0


@dataclass(frozen=True, slots=True)
class FilesSource:
    """RDF files, loaded into memory; quads keep their graphs, triples go to the default graph."""

    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """A SPARQL 1.1 endpoint. Where the query names no dataset, these graphs are sent as it.

    User and password answer a challenge; ``token`` is sent as a bearer token.
    """

    url: str
    default_graph: str | None = None
    named_graphs: tuple[str, ...] = ()
    user: str | None = None
    password: str | None = None
    token: str | None = None


Source = StoreSource | FilesSource | RemoteSource
KINDS = {"store": StoreSource, "files": FilesSource, "remote": RemoteSource}


def to_json(source: Source) -> dict[str, Any]:
    """A source as JSON data, for the keeper."""
    kind = next(name for name, cls in KINDS.items() if isinstance(source, cls))
    data = {key: _plain(value) for key, value in asdict(source).items()}
    return {"kind": kind, **data}


def from_json(data: dict[str, Any]) -> Source:
    """The source that ``to_json`` wrote."""
    values = dict(data)
    kind = values.pop("kind")
    if kind == "store":
        return StoreSource(Path(values["folder"]), values["triples"])
    if kind == "files":
        return FilesSource(tuple(map(Path, values["files"])))
    return RemoteSource(**{**values, "named_graphs": tuple(values["named_graphs"])})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
