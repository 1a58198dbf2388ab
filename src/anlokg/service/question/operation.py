"""Questions as operations of OpenAPI 3.1: typed parameters, answers with examples.

What is made here are parts of the document as plain data; ``service.openapi`` puts them together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...query.catalogue import Query
from ...query.parameters import Parameter
from ..settings import Settings
from . import flagging, sheets
from .inputs import MOST_OFFSET, RESERVED
from .labels import kind_of
from .wanted import MEDIA_TYPES

Part = dict[str, Any]

CELL: Part = {"type": ["string", "number", "boolean", "null"]}
SIGN = r"[^\x00-\x20<>\"{}|^`\\\[\]%:]|%[0-9A-Fa-f]{2}"
NAME = rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:{SIGN}|:)*"
"""An IRI or a CURIE, for those who check before they ask."""
FORMATS: dict[str, Part] = {
    "iri": {"type": "string", "pattern": f"^{NAME}$"},
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "date": {"type": "string", "format": "date"},
}
KINDS = {
    "iri": "A CURIE or an IRI.",
    "string": "Text.",
    "integer": "A whole number.",
    "decimal": "A number.",
    "date": "A date.",
}


def operation(query: Query, prefixes: Mapping[str, str], example: bytes | None) -> Part:
    """The operation of a question; ``example`` is the beginning of its answer, as JSON."""
    head = query.header
    return {
        "operationId": query.name.replace("-", "_"),
        "summary": head.question,
        "description": _description(query),
        "tags": [tag(query.topic)],
        "parameters": [
            *(_parameter(parameter, prefixes) for parameter in query.parameters),
            *({"$ref": f"#/components/parameters/{name}"} for name in RESERVED),
        ],
        "responses": {
            "200": _answer(query, example),
            "304": {"description": "You have this answer already (If-None-Match)."},
            "400": {"$ref": "#/components/responses/Parameter"},
            "406": {"$ref": "#/components/responses/NotAcceptable"},
            "503": {"$ref": "#/components/responses/Limit"},
        },
        "externalDocs": {"description": "The same as a form", "url": f"queries/{query.name}.html"},
    }


def tag(topic: str) -> str:
    """The heading below which the questions of a topic stand."""
    return f"Questions: {topic}"


def _description(query: Query) -> str:
    lines = [f"{query.header.title}.", "", "| Column | Meaning |", "|---|---|"]
    for name, meaning in flagging.columns(query).items():
        lines.append(f"| `{name}` | {meaning.replace('|', '&#124;')} |")
    return "\n".join(lines)


def _parameter(parameter: Parameter, prefixes: Mapping[str, str]) -> Part:
    schema: Part = dict(FORMATS[parameter.type])
    if parameter.type == "iri" and kind_of(parameter, prefixes):
        schema["pattern"] = f"^(?:{NAME}|(?:{SIGN})+)$"  # the bare key is enough
    without = "Without it nothing is filtered."
    if parameter.allowed:
        schema = {"type": "string", "enum": list(parameter.allowed)}
    told: Part = {"name": parameter.name, "in": "query", "required": False, "schema": schema}
    if parameter.default is not None:
        schema["default"] = _typed(parameter, parameter.default)
        told["example"] = schema["default"]
        without = f"Without it: {parameter.default}."
    told["description"] = f"{_kind(parameter, prefixes)} {without}"
    return told


def _kind(parameter: Parameter, prefixes: Mapping[str, str]) -> str:
    kind = kind_of(parameter, prefixes) if parameter.type == "iri" else ""
    return f"A {kind.replace('-', ' ')}: its key, CURIE or IRI." if kind else KINDS[parameter.type]


def _typed(parameter: Parameter, value: str) -> object:
    if parameter.type in ("integer", "decimal"):
        return json.loads(value)
    return value


def _answer(query: Query, example: bytes | None) -> Part:
    columns = {
        name: {**CELL, "description": meaning} for name, meaning in query.header.columns.items()
    }
    if flagging.shows_figures(query):
        columns[flagging.COLUMN] = {"$ref": "#/components/schemas/Findings"}
    own = {"rows": {"type": "array", "items": {"type": "object", "properties": columns}}}
    plain: Part = {
        "schema": {"allOf": [{"$ref": "#/components/schemas/Answer"}, {"properties": own}]}
    }
    content: dict[str, Part] = {MEDIA_TYPES["json"]: plain}
    if example is not None:
        plain["example"] = json.loads(example)
    content[MEDIA_TYPES["srj"]] = {"schema": {"$ref": "#/components/schemas/SparqlResults"}}
    header = ",".join(columns)
    content[MEDIA_TYPES["csv"]] = {"schema": {"type": "string"}, "example": f"{header}\r\n…"}
    content[MEDIA_TYPES["tsv"]] = {"schema": {"type": "string"}}
    content[sheets.MEDIA_TYPE] = {}
    content[MEDIA_TYPES["html"]] = {"schema": {"type": "string"}}
    content[MEDIA_TYPES["rq"]] = {"schema": {"type": "string"}}
    names = ("Link", "ETag", "X-Query-Timeout-Ms")
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": "The answer.", "headers": headers, "content": content}


def parameters(settings: Settings) -> Mapping[str, Part]:
    """The parameters that every question takes."""
    limit = {"type": "integer", "minimum": 1, "maximum": settings.most_page_rows}
    offset = {"type": "integer", "minimum": 0, "maximum": MOST_OFFSET, "default": 0}
    switch = {"type": "string", "enum": ["0", "1"], "default": "0"}
    texts: dict[str, tuple[Part, str]] = {
        "format": (
            {"type": "string", "enum": list(MEDIA_TYPES)},
            "The form of the answer; goes before the Accept header. A workbook (xlsx) has at most"
            f" {settings.xlsx_rows} rows; an answer with more is refused, not cut.",
        ),
        "limit": (
            limit,
            "Most rows to give. Without it JSON and HTML come in pages of"
            f" {settings.page_rows}, the other forms whole.",
        ),
        "offset": (offset, "Rows to leave out first."),
        "labels": (switch, "1 adds a column of names behind each column of IRIs."),
        "timeout": (
            {"type": "number", "exclusiveMinimum": 0},
            f"Most seconds to wait; {settings.longest_time_limit_s:g} at most.",
        ),
        "download": (switch, "1 makes browsers keep the answer as a file."),
    }
    return {
        name: {"name": name, "in": "query", "schema": schema, "description": text}
        for name, (schema, text) in texts.items()
    }


def findings_schema() -> Part:
    """The findings on the figures of a row."""
    text: Part = {"type": "string"}
    properties = {"key": text, "severity": text, "text": text, "url": {**text, "format": "uri"}}
    finding = {"type": "object", "required": list(properties), "properties": properties}
    return {"type": "array", "items": finding, "description": flagging.MEANING}


def answer_schema() -> Part:
    """The plain JSON of an answer."""
    text: Part = {"type": "string"}
    address: Part = {"type": ["string", "null"], "format": "uri"}
    column = {"type": "object", "properties": {"name": text, "meaning": text}}
    findings = {"$ref": "#/components/schemas/Findings"}
    row = {"type": "object", "additionalProperties": {"anyOf": [CELL, findings]}}
    properties: Part = {
        "query": {**text, "description": "Name of the question."},
        "title": text,
        "question": text,
        "release": {**text, "description": "The release that was asked."},
        "parameters": {
            "type": "object",
            "description": "Values in effect, defaults too; null where nothing is filtered.",
            "additionalProperties": {"type": ["string", "null"]},
        },
        "columns": {"type": "array", "items": column},
        "rows": {
            "type": "array",
            "items": row,
            "description": "Numbers as numbers, IRIs as CURIEs where a prefix fits, null where"
            " there is no value.",
        },
        "count": {"type": "integer", "description": "Rows in this answer."},
        "limit": {"type": ["integer", "null"]},
        "offset": {"type": "integer"},
        "next": {**address, "description": "The rows behind these; null if there are none."},
        "prev": address,
    }
    return {"type": "object", "required": list(properties), "properties": properties}
