"""What one name, identifier or IRI stands for: exactly, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..namespaces import Base
from . import folding, kinds, spellings
from .hits import Hit, Match
from .index import Index

CLOSENESS = ("exact", "close", "broad")
CALLING = frozenset({"label", "synonym", "other", "symbol", "registration", "notation", "title"})
"""Roles of names by which a thing may be called; a definition is none."""
SHOWN = ("page/", "data/", "linkset/")
AREAS = ("id/", "ontology/", "graph/", "shapes/", "query/")
SUFFIX = re.compile(r"\.(?:html|ttl|nt|jsonld|json|rdf|xml|nq|trig)")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The things that a name stands for: none, one, or several that it may mean.

    ``own`` are IRIs of ours that the name writes out, whether or not anything is known of them.
    """

    hits: tuple[Hit, ...] = ()
    own: tuple[str, ...] = ()


def resolve(index: Index, base: Base, *texts: str, home: str = "") -> Resolved:
    """What a name stands for; ``texts`` are ways to read it, the likelier first.

    ``home`` is the address under which this service shows the things of the base.
    """
    readings = [form for text in texts for form in _readings(base, text)]
    own = [iri for form in readings for iri in _own(base, form, home)]
    for step in (_written_out, _identified, _elsewhere, _prefixed, _called, _numbered, _keyed):
        for form in own if step is _written_out else readings:
            found = _best(step(index, base, form))
            if found:
                return Resolved(found, tuple(dict.fromkeys(own)))
    return Resolved((), tuple(dict.fromkeys(own)))


def _readings(base: Base, text: str) -> Iterator[str]:
    """A text as it came, its prefix written out, and both without what surrounds them."""
    prefixes = base.prefixes()
    for form in spellings.forms(text):
        yield form
        prefix, _, local = form.partition(":")
        if local and not local.startswith("/") and prefix.casefold() in prefixes:
            yield prefixes[prefix.casefold()] + local.strip()


def _own(base: Base, text: str, home: str) -> Iterator[str]:
    """IRIs of ours that a text may write out."""
    written = spellings.address(text)
    for start in map(spellings.address, filter(None, (base.iri, home))):
        if written.casefold().startswith(start.casefold()):
            yield from _shown(base, written[len(start) :])
    if text.startswith(AREAS):
        yield base.iri + text


def _shown(base: Base, tail: str) -> Iterator[str]:
    """IRIs that an address below the base may show: a page and a file stand for their thing."""
    for shown in SHOWN:
        if tail.startswith(shown):
            tail = tail.removeprefix(shown)
            tail = tail if tail.startswith(AREAS) else f"id/{tail}"
            if suffix := SUFFIX.search(tail, tail.rfind(".")):
                yield base.iri + tail[: suffix.start()]
    yield base.iri + tail


def _written_out(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    numbers = index.lookup.iris.get(text.casefold(), ())
    same = [number for number in numbers if index.things[number].iri == text]
    for number in same or numbers:
        thing = index.things[number]
        yield Hit(thing, 100.0, Match(thing.iri, "iri", "exact", 0, ((0, len(thing.iri)),)))


def _identified(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    for curie in spellings.read(text):
        found = [index.exactly(place) for place in index.lookup.curies.get(curie, ())]
        if found:  # the first reading that is known: 34939373 is a PubMed id before all else
            yield from found
            return


def _elsewhere(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    address = spellings.address(text).casefold()
    for number, relation in index.lookup.matches.get(address, ()):
        match = Match(text, "match", "identifier", 0, ((0, len(text)),), relation)
        yield Hit(index.things[number], 100.0, match)


def _prefixed(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    """``target:PD-L1``: a name among those of one kind."""
    kind, colon, name = text.partition(":")
    if colon and kind.strip().casefold() in index.kinds:
        for hit in _spelled(index, name):
            if hit.thing.kind == kind.strip().casefold():
                yield hit


def _called(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    for hit in _spelled(index, text):
        if hit.match.role in CALLING:
            yield hit


def _numbered(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    """An identifier without its prefix, whatever the prefix is."""
    for place in index.lookup.locals.get(text.casefold(), ()):
        yield index.exactly(place)


def _keyed(index: Index, _base: Base, text: str) -> Iterator[Hit]:
    for hit in _spelled(index, text):
        if hit.match.role == "key":
            yield hit


def _spelled(index: Index, text: str) -> Iterator[Hit]:
    """Things with this name, however it is spelled."""
    return map(index.exactly, index.lookup.keys.get(folding.key(text), ()))


def _best(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """One hit for each thing; of things of the field and others, those of the field alone.

    Likewise what an identifier means exactly goes before what it means nearly.
    """
    found: dict[str, Hit] = {}
    for hit in hits:
        kept = found.get(hit.thing.iri)
        if kept is None or _rank(hit) < _rank(kept):
            found[hit.thing.iri] = hit
    first = min((_rank(hit) for hit in found.values()), default=None)
    some = [hit for hit in found.values() if _rank(hit) == first]
    return tuple(sorted(some, key=lambda hit: (kinds.of(hit.thing.kind).place, hit.thing.iri)))


def _rank(hit: Hit) -> tuple[int, float]:
    relation = hit.match.relation
    closeness = CLOSENESS.index(relation) if relation in CLOSENESS else 0
    return closeness, -kinds.of(hit.thing.kind).worth
