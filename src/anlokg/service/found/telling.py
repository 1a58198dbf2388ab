"""How hits are told: as JSON, with the addresses at which their things are shown."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request

from ...errors import ParameterError
from ...search.hits import Hit
from .. import negotiation
from ..context import Context
from ..places import root
from ..thing import addresses

WHOLES = {"ontology": "/ontology", "dataset": "/.well-known/void"}
"""Where things are shown that are no entities: paths by the end of their IRI."""
OFFERED = {"application/json": "json", **negotiation.HTML}


def form(request: Request, named: str | None) -> tuple[str, str]:
    """Media type and form of an answer; ``ParameterError`` or 406 where there is no such form."""
    accept = request.headers.get("accept")
    if (wrong := negotiation.malformed(accept)) is not None:
        raise ParameterError("Accept", f"{wrong!r} is not a media range such as text/html;q=0.5")
    return negotiation.chosen(accept, named or None, OFFERED)


def link(context: Context, request: Request, iri: str) -> str:
    """The address at which this service shows a thing."""
    return root(context, request) + _tail(context, iri)[1:]


def path(context: Context, hit: Hit) -> str:
    """The same as a path, for a link in a page."""
    return context.path(_tail(context, hit.thing.iri))


def has_place(base: str, iri: str) -> bool:
    """Whether this service shows an IRI of ours at an address of its own."""
    return iri.removeprefix(base) in WHOLES or bool(addresses.address(base, iri).tail)


def _tail(context: Context, iri: str) -> str:
    base = context.edition.base.iri
    if iri.startswith(f"{base}query/"):
        return f"/queries/{iri.removeprefix(f'{base}query/')}"
    if (whole := WHOLES.get(iri.removeprefix(base))) is not None:
        return whole
    place = addresses.address(base, iri)
    return f"/{addresses.uri(iri.removeprefix(base))}" if place.tail else place.page


def told(context: Context, request: Request, hit: Hit) -> dict[str, Any]:
    """A hit as JSON has it."""
    thing, match = hit.thing, hit.match
    curie = context.edition.compact(thing.iri)
    told: dict[str, Any] = {
        "iri": thing.iri,
        "link": link(context, request, thing.iri),
        "label": thing.label,
        "kind": thing.kind,
        "score": hit.score,
        "match": {
            "name": match.name,
            "role": match.role,
            "how": match.how,
            "distance": match.distance,
            "spans": [list(span) for span in match.spans],
        },
    }
    if curie != thing.iri:
        told["curie"] = curie
    if match.relation:
        told["match"]["relation"] = match.relation
    return told


def written(told: object) -> bytes:
    """Something as JSON."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def values(body: bytes) -> list[list[str | None]]:
    """The values of the cells of an answer in the form ``rows``; none where there is no text."""
    rows = map(json.loads, body.splitlines()[1:])
    return [[cell[1] if cell and isinstance(cell[1], str) else None for cell in row]
            for row in rows]  # fmt: skip
