"""Answers from another SPARQL endpoint, in the same forms as the embedded engine.

The answer is read as it comes and written anew, so that values look the same whoever answered. An
answer that is cut, broken or of another kind is an error.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyoxigraph
from pyoxigraph import QueryResultsFormat, RdfFormat

from ..errors import QueryError, QueryRefused, QuerySyntaxError, RemoteError
from . import forms, functions
from .embedded import Engine
from .endpoint import JSON_RESULTS, BadQuery, Body, Endpoint
from .functions import Function
from .quirks import repaired
from .request import Request
from .shape import Shape, prefixes
from .source import RemoteSource

RESULTS = {
    JSON_RESULTS: QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
}
GRAPHS = {
    "application/n-triples": RdfFormat.N_TRIPLES,
    "text/plain": RdfFormat.N_TRIPLES,
    "text/turtle": RdfFormat.TURTLE,
    "application/x-turtle": RdfFormat.TURTLE,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
# Strings come through JSON unharmed; XML cannot hold all of them.
ACCEPT_RESULTS = f"{JSON_RESULTS}, application/sparql-results+xml;q=0.5"
ACCEPT_GRAPH = "application/n-triples, text/turtle;q=0.8, application/rdf+xml;q=0.5"

PLACE = re.compile(r"line:?\s*(\d+),?\s*col(?:umn)?:?\s*(\d+)|error at (\d+):(\d+)", re.IGNORECASE)
SYNTAX = re.compile(
    r"syntax|pars(?:e|ing)|lexical|malformed|unresolved prefix|undefined (?:namespace )?prefix",
    re.IGNORECASE,
)


class RemoteEngine:
    """The backend of a worker that asks an endpoint."""

    def __init__(self, source: RemoteSource) -> None:
        self._source = source
        self._endpoint = Endpoint(source.url, source.user, source.password, source.token)
        self._uncut = 0  # so many rows the endpoint is known to give without a cut
        self._had: set[Function] = set()  # functions of ours that the endpoint is known to have

    def answer(self, request: Request, file: BinaryIO) -> None:
        """Writes the answer; raises ``RemoteError`` or another ``QueryError``."""
        shape = Shape.of(request.query)
        if not shape.form:
            refusal = QueryRefused("only SELECT, ASK, CONSTRUCT and DESCRIBE are passed on")
            raise _own_error(request.query) or refusal
        forms.check(request.form, graph=shape.is_graph)
        accept = ACCEPT_GRAPH if shape.is_graph else ACCEPT_RESULTS
        self._check_functions(request.query)
        try:
            with self._endpoint.ask(request.query, accept, self._dataset(request, shape)) as body:
                if shape.is_graph:
                    self._write_graph(body, shape, request, file)
                else:
                    forms.write_results(self._results(body), request.form, file)
        except BadQuery as error:
            raise _as_syntax_error(error, request.query) or error from error
        except SyntaxError as error:
            # The parsers raise it while the answer is read; the query has been taken by then.
            message = f"{self._source.url} did not answer with what it announced: {error}"
            raise RemoteError(message) from error

    def _check_functions(self, query: str) -> None:
        """``QueryError`` if the query calls functions of ours that the endpoint lacks.

        Some endpoints leave the value of an unknown function empty, as if it had none.
        """
        wanted = [function for function in functions.named(query) if function not in self._had]
        if lacking := [f"<{function.iri}>" for function in wanted if not self._has(function)]:
            raise QueryError(
                f"the remote engine {self._source.url} lacks {', '.join(lacking)}: other engines"
                " do not have the functions of anlokg. Ask a release of your own, or leave them out"
            )
        self._had.update(wanted)

    def _has(self, function: Function) -> bool:
        """Whether the endpoint computes a function of ours; ``RemoteError`` if it is not there."""
        try:
            probe = f"SELECT (<{function.iri}>({function.sample}) AS ?result) {{}}"
            return any(row.get("result") for row in self._endpoint.rows(probe))
        except RemoteError:
            self._endpoint.rows("SELECT (1 AS ?result) {}")  # does it answer at all?
            return False

    def _dataset(self, request: Request, shape: Shape) -> list[tuple[str, str]]:
        """The parameters that name the dataset: of the request, or of the source."""
        default, named = request.default_graphs, request.named_graphs
        source = self._source
        if not (default or named or shape.has_dataset) and source.default_graph is not None:
            default = () if request.default == "empty" else (source.default_graph,)
            named = source.named_graphs
        parameters = [("default-graph-uri", name) for name in default]
        return parameters + [("named-graph-uri", name) for name in named]

    def _results(self, body: Body) -> pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean:
        form = RESULTS.get(body.media_type)
        if form is None:
            raise self._other_kind(body, "rows")
        stream = io.BufferedReader(_Stream(repaired(body.pieces(), body.media_type)))
        return pyoxigraph.parse_query_results(stream, form)

    def _write_graph(self, body: Body, shape: Shape, request: Request, file: BinaryIO) -> None:
        given = GRAPHS.get(body.media_type)
        if given is None:
            raise self._other_kind(body, "a graph")
        if not body.framed and given != RdfFormat.RDF_XML:
            message = f"{self._source.url} does not say where its answer ends, so a break is unseen"
            raise RemoteError(message)
        triples = _Counted(pyoxigraph.parse(io.BufferedReader(body), given))
        forms.write_results(triples, request.form, file, prefixes(request.query))
        if shape.form == "CONSTRUCT" and "virtuoso" in body.server.lower():
            self._check_cap(triples.count)

    def _check_cap(self, triples: int) -> None:
        """Virtuoso cuts graphs at the number of rows it gives, and says so for rows only."""
        if triples <= self._uncut:
            return
        probe = f"SELECT (1 AS ?one) {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {triples}"
        with self._endpoint.ask(probe, ACCEPT_RESULTS):
            self._uncut = triples

    def _other_kind(self, body: Body, wanted: str) -> RemoteError:
        kind = body.media_type or "nothing known"
        return RemoteError(f"{self._source.url} answered with {kind}, not with {wanted}")


class _Counted:
    """Triples of parsed quads, with their number."""

    def __init__(self, quads: Iterable[pyoxigraph.Quad]) -> None:
        self._quads, self.count = quads, 0

    def __iter__(self) -> Iterator[pyoxigraph.Triple]:
        for quad in self._quads:
            self.count += 1
            yield quad.triple


class _Stream(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces, self._held = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = memoryview(piece)
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def _own_error(query: str) -> QuerySyntaxError | None:
    """What our own parser finds wrong, if anything."""
    if "SERVICE" in query.upper():
        return None  # to parse is to ask an empty store here, and that would go and ask others
    try:
        Engine(pyoxigraph.Store()).query(query)
    except QuerySyntaxError as error:
        return error
    except QueryError:
        return None  # it calls a function that the endpoint may know
    return None


def _as_syntax_error(error: BadQuery, query: str) -> QuerySyntaxError | None:
    """A refusal as a syntax error, if it is one: told by our own parser where that sees it too."""
    if own := _own_error(query):
        return own
    if place := PLACE.search(error.words):
        line, column = (int(number) for number in place.groups() if number)
        return QuerySyntaxError(error.words, line, column)
    return QuerySyntaxError(error.words) if SYNTAX.search(error.words) else None
