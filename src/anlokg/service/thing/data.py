"""The data of one thing: which triples, in how many parts, and what the document says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import NotFound
from . import neighbourhood, remarks, signposts
from .addresses import Address, is_iri
from .neighbourhood import DCTERMS, FOAF, HYDRA, TYPE, VOID, Outline, ref
from .signposts import Link, Origin

INCOMING = 1000
"""Triples that point at a thing, in one document."""
XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


@dataclass(frozen=True, slots=True)
class Document:
    """One document about a thing: a page of what points at it; the first has all that it says.

    What findings say of the figures of a result or statement is part of the first.
    """

    address: Address
    outlined: Outline
    origin: Origin
    page: int
    url: Callable[[str], str]

    @property
    def pages(self) -> int:
        """How many documents there are; at least one."""
        return max(1, -(-sum(self.outlined.into.values()) // INCOMING))

    def check(self) -> None:
        """``NotFound`` behind the last page."""
        if self.page > self.pages:
            raise NotFound(f"there is no page {self.page}: there are {self.pages}")

    def query(self) -> str:
        """The CONSTRUCT query of the document."""
        offset = (self.page - 1) * INCOMING
        found = remarks.with_findings(self.outlined)
        return neighbourhood.description(self.outlined, self.note(), INCOMING, offset, found)

    def note(self) -> list[tuple[str, str, str]]:
        """What the document says of itself, as terms of SPARQL."""
        it = reference(self.url(self.path(self.page)))
        if not it:
            return []
        stated = [(f"<{TYPE}>", f"<{FOAF}Document>")]
        stated.append((f"<{FOAF}primaryTopic>", ref(self.outlined.iri)))
        if self.origin.licence:
            stated.append((f"<{DCTERMS}license>", ref(self.origin.licence)))
            stated.append((f"<{VOID}inDataset>", ref(self.origin.dataset)))
        if self.pages > 1:
            total = sum(self.outlined.into.values())
            stated.append((f"<{HYDRA}totalItems>", f'"{total}"^^<{XSD_INTEGER}>'))
        for rel, page in self._neighbours():
            stated.append((f"<{HYDRA}{rel}>", reference(self.url(self.path(page)))))
        return [(it, predicate, value) for predicate, value in stated]

    def links(self, form: str) -> list[Link]:
        """The links of the document in a form."""
        links = signposts.of_data(self.address, form, self.origin, self.url)
        for rel, page in self._neighbours():
            links.append(Link(self.url(self.path(page, form)), rel))
        return links

    def path(self, page: int, form: str = "") -> str:
        """Where a page of the data is."""
        path = self.address.data(form)
        if page == 1:
            return path
        return f"{path}{'&' if '?' in path else '?'}page={page}"

    def _neighbours(self) -> list[tuple[str, int]]:
        found = [("next", self.page + 1)] if self.page < self.pages else []
        return [*found, ("prev", self.page - 1)] if self.page > 1 else found


def reference(url: str) -> str:
    """An address as SPARQL writes it; empty if a client's Host header made nonsense of it."""
    return f"<{url}>" if is_iri(url) else ""
