"""Counts that must add up: over groups, over categories, and from responses to their rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .categories import CategorySet, category_sets, complementary, exclusive, response_sets
from .counts import SHARES, Counts, counts_that_fit, is_share
from .naming import added, label, opening, spelled
from .partitions import shared_out

# How near to the whole, as a share of it, a sum must come where others may be left out.
NEAR = 0.03


def check_groups(study: StudyFigures) -> Iterator[Finding]:
    """Counts of a whole group that are not the sum over the groups that share it out."""
    for whole, parts in shared_out(study, _is_count):
        if not _adds_up(whole, parts):
            yield _groups_finding(study, whole, parts)


def _is_count(figure: Figure) -> bool:
    return figure.statistic in SHARES and figure.table in ("measurements", "adverse-events")


def _adds_up(whole: Figure, parts: Sequence[Figure]) -> bool:
    """Whether the counts add up; a part without a count (a dash) may have any."""
    if whole.count is None:
        return True
    known = [part.count for part in parts if part.count is not None]
    if len(known) < len(parts):
        return sum(known) <= whole.count
    return sum(known) == whole.count


def _groups_finding(study: StudyFigures, whole: Figure, parts: Sequence[Figure]) -> Finding:
    counts = [part.count for part in parts if part.count is not None]
    named = " and ".join(
        f"{part.count} in {label(part.group, study.groups)}"
        for part in parts
        if part.count is not None
    )
    return Finding(
        rule=ARMS,
        severity=Severity.contradiction,
        study=study.study,
        figures=(whole, *parts),
        reported=f"{whole.count} in all, {' + '.join(map(str, counts))} in its groups",
        recomputed=f"{added(counts)}, not {whole.count}",
        method="sum of the counts of groups that have nobody in common and are the whole together",
        explanation=f"{opening(whole, study.groups)}: {whole.count} people are printed for all, but"
        f" {named}{f' make {sum(counts)}' if len(counts) > 1 else ''}. One of these counts is "
        "wrong.",
        conclusion=Conclusion.open,
    )


def check_categories(study: StudyFigures) -> Iterator[Finding]:
    """Categories of the same people that are more, or a little fewer, than there are people."""
    for found in category_sets(study):
        if severity := _category_severity(found):
            yield _category_finding(study, found, severity)
    for found in response_sets(study):
        excess = sum(found.counts) - found.total
        complete = any(figure.endpoint == "ne" for figure in found.figures)
        if excess > 0:
            yield _category_finding(study, found, Severity.contradiction)
        elif excess < 0 and complete:
            yield _category_finding(study, found, Severity.information)


def _category_severity(found: CategorySet) -> Severity | None:
    """``None`` if the sum can be right; people may be in several categories, or in none."""
    excess, near = sum(found.counts) - found.total, max(1.0, NEAR * found.total)
    if excess == 0:
        return None
    labels = found.labels
    if excess > 0 and exclusive(labels):
        return Severity.contradiction
    if excess < 0 and complementary(labels):
        return Severity.information
    first = found.figures[0]
    side_by_side = first.kind == "baseline" and first.place.item not in ("", "text")
    return Severity.information if side_by_side and abs(excess) <= near else None


def _category_finding(study: StudyFigures, found: CategorySet, severity: Severity) -> Finding:
    excess = sum(found.counts) - found.total
    first = found.figures[0]
    about = f"“{found.whole.category}”" if found.whole else label(first.group, study.groups)
    what = spelled(first.endpoint) if first.category else "best response"
    more = f"{abs(excess)} {'more' if excess > 0 else 'fewer'} than {found.total}"
    if severity is Severity.contradiction:
        cause = "Nobody can be in two of them, so one of the counts is wrong."
    elif excess > 0:
        cause = "Unless somebody is in two of them, one of the counts is wrong."
    else:
        cause = "The others are missing or in no category, or one of the counts is wrong."
    return Finding(
        rule=CATEGORIES,
        severity=severity,
        study=study.study,
        figures=found.figures if found.whole is None else (*found.figures, found.whole),
        reported=f"{' + '.join(map(str, found.counts))} of {found.total}",
        recomputed=f"{added(found.counts)}, {more}",
        method="sum of the counts of categories that stand side by side",
        explanation=f"The categories of {what} in {about} add up to {sum(found.counts)} of "
        f"{found.total} people. {cause}",
        conclusion=Conclusion.open if severity is Severity.contradiction else Conclusion.survives,
    )


def check_responses(study: StudyFigures) -> Iterator[Finding]:
    """ORR that is not CR + PR, and DCR that is not CR + PR + SD."""
    counts = Counts.of(study.figures)
    rates: dict[tuple[str, str, str, str], dict[str, Figure]] = {}
    for figure in study.figures:
        plain = figure.table == "measurements" and not figure.is_repeat and not figure.category
        if plain and figure.endpoint in RATES:
            key = (figure.group, figure.analysis_set, figure.timepoint, figure.cited_study)
            rates.setdefault(key, {}).setdefault(figure.endpoint, figure)
    for found in rates.values():
        for rate, parts in PARTS.items():
            if rate in found and all(part in found for part in parts):
                members = [found[part] for part in parts]
                if finding := _response_finding(study, counts, found, found[rate], members):
                    yield finding


def _response_finding(
    study: StudyFigures,
    counts: Counts,
    found: Mapping[str, Figure],
    rate: Figure,
    parts: Sequence[Figure],
) -> Finding | None:
    printed, total = _count(counts, rate)
    shares = [counts.for_figure(part) for part in parts]
    numbers = [share.top for share in shares if share.top is not None]
    if printed is None or len(numbers) < len(parts) or printed == sum(numbers):
        return None
    if any(share.denominator not in (None, total) for share in shares):
        return None
    severity, cause = _response_judged(found, rate, printed - sum(numbers), printed, total)
    name = spelled(rate.endpoint)
    terms = " + ".join(spelled(part.endpoint) for part in parts)
    return Finding(
        rule=RESPONSES,
        severity=severity,
        study=study.study,
        figures=(rate, *parts),
        reported=f"{name} {printed} of {total}",
        recomputed=f"{terms} = {added(numbers)}, not {printed}",
        method=f"{name} = {terms}",
        explanation=f"{opening(rate, study.groups)}: {printed} people are printed, but {terms} is "
        f"{sum(numbers)}. {cause}",
        conclusion=Conclusion.open if severity is Severity.contradiction else Conclusion.survives,
    )


def _response_judged(
    found: Mapping[str, Figure], rate: Figure, excess: int, printed: int, total: int | None
) -> tuple[Severity, str]:
    if excess < 0:
        text = "Perhaps only confirmed or lasting ones were counted, which should then be said."
        return Severity.information, text
    progressed = found["pd"].count if "pd" in found else None
    if rate.endpoint == "dcr" and (
        progressed is None or total is None or printed + progressed <= total
    ):
        text = "Perhaps people with neither response nor progression were counted as well."
        return Severity.information, text
    return Severity.contradiction, "Nobody else can be counted, so one of the numbers is wrong."


def _count(counts: Counts, figure: Figure) -> tuple[int | None, int | None]:
    """Count and denominator; the count from the percentage if just one whole number fits."""
    if not is_share(figure):
        return None, None
    count, total, _ = counts.for_figure(figure)
    if count is None and figure.percent is not None and total:
        fitting = counts_that_fit(figure.percent, total)
        count = fitting[0] if len(fitting) == 1 else None
    return count, total


PARTS = {"orr": ("cr", "pr"), "dcr": ("cr", "pr", "sd")}
RATES = frozenset((*PARTS, "cr", "pr", "sd", "pd"))
ARMS = "sum-of-arms"
CATEGORIES = "sum-of-categories"
RESPONSES = "sum-of-responses"

SUM_OF_ARMS = Rule(
    id=ARMS,
    title="Groups add up to the whole",
    definition="Where groups that differ in one characteristic are the whole of their parent group "
    "together (their denominators or sizes add up to it), their counts add up to its count, "
    "exactly. A group whose cell holds a dash may have any count.",
    check=check_groups,
)
SUM_OF_CATEGORIES = Rule(
    id=CATEGORIES,
    title="Categories add up to the people",
    definition="Categories that exclude each other (scores, thresholds, yes and no, best response) "
    "are never more than the people; that is a contradiction. Other categories side by side that "
    "miss the number of people by 3 % or by one, and opposites that are fewer, are worth knowing.",
    check=check_categories,
)
SUM_OF_RESPONSES = Rule(
    id=RESPONSES,
    title="Response rates from responses",
    definition="The objective response rate counts CR and PR, the disease control rate CR, PR and "
    "SD, out of the same people. A rate that counts fewer may be of confirmed ones; one that "
    "counts more is a contradiction, if nobody else is left.",
    check=check_responses,
)
