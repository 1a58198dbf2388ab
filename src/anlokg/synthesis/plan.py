"""Which queries find the figures of a synthesis, and the query that finds exactly its inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import QueryError
from ..namespaces import Base
from ..query import catalogue, scan
from ..query.catalogue import Query
from .request import TREATMENT, Measure, Named, Request

GROUPS = "list-group-figures"
EVENTS = "list-event-figures"
COMPARISONS = "list-comparison-figures"
OUTCOMES = {GROUPS: "endpoint", EVENTS: "event", COMPARISONS: "endpoint"}
"""The column of each query that names the outcome."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A shipped query with the values of a request bound: SPARQL that runs as it is."""

    name: str
    text: str

    def only(self, results: Iterable[str]) -> str:
        """The same query for some results, by their IRIs: it gives them and nothing else."""
        terms = " ".join(f"<{iri}>" for iri in sorted(results))
        return _with(self.text, f"VALUES ?result {{ {terms} }}")


def plan(request: Request, shipped: Mapping[str, Query], base: Base) -> tuple[Asked, ...]:
    """The queries of a request; ``UnknownQuery`` where the shipped ones are not at hand."""
    names = []
    if request.measure in (Measure.proportion, Measure.risk_ratio, Measure.mean_difference):
        names.append(EVENTS if request.events else GROUPS)
    if request.measure is not Measure.proportion and not request.events:
        names.append(COMPARISONS)
    return tuple(_asked(request, catalogue.get(shipped, name), base) for name in names)


def _asked(request: Request, query: Query, base: Base) -> Asked:
    values: dict[str, Sequence[str]] = {
        "condition": _iris(request.conditions),
        "study": _iris(request.studies),
    }
    if query.name == EVENTS:
        values |= {"adverse_event": _iris(request.events), "grade": [str(request.grade)]}
    else:
        values["endpoint"] = _iris(request.endpoints)
    if query.name == COMPARISONS:
        factor = (request.factor.iri,) if request.factor else ()
        wanted = factor or (() if request.groups else (base.entity("endpoint", TREATMENT),))
        values["factor"] = wanted
    if query.name == COMPARISONS or request.measure is Measure.proportion:
        # Where arms are compared, the other arm is needed too; so nothing is narrowed here.
        values |= {
            "drug": _iris(request.drugs),
            "regimen": _iris(request.regimens),
            "group": _iris(request.groups),
        }
    return Asked(query.name, bound(query, values, base))


def bound(query: Query, values: Mapping[str, Sequence[str]], base: Base) -> str:
    """SPARQL with each parameter bound to one of several values; free where there are none.

    ``ParameterError`` for a value of the wrong type.
    """
    prefixes = base.prefixes()
    rows = []
    for parameter in query.parameters:
        wanted = values.get(parameter.name, ())
        terms = " ".join(parameter.term(value, prefixes) for value in wanted)
        if terms:
            rows.append(f"VALUES ?{parameter.variable} {{ {terms} }}")
    return _with(query.text, " ".join(rows))


def _with(text: str, rows: str) -> str:
    place = scan.where_start(text)
    if place is None:
        raise QueryError("the query has no WHERE group to bind parameters in")
    return f"{text[:place]} {rows} {text[place:]}"


def _iris(names: Iterable[Named]) -> tuple[str, ...]:
    return tuple(named.iri for named in names)
