"""Survival rates at a time: against shares, against each other, and how sure they can be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...statistics.printed import Printed
from ...statistics.survival import METHODS
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .counts import off
from .naming import label, level_of, opening, plain, share, spelled

RATE = "rate-at-time"
SHARE_WORDS = re.compile(r"\b(?:share|percentage|proportion|per cent|percent)\b", re.I)
ESTIMATE_WORDS = re.compile(r"kaplan|estimate|probability", re.I)
SURVIVALS = frozenset(("pfs", "os", "dor", "css", "dfs", "efs", "rfs", "os-from-first-line"))
DAYS = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}
# Months have 28 to 31 days: times in different units are told apart only beyond this.
UNIT_ROOM = 0.1
TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(\S+)")
HALF = 50.0
DEFAULT_LEVEL = 0.95
# Intervals narrower than this share of the narrowest possible one are not explained by method.
NARROW = 0.8
ONE_OFF = 1.5

Time = tuple[float, str]


def check_share(study: StudyFigures) -> Iterator[Finding]:
    """Rates that a study defines as a share of people, but that no number of people gives."""
    defined = _shares(study)
    seen: dict[tuple[object, ...], list[Figure]] = {}
    for figure in study.figures if defined else ():
        if figure.statistic != RATE or figure.endpoint not in defined or figure.cited_study:
            continue
        if (percent := _percent(figure)) is not None:
            seen.setdefault((figure.result, percent), []).append(figure)
    for figures in seen.values():
        percent, total = _percent(figures[0]), _total(figures[0], study)
        if percent is None or not total or not 0 < percent.value < 100:
            continue
        below = int(percent.value * total // 100)
        near = [count for count in (below, below + 1) if count <= total]
        if not any(off(percent, count, total) <= ONE_OFF for count in near):
            yield _share_finding(study, tuple(figures), percent, near, total)


def _shares(study: StudyFigures) -> frozenset[str]:
    """Endpoints that the study defines as a share of people, and not as an estimate."""
    rows = study.rows.get("study-endpoints", ())
    found = ((row.get("endpoint", ""), row.get("definition", "")) for row in rows)
    return frozenset(
        endpoint
        for endpoint, text in found
        if SHARE_WORDS.search(text) and not ESTIMATE_WORDS.search(text)
    )


def _percent(figure: Figure) -> Printed | None:
    """The rate in percent, if it is printed as a plain number."""
    if figure.qualifier or figure.bound:
        return None
    return figure.value if figure.percent is None and figure.unit == "%" else figure.percent


def _total(figure: Figure, study: StudyFigures) -> int | None:
    """How many people a rate is of; ``None`` if that is not printed, or no number of people."""
    group = study.groups.get(figure.group)
    total = figure.denominator or (group.size if group else None)
    return total if total is not None and total > 0 else None


def _share_finding(
    study: StudyFigures,
    figures: tuple[Figure, ...],
    percent: Printed,
    near: Sequence[int],
    total: int,
) -> Finding:
    where = label(figures[0].group, study.groups)
    shares = ", ".join(share(count, total) for count in near)
    return Finding(
        rule=SHARE,
        severity=Severity.method_mismatch,
        study=study.study,
        figures=figures,
        reported=f"{percent} % of {total}",
        recomputed=shares,
        method=f"every whole number out of {total}; the rate is defined as a share of people",
        explanation=f"{opening(figures[0], study.groups)} is defined as a share of people, but no "
        f"whole number of the {total} in {where} is {percent} %. It is an estimate (Kaplan-Meier) "
        "in which people who were no longer followed count for a part.",
        conclusion=Conclusion.survives,
    )


def check_order(study: StudyFigures) -> Iterator[Finding]:
    """Rates that rise with time, that do not fit their median, and PFS above OS."""
    rates: dict[tuple[str, ...], dict[Time, Figure]] = {}
    medians: dict[tuple[str, ...], Figure] = {}
    for figure in study.figures:
        if figure.table != "measurements" or figure.is_repeat or not _falls(figure.endpoint):
            continue
        key = _key(figure)
        if figure.statistic == "median" and not figure.timepoint and not figure.qualifier:
            medians.setdefault(key, figure)
        elif figure.statistic == RATE and _percent(figure) is not None:
            time = _time(figure.timepoint)
            if time is not None:
                rates.setdefault(key, {}).setdefault(time, figure)
    for key, by_time in rates.items():
        ordered = sorted(by_time.items(), key=lambda item: _days(item[0]))
        for (_, earlier), (_, later) in pairwise(ordered):
            if _low(later) > _high(earlier):
                yield _rise_finding(study, earlier, later)
        if key in medians:
            for time, rate in ordered:
                if text := _against_median(time, rate, medians[key]):
                    yield _median_finding(study, rate, medians[key], text)
    yield from _above_survival(study, rates, medians)


def _falls(endpoint: str) -> bool:
    """Whether a rate of it is a share without an event; a share with one rises with time."""
    return endpoint in SURVIVALS or "survival" in endpoint.casefold()


def _key(figure: Figure) -> tuple[str, ...]:
    words = (figure.endpoint, figure.category, figure.biomarker, figure.analysis_set)
    return figure.group, *words, figure.cited_study


def _time(text: str) -> Time | None:
    match = TIME.fullmatch(text)
    return (float(match[1]), match[2]) if match and match[2] in DAYS else None


def _days(time: Time) -> float:
    return time[0] * DAYS[time[1]]


def _low(figure: Figure) -> float:
    percent = _percent(figure)
    return percent.low if percent is not None else 0.0


def _high(figure: Figure) -> float:
    percent = _percent(figure)
    return percent.high if percent is not None else 100.0


def _against_median(time: Time, rate: Figure, median: Figure) -> str:
    """What is wrong between a rate and a median; "" if they can both be right."""
    if median.bound == "not-reached":
        return "the median is not reached" if _high(rate) < HALF else ""
    value, unit = median.value, median.unit
    if value is None or median.bound or unit not in DAYS:
        return ""
    room = 0.0 if unit == time[1] else UNIT_ROOM
    low, high = (edge * DAYS[unit] for edge in (value.low, value.high))
    if _days(time) > high * (1 + room) and _low(rate) > HALF:
        return f"half of the people have had the event by {value} {unit}"
    if _days(time) < low * (1 - room) and _high(rate) < HALF:
        return f"half of the people are free of the event until {value} {unit}"
    return ""


def _above_survival(
    study: StudyFigures,
    rates: dict[tuple[str, ...], dict[Time, Figure]],
    medians: dict[tuple[str, ...], Figure],
) -> Iterator[Finding]:
    for key, median in medians.items():
        overall = medians.get((key[0], "os", *key[2:])) if key[1] == "pfs" else None
        one, other = median.value, overall.value if overall else None
        if overall and one and other and median.unit == overall.unit and one.low > other.high:
            yield _above_finding(study, median, overall, str(one), str(other))
    for key, by_time in rates.items():
        survival = rates.get((key[0], "os", *key[2:]), {}) if key[1] == "pfs" else {}
        for time, rate in by_time.items():
            if time in survival and _surely_above(rate, survival[time]):
                shown = f"{_percent(rate)} %", f"{_percent(survival[time])} %"
                yield _above_finding(study, rate, survival[time], *shown)


def _surely_above(rate: Figure, overall: Figure) -> bool:
    """Whether a rate is above another, and their intervals, where both are printed, are apart."""
    if rate.lower is not None and overall.upper is not None:
        return rate.lower.low > overall.upper.high
    return _low(rate) > _high(overall)


def _rise_finding(study: StudyFigures, earlier: Figure, later: Figure) -> Finding:
    first, second = _percent(earlier), _percent(later)
    assert first is not None and second is not None
    return Finding(
        rule=ORDER,
        severity=Severity.contradiction,
        study=study.study,
        figures=(later, earlier),
        reported=f"{first} % at {earlier.timepoint}, {second} % at {later.timepoint}",
        recomputed=f"{second} − {first} = {second.value - first.value} more",
        method="a share without an event cannot rise with time; each number ± half a unit of its "
        "last digit",
        explanation=f"{opening(later, study.groups)}: {second} % are free of the event, after "
        f"{first} % at {earlier.timepoint}. Nobody returns to this state, so one of the rates is "
        "wrong.",
        conclusion=Conclusion.open,
    )


def _median_finding(study: StudyFigures, rate: Figure, median: Figure, text: str) -> Finding:
    percent = _percent(rate)
    printed = "not reached" if median.value is None else f"{median.value} {median.unit}"
    side = "above" if _low(rate) > HALF else "below"
    return Finding(
        rule=ORDER,
        severity=Severity.contradiction,
        study=study.study,
        figures=(rate, median),
        reported=f"{percent} % at {rate.timepoint}, median {printed}",
        recomputed=f"{percent} % is {side} 50 % at {rate.timepoint}, median {printed}",
        method="the curve is at 50 % or above before the median, and at 50 % or below after it",
        explanation=f"{opening(rate, study.groups)} is {percent} %, but {text}. One of the two "
        "numbers is wrong.",
        conclusion=Conclusion.open,
    )


def _above_finding(
    study: StudyFigures, figure: Figure, overall: Figure, one: str, other: str
) -> Finding:
    return Finding(
        rule=ORDER,
        severity=Severity.information,
        study=study.study,
        figures=(figure, overall),
        reported=f"PFS {one}, OS {other}",
        recomputed=f"PFS {one} above OS {other}",
        method="a death ends progression-free survival too, so its curve is not above that of OS",
        explanation=f"{opening(figure, study.groups)}: the {spelled(figure.statistic)} {one} is "
        f"above that of overall survival, {other}. Only people who left one analysis earlier than "
        "the other could explain that.",
        conclusion=Conclusion.open,
    )


def check_width(study: StudyFigures) -> Iterator[Finding]:
    """Intervals of rates that are narrower than so many people allow with nobody censored."""
    for figure in study.figures:
        if figure.statistic != RATE or figure.interval_type != "ci" or figure.cited_study:
            continue
        percent, total = _percent(figure), _total(figure, study)
        lower, upper = figure.lower, figure.upper
        level = DEFAULT_LEVEL if figure.level is None else float(figure.level)
        if percent is None or lower is None or upper is None or not total or total < 2:
            continue
        if not 0 < percent.value < 100 or not lower.value < upper.value or not 0.5 <= level < 1:
            continue
        survival = float(percent.value) / 100
        found = {name: method(survival, total, level) for name, method in METHODS.items()}
        least = 100 * min(high - low for low, high in found.values())
        if upper.high - lower.low < NARROW * least:
            yield _width_finding(study, figure, total, level, found["log-log"])


def _width_finding(
    study: StudyFigures, figure: Figure, total: int, level: float, found: tuple[float, float]
) -> Finding:
    low, high = (plain(100 * edge) for edge in found)
    return Finding(
        rule=WIDTH,
        severity=Severity.contradiction,
        study=study.study,
        figures=(figure,),
        reported=f"{_percent(figure)} % ({figure.lower}–{figure.upper}) of {total}",
        recomputed=f"{low}–{high} (log-log) with nobody censored",
        method=f"Greenwood's {level_of(level)} interval of {total} people with nobody censored, "
        f"which is the narrowest; by {', '.join(METHODS)}, and {level_of(NARROW)} of that",
        explanation=f"{opening(figure, study.groups)}: with {total} people the interval is at "
        f"least about {low}–{high} %, but {figure.lower}–{figure.upper} % is printed. People who "
        "were no longer followed make it wider, so one of the numbers is wrong.",
        conclusion=Conclusion.open,
    )


SHARE = "kaplan-meier-share"
ORDER = "survival-order"
WIDTH = "kaplan-meier-width"

KAPLAN_MEIER_SHARE = Rule(
    id=SHARE,
    title="Rates defined as shares",
    definition="Where a study defines a rate at a time as a share of people, some whole number of "
    "the people gives it, the last digit up to one off. If none does, it is a Kaplan-Meier "
    "estimate: a mismatch of definition and method, not a wrong number.",
    check=check_share,
)
SURVIVAL_ORDER = Rule(
    id=ORDER,
    title="Survival rates in order",
    definition="The share without an event does not rise with time, is not below 50 % before the "
    "median and not above it afterwards. PFS above OS is worth knowing: only different censoring "
    "can explain it.",
    check=check_order,
)
KAPLAN_MEIER_WIDTH = Rule(
    id=WIDTH,
    title="Intervals of survival rates wide enough",
    definition="The confidence interval of a survival rate is at least as wide as that of the same "
    f"share with nobody censored, by the narrowest of {len(METHODS)} methods; below "
    f"{level_of(NARROW)} of that is a contradiction.",
    check=check_width,
)
