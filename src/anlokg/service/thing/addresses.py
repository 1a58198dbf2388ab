"""Where things are shown: their IRIs as paths of this service, and paths as IRIs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_to_bytes

from ...mapping.terms import encode
from ...query.parameters import IRI

AREAS = ("ontology", "graph", "shapes")
"""First parts of our IRIs, beside ``id``, below which single things have pages."""
SUFFIXES = {
    "ttl": "ttl",
    "nt": "nt",
    "jsonld": "jsonld",
    "rdf": "rdfxml",
    "nq": "nq",
    "trig": "trig",
}
"""Ends of the addresses of data, and the forms they stand for."""
SUFFIX_OF = {form: suffix for suffix, form in SUFFIXES.items()}
MEDIA_TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
    "nq": "application/n-quads",
    "trig": "application/trig",
}
IN_URI = "%/:?#[]@!$&'()*+,;=~-._"
FORBIDDEN = re.compile(r'[<>"{}|\\^`\[\]]|%(?![0-9A-Fa-f]{2})')
HOST = re.compile(r"(https?://)\[[0-9A-Fa-f:.]+\]", re.IGNORECASE)
NOT_ASCII = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where one thing is shown; paths are relative to the service and begin with ``/``.

    ``tail`` is the end of its paths, such as ``drug/anlotinib``; it is empty for an IRI that is
    not ours, or that no path can hold: such a thing is named by a parameter.
    """

    iri: str
    tail: str

    @property
    def page(self) -> str:
        """The page for people."""
        return self._path("page")

    @property
    def linkset(self) -> str:
        """The links of the page, as data."""
        return self._path("linkset")

    def data(self, form: str = "") -> str:
        """The data in a form; without a form, what the client accepts."""
        if not form:
            return self._path("data")
        if self.tail:
            return f"/data/{self.tail}.{SUFFIX_OF[form]}"
        return f"{self._path('data')}&format={form}"

    def _path(self, what: str) -> str:
        if self.tail:
            return f"/{what}/{self.tail}"
        return f"/{what}?iri={quote(self.iri, safe='')}"


def address(base: str, iri: str) -> Address:
    """Where an IRI is shown, by a service whose own IRIs begin with ``base``."""
    if not iri.startswith(base):
        return Address(iri, "")
    first, _, rest = iri[len(base) :].partition("/")
    parts = rest.split("/")
    if not _fits(rest) or (first == "id" and (len(parts) < 2 or parts[0] in AREAS)):
        return Address(iri, "")
    if first == "id":
        return Address(iri, uri(rest))
    return Address(iri, uri(f"{first}/{rest}") if first in AREAS else "")


def meant(base: str, tail: str) -> tuple[str, ...]:
    """The IRIs that the end of a path may mean, likeliest first; none if it can mean none.

    ``tail`` is as it was sent, still percent-encoded. Our keys escape all but letters, digits,
    ``-._~`` and letters of other scripts; clients and proxies differ in what they escape.
    """
    first = tail.partition("/")[0]
    below = tail if first in AREAS else f"id/{tail}"
    sent = FORBIDDEN.sub(lambda found: quote(found[0], safe=""), below)
    found = [NOT_ASCII.sub(_readable, sent), sent]
    try:
        parts = [encode(unquote(part, errors="strict")) for part in sent.split("/")]
    except UnicodeDecodeError:
        pass
    else:
        found.insert(0, "/".join(parts))
    iris = (base + path for path in dict.fromkeys(found))
    return tuple(iri for iri in iris if is_iri(iri))


def is_iri(text: str) -> bool:
    """Whether a text can stand between ``<`` and ``>`` in SPARQL, and nothing but an IRI.

    Brackets have their place in one host alone: a numeric one, such as ``[::1]``.
    """
    return IRI.fullmatch(HOST.sub(r"\1host", text, count=1)) is not None


def sent_path(raw: bytes) -> str:
    """A path as it came over the wire, as ASCII text."""
    path = raw.partition(b"?")[0]
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in path)


def split_suffix(tail: str) -> tuple[str, str]:
    """A path without its suffix, and the form that the suffix names; empty if it has none."""
    stem, dot, suffix = tail.rpartition(".")
    if dot and suffix == "html":
        return stem, "html"
    return (stem, SUFFIXES[suffix]) if dot and suffix in SUFFIXES else (tail, "")


def uri(iri: str) -> str:
    """An IRI, or a part of one, in the ASCII form that HTTP carries."""
    return quote(iri, safe=IN_URI)


def _fits(rest: str) -> bool:
    """Whether a path can hold this: clients take ``..`` out, and cut at ``?`` and ``#``."""
    if not rest or "?" in rest or "#" in rest:
        return False
    return all(unquote(part) not in ("", ".", "..") for part in rest.split("/"))


def _readable(found: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(found[0]).decode("utf-8")
    except UnicodeDecodeError:
        return found[0]
