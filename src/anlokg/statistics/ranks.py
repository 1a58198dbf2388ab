"""The exact signed-rank test of Wilcoxon: which two-sided p-values n pairs can give at all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache

MOST = 100
"""Pairs; for more, programs use the normal approximation, whose p-values are no grid."""


@lru_cache(maxsize=MOST)
def attainable(n: int) -> tuple[float, ...]:
    """All two-sided p-values of ``n`` differences without ties and zeros, smallest first."""
    if not 1 <= n <= MOST:
        raise ValueError(f"n must be a count of pairs from 1 to {MOST}; it is {n}")
    ways, whole, seen, found = _ways(n), 2**n, 0, []
    for count in ways[: len(ways) // 2 + 1]:
        seen += count
        found.append(min(1.0, 2 * seen / whole))
    return tuple(dict.fromkeys(found))


def nearest(p: float, n: int) -> tuple[float, float]:
    """The attainable p-values next to ``p``: the largest not above it, the smallest not below.

    Beyond the smallest both are the smallest; a ``p`` that is attainable is both itself.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie between 0 and 1; it is {p}")
    values = attainable(n)
    below = values[max(0, bisect_right(values, p) - 1)]
    above = values[min(len(values) - 1, bisect_left(values, p))]
    return below, above


def _ways(n: int) -> list[int]:
    """In how many of the 2^n choices of signs the positive ranks sum to 0, 1, 2 …"""
    ways = [1]
    for rank in range(1, n + 1):
        longer = ways + [0] * rank
        for total, count in enumerate(ways):
            longer[total + rank] += count
        ways = longer
    return ways
