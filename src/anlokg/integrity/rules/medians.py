"""Medians in the middle of their intervals: what a symmetric method always gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .naming import level_of, opening, plain

# So many medians of a table, and so large a share of them, show how it was made.
ENOUGH = 6
SHARE = 0.9


def check_medians(study: StudyFigures) -> Iterator[Finding]:
    """Medians off the middle of their interval in a table where the others are in the middle."""
    tables: dict[tuple[object, ...], list[Figure]] = {}
    for figure in study.figures:
        if figure.statistic != "median" or figure.interval_type != "ci" or figure.is_repeat:
            continue
        if not (figure.bound or figure.qualifier or figure.cited_study) and _complete(figure):
            place = figure.place
            key = (place.document, place.section, place.item, figure.level, figure.unit)
            tables.setdefault(key, []).append(figure)
    for figures in tables.values():
        if len(figures) <= ENOUGH:
            continue
        odd = [figure for figure in figures if not _middle(figure)]
        if odd and len(figures) - len(odd) >= max(ENOUGH, SHARE * len(figures)):
            for figure in odd:
                yield _finding(study, figure, figures, len(odd))


def _complete(figure: Figure) -> bool:
    value, lower, upper = figure.value, figure.lower, figure.upper
    if value is None or lower is None or upper is None:
        return False
    return lower.value <= value.value <= upper.value


def _middle(figure: Figure) -> bool:
    """Whether some values that round to the three numbers are symmetric; 0 may be a cut-off."""
    value, lower, upper = figure.value, figure.lower, figure.upper
    assert value and lower and upper
    low, high = (lower.low + upper.low) / 2, (lower.high + upper.high) / 2
    if low <= value.high + 1e-9 and value.low <= high + 1e-9:
        return True
    return lower.value == 0 and high > value.low


def _finding(study: StudyFigures, figure: Figure, figures: Sequence[Figure], odd: int) -> Finding:
    value, lower, upper = figure.value, figure.lower, figure.upper
    assert value and lower and upper
    middle = plain(float(lower.value + upper.value) / 2, value.decimals + 1)
    by_lower, by_upper = 2 * value.value - lower.value, 2 * value.value - upper.value
    where = figure.place.item if figure.place.item not in ("", "text") else figure.place.section
    symmetric = len(figures) - odd
    return Finding(
        rule=MEDIAN,
        severity=Severity.method_mismatch,
        study=study.study,
        figures=(figure,),
        reported=f"{value} ({lower}–{upper})",
        recomputed=f"middle of {lower}–{upper} is {middle}; symmetric around {value} are "
        f"{lower}–{by_lower} and {by_upper}–{upper}",
        method=f"{symmetric} of {len(figures)} medians with intervals in {where} are in the middle "
        "of their interval, as a normal approximation has it; each number ± half a unit of its "
        "last digit",
        explanation=f"{opening(figure, study.groups)}: {value} is not in the middle of "
        f"{lower}–{upper}, though {symmetric} of the {len(figures)} medians of {where} are in the "
        "middle of theirs. Either a limit was copied wrongly, or this interval was made by another "
        "method than the others.",
        conclusion=Conclusion.open,
    )


MEDIAN = "symmetric-median"

SYMMETRIC_MEDIAN = Rule(
    id=MEDIAN,
    title="Medians in the middle of their intervals",
    definition="Intervals of a median survival time need not be symmetric. Where more than "
    f"{ENOUGH} of a table, and at least {level_of(SHARE)} of them, are symmetric, they were "
    "made by a normal approximation; then a median that is not in the middle, whatever was rounded "
    "or cut off at 0, was made otherwise or is wrong.",
    check=check_medians,
)
