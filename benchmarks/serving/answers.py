"""Answers compared by value: the same rows or triples, however a server writes its numbers."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, InvalidOperation
from typing import Any

import pyoxigraph as ox

from anlokg.namespaces import OUTSIDE

from .queries import ROWS, Kind
from .server import Late, Running

XSD = OUTSIDE["xsd"]
NUMBERS = {
    XSD + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")
}
# As many digits as all servers keep of a number that was computed.
DIGITS = Context(prec=9)
ASKED = 3  # variants of each kind; one only where the first took longer than SLOW_S
SLOW_S = 5.0
LIMIT_S = 60.0  # a server that takes longer is not waited for
Value = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one query; ``rows`` in the order given, if the query orders.

    ``late``: it had not answered after ``LIMIT_S``.
    """

    rows: tuple[tuple[Value, ...], ...] = ()
    problem: str = ""
    late: bool = False

    def same(self, other: Answer) -> bool:
        return not self.problem and self == other


@dataclass(frozen=True, slots=True)
class Checked:
    """One kind of query: rows of each server, what is wrong with those that differ, who is late."""

    kind: Kind
    rows: dict[str, int]
    wrong: dict[str, str]
    late: frozenset[str] = frozenset()


def check(running: Mapping[str, Running], kinds: Sequence[Kind]) -> list[Checked]:
    """Asks every server the first variants of every kind; those that differ from most are wrong.

    A server that is late is started again, so that it does not go on working beside the others.
    """
    return [_checked(running, kind) for kind in kinds]


def _checked(running: Mapping[str, Running], kind: Kind) -> Checked:
    rows: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    slow: set[str] = set()
    late: set[str] = set()
    for query in kind.texts[:ASKED]:
        answers = {}
        for name in running.keys() - slow:
            start = time.perf_counter()
            answers[name] = ask(running[name], kind, query)
            slow |= {name} if time.perf_counter() - start > SLOW_S else set()
        late |= {name for name, answer in answers.items() if answer.late}
        rows.update({name: len(answer.rows) for name, answer in answers.items()})
        wrong |= differing({n: answer for n, answer in answers.items() if not answer.late})
    return Checked(kind, dict(rows), wrong, frozenset(late))


def differing(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Servers whose answer is not that of most, and how it differs."""
    if not answers:
        return {}
    right = max(answers.values(), key=lambda one: sum(map(one.same, answers.values())))
    return {
        name: answer.problem or _difference(answer, right)
        for name, answer in answers.items()
        if not answer.same(right)
    }


def ask(server: Running, kind: Kind, query: str) -> Answer:
    """The answer of a server by value."""
    try:
        reply = server.get(query, kind.accept, timeout=LIMIT_S)
    except Late:
        server.restart()
        return Answer(late=True)
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
