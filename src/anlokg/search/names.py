"""Things and their names, and how they are asked of the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..namespaces import OUTSIDE, Base
from ..query.catalogue import Query
from . import kinds

MOST = 100_000
"""Most names and most identifiers that an index takes of each kind of row."""

PROPERTIES = {
    "label": OUTSIDE["rdfs"] + "label",
    "synonym": "anlo:name",
    "other": OUTSIDE["skos"] + "altLabel",
    "symbol": "anlo:symbol",
    "registration": "anlo:registration",
    "notation": OUTSIDE["skos"] + "notation",
    "title": OUTSIDE["dcterms"] + "title",
    "definition": OUTSIDE["skos"] + "definition",
}
"""What a property's value is for a thing; ``anlo:`` is the ontology of the base."""
MATCHES = {"exact": "exactMatch", "close": "closeMatch", "broad": "broadMatch"}
TERMS = {"Class": "class", "ObjectProperty": "property", "DatatypeProperty": "property",
         "AnnotationProperty": "property"}  # fmt: skip

NAMES = """SELECT DISTINCT ?thing ?property ?name WHERE {{
  VALUES ?property {{ {properties} }}
  ?thing ?property ?name .
  FILTER({which})
}} LIMIT {most}"""
IDENTIFIERS = """SELECT DISTINCT ?thing ?curie ?relation WHERE {{
  ?thing <{ontology}hasIdentifier> ?identifier .
  ?identifier <{ontology}curie> ?curie .
  OPTIONAL {{ ?identifier <{ontology}mappingRelation> ?relation }}
}} LIMIT {most}"""
OUTSIDE_IRIS = """SELECT DISTINCT ?thing ?property ?other WHERE {{
  VALUES ?property {{ {properties} }}
  ?thing ?property ?other .
  FILTER(ISIRI(?other) && STRSTARTS(STR(?thing), "{base}id/"))
}} LIMIT {most}"""
ONTOLOGY = """SELECT DISTINCT ?thing ?type WHERE {{
  VALUES ?type {{ {types} }}
  ?thing a ?type .
  FILTER(STRSTARTS(STR(?thing), "{ontology}"))
}} LIMIT {most}"""

Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Name:
    """One way to name a thing: a label, synonym, identifier … (``role``).

    ``relation`` says of an identifier whether it means the same (``exact``) or nearly
    (``close``, ``broad``).
    """

    text: str
    role: str
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be found: its IRI, its kind, its label and all its names."""

    iri: str
    kind: str
    label: str
    names: tuple[Name, ...]
    matches: tuple[tuple[str, str], ...] = ()
    """IRIs elsewhere that mean the same or nearly, each with its relation."""


@dataclass(frozen=True, slots=True)
class Named:
    """All things of an edition; ``complete`` is false if there were more names than are taken."""

    things: tuple[Thing, ...]
    complete: bool = True


def queries(base: Base) -> dict[str, str]:
    """What to ask of the engine: SPARQL by the name under which ``collect`` takes its rows."""
    own = f'STRSTARTS(STR(?thing), "{base.iri}id/")'
    terms = f'STRSTARTS(STR(?thing), "{base.ontology}")'
    many = " || ".join(
        f'STRSTARTS(STR(?thing), "{base.iri}id/{kind}/")'
        for kind in kinds.NUMEROUS
        if kind != "identifier"
    )
    few = f'({own} || {terms}) && !({many} || STRSTARTS(STR(?thing), "{base.iri}id/identifier/"))'
    properties = _iris(_properties(base).values())
    matches = _iris(OUTSIDE["skos"] + name for name in MATCHES.values())
    types = _iris(OUTSIDE["owl"] + name for name in TERMS)
    return {
        "names": NAMES.format(properties=properties, which=few, most=MOST),
        "numerous": NAMES.format(properties=properties, which=many, most=MOST),
        "identifiers": IDENTIFIERS.format(ontology=base.ontology, most=MOST),
        "matches": OUTSIDE_IRIS.format(properties=matches, base=base.iri, most=MOST),
        "terms": ONTOLOGY.format(types=types, ontology=base.ontology, most=MOST),
    }


def collect(base: Base, rows: Mapping[str, Iterable[Row]], shipped: Mapping[str, Query]) -> Named:
    """The things that the rows of the answers to ``queries`` name, and the shipped queries."""
    read = {name: list(some) for name, some in rows.items()}
    names: dict[str, set[Name]] = defaultdict(set)
    roles = {iri: role for role, iri in _properties(base).items()}
    for thing, of, text in (*read["names"], *read["numerous"]):
        if thing and of and text and text.strip():
            names[thing].add(Name(text, roles[of]))
    for thing, curie, relation in read["identifiers"]:
        if thing and curie:
            names[thing].add(Name(curie, "identifier", _tail(relation or "exact")))
    matches: dict[str, set[tuple[str, str]]] = defaultdict(set)
    by_property = {OUTSIDE["skos"] + name: relation for relation, name in MATCHES.items()}
    for thing, of, other in read["matches"]:
        if thing and of and other:
            matches[thing].add((other, by_property[of]))
    types = {term: TERMS[_tail(of)] for term, of in read["terms"] if term and of}
    made = (_thing(base, iri, names[iri], matches[iri], types.get(iri)) for iri in sorted(names))
    found = [one for one in made if one is not None]
    complete = all(len(some) < MOST for some in read.values())
    return Named((*found, *_questions(base, shipped)), complete)


def _thing(
    base: Base,
    iri: str,
    names: set[Name],
    matches: set[tuple[str, str]],
    term: str | None,
) -> Thing | None:
    kind, slash, tail = iri.removeprefix(f"{base.iri}id/").partition("/")
    if iri.startswith(base.ontology):
        if term is None:
            return None
        kind, tail = term, iri.removeprefix(base.ontology)
    elif not slash or not iri.startswith(f"{base.iri}id/"):
        return None
    order = list(PROPERTIES)
    ordered = sorted(names, key=lambda n: (order.index(n.role) if n.role in order else 99, n.text))
    label = next((name.text for name in ordered if name.role in ("label", "title")), tail)
    if kinds.of(kind).worth > kinds.RESULT:
        ordered.append(Name(tail, "key"))
    return Thing(iri, kind, label, tuple(ordered), tuple(sorted(matches)))


def _questions(base: Base, shipped: Mapping[str, Query]) -> Iterable[Thing]:
    for name, query in sorted(shipped.items()):
        head = query.header
        names = [Name(head.title, "label"), Name(head.question, "question")]
        if head.tags:
            names.append(Name(", ".join(head.tags), "tags"))
        names.append(Name(name, "key"))
        yield Thing(f"{base.iri}query/{name}", "query", head.title, tuple(names))


def _properties(base: Base) -> dict[str, str]:
    return {role: iri.replace("anlo:", base.ontology) for role, iri in PROPERTIES.items()}


def _iris(values: Iterable[str]) -> str:
    return " ".join(f"<{value}>" for value in values)


def _tail(iri: str) -> str:
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2]
