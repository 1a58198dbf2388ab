"""Where this service is, for documents that name its addresses; and links between documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from ..errors import ParameterError
from ..query.parameters import IRI
from . import negotiation
from .context import Context

Link = tuple[str, str, str]
"""Address, relation and media type; the last may be empty."""


def root(context: Context, request: Request) -> str:
    """The address of the service, ending in ``/``; ``ParameterError`` if it can be no IRI.

    It may come from the Host header, which anybody can fill with anything.
    """
    address = context.url(request, "/")
    if not (IRI.fullmatch(address) and address.isascii()):
        raise ParameterError("Host", "is not the name of a host")
    return address


def form_of(request: Request, offered: Mapping[str, str], *, page: bool = False) -> tuple[str, str]:
    """The media type and form to answer with: the ``format`` parameter, else the Accept header.

    With ``page``, browsers get ``html``; programs that take anything get data.
    """
    accept = request.headers.get("accept")
    named = request.query_params.get("format")
    if page and (named == "html" or (named is None and accept and "text/html" in accept)):
        offered = {**negotiation.HTML, **offered}
    return negotiation.chosen(accept, named, offered)


def links(*found: Link) -> str:
    """The value of a Link header."""
    return ", ".join(
        f'<{address}>; rel="{relation}"' + (f'; type="{media_type}"' if media_type else "")
        for address, relation, media_type in found
    )


def alternates(address: str, offered: Mapping[str, str]) -> list[Link]:
    """Links to a document in each of its forms, by the first media type of each."""
    types = {form: media_type for media_type, form in reversed(list(offered.items()))}
    forms = dict.fromkeys(offered.values())
    return [(f"{address}?format={form}", "alternate", types[form]) for form in forms]


def told(offered: Mapping[str, str]) -> dict[str, Any]:
    """What the description of the interface says of a route that goes by ``form_of``."""
    forms = list(dict.fromkeys(offered.values()))
    parameter = {
        "name": "format",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "enum": forms},
        "description": "Form; without it, what the Accept header says",
    }
    content: dict[str, Any] = {media_type: {} for media_type in offered}
    return {
        "response_class": Response,
        "responses": {200: {"description": "The document", "content": content}},
        "openapi_extra": {"parameters": [parameter]},
    }
