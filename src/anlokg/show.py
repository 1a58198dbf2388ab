"""Everything known about one thing, found by name, synonym, identifier, CURIE or IRI."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import QueryError
from .namespaces import OUTSIDE
from .opened import OpenRelease
from .query.parameters import ESCAPES, IRI

FIND = """
PREFIX anlo: <{ontology}>
PREFIX rdfs: <{rdfs}>
SELECT DISTINCT ?thing WHERE {{
  VALUES ?wanted {{ "{wanted}" }}
  {{ ?thing rdfs:label ?name }} UNION {{ ?thing anlo:name ?name }} UNION
  {{ ?thing anlo:symbol ?name }} UNION {{ ?thing anlo:registration ?name }} UNION
  {{ ?thing anlo:hasIdentifier/anlo:curie ?name }}
  FILTER(LCASE(STR(?name)) = ?wanted || STRENDS(LCASE(STR(?name)), CONCAT(":", ?wanted)))
  FILTER NOT EXISTS {{ ?thing a anlo:Identifier }}
  FILTER(STRSTARTS(STR(?thing), "{id}"))
}} ORDER BY ?thing
"""
OUT = "SELECT DISTINCT ?p ?o WHERE {{ <{iri}> ?p ?o }} ORDER BY ?p ?o"
IN = "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s ?p <{iri}> }} GROUP BY ?p ORDER BY ?p"
RESULTS = """
PREFIX anlo: <{ontology}>
SELECT DISTINCT ?result ?reported ?locator WHERE {{
  VALUES ?thing {{ <{iri}> }}
  {{ ?result ?about ?thing }} UNION {{ ?result anlo:resultOf ?thing }} UNION
  {{ VALUES ?result {{ <{iri}> }} }}
  ?result anlo:hasStatement ?statement .
  ?statement anlo:locator ?locator .
  OPTIONAL {{ ?statement anlo:reported ?reported }}
}} ORDER BY ?result ?locator
"""
RDFS = OUTSIDE["rdfs"]


@dataclass(frozen=True, slots=True)
class Thing:
    """What is known of a thing: its properties, how often it is referred to, and its figures."""

    iri: str
    properties: tuple[tuple[str, str], ...]
    references: tuple[tuple[str, int], ...]
    figures: tuple[tuple[str, str, str], ...]


def find(opened: OpenRelease, name: str) -> list[str]:
    """IRIs of the things a name means; several if it is ambiguous, none if it is unknown."""
    iri = opened.compact.expand(name)
    if (
        iri is not None
        and IRI.fullmatch(iri)
        and any(True for _ in opened.engine.query(OUT.format(iri=iri)).rows())
    ):
        return [iri]
    base = opened.base
    wanted = " ".join(name.lower().split()).translate(ESCAPES)
    text = FIND.format(ontology=base.ontology, rdfs=RDFS, wanted=wanted, id=f"{base.iri}id/")
    found = [term.value for (term,) in opened.engine.query(text).rows()]  # type: ignore[union-attr]
    # A thing of a vocabulary is meant before a group or result that happens to bear its name.
    first = [i for i in found if not any(f"/id/{k}/" in i for k in ("group", "result", "regimen"))]
    return first or found


def show(opened: OpenRelease, name: str) -> list[Thing]:
    """What is known of each thing that a name means; ``QueryError`` if it means nothing."""
    iris = find(opened, name)
    if not iris:
        raise QueryError(
            f"nothing is called {name!r}. Try a name, a CURIE such as drug:anlotinib, or an IRI"
        )
    return [_thing(opened, iri) for iri in iris]


def _thing(opened: OpenRelease, iri: str) -> Thing:
    short = opened.compact
    properties = [
        (short(p) or "", short(o) or "") for p, o in opened.engine.query(OUT.format(iri=iri)).rows()
    ]
    references = [
        (short(p) or "", int(short(n) or 0))
        for p, n in opened.engine.query(IN.format(iri=iri)).rows()
    ]
    text = RESULTS.format(ontology=opened.base.ontology, iri=iri)
    figures = [
        (short(r) or "", short(f) or "", short(place) or "")
        for r, f, place in opened.engine.query(text).rows()
    ]
    return Thing(iri, tuple(properties), tuple(references), tuple(figures))
