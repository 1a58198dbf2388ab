"""Tests of a 2x2 table: rows a b and c d, as two arms by event and no event. All give p-values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln, xlogy

MOST = 1_000_000
"""Observations in a table; above that the log factorials are no longer sharp enough."""
TIE = 1e-7
"""Tables whose probabilities differ by less, relatively, count as equally likely, as in R."""


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact test, two-sided: all tables no more likely than this one."""
    shares, observed = _distribution(a, b, c, d)
    return min(1.0, float(shares[shares <= shares[observed] * (1 + TIE)].sum()))


def fisher_one_sided(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact test, one-sided, in the direction in which the table leans."""
    shares, observed = _distribution(a, b, c, d)
    return min(1.0, float(shares[: observed + 1].sum()), float(shares[observed:].sum()))


def mid_p(a: int, b: int, c: int, d: int) -> float:
    """Fisher's two-sided p less half the probability of this very table."""
    shares, observed = _distribution(a, b, c, d)
    return fisher(a, b, c, d) - float(shares[observed]) / 2


def pearson(a: int, b: int, c: int, d: int) -> float:
    """Pearson's chi-square test without correction; the z test with pooled variance."""
    _check(a, b, c, d)
    return _chi_square(_pearson(a, b, c, d, 0.0))


def yates(a: int, b: int, c: int, d: int) -> float:
    """Pearson's chi-square test with Yates' continuity correction."""
    _check(a, b, c, d)
    return _chi_square(_pearson(a, b, c, d, (a + b + c + d) / 2))


def mantel_haenszel(a: int, b: int, c: int, d: int) -> float:
    """The Mantel-Haenszel chi-square test: Pearson's statistic times (n - 1)/n."""
    n = _check(a, b, c, d)
    return _chi_square(_pearson(a, b, c, d, 0.0) * (n - 1) / n)


def likelihood_ratio(a: int, b: int, c: int, d: int) -> float:
    """The likelihood-ratio chi-square test (G test) without correction."""
    n = _check(a, b, c, d)
    observed = ((a, a + b, a + c), (b, a + b, b + d), (c, c + d, a + c), (d, c + d, b + d))
    g = 2 * sum(float(xlogy(cell, cell * n / (row * column))) for cell, row, column in observed)
    return _chi_square(max(0.0, g))


METHODS: dict[str, Callable[[int, int, int, int], float]] = {
    "fisher": fisher,
    "pearson": pearson,
    "yates": yates,
    "mantel-haenszel": mantel_haenszel,
    "likelihood-ratio": likelihood_ratio,
    "mid-p": mid_p,
    "fisher-one-sided": fisher_one_sided,
}
"""Name to function, the most used first."""


def _distribution(a: int, b: int, c: int, d: int) -> tuple[NDArray[np.float64], int]:
    """Probabilities of all tables with these margins, and which of them is this one."""
    _check(a, b, c, d)
    least, most = max(0, a - d), min(a + b, a + c)
    first = np.arange(least, most + 1)
    logs = -(
        gammaln(first + 1)
        + gammaln(a + b - first + 1)
        + gammaln(a + c - first + 1)
        + gammaln(first - a + d + 1)
    )
    shares = np.exp(logs - logs.max())
    return shares / shares.sum(), a - least


def _pearson(a: int, b: int, c: int, d: int, correction: float) -> float:
    n = a + b + c + d
    difference = max(0.0, abs(a * d - b * c) - correction)
    return n * difference**2 / ((a + b) * (c + d) * (a + c) * (b + d))


def _chi_square(statistic: float) -> float:
    return float(chdtrc(1, statistic))


def _check(a: int, b: int, c: int, d: int) -> int:
    """The number of observations of a table that can be tested."""
    cells = f"{a}, {b}, {c}, {d}"
    if min(a, b, c, d) < 0:
        raise ValueError(f"the cells of a table must be counts, 0 or above; they are {cells}")
    if not all((a + b, c + d, a + c, b + d)):
        raise ValueError(f"a row or column of the table is empty, so nothing can differ: {cells}")
    if a + b + c + d > MOST:
        raise ValueError(f"a table may hold at most {MOST} observations; its cells are {cells}")
    return a + b + c + d
