"""Counts over a store whose default graph is the union of its named graphs.

The engine counts; it is many times as fast as a loop over quads. What has no IRI to be named by,
such as a class that is a blank node, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, QuerySolutions, Store

from ..namespaces import OUTSIDE, Base

TYPE = f"<{OUTSIDE['rdf']}type>"
ALL = ("", "{ ?s ?p ?o }")
EACH = ("?g", "{ GRAPH ?g { ?s ?p ?o } }")
"""What is counted together: everything, or each graph."""

SIZES = """SELECT {group} (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
  (COUNT(DISTINCT ?o) AS ?objects)
  (COUNT(DISTINCT IF(STRSTARTS(STR(?s), "{base}"), ?s, ?none)) AS ?entities) {where} {by}"""
USES = "SELECT {group} ?{what} (COUNT(*) AS ?n) {where} GROUP BY {group} ?{what}"

OF_CLASSES = f"SELECT ?c ?p (COUNT(*) AS ?n) {{ ?s {TYPE} ?c ; ?p ?o }} GROUP BY ?c ?p"
# A class that is the object of rdf:type says nothing about the data, and would be a third of all.
TO_CLASSES = f"""SELECT ?c ?p ?d (COUNT(*) AS ?n) {{
  ?o {TYPE} ?d . ?s ?p ?o . FILTER(?p != {TYPE}) ?s {TYPE} ?c
}} GROUP BY ?c ?p ?d"""
TO_DATATYPES = f"""SELECT ?c ?p ?d (COUNT(*) AS ?n) {{
  {{ SELECT ?s ?p (DATATYPE(?o) AS ?d) {{ ?s ?p ?o FILTER(isLiteral(?o)) }} }} ?s {TYPE} ?c
}} GROUP BY ?c ?p ?d"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in a graph; entities are the subjects whose IRIs start with the base."""

    triples: int
    subjects: int
    objects: int
    entities: int


Names = tuple[str, ...]
Numbers = tuple[int, ...]
Uses = dict[str, dict[str, int]]
"""By graph, ``""`` for all of them: how often each class or property is used."""


def sizes(store: Store, base: Base) -> dict[str, Size]:
    """The size of each graph by its name, and of the union of all by ``""``."""
    found = {}
    for group, where in (ALL, EACH):
        by = f"GROUP BY {group}" if group else ""
        query = SIZES.format(group=group, where=where, by=by, base=base.iri)
        for name, numbers in rows(store, query, 4):
            found["".join(name)] = Size(*numbers)
    return found


def properties(store: Store) -> Uses:
    """How many triples each property has."""
    return _uses(store, "p", "?p")


def classes(store: Store) -> Uses:
    """How many members each class has."""
    return _uses(store, "o", TYPE)


def rows(store: Store, query: str, numbers: int = 1) -> Iterator[tuple[Names, Numbers]]:
    """Rows of a query: its first columns are IRIs, the last ones are numbers."""
    answer = store.query(query)
    assert isinstance(answer, QuerySolutions)
    width = len(answer.variables) - numbers
    for row in answer:
        names = [row[n] for n in range(width)]
        if all(isinstance(name, NamedNode) for name in names):
            counts = (row[n] for n in range(width, width + numbers))
            yield tuple(n.value for n in names), tuple(int(n.value) for n in counts)


def _uses(store: Store, what: str, predicate: str) -> Uses:
    found: Uses = {}
    for group, where in (ALL, EACH):
        query = USES.format(group=group, what=what, where=where.replace("?p", predicate))
        for names, (number,) in rows(store, query):
            *graph, name = names
            found.setdefault("".join(graph), {})[name] = number
    return found
