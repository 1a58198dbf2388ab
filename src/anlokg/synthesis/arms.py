"""Two arms of a study make one effect: the arm with the drug against the one without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from . import shares
from .inputs import Candidate
from .picks import LeftOut, Pick, unfit
from .request import Measure, Request

NO_ARM = "no other arm of the study, without the drug, has the figure"
SEVERAL = "several arms could be compared; name the experimental one (group)"


def choose(request: Request, candidates: Sequence[Candidate]) -> tuple[list[Pick], list[LeftOut]]:
    """Pairs of arms with counts, or with means and standard deviations, and what is left out."""
    usable, left = _usable(request, candidates)
    usable, repeated = shares.once(usable)
    left += repeated
    sides: dict[tuple[str, str, str], list[Pick]] = defaultdict(list)
    for pick in usable:
        figure = pick.figure
        sides[figure.study_iri, figure.variable, " ".join(sorted(figure.wholes))].append(pick)
    pairs: list[Pick] = []
    for some in sides.values():
        made, others = _paired(request, some)
        pairs += made
        left += others
    return pairs, left


def _usable(request: Request, candidates: Sequence[Candidate]) -> tuple[list[Pick], list[LeftOut]]:
    if request.measure is Measure.risk_ratio:
        return shares.counted(request, candidates)
    picks, left = [], []
    for candidate in candidates:
        reason = unfit(request, candidate) or _no_mean(candidate)
        if reason:
            left.append(LeftOut(candidate, reason))
        else:
            picks.append(Pick(candidate))
    return picks, left


def _no_mean(candidate: Candidate) -> str:
    if candidate.statistic == "median":
        return shares.MEDIAN
    if candidate.statistic != "mean":
        return f"{candidate.statistic.replace('-', ' ')} is no mean"
    if candidate.value is None or candidate.spread is None:
        return "the mean is printed without a standard deviation, so that it has no variance"
    if candidate.denominator is None and candidate.size is None:
        return "the number of patients behind the mean is not printed"
    return ""


def _paired(request: Request, picks: Sequence[Pick]) -> tuple[list[Pick], list[LeftOut]]:
    wanted = {drug.iri for drug in request.drugs}
    named = {group.iri for group in request.groups}
    having: list[Pick] = []
    lacking: list[Pick] = []
    for pick in picks:
        experimental = pick.figure.group_iri in named if named else wanted & pick.figure.drugs
        (having if experimental else lacking).append(pick)
    if not picks or not picks[0].figure.variable or not having or not lacking:
        return [], [LeftOut(pick.figure, NO_ARM) for pick in picks]
    if len(having) > 1 or len(lacking) > 1:
        return [], [LeftOut(pick.figure, SEVERAL) for pick in picks]
    (one,), (other,) = having, lacking
    return [Pick(one.figure, other.figure, one.count, one.derived or other.derived,
                 other.count)], []  # fmt: skip
