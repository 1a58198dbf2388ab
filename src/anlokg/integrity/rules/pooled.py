"""Medians, means and ranges of a whole group against those of its parts."""

from __future__ import annotations

from collections.abc import Iterator

from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .naming import label, opening, plain
from .partitions import Shared, shared_out

CENTRES = frozenset(("median", "mean"))

Trouble = tuple[str, str, str]


def check_pooled(study: StudyFigures) -> Iterator[Finding]:
    """Summaries of all that those of the parts cannot make."""
    for shared in shared_out(study, _is_summary):
        troubles = [*_centre(study, shared), *_ends(shared)]
        if troubles:
            yield _finding(study, shared, troubles)


def _is_summary(figure: Figure) -> bool:
    """Summaries of a characteristic; times to an event are left out, as censoring moves them."""
    if figure.table != "measurements" or figure.kind != "baseline" or figure.bound:
        return False
    return figure.statistic in CENTRES and figure.value is not None


def _centre(study: StudyFigures, shared: Shared) -> Iterator[Trouble]:
    whole, values = shared.whole.value, _values(shared)
    assert whole is not None
    if shared.whole.statistic == "mean":
        sizes = [part.denominator or study.groups[part.group].size for part in shared.parts]
        if None not in sizes and (total := sum(size or 0 for size in sizes)):
            weighted = list(zip(values, (size or 0 for size in sizes), strict=True))
            low = sum(value.low * size for value, size in weighted) / total
            high = sum(value.high * size for value, size in weighted) / total
            mean = sum(float(value) * size for value, size in weighted) / total
            if whole.high < low - 1e-9 or whole.low > high + 1e-9:
                digits = whole.decimals + 1
                yield str(whole), f"weighted mean {plain(mean, digits)}", "mean"
            return
    lowest, highest = min(values, key=float), max(values, key=float)
    if whole.high < lowest.low or whole.low > highest.high:
        yield str(whole), f"{shared.whole.statistic} from {lowest} to {highest}", "centre"


def _values(shared: Shared) -> list[Printed]:
    return [part.value for part in shared.parts if part.value is not None]


def _ends(shared: Shared) -> Iterator[Trouble]:
    """The smallest and largest of all are those of some part."""
    everyone = (shared.whole, *shared.parts)
    if any(figure.interval_type != "range" for figure in everyone):
        return
    for name, end, pick in (("smallest", _lower, min), ("largest", _upper, max)):
        whole, parts = end(shared.whole), [end(part) for part in shared.parts]
        known = [part for part in parts if part is not None]
        if whole is None or len(known) < len(parts):
            continue
        outermost = pick(known, key=float)
        if whole.high < outermost.low or whole.low > outermost.high:
            yield f"{name} {whole}", f"{name} {outermost}", name


def _lower(figure: Figure) -> Printed | None:
    return figure.lower


def _upper(figure: Figure) -> Printed | None:
    return figure.upper


def _finding(study: StudyFigures, shared: Shared, troubles: list[Trouble]) -> Finding:
    named = " and ".join(label(part.group, study.groups) for part in shared.parts)
    printed = ", ".join(trouble[0] for trouble in troubles)
    possible = ", ".join(trouble[1] for trouble in troubles)
    about = opening(shared.whole, study.groups)
    return Finding(
        rule=POOLED,
        severity=Severity.contradiction,
        study=study.study,
        figures=(shared.whole, *shared.parts),
        reported=printed,
        recomputed=possible,
        method="a median of all lies between those of the parts, a mean is the weighted mean, the "
        "smallest and largest of all are those of some part; each number ± half a unit of its last "
        "digit",
        explanation=f"{about}: {printed} is printed for all, but {named} make {possible}. "
        "Unless people are missing in one of them, a number is wrong.",
        conclusion=Conclusion.open,
    )


POOLED = "summary-of-groups"

SUMMARY_OF_GROUPS = Rule(
    id=POOLED,
    title="Summaries of all from those of the parts",
    definition="Where groups are the whole of their parent group together, the median of a "
    "characteristic of all lies between those of the groups, its mean is their weighted mean, and "
    "its smallest and largest values are those of a group; each number may be half a unit of its "
    "last digit off.",
    check=check_pooled,
)
