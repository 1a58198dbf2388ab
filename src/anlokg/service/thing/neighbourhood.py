"""The queries behind the page and the data of one thing.

Each pattern is bound by those before it, so that none of them looks at more than the thing's own
neighbours. IRIs come in through ``ref`` alone, which lets nothing else than an IRI pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...errors import NotFound
from ...namespaces import OUTSIDE
from ..question.rows import Row
from .addresses import is_iri

RDF, RDFS = OUTSIDE["rdf"], OUTSIDE["rdfs"]
DCTERMS, SCHEMA, SKOS = OUTSIDE["dcterms"], OUTSIDE["schema"], OUTSIDE["skos"]
VOID = OUTSIDE["void"]
FOAF = "http://xmlns.com/foaf/0.1/"
HYDRA = "http://www.w3.org/ns/hydra/core#"
TYPE, LABEL = f"{RDF}type", f"{RDFS}label"
FIRST, REST, NIL = f"{RDF}first", f"{RDF}rest", f"{RDF}nil"

NAMES = (
    LABEL, f"{SKOS}prefLabel", f"{DCTERMS}title", f"{SCHEMA}name", "http://schema.org/name",
    f"{FOAF}name",
)  # fmt: skip
"""Properties that name a thing, the best first."""
TEXTS = (
    f"{SKOS}definition", f"{DCTERMS}description", f"{SCHEMA}description", f"{RDFS}comment",
)  # fmt: skip
"""Properties that say what a thing is, the best first."""
MOST_PREDICATES = 500
MOST_TYPES = 100
LONGEST_TEXT = 500
DEEPEST = 6
"""Levels of nodes without a name, lists apart: what OWL axioms need, and room."""
MOST_NESTED = 2000
ORDERED = 20_000
"""Longer lists keep the order in which the engine gives them: sorting takes time."""
MOST_LABELS = 20_000


@dataclass(frozen=True, slots=True)
class Outline:
    """What a thing has to do with: numbers of triples by predicate, outgoing and incoming.

    ``blanks`` are the predicates that lead to nodes without a name. ``types`` begins with the most
    specific ones. ``graph`` and ``predicate`` say whether it is used as such. ``cut`` is true
    where there are more predicates than a page can hold.
    """

    iri: str
    out: dict[str, int]
    into: dict[str, int]
    blanks: frozenset[str]
    types: tuple[str, ...]
    graph: bool
    predicate: bool

    @property
    def known(self) -> bool:
        """Whether anything is said of it, or with it."""
        return bool(self.out or self.into or self.graph or self.predicate)

    @property
    def cut(self) -> bool:
        return max(len(self.out), len(self.into)) >= MOST_PREDICATES


@dataclass(frozen=True, slots=True)
class Span:
    """Some triples of one predicate: how many, from where on, of how many."""

    predicate: str
    limit: int
    offset: int = 0
    total: int = 0
    ordered: bool = False


def ref(iri: str) -> str:
    """An IRI as SPARQL writes it; ``NotFound`` for anything that is none."""
    if not is_iri(iri):
        raise NotFound(f"{iri[:200]!r} is not an IRI")
    return f"<{iri}>"


def outline(iri: str) -> str:
    """Asks for an ``Outline``: columns way, p, n, blanks."""
    it = ref(iri)
    return f"""SELECT ?way ?p ?n ?blanks WHERE {{
  {{ SELECT ("out" AS ?way) ?p (COUNT(?o) AS ?n) (SUM(IF(isBlank(?o), 1, 0)) AS ?blanks)
     WHERE {{ {it} ?p ?o }} GROUP BY ?p LIMIT {MOST_PREDICATES} }}
  UNION {{ SELECT ("in" AS ?way) ?p (COUNT(?s) AS ?n)
     WHERE {{ ?s ?p {it} }} GROUP BY ?p LIMIT {MOST_PREDICATES} }}
  UNION {{ SELECT ("type" AS ?way) ?p (IF(EXISTS {{ {it} <{TYPE}> ?other .
       ?other <{RDFS}subClassOf> ?p FILTER(?other != ?p) }}, 1, 0) AS ?n)
     WHERE {{ {it} <{TYPE}> ?p FILTER(isIRI(?p)) }} LIMIT {MOST_TYPES} }}
  UNION {{ SELECT ("predicate" AS ?way) WHERE {{ ?s {it} ?o }} LIMIT 1 }}
  UNION {{ SELECT ("graph" AS ?way) WHERE {{ GRAPH {it} {{ ?s ?p ?o }} }} LIMIT 1 }}
}}"""


def read_outline(iri: str, rows: Iterable[Row]) -> Outline:
    """The outline that the answer to ``outline`` gives."""
    out: dict[str, int] = {}
    into: dict[str, int] = {}
    blanks, kinds, ways = set(), [], set()
    for way, predicate, count, blank in rows:
        name = way[1] if way else ""
        ways.add(name)
        if predicate is None or count is None:
            continue
        number = int(float(count[1]))
        if name == "type":
            kinds.append((number, predicate[1]))
        elif number:
            (out if name == "out" else into)[predicate[1]] = number
        if blank is not None and int(float(blank[1])):
            blanks.add(predicate[1])
    types = tuple(kind for _, kind in sorted(kinds))
    graph, used = "graph" in ways, "predicate" in ways
    return Outline(iri, out, into, frozenset(blanks), types, graph, used)


def outgoing(iri: str, spans: Sequence[Span]) -> str:
    """Asks for objects, and for the graphs that say so: columns p, o, g."""
    it = ref(iri)
    parts = [
        f"SELECT ({ref(span.predicate)} AS ?p) ?o WHERE {{ {it} {ref(span.predicate)} ?o }}"
        f"{_order('?o', span)}"
        for span in spans
    ]
    return f"SELECT ?p ?o ?g WHERE {{ {_union(parts)}\nOPTIONAL {{ GRAPH ?g {{ {it} ?p ?o }} }} }}"


def incoming(iri: str, spans: Sequence[Span]) -> str:
    """Asks for subjects: columns p, s."""
    it = ref(iri)
    parts = [
        f"SELECT ({ref(span.predicate)} AS ?p) ?s WHERE {{ ?s {ref(span.predicate)} {it} }}"
        f"{_order('?s', span)}"
        for span in spans
    ]
    return f"SELECT ?p ?s WHERE {{ {_union(parts)} }}"


def nested(iri: str) -> str:
    """Asks for the nodes without a name below a thing: columns x, p, o; x is the thing at first."""
    return f"SELECT DISTINCT ?x ?p ?o WHERE {{ {_closure(iri, root=True)} }} LIMIT {MOST_NESTED}"


def labels(iris: Iterable[str], extra: Sequence[str] = ()) -> str:
    """Asks for names, descriptions and ``extra`` texts of many things at once.

    Columns x, role, text, language, described; the last says whether anything is said of x.
    """
    listed = " ".join(ref(iri) for iri in iris)
    roles = " ".join(ref(role) for role in (*NAMES, *TEXTS, *extra))
    return f"""SELECT ?x ?role (SUBSTR(STR(?full), 1, {LONGEST_TEXT}) AS ?text)
  (LANG(?full) AS ?language) ?described WHERE {{
  VALUES ?x {{ {listed} }}
  BIND(EXISTS {{ ?x ?any ?thing }} AS ?described)
  OPTIONAL {{ VALUES ?role {{ {roles} }} ?x ?role ?full FILTER(isLiteral(?full)) }}
}} LIMIT {MOST_LABELS}"""


def description(
    outlined: Outline,
    note: Sequence[tuple[str, str, str]],
    limit: int,
    offset: int,
    more: str = "",
) -> str:
    """The data of a thing, as CONSTRUCT.

    What is said of it with the labels of its objects and the nodes without a name below it, then
    ``limit`` of the triples that point at it. Behind an ``offset`` only those. ``note`` are terms,
    written as SPARQL, of triples about the document itself. ``more`` are patterns for what else
    belongs to the thing, columns x, p, o.
    """
    it = ref(outlined.iri)
    order = " ORDER BY ?p ?x" if sum(outlined.into.values()) <= ORDERED else ""
    inverse = (
        f"SELECT ?x ?p ({it} AS ?o) WHERE {{ ?x ?p {it} }}{order} LIMIT {limit} OFFSET {offset}"
    )
    parts = [inverse] if outlined.into else []
    if not offset and outlined.out:
        parts.append(f"SELECT ({it} AS ?x) ?p ?o WHERE {{ {it} ?p ?o }}")
        parts.append(
            f"SELECT DISTINCT (?v AS ?x) (<{LABEL}> AS ?p) (?l AS ?o)"
            f" WHERE {{ {it} ?q ?v FILTER(isIRI(?v)) ?v <{LABEL}> ?l }}"
        )
        if outlined.blanks:
            parts.append(_closure(outlined.iri, root=False))
        if more:
            parts.append(more)
    stated = " ".join(f"({' '.join(triple)})" for triple in note)
    parts.append(f"VALUES (?x ?p ?o) {{ {stated} }}")
    found = f"SELECT DISTINCT ?x ?p ?o WHERE {{ {_union(parts)} }}"
    return f"CONSTRUCT {{ ?x ?p ?o }} WHERE {{ {{ {found} }} }}"


def licence(dataset: str) -> str:
    """Asks under which licence a dataset is: column licence."""
    return f"SELECT ?licence WHERE {{ {ref(dataset)} <{DCTERMS}license> ?licence }} LIMIT 10"


def whole_graph(name: str) -> str:
    """All triples of a named graph, as CONSTRUCT."""
    return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {ref(name)} {{ ?s ?p ?o }} }}"


def graph_classes(name: str, limit: int) -> str:
    """Asks how many members of each class a named graph has: columns class, n."""
    return (
        f"SELECT ?class (COUNT(?s) AS ?n) WHERE {{ GRAPH {ref(name)} {{ ?s <{TYPE}> ?class }} }}"
        f" GROUP BY ?class ORDER BY DESC(?n) ?class LIMIT {limit}"
    )


def _union(parts: Sequence[str]) -> str:
    return "\n UNION ".join(f"{{ {part} }}" for part in parts)


def _order(variable: str, span: Span) -> str:
    """A page of a long list needs an order; a list that is taken whole is sorted later."""
    order = f" ORDER BY {variable}" if span.ordered else ""
    return f"{order} LIMIT {span.limit} OFFSET {span.offset}"


def _closure(iri: str, *, root: bool) -> str:
    """Patterns for what the nodes without a name below a thing say; lists at any length.

    Projections rather than BIND, and all filters at the end: Virtuoso understands nothing else.
    """
    it = ref(iri)
    parts = (
        [f"SELECT ({it} AS ?x) ?p ?o WHERE {{ {it} ?p ?o FILTER(isBlank(?o)) }}"] if root else []
    )
    path, unnamed = it, []
    for level in range(1, DEEPEST + 1):
        path += f" ?p{level} ?b{level} . ?b{level} <{REST}>* ?n{level} . ?n{level}"
        unnamed += [f"isBlank(?b{level})", f"isBlank(?n{level})"]
        parts.append(
            f"SELECT (?n{level} AS ?x) ?p ?o WHERE {{ {path} ?p ?o"
            f" FILTER({' && '.join(unnamed)}) }}"
        )
    return _union(parts)
