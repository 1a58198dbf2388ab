"""Chooses the form of an answer: the ``format`` parameter, else the Accept header (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ParameterError
from .refusal import HttpProblem

HTML = {"text/html": "html", "application/xhtml+xml": "html"}
RESULTS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
GRAPHS = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "text/plain": "nt",
    "application/ld+json": "jsonld",
    "application/json": "jsonld",
    "application/rdf+xml": "rdfxml",
    "application/xml": "rdfxml",
    "application/n-quads": "nq",
    "application/trig": "trig",
}
SHORT = {"turtle": "ttl", "ntriples": "nt", "json-ld": "jsonld", "rdf": "rdfxml", "nquads": "nq"}
"""Other names of forms that people write."""
OF_GRAPHS = {"xml": "rdfxml", "json": "jsonld"}
"""What clients mean that ask for one form whatever the answer is."""
QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+")


@dataclass(frozen=True, slots=True)
class Range:
    """One media range of an Accept header, with its quality."""

    type: str
    subtype: str
    quality: float

    def fit(self, media_type: str) -> int:
        """How well a type fits: 3 exact, 2 type, 1 anything, 0 not."""
        kind, _, sub = media_type.partition("/")
        if (self.type, self.subtype) == (kind, sub):
            return 3
        if self.type == kind and self.subtype == "*":
            return 2
        return int(self.type == "*" and self.subtype == "*")


def choose(accept: str | None, offered: Mapping[str, str]) -> tuple[str, str] | None:
    """The media type and form to answer with; ``None`` if none is acceptable.

    The most specific range that fits a type gives its quality; ties go to the order offered.
    """
    ranges = parse(accept or "*/*")
    best: tuple[float, str] | None = None
    for media_type in offered:
        fits = [(r.fit(media_type), r.quality) for r in ranges if r.fit(media_type)]
        quality = max(fits)[1] if fits else 0.0
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, media_type)
    return (best[1], offered[best[1]]) if best else None


def chosen(accept: str | None, named: str | None, offered: Mapping[str, str]) -> tuple[str, str]:
    """As ``choose``, but a form or media type that is named goes before the Accept header.

    ``ParameterError`` for a name that is not offered or an Accept header that is malformed, 406
    where nothing is acceptable.
    """
    check(accept)
    if named is not None:
        wanted = SHORT.get(named.lower(), named.lower())
        if wanted not in offered.values():
            wanted = OF_GRAPHS.get(wanted, wanted)
        for media_type, form in offered.items():
            if wanted in (form, media_type):
                return media_type, form
        have = ", ".join(dict.fromkeys(offered.values()))
        raise ParameterError("format", f"{named!r} is not one of: {have}")
    found = choose(accept, offered)
    if found is None:
        raise HttpProblem(
            406,
            "not-acceptable",
            "Not acceptable",
            f"None of the accepted types is offered. Offered are: {', '.join(offered)}",
            offered=list(offered),
        )
    return found


def check(accept: str | None) -> None:
    """Raises ``ParameterError`` for an Accept header that is malformed."""
    if (wrong := malformed(accept)) is not None:
        raise ParameterError("Accept", f"{wrong!r} is not a media range such as text/csv;q=0.5")


def malformed(accept: str | None) -> str | None:
    """The first part of an Accept header that is not a media range; ``None`` if it is sound."""
    for part in (accept or "").split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        kind, slash, sub = name.partition("/")
        if name and not (slash and TOKEN.fullmatch(kind) and TOKEN.fullmatch(sub)):
            return part.strip()
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q" and not QUALITY.fullmatch(value.strip()):
                return part.strip()
    return None


def parse(accept: str) -> list[Range]:
    """The ranges of an Accept header; what is malformed is left out."""
    ranges = []
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        kind, slash, sub = name.lower().partition("/")
        if not slash:
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        ranges.append(Range(kind, sub, quality))
    return ranges
