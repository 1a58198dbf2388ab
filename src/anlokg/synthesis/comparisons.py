"""Printed ratios and differences: which are taken in, each comparison of a study once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from .inputs import Candidate
from .picks import LeftOut, Pick, unfit
from .request import Measure, Request
from .shares import MEDIAN

STATISTICS = {
    Measure.hazard_ratio: "hazard-ratio",
    Measure.risk_ratio: "risk-ratio",
    Measure.mean_difference: "difference",
}
PREFERRED = ("multivariable", "univariate", "unadjusted", "not-stated", "")
"""Adjustments, the one first that is taken where several are printed."""


def choose(request: Request, candidates: Sequence[Candidate]) -> tuple[list[Pick], list[LeftOut]]:
    """The comparisons of a request, and what is left out of those found."""
    left: list[LeftOut] = []
    fit: list[Candidate] = []
    for candidate in candidates:
        reason = unfit(request, candidate) or _unfit(request, candidate)
        if reason:
            left.append(LeftOut(candidate, reason))
        else:
            fit.append(candidate)
    best, others = _adjusted(fit)
    return [Pick(candidate) for candidate in best], left + others


def _unfit(request: Request, candidate: Candidate) -> str:
    wanted = STATISTICS[request.measure]
    if candidate.statistic != wanted:
        other = candidate.statistic.replace("-", " ")
        return MEDIAN if candidate.statistic == "median" else f"{other} is no {_words(wanted)}"
    if candidate.direction != "stated" or not (candidate.experimental or candidate.reference):
        return "the document does not say which side is compared with which"
    if candidate.value is None or candidate.interval is None:
        return "printed without a confidence interval, so that it has no variance"
    if request.adjustment and candidate.adjustment != request.adjustment:
        return f"another adjustment: {candidate.adjustment or 'not stated'}"
    return _wrong_side(request, candidate)


def _wrong_side(request: Request, candidate: Candidate) -> str:
    """Whether the drug stands on the side that is the numerator, and only there."""
    drugs = {drug.iri for drug in request.drugs}
    if not drugs or request.factor is not None:
        return ""
    if not drugs & candidate.drugs:
        return "the drug is on the reference side"
    if drugs & candidate.reference_drugs:
        return "both sides receive the drug; ask for any drug (drug any) to compare them"
    return ""


def _adjusted(candidates: Iterable[Candidate]) -> tuple[list[Candidate], list[LeftOut]]:
    """Of the same comparison in several adjustments the most adjusted one."""
    same: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for one in candidates:
        sides = (one.experimental_iri, one.reference_iri)
        same[one.study_iri, one.group_iri, *sides, one.outcome, one.timepoint].append(one)
    kept, left = [], []
    for some in same.values():
        best, *others = sorted(some, key=_rank)
        kept.append(best)
        told = f"the {best.adjustment or 'other'} estimate of the same comparison is used"
        left += [LeftOut(other, told) for other in others]
    return kept, left


def _rank(candidate: Candidate) -> tuple[int, str]:
    places = {name: place for place, name in enumerate(PREFERRED)}
    return places.get(candidate.adjustment, len(places)), candidate.result


def one_source(picks: Sequence[Pick]) -> tuple[list[Pick], list[LeftOut]]:
    """Where counts of two arms give a ratio of a study, a printed one of it is not needed."""
    counted = {pick.figure.study_iri for pick in picks if pick.reference is not None}
    kept, left = [], []
    for pick in picks:
        if pick.reference is None and pick.figure.experimental and pick.figure.study_iri in counted:
            left.append(LeftOut(pick.figure, "worked out from the counts of both arms instead"))
        else:
            kept.append(pick)
    return kept, left


def _words(statistic: str) -> str:
    return statistic.replace("-", " ")
