"""Which part of a thing a page shows: all of it, or one page of a long list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import NotFound, ParameterError
from .asker import Asker
from .items import PAGE
from .neighbourhood import Outline, ref

MOST_PAGES = 100_000
"""Pages of a list that nobody has counted: beyond, its rows have no number in SPARQL."""
LISTS = ("in", "out", "about")
"""Parameters that name a list: what refers to the thing by a property, its values of a property,
or the results of a study on an outcome."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list, by one of ``LISTS`` and the IRI it is about, and a page of it; or the whole thing."""

    list: str = ""
    iri: str = ""
    page: int = 1
    total: int = 0

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from others."""
        return self.list, self.iri, str(self.page)


def wanted(asker: Asker, outlined: Outline, given: Mapping[str, str | None], page: int) -> Wanted:
    """What the parameters ask for; IRIs in them may be CURIEs.

    ``ParameterError`` if they contradict each other, ``NotFound`` for what is not there.
    """
    named = [(name, value) for name in LISTS if (value := given.get(name))]
    if len(named) > 1:
        raise ParameterError(" and ".join(name for name, _ in named), "give one of them")
    if not named:
        if page > 1:
            raise NotFound(f"there is no page {page}: the page of a thing is one")
        return Wanted()
    name, value = named[0]
    iri = asker.edition.expand(value) or value
    if name == "about":
        ref(iri)
        if page > MOST_PAGES:
            raise NotFound(f"there is no page {page}")
        return Wanted(name, iri, page)
    total = (outlined.into if name == "in" else outlined.out).get(iri, 0)
    if not total:
        raise NotFound(f"there is nothing under {value[:200]!r} here")
    if (page - 1) * PAGE >= total:
        raise NotFound(f"there is no page {page}: there are {-(-total // PAGE)}")
    return Wanted(name, iri, page, total)
