"""RML documents as typed values: just the part of RML for CSV that the mappings use.

Reads the vocabulary of the RML specification of 2014 (``semweb.mmlab.be``, which yatter writes)
and of 2024 (``w3id.org/rml``). Anything it does not know raises ``MappingError``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from ..errors import MappingError

RR = Namespace("http://www.w3.org/ns/r2rml#")
RML_2014 = Namespace("http://semweb.mmlab.be/ns/rml#")
RML = Namespace("http://w3id.org/rml/")
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

IRI, BLANK, LITERAL = "iri", "blank", "literal"
PIECE = re.compile(r"((?:[^{}\\]|\\.)+)|\{((?:[^{}\\]|\\.)*)\}", re.DOTALL)
UNSUPPORTED = (
    "parentTriplesMap", "joinCondition", "functionValue", "functionExecution", "query",
    "languageMap", "datatypeMap",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TermMap:
    """How a term is made: a constant, one column, or text with columns in it.

    Each of ``pieces`` is a text and whether it names a column.
    """

    kind: str
    pieces: tuple[tuple[str, bool], ...]
    datatype: str | None = None
    language: str | None = None
    constant: Node | None = None
    is_template: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(text for text, is_column in self.pieces if is_column)


@dataclass(frozen=True, slots=True)
class PredicateObjects:
    """Predicates and objects that are combined, in named graphs if any."""

    predicates: tuple[TermMap, ...]
    objects: tuple[TermMap, ...]
    graphs: tuple[TermMap, ...]


@dataclass(frozen=True)
class TriplesMap:
    """All triples about one subject per row of one file."""

    source: str
    subject: TermMap
    graphs: tuple[TermMap, ...]
    properties: tuple[PredicateObjects, ...]

    @cached_property
    def columns(self) -> frozenset[str]:
        maps = [self.subject, *self.graphs]
        for item in self.properties:
            maps += [*item.predicates, *item.objects, *item.graphs]
        return frozenset(column for term_map in maps for column in term_map.columns)


def parse(turtle: str, name: str) -> tuple[TriplesMap, ...]:
    """The triples maps of an RML document, in the order of their sources and subjects."""
    graph = Graph()
    try:
        graph.parse(data=turtle, format="turtle")
    except (BadSyntax, ParserError) as error:
        raise MappingError(f"{name}: RML does not parse: {error}") from error
    reader = _Reader(graph, name)
    maps = [reader.triples_map(node) for node in reader.subjects("logicalSource", "logicalTable")]
    if not maps:
        raise MappingError(f"{name}: has no triples map")
    return tuple(sorted(maps, key=repr))


class _Reader:
    """Reads nodes of an RML graph whichever vocabulary it uses."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name
        for word in UNSUPPORTED:
            if any(True for _ in self.subjects(word)):
                raise MappingError(f"{name}: uses {word}, which this executor does not support")

    def subjects(self, *words: str) -> set[Node]:
        spaces = (RR, RML_2014, RML)
        return {s for w in words for space in spaces for s in self.graph.subjects(space[w])}

    def values(self, node: Node, word: str) -> list[Node]:
        spaces = (RR, RML_2014, RML)
        return sorted({o for s in spaces for o in self.graph.objects(node, s[word])}, key=str)

    def value(self, node: Node, word: str) -> Node | None:
        found = self.values(node, word)
        if len(found) > 1:
            raise MappingError(f"{self.name}: {node} has {len(found)} values of {word}")
        return found[0] if found else None

    def triples_map(self, node: Node) -> TriplesMap:
        subjects = self.values(node, "subjectMap") + self.values(node, "subject")
        if len(subjects) != 1:
            raise MappingError(f"{self.name}: {node} needs exactly one subject map")
        subject_node = subjects[0]
        try:
            subject = self.term_map(subject_node, IRI)
        except MappingError as error:
            raise MappingError(f"{error} (subject of {node})") from None
        if subject.kind == LITERAL:
            raise MappingError(f"{self.name}: {node}: a subject cannot be a literal")
        classes = [_constant(c) for c in self.values(subject_node, "class")]
        properties = [self.predicate_objects(n) for n in self.values(node, "predicateObjectMap")]
        if classes:
            type_map = _constant(URIRef(RDF_TYPE))
            properties.append(PredicateObjects((type_map,), tuple(classes), ()))
        return TriplesMap(
            self.source(node),
            subject,
            self.graphs(subject_node),
            tuple(sorted(properties, key=repr)),
        )

    def source(self, node: Node) -> str:
        logical = self.value(node, "logicalSource")
        if logical is None:
            raise MappingError(f"{self.name}: {node} has no logical source")
        source = self.value(logical, "source")
        if source is not None and not isinstance(source, Literal):
            source = self.value(source, "path")
        formulation = str(self.value(logical, "referenceFormulation") or "CSV")
        if source is None or not formulation.endswith("CSV"):
            raise MappingError(f"{self.name}: {node}: only CSV files are supported as sources")
        return str(source)

    def predicate_objects(self, node: Node) -> PredicateObjects:
        predicates = [self._iris(n, "predicate") for n in self.values(node, "predicateMap")]
        predicates += [_constant(n) for n in self.values(node, "predicate")]
        objects = [self.term_map(n, None) for n in self.values(node, "objectMap")]
        objects += [_constant(n) for n in self.values(node, "object")]
        return PredicateObjects(tuple(predicates), tuple(objects), self.graphs(node))

    def graphs(self, node: Node) -> tuple[TermMap, ...]:
        maps = [self._iris(n, "graph") for n in self.values(node, "graphMap")]
        maps += [_constant(n) for n in self.values(node, "graph")]
        return tuple(maps)

    def _iris(self, node: Node, role: str) -> TermMap:
        made = self.term_map(node, IRI)
        if made.kind != IRI:
            raise MappingError(f"{self.name}: {node}: a {role} can only be an IRI")
        return made

    def term_map(self, node: Node, default: str | None) -> TermMap:
        if isinstance(node, (URIRef, Literal)) and not self.values(node, "template"):
            return _constant(node)
        constant = self.value(node, "constant")
        if constant is not None:
            return _constant(constant)
        template, reference = self.value(node, "template"), self._reference(node)
        if (template is None) == (reference is None):
            raise MappingError(f"{self.name}: a term map needs a template or a reference")
        datatype, language = self.value(node, "datatype"), self.value(node, "language")
        kind = self._kind(node, default, template is not None, bool(datatype or language))
        pieces = self.pieces(str(template)) if template is not None else ((str(reference), True),)
        return TermMap(
            kind,
            pieces,
            str(datatype) if datatype else None,
            self._language(language),
            is_template=template is not None,
        )

    def _reference(self, node: Node) -> Node | None:
        return self.value(node, "reference") or self.value(node, "column")

    def _kind(self, node: Node, default: str | None, is_template: bool, literal: bool) -> str:
        stated = self.value(node, "termType")
        if stated is not None:
            word = str(stated).rsplit("#")[-1].rsplit("/")[-1]
            kinds = {"IRI": IRI, "UnsafeIRI": IRI, "BlankNode": BLANK, "Literal": LITERAL}
            if word not in kinds:
                raise MappingError(f"{self.name}: term type {stated} is not supported")
            return kinds[word]
        if literal:
            return LITERAL
        return default or (IRI if is_template else LITERAL)

    def _language(self, language: Node | None) -> str | None:
        if language is None:
            return None
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", str(language)):
            raise MappingError(f"{self.name}: {language} is not a language tag")
        return str(language)

    def pieces(self, template: str) -> tuple[tuple[str, bool], ...]:
        found, end = [], 0
        for match in PIECE.finditer(template):
            if match.start() != end:
                break
            end = match.end()
            text = match[2] if match[1] is None else match[1]
            found.append((re.sub(r"\\(.)", r"\1", text), match[1] is None))
        if end != len(template):
            raise MappingError(f"{self.name}: template {template!r} has an unmatched brace")
        return tuple(found)


def _constant(node: Node) -> TermMap:
    kind = LITERAL if isinstance(node, Literal) else BLANK if isinstance(node, BNode) else IRI
    return TermMap(kind, (), constant=node)
