"""Which figures are taken in: the widest groups that do not overlap, each once.

The rule, in this order. Left out are figures quoted from other studies (unless study or group is
named), figures of another kind, figures without variance, and bands of grades that are not open
upwards. Of several figures of a group the one counts that covers most grades, prints its count, and
stands first. Of the groups of a study those count that are part of no other group that counts.
Groups that are named are taken as they are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import arms, comparisons, shares
from .inputs import Candidate
from .picks import LeftOut, Pick
from .plan import COMPARISONS
from .refusal import SynthesisRefused
from .request import Measure, Request


@dataclass(frozen=True, slots=True)
class Selection:
    """What is taken in, and what is left out."""

    picks: tuple[Pick, ...]
    left_out: tuple[LeftOut, ...]


def choose(request: Request, found: Iterable[tuple[str, Sequence[Candidate]]]) -> Selection:
    """The figures of a request among those found, by the name of the query that found them.

    Raises ``SynthesisRefused`` where nothing is left, or a figure is not possible.
    """
    picks: list[Pick] = []
    left: list[LeftOut] = []
    for name, candidates in found:
        some, others = _of_query(request, name, candidates)
        picks += some
        left += others
    if len({pick.figure.study_iri for pick in picks}) < len(picks):
        picks, more = comparisons.one_source(picks)
        left += more
    if not picks:
        raise SynthesisRefused(nothing(request, left))
    return Selection(tuple(sorted(picks, key=_order)), tuple(left))


def _order(pick: Pick) -> tuple[str, str, str]:
    return pick.figure.study, pick.figure.group, pick.figure.result


def _of_query(
    request: Request, name: str, candidates: Sequence[Candidate]
) -> tuple[list[Pick], list[LeftOut]]:
    if name == COMPARISONS:
        return comparisons.choose(request, candidates)
    if request.measure is not Measure.proportion:
        return arms.choose(request, candidates)
    return shares.choose(request, candidates)


def nothing(request: Request, left: Sequence[LeftOut]) -> str:
    """Why there is nothing to bring together, and what to do."""
    if not left:
        return (
            f"no figure fits: {request.title}. Ask for fewer things at once,"
            f" or for any drug (drug any)"
        )
    counts: dict[str, int] = {}
    for one in left:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    told = "; ".join(f"{reason} ({n})" for reason, n in sorted(counts.items(), key=_common))
    return f"nothing can be pooled of {request.title}: {told}"


def _common(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
