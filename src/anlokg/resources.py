"""Finds ontology, mappings, shapes, queries and evidence: in the wheel, or in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import ResourcesNotFound

FOLDERS = ("ontology", "mappings", "shapes", "queries", "evidence")


@dataclass(frozen=True, slots=True)
class Resources:
    """The five resource folders below one root; the tables may be taken from elsewhere."""

    root: Path
    evidence_folder: Path | None = None

    @property
    def ontology(self) -> Path:
        return self.root / "ontology"

    @property
    def mappings(self) -> Path:
        return self.root / "mappings"

    @property
    def shapes(self) -> Path:
        return self.root / "shapes"

    @property
    def queries(self) -> Path:
        return self.root / "queries"

    @property
    def evidence(self) -> Path:
        return self.evidence_folder or self.root / "evidence"


def find(override: Path | None = None) -> Resources:
    """The resources at ``override``, else in the installed package, else in the checkout.

    Raises ``ResourcesNotFound`` naming every place tried.
    """
    package = Path(__file__).resolve().parent
    places = [override] if override else [package / "_resources", package.parent.parent]
    for place in places:
        if all((place / folder).is_dir() for folder in FOLDERS):
            return Resources(place.resolve())
    tried = ", ".join(str(place) for place in places)
    raise ResourcesNotFound(f"folders {', '.join(FOLDERS)} are not all in any of: {tried}")
