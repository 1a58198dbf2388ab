"""Intervals that are narrower than the number of events allows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...statistics.intervals import quantile
from ...statistics.printed import Printed
from ...statistics.ratios import box_se, log_standard_error, z_to_p
from ..figure import Figure, Group, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .printings import printings
from .ratios import level, numbers
from .sides import called, comparison, p_value, sentence

ID = "information-bound"

# What counts as an event of an endpoint; the first that is printed is taken.
EVENTS = {
    "pfs": ("progression-or-death",),
    "os": ("death",),
}
# Some authors count patients lost to follow-up as events, so that they may be events as well.
LOST = "lost-to-follow-up"
COUNTED = frozenset({"count", "proportion"})
# The finer bound holds near a ratio of 1 only: elsewhere the shares at risk shift with time.
NEAR_1 = (2 / 3, 3 / 2)


@dataclass(frozen=True, slots=True)
class Events:
    """The most events a comparison can rest on, and what says so."""

    number: int
    source: str
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """Groups that a covariate tells apart, as far as they are known."""

    groups: tuple[Group, ...]
    binary: bool

    def share(self, size: int | None) -> float | None:
        """The share of one of two levels that make up all patients; ``None`` if not known."""
        sizes = [group.size for group in self.groups]
        if not self.binary or len(sizes) != 2 or size is None:
            return None
        first, second = sizes
        return first / size if first and second and first + second == size else None


@dataclass(frozen=True, slots=True)
class Case:
    """A hazard ratio with its interval, the events it rests on, and what it compares."""

    study: StudyFigures
    statements: tuple[Figure, ...]
    numbers: tuple[Printed, Printed, Printed]
    level: float
    most: Events
    levels: Levels

    @property
    def figure(self) -> Figure:
        """The first statement."""
        return self.statements[0]

    @property
    def widest(self) -> float:
        """The largest standard error of the log ratio that rounding leaves open."""
        _, lower, upper = self.numbers
        return box_se(lower, upper, self.level)[1] if lower.low > 0 else math.inf

    @property
    def bound(self) -> float:
        """The least standard error of a comparison of two groups."""
        return 2 / math.sqrt(self.most.number)

    @property
    def finer_bound(self) -> float | None:
        """The bound for the sizes of the two groups; ``None`` if they are not known."""
        group = self.study.groups.get(self.figure.group)
        share = self.levels.share(group.size if group else None)
        if share is None or not NEAR_1[0] <= float(self.numbers[0]) <= NEAR_1[1]:
            return None
        return 1 / math.sqrt(self.most.number * share * (1 - share))


def check_information(study: StudyFigures) -> Iterator[Finding]:
    """Hazard ratios whose standard error is below what the events can give."""
    events, levels = _events(study), _by_variable(study.groups)
    for statements in printings(study.of("comparisons")):
        figure = statements[0]
        found, share = numbers(figure), level(figure)
        most = _most_events(figure, events, study.groups)
        if figure.statistic != "hazard-ratio" or found is None or share is None or most is None:
            continue
        known = _levels(figure, study.groups, levels)
        case = Case(study, statements, found, share, most, known)
        if case.widest < case.bound:
            yield _too_narrow(case)
        elif case.finer_bound and case.widest < case.finer_bound:
            yield _narrow(case, case.finer_bound)


def _events(study: StudyFigures) -> dict[tuple[str, str], Figure]:
    """Counts of events of a group, whole ones: those of a category are only some of them."""
    kinds = {kind for names in EVENTS.values() for kind in names} | {LOST}
    found: dict[tuple[str, str], Figure] = {}
    for figure in study.of("measurements"):
        whole = figure.endpoint in kinds and not figure.category and not figure.qualifier
        if whole and figure.statistic in COUNTED and figure.count:
            found.setdefault((figure.group, figure.endpoint), figure)
    return found


def _most_events(
    figure: Figure, events: Mapping[tuple[str, str], Figure], groups: Mapping[str, Group]
) -> Events | None:
    for kind in EVENTS.get(figure.endpoint, ()):
        counted = events.get((figure.group, kind))
        if counted is not None and counted.count:
            lost = events.get((figure.group, LOST))
            if lost is None or not lost.count:
                return Events(counted.count, f"{counted.count} events", counted)
            told = f"at most {counted.count + lost.count} events ({lost.count} lost to follow-up)"
            return Events(counted.count + lost.count, told, counted)
    group = groups.get(figure.group)
    if group is None or not group.size:
        return None
    return Events(group.size, f"at most {group.size} events in as many patients")


def _by_variable(groups: Mapping[str, Group]) -> dict[tuple[str, str], tuple[Group, ...]]:
    found: dict[tuple[str, str], list[Group]] = {}
    for group in groups.values():
        if group.parent and group.variable:
            found.setdefault((group.parent, group.variable), []).append(group)
    return {key: tuple(levels) for key, levels in found.items()}


def _levels(
    figure: Figure,
    groups: Mapping[str, Group],
    levels: Mapping[tuple[str, str], tuple[Group, ...]],
) -> Levels:
    """Two named sides are told apart by 0 and 1; else the variable has to have two levels."""
    if figure.experimental and figure.reference:
        sides = groups.get(figure.experimental), groups.get(figure.reference)
        return Levels(tuple(side for side in sides if side), binary=True)
    found = levels.get((figure.group, figure.variable), ())
    return Levels(found, binary=len(found) == 2 or bool(figure.experimental))


def _too_narrow(case: Case) -> Finding:
    value, lower, upper = (float(number) for number in case.numbers)
    reach = math.exp(quantile(case.level) * case.bound)
    least = value / reach, value * reach
    p = z_to_p(math.log(value) / case.bound)
    printed = case.numbers
    changes = not lower <= 1 <= upper and least[0] <= 1 <= least[1]
    return Finding(
        rule=ID,
        severity=Severity.contradiction if case.levels.binary else Severity.information,
        study=case.study.study,
        figures=_with_events(case),
        reported=_reported(case),
        recomputed=f"{_error(case)}; two groups give 2/√{case.most.number} = {case.bound:.4f} or "
        f"more: an interval from {least[0]:.2f} to {least[1]:.2f} or wider, p of {p_value(p)} or "
        "more",
        method=f"SE = ln(upper/lower)/(2 × {quantile(case.level):.2f}), bounds ± half a unit of "
        "the last digit; the information of a covariate with two values is at most events/4",
        explanation=f"{sentence(comparison(case.figure, case.study.groups))}: with "
        f"{case.most.source} the {100 * case.level:g} % interval of {printed[0]} must reach at "
        f"least from {least[0]:.2f} to {least[1]:.2f}, but {printed[1]} to {printed[2]} is "
        f"printed. {_cause(case)}",
        conclusion=Conclusion.changes if changes else Conclusion.survives,
    )


def _cause(case: Case) -> str:
    if case.levels.binary:
        return "No comparison of two groups of these patients can be so exact."
    names = ", ".join(called(group.group, case.study.groups) for group in case.levels.groups)
    about = f" ({names})" if names else ""
    return (
        "That holds for two groups; what is compared here is not said, and a ratio for one step of "
        f"several{about} may have a smaller error."
    )


def _narrow(case: Case, bound: float) -> Finding:
    printed = case.numbers
    return Finding(
        rule=ID,
        severity=Severity.information,
        study=case.study.study,
        figures=_with_events(case),
        reported=_reported(case),
        recomputed=f"{_error(case)}; for groups of these sizes about {bound:.4f} is to be expected",
        method="1/√(events·π(1 − π)), π the share of one group; holds near a ratio of 1",
        explanation=f"{sentence(comparison(case.figure, case.study.groups))}: the interval "
        f"{printed[1]} to {printed[2]} is narrower than groups of these sizes with "
        f"{case.most.source} let one expect. It may still be right, as the bound is exact for a "
        "ratio of 1 only.",
        conclusion=Conclusion.survives,
    )


def _with_events(case: Case) -> tuple[Figure, ...]:
    return (*case.statements, case.most.figure) if case.most.figure else case.statements


def _reported(case: Case) -> str:
    value, lower, upper = case.numbers
    return f"{value} ({lower}–{upper}); {case.most.source}"


def _error(case: Case) -> str:
    _, lower, upper = case.numbers
    error = log_standard_error(float(lower), float(upper), case.level)
    return f"SE of the log ratio = {error:.4f} (at most {case.widest:.4f} with rounding)"


INFORMATION_BOUND = Rule(
    id=ID,
    title="Interval as wide as the events demand",
    definition="The standard error of the log of a hazard ratio between two groups is at least "
    "2/√events; the number of patients stands for events that are not printed. Below it for every "
    "value in the rounding box is a contradiction; covariates with more levels, and the finer "
    "bound 1/√(events·π(1 − π)), are information only.",
    check=check_information,
)
