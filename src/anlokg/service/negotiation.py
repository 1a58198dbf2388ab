"""Chooses the format of an answer from the Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from dataclasses import dataclass

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
}


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


def choose(accept: str | None, offered: dict[str, str]) -> tuple[str, str] | None:
    """The media type and format to answer with; ``None`` if none is acceptable.

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
