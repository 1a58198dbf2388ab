"""Runs SPARQL over a release: one interface, so that what asks does not know what answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pyoxigraph

from .errors import QuerySyntaxError, ReleaseError

Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple

RESULT_FORMATS = {
    "json": pyoxigraph.QueryResultsFormat.JSON,
    "xml": pyoxigraph.QueryResultsFormat.XML,
    "csv": pyoxigraph.QueryResultsFormat.CSV,
    "tsv": pyoxigraph.QueryResultsFormat.TSV,
}
GRAPH_FORMATS = {
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
}
PLACE = re.compile(r"error at (\d+):(\d+)")
LONGEST_MESSAGE = 160
NOT_NAMES = re.compile(r"<[^\s<>]*>|\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*")
USED = re.compile(r"(?<![\w?$:])([A-Za-z][\w.-]*):[\w%\\]")
DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Results of a query. Consume it in the thread that asked: pyoxigraph ties results to it."""

    results: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples

    @property
    def is_graph(self) -> bool:
        return isinstance(self.results, pyoxigraph.QueryTriples)

    @property
    def boolean(self) -> bool | None:
        """The answer of an ASK query, else ``None``."""
        return bool(self.results) if isinstance(self.results, pyoxigraph.QueryBoolean) else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Variables of a SELECT query, without ``?``."""
        if not isinstance(self.results, pyoxigraph.QuerySolutions):
            return ()
        return tuple(variable.value for variable in self.results.variables)

    def rows(self) -> Iterator[tuple[Term | None, ...]]:
        """Rows of a SELECT query, or triples of a CONSTRUCT query."""
        if not isinstance(self.results, pyoxigraph.QueryBoolean):
            for row in self.results:
                yield tuple(row)

    def write(self, file: BinaryIO, form: str) -> None:
        """Writes the answer in one of ``RESULT_FORMATS`` or ``GRAPH_FORMATS``."""
        if isinstance(self.results, pyoxigraph.QueryTriples):
            self.results.serialize(file, format=GRAPH_FORMATS[form])
        else:
            self.results.serialize(file, format=RESULT_FORMATS[form])

    def to_bytes(self, form: str) -> bytes:
        buffer = BytesIO()
        self.write(buffer, form)
        return buffer.getvalue()


class Engine:
    """The store of one release, opened for reading."""

    def __init__(self, store: pyoxigraph.Store) -> None:
        self.store = store

    @classmethod
    def open(cls, folder: Path) -> Engine:
        """The engine over a store folder; ``ReleaseError`` if it cannot be opened."""
        try:
            return cls(pyoxigraph.Store.read_only(str(folder)))
        except (OSError, ValueError) as error:
            message = f"{folder} cannot be opened: {error}. 'anlokg build' makes a new release"
            raise ReleaseError(message) from error

    def query(
        self,
        text: str,
        *,
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
    ) -> Answer:
        """Runs a query. The default graph is the union of all graphs, each triple once.

        A dataset that is named, here or by FROM in the query, takes its place.
        Raises ``QuerySyntaxError`` with line and column where the parser gives them.
        """
        default: list[pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.DefaultGraph]
        default = [pyoxigraph.NamedNode(name) for name in default_graphs]
        named: list[pyoxigraph.NamedNode | pyoxigraph.BlankNode]
        named = [pyoxigraph.NamedNode(name) for name in named_graphs]
        # A dataset that names only one of the two leaves the other one empty (SPARQL 1.1, 13.2).
        dataset = bool(default or named)
        try:
            results = self.store.query(
                text,
                default_graph=default if dataset else None,
                named_graphs=named if dataset else None,
            )
        except SyntaxError as error:
            raise _syntax_error(str(error), text) from error
        except UnicodeEncodeError as error:
            raise QuerySyntaxError("the query is not Unicode text") from error
        return Answer(results)


def _syntax_error(message: str, query: str) -> QuerySyntaxError:
    match = PLACE.search(message)
    if match is None:
        return QuerySyntaxError(message)
    line, column = int(match[1]), int(match[2])
    text = " ".join(message[match.end() :].lstrip(": ").split())
    lines = query.split("\n")
    before = "\n".join([*lines[: line - 1], lines[line - 1][:column]])
    used = set(USED.findall(NOT_NAMES.sub(" ", before)))
    # The parser lists every character that could go on instead; that helps nobody.
    if "Prefix not found" in text or not used <= set(DECLARED.findall(query)):
        text = "the prefix is not declared"
    elif len(text) > LONGEST_MESSAGE:
        text = "something else is expected here"
    return QuerySyntaxError(text, line, column)
