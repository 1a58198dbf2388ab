"""Dates of a study that stand in an order in which they cannot have happened."""

from __future__ import annotations

from collections.abc import Iterator

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .calendar_days import days
from .sides import sentence, spelled

ID = "date-order"

# What comes before what.
ORDER = (
    ("start-date", "completion-date"),
    ("start-date", "primary-completion-date"),
    ("primary-completion-date", "completion-date"),
    ("enrolment-start", "enrolment-end"),
    ("enrolment-end", "data-cut-off"),
    ("record-period-start", "record-period-end"),
    ("record-period-end", "data-cut-off"),
)
DATES = frozenset(name for pair in ORDER for name in pair)


def check_dates(study: StudyFigures) -> Iterator[Finding]:
    """Pairs of dates, the later of which comes first."""
    found: dict[str, dict[str, Figure]] = {}
    for figure in study.of("facts"):
        if figure.attribute in DATES and not figure.cited_study:
            found.setdefault(figure.about, {}).setdefault(figure.attribute, figure)
    for dates in found.values():
        for first, second in ORDER:
            earlier, later = days(dates.get(first)), days(dates.get(second))
            if earlier and later and earlier[0] > later[1]:
                yield _finding(study, dates[first], dates[second])


def _finding(study: StudyFigures, first: Figure, second: Figure) -> Finding:
    earlier, later = days(first), days(second)
    assert earlier and later
    apart = (earlier[0] - later[1]).days
    names = spelled(first.attribute), spelled(second.attribute)
    told = first.text or first.reported, second.text or second.reported
    return Finding(
        rule=ID,
        severity=Severity.contradiction,
        study=study.study,
        figures=(first, second),
        reported=f"{names[0]} {told[0]}; {names[1]} {told[1]}",
        recomputed=f"{names[0]} at least {apart} days after {names[1]}",
        method="dates of the same study compared; a month may be any of its days",
        explanation=f"{sentence(names[0])} is {told[0]} and {names[1]} is {told[1]}. The first "
        "cannot come after the second, so one of them is wrong.",
        conclusion=Conclusion.open,
    )


DATE_ORDER = Rule(
    id=ID,
    title="Dates in the order of events",
    definition="A study starts before it is completed, enrols before its data are cut off, and "
    "a period starts before it ends. A month stands for any of its days.",
    check=check_dates,
)
