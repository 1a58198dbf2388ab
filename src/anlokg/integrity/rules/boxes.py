"""What a printed number may have been: rounded, or with the further digits cut off."""

from __future__ import annotations

import math

from ...statistics.printed import Printed

Box = tuple[float, float]


def rounded(printed: Printed) -> Box:
    """Smallest and largest value above 0 that rounds to this."""
    return max(printed.low, 0.0), printed.high


def cut(printed: Printed) -> Box:
    """Smallest and largest value that is this after its further digits were cut off."""
    return float(printed), float(printed.value + printed.ulp)


def middle(lower: Box, upper: Box) -> Box:
    """Smallest and largest geometric mean of two bounds."""
    return math.sqrt(lower[0] * upper[0]), math.sqrt(lower[1] * upper[1])


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes have a value in common."""
    return one[0] <= other[1] and other[0] <= one[1]
