"""Which one of ratio, lower and upper bound is wrong, if the p-value goes with the other two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ...statistics.intervals import quantile
from ...statistics.printed import Printed
from ...statistics.ratios import z_to_p
from .boxes import Box, rounded


@dataclass(frozen=True, slots=True)
class Suspect:
    """A number that may be wrong: its name, what it would have to be, and the p of the others."""

    name: str
    instead: float
    p: Box


def suspects(ratio: Printed, lower: Printed, upper: Printed, level: float) -> Iterator[Suspect]:
    """The ratio and either bound, each as the others on the log scale would have it."""
    value, below, above = float(ratio), float(lower), float(upper)
    z = quantile(level)
    yield Suspect("ratio", math.sqrt(below * above), _whole(rounded(lower), rounded(upper), z))
    if value < above:
        yield Suspect("lower bound", value**2 / above, _half(rounded(ratio), rounded(upper), z))
    if below < value:
        yield Suspect("upper bound", value**2 / below, _half(rounded(ratio), rounded(lower), z))


def _half(ratio: Box, bound: Box, z: float) -> Box:
    """p of the ratio if this bound is right."""
    corners = [_p(z, r, abs(math.log(r / b))) for r, b in product(ratio, bound) if r > 0 < b]
    return _over(corners, straddles=ratio[0] <= 1 <= ratio[1])


def _whole(lower: Box, upper: Box, z: float) -> Box:
    """p if both bounds are right and the ratio is in their middle."""
    corners = [
        _p(z, math.sqrt(b * a), math.log(a / b) / 2)
        for b, a in product(lower, upper)
        if b > 0 and a > b
    ]
    straddles = lower[0] * upper[0] <= 1 <= lower[1] * upper[1]
    return _over(corners, straddles=straddles)


def _p(z: float, ratio: float, half_width: float) -> float:
    return z_to_p(z * math.log(ratio) / half_width) if half_width else 0.0


def _over(corners: list[float], *, straddles: bool) -> Box:
    if not corners:
        return 0.0, 1.0
    return min(corners), 1.0 if straddles else max(corners)
