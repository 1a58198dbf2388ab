"""What a page shows of one thing: its properties and what refers to it, in groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from ...integrity.flags import Flags
from ..question.cells import Mark
from ..question.rows import NUMBERS, XSD, Cell, Row
from .addresses import address, uri
from .names import Names
from .neighbourhood import FIRST, LABEL, NIL, ORDERED, REST, TYPE, Outline, Span

PAGE = 25
"""Neighbours of one property that a page shows at most."""
MOST_ITEMS = 1000
FEWEST = 5
LONGEST_LITERAL = 2000
DEEPEST = 12
STRING, ANY_URI = f"{XSD}string", f"{XSD}anyURI"
WEB = re.compile(r"https?://", re.IGNORECASE)
DIGITS = re.compile(r"(\d+)", re.ASCII)

FIRST_SHOWN = (
    "resultOf", "kind", "attribute", "endpoint", "adverseEvent", "statistic", "group",
    "experimentalGroup", "referenceGroup", "direction", "reported", "value", "lower", "upper",
    "intervalType", "level", "spread", "unit", "count", "denominator", "percent", "pOperator",
    "pValue", "qualifier", "bound", "timepoint", "category", "gradeMin", "gradeMax",
    "hasStatement", "statementOf", "locator", "citedFrom",
    "name", "symbol", "abbreviation", "registration", "studyRole", "design", "phase", "condition",
    "investigates", "sampleSize", "hasGroup", "groupOf", "groupType", "size", "receives",
    "receivesDrug", "partOfGroup", "regimenOf", "regimenType", "hasComponent", "hasDrug", "dose",
    "doseMaximum", "doseUnit", "frequency", "route", "hasDrugClass", "inhibits", "inhibitsFamily",
    "hasMechanism",
)  # fmt: skip
"""Own properties in the order that a reader asks for; all others follow by name."""
LAST_SHOWN = (
    "http://www.w3.org/ns/prov#", "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/2002/07/owl#", "http://rdfs.org/ns/void#", "http://ldf.fi/void-ext#",
)  # fmt: skip
UNITS = {
    "value": "unit", "lower": "unit", "upper": "unit", "spread": "unit", "dose": "doseUnit",
    "doseMaximum": "doseUnit", "cycleLength": "cycleUnit", "concentration": "concentrationUnit",
}  # fmt: skip
"""Own properties with a number, and the property of the same thing that has its unit."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value: a thing with its link, a literal, or a node without a name and what is in it.

    ``marks`` are the findings on a result or statement.
    """

    text: str
    href: str = ""
    also: str = ""
    title: str = ""
    detail: str = ""
    unit: str = ""
    note: str = ""
    number: bool = False
    inferred: bool = False
    nested: tuple[Group, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one property; ``total`` counts them all, ``more`` is where the others are."""

    iri: str
    name: str
    title: str
    href: str
    items: tuple[Item, ...]
    total: int
    more: str = ""


@dataclass(frozen=True, slots=True)
class Showing:
    """Turns cells into items: knows names, addresses and units."""

    base: str
    ontology: str
    names: Names
    path: Callable[[str], str]
    compact: Callable[[str], str]
    tree: Mapping[str, Sequence[tuple[str, Cell]]] = field(default_factory=dict)
    """Contents of the nodes without a name."""
    flags: Flags = field(default_factory=dict)
    """Findings by the result or statement that they are on."""

    def link(self, iri: str) -> tuple[str, str]:
        """Where a thing is shown here, and outside; each empty if nowhere."""
        outside = uri(iri) if WEB.match(iri) else ""
        if iri.startswith(self.base):
            found = address(self.base, iri)
            if found.tail or self.names.described(iri):
                return self.path(found.page), ""
            return self.path("/" + uri(iri[len(self.base) :])), ""
        if self.names.described(iri):
            return self.path(address(self.base, iri).page), outside
        return "", outside

    def item(self, cell: Cell, unit: str = "", *, inferred: bool = False, depth: int = 0) -> Item:
        """A cell as an item."""
        kind, value = cell[0], cell[1]
        if kind == "blank":
            return Item("", nested=self._nested(value, depth), inferred=inferred)
        if kind == "literal":
            return replace(_literal(cell, self.compact), unit=unit, inferred=inferred)
        if kind != "iri":
            return Item(value, inferred=inferred)  # a triple that is spoken of
        here, outside = self.link(value)
        text = self.names.name(value)
        note = self.names.value(value, f"{self.ontology}reported")
        place = self.names.value(value, f"{self.ontology}locator")
        title = self.names.text(value) or place or self.compact(value)
        return Item(
            text,
            here or outside,
            outside if here else "",
            title,
            note=note,
            inferred=inferred,
            marks=self.marks(value),
        )

    def marks(self, iri: str) -> tuple[Mark, ...]:
        """The findings on a thing, each with the link to its page."""
        return tuple(
            Mark(flag.severity, flag.text, self.path(address(self.base, flag.finding).page))
            for flag in self.flags.get(iri, ())
        )

    def group(self, predicate: str, items: Iterable[Item], total: int = 0, more: str = "") -> Group:
        """A group of items under the name of their property."""
        listed = tuple(items)
        here, outside = self.link(predicate)
        title = self.names.text(predicate)
        title = f"{title} ({self.compact(predicate)})" if title else self.compact(predicate)
        name = "type" if predicate == TYPE else self.names.property_name(predicate)
        return Group(predicate, name, title, here or outside, listed, total or len(listed), more)

    def _nested(self, node: str, depth: int) -> tuple[Group, ...]:
        found = self.tree.get(node, ())
        if depth >= DEEPEST or not found:
            return ()
        if any(predicate == FIRST for predicate, _ in found):
            items = [self.item(cell, depth=depth + 1) for cell in self._list(node)]
            return (Group(FIRST, "list", "", "", tuple(items), len(items)),)
        return tuple(
            self.group(predicate, (self.item(cell, depth=depth + 1) for cell in cells))
            for predicate, cells in sorted(_by_predicate(found).items(), key=self._rank)
        )

    def _list(self, node: str) -> list[Cell]:
        """The members of an RDF list, as far as they are known; a ring ends where it began."""
        members: list[Cell] = []
        seen: set[str] = set()
        while node != NIL and node not in seen:
            seen.add(node)
            cells = _by_predicate(self.tree.get(node, ()))
            members += cells.get(FIRST, [])
            rest = cells.get(REST)
            node = rest[0][1] if rest else NIL
        return members

    def _rank(self, entry: tuple[str, object]) -> tuple[int, int, str]:
        return rank(self.ontology, entry[0], self.names)


def spans(counts: Mapping[str, int], wanted: str | None = None, page: int = 1) -> tuple[Span, ...]:
    """What to ask of each property: the first few of all of them, or a page of the one wanted."""
    if wanted is not None:
        total = counts.get(wanted, 0)
        return (_span(wanted, PAGE, (page - 1) * PAGE, total),)
    most = max(FEWEST, min(PAGE, MOST_ITEMS // max(1, len(counts))))
    return tuple(_span(predicate, most, 0, total) for predicate, total in counts.items())


def outgoing(
    showing: Showing,
    outlined: Outline,
    rows: Iterable[Row],
    graphs: Callable[[Iterable[str]], bool],
    more: Callable[[str], str],
) -> list[Group]:
    """The properties of a thing as groups; ``graphs`` tells whether graphs hold inferences only.

    ``more`` makes the address of the rest of a group.
    """
    stated: dict[str, dict[tuple[str, ...], tuple[Cell, list[str]]]] = {}
    for predicate, value, graph in rows:
        if predicate is None or value is None:
            continue
        found = stated.setdefault(predicate[1], {})
        _, places = found.setdefault(tuple(value), (value, []))
        if graph is not None:
            places.append(graph[1])
    units = _units(showing, stated)
    groups = []
    for iri in sorted(stated, key=lambda iri: rank(showing.ontology, iri, showing.names)):
        items = [
            showing.item(cell, units.get(iri, ""), inferred=graphs(places))
            for cell, places in stated[iri].values()
        ]
        groups.append(_group(showing, iri, items, outlined.out, more))
    return groups


def incoming(
    showing: Showing, outlined: Outline, rows: Iterable[Row], more: Callable[[str], str]
) -> list[Group]:
    """What refers to a thing, as groups; those with most members last, which are the longest."""
    found: dict[str, list[Item]] = {}
    for predicate, subject in rows:
        if predicate is not None and subject is not None:
            found.setdefault(predicate[1], []).append(showing.item(subject))
    order = sorted(found, key=lambda iri: rank(showing.ontology, iri, showing.names))
    return [_group(showing, iri, found[iri], outlined.into, more) for iri in order]


def rank(ontology: str, predicate: str, names: Names) -> tuple[int, int, str]:
    """The place of a property among others: what a thing is, own ones, those of others, origins."""
    name = names.property_name(predicate)
    if predicate in (LABEL, TYPE):
        return 0, 0, name
    if predicate.startswith(ontology):
        local = predicate[len(ontology) :]
        place = FIRST_SHOWN.index(local) if local in FIRST_SHOWN else len(FIRST_SHOWN)
        return 1, place, name
    last = next((n for n, start in enumerate(LAST_SHOWN, 1) if predicate.startswith(start)), 0)
    return 2 + last, 0, name


def parameter(compact: Callable[[str], str], iri: str) -> str:
    """An IRI as the value of a parameter in an address."""
    return quote(compact(iri), safe=":")


def _group(
    showing: Showing,
    predicate: str,
    items: list[Item],
    counts: Mapping[str, int],
    more: Callable[[str], str],
) -> Group:
    total = counts.get(predicate, len(items))
    whole = total <= len(items)
    shown = sorted(items, key=_natural) if whole else items
    return showing.group(predicate, shown, total, "" if whole else more(predicate))


def _span(predicate: str, limit: int, offset: int, total: int) -> Span:
    # An order costs time that grows with the list; beyond some length it is not worth it.
    return Span(predicate, limit, offset, total, ordered=limit < total <= ORDERED)


def _natural(item: Item) -> tuple[list[tuple[int, str]], str]:
    """By name, numbers within names by value."""
    # Every second part is a number.
    parts = enumerate(DIGITS.split(item.text.casefold()))
    return [(int(part[:18]), part) if n % 2 else (0, part) for n, part in parts], item.href


def _units(
    showing: Showing, stated: Mapping[str, Mapping[tuple[str, ...], tuple[Cell, list[str]]]]
) -> dict[str, str]:
    """The unit of each property whose thing says in what it is."""
    units = {}
    for number, unit in UNITS.items():
        cells = list(stated.get(showing.ontology + unit, {}).values())
        if len(cells) == 1 and cells[0][0][0] == "literal":
            units[showing.ontology + number] = readable_unit(cells[0][0][1])
    if f"{showing.ontology}percent" in stated:
        units[f"{showing.ontology}percent"] = "%"
    return units


def readable_unit(code: str) -> str:
    """A UCUM code for people: ``{patient}`` is a thing counted, ``1`` is no unit, ``a`` a year."""
    text = re.sub(r"10\*(-?\d+)", r"10^\1", re.sub(r"[{}\[\]]", "", code))
    return {"1": "", "a": "years", "mo": "months", "wk": "weeks", "d": "days"}.get(text, text)


def _literal(cell: Cell, compact: Callable[[str], str]) -> Item:
    text = cell[1]
    datatype = cell[2] if len(cell) > 2 else ""
    detail = datatype[1:] if datatype.startswith("@") else compact(datatype) if datatype else ""
    href = uri(text) if datatype == ANY_URI and WEB.match(text) else ""
    title = ""
    if len(text) > LONGEST_LITERAL:
        title = f"The first {LONGEST_LITERAL} of {len(text)} characters; the data has them all"
        text = f"{text[:LONGEST_LITERAL]} …"
    return Item(text, href, title=title, detail=detail, number=datatype in NUMBERS)


def _by_predicate(found: Iterable[tuple[str, Cell]]) -> dict[str, list[Cell]]:
    groups: dict[str, list[Cell]] = {}
    for predicate, cell in found:
        groups.setdefault(predicate, []).append(cell)
    return groups
