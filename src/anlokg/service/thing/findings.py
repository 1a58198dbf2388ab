"""A result for a reader: its figure in one line, what it means, and every place it is printed at.

A result is one finding; each of its statements is one printing of it, with the cell it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..question.rows import Cell, Row
from .items import Item, Showing, readable_unit
from .neighbourhood import ref

MOST_STATEMENTS = 200
SOURCE = "http://www.w3.org/ns/prov#hadPrimarySource"
COMMENT = "http://www.w3.org/2000/01/rdf-schema#comment"
INTERVALS = {
    "ci": "confidence interval", "iqr": "interquartile range", "range": "range",
    "sd": "standard deviation",
}  # fmt: skip
SIGNS = {
    "about": "about ", "less-than": "< ", "at-most": "≤ ", "more-than": "> ", "at-least": "≥ ",
}  # fmt: skip

Fields = Mapping[str, list[Cell]]
"""Values by property: own properties by the last part of their IRI, others by the whole."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what a result means."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Printing:
    """One place at which a figure is printed: as it stands there, and as numbers."""

    reported: str
    figure: str
    place: str
    cells: tuple[Item, ...]
    statement: Item | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A result: its figure, what it means, and where it is printed; ``more`` places if cut."""

    figure: str
    facts: tuple[Fact, ...]
    printings: tuple[Printing, ...]
    more: bool = False


def printed(ontology: str, iri: str) -> str:
    """Asks for the statements of a result: columns statement, p, o."""
    inner = f"SELECT ?statement WHERE {{ {ref(iri)} <{ontology}hasStatement> ?statement }}"
    return (
        f"SELECT ?statement ?p ?o WHERE {{"
        f" {{ {inner} ORDER BY ?statement LIMIT {MOST_STATEMENTS + 1} }} ?statement ?p ?o }}"
    )


def fields(ontology: str, pairs: Iterable[tuple[Cell | None, Cell | None]]) -> Fields:
    """Values by property."""
    found: dict[str, list[Cell]] = {}
    for predicate, value in pairs:
        if predicate is None or value is None:
            continue
        cells = found.setdefault(predicate[1].removeprefix(ontology), [])
        if value not in cells:
            cells.append(value)
    return found


def finding(showing: Showing, own: Fields, rows: Iterable[Row]) -> Finding:
    """What a result says, from its own properties and the rows of ``printed``."""
    statements: dict[str, list[tuple[Cell | None, Cell | None]]] = {}
    for statement, predicate, value in rows:
        if statement is not None:
            statements.setdefault(statement[1], []).append((predicate, value))
    found = [
        printing(showing, fields(showing.ontology, pairs), iri)
        for iri, pairs in sorted(statements.items())
    ]
    more = len(found) > MOST_STATEMENTS
    return Finding(figure(showing, own), facts(showing, own), tuple(found[:MOST_STATEMENTS]), more)


def printing(showing: Showing, own: Fields, iri: str = "") -> Printing:
    """Where a statement, or another thing with a place of its own, is printed."""
    return Printing(
        _text(own, "reported"),
        figure(showing, own),
        _text(own, "locator"),
        tuple(showing.item(cell) for cell in own.get(SOURCE, ())),
        showing.item(["iri", iri]) if iri else None,
        tuple(cell[1] for cell in own.get(COMMENT, ())),
    )


def figure(showing: Showing, own: Fields) -> str:
    """The numbers in one line: value, interval, count of patients, p-value; empty without any."""
    unit = readable_unit(_text(own, "unit"))
    sign = SIGNS.get(_key(own, "qualifier"), "")
    bounds = [showing.names.name(cell[1]) for cell in own.get("bound", ())]
    value, spread, whole = (_text(own, name) for name in ("value", "spread", "denominator"))
    kind, span = _interval(showing, own, bounds)
    parts = []
    if value:
        parts.append(f"{sign}{value} {unit}".rstrip())
        parts += [f"± {spread}"] if spread else []
        parts += [f"({kind} {span})".replace("( ", "(")] if span else []
    elif span:
        parts.append(f"{kind} {sign}{span} {unit}".strip())
    elif bounds:
        parts.append(", ".join(bounds))
    patients = _patients(own)
    if value and whole and not patients:
        patients = f"n = {whole}"
    p = _text(own, "pValue")
    lines = (" ".join(parts), patients, f"p {_text(own, 'pOperator')} {p}" if p else "")
    return "; ".join(line for line in lines if line)


def facts(showing: Showing, own: Fields) -> tuple[Fact, ...]:
    """What the numbers of a result mean: of what, in whom, against whom, how."""
    found = []
    for name, properties in (
        ("Study", ("resultOf",)),
        ("Quoted from", ("citedFrom",)),
        ("Outcome", ("endpoint", "adverseEvent", "attribute", "biomarker", "onTarget")),
        ("Category", ("category",)),
        ("Statistic", ("statistic",)),
        ("Measured in", ("group", "ofDrug")),
        ("Experimental group (numerator)", ("experimentalGroup",)),
        ("Reference group (denominator)", ("referenceGroup",)),
        ("Direction", ("direction",)),
        ("Compared by", ("comparedVariable",)),
        ("Method", ("adjustment", "test")),
        ("Analysis set", ("analysisSet",)),
        ("Time", ("timepoint",)),
        ("Relatedness", ("relatedness",)),
        ("Said", ("text",)),
        ("Assay", ("assay", "assaySystem")),
    ):
        cells = [cell for prop in properties for cell in own.get(prop, ())]
        if cells:
            found.append(Fact(name, tuple(showing.item(cell) for cell in cells)))
    if grade := _grade(own):
        found.insert(min(3, len(found)), Fact("Grade", (Item(grade),)))
    return tuple(found)


def _interval(showing: Showing, own: Fields, bounds: list[str]) -> tuple[str, str]:
    """What kind of interval it is, and from where to where; both empty if there is none."""
    lower, upper = _text(own, "lower"), _text(own, "upper")
    if not (lower or upper):
        return "", ""
    missing = ", ".join(bounds) or "not given"
    key = _key(own, "intervalType")
    kind = INTERVALS.get(key) or (showing.names.name(own["intervalType"][0][1]) if key else "")
    return (
        f"{_percent(_text(own, 'level'))} {kind}".strip(),
        f"{lower or missing} to {upper or missing}",
    )


def _patients(own: Fields) -> str:
    count, whole, percent = (_text(own, name) for name in ("count", "denominator", "percent"))
    if count:
        text = f"{count} of {whole}" if whole else count
        return f"{text} ({percent} %)" if percent else text
    return f"{percent} % of {whole}" if percent and whole else f"{percent} %" if percent else ""


def _grade(own: Fields) -> str:
    low, high = _text(own, "gradeMin"), _text(own, "gradeMax")
    if not (low or high):
        return ""
    version = _text(own, "ctcaeVersion")
    span = low if low == high else f"{low or '?'} to {high or '?'}"
    return f"{span} (CTCAE {version})" if version else span


def _percent(level: str) -> str:
    try:
        return f"{float(level) * 100:g} %"
    except ValueError:
        return level


def _text(own: Fields, name: str) -> str:
    """The values of one property as text."""
    return ", ".join(cell[1] for cell in own.get(name, ()))


def _key(own: Fields, name: str) -> str:
    """The last part of the IRI of a code; empty if there is none."""
    cells = own.get(name)
    return cells[0][1].rpartition("/")[2] if cells else ""
