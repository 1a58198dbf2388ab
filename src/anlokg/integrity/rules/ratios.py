"""Ratios with intervals: symmetry on the log scale, and the p-value that the interval implies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from ...statistics.printed import Printed
from ...statistics.ratios import box_p, p_to_z, wald_p
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .boxes import Box, cut, meet, middle, rounded
from .printings import printings
from .sides import comparison, p_value, printed_p, sentence, spelled
from .single_errors import Suspect, suspects

RATIOS = frozenset({"hazard-ratio", "odds-ratio", "risk-ratio"})
# Exact conditional intervals are not symmetric, and are not meant to be.
EXACT = "exact"
# Intervals of other ratios are often made from scores or exactly, and their p-values by tests of
# another kind, so nothing is known of them for certain.
CERTAIN = frozenset({"hazard-ratio"})
# Tests whose p-value and interval come from the same estimate and standard error.
SAME_MODEL = frozenset({"cox"})
# Score, log-rank and likelihood-ratio tests of the same data differ from Wald's. For two arms the
# score z over the Wald z is 1.04 at a hazard ratio of 0.37 and 1.08 at 0.26; small samples, ties
# and strata add to it. A quarter, or a tenth of a unit near z = 0, is more than they need.
OTHER_TEST = 0.25
OTHER_TEST_NEAR_0 = 0.1
SMALLEST = 1e-300

SYMMETRY = "ratio-symmetry"
P = "p-from-interval"

Statements = tuple[Figure, ...]
Numbers = tuple[Printed, Printed, Printed]


def numbers(figure: Figure) -> Numbers | None:
    """Ratio and bounds of a plain ratio above 0 between bounds above 0; ``None`` of others."""
    if figure.statistic not in RATIOS or figure.interval_type != "ci":
        return None
    value, lower, upper = figure.value, figure.lower, figure.upper
    if value is None or lower is None or upper is None or figure.qualifier or figure.bound:
        return None
    return (value, lower, upper) if value.value > 0 and 0 < lower.value < upper.value else None


def level(figure: Figure) -> float | None:
    """The level of an interval that has one, as a share."""
    found = float(figure.level) if figure.level else 0.0
    return found if 0.5 <= found < 1 else None


def check_symmetry(study: StudyFigures) -> Iterator[Finding]:
    """Ratios that do not stand in the middle of their interval, on the log scale."""
    rows = printings(study.of("comparisons"))
    cutting = _tables_that_cut(rows)
    for statements in rows:
        figure = statements[0]
        found = numbers(figure)
        if found is None or EXACT in figure.test or _symmetric(found):
            continue
        fits_cut = _symmetric_if_cut(found)
        if not (fits_cut and _table(figure) in cutting):
            yield _asymmetry(study, statements, found, fits_cut=fits_cut)


def _symmetric(found: Numbers) -> bool:
    value, lower, upper = found
    return meet(middle(rounded(lower), rounded(upper)), rounded(value))


def _symmetric_if_cut(found: Numbers) -> bool:
    value, lower, upper = found
    return meet(middle(cut(lower), cut(upper)), cut(value))


def _table(figure: Figure) -> tuple[str, str, str]:
    return figure.place.document, figure.place.section, figure.place.item


def _tables_that_cut(rows: list[Statements]) -> frozenset[tuple[str, str, str]]:
    """Tables most of whose ratios are consistent if their digits are cut off, not rounded.

    Some authors cut. One habit holds for a table, so a row is excused by the others.
    """
    all_rows: Counter[tuple[str, str, str]] = Counter()
    fitting: Counter[tuple[str, str, str]] = Counter()
    for statements in rows:
        figure = statements[0]
        if found := numbers(figure):
            all_rows[_table(figure)] += 1
            fitting[_table(figure)] += _fits_if_cut(figure, found)
    return frozenset(table for table, count in all_rows.items() if 2 * fitting[table] > count)


def _fits_if_cut(figure: Figure, found: Numbers) -> bool:
    """Whether ratio and interval, cut off, agree with each other and with p."""
    share, p = level(figure), figure.p
    if not _symmetric_if_cut(found):
        return False
    if share is None or p is None:
        return True
    return _agrees(figure, (p.low, cut(p)[1]), _cut_p(found, share))


def _asymmetry(
    study: StudyFigures, statements: Statements, found: Numbers, *, fits_cut: bool
) -> Finding:
    value, lower, upper = found
    centre = math.sqrt(float(lower) * float(upper))
    box = middle(rounded(lower), rounded(upper))
    half = math.sqrt(float(upper) / float(lower))
    around = float(value) / half, float(value) * half
    figure = statements[0]
    suspect = None if fits_cut else _suspect(figure, found)
    cause = _cause_of_asymmetry(figure, suspect, fits_cut=fits_cut)
    same = (float(lower) <= 1 <= float(upper)) is (around[0] <= 1 <= around[1])
    return Finding(
        rule=SYMMETRY,
        severity=_weighed(
            figure, Severity.last_digit_rounding if fits_cut else Severity.method_mismatch
        ),
        study=study.study,
        figures=statements,
        reported=f"{value} ({lower}–{upper})",
        recomputed=f"√({lower} × {upper}) = {centre:.4f} ({box[0]:.4f} to {box[1]:.4f} with "
        f"rounding); an interval as wide around {value} is {around[0]:.3f} to {around[1]:.3f}"
        + (f"; the p-value fits {_article(suspect)} of {suspect.instead:.3f}" if suspect else ""),
        method="geometric mean of the bounds, each ± half a unit of its last digit",
        explanation=f"{sentence(comparison(figure, study.groups))}: the usual interval reaches as "
        f"far below a {spelled(figure.statistic)} as above it, as a factor, but the middle of "
        f"{lower} and {upper} is {centre:.3f} and not {value}. {cause}",
        conclusion=Conclusion.survives if same else Conclusion.changes,
    )


def _weighed(figure: Figure, severity: Severity) -> Severity:
    return severity if figure.statistic in CERTAIN else Severity.information


def _suspect(figure: Figure, found: Numbers) -> Suspect | None:
    """The one number that is wrong if the p-value is right; ``None`` if that is none or two."""
    share = level(figure)
    if share is None or figure.p is None or figure.p_operator != "=":
        return None
    fitting = [item for item in suspects(*found, share) if _acceptable(figure, item.p)]
    return fitting[0] if len(fitting) == 1 else None


def _article(suspect: Suspect) -> str:
    return f"{'an' if suspect.name[0] == 'u' else 'a'} {suspect.name}"


def _cause_of_asymmetry(figure: Figure, suspect: Suspect | None, *, fits_cut: bool) -> str:
    if fits_cut:
        return "The three numbers fit only if their last digits were cut off instead of rounded."
    if suspect:
        return (
            f"The p-value beside them ({figure.p}) fits if the {suspect.name} is the wrong one and "
            f"should be about {suspect.instead:.2f}."
        )
    return (
        "Either one of the three numbers is wrong, or the interval comes from another method, "
        "such as profile likelihood or bootstrap, which should be named."
    )


def check_p(study: StudyFigures) -> Iterator[Finding]:
    """p-values that the interval beside them does not give."""
    rows = printings(study.of("comparisons"))
    cutting = _tables_that_cut(rows)
    for statements in rows:
        figure = statements[0]
        found, share = numbers(figure), level(figure)
        if found is None or share is None or figure.p is None or not figure.p_operator:
            continue
        box = box_p(*found, share)
        fits_cut = _fits_if_cut(figure, found)
        if _acceptable(figure, box) or (fits_cut and _table(figure) in cutting):
            continue
        if not _symmetric(found) and any(
            _acceptable(figure, item.p) for item in suspects(*found, share)
        ):
            continue  # one wrong number, which the rule of symmetry tells
        near = _near(figure.p, box)
        yield _disagreement(study, statements, found, share, near=near, fits_cut=fits_cut)


def _agrees(figure: Figure, p: Box, box: Box) -> bool:
    """Whether a printed p, or a bound of it, allows some value of the box."""
    if figure.p_operator in ("<", "<="):
        return box[0] <= p[1]
    if figure.p_operator in (">", ">="):
        return box[1] >= p[0]
    return meet(p, box)


def _acceptable(figure: Figure, box: Box) -> bool:
    """Whether p agrees with the box, or is near enough for a test that need not be Wald's."""
    assert figure.p is not None
    if _agrees(figure, (figure.p.low, figure.p.high), box):
        return True
    return figure.test not in SAME_MODEL and _near(figure.p, box)


def _cut_p(found: Numbers, share: float) -> Box:
    """Smallest and largest Wald p if the digits of ratio and bounds were cut off."""
    ratio, lower, upper = (cut(number) for number in found)
    if lower[1] >= upper[0]:
        return 0.0, 1.0
    near, far = sorted(ratio, key=lambda item: abs(math.log(item)))
    nearest = 1.0 if ratio[0] <= 1 <= ratio[1] else near
    smallest = wald_p(far, lower[1], upper[0], share)
    return smallest, wald_p(nearest, lower[0], upper[1], share)


def _near(p: Printed, box: Box) -> bool:
    """Whether another test of the same data could give a p that Wald's test does not."""
    above = float(p) > box[1]
    wald = p_to_z(max(box[1] if above else box[0], SMALLEST))
    other = p_to_z(min(1.0, max(p.low if above else p.high, SMALLEST)))
    return abs(other - wald) <= max(OTHER_TEST * wald, OTHER_TEST_NEAR_0)


def _disagreement(
    study: StudyFigures,
    statements: Statements,
    found: Numbers,
    share: float,
    *,
    near: bool,
    fits_cut: bool,
) -> Finding:
    figure, (value, lower, upper) = statements[0], found
    wald, box = wald_p(float(value), float(lower), float(upper), share), box_p(*found, share)
    severity, cause = _judged(figure, found, share, near=near, fits_cut=fits_cut)
    if figure.test not in SAME_MODEL:
        severity = _weighed(figure, severity)
    return Finding(
        rule=P,
        severity=severity,
        study=study.study,
        figures=statements,
        reported=f"{value} ({lower}–{upper}), {printed_p(figure)}",
        recomputed=f"Wald p = {p_value(wald)} ({p_value(box[0])} to {p_value(box[1])} with "
        "rounding)",
        method=f"p = 2Φ(−|ln ratio|/SE), SE from the width of the {100 * share:g} % interval; each "
        "number ± half a unit of its last digit",
        explanation=f"{sentence(comparison(figure, study.groups))}: the interval {lower} to "
        f"{upper} around {value} implies p = {p_value(wald)}, but {printed_p(figure)} is printed. "
        f"{cause}",
        conclusion=_conclusion(figure, box, 1 - share),
    )


def _judged(
    figure: Figure, found: Numbers, share: float, *, near: bool, fits_cut: bool
) -> tuple[Severity, str]:
    assert figure.p is not None
    if fits_cut:
        text = "They fit only if the last digits were cut off instead of rounded."
        return Severity.last_digit_rounding, text
    if _agrees(figure, (2 * figure.p.low, 2 * figure.p.high), box_p(*found, share)):
        text = "It is half of that, as a one-sided p-value is, which should be said beside it."
        return Severity.information, text
    if near:
        text = "A likelihood-ratio or score test could give it, but then that test should be named."
        return Severity.method_mismatch, text
    significant = _significant(figure, 1 - share)
    if (
        figure.test in SAME_MODEL
        and significant is not None
        and significant is not _excludes(found)
    ):
        text = (
            "One calls the difference significant and the other does not, so one of them is wrong."
        )
        clear = _excludes(found) is not None
        return (Severity.contradiction if clear else Severity.method_mismatch), text
    text = "No usual test of the same model is so far from its interval, so one of them is wrong."
    return Severity.method_mismatch, text


def _excludes(found: Numbers) -> bool | None:
    """Whether the interval excludes a ratio of 1; ``None`` if a rounded bound may be 1."""
    _, lower, upper = found
    if lower.low > 1 or upper.high < 1:
        return True
    return False if lower.high < 1 < upper.low else None


def _significant(figure: Figure, alpha: float) -> bool | None:
    """Whether the printed p is below alpha; ``None`` if its digits do not tell."""
    assert figure.p is not None
    if figure.p_operator in ("<", "<="):
        return True if float(figure.p) <= alpha else None
    if figure.p_operator in (">", ">="):
        return False if float(figure.p) >= alpha else None
    return None if figure.p.low < alpha < figure.p.high else float(figure.p) < alpha


def _conclusion(figure: Figure, box: Box, alpha: float) -> Conclusion:
    significant = _significant(figure, alpha)
    if significant is None or box[0] < alpha <= box[1]:
        return Conclusion.open
    return Conclusion.survives if significant is (box[1] < alpha) else Conclusion.changes


RATIO_SYMMETRY = Rule(
    id=SYMMETRY,
    title="Ratio in the middle of its interval",
    definition="A hazard, odds or risk ratio is the geometric mean of the bounds of its confidence "
    "interval, each number within half a unit of its last digit; exact intervals are left out, and "
    "so are tables whose authors cut digits off. Other kinds of interval need not be symmetric: it "
    "is a mismatch of method at most, and information for odds and risk ratios.",
    check=check_symmetry,
)
P_FROM_INTERVAL = Rule(
    id=P,
    title="p-value that belongs to the interval",
    definition="A p-value printed beside a ratio agrees with the Wald p of its interval, each "
    "number within half a unit of its last digit. A log-rank, score or likelihood-ratio test "
    "may be a quarter off in z. It is a contradiction only if p and interval of the same model "
    "differ on significance, by more than another test could.",
    check=check_p,
)
