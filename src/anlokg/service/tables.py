"""SPARQL for people: an editor, and answers as tables below it."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from ..engine.request import Reply
from ..errors import NotFound, QueryError, QuerySyntaxError
from ..query.guard import Inspection
from ..version import __version__
from . import pages
from .answers import Body, answered
from .context import Context
from .problem import respond
from .protocol import Asked
from .question import cells, rows
from .question.answering import apart, like
from .question.catalogue import by_topic
from .question.paging import address
from .question.rows import Table
from .question.task import runnable

MOST_ROWS = 1000
"""Rows that a page shows; more of them make browsers slow, and the whole answer is a link away."""
START = """\
PREFIX anlo: <{ontology}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?drug ?name WHERE {{
  ?drug a anlo:Drug ; rdfs:label ?name .
}}
ORDER BY ?name
"""
START_OF_ANY = "SELECT * WHERE {\n  ?s ?p ?o\n}\nLIMIT 20\n"
TABLES = {"csv": "CSV", "tsv": "TSV", "json": "JSON", "xml": "XML"}
GRAPHS = {
    "ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdfxml": "RDF/XML",
}  # fmt: skip
HANDED_ON = ("default-graph-uri", "named-graph-uri", "timeout")
"""Parameters that the form sends again."""


async def editor_page(context: Context, request: Request) -> Response:
    """The page to write a query on; ``?example=`` fills in a question of the catalogue."""
    name = request.query_params.get("example")
    edition = context.edition
    if name is not None and name not in edition.queries:
        raise NotFound(f"no question is called {name!r}; {context.path('/queries')} lists them all")
    if name is not None:
        text = runnable(edition.queries[name].bound({}, edition.base))
    else:
        text = START.format(ontology=edition.base.ontology) if edition.queries else START_OF_ANY
    values = _editor(context, request, text)

    async def produce() -> Body:
        return pages.fill(context, "editor.html", values).encode()

    names = "\n".join(edition.queries)
    return await answered(
        context,
        request,
        key=("editor", text, names, context.path(""), __version__, str(values["fields"])),
        produce=produce,
        media_type="text/html",
        headers=pages.SAFE,
    )


async def result_page(
    context: Context, request: Request, asked: Asked, seen: Inspection
) -> Response:
    """The page with the answer of a query, or with what is wrong with it."""
    limit_ms = str(round(context.limit_s(asked.timeout_s) * 1000))
    graphs = ("\1".join(asked.default_graphs), "\1".join(asked.named_graphs))

    async def produce() -> Body:
        reply = await context.ask(
            request,
            asked.query,
            "rows",
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            timeout_s=asked.timeout_s,
            inspection=seen,
        )
        found, total = await apart(reply.size, _read, reply)
        values = _editor(context, request, asked.query)
        values |= _result(context, request, asked, seen, found)
        values |= {"total": total, "elapsed_ms": round(reply.elapsed_ms)}
        text = await apart(reply.size, pages.fill, context, "editor.html", values)
        return like(reply, text.encode())

    try:
        return await answered(
            context,
            request,
            key=("sparql page", asked.query, *graphs, context.url(request, ""), limit_ms,
                 __version__),
            produce=produce,
            media_type="text/html",
            headers={**pages.SAFE, "X-Query-Timeout-Ms": limit_ms},
            cacheable=not seen.volatile,
        )  # fmt: skip
    except QueryError as error:
        return _failed(context, request, asked.query, error)


def _editor(context: Context, request: Request, text: str) -> dict[str, object]:
    """What the form shows."""
    pairs = request.query_params.multi_items()
    return {
        "text": text,
        "fields": [(name, value) for name, value in pairs if name in HANDED_ON],
        "prefixes": context.edition.base.prefixes(),
        "topics": by_topic(context.edition.queries.values()),
        "tables": TABLES,
        "graphs": GRAPHS,
        "release": context.edition.id,
        "problem": None,
        "rows": None,
    }


def _result(
    context: Context, request: Request, asked: Asked, seen: Inspection, found: Table
) -> dict[str, object]:
    """What the table shows, and where the whole answer is."""
    compact = context.edition.curies.compact

    def href(iri: str) -> str:
        return context.link(request, iri)

    forms = GRAPHS if seen.gives_graph else TABLES
    return {
        "meanings": dict.fromkeys(found.columns, ""),
        "rows": [cells.shown(row, href, compact, notes=True) for row in found.rows],
        "downloads": {name: _address(context, asked, form) for form, name in forms.items()},
    }


def _address(context: Context, asked: Asked, form: str) -> str:
    fields: list[tuple[str, str]] = [("query", asked.query), ("format", form)]
    fields += [("default-graph-uri", iri) for iri in asked.default_graphs]
    fields += [("named-graph-uri", iri) for iri in asked.named_graphs]
    return address(context.path("/sparql"), fields)


def _failed(context: Context, request: Request, text: str, error: QueryError) -> Response:
    """The page with the query and what is wrong; status and headers as for everybody."""
    told = respond(request, error)
    headers = {
        name: value
        for name, value in told.headers.items()
        if name in ("cache-control", "vary", "retry-after")
    }
    values = _editor(context, request, text)
    values["problem"] = str(error)[:1].upper() + str(error)[1:]
    values["place"] = _line(text, error)
    return pages.render(request, "editor.html", values, told.status_code, headers)


def _line(text: str, error: QueryError) -> Sequence[str]:
    """The line that does not parse, up to the place and from there; empty if that is not known."""
    if not isinstance(error, QuerySyntaxError) or not error.line or not error.column:
        return ()
    lines = text.split("\n")
    if error.line > len(lines):
        return ()
    line, column = lines[error.line - 1], error.column - 1
    return (line[:column], line[column:])


def _read(reply: Reply) -> tuple[Table, int]:
    """The rows to show, and how many there are."""
    try:
        with reply.file() as file:
            found = rows.read(file, MOST_ROWS)
            behind = 1 + sum(1 for _ in file) if found.more else 0
            return found, len(found.rows) + behind
    finally:
        reply.close()
