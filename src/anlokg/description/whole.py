"""All that a release says of itself, and the shapes it was checked with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pyoxigraph import Quad, Store

from ..errors import ShapeError
from ..namespaces import Base
from ..query.catalogue import Query
from . import examples, functions, prefixes, void

SHAPES = "shapes.ttl"
"""The file of a release that holds its shapes."""
LABEL = re.compile(r"_:[\w.-]+")


def describe(store: Store, base: Base, version: str, queries: Mapping[str, Query]) -> list[Quad]:
    """VoID, prefixes, examples and functions, each in a graph of its own; none counts itself.

    The default graph of the store must be the union of its named graphs.
    """
    return [
        *void.describe(store, base, version),
        *prefixes.declare(base),
        *examples.show(queries, base),
        *functions.tell(base),
    ]


def write_shapes(folder: Path, base: Base, target: Path) -> None:
    """The shapes of a folder as one file, for the base in use, with their comments.

    Raises ``ShapeError`` if two files use the same label for a blank node.
    """
    texts, labels = [], set[str]()
    for path in sorted(folder.glob("*.shapes.ttl")):
        text = base.rewrite(path.read_text(encoding="utf-8"))
        used = set(LABEL.findall(text))
        if shared := sorted(used & labels):
            raise ShapeError(f"{path}: another file uses {shared[0]} too. Rename one of the two")
        labels |= used
        texts.append(text.rstrip("\n") + "\n")
    target.write_text("\n".join(texts), encoding="utf-8")
