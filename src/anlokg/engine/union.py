"""Writes out the union of a release's graphs, which its store keeps as the default graph."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from pyoxigraph import DefaultGraph, RdfFormat

from .embedded import Engine


def write(store: Path, file: BinaryIO) -> None:
    """Writes each triple of the union once, as N-Triples; ``ReleaseError`` without a store."""
    Engine.open(store).store.dump(file, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
