"""Ratios with intervals (hazard, risk, odds): on the log scale, where they are normal."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

from .intervals import quantile
from .printed import Printed


def z_to_p(z: float) -> float:
    """Two-sided p of a standard normal z; 0.0 where it is too small for a double."""
    if not math.isfinite(z):
        raise ValueError(f"z must be a finite number; it is {z}")
    return 2 * float(ndtr(-abs(z)))


def p_to_z(p: float) -> float:
    """The z, 0 or above, whose two-sided p is this; ``ValueError`` unless 0 < p <= 1."""
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1; it is {p}")
    return abs(float(ndtri(p / 2)))


def log_standard_error(lower: float, upper: float, level: float = 0.95) -> float:
    """Standard error of the log of a ratio from its interval; above 0."""
    z = quantile(level)
    _check_positive(lower=lower, upper=upper)
    width = math.log(upper) - math.log(lower)
    if width <= 0:
        raise ValueError(f"the lower bound {lower} must be below the upper bound {upper}")
    return width / (2 * z)


def wald_p(ratio: float, lower: float, upper: float, level: float = 0.95) -> float:
    """Two-sided Wald p of a ratio from its interval, against a ratio of 1."""
    error = log_standard_error(lower, upper, level)
    _check_positive(ratio=ratio)
    return _p(abs(math.log(ratio)), error)


def box_se(lower: Printed, upper: Printed, level: float = 0.95) -> tuple[float, float]:
    """Smallest and largest standard error of the log ratio that rounding leaves open.

    The smallest is 0 if the bounds may be equal; ``ValueError`` if the lower one may be 0, as
    there is no largest then.
    """
    smallest, largest = _errors(lower, upper, level)
    if largest is None:
        raise ValueError(
            f"the lower bound {lower} may be 0 before rounding: its log has no smallest value"
        )
    return smallest, largest


def box_p(
    ratio: Printed, lower: Printed, upper: Printed, level: float = 0.95
) -> tuple[float, float]:
    """Smallest and largest two-sided Wald p over all values that round to what is printed.

    ``ValueError`` if a number is negative, a ratio or upper bound 0, or the bounds reversed.
    """
    smallest, largest = _errors(lower, upper, level)
    if ratio.high <= 0 or float(ratio) < 0:
        raise ValueError(f"the ratio must be above 0; it is {ratio}")
    near, far = _distances(ratio)
    low = 0.0 if far is None else _p(far, smallest)
    high = 1.0 if largest is None else _p(near, largest)
    return low, high


def _errors(lower: Printed, upper: Printed, level: float) -> tuple[float, float | None]:
    """Smallest and largest standard error; ``None`` if the largest is beyond all numbers."""
    z = quantile(level)
    if float(lower) < 0 or float(upper) <= 0:
        raise ValueError(f"bounds of a ratio must be above 0; they are {lower} and {upper}")
    if float(lower) > float(upper):
        raise ValueError(f"the lower bound {lower} is above the upper bound {upper}")
    if upper.low > lower.high > 0:
        smallest = (math.log(upper.low) - math.log(lower.high)) / (2 * z)
    else:
        smallest = 0.0
    if lower.low <= 0:
        return smallest, None
    return smallest, (math.log(upper.high) - math.log(lower.low)) / (2 * z)


def _distances(ratio: Printed) -> tuple[float, float | None]:
    """How near to 1 and how far from it the ratio may be, in logs; ``None``: without end."""
    above = math.log(ratio.high)
    if ratio.low <= 0:
        return (0.0 if above >= 0 else -above), None
    below = math.log(ratio.low)
    near = 0.0 if below <= 0 <= above else min(abs(below), abs(above))
    return near, max(abs(below), abs(above))


def _p(distance: float, error: float) -> float:
    if distance == 0:
        return 1.0
    z = distance / error if error else math.inf
    return z_to_p(z) if math.isfinite(z) else 0.0


def _check_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (number > 0 and math.isfinite(number)):
            raise ValueError(f"{name} must be a number above 0, as a ratio is; it is {number}")
