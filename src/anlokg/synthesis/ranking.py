"""Figures in their order, where nothing is pooled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .taken import Input


def ranked(inputs: Iterable[Input]) -> tuple[Input, ...]:
    """The inputs, the highest share first; equal shares have the same rank, as in 1, 2, 2, 4."""
    ordered = sorted(inputs, key=_order)
    made: list[Input] = []
    for place, one in enumerate(ordered, 1):
        same = made and made[-1].estimate == one.estimate
        made.append(replace(one, rank=made[-1].rank if same else place))
    return tuple(made)


def _order(one: Input) -> tuple[float, int, str]:
    return -one.estimate, -(one.pick.figure.denominator or 0), one.label
