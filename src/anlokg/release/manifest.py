"""The manifest of a release: versions, counts, digests. The only place that holds times."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ReleaseError

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class GraphEntry:
    """One named graph: how many triples, and the SHA-256 of its canonical N-Quads."""

    name: str
    triples: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release holds and what it was made from."""

    id: str
    created: str
    base: str
    version: str
    ontology_version: str
    inputs_sha256: str
    quads_sha256: str
    graphs: tuple[GraphEntry, ...]
    inputs: dict[str, str]
    tools: dict[str, str]
    findings: dict[str, int]
    """Findings of the shapes, by severity."""
    studies: tuple[str, ...]
    user_graphs: dict[str, str] = field(default_factory=dict)
    integrity: dict[str, int] = field(default_factory=dict)
    """Findings on figures, by severity; those of none are left out."""
    format: int = FORMAT

    @property
    def triples(self) -> int:
        return sum(graph.triples for graph in self.graphs)

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a release; ``ReleaseError`` if it is missing, broken or of another format."""
    path = folder / NAME
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read: {error}. 'anlokg build' makes a new release"
        raise ReleaseError(message) from error
    if not isinstance(data, dict):
        raise ReleaseError(f"{path} is not a manifest. 'anlokg build' makes a new release")
    if data.get("format") != FORMAT:
        raise ReleaseError(
            f"{folder} is a release of format {data.get('format')}, this anlokg reads format"
            f" {FORMAT}. Build anew with 'anlokg build', or use the anlokg that made it"
        )
    try:
        data["graphs"] = tuple(GraphEntry(**entry) for entry in data["graphs"])
        data["studies"] = tuple(data["studies"])
        return Manifest(**data)
    except (KeyError, TypeError) as error:
        raise ReleaseError(f"{path} is not a manifest: {error}") from error
