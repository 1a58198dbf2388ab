"""What a study planned beside what it did: participants, time, and the rate it was to show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from .calendar_days import days
from .sides import called, sentence, spelled
from .sizes import as_figure

ID = "protocol-report"

MONTH = 365.25 / 12
TIME = re.compile(r"(\d+)[ -]?(week|wk|month|mo|year|a)\b", re.IGNORECASE)
UNITS = {"week": "wk", "wk": "wk", "month": "mo", "mo": "mo", "year": "a", "a": "a"}


def enrolment(study: StudyFigures, facts: list[Figure]) -> Iterator[Finding]:
    """Groups that are smaller or larger than planned."""
    planned: dict[str, list[Figure]] = {}
    populations = (key for key, group in study.groups.items() if group.type == "study-population")
    population = next(populations, "")
    for figure in facts:
        number = figure.value
        usable = number is not None and number.value >= 1 and not figure.qualifier
        if figure.attribute == "planned-enrolment" and usable:
            key = population if figure.about == study.study else figure.about
            planned.setdefault(key, []).append(figure)
    for key, plans in planned.items():
        group = study.groups.get(key)
        sizes = sorted({int(plan.value.value) for plan in plans if plan.value is not None})
        if group is None or group.size is None or group.size in sizes:
            continue
        least, most = sizes[0], sizes[-1]
        told = f"{least} to {most}" if least < most else str(most)
        share = 100 * group.size / most
        yield Finding(
            rule=ID,
            severity=Severity.information,
            study=study.study,
            figures=(*plans, as_figure(group)),
            reported=f"planned {told}, enrolled {group.size}",
            recomputed=f"{group.size}/{most} = {share:.1f} % of the plan",
            method="planned number of participants against the size of the group",
            explanation=f"{sentence(called(key, study.groups))}: {group.size} participants were "
            f"enrolled and {told} planned. {_enough(group.size, least, most)}",
            conclusion=Conclusion.open if group.size < least else Conclusion.survives,
        )


def _enough(size: int, least: int, most: int) -> str:
    if size < least:
        return "With fewer than planned the study has less power than it was designed for."
    if size < most:
        return f"That is below the target, but above the {least} that were needed."
    return "More than planned is no error, but the reason should be given."


def participants(study: StudyFigures, facts: list[Figure]) -> Iterator[Finding]:
    """Records whose number of participants is not the number who started."""
    started = [
        figure
        for figure in study.of("measurements")
        if figure.endpoint == "period-1.started" and figure.count is not None
    ]
    total = sum(figure.count or 0 for figure in started)
    for figure in facts:
        stated = figure.attribute == "enrolment" and figure.about == study.study
        if stated and started and figure.value is not None and int(figure.value.value) != total:
            added = " + ".join(str(item.count) for item in started)
            yield Finding(
                rule=ID,
                severity=Severity.information,
                study=study.study,
                figures=(figure, *started),
                reported=f"{figure.value} enrolled; {added} started",
                recomputed=f"{added} = {total}",
                method="sum of those who started the first period against the enrolment",
                explanation=f"{figure.value} participants are said to be enrolled, but {total} "
                "started the first period. Those who did not start should be accounted for.",
                conclusion=Conclusion.not_touched,
            )


def accrual(facts: list[Figure]) -> Iterator[Finding]:
    """Enrolment that took longer than planned."""
    by_name = {figure.attribute: figure for figure in reversed(facts)}
    plan = by_name.get("accrual-period")
    first, last = days(by_name.get("enrolment-start")), days(by_name.get("enrolment-end"))
    if plan is None or plan.value is None or plan.unit != "mo" or not first or not last:
        return
    least = (last[0] - first[1]).days / MONTH
    most = (last[1] - first[0]).days / MONTH
    if least > plan.value.high:
        yield Finding(
            rule=ID,
            severity=Severity.information,
            study=plan.study,
            figures=(plan, by_name["enrolment-start"], by_name["enrolment-end"]),
            reported=f"{plan.value} months planned; {_told(by_name, 'enrolment-start')} to "
            f"{_told(by_name, 'enrolment-end')}",
            recomputed=f"{least:.0f} to {most:.0f} months",
            method="dates of enrolment against the planned period",
            explanation=f"Enrolment was planned for {plan.value} months and took {least:.0f} to "
            f"{most:.0f}. That is no error, but patients and other treatments may have changed "
            "meanwhile.",
            conclusion=Conclusion.not_touched,
        )


def _told(by_name: dict[str, Figure], name: str) -> str:
    return by_name[name].text or by_name[name].reported


def aims(study: StudyFigures, facts: list[Figure]) -> Iterator[Finding]:
    """Rates that the study was to raise above a historical rate that their interval includes."""
    historical = [
        figure for figure in study.of("facts")
        if figure.attribute == "historical-rate" and figure.value and not figure.is_repeat
    ]  # fmt: skip
    if not historical:
        return
    targets = {f.about: f for f in facts if f.attribute == "target-rate"}
    rates = {
        (figure.group, figure.timepoint): figure
        for figure in study.of("measurements")
        if figure.statistic == "rate-at-time" and not figure.is_repeat and figure.lower
    }
    for fact in historical:
        time = TIME.search(fact.text)
        timepoint = f"{time[1]} {UNITS[time[2].lower()]}" if time else ""
        rate = rates.get((fact.about, timepoint))
        if rate is not None and rate.unit == fact.unit and _included(rate, fact):
            yield _not_shown(study, rate, fact, targets.get(fact.about))


def _included(rate: Figure, fact: Figure) -> bool:
    return bool(rate.lower and fact.value and rate.lower.high <= float(fact.value))


def _not_shown(study: StudyFigures, rate: Figure, fact: Figure, target: Figure | None) -> Finding:
    assert rate.lower is not None and fact.value is not None
    value = rate.percent or rate.value
    sought = f" and sought {target.value} %" if target is not None and target.value else ""
    return Finding(
        rule=ID,
        severity=Severity.information,
        study=study.study,
        figures=(rate, fact, *((target,) if target else ())),
        reported=f"{value} % ({rate.lower}–{rate.upper}); historical rate {fact.value} %",
        recomputed=f"lower bound {rate.lower} % is below {fact.value} %",
        method="bounds of the interval against the historical rate of the sample size calculation",
        explanation=f"{sentence(called(rate.group, study.groups))}: the study was planned against "
        f"a rate of {fact.value} %{sought}, and found {value} % ({rate.lower} to {rate.upper} %, "
        f"{spelled(rate.endpoint)}). The interval includes {fact.value} %, so the rate alone does "
        "not show that it is higher.",
        conclusion=Conclusion.open,
    )
