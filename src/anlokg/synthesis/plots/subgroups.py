"""The subgroup plot: a square for each subgroup, a diamond for all, and the test between them."""

from __future__ import annotations

from collections.abc import Sequence

from ..models import Pooled
from ..subgroups import Subgroups
from .data import ForestData, ForestRow, Measure, Section, Summary
from .words import difference, heterogeneity, model_name


def subgroup_plot(
    found: Subgroups,
    measure: Measure,
    title: str = "",
    first_column: str = "Subgroup",
    notes: Sequence[str] = (),
) -> ForestData:
    """What ``forest`` draws for a comparison of subgroups; squares are as large as their weight.

    The weight of a subgroup is the inverse of its variance, as a share of all subgroups.
    """
    inverse = [1 / pooled.error**2 for _, pooled in found.groups]
    rows = tuple(
        _row(label, pooled, 100 * share / sum(inverse))
        for (label, pooled), share in zip(found.groups, inverse, strict=True)
    )
    lines = (heterogeneity(found.overall), difference(found))
    whole = Summary(
        f"All: {model_name(found.overall)}",
        found.overall.natural,
        100.0,
        (str(found.overall.k),),
        tuple(line for line in lines if line),
    )
    return ForestData(
        title,
        measure,
        (Section("", rows),),
        (whole,),
        ("Studies",),
        (*notes, *found.notes),
        found.overall.level,
        first_column,
    )


def _row(label: str, pooled: Pooled, weight: float) -> ForestRow:
    natural = pooled.natural
    return ForestRow(
        label, natural.estimate, natural.lower, natural.upper, weight, (str(pooled.k),)
    )
