"""What does not depend on the release: SPARQL, the catalogue and problems, as parts of OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..query.catalogue import Query
from . import negotiation, protocol
from .problem import TYPE
from .question import operation
from .settings import Settings

Part = dict[str, Any]

RULES = "list-integrity-rules"
TEXT: Part = {"type": "string"}
NUMBER: Part = {"type": "number"}
EXAMPLE = "SELECT ?class (COUNT(*) AS ?things) WHERE { ?thing a ?class } GROUP BY ?class LIMIT 5"

FORMATS = list(dict.fromkeys((*negotiation.RESULTS.values(), *negotiation.GRAPHS.values(), "html")))


def catalogue(topics: tuple[str, ...]) -> Part:
    """The path of the list of questions."""
    topic: Part = {**TEXT, "enum": list(topics)} if topics else TEXT
    entry: Part = {"type": "object", "required": ["name", "title", "question", "url"]}
    listing: Part = {
        "type": "object",
        "required": ["release", "count", "queries"],
        "properties": {
            "release": TEXT,
            "count": {"type": "integer"},
            "queries": {"type": "array", "items": entry},
        },
    }
    told: Part = {
        "operationId": "list_queries",
        "summary": "All questions: what they answer, what they take and what they give",
        "tags": ["Questions"],
        "parameters": [
            _field("q", TEXT, "Keeps the questions in which all these words occur."),
            _field("topic", topic, "Keeps the questions of one topic."),
            _field("format", {**TEXT, "enum": ["json", "html"]}, "The form of the list."),
        ],
        "responses": {
            "200": {
                "description": "The questions.",
                "content": {
                    "application/json": {"schema": listing},
                    "text/html": {"schema": TEXT},
                },
            },
            "400": _response("Parameter"),
            "406": _response("NotAcceptable"),
        },
    }
    return {"get": told}


def integrity(
    queries: Mapping[str, Query], prefixes: Mapping[str, str], examples: Mapping[str, bytes]
) -> Part:
    """The paths of findings, as far as the questions behind them are there."""
    told: Part = {}
    for path, name in (("/integrity", "list-findings"), ("/integrity/rules", RULES)):
        if name in queries:
            made = operation.operation(queries[name], prefixes, examples.get(name))
            made |= {"operationId": path.strip("/").replace("/", "_"), "tags": ["Integrity"]}
            told[path] = {"get": made}
    if told:
        told["/integrity/{key}"] = {"get": _one_finding()}
    return told


def _one_finding() -> Part:
    key: Part = {"name": "key", "in": "path", "required": True, "schema": TEXT}
    answer: Part = {"schema": {"$ref": "#/components/schemas/Answer"}}
    return {
        "operationId": "integrity_finding",
        "summary": "One finding: its row for programs; its page, or its data as RDF, elsewhere",
        "tags": ["Integrity"],
        "parameters": [key, {"$ref": "#/components/parameters/format"}],
        "responses": {
            "200": {"description": "The finding.", "content": {"application/json": answer}},
            "303": {"description": "Goes on to the page, or to the data."},
            "400": _response("Parameter"),
            "404": _response("Problem"),
            "406": _response("NotAcceptable"),
            "503": _response("Limit"),
        },
    }


def sparql() -> Part:
    """The path of the SPARQL 1.1 Protocol."""
    graphs: Part = {"type": "array", "items": {**TEXT, "format": "uri"}}
    query: Part = {**_field("query", TEXT, "One SPARQL 1.1 query."), "example": EXAMPLE}
    fields = [
        _field("default-graph-uri", graphs, "Graphs that make up the default graph."),
        _field("named-graph-uri", graphs, "Graphs that GRAPH may name."),
        _field("format", {**TEXT, "enum": FORMATS}, "The form; goes before the Accept header."),
        _field("timeout", {**NUMBER, "exclusiveMinimum": 0}, "Most seconds to wait."),
    ]
    form = {
        "type": "object",
        "required": ["query"],
        "properties": {"query": TEXT} | {field["name"]: field["schema"] for field in fields},
    }
    body: Part = {
        "required": True,
        "content": {
            protocol.DIRECT: {"schema": TEXT, "example": EXAMPLE},
            protocol.FORM: {"schema": form, "example": {"query": EXAMPLE}},
        },
    }
    asks = "Answers a SPARQL 1.1 query"
    get = {"operationId": "sparql_get", "summary": asks, "parameters": [query, *fields]}
    post = {"operationId": "sparql_post", "summary": f"{asks} of any length", "requestBody": body}
    return {"get": {**get, **_answers()}, "post": {**post, **_answers()}}


def components(settings: Settings) -> Part:
    """What the paths refer to."""
    return {
        "schemas": {
            "Answer": operation.answer_schema(),
            "Findings": operation.findings_schema(),
            "SparqlResults": {
                "description": "SPARQL 1.1 Query Results JSON.",
                "type": "object",
                "required": ["head"],
                "properties": {name: {"type": "object"} for name in ("head", "results")},
            },
            "Problem": _problem_schema(),
        },
        "parameters": operation.parameters(settings),
        "headers": {
            "Link": _header("The parts beside this one and the other forms (RFC 8288)."),
            "ETag": _header("Names this very answer; send it as If-None-Match."),
            "X-Query-Timeout-Ms": _header("The time limit in effect, in ms."),
        },
        "responses": {
            "Problem": _problem("What went wrong (RFC 9457).", 404, "not-found", "Not found"),
            "Parameter": _problem(
                "A parameter is unknown or has a wrong value; all that is wrong is listed.",
                400,
                "parameter",
                "Wrong parameter",
                parameter="limit",
                errors=[{"parameter": "limit", "detail": "'0' is not a whole number from 1"}],
            ),
            "NotAcceptable": _problem(
                "None of the accepted types is offered.", 406, "not-acceptable", "Not acceptable"
            ),
            "Limit": _problem(
                "A limit was met: of time, memory, size or the number of queries that wait.",
                503,
                "query-timeout",
                "Time limit",
                limit="time",
                limit_value_s=30,
            ),
        },
    }


def _answers() -> Part:
    """What both ways of asking SPARQL answer."""
    types = dict.fromkeys((*negotiation.RESULTS, *negotiation.GRAPHS, "text/html"))
    json = {"application/sparql-results+json", "application/json"}
    content: Part = {name: {} if name in json else {"schema": TEXT} for name in types}
    refused = "Not allowed here: updates, LOAD, SERVICE to what is not on the list."
    return {
        "tags": ["SPARQL"],
        "responses": {
            "200": {"description": "The answer.", "content": content},
            "400": _response("Problem"),
            "403": _problem(refused, 403, "refused", "Not allowed here"),
            "406": _response("NotAcceptable"),
            "503": _response("Limit"),
            "default": _response("Problem"),
        },
    }


def _field(name: str, schema: Part, text: str) -> Part:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _header(text: str) -> Part:
    return {"description": text, "schema": TEXT}


def _response(name: str) -> Part:
    return {"$ref": f"#/components/responses/{name}"}


def _problem(text: str, status: int, name: str, title: str, **members: object) -> Part:
    example = {"type": TYPE + name, "title": title, "status": status, "detail": "…", **members}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": text, "content": {"application/problem+json": content}}


def _problem_schema() -> Part:
    error = {
        "type": "object",
        "required": ["parameter", "detail"],
        "properties": {
            "parameter": TEXT,
            "detail": TEXT,
            "allowed": {"type": "array", "items": TEXT},
        },
    }
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {**TEXT, "format": "uri"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "instance": TEXT,
            "parameter": {**TEXT, "description": "The first parameter that is wrong."},
            "errors": {"type": "array", "items": error},
            "line": {"type": "integer"},
            "column": {"type": "integer"},
            "limit": {**TEXT, "description": "Which limit was met."},
        },
    }
