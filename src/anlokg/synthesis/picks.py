"""Figures that are taken in, and figures that are left out with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from .inputs import Candidate
from .request import Request

HIGH = 4
"""A band of grades up to here or higher leaves out deaths at most."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A figure that is taken in, with that of its reference arm where two arms make an effect."""

    figure: Candidate
    reference: Candidate | None = None
    count: int | None = None
    derived: bool = False
    reference_count: int | None = None

    @property
    def figures(self) -> tuple[Candidate, ...]:
        """The figures behind it."""
        return (self.figure,) if self.reference is None else (self.figure, self.reference)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure that is not taken in, and why."""

    figure: Candidate
    reason: str


def unfit(request: Request, candidate: Candidate) -> str:
    """Why a figure of any kind is not used; empty if it may be."""
    named = {thing.iri for thing in (*request.studies, *request.groups)}
    sides = (candidate.study_iri, candidate.group_iri, candidate.experimental_iri)
    if candidate.is_cited and not named.intersection(sides):
        return "quoted from another study; name that study, or the group, to use it"
    if request.category and candidate.category != request.category:
        return f"another kind: {candidate.category or 'none'}"
    if candidate.category and not request.category:
        return f"one kind only: {candidate.category}; ask for it by category"
    if candidate.qualifier:
        return f"not an exact figure: printed as {candidate.qualifier.replace('-', ' ')}"
    top = candidate.grade_max
    if top is not None and top < max(HIGH, request.grade):
        return f"the band of grades {candidate.grade_min} to {top} is not open upwards"
    return ""
