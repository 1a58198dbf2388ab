"""Fatal adverse events: grade 5 is death, and no other grade is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .sides import called, sentence, spelled

ID = "fatal-grade"
FATAL = 5
DIED = re.compile(r"\b(died|dies|death|fatal|fatally|lethal)\b", re.IGNORECASE)
# Facts that tell how a single case went.
CASE = "case"
DEATHS = frozenset({"treatment-related-death", "death"})
ANY = "any-adverse-event"


def check_fatal(study: StudyFigures) -> Iterator[Finding]:
    """Deaths below grade 5, cases that died of events graded below 5, and deaths beside none."""
    events = [f for f in study.of("adverse-events") if not f.is_repeat and not f.cited_study]
    yield from _deaths_of_lower_grade(study, events)
    yield from _deaths_beside_none(study, events)
    cases = [f for f in study.of("facts") if f.attribute == CASE and not f.is_repeat]
    if cases:
        yield from _fatal_cases(study, events, cases)


def _deaths_of_lower_grade(study: StudyFigures, events: list[Figure]) -> Iterator[Finding]:
    for figure in events:
        below = figure.grade_max is not None and figure.grade_max < FATAL
        if figure.endpoint in DEATHS and below and figure.count:
            yield Finding(
                rule=ID,
                severity=Severity.contradiction,
                study=study.study,
                figures=(figure,),
                reported=f"deaths: {figure.count}, {_grades(figure)}",
                recomputed=f"grade {FATAL}",
                method="CTCAE: grade 5 is death related to an adverse event",
                explanation=f"{sentence(spelled(figure.endpoint))} in "
                f"{called(figure.group, study.groups)} is given as {_grades(figure)}. A death is "
                "grade 5 by definition, so the grade or the event is wrong.",
                conclusion=Conclusion.open,
            )


def _deaths_beside_none(study: StudyFigures, events: list[Figure]) -> Iterator[Finding]:
    """Treatment-related deaths where no adverse event of any kind is said to be of grade 5."""
    none = {
        figure.group: figure
        for figure in events
        if figure.endpoint == ANY and figure.grade_min == FATAL and figure.count == 0
        and figure.relatedness != "treatment-related"
    }  # fmt: skip
    for figure in events:
        denied = none.get(figure.group)
        fatal = figure.grade_min == FATAL and figure.endpoint != ANY
        if denied is not None and fatal and figure.count:
            yield Finding(
                rule=ID,
                severity=Severity.contradiction,
                study=study.study,
                figures=(figure, denied),
                reported=f"{figure.count} of grade 5; no adverse event of grade 5",
                recomputed=f"at least {figure.count} of grade 5",
                method="counts of grade 5 of one event and of all events of the same group",
                explanation=f"{sentence(spelled(figure.endpoint))}: {figure.count} of grade 5 in "
                f"{called(figure.group, study.groups)}, for whom no event of grade 5 is reported "
                "elsewhere. Grade 5 is death, so one of the two is wrong.",
                conclusion=Conclusion.open,
            )


def _fatal_cases(
    study: StudyFigures, events: list[Figure], cases: list[Figure]
) -> Iterator[Finding]:
    """Cases of an event that died, where all cases of it are counted in a lower grade."""
    by_event: dict[tuple[str, str], list[Figure]] = {}
    terms = {figure.endpoint for figure in events}
    for case in cases:
        for term in terms.intersection(_keys(case.result)):
            by_event.setdefault((case.about, term), []).append(case)
    for figure in events:
        told = by_event.get((figure.group, figure.endpoint), [])
        fatal = [case for case in told if DIED.search(case.text)]
        counted = sum(case.count or 0 for case in told)
        below = figure.grade_max is not None and figure.grade_max < FATAL
        if fatal and below and figure.count and counted == figure.count:
            yield _fatal_case(study, figure, fatal, told)


def _keys(result: str) -> tuple[str, ...]:
    """The parts of a key, of which one is the adverse event."""
    return tuple(result.split("."))


def _fatal_case(
    study: StudyFigures, figure: Figure, fatal: list[Figure], told: list[Figure]
) -> Finding:
    died = sum(case.count or 0 for case in fatal)
    return Finding(
        rule=ID,
        severity=Severity.semantic,
        study=study.study,
        figures=(figure, *told),
        reported=f"{figure.count} events of {_grades(figure)}, {died} of them fatal",
        recomputed=f"{(figure.count or 0) - died} of {_grades(figure)} and {died} of grade {FATAL}",
        method="CTCAE: grade 5 is death related to an adverse event; cases matched to the count",
        explanation=f"{sentence(spelled(figure.endpoint))}: all {figure.count} events are called "
        f"{_grades(figure)}, though {died} of the patients died. Death from an adverse event is "
        "grade 5, so a fatal event is missing from the report unless the death had another cause.",
        conclusion=Conclusion.open,
    )


def _grades(figure: Figure) -> str:
    low, high = figure.grade_min, figure.grade_max
    return f"grade {high}" if low in (None, high) else f"grade {low}–{high}"


FATAL_GRADE = Rule(
    id=ID,
    title="A fatal event is of grade 5",
    definition="By CTCAE grade 5 is death and death is grade 5. Deaths counted below grade 5, or "
    "beside a statement that there was no event of grade 5, are contradictions; a case that died "
    "of an event whose cases are all counted in a lower grade is semantic, as the death may have "
    "had another cause.",
    check=check_fatal,
)
