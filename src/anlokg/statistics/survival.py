"""Survival at a time when nobody was censored: the narrowest interval that n people allow."""

from __future__ import annotations

import math
from collections.abc import Callable

from .intervals import Interval, quantile


def plain(survival: float, n: int, level: float = 0.95) -> Interval:
    """Greenwood's interval, cut off at 0 and 1."""
    half = quantile(level) * math.sqrt(_variance(survival, n)) * survival
    return max(0.0, survival - half), min(1.0, survival + half)


def log(survival: float, n: int, level: float = 0.95) -> Interval:
    """Greenwood's interval on the scale of the logarithm, cut off at 1."""
    half = quantile(level) * math.sqrt(_variance(survival, n))
    return survival * math.exp(-half), min(1.0, survival * math.exp(half))


def log_log(survival: float, n: int, level: float = 0.95) -> Interval:
    """Greenwood's interval on the scale of log(−log), which SAS and Stata print."""
    half = quantile(level) * math.sqrt(_variance(survival, n)) / -math.log(survival)
    return survival ** math.exp(half), survival ** math.exp(-half)


def logit(survival: float, n: int, level: float = 0.95) -> Interval:
    """Greenwood's interval on the scale of the log of the odds."""
    half = quantile(level) * math.sqrt(_variance(survival, n)) / (1 - survival)
    odds = math.log(survival / (1 - survival))
    return 1 / (1 + math.exp(half - odds)), 1 / (1 + math.exp(-half - odds))


METHODS: dict[str, Callable[[float, int, float], Interval]] = {
    "log-log": log_log,
    "plain": plain,
    "log": log,
    "logit": logit,
}
"""Name to function. A curve with censored people has a wider interval by each of them."""


def _variance(survival: float, n: int) -> float:
    """Greenwood's variance of log S without censoring.

    Censoring takes people out of the numbers at risk, and so makes it larger for the same S.
    """
    if not 0 < survival < 1:
        raise ValueError(f"the survival must lie between 0 and 1; it is {survival}")
    if n <= 0:
        raise ValueError(f"n must be a count from 1; it is {n}")
    return (1 - survival) / (n * survival)
