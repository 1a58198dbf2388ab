"""Numbers out of their order or range: intervals, probabilities, levels, ratios."""

from __future__ import annotations

from collections.abc import Iterator

from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .naming import level_of, opening, plain, signed, spelled

RATIOS = frozenset(("hazard-ratio", "odds-ratio", "risk-ratio"))
# Statistics of which nothing lies below 0 or above 100 %.
PERCENTS = frozenset(("proportion", "incidence", "rate-at-time"))
# Statistics that lie between the limits of the interval beside them.
INSIDE = {
    "ci": RATIOS | PERCENTS | {"median", "mean", "difference", "value", "ic50", "inhibition"},
    "iqr": frozenset(("median",)),
    "range": frozenset(("median", "mean")),
}
LOWEST_LEVEL = 0.5

Trouble = tuple[Severity, str, str, str]


def check_order(study: StudyFigures) -> Iterator[Finding]:
    """Intervals whose lower limit is above the upper one, and spreads below zero."""
    for figure in study.figures:
        lower, upper, spread = figure.lower, figure.upper, figure.spread
        if lower is not None and upper is not None and lower.value > upper.value:
            yield _reversed(study, figure, lower, upper)
        elif spread is not None and spread.value < 0:
            yield _negative(study, figure, spread)


def _reversed(study: StudyFigures, figure: Figure, lower: Printed, upper: Printed) -> Finding:
    number = _number(figure)
    held = number is not None and upper.low <= float(number.value) <= lower.high
    cause = (
        f"With the limits the other way round it holds {number}, so they seem to be swapped."
        if held
        else "One of the limits is wrong."
    )
    return Finding(
        rule=ORDER,
        severity=Severity.contradiction,
        study=study.study,
        figures=(figure,),
        reported=f"{signed(lower)} to {signed(upper)}",
        recomputed=f"{signed(upper)} − {signed(lower)} = {signed(upper.value - lower.value)}",
        method="the upper limit less the lower limit is not negative",
        explanation=f"{opening(figure, study.groups)}: the interval starts at {signed(lower)} and "
        f"ends below it, at {signed(upper)}. {cause}",
        conclusion=Conclusion.open,
    )


def _negative(study: StudyFigures, figure: Figure, spread: Printed) -> Finding:
    return Finding(
        rule=ORDER,
        severity=Severity.contradiction,
        study=study.study,
        figures=(figure,),
        reported=f"± {signed(spread)}",
        recomputed=f"{signed(spread)} is below 0",
        method="a standard deviation is a square root",
        explanation=f"{opening(figure, study.groups)}: a standard deviation of {signed(spread)} is "
        "printed. It cannot be negative.",
        conclusion=Conclusion.open,
    )


def check_inside(study: StudyFigures) -> Iterator[Finding]:
    """Estimates outside of their interval, whatever was rounded."""
    for figure in study.figures:
        lower, upper = figure.lower, figure.upper
        if lower is None and upper is None:
            continue
        if figure.statistic not in INSIDE.get(figure.interval_type, ()) or figure.qualifier:
            continue
        number = _number(figure)
        if number is None or (lower and upper and lower.value > upper.value):
            continue
        if lower is not None and number.high < lower.low:
            yield _outside(study, figure, number, lower, "below")
        elif upper is not None and number.low > upper.high:
            yield _outside(study, figure, number, upper, "above")


def _number(figure: Figure) -> Printed | None:
    """The estimate that an interval belongs to, in the unit of the interval."""
    if figure.value is not None:
        return figure.value
    return figure.percent if figure.unit == "%" else None


def _outside(
    study: StudyFigures, figure: Figure, number: Printed, limit: Printed, side: str
) -> Finding:
    least = max(0.0, limit.low - number.high if side == "below" else number.low - limit.high)
    digits = max(number.decimals, limit.decimals) + 1
    return Finding(
        rule=INSIDE_ID,
        severity=Severity.contradiction,
        study=study.study,
        figures=(figure,),
        reported=f"{number} ({_limits(figure)})",
        recomputed=f"{number} is {plain(abs(float(number.value - limit.value)), digits - 1)} "
        f"{side} {limit}, at least {plain(least, digits)} with rounding",
        method="each number ± half a unit of its last digit",
        explanation=f"{opening(figure, study.groups)}: the {spelled(figure.statistic)} {number} "
        f"lies {side} its own interval, {_limits(figure)}. One of the three numbers is wrong.",
        conclusion=Conclusion.open,
    )


def _limits(figure: Figure) -> str:
    limits = (figure.lower, figure.upper)
    return " to ".join("?" if limit is None else signed(limit) for limit in limits)


def check_range(study: StudyFigures) -> Iterator[Finding]:
    """Percentages, p-values, levels and ratios that cannot be."""
    for figure in study.figures:
        for severity, reported, recomputed, text in _troubles(figure):
            yield Finding(
                rule=RANGE,
                severity=severity,
                study=study.study,
                figures=(figure,),
                reported=reported,
                recomputed=recomputed,
                method="the range of the quantity",
                explanation=f"{opening(figure, study.groups)}: {text}",
                conclusion=Conclusion.survives
                if severity is Severity.information
                else Conclusion.open,
            )


def _troubles(figure: Figure) -> Iterator[Trouble]:
    if figure.statistic in PERCENTS:
        yield from _percent(figure)
    if figure.statistic in RATIOS:
        yield from _ratio(figure)
    if figure.p is not None:
        yield from _p(figure.p, figure.p_operator)
    if figure.level is not None and not LOWEST_LEVEL <= figure.level.value < 1:
        yield _level(figure.level)


def _percent(figure: Figure) -> Iterator[Trouble]:
    percent = figure.value if figure.percent is None and figure.unit == "%" else figure.percent
    if percent is not None and (percent.value < 0 or percent.value > 100):
        text = f"{percent} % of the people are printed. A share lies between 0 and 100 %."
        above = percent.value > 100
        over = percent.value - 100 if above else -percent.value
        beyond = f"{over} above 100 %" if above else f"{over} below 0 %"
        yield Severity.contradiction, f"{percent} %", beyond, text
        return
    limits = [limit for limit in (figure.lower, figure.upper) if limit is not None]
    out = [limit for limit in limits if limit.value < 0 or limit.value > 100]
    if out and figure.unit == "%" and figure.interval_type == "ci":
        text = (
            f"a limit of the interval is {signed(out[0])} %, which no share can be. The normal "
            "approximation gives such limits where few people are on one side."
        )
        yield (
            Severity.information,
            _limits(figure),
            f"{signed(out[0])} % is not between 0 and 100 %",
            text,
        )


def _ratio(figure: Figure) -> Iterator[Trouble]:
    printed = (figure.value, figure.lower, figure.upper)
    numbers = [number for number in printed if number is not None]
    shown, name = ", ".join(map(signed, numbers)), spelled(figure.statistic)
    negative = [number for number in numbers if number.value < 0]
    if negative:
        first = signed(negative[0])
        text = f"{first} is printed for a {name} or its limit. A ratio is never negative."
        yield Severity.contradiction, shown, f"{first} is below 0", text
    elif figure.value is not None and figure.value.value == 0:
        highest = plain(figure.value.high, figure.value.decimals + 1)
        text = (
            f"a {name} of {figure.value} is printed, which has no logarithm and no interval. It is "
            "what programs print where one side has no event; then there is no estimate."
        )
        yield Severity.information, shown, f"above 0, at most {highest}", text


def _p(p: Printed, operator: str) -> Iterator[Trouble]:
    shown = f"p {operator} {p}".replace("  ", " ")
    if p.value < 0 or p.value > 1:
        text = f"{shown} is printed. A probability lies between 0 and 1."
        yield Severity.contradiction, shown, f"{p} is not between 0 and 1", text
    elif operator == ">" and p.value == 1:
        text = f"{shown} is printed. No probability is above 1."
        yield Severity.contradiction, shown, "at most 1", text
    elif p.value == 0 and operator not in (">", ">="):
        highest = plain(p.high, p.decimals + 1)
        text = (
            f"{shown} is printed, but a p-value is never 0. It was rounded, and should be told as "
            "a bound, such as p < 0.001."
        )
        yield Severity.information, shown, f"above 0, at most {highest}", text


def _level(level: Printed) -> Trouble:
    for factor in (-2, 2):
        meant = level.value.scaleb(factor)
        if LOWEST_LEVEL <= meant < 1:
            text = (
                f"the level of the interval is given as {level}. It seems to be {meant}, in "
                "another unit."
            )
            return Severity.unit, f"level {level}", f"{meant} ({level_of(float(meant))})", text
    if 0 < level.value < LOWEST_LEVEL:
        other = 1 - level.value
        text = (
            f"the level of the interval is given as {level}. It seems to be the share left out, "
            f"so that the level is {other}."
        )
        return Severity.unit, f"level {level}", f"1 − {level} = {other}", text
    text = f"the level of the interval is given as {level}. No interval has it."
    return Severity.contradiction, f"level {level}", f"{level} is not between 0 and 1", text


ORDER = "interval-order"
INSIDE_ID = "value-in-interval"
RANGE = "probability-range"

INTERVAL_ORDER = Rule(
    id=ORDER,
    title="Lower limit below upper limit",
    definition="The lower limit of an interval is not above the upper one, and a standard "
    "deviation is not negative.",
    check=check_order,
)
VALUE_IN_INTERVAL = Rule(
    id=INSIDE_ID,
    title="Estimate within its interval",
    definition="An estimate lies within its confidence interval, a median within its quartiles, a "
    "median or mean within its range; each number may be half a unit of its last digit off.",
    check=check_inside,
)
PROBABILITY_RANGE = Rule(
    id=RANGE,
    title="Percentages, p-values, levels and ratios within their range",
    definition="Shares lie between 0 and 100 %, p-values between 0 and 1, levels of intervals "
    "between 0.5 and 1, and ratios are not negative. A p-value or ratio of 0 and a limit beyond 0 "
    "or 100 % are what programs print, and only worth knowing.",
    check=check_range,
)
