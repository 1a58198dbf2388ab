"""Computes the functions that queries call: literals in, a literal out, or no value.

An argument that is no such number, or for which there is no result, makes an error of SPARQL: the
value stays unbound, a filter does not let the row through. Whatever else goes wrong must not pass
for that, so it is kept, and raised when the answer is used.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache, partial

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ..errors import QueryError
from ..namespaces import OUTSIDE
from .functions import BY_IRI, FUNCTIONS, INTEGER, Function, Parameter

Term = NamedNode | BlankNode | Literal | Triple
Call = Callable[..., Term | None]
XSD = OUTSIDE["xsd"]
WHOLE = frozenset(
    XSD + name
    for name in (
        "integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger",
        "positiveInteger", "long", "int", "short", "byte", "unsignedLong", "unsignedInt",
        "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
NUMBERS = WHOLE | {XSD + name for name in ("decimal", "float", "double")}
LEXICAL = re.compile(r"\s*[+-]?(?:\d{1,400}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?\s*", re.ASCII)
WHOLE_LEXICAL = re.compile(r"\s*[+-]?\d{1,400}\s*", re.ASCII)
RESULT = NamedNode(f"{XSD}double")
UNKNOWN = re.compile(r"custom function <([^>]*)> is not supported")


class Failures:
    """What went wrong in functions while an answer was made, if anything."""

    __slots__ = ("first",)

    def __init__(self) -> None:
        self.first: BaseException | None = None

    def check(self) -> None:
        """Raises the first of them."""
        if self.first is not None:
            raise self.first


def table(failures: Failures) -> dict[NamedNode, Call]:
    """The functions for one query, by their names."""
    return {name: partial(_called, failures, function) for name, function in _names()}


def load() -> None:
    """Loads all that the functions need, by calling each: afterwards they open no file."""
    for function in FUNCTIONS:
        values = [float(word) for word in function.sample.split(",")]
        _computed(function, list(map(_as_typed, function.parameters, values)))


def unknown(message: str) -> QueryError | None:
    """The error of a query that calls a function nobody knows, from what the engine says."""
    match = UNKNOWN.search(message)
    if match is None:
        return None
    known = ", ".join(f"<{iri}>" for iri in BY_IRI)
    return QueryError(
        f"there is no function <{match[1]}>. Beyond those of SPARQL there are {known}"
    )


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[NamedNode, Function], ...]:
    return tuple((NamedNode(function.iri), function) for function in FUNCTIONS)


def _called(failures: Failures, function: Function, *terms: Term) -> Literal | None:
    try:
        if not function.fewest <= len(terms) <= len(function.parameters):
            raise QueryError(f"the function is {function.signature}; it has {len(terms)} arguments")
        values = [
            value
            for parameter, term in zip(function.parameters, terms, strict=False)
            if (value := _value(parameter, term)) is not None
        ]
        if len(values) < len(terms):
            return None
        result = _computed(function, values)
    except BaseException as error:  # the engine would take it for an error of SPARQL
        failures.first = failures.first or error
        raise
    return None if result is None else Literal(repr(result), datatype=RESULT)


def _computed(function: Function, values: list[float]) -> float | None:
    """The result for values of the right types; ``None`` where there is none."""
    try:
        result = _implementations()[function.name](*values)
    except ValueError:
        return None
    return result if math.isfinite(result) else None


@lru_cache(maxsize=1)
def _implementations() -> dict[str, Callable[..., float]]:
    from ..statistics import intervals, ratios, two_by_two

    return {
        "exactLower": lambda *values: intervals.exact(*values)[0],
        "exactUpper": lambda *values: intervals.exact(*values)[1],
        "wilsonLower": lambda *values: intervals.wilson(*values)[0],
        "wilsonUpper": lambda *values: intervals.wilson(*values)[1],
        "fisherP": two_by_two.fisher,
        "logStandardError": ratios.log_standard_error,
        "waldP": ratios.wald_p,
        "zToP": ratios.z_to_p,
    }


def _value(parameter: Parameter, term: Term) -> float | None:
    """The number that an argument stands for; ``None`` if it is of another type."""
    if not isinstance(term, Literal):
        return None
    kind, text = term.datatype.value, term.value
    if parameter.type == INTEGER:
        return int(text) if kind in WHOLE and WHOLE_LEXICAL.fullmatch(text) else None
    return float(text) if kind in NUMBERS and LEXICAL.fullmatch(text) else None


def _as_typed(parameter: Parameter, value: float) -> float:
    return int(value) if parameter.type == INTEGER else value
