"""Whether two answers are the same: by value, up to names of blank nodes, in order if asked."""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from .answers import TYPE, Answer, Rows, Term

XSD = "http://www.w3.org/2001/XMLSchema#"
WHOLE = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]+)(?P<part>)")
DECIMAL = re.compile(r"(?P<sign>[+-]?)(?=\.?[0-9])(?P<whole>[0-9]*)(\.(?P<part>[0-9]*))?")
BINARY = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN")
EXACT = {XSD + "decimal": DECIMAL} | {XSD + name: WHOLE for name in (
    "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger",
    "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
    "unsignedByte",
)}  # fmt: skip
FLOAT, DOUBLE, BOOLEAN = XSD + "float", XSD + "double", XSD + "boolean"
ZONED = {XSD + name for name in ("dateTime", "date", "time")}
ROW, PLACE = ox.NamedNode("urn:conformance:row"), ox.NamedNode("urn:conformance:place")
COLUMN = "urn:conformance:column:"
SHOWN = 3


def difference(expected: Answer, found: Answer, *, ordered: bool = False, lax: bool = False) -> str:
    """What sets an answer apart from the one that is expected; empty if nothing does.

    Literals with the same numeric datatype or with xsd:boolean are compared by value, others by
    their text, datatype and language. ``ordered`` compares rows in order, where ``expected`` has
    an order; ``lax`` lets a row be found less often than expected, but at least once.
    """
    if type(expected) is not type(found):
        return f"{_kind(found)} instead of {_kind(expected)}"
    if isinstance(expected, bool):
        return "" if expected is found else f"{found} instead of {expected}"
    if isinstance(expected, frozenset) and isinstance(found, frozenset):
        return _told(_canonical(expected), _canonical(found))
    assert isinstance(expected, Rows) and isinstance(found, Rows)
    if set(expected.variables) != set(found.variables):
        return f"variables {sorted(found.variables)} instead of {sorted(expected.variables)}"
    if expected.typed is not found.typed:
        return "one is CSV, the other is not"
    if lax:
        return _lax(expected, found)
    ordered = ordered and expected.placed
    if _described(expected, ordered) == _described(found, ordered):
        return ""
    apart = _told(map(_text, expected.rows), map(_text, found.rows))
    return apart or f"the same rows in another {'order' if ordered else 'pattern of blank nodes'}"


def normal(term: Term) -> Term:
    """A literal in the one form that its value has; terms without such a form as they are."""
    if not isinstance(term, ox.Literal):
        return term
    kind, text = term.datatype.value, term.value.strip()
    if kind in EXACT and (match := EXACT[kind].fullmatch(text)):
        text = _exact(match["sign"], match["whole"] or "", match["part"] or "")
    elif kind in (FLOAT, DOUBLE) and BINARY.fullmatch(text):
        text = _binary(text, kind)
    elif kind in ZONED:
        text = re.sub(r"[+-]00:00$", "Z", text)
    elif kind == BOOLEAN:
        text = {"1": "true", "0": "false"}.get(text, text)
    else:
        return term  # not a value of the datatype, or of another one: its text is compared
    return ox.Literal(text, datatype=term.datatype)


def _exact(sign: str, whole: str, part: str) -> str:
    """A number of any length without zeros that say nothing."""
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    minus = "-" if sign == "-" and (whole, part) != ("0", "") else ""
    return f"{minus}{whole}{'.' * bool(part)}{part}"


def _binary(text: str, kind: str) -> str:
    value = float(text)
    if kind == FLOAT:
        try:
            (value,) = struct.unpack("f", struct.pack("f", value))
        except OverflowError:
            value = math.copysign(math.inf, value)
    return repr(value).replace("inf", "INF").replace("nan", "NaN")


def _kind(answer: Answer) -> str:
    return {bool: "a boolean", Rows: "rows"}.get(type(answer), "a graph")


def _canonical(triples: Iterable[ox.Triple]) -> set[str]:
    """A graph as lines, in which blank nodes have the names that RDFC-1.0 gives them."""
    data = ox.Dataset(ox.Quad(t.subject, t.predicate, normal(t.object)) for t in triples)
    data.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in data}


def _described(rows: Rows, ordered: bool) -> set[str]:
    """Rows as a graph, a blank node for each, so that equal graphs are equal multisets."""
    triples = []
    for place, row in enumerate(rows.rows):
        node = ox.BlankNode()
        triples.append(ox.Triple(node, TYPE, ROW))
        if ordered:
            triples.append(ox.Triple(node, PLACE, ox.Literal(place)))
        triples += [ox.Triple(node, ox.NamedNode(COLUMN + n), t) for n, t in row.items()]
    return _canonical(triples)


def _lax(expected: Rows, found: Rows) -> str:
    most, counts = (
        Counter(frozenset((n, normal(t)) for n, t in row.items()) for row in rows.rows)
        for rows in (expected, found)
    )
    wrong = [row for row in most.keys() | counts.keys() if not 0 < counts[row] <= most[row]]
    return f"rows too often, missing or unexpected: {wrong[:SHOWN]}" if wrong else ""


def _text(row: Mapping[str, Term]) -> str:
    """A row as a reader wants it, without names of blank nodes, which say nothing."""
    cells = (f"{n}={'_:' if isinstance(t, ox.BlankNode) else normal(t)}" for n, t in row.items())
    return f"({', '.join(sorted(cells))})"


def _told(expected: Iterable[str], found: Iterable[str]) -> str:
    """What is missing and what is too many; empty if the lines are the same."""
    wanted, got = Counter(expected), Counter(found)
    parts = [f"{word} {' '.join(sorted(lines.elements())[:SHOWN])}"
             for word, lines in (("missing", wanted - got), ("too many", got - wanted))
             if lines]  # fmt: skip
    return "; ".join(parts)
