"""Ratios that do not say which group stands above and which below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...statistics.printed import Printed
from ..figure import Figure, Group, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .ratios import RATIOS
from .sides import called, comparison, sentence, spelled

ID = "reference-group"

SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}

Medians = Mapping[tuple[str, str], Printed]


def check_reference(study: StudyFigures) -> Iterator[Finding]:
    """Ratios without a reference group."""
    lacking = [f for f in study.of("comparisons") if _lacks_reference(f)]
    if not lacking:
        return
    levels = _levels(study.groups)
    medians = {
        (figure.group, figure.endpoint): figure.value
        for figure in study.of("measurements")
        if figure.statistic == "median" and figure.value is not None and not figure.is_repeat
    }
    by_result: dict[str, list[Figure]] = {}
    for figure in lacking:
        by_result.setdefault(figure.result, []).append(figure)
    for statements in by_result.values():
        figure = statements[0]
        known = levels.get((figure.group, figure.variable), ())
        yield _finding(study, tuple(statements), known, medians)


def _lacks_reference(figure: Figure) -> bool:
    if figure.statistic not in RATIOS or figure.value is None or figure.cited_study:
        return False
    one_side = not (figure.reference and figure.experimental)
    return figure.direction == "not-stated" or (figure.direction == "stated" and one_side)


def _levels(groups: Mapping[str, Group]) -> dict[tuple[str, str], tuple[Group, ...]]:
    found: dict[tuple[str, str], list[Group]] = {}
    for group in groups.values():
        if group.parent and group.variable:
            found.setdefault((group.parent, group.variable), []).append(group)
    return {key: tuple(levels) for key, levels in found.items()}


def _finding(
    study: StudyFigures,
    statements: tuple[Figure, ...],
    known: tuple[Group, ...],
    medians: Medians,
) -> Finding:
    figure = statements[0]
    names = [_level(group) for group in known]
    told = "; ".join(_median(group, figure.endpoint, medians) for group in known)
    return Finding(
        rule=ID,
        severity=Severity.semantic,
        study=study.study,
        figures=statements,
        reported=f"{figure.value}, {_missing(figure)}",
        recomputed=told or "no levels of the variable are printed",
        method="levels of the variable, and their medians, as printed",
        explanation=f"{sentence(comparison(figure, study.groups))} is printed as {figure.value}, "
        f"{_missing(figure)}. {_reading(figure, known, names, medians)}",
        conclusion=Conclusion.open,
    )


def _level(group: Group) -> str:
    """The level of a variable that makes a group, such as "≥3"."""
    sign = SIGNS.get(group.operator, "")
    return f"{sign}{group.level}" if group.level else called(group.group, {group.group: group})


def _missing(figure: Figure) -> str:
    if figure.experimental:
        return "without the group that it is compared with"
    return "without saying which group is compared with which"


def _median(group: Group, endpoint: str, medians: Medians) -> str:
    median = medians.get((group.group, endpoint))
    return f"{_level(group)}: median {median if median else 'not printed'}"


def _reading(figure: Figure, known: tuple[Group, ...], names: list[str], medians: Medians) -> str:
    """What the reader can still tell."""
    assert figure.value is not None
    if len(known) > 2:
        return (
            f"{sentence(spelled(figure.variable))} has {len(known)} levels ({', '.join(names)}), "
            "and one ratio does not tell which of them it compares."
        )
    found = [medians.get((group.group, figure.endpoint)) for group in known]
    if len(known) == 2 and found[0] and found[1] and found[0].value != found[1].value:
        longer, shorter = (0, 1) if found[0].value > found[1].value else (1, 0)
        above, below = (longer, shorter) if figure.value.value < 1 else (shorter, longer)
        return (
            f"The medians ({names[0]}: {found[0]}, {names[1]}: {found[1]}) suggest {names[above]} "
            f"against {names[below]}, but the reader has to guess."
        )
    return "It cannot be told which group does better."


REFERENCE_GROUP = Rule(
    id=ID,
    title="A ratio names both its sides",
    definition="A hazard, odds or risk ratio says which group is compared with which. Without it "
    "nobody can tell whom the ratio favours, so it cannot be pooled.",
    check=check_reference,
)
