"""Describes the releases of a folder, those of other formats too."""

from __future__ import annotations

from ..errors import ReleaseError
from ..release import manifest
from ..release.shelf import Shelf

COLUMNS = ("release", "state", "created", "triples", "version")


def row(shelf: Shelf, name: str) -> tuple[str, ...]:
    """One release: its id, whether it is current or unusable, when it was made, size, version."""
    state = "current" if name == shelf.current_id() else ""
    try:
        found = manifest.read(shelf.folder / name)
    except ReleaseError:
        return (name, f"{state} unusable".strip(), "", "", "")
    return (name, state, found.created, str(found.triples), found.version)
