"""Answers compared by value: the same rows or triples, however a server writes its numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, InvalidOperation
from typing import Any

import pyoxigraph as ox

from anlokg.namespaces import OUTSIDE

from .queries import ROWS, Kind
from .server import Running

XSD = OUTSIDE["xsd"]
NUMBERS = {
    XSD + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
}
# As many digits as all servers keep of a number that was computed.
DIGITS = Context(prec=9)
ASKED = 3  # variants of each kind
Value = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one query; ``rows`` in the order given, if the query orders."""

    rows: tuple[tuple[Value, ...], ...] = ()
    problem: str = ""

    def same(self, other: Answer) -> bool:
        return not self.problem and self == other


@dataclass(frozen=True, slots=True)
class Checked:
    """One kind of query: rows of each server, and what is wrong with those that differ."""

    kind: Kind
    rows: dict[str, int]
    wrong: dict[str, str]


def check(running: Mapping[str, Running], kinds: Sequence[Kind]) -> list[Checked]:
    """Asks every server the first variants of every kind; those that differ from most are wrong."""
    checked = []
    for kind in kinds:
        rows: Counter[str] = Counter()
        wrong: dict[str, str] = {}
        for query in kind.texts[:ASKED]:
            answers = {name: ask(server, kind, query) for name, server in running.items()}
            rows.update({name: len(answer.rows) for name, answer in answers.items()})
            wrong |= differing(answers)
        checked.append(Checked(kind, dict(rows), wrong))
    return checked


def differing(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Servers whose answer is not that of most, and how it differs."""
    right = max(answers.values(), key=lambda one: sum(map(one.same, answers.values())))
    return {
        name: answer.problem or _difference(answer, right)
        for name, answer in answers.items()
        if not answer.same(right)
    }


def ask(server: Running, kind: Kind, query: str) -> Answer:
    """The answer of a server by value."""
    reply = server.get(query, kind.accept)
    if reply.status != 200:
        return Answer(problem=f"status {reply.status}")
    try:
        rows = table(reply.body) if kind.accept == ROWS else graph(reply.body)
    except (ValueError, KeyError, SyntaxError) as error:
        return Answer(problem=f"no {kind.accept}: {error}")
    return Answer(tuple(rows if "ORDER BY" in query else sorted(rows, key=repr)))


def table(body: bytes) -> list[tuple[Value, ...]]:
    """Rows of a document of SPARQL results in JSON."""
    document = json.loads(body)
    names = document["head"]["vars"]
    bindings = document["results"]["bindings"]
    return [tuple(_value(row.get(name)) for name in names) for row in bindings]


def graph(body: bytes) -> list[tuple[Value, ...]]:
    """Triples of a document in N-Triples, each once; without blank nodes."""
    triples = {quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)}
    return [(("iri", s.value), ("iri", p.value), _term(o)) for s, p, o in triples]


def _term(term: Any) -> Value:
    if not isinstance(term, ox.Literal):
        return "iri", term.value
    if term.language:
        return "@" + term.language.lower(), term.value
    return _literal(term.value, term.datatype.value)


def _value(binding: dict[str, str] | None) -> Value:
    if binding is None:
        return None
    if binding["type"] == "uri":
        return "iri", binding["value"]
    if language := binding.get("xml:lang"):
        return "@" + language.lower(), binding["value"]
    return _literal(binding["value"], binding.get("datatype", XSD + "string"))


def _literal(value: str, datatype: str) -> Value:
    if datatype in NUMBERS:
        try:
            number = DIGITS.create_decimal(value).normalize(DIGITS)
        except InvalidOperation:
            return datatype, value
        return "number", f"{number:f}"
    return datatype.removeprefix(XSD), value


def _difference(answer: Answer, right: Answer) -> str:
    mine, others = Counter(answer.rows), Counter(right.rows)
    surplus, missing = sum((mine - others).values()), sum((others - mine).values())
    if not surplus and not missing:
        return "other order"
    return f"{surplus} rows too many, {missing} missing"
