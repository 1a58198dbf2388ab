"""Runs SPARQL over a release: one interface, so that what asks does not know what answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pyoxigraph

from ..errors import QuerySyntaxError, ReleaseError
from . import calls, forms, functions, shape
from .request import Request

Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple

PLACE = re.compile(r"error at (\d+):(\d+)")
LONGEST_MESSAGE = 160
NOT_NAMES = re.compile(r"<[^\s<>]*>|\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*")
USED = re.compile(r"(?<![\w?$:])([A-Za-z][\w.-]*):[\w%\\]")
DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Results of a query. Consume it in the thread that asked: pyoxigraph ties results to it."""

    results: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples
    failures: calls.Failures = field(default_factory=calls.Failures)
    query: str = ""

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
                self.failures.check()
                yield tuple(row)
            self.failures.check()

    def write(self, file: BinaryIO, form: str) -> None:
        """Writes the answer in one of the forms of ``engine.forms``."""
        forms.write_results(
            self.results, form, file, shape.prefixes(self.query) if self.is_graph else None
        )
        self.failures.check()

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
        default: str = "stored",
        base: str = "",
    ) -> Answer:
        """Runs a query. The default graph of a release is the union of its graphs.

        A dataset that is named, here or by FROM in the query, takes its place. ``default`` may ask
        for a ``union`` made while asking, or for an ``empty`` default graph.
        Raises ``QuerySyntaxError`` with line and column where the parser gives them, and
        ``QueryError`` for a function that nobody knows.
        """
        graphs: list[pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.DefaultGraph]
        graphs = [pyoxigraph.NamedNode(name) for name in default_graphs]
        named: list[pyoxigraph.NamedNode | pyoxigraph.BlankNode]
        named = [pyoxigraph.NamedNode(name) for name in named_graphs]
        # A dataset that names only one of the two leaves the other one empty (SPARQL 1.1, 13.2).
        dataset = bool(graphs or named)
        if default == "empty" and not dataset:
            named, dataset = list(self.store.named_graphs()), True
        failures = calls.Failures()
        try:
            results = self.store.query(
                text,
                base_iri=base or None,
                use_default_graph_as_union=default == "union" and not dataset,
                default_graph=graphs if dataset else None,
                named_graphs=named if dataset else None,
                custom_functions=(
                    calls.table(failures) if functions.may_name(text, base) else None
                ),
            )
        except SyntaxError as error:
            raise _syntax_error(str(error), text) from error
        except UnicodeEncodeError as error:
            raise QuerySyntaxError("the query is not Unicode text") from error
        except RuntimeError as error:
            if (unknown := calls.unknown(str(error))) is not None:
                raise unknown from error
            raise
        failures.check()  # the answer to ASK has been computed by now
        return Answer(results, failures, text)


class StoreBackend:
    """Answers for a worker from a store."""

    def __init__(self, store: pyoxigraph.Store) -> None:
        self.engine = Engine(store)

    @classmethod
    def open(cls, folder: Path) -> StoreBackend:
        """The backend over a store folder on disk."""
        return cls(Engine.open(folder).store)

    def answer(self, request: Request, file: BinaryIO) -> None:
        """Writes the answer of a request; ``QuerySyntaxError`` or ``QueryError``."""
        answer = self.engine.query(
            request.query,
            default_graphs=request.default_graphs,
            named_graphs=request.named_graphs,
            default=request.default,
            base=request.base,
        )
        answer.write(file, request.form)


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
