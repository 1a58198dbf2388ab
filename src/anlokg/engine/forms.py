"""Writes answers in the forms people ask for; the same for every engine.

The form ``rows`` is for tables made elsewhere: JSON lines, first the list of column names, then a
list of cells per row. A cell is ``null`` or ``[kind, value]`` or ``[kind, value, type]``; the kind
is ``iri``, ``blank``, ``literal`` or ``triple``, the type a datatype IRI or ``@`` and a language,
left out for plain strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, RdfFormat, Triple

from ..errors import QueryError

Results = pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | Iterable[Triple]
"""What is written: rows, a truth value or triples; rows and triples only once."""
Cell = list[str] | None

RESULT_FORMATS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
GRAPH_FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
}
ROWS = "rows"
XSD = "http://www.w3.org/2001/XMLSchema#"
STRING, BOOLEAN = f"{XSD}string", f"{XSD}boolean"
PARTS = ["subject", "predicate", "object"]
# RDF/XML writes a property as an element, so something at its end must be the name of one.
ELEMENT = re.compile(r"[^\W\d][\w.-]*\Z")
BLOCK = 65_536


def check(form: str, *, graph: bool) -> None:
    """Raises ``QueryError`` if an answer, a graph or rows, has no such form."""
    known = (*(GRAPH_FORMATS if graph else RESULT_FORMATS), ROWS)
    if form not in known:
        kind = "a graph" if graph else "rows"
        raise QueryError(f"the query gives {kind}; its forms are: {', '.join(known[:-1])}")


def write_results(
    results: Results, form: str, file: BinaryIO, prefixes: Mapping[str, str] | None = None
) -> None:
    """Writes an answer while it comes; ``QueryError`` if it does not go into that form.

    Turtle and TriG shorten IRIs by ``prefixes``.
    """
    if isinstance(results, pyoxigraph.QueryBoolean):
        check(form, graph=False)
        _write_boolean(results, form, file)
    elif isinstance(results, pyoxigraph.QuerySolutions):
        check(form, graph=False)
        if form == ROWS:
            names = [variable.value for variable in results.variables]
            _write_lines(names, results, file)
        else:
            results.serialize(file, format=RESULT_FORMATS[form])
    else:
        check(form, graph=True)
        _write_triples(results, form, file, prefixes)


def _write_boolean(answer: pyoxigraph.QueryBoolean, form: str, file: BinaryIO) -> None:
    word = "true" if answer else "false"
    if form == ROWS:
        _write_lines(["boolean"], [[Literal(word, datatype=NamedNode(BOOLEAN))]], file)
    elif form in ("csv", "tsv"):
        # CSV and TSV have no form for the answer of ASK; a bare word is what tools expect.
        file.write(f"{word}\n".encode())
    else:
        answer.serialize(file, format=RESULT_FORMATS[form])


def _write_triples(
    triples: Iterable[Triple], form: str, file: BinaryIO, prefixes: Mapping[str, str] | None
) -> None:
    if form == ROWS:
        _write_lines(PARTS, triples, file)
    elif form == "rdfxml":
        pyoxigraph.serialize(_with_names(triples), file, format=GRAPH_FORMATS[form])
    elif prefixes and form in ("ttl", "trig"):
        pyoxigraph.serialize(triples, file, format=GRAPH_FORMATS[form], prefixes=dict(prefixes))
    elif isinstance(triples, pyoxigraph.QueryTriples) and form in ("ttl", "nt", "jsonld"):
        triples.serialize(file, format=GRAPH_FORMATS[form])
    else:
        pyoxigraph.serialize(triples, file, format=GRAPH_FORMATS[form])


def _with_names(triples: Iterable[Triple]) -> Iterator[Triple]:
    for triple in triples:
        if not ELEMENT.search(triple.predicate.value):
            raise QueryError(
                f"<{triple.predicate.value}> does not end in a name, so it cannot be a property"
                " in RDF/XML. Ask for another form, such as Turtle"
            )
        yield triple


def _write_lines(names: list[str], rows: Iterable[Iterable[object]], file: BinaryIO) -> None:
    held = bytearray(_line(names))
    for row in rows:
        held += _line([_cell(term) for term in row])
        if len(held) >= BLOCK:
            file.write(bytes(held))
            held.clear()
    file.write(bytes(held))


def _line(cells: list[str] | list[Cell]) -> bytes:
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _cell(term: object) -> Cell:
    if isinstance(term, NamedNode):
        return ["iri", term.value]
    if isinstance(term, Literal):
        if term.language is not None:
            return ["literal", term.value, f"@{term.language}"]
        datatype = term.datatype.value
        return ["literal", term.value] + ([datatype] if datatype != STRING else [])
    if isinstance(term, BlankNode):
        return ["blank", term.value]
    return None if term is None else ["triple", str(term)]
