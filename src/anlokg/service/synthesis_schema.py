"""What ``/synthesis`` answers, for the description of the interface."""

from __future__ import annotations

from typing import Any

Part = dict[str, Any]

TEXT: Part = {"type": "string"}
IRI: Part = {"type": "string", "format": "uri"}
WHOLE: Part = {"type": ["integer", "null"], "minimum": 0}
NUMBER: Part = {"type": "number"}
PERHAPS: Part = {"type": ["number", "null"]}
YES_OR_NO: Part = {"type": "boolean"}


def _object(**properties: Part) -> Part:
    return {"type": "object", "required": list(properties), "properties": properties}


def _perhaps(schema: Part) -> Part:
    return {"anyOf": [schema, {"type": "null"}]}


def _many(items: Part) -> Part:
    return {"type": "array", "items": items}


THING = _object(iri={"type": ["string", "null"]}, label={"type": ["string", "null"]})
REMARK = _object(code=TEXT, text=TEXT, results=_many(IRI))
FINDING = _object(
    finding=IRI, rule=TEXT, severity=TEXT, reported=TEXT, recomputed=TEXT, explanation=TEXT
)
BOUNDS = _object(lower=NUMBER, upper=NUMBER)
INPUT = _object(
    label=TEXT,
    study=THING,
    group=THING,
    result=IRI,
    outcome=TEXT,
    reported={**TEXT, "description": "As printed."},
    locator={**TEXT, "description": "Where it is printed."},
    count=WHOLE,
    denominator=WHOLE,
    count_derived={**YES_OR_NO, "description": "Whether the count comes from the percentage."},
    estimate={**NUMBER, "description": "A share from 0 to 1, a ratio or a difference."},
    lower=NUMBER,
    upper=NUMBER,
    interval={**TEXT, "description": "Where lower and upper come from."},
    weight_percent=PERHAPS,
    findings=_many(FINDING),
)
ESTIMATE: Part = {
    "k": {"type": "integer", "minimum": 1},
    "estimate": NUMBER,
    "lower": NUMBER,
    "upper": NUMBER,
    "prediction_interval": _perhaps(BOUNDS),
    "i2_percent": PERHAPS,
    "tau2": PERHAPS,
}
ANSWER = _object(
    title=TEXT,
    kind={**TEXT, "enum": ["synthesis", "ranking"]},
    measure=TEXT,
    level=NUMBER,
    forced=YES_OR_NO,
    refusals_overruled=_many(REMARK),
    warnings=_many(REMARK),
    notes=_many(TEXT),
    method=_many(TEXT),
    inputs=_many(INPUT),
    pooled=_perhaps(_object(**ESTIMATE)),
    subgroups=_perhaps({"type": "object"}),
    leave_one_out=_many(_object(without=TEXT, **ESTIMATE)),
    left_out=_many(_object(label=TEXT, result=IRI, reported=TEXT, reason=TEXT, locator=TEXT)),
    queries=_many(_object(name=TEXT, candidates=TEXT, inputs={"type": ["string", "null"]})),
    software=_object(name=TEXT, version=TEXT),
    release=TEXT,
)
RESPONSES: dict[int | str, Part] = {
    200: {
        "description": "Inputs, pooled or ranked figures, caveats, method and queries.",
        "content": {
            "application/json": {"schema": ANSWER},
            "text/csv": {"schema": TEXT},
            "text/html": {"schema": TEXT},
            "image/svg+xml": {"schema": TEXT},
            "image/png": {},
            "application/sparql-query": {"schema": TEXT},
        },
    },
    304: {"description": "You have this answer already (If-None-Match)."},
    400: {"$ref": "#/components/responses/Parameter"},
    406: {"$ref": "#/components/responses/NotAcceptable"},
    503: {"$ref": "#/components/responses/Limit"},
}
