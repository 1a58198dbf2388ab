"""What a synthesis is asked for: read from names, keys, synonyms or IRIs, and checked.

This module, ``plan``, ``inputs`` and ``findings`` do without numerical libraries, so that a process
that must stay small can use them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from ..errors import ParameterError
from ..namespaces import Base
from ..search.index import Index
from ..search.resolve import resolve

T = TypeVar("T", bound=StrEnum)

ANY = "any"
"""The word that lifts the default drug."""
DRUG = "anlotinib"
TREATMENT = "study-treatment"
"""The characteristic by which the arms of a trial differ."""
GRADES = range(1, 6)
MOST_NAMES = 50
SUGGESTED = 5


class Measure(StrEnum):
    """What is brought together."""

    proportion = "proportion"
    hazard_ratio = "hazard-ratio"
    risk_ratio = "risk-ratio"
    mean_difference = "mean-difference"


class Model(StrEnum):
    """How studies are weighed."""

    random = "random"
    fixed = "fixed"


class Split(StrEnum):
    """By what the inputs may be compared as subgroups."""

    study = "study"
    condition = "condition"
    regimen = "regimen"
    line = "line"
    ctcae_version = "ctcae-version"
    grades = "grades"
    relatedness = "relatedness"
    analysis_set = "analysis-set"


@dataclass(frozen=True, slots=True)
class Named:
    """A thing of the graph: its IRI and its label."""

    iri: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody typed; names of things are not looked up yet."""

    measure: str = Measure.proportion
    endpoint: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    grade: int | None = None
    category: str | None = None
    condition: tuple[str, ...] = ()
    drug: tuple[str, ...] = ()
    regimen: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    study: tuple[str, ...] = ()
    factor: str | None = None
    adjustment: str | None = None
    subgroup_by: str | None = None
    model: str = Model.random
    level: float = 0.95
    force: bool = False
    rank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A synthesis to be made. ``drugs`` is empty where any treatment counts."""

    measure: Measure = Measure.proportion
    endpoints: tuple[Named, ...] = ()
    events: tuple[Named, ...] = ()
    grade: int = 1
    category: str = ""
    conditions: tuple[Named, ...] = ()
    drugs: tuple[Named, ...] = ()
    regimens: tuple[Named, ...] = ()
    groups: tuple[Named, ...] = ()
    studies: tuple[Named, ...] = ()
    factor: Named | None = None
    adjustment: str = ""
    subgroup_by: Split | None = None
    model: Model = Model.random
    level: float = 0.95
    force: bool = False
    rank: bool = False
    outcomes: tuple[Named, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", self.endpoints or self.events)

    @property
    def title(self) -> str:
        """What is brought together, in a line."""
        what = " and ".join(outcome.label for outcome in self.outcomes)
        if self.events:
            what += f", grade {self.grade} or higher" if self.grade > 1 else ", any grade"
        if self.factor is not None:
            what += f", by {self.factor.label}"
        some = [", ".join(named.label for named in names)
                for names in (self.drugs, self.conditions) if names]  # fmt: skip
        return "; ".join([f"{what} ({self.measure.value.replace('-', ' ')})", *some])


def read(wish: Wish, index: Index, base: Base) -> Request:
    """The request that a wish means; ``ParameterError`` names what is wrong and what is allowed."""
    measure = _one_of(Measure, "measure", wish.measure)
    if bool(wish.endpoint) == bool(wish.event):
        problem = "or --event, not both" if wish.event else "such as ORR, or an event"
        raise ParameterError("endpoint", f"give an endpoint, {problem.removeprefix('or ')}")
    if wish.event and measure not in (Measure.proportion, Measure.risk_ratio):
        raise ParameterError("measure", f"{measure.value} is not possible for adverse events")
    if wish.rank and measure is not Measure.proportion:
        raise ParameterError("rank", "only proportions are ranked")
    if wish.rank and wish.subgroup_by:
        raise ParameterError("subgroup-by", "nothing is pooled in a ranking")
    if wish.regimen and measure in (Measure.risk_ratio, Measure.mean_difference):
        raise ParameterError("regimen", f"cannot narrow a {measure.value}; name the group")
    look = _Look(index, base)
    compared = measure in (Measure.hazard_ratio, Measure.risk_ratio, Measure.mean_difference)
    factor = look.one("factor", "endpoint", wish.factor) if wish.factor else None
    if factor is not None and not compared:
        raise ParameterError("factor", "belongs to comparisons, such as --measure hazard-ratio")
    return Request(
        measure=measure,
        endpoints=look.all("endpoint", "endpoint", wish.endpoint),
        events=look.all("event", "adverse-event", wish.event),
        grade=_grade(wish),
        category=wish.category or "",
        conditions=look.all("condition", "condition", wish.condition),
        drugs=_drugs(look, wish),
        regimens=look.all("regimen", "regimen", wish.regimen),
        groups=look.all("group", "group", wish.group),
        studies=look.all("study", "study", wish.study),
        factor=factor,
        adjustment=wish.adjustment or "",
        subgroup_by=_one_of(Split, "subgroup-by", wish.subgroup_by) if wish.subgroup_by else None,
        model=_one_of(Model, "model", wish.model),
        level=_level(wish.level),
        force=wish.force,
        rank=wish.rank,
    )


def _drugs(look: _Look, wish: Wish) -> tuple[Named, ...]:
    """The drugs that are named; anlotinib, unless groups, regimens or any treatment are asked."""
    if wish.drug == (ANY,):
        return ()
    if wish.drug:
        return look.all("drug", "drug", wish.drug)
    return () if wish.group or wish.regimen or wish.factor else look.all("drug", "drug", (DRUG,))


def _grade(wish: Wish) -> int:
    if wish.grade is None:
        return 1
    if wish.endpoint:
        raise ParameterError("grade", "belongs to an adverse event; give --event")
    if wish.grade not in GRADES:
        raise ParameterError("grade", f"{wish.grade} is not a CTCAE grade from 1 to 5")
    return wish.grade


def _level(level: float) -> float:
    if not (math.isfinite(level) and 0 < level < 1):
        raise ParameterError("level", f"{level:g} is not between 0 and 1. Write 0.95 for 95 %")
    return level


def named(name: str, kind: str, text: str, index: Index, base: Base) -> Named:
    """The one thing of a kind that a text stands for; ``ParameterError`` names the parameter."""
    return _Look(index, base).one(name, kind, text)


class _Look:
    """Looks names up in the index, among things of one kind."""

    def __init__(self, index: Index, base: Base) -> None:
        self._index, self._base = index, base

    def all(self, name: str, kind: str, texts: Iterable[str]) -> tuple[Named, ...]:
        """The things that several names stand for, each once."""
        some = tuple(texts)
        if len(some) > MOST_NAMES:
            raise ParameterError(name, f"may be given {MOST_NAMES} times at most")
        found = [self.one(name, kind, text) for text in some]
        return tuple({named.iri: named for named in found}.values())

    def one(self, name: str, kind: str, text: str) -> Named:
        """The one thing of a kind that a name stands for."""
        for reading in (f"{kind}:{text}", text):
            hits = resolve(self._index, self._base, reading).hits
            things = [hit.thing for hit in hits if hit.thing.kind == kind]
            if len(things) == 1:
                return Named(things[0].iri, things[0].label)
            if things:
                start = self._base.entity(kind, "")
                keys = ", ".join(thing.iri.removeprefix(start) for thing in things)
                raise ParameterError(name, f"{text!r} may mean several: {keys}. Give the key")
        near = self._index.search(text, (kind,), SUGGESTED) if text.strip() else []
        names = "; ".join(hit.thing.label for group in near for hit in group.hits)
        hint = f"The nearest are: {names}" if names else "Try a name, a key, a CURIE or an IRI"
        raise ParameterError(name, f"nothing of kind {kind} is called {text!r}. {hint}")


def _one_of(kinds: type[T], name: str, value: str) -> T:
    try:
        return kinds(value)
    except ValueError:
        allowed = ", ".join(kinds)
        raise ParameterError(name, f"{value!r} is not one of: {allowed}") from None
