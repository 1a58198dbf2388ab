"""The public Python interface: open a release and ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from . import resources as resource_folders
from .engine import Answer, Engine, Term
from .locations import releases_folder
from .namespaces import Base
from .query import catalogue
from .query.catalogue import Query
from .query.terms import Compact
from .release.manifest import Manifest
from .release.shelf import Release, Shelf
from .resources import Resources

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class OpenRelease:
    """A release to be asked: by SPARQL, or by the name of a shipped query."""

    release: Release
    resources: Resources

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    @cached_property
    def base(self) -> Base:
        return Base(self.manifest.base)

    @cached_property
    def engine(self) -> Engine:
        return Engine.open(self.release.store)

    @cached_property
    def queries(self) -> Mapping[str, Query]:
        """The shipped queries by name."""
        return catalogue.load(self.resources.queries, self.base)

    @cached_property
    def compact(self) -> Compact:
        return Compact(self.base)

    def query(self, query: str, **parameters: str) -> Answer:
        """The answer to SPARQL, or to a shipped query with its parameters.

        Raises ``QuerySyntaxError``, ``UnknownQuery`` or ``ParameterError``.
        """
        if _is_name(query):
            found = catalogue.get(self.queries, query)
            return self.engine.query(found.bound(parameters, self.base))
        return self.engine.query(query)

    def rows(self, query: str, **parameters: str) -> Iterator[dict[str, str | None]]:
        """Rows of an answer as text by column; IRIs as CURIEs, unbound as ``None``."""
        answer = self.query(query, **parameters)
        for row in answer.rows():
            cells = (self.compact(term) for term in row)
            yield dict(zip(answer.columns, cells, strict=True))

    def to_dataframe(self, query: str, **parameters: str) -> pandas.DataFrame:
        """An answer as a data frame, numbers as numbers; needs pandas to be installed."""
        import pandas

        answer = self.query(query, **parameters)
        rows = [[_value(term, self.compact) for term in row] for row in answer.rows()]
        return pandas.DataFrame(rows, columns=list(answer.columns))


def open_release(
    folder: Path | str | None = None,
    release: str | None = None,
    resources: Path | str | None = None,
) -> OpenRelease:
    """Opens a release: the current one of the releases folder, unless told otherwise.

    Raises ``ReleaseError`` if there is none or it is of another format.
    """
    shelf = Shelf(Path(folder) if folder else releases_folder())
    found = resource_folders.find(Path(resources) if resources else None)
    return OpenRelease(shelf.get(release), found)


def _is_name(query: str) -> bool:
    return query.replace("-", "").isalnum() and " " not in query


def _value(term: Term | None, compact: Compact) -> str | float | int | None:
    import pyoxigraph

    if isinstance(term, pyoxigraph.Literal):
        kind = term.datatype.value.rsplit("#", 1)[-1]
        if kind == "integer":
            return int(term.value)
        if kind in ("decimal", "double", "float"):
            return float(term.value)
    return compact(term)
