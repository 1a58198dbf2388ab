"""Confidence intervals of a proportion k/n, by the methods that papers use."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.special import betainccinv, betaincinv, ndtri

Interval = tuple[float, float]
MOST = 10**12
"""More than anybody counts, and where doubles still tell k from k + 1 well."""
SMALLEST_LEVEL = 1e-9
"""Below it the z of a level would soon be 0."""


def quantile(level: float) -> float:
    """The z of a two-sided level: 1.96 for 0.95; ``ValueError`` unless 0 < level < 1."""
    _check_level(level)
    return -float(ndtri((1 - level) / 2))


def exact(k: int, n: int, level: float = 0.95) -> Interval:
    """Clopper-Pearson: shares from 0 to 1 that hold ``level`` at least, whatever the truth."""
    _check(k, n, level)
    tail = (1 - level) / 2
    lower = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    upper = float(betainccinv(k + 1, n - k, tail)) if k < n else 1.0
    return lower, upper


def wilson(k: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval."""
    _check(k, n, level)
    z = quantile(level)
    middle = (k + z * z / 2) / (n + z * z)
    half = z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return _clipped(middle - half if k else 0.0, middle + half if k < n else 1.0)


def wilson_continuity(k: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval with continuity correction, as R's ``prop.test`` gives it."""
    _check(k, n, level)
    z, share = quantile(level), k / n
    base, width = 2 * k + z * z, 2 * (n + z * z)
    below = z * z - 2 - 1 / n + 4 * share * (n * (1 - share) + 1)
    above = z * z + 2 - 1 / n + 4 * share * (n * (1 - share) - 1)
    lower = (base - 1 - z * math.sqrt(max(0.0, below))) / width if k else 0.0
    upper = (base + 1 + z * math.sqrt(max(0.0, above))) / width if k < n else 1.0
    return _clipped(min(lower, share), max(upper, share))


def wald(k: int, n: int, level: float = 0.95) -> Interval:
    """The normal approximation, cut off at 0 and 1; no width where k is 0 or n."""
    _check(k, n, level)
    half = quantile(level) * _standard_error(k, n)
    return _clipped(k / n - half, k / n + half)


def wald_continuity(k: int, n: int, level: float = 0.95) -> Interval:
    """The normal approximation with continuity correction 1/(2n), cut off at 0 and 1."""
    _check(k, n, level)
    half = quantile(level) * _standard_error(k, n) + 1 / (2 * n)
    return _clipped(k / n - half, k / n + half)


def agresti_coull(k: int, n: int, level: float = 0.95) -> Interval:
    """The normal approximation around Wilson's middle, cut off at 0 and 1."""
    _check(k, n, level)
    z = quantile(level)
    total = n + z * z
    middle = (k + z * z / 2) / total
    half = z * math.sqrt(middle * (1 - middle) / total)
    return _clipped(middle - half, middle + half)


def jeffreys(k: int, n: int, level: float = 0.95) -> Interval:
    """Jeffreys' equal-tailed interval; from 0 if k is 0, up to 1 if k is n (Brown et al. 2001)."""
    _check(k, n, level)
    tail = (1 - level) / 2
    lower = float(betaincinv(k + 0.5, n - k + 0.5, tail)) if k else 0.0
    upper = float(betainccinv(k + 0.5, n - k + 0.5, tail)) if k < n else 1.0
    return lower, upper


METHODS: dict[str, Callable[[int, int, float], Interval]] = {
    "exact": exact,
    "wilson": wilson,
    "wald": wald,
    "agresti-coull": agresti_coull,
    "jeffreys": jeffreys,
    "wilson-continuity": wilson_continuity,
    "wald-continuity": wald_continuity,
}
"""Name to function, the most used first."""


def _check(k: int, n: int, level: float) -> None:
    if not 0 < n <= MOST:
        raise ValueError(f"n must be a count from 1 to {MOST}; it is {n}")
    if not 0 <= k <= n:
        raise ValueError(f"k must be a count from 0 to n = {n}; it is {k}")
    _check_level(level)


def _check_level(level: float) -> None:
    if not SMALLEST_LEVEL <= level < 1:
        raise ValueError(f"the level must lie between 0 and 1, as 0.95 does; it is {level}")


def _standard_error(k: int, n: int) -> float:
    return math.sqrt(k * (n - k) / n) / n


def _clipped(lower: float, upper: float) -> Interval:
    return max(0.0, lower), min(1.0, upper)
