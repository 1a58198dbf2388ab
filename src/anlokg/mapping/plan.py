"""The shipped mappings, ready to run: one for the vocabularies, one for the tables of a study."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..errors import MappingError
from ..namespaces import Base
from .execute import Executor
from .rml import TriplesMap, parse
from .yarrrml import to_rml


@dataclass(frozen=True, slots=True)
class Plan:
    """Both mappings, compiled."""

    vocabulary: Executor
    study: Executor

    @property
    def maps(self) -> tuple[TriplesMap, ...]:
        return self.vocabulary.maps + self.study.maps

    def check(self, files: Collection[str]) -> None:
        """``MappingError`` if a mapping reads a file that is none of the tables."""
        for executor in (self.vocabulary, self.study):
            for source in executor.sources:
                if source not in files:
                    raise MappingError(f"the mapping reads {source}, which is no table")


def load(folder: Path, base: Base) -> Plan:
    """The mappings below a folder; ``MappingError`` if one is missing or broken."""
    return Plan(_executor(folder / "vocabulary", base), _executor(folder / "study", base))


def _executor(folder: Path, base: Base) -> Executor:
    path = folder / "mapping.yarrrml.yml"
    if not path.is_file():
        raise MappingError(f"{path}: is missing")
    return Executor(parse(to_rml(path, base), str(path)), base.iri)
