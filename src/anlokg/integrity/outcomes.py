"""Measures of a registry record, at baseline and as outcomes, and analyses that compare groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .figure import Figure
from .posted import (
    Node,
    Spot,
    denominators,
    hundredfold,
    hundredth,
    interval,
    nodes,
    number,
    p_value,
    slug,
    text,
    whole,
)

STATISTICS = {
    "mean": "mean", "median": "median", "geometric mean": "geometric-mean",
    "least squares mean": "least-squares-mean", "log mean": "log-mean",
}  # fmt: skip
RATIOS = {
    "hazard ratio (hr)": "hazard-ratio", "hazard ratio, log": "log-hazard-ratio",
    "odds ratio (or)": "odds-ratio", "odds ratio, log": "log-odds-ratio",
    "risk ratio (rr)": "risk-ratio", "risk ratio, log": "log-risk-ratio",
    "mean difference (final values)": "difference", "mean difference (net)": "difference",
    "median difference (final values)": "median-difference",
    "risk difference (rd)": "risk-difference", "difference": "difference",
    "ls mean difference": "difference",
}  # fmt: skip
TESTS = {
    "log rank": "log-rank", "regression, cox": "cox", "fisher exact": "fisher-exact",
    "chi-squared": "chi-square", "wilcoxon (signed rank)": "wilcoxon-signed-rank",
}  # fmt: skip
# What is estimated over time is no count over the number of participants.
OVER_TIME = re.compile(
    r"kaplan|surviv|probabilit|cumulative|event.free|\b(pfs|os|dfs|efs|ttp)\b", re.IGNORECASE
)
# A p-value of these is not about the absence of a difference.
OTHER_HYPOTHESES = {"NON_INFERIORITY", "EQUIVALENCE", "NON_INFERIORITY_OR_EQUIVALENCE"}
ONE_SIDED = re.compile(r"\b(one|1)[ -](sided|tailed)", re.IGNORECASE)

Cell = tuple[str, str, Node, dict[str, int]]


def baseline(module: Node, spot: Spot) -> Iterator[Figure]:
    """The measures that describe the participants."""
    for position, measure in enumerate(nodes(module, "measures")):
        title = text(measure.get("title"))
        here = spot.inside("measures", position, item=title)
        key = f"baseline-{position + 1}"
        yield from _measure(measure, module, here, key, {"kind": "baseline"})


def outcomes(module: Node, spot: Spot) -> Iterator[Figure]:
    """The outcome measures, each with its analyses; its groups are its own."""
    for position, measure in enumerate(nodes(module, "outcomeMeasures")):
        title = text(measure.get("title"))
        here = spot.inside("outcomeMeasures", position, item=title)
        key = f"outcome-{position + 1}"
        shared = {"kind": "efficacy", "timepoint": text(measure.get("timeFrame"))}
        yield from _measure(measure, {}, here, key, shared, prefix=f"{key}.")
        for at, analysis in enumerate(nodes(measure, "analyses")):
            spot_of = here.inside("analyses", at)
            yield _analysis(analysis, spot_of, f"{key}.analysis-{at + 1}", f"{key}-{slug(title)}")


def _measure(
    measure: Node, module: Node, spot: Spot, key: str, shared: Mapping[str, str], prefix: str = ""
) -> Iterator[Figure]:
    endpoint = f"{key}-{slug(text(measure.get('title')))}"
    for row, category, posted, counts in _cells(measure, module):
        group = text(posted.get("groupId")).casefold()
        fields = _fields(measure, posted, counts.get(text(posted.get("groupId"))))
        # A class is a row of its own, such as an analysis set or a time: its categories belong
        # together, those of another class do not.
        own = endpoint if not (row and category) else f"{endpoint}.{slug(row)}"
        words = [part for part in (row, category) if part]
        yield spot.figure(
            ".".join([key, group, *map(slug, words)]),
            "measurements", ": ".join(words), group, group=f"{prefix}{group}", endpoint=own,
            category=category or row, reported=_shown(posted), **shared, **fields,
        )  # fmt: skip


def _cells(measure: Node, module: Node) -> Iterator[Cell]:
    """Class, category, measurement, and the denominators that hold for it."""
    for row in nodes(measure, "classes"):
        counts = denominators(row, measure, module)
        for category in nodes(row, "categories"):
            names = text(row.get("title")), text(category.get("title"))
            for posted in nodes(category, "measurements"):
                yield (*names, posted, counts)


def _fields(measure: Node, posted: Node, participants: int | None) -> dict[str, Any]:
    """Statistic and numbers of one measurement."""
    kind = text(measure.get("paramType")).replace("_", " ").casefold()
    unit = text(measure.get("unitOfMeasure"))
    limits = interval(text(measure.get("dispersionType")), posted)
    value = number(posted.get("value"))
    counted = kind == "count of participants" or (
        kind == "number" and unit.casefold() in ("participants", "patients", "subjects")
    )
    if counted:
        count = whole(posted.get("value"))
        return {"statistic": "proportion", "count": count, "denominator": participants}
    if kind == "number" and (share := _share(unit)):
        over_time = OVER_TIME.search(f"{measure.get('title')} {measure.get('description')}")
        words = {"statistic": "rate-at-time" if over_time else "proportion", "unit": "%"}
        return words | _percents(value, limits, share) | {"denominator": participants}
    statistic = STATISTICS.get(kind, slug(kind))
    bound = "" if value is not None else "not-estimable"
    return {"statistic": statistic, "value": value, "unit": unit, "bound": bound, **limits}


def _share(unit: str) -> str:
    """Whether a unit is a percentage or a proportion of people; neither is nothing."""
    words = unit.casefold().split()
    if not words or words[-1] not in ("participants", "patients", "subjects"):
        return ""
    first = words[0].removesuffix("s")
    return first if first in ("percentage", "percent", "proportion") else ""


def _percents(value: Any, limits: dict[str, Any], share: str) -> dict[str, Any]:
    if share != "proportion":
        return {"percent": value, **limits}
    scaled = {
        name: hundredfold(limits[name]) if limits.get(name) else None for name in ("lower", "upper")
    }
    return {"percent": value and hundredfold(value), **limits, **scaled}


def _shown(posted: Node) -> str:
    value, spread = text(posted.get("value")), text(posted.get("spread"))
    limits = [text(posted.get(name)) for name in ("lowerLimit", "upperLimit")]
    inside = spread or (" to ".join(limits) if any(limits) else "")
    return f"{value} ({inside})" if inside else value


def _analysis(analysis: Node, spot: Spot, key: str, endpoint: str) -> Figure:
    """A comparison. The record has no field for which group is the reference."""
    kind = text(analysis.get("paramType"))
    method = text(analysis.get("statisticalMethod"))
    fields: dict[str, Any] = {"value": number(analysis.get("paramValue"))}
    fields |= _analysis_limits(analysis) | _analysis_p(analysis)
    default = slug(kind) if kind else "p-value"
    return spot.figure(
        key,
        "comparisons", kind or method, "", kind="efficacy", endpoint=endpoint,
        statistic=RATIOS.get(kind.casefold(), default),
        test=TESTS.get(method.casefold(), slug(method)) if method else "not-stated",
        reported=_analysis_shown(analysis), note=text(analysis.get("groupDescription")), **fields,
    )  # fmt: skip


def _analysis_limits(analysis: Node) -> dict[str, Any]:
    """A two-sided interval; a one-sided one has no two limits to compare with."""
    percent = number(analysis.get("ciPctValue"))
    if percent is None or text(analysis.get("ciNumSides")) == "ONE_SIDED":
        return {}
    return {
        "lower": number(analysis.get("ciLowerLimit")),
        "upper": number(analysis.get("ciUpperLimit")),
        "interval_type": "ci",
        "level": hundredth(percent),
    }


def _analysis_p(analysis: Node) -> dict[str, Any]:
    """A two-sided p-value of a comparison of groups; others say something else."""
    comments = f"{analysis.get('pValueComment')} {analysis.get('groupDescription')}"
    other = text(analysis.get("nonInferiorityType")) in OTHER_HYPOTHESES
    if other or ONE_SIDED.search(comments) or len(nodes(analysis, "groupIds")) < 2:
        return {}
    return p_value(text(analysis.get("pValue")))


def _analysis_shown(analysis: Node) -> str:
    """Estimate, limits and p-value as posted."""
    limits = [text(analysis.get(name)) for name in ("ciLowerLimit", "ciUpperLimit")]
    shown = text(analysis.get("paramValue"))
    if any(limits):
        shown += f" ({text(analysis.get('ciPctValue'))}% CI {' to '.join(limits)})"
    posted = text(analysis.get("pValue"))
    return "; ".join(part for part in (shown, f"p {posted}" if posted else "") if part)
