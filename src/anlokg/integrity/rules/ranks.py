"""p-values of the exact signed-rank test of few pairs, which are few themselves."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from ...statistics.printed import Printed
from ...statistics.ranks import nearest
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .counts import Counts
from .naming import opening, plain

SIGNED_RANK = re.compile(r"signed[- ]rank", re.I)
# For more pairs the possible p-values are closer to each other than printed digits tell.
MOST_PAIRS = 10
ALPHA = 0.05
# So many other figures of the table on the grid show that the exact test was used.
ENOUGH = 3

Item = tuple[str, str, str]


def check_grid(study: StudyFigures) -> Iterator[Finding]:
    """p-values of a signed-rank test that the exact test of so few pairs cannot give."""
    stated = _stated(study)
    counts: Counts | None = None
    on_grid: Counter[Item] = Counter()
    off_grid: list[tuple[Figure, int]] = []
    for figure in study.of("measurements"):
        if figure.p is None or figure.p_operator != "=" or figure.qualifier or figure.cited_study:
            continue
        if not (SIGNED_RANK.search(figure.test) or (stated and not figure.test)):
            continue
        counts = counts or Counts.of(study.figures)
        pairs = counts.for_figure(figure).denominator
        if pairs is None or not 1 <= pairs <= MOST_PAIRS or not 0 < figure.p.value <= 1:
            continue
        if _possible(figure.p, pairs):
            on_grid[_item(figure)] += 1
        else:
            off_grid.append((figure, pairs))
    for figure, pairs in off_grid:
        yield _finding(study, figure, pairs, exact=on_grid[_item(figure)] >= ENOUGH)


def _stated(study: StudyFigures) -> bool:
    """Whether the study says that it used the test."""
    facts = (fact.text for fact in study.of("facts") if fact.attribute == "statistical-method")
    return any(SIGNED_RANK.search(text) for text in facts)


def _item(figure: Figure) -> Item:
    return figure.place.document, figure.place.section, figure.place.item


def _possible(p: Printed, pairs: int) -> bool:
    """Whether some even number of the 2^n choices of signs gives p; ties and zeros included.

    Each choice and its mirror image are as extreme, so their number is even whatever the ranks.
    """
    half: int = 2 ** (pairs - 1)
    lowest, highest = math.ceil(p.low * half - 1e-9), math.floor(p.high * half + 1e-9)
    return max(1, lowest) <= min(half, highest)


def _finding(study: StudyFigures, figure: Figure, pairs: int, *, exact: bool) -> Finding:
    assert figure.p is not None
    number = float(figure.p.value)
    below, above = nearest(number, pairs)
    digits = max(4, figure.p.decimals)
    around = " and ".join(dict.fromkeys(plain(p, digits) for p in (below, above)))
    scaled = plain(number * 2**pairs, 2)
    severity = Severity.method_mismatch if exact else Severity.information
    cause = (
        "The other p-values of the table are of the exact test, so this one seems wrong."
        if exact
        else "An approximation for large samples was used, or the number of pairs is another."
    )
    same = (below < ALPHA) is (above < ALPHA) is (number < ALPHA)
    return Finding(
        rule=GRID,
        severity=severity,
        study=study.study,
        figures=(figure,),
        reported=f"p = {figure.p} for {pairs} pairs",
        recomputed=f"p·2^{pairs} = {scaled}, not an even whole number; nearest {around}",
        method=f"exact two-sided signed-rank test: p is an even number out of 2^{pairs} = "
        f"{2**pairs} choices of signs",
        explanation=f"{opening(figure, study.groups)}: with {pairs} pairs the exact test cannot "
        f"give p = {figure.p}; the nearest possible are {around}. {cause}",
        conclusion=Conclusion.survives if same else Conclusion.open,
    )


GRID = "signed-rank-grid"

SIGNED_RANK_GRID = Rule(
    id=GRID,
    title="Possible p-values of the signed-rank test",
    definition=f"With n pairs, n at most {MOST_PAIRS}, a two-sided exact signed-rank p-value is an "
    "even whole number over 2^n, with ties and zeros too. Another p comes from an approximation, "
    f"which is worth knowing; where {ENOUGH} others of the table are exact, it is a mismatch.",
    check=check_grid,
)
