"""Whether two figures may be of the same patients."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from .inputs import Candidate
from .picks import Pick

APART = ("arm", "cohort")
"""Kinds of groups into which a study divides its patients."""
ORDERED = ("<", "<=", ">", ">=")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def of_picks(one: Pick, other: Pick) -> str:
    """Why two effects may have patients in common; empty if they have none."""
    for first in one.figures:
        for second in other.figures:
            if reason := overlap(first, second):
                return reason
    return ""


def pairs(picks: Sequence[Pick]) -> Iterator[tuple[Pick, Pick, str]]:
    """Effects that may share patients, with the reason; only those that have something in common.

    Linear in the effects, but for those of one study or one trial.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, pick in enumerate(picks):
        for mark in {mark for figure in pick.figures for mark in _marks(figure)}:
            places[mark].append(place)
    near = {pair for some in places.values() for pair in combinations(some, 2)}
    for one, other in sorted(near):
        if reason := of_picks(picks[one], picks[other]):
            yield picks[one], picks[other], reason


def _marks(figure: Candidate) -> Iterator[str]:
    yield from filter(None, (figure.study_iri, figure.parent_study, figure.registration))
    yield from filter(None, (figure.group_iri, *figure.wholes))


def overlap(one: Candidate, other: Candidate) -> str:
    """Why two figures may be of the same patients; empty if they are of different ones."""
    if one.study_iri != other.study_iri:
        return _of_studies(one, other)
    if one.outcome != other.outcome:
        return ""  # that they are not of one outcome is a reason of its own
    if one.experimental or other.experimental:
        return "are two comparisons within one study, which share patients"
    if one.group_iri == other.group_iri:
        return "are figures of the same group"
    if one.group_iri in other.wholes or other.group_iri in one.wholes:
        return "are a group and a part of it"
    if not disjoint(one, other):
        return "are groups of one study that may have patients in common"
    return ""


def _of_studies(one: Candidate, other: Candidate) -> str:
    if one.registration and one.registration == other.registration:
        return f"are of the same registered trial, {one.registration}"
    if one.parent_study and one.parent_study == other.parent_study:
        return "are later analyses of the same study"
    if one.study_iri == other.parent_study or other.study_iri == one.parent_study:
        return "are a study and a later analysis of it"
    if one.group_iri and (one.group_iri in other.wholes or other.group_iri in one.wholes):
        return "are a group and a part of it"
    return ""


def disjoint(one: Candidate, other: Candidate) -> bool:
    """Whether two groups of a study are known to have no patient in common.

    They are where they are parts of the same whole: two arms or cohorts, or two levels of one
    characteristic that exclude each other.
    """
    if one.wholes != other.wholes:
        return False
    if one.group_type in APART and other.group_type in APART:
        return True
    if not one.variable or one.variable != other.variable:
        return False
    if one.operator in ORDERED or other.operator in ORDERED:
        return _apart(_range(one), _range(other))
    return one.group_level != other.group_level


Range = tuple[float, float, bool, bool]
"""Lowest and highest value, and whether each of the two belongs to it."""


def _range(group: Candidate) -> Range | None:
    numbers = [float(text) for text in NUMBER.findall(group.group_level)]
    if not numbers:
        return None
    if group.operator.startswith(">"):
        return max(numbers), math.inf, group.operator == ">=", False
    if group.operator.startswith("<"):
        return -math.inf, min(numbers), False, group.operator == "<="
    return min(numbers), max(numbers), True, True


def _apart(one: Range | None, other: Range | None) -> bool:
    if one is None or other is None:
        return False
    low, high = sorted((one, other))
    return low[1] < high[0] or (low[1] == high[0] and not (low[3] and high[2]))
