"""The closure of a graph under the rules of OWL 2 RL that the ontology uses.

Each triple is handled once, when it is new: the axioms that its predicate, or its class, can
trigger are looked up and their conclusions join the queue. Cost is linear in the triples that
take part. Facts come in layers, so that the closure of the vocabularies is computed once and
each study is closed on top of it without copying.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from .axioms import TYPE, Axioms

Triple = tuple[str, str, str]
Index = defaultdict[tuple[str, str], set[str]]


class Facts:
    """Triples by (subject, predicate) and (predicate, object), on top of a lower layer."""

    def __init__(self, below: Facts | None = None) -> None:
        self.below = below
        self.triples: set[Triple] = set()
        self._objects: Index = defaultdict(set)
        self._subjects: Index = defaultdict(set)

    def add(self, triple: Triple) -> bool:
        """Adds a triple; ``False`` if this or a lower layer has it."""
        if triple in self:
            return False
        subject, predicate, item = triple
        self.triples.add(triple)
        self._objects[subject, predicate].add(item)
        self._subjects[predicate, item].add(subject)
        return True

    def __contains__(self, triple: Triple) -> bool:
        return triple in self.triples or (self.below is not None and triple in self.below)

    def objects(self, subject: str, predicate: str) -> list[str]:
        own = list(self._objects.get((subject, predicate), ()))
        return own + self.below.objects(subject, predicate) if self.below else own

    def subjects(self, predicate: str, item: str) -> list[str]:
        own = list(self._subjects.get((predicate, item), ()))
        return own + self.below.subjects(predicate, item) if self.below else own


def close(axioms: Axioms, asserted: Iterable[Triple], below: Facts | None = None) -> Facts:
    """Facts that hold the asserted triples and all that follows from them and ``below``.

    Triples whose predicate no axiom mentions are left out: nothing follows from them.
    """
    used = axioms.used
    facts = Facts(below)
    queue: deque[Triple] = deque()
    for triple in asserted:
        if triple[1] in used and facts.add(triple):
            queue.append(triple)
    while queue:
        for conclusion in _conclusions(axioms, facts, queue.popleft()):
            # Triples about literals are no RDF; owlrl drops them too.
            if not conclusion[0].startswith('"') and facts.add(conclusion):
                queue.append(conclusion)
    return facts


def inferred(facts: Facts, asserted: Iterable[Triple]) -> set[Triple]:
    """Triples of the top layer that were not asserted and speak of no blank node."""
    given = set(asserted)
    return {
        triple
        for triple in facts.triples - given
        if not triple[0].startswith("_:") and not triple[2].startswith("_:")
    }


def _conclusions(axioms: Axioms, facts: Facts, triple: Triple) -> Iterator[Triple]:
    subject, predicate, item = triple
    if predicate == TYPE:
        yield from _from_type(axioms, facts, subject, item)
    for name in axioms.subproperties.get(predicate, ()):
        yield subject, name, item
    for name in axioms.inverses.get(predicate, ()):
        yield item, name, subject
    for name in axioms.domains.get(predicate, ()):
        yield subject, TYPE, name
    for name in axioms.ranges.get(predicate, ()):
        yield item, TYPE, name
    if predicate in axioms.transitive:
        yield from ((subject, predicate, end) for end in facts.objects(item, predicate))
        yield from ((start, predicate, item) for start in facts.subjects(predicate, subject))
    for chain, position, name in axioms.chains.get(predicate, ()):
        yield from _along(facts, chain, position, name, subject, item)
    for filler, restriction in axioms.some.get(predicate, ()):
        if _is_thing(filler) or (item, TYPE, filler) in facts:
            yield subject, TYPE, restriction
    for restriction in axioms.values.get((predicate, item), ()):
        yield subject, TYPE, restriction
    for restriction, filler in axioms.all_by_property.get(predicate, ()):
        if (subject, TYPE, restriction) in facts:
            yield item, TYPE, filler


def _from_type(axioms: Axioms, facts: Facts, subject: str, name: str) -> Iterator[Triple]:
    for superclass in axioms.subclasses.get(name, ()):
        yield subject, TYPE, superclass
    for whole, parts in axioms.intersections.get(name, ()):
        if all((subject, TYPE, part) in facts for part in parts):
            yield subject, TYPE, whole
    for predicate, restriction in axioms.some_by_class.get(name, ()):
        yield from ((start, TYPE, restriction) for start in facts.subjects(predicate, subject))
    for predicate, value in axioms.implied_values.get(name, ()):
        yield subject, predicate, value
    for predicate, filler in axioms.all.get(name, ()):
        yield from ((item, TYPE, filler) for item in facts.objects(subject, predicate))


def _along(
    facts: Facts, chain: tuple[str, ...], position: int, name: str, subject: str, item: str
) -> Iterator[Triple]:
    """Conclusions of a property chain that has the new triple at ``position``."""
    starts = {subject}
    for predicate in reversed(chain[:position]):
        starts = {s for node in starts for s in facts.subjects(predicate, node)}
    ends = {item}
    for predicate in chain[position + 1 :]:
        ends = {o for node in ends for o in facts.objects(node, predicate)}
    return ((start, name, end) for start in starts for end in ends)


def _is_thing(name: str) -> bool:
    return name == "<http://www.w3.org/2002/07/owl#Thing>"
