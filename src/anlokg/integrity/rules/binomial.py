"""Confidence intervals of proportions: by which method they come from the count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from ...statistics import survival
from ...statistics.intervals import METHODS, Interval, exact
from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .counts import SLACK, Counts, counts_that_fit, is_share, totals
from .naming import label, level_of, opening, plain

DEFAULT_LEVEL = 0.95
OTHER_LEVELS = (0.9, 0.99, 0.8, 0.975)
# Methods as they are told, and the words by which a study says that it used them.
NAMES = {
    "exact": "exact (Clopper-Pearson)",
    "wilson": "Wilson",
    "wald": "normal approximation (Wald)",
    "agresti-coull": "Agresti-Coull",
    "jeffreys": "Jeffreys",
    "wilson-continuity": "Wilson with continuity correction",
    "wald-continuity": "normal approximation (Wald) with continuity correction",
}
STATED = {
    "exact": re.compile(r"clopper|exact (?:binomial|\S* ?(?:confidence )?interval)", re.I),
    "wilson": re.compile(r"\bwilson", re.I),
    "agresti-coull": re.compile(r"agresti", re.I),
    "jeffreys": re.compile(r"jeffreys", re.I),
}
# More whole numbers than this fit a percentage only where people are so many that all fit.
MOST_COUNTS = 10
# So many other numbers of people are tried, the nearest ones.
MOST_TOTALS = 20
ONE_OFF = 1.5
# How far beyond all usual methods, as a share of the width, other methods may still be.
BEYOND = 0.1


@dataclass(frozen=True, slots=True)
class _Printed:
    """An interval of k/n as printed, in percent."""

    figure: Figure
    count: int
    total: int
    level: float
    lower: Printed
    upper: Printed

    def fits(self, found: Interval, ulps: float = 0.5) -> bool:
        return self.side(0, found, ulps) and self.side(1, found, ulps)

    def side(self, which: int, found: Interval, ulps: float = 0.5) -> bool:
        """Whether one limit is that of ``found``: 0 for the lower, 1 for the upper one."""
        printed = (self.lower, self.upper)[which]
        room = ulps * float(printed.ulp) + SLACK
        return abs(100 * found[which] - float(printed.value)) <= room

    def shown(self, found: Interval) -> str:
        digits = max(self.lower.decimals, self.upper.decimals) + 1
        return f"{plain(100 * found[0], digits)}–{plain(100 * found[1], digits)}"


Verdict = tuple[Severity, str, str]


def check_intervals(study: StudyFigures) -> Iterator[Finding]:
    """Intervals of proportions that are not the exact ones, with the method that gives them."""
    counts = Counts.of(study.figures)
    stated: frozenset[str] | None = None
    seen: dict[tuple[object, ...], list[Figure]] = {}
    for figure in study.figures:
        if figure.lower is not None and figure.interval_type == "ci" and is_share(figure):
            key = (figure.result, figure.percent, figure.lower, figure.upper, figure.level)
            seen.setdefault(key, []).append(figure)
    for figures in seen.values():
        readings = list(_readings(figures[0], counts))
        if not readings or any(printed.fits(_exact(printed)) for printed in readings):
            continue
        stated = _stated(study) if stated is None else stated
        verdict = _judge(readings, stated, study)
        if verdict is not None:
            yield _finding(study, tuple(figures), readings[0], verdict)


def _readings(figure: Figure, counts: Counts) -> Iterator[_Printed]:
    """The interval with each count that the figure may have; none if it cannot be checked."""
    count, total, _ = counts.for_figure(figure)
    lower, upper = figure.lower, figure.upper
    level = DEFAULT_LEVEL if figure.level is None else float(figure.level)
    if lower is None or upper is None or not total or total < 0 or not 0.5 <= level < 1:
        return
    if figure.unit not in ("%", "") or not 0 <= lower.value <= upper.value <= 100:
        return
    percent = figure.percent
    if percent is not None and not lower.low <= float(percent.value) <= upper.high:
        return
    if count is not None:
        fitting: Sequence[int] = [count] if 0 <= count <= total else []
    else:
        fitting = counts_that_fit(percent, total) if percent is not None else []
    if len(fitting) <= MOST_COUNTS:
        for possible in fitting:
            yield _Printed(figure, possible, total, level, lower, upper)


def _exact(printed: _Printed) -> Interval:
    return exact(printed.count, printed.total, printed.level)


def _stated(study: StudyFigures) -> frozenset[str]:
    """Methods for intervals of proportions that the study says it used."""
    texts = [fact.text for fact in study.of("facts") if fact.attribute == "statistical-method"]
    told = (name for name, words in STATED.items() if any(words.search(text) for text in texts))
    return frozenset(told)


def _judge(
    readings: Sequence[_Printed], stated: frozenset[str], study: StudyFigures
) -> Verdict | None:
    for printed in readings:
        for name, method in METHODS.items():
            found = method(printed.count, printed.total, printed.level)
            if printed.fits(found):
                return None if name in stated else _other_method(printed, name, found, stated)
    first = readings[0]
    return _kaplan_meier(first) or _otherwise(first, study) or _unknown(first)


def _other_method(printed: _Printed, name: str, found: Interval, stated: frozenset[str]) -> Verdict:
    given = f"{NAMES[name]} {printed.shown(found)}"
    if stated:
        told = " and ".join(NAMES[other] for other in sorted(stated))
        text = f"It is the interval by {NAMES[name]}, but the study says that it used {told}."
        return Severity.method_mismatch, given, text
    text = f"It is the interval by {NAMES[name]}, which the study does not say."
    return Severity.information, given, text


def _kaplan_meier(printed: _Printed) -> Verdict | None:
    if not 0 < printed.count < printed.total:
        return None
    found = survival.log_log(printed.count / printed.total, printed.total, printed.level)
    if not printed.fits(found):
        return None
    text = "It is the interval of a Kaplan-Meier estimate (log-log) with nobody censored."
    return Severity.information, f"Kaplan-Meier log-log {printed.shown(found)}", text


def _otherwise(printed: _Printed, study: StudyFigures) -> Verdict | None:
    """The exact interval at another level, out of others, or with the last digit off."""
    if printed.fits(_exact(printed), ONE_OFF):
        return Severity.last_digit_rounding, "", "A limit is off by one in its last digit."
    for level in OTHER_LEVELS:
        found = exact(printed.count, printed.total, level)
        if printed.fits(found):
            text = f"It is the exact interval at the level of {level_of(level)}."
            return (
                Severity.method_mismatch,
                f"exact at {level_of(level)} {printed.shown(found)}",
                text,
            )
    others = (total for total in totals(study) if total >= printed.count)
    for total in nsmallest(MOST_TOTALS, others, key=lambda other: abs(other - printed.total)):
        if total != printed.total:
            found = exact(printed.count, total, printed.level)
            if printed.fits(found):
                given = f"exact for {printed.count}/{total} {printed.shown(found)}"
                text = f"It is the exact interval of {printed.count} out of {total} people."
                return Severity.method_mismatch, given, text
    return None


def _unknown(printed: _Printed) -> Verdict:
    """No method gives it: a limit may be wrong, or the method is one of the rarer ones."""
    by_method = [method(printed.count, printed.total, printed.level) for method in METHODS.values()]
    others = "; ".join(
        f"{NAMES[name]} {printed.shown(found)}"
        for name, found in zip(METHODS, by_method, strict=True)
        if name in ("wilson", "wald")
    )
    found = _exact(printed)
    for which, good, bad in ((0, "lower", "upper"), (1, "upper", "lower")):
        if printed.side(which, found) and not printed.side(1 - which, found, ONE_OFF):
            right = plain(100 * found[1 - which], printed.lower.decimals)
            text = (
                f"The {good} limit is that of the exact interval, but the {bad} one should be "
                f"{right}."
            )
            return Severity.contradiction, others, text
    room = BEYOND * 100 * (found[1] - found[0])
    lowest = 100 * min(lower for lower, _ in by_method) - room
    highest_lower = 100 * max(lower for lower, _ in by_method) + room
    lowest_upper = 100 * min(upper for _, upper in by_method) - room
    highest = 100 * max(upper for _, upper in by_method) + room
    lower_near = lowest <= float(printed.lower.value) <= highest_lower
    if lower_near and lowest_upper <= float(printed.upper.value) <= highest:
        text = "No usual method gives it, though it is near; the method should be named."
        return Severity.information, others, text
    text = "It is far from what every usual method gives, so one of the numbers seems wrong."
    return Severity.method_mismatch, others, text


def _finding(
    study: StudyFigures, figures: tuple[Figure, ...], printed: _Printed, verdict: Verdict
) -> Finding:
    severity, more, text = verdict
    level = level_of(printed.level)
    found = _exact(printed)
    where = label(figures[0].group, study.groups)
    return Finding(
        rule=BINOMIAL,
        severity=severity,
        study=study.study,
        figures=figures,
        reported=f"{printed.count}/{printed.total}, {level} CI {printed.lower}–{printed.upper}",
        recomputed="; ".join(filter(None, (f"exact {printed.shown(found)}", more))),
        method=f"{level} intervals of {printed.count} out of {printed.total}: "
        f"{', '.join(NAMES.values())}, Kaplan-Meier log-log",
        explanation=f"{opening(figures[0], study.groups)}: the exact interval of {printed.count} "
        f"out of {printed.total} people{f' in {where}' if where else ''} is "
        f"{printed.shown(found)} %, but {printed.lower}–{printed.upper} % is printed. {text}",
        conclusion=Conclusion.open
        if severity in (Severity.contradiction, Severity.method_mismatch)
        else Conclusion.survives,
    )


BINOMIAL = "binomial-interval"

BINOMIAL_INTERVAL = Rule(
    id=BINOMIAL,
    title="Interval of a proportion",
    definition="The confidence interval of k out of n people is the exact one within half a unit "
    "of its last digits. Otherwise the method that gives it is named: Wilson, Wald, "
    "Agresti-Coull, Jeffreys, Kaplan-Meier log-log, another level, or another number of people. "
    "If the study names another method than that, they do not fit together; an interval that no "
    "method gives is a contradiction only if one of its limits is the exact one.",
    check=check_intervals,
)
