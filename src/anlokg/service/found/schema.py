"""What ``/search`` and ``/resolve`` answer, for the description of the interface."""

from __future__ import annotations

from typing import Any

Part = dict[str, Any]
Responses = dict[int | str, Part]

TEXT: Part = {"type": "string"}
WHOLE: Part = {"type": "integer", "minimum": 0}
HTML: Part = {"text/html": {"schema": TEXT}}
WAYS = ["exact", "prefix", "word", "typo", "initials", "identifier", "definition"]


def _object(**properties: Part) -> Part:
    return {"type": "object", "required": list(properties), "properties": properties}


def _many(items: Part) -> Part:
    return {"type": "array", "items": items}


MATCH = _object(
    name={**TEXT, "description": "The name that matched."},
    role={**TEXT, "description": "What it is: label, synonym, symbol, identifier …"},
    how={**TEXT, "enum": WAYS},
    distance={**WHOLE, "description": "Letters that differ."},
    spans={**_many(_many(WHOLE)), "description": "Start and end of what matched, in characters."},
)
HIT = _object(
    iri={**TEXT, "format": "uri"},
    link={**TEXT, "format": "uri"},
    label=TEXT,
    kind=TEXT,
    score={"type": "number", "minimum": 0, "maximum": 100},
    match=MATCH,
)
HIT["properties"]["curie"] = TEXT
MATCH["properties"]["relation"] = {**TEXT, "enum": ["exact", "close", "broad"]}
GROUP = _object(
    kind=TEXT,
    title=TEXT,
    more={"type": "boolean", "description": "Whether this kind has more hits."},
    hits=_many(HIT),
)
FOUND = _object(
    q=TEXT,
    complete={"type": "boolean", "description": "Whether every name is in the index."},
    groups=_many(GROUP),
)
CHOICES = _object(name=TEXT, choices=_many(HIT))
ONE = _object(iri={**TEXT, "format": "uri"}, link={**TEXT, "format": "uri"})
LOCATION: Part = {"Location": {"description": "Where the thing is shown.", "schema": TEXT}}
LINK: Part = {"Link": {"description": "The choices (rel alternate).", "schema": TEXT}}


def _json(description: str, schema: Part, **more: Part) -> Part:
    return {"description": description, "content": {"application/json": {"schema": schema}}, **more}


def _problem(name: str) -> Part:
    return {"$ref": f"#/components/responses/{name}"}


PROBLEMS: Responses = {400: _problem("Parameter"), 406: _problem("NotAcceptable")}
SEARCHED: Responses = {200: _json("Hits by kind, best first.", FOUND), **PROBLEMS}
SEARCHED[200]["content"] |= HTML
RESOLVED: Responses = {
    303: _json("One thing has this name.", ONE, headers=LOCATION),
    300: _json("Several things have this name.", CHOICES, headers=LINK),
    404: _problem("Problem"),
    **PROBLEMS,
}
RESOLVED[300]["content"] |= HTML
