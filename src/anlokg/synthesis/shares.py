"""Counts over denominators: which groups are taken in, each patient once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .inputs import Candidate, counts_of
from .picks import LeftOut, Pick, unfit
from .refusal import SynthesisRefused
from .request import Request

SHARES = ("proportion", "incidence", "count")
MEDIAN = (
    "a median has no variance that can be used: its interval is not symmetric on any scale, and"
    " nothing says how the times are distributed. Ask for a hazard ratio, or for a rate"
)
NOT_COUNTED = {
    "median": MEDIAN,
    "mean": "a mean of one group is no share. Ask for a mean difference",
    "rate-at-time": "a Kaplan-Meier rate is no count over a denominator: patients who were not"
    " followed that long count in part",
}


def choose(request: Request, candidates: Sequence[Candidate]) -> tuple[list[Pick], list[LeftOut]]:
    """Counts over denominators of single groups, and what is left out of them."""
    picks, left = counted(request, candidates)
    picks, repeated = once(picks)
    left += repeated
    if request.rank or request.groups:
        return picks, left
    picks, parts = widest(picks)
    return picks, left + parts


def counted(request: Request, candidates: Sequence[Candidate]) -> tuple[list[Pick], list[LeftOut]]:
    """Figures with their counts, and what has none or is something else."""
    left: list[LeftOut] = []
    picks: list[Pick] = []
    for candidate in candidates:
        reason = unfit(request, candidate) or _no_share(request, candidate)
        pick = None if reason else _counted(candidate)
        if pick is None:
            left.append(LeftOut(candidate, reason or _uncounted(candidate)))
        else:
            picks.append(pick)
    return picks, left


def _no_share(request: Request, candidate: Candidate) -> str:
    if request.events and candidate.statistic == "count":
        return "events are counted, not patients"
    if candidate.statistic in SHARES:
        return ""
    other = f"{candidate.statistic.replace('-', ' ')} is no share"
    return NOT_COUNTED.get(candidate.statistic, other)


def _counted(candidate: Candidate) -> Pick | None:
    """The figure with its count; ``None`` where it cannot be told.

    Raises ``SynthesisRefused`` for a count or denominator that is not possible.
    """
    size, count = candidate.denominator, candidate.count
    if size is not None and (size <= 0 or (count is not None and not 0 <= count <= size)):
        told = f"{'?' if count is None else count} of {size}"
        raise SynthesisRefused(
            f"{candidate.label}: {told} is not possible ({candidate.locator})."
            " Correct the figure, or leave the study out"
        )
    if size is None:
        return None
    if count is not None:
        return Pick(candidate, count=count)
    fitting = counts_of(candidate)
    return Pick(candidate, count=fitting[0], derived=True) if len(fitting) == 1 else None


def _uncounted(candidate: Candidate) -> str:
    if candidate.denominator is None:
        return "no denominator is printed, so that the figure has no variance"
    if candidate.percent is None:
        return "neither count nor percentage is printed"
    fitting = counts_of(candidate)
    if not fitting:
        return f"no count of {candidate.denominator} gives the printed percentage"
    return f"several counts of {candidate.denominator} give the printed percentage"


def once(picks: Iterable[Pick]) -> tuple[list[Pick], list[LeftOut]]:
    """Each group and outcome once, and what that leaves out."""
    best: dict[tuple[str, str], Pick] = {}
    left = []
    for pick in picks:
        key = (pick.figure.group_iri, pick.figure.outcome)
        kept = best.get(key)
        first, second = sorted((kept, pick), key=_worth) if kept else (pick, None)
        best[key] = first
        if second is not None:
            reason = f"another figure of the same group is used: {first.figure.reported}"
            left.append(LeftOut(second.figure, reason))
    return list(best.values()), left


def _worth(pick: Pick) -> tuple[int, bool, str]:
    return -(pick.figure.grade_max or 0), pick.derived, pick.figure.result


def widest(picks: Sequence[Pick]) -> tuple[list[Pick], list[LeftOut]]:
    """The groups that are part of no other group that counts."""
    outcomes = {(pick.figure.group_iri, pick.figure.outcome): pick for pick in picks}
    kept, left = [], []
    for pick in picks:
        wholes = (outcomes.get((iri, pick.figure.outcome)) for iri in sorted(pick.figure.wholes))
        whole = next((other for other in wholes if other is not None), None)
        if whole is None:
            kept.append(pick)
        else:
            left.append(LeftOut(pick.figure, f"part of a group that counts: {whole.figure.group}"))
    return kept, left
