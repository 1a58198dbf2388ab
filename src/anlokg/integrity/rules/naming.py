"""How rules name a figure and print a number: the same words in every finding."""

from __future__ import annotations

from collections.abc import Mapping

from ..figure import Figure, Group
from .sides import called, sentence, spelled

__all__ = ["added", "label", "opening", "place", "plain", "share", "spelled"]

GRADES = (1, 5)
EVERYBODY = "study-population"


def subject(figure: Figure, groups: Mapping[str, Group]) -> str:
    """What a figure is about, such as "grade 3–5 fatigue in Cohort 1"."""
    parts = [_bands(figure), _thing(figure), _when(figure)]
    named = " ".join(part for part in parts if part)
    group = groups.get(figure.group)
    where = "" if group and group.type == EVERYBODY else label(figure.group, groups)
    return f"{named} in {where}" if where else named


def opening(figure: Figure, groups: Mapping[str, Group]) -> str:
    """The same, at the start of a sentence."""
    return sentence(subject(figure, groups))


def place(figure: Figure) -> str:
    """The table or section where a figure stands, in brackets; "" if that is not known."""
    where = figure.place.item if figure.place.item not in ("", "text") else figure.place.section
    return f"({where})" if where else ""


def label(group: str, groups: Mapping[str, Group]) -> str:
    """The label of a group, or its key as words; "" for no group."""
    return called(group, groups) if group else ""


def plain(value: float, decimals: int = 2) -> str:
    """A number with so many decimals, and never "-0.00"."""
    shown = f"{value:.{decimals}f}"
    return shown.lstrip("-") if not shown.strip("-0.") else shown


def share(count: int, denominator: int, decimals: int = 2) -> str:
    """Percent and fraction, such as "64.71 % of 44/68"."""
    return f"{plain(100 * count / denominator, decimals)} % of {count}/{denominator}"


def added(counts: list[int]) -> str:
    """A sum as it is written, such as "8 + 9 = 17"; a single number as it is."""
    terms = " + ".join(map(str, counts))
    return f"{terms} = {sum(counts)}" if len(counts) > 1 else terms


def signed(number: object) -> str:
    """A number with a minus sign that is no hyphen."""
    return str(number).replace("-", "−")


def level_of(level: float) -> str:
    """A level as percent, such as "95 %"."""
    return f"{100 * level:g} %"


def _thing(figure: Figure) -> str:
    named = spelled(figure.endpoint) or "the figure"
    detail = figure.category or figure.biomarker
    return f"{named} “{detail}”" if detail else named


def _bands(figure: Figure) -> str:
    low, high = figure.grade_min, figure.grade_max
    if low is None or high is None:
        return ""
    if (low, high) == GRADES:
        return "any-grade"
    return f"grade {low}" if low == high else f"grade {low}–{high}"


def _when(figure: Figure) -> str:
    return f"at {figure.timepoint}" if figure.timepoint else ""
