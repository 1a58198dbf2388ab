"""Answers of SPARQL queries, read from files of the suite and from replies of servers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
CSV = "text/csv"


class AnswerError(Exception):
    """What should be an answer cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Solutions: names of variables, and a row for each; unbound variables are left out.

    ``placed`` says that the order of the rows means something, ``typed`` that terms have kinds and
    datatypes, which they do not have in CSV.
    """

    variables: tuple[str, ...]
    rows: tuple[Mapping[str, Term], ...]
    placed: bool = True
    typed: bool = True


Answer = bool | Rows | frozenset[ox.Triple]


def of_file(path: Path, iri: str) -> Answer:
    """What a test expects, from a file of the suite with an IRI."""
    extension = path.suffix.removeprefix(".")
    try:
        if extension == "csv":
            return _csv(path.read_bytes())
        results = ox.QueryResultsFormat.from_extension(extension)
        if results and extension not in ("xml", "json"):
            return _results(path.read_bytes(), results)
        return _described(frozenset(q.triple for q in ox.parse(path=path, base_iri=iri)))
    except (ValueError, SyntaxError) as error:
        raise AnswerError(f"{path.name} cannot be read: {error}") from error


def of_reply(reply: httpx.Response) -> Answer:
    """What a server answers, by its Content-Type; AnswerError if the body is not of that type."""
    stated = reply.headers.get("content-type", "")
    kind = stated.partition(";")[0].strip().lower()
    try:
        if kind == CSV:
            return _csv(reply.content)
        if results := ox.QueryResultsFormat.from_media_type(kind):
            return _results(reply.content, results)
        if graph := ox.RdfFormat.from_media_type(kind):
            quads = ox.parse(reply.content, format=graph, base_iri=str(reply.url))
            return frozenset(quad.triple for quad in quads)
    except (ValueError, SyntaxError) as error:
        raise AnswerError(f"the body is not {kind}: {error}") from error
    raise AnswerError(f"no form of answer has the Content-Type {stated!r}")


def _results(content: bytes, form: ox.QueryResultsFormat) -> bool | Rows:
    found = ox.parse_query_results(content, form)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = tuple(variable.value for variable in found.variables)
    rows = ({name: row[name] for name in names if row[name] is not None} for row in found)
    return Rows(names, tuple(rows))


def _csv(content: bytes) -> Rows:
    """A table of texts: what begins with ``_:`` is a blank node, an empty cell is unbound."""
    head, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
    cells = (line or [""] for line in lines)  # the only cell of a line may be empty
    rows = ({n: _cell(c) for n, c in zip(head, line, strict=True) if c} for line in cells)
    return Rows(tuple(head), tuple(rows), typed=False)


def _cell(text: str) -> Term:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.Literal(text)


def _described(triples: frozenset[ox.Triple]) -> Answer:
    """The solutions or the boolean that a graph describes; else the graph is the answer."""
    node = next((t.subject for t in triples if t.predicate == TYPE
                 and t.object == ox.NamedNode(RS + "ResultSet")), None)  # fmt: skip
    if node is None:
        return triples
    if booleans := _objects(triples, node, "boolean"):
        return str(booleans[0].value) == "true"
    solutions = _objects(triples, node, "solution")
    index = {s: [int(i.value) for i in _objects(triples, s, "index")] for s in solutions}
    rows = []
    for solution in sorted(solutions, key=lambda s: index[s]):
        pairs = _objects(triples, solution, "binding")
        rows.append({_objects(triples, pair, "variable")[0].value:
                     _objects(triples, pair, "value")[0] for pair in pairs})  # fmt: skip
    names = tuple(name.value for name in _objects(triples, node, "resultVariable"))
    return Rows(names, tuple(rows), placed=all(index.values()))


def _objects(triples: Iterable[ox.Triple], subject: object, name: str) -> list[Any]:
    wanted = ox.NamedNode(RS + name)
    return [t.object for t in triples if t.subject == subject and t.predicate == wanted]
