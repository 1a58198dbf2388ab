"""What there is to download of a release, and the index that says so; knows no store.

The files of a release lie in a folder of their own beside the releases: ``.dumps/<release>``. The
index is the last thing written before the folder gets that name, so a folder of that name is whole.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = ".dumps"
INDEX = "index.json"
SUMS = "sha256sums.txt"
FORMAT = 1
MEDIA_TYPES = {
    "nq": "application/n-quads",
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "ttl": "text/turtle",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file: what it holds, its size in bytes and its SHA-256 in hexadecimal.

    ``graph`` is the name of the one graph in it. ``triples`` counts triples, or quads where graphs
    are told apart; it is ``None`` for tables. ``licence`` is ``None`` where users added data.
    """

    name: str
    title: str
    form: str
    bytes: int
    sha256: str
    graph: str | None = None
    triples: int | None = None
    licence: str | None = None

    @property
    def packed(self) -> bool:
        """Whether it is packed with gzip."""
        return self.name.endswith(".gz")

    @property
    def media_type(self) -> str:
        """The media type of the file as it is sent."""
        return "application/gzip" if self.packed else MEDIA_TYPES[self.form]


@dataclass(frozen=True, slots=True)
class Dumps:
    """All files of one release, in one folder."""

    folder: Path
    release: str
    files: tuple[File, ...]

    def file(self, name: str) -> File | None:
        """The file of a name."""
        return next((file for file in self.files if file.name == name), None)

    def write(self) -> None:
        """Writes the index."""
        told = {
            "format": FORMAT,
            "release": self.release,
            "files": [asdict(file) for file in self.files],
        }
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (self.folder / INDEX).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> Dumps | None:
    """The files in a folder; ``None`` if it is not there, or is of another format."""
    try:
        data: Any = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            return None
        return Dumps(folder, data["release"], tuple(File(**entry) for entry in data["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
