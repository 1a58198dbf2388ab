"""The public Python interface: open a release and ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from . import resources as resource_folders
from .engine.embedded import Answer, Engine, Term
from .errors import QueryError, QueryRefused
from .locations import releases_folder
from .namespaces import Base
from .query import catalogue, federation
from .query.catalogue import Query
from .query.parameters import bind
from .query.parameters import find as find_parameters
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
            return self.run(found.bound(parameters, self.base))
        names = find_parameters(query, {}, {}, "the query")
        return self.run(bind(query, names, parameters, self.base.prefixes()))

    def run(self, text: str) -> Answer:
        """The answer to SPARQL without parameters; SERVICE is refused with ``QueryRefused``."""
        if federation.targets(text):
            raise QueryRefused("the query calls another server; SERVICE is off")
        return self.engine.query(text)

    def rows(self, query: str, **parameters: str) -> Iterator[dict[str, str | None]]:
        """Rows of an answer as text by column; IRIs as CURIEs, unbound as ``None``.

        Raises ``QueryError`` for a query that gives no rows (ASK, CONSTRUCT, DESCRIBE).
        """
        answer = self._selected(query, parameters)
        for row in answer.rows():
            cells = (self.compact(term) for term in row)
            yield dict(zip(answer.columns, cells, strict=True))

    def to_dataframe(self, query: str, **parameters: str) -> pandas.DataFrame:
        """An answer as a data frame, numbers as numbers; needs pandas to be installed."""
        import pandas

        answer = self._selected(query, parameters)
        rows = [[_value(term, self.compact) for term in row] for row in answer.rows()]
        return pandas.DataFrame(rows, columns=list(answer.columns))

    def _selected(self, query: str, parameters: Mapping[str, str]) -> Answer:
        answer = self.query(query, **parameters)
        if answer.is_graph or answer.boolean is not None:
            raise QueryError("only a SELECT query gives rows; use query() for the others")
        return answer


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
