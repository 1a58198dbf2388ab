"""How much studies differ beyond chance: Q, tau², I², H², and their intervals.

Arrays are one-dimensional and of one length: ``y`` the estimates, ``v`` their variances, both on
the scale of the analysis. Studies may fall into groups with a mean each and one tau² for all;
then there is one pair of arrays for each group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

Numbers = npt.NDArray[np.float64]
Group = tuple[Numbers, Numbers]
GRID = 48
# How often the grid is laid again around its best point if more than one peak lies there.
ROUNDS = 5
# Roots are found to the last bits; what is left of this is rounding.
RELATIVE = 4 * float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class Spread:
    """tau² with its standard error and interval, and what follows from it.

    ``i2`` is in percent. Bounds are ``None`` where no interval is given. ``q_p`` is the p-value of
    Cochran's test with ``q_df`` degrees of freedom. ``empty`` says that no tau², not even 0, fits
    studies that are so much alike; the interval is then 0 to 0.
    """

    tau2: float
    tau2_error: float | None
    tau2_lower: float | None
    tau2_upper: float | None
    i2: float
    i2_lower: float | None
    i2_upper: float | None
    h2: float
    h2_lower: float | None
    h2_upper: float | None
    q: float
    q_df: int
    q_p: float
    empty: bool = False


def mean_of(y: Numbers, w: Numbers) -> float:
    """The weighted mean."""
    return float(np.dot(w, y) / w.sum())


def residuals(y: Numbers, w: Numbers) -> Numbers:
    """Distances to the weighted mean; counted from the heaviest study, which keeps their digits."""
    apart = y - y[int(np.argmax(w))]
    centred: Numbers = apart - mean_of(apart, w)
    return centred


def others(w: Numbers) -> Numbers:
    """For each weight the sum of all others, without the loss of digits beside a dominant one."""
    rest: Numbers = w.sum() - w
    heaviest = int(np.argmax(w))
    rest[heaviest] = np.delete(w, heaviest).sum()
    return rest


def q_at(groups: Sequence[Group], tau2: float) -> float:
    """The weighted sum of squares about the group means, with weights 1/(v + tau²)."""
    total = 0.0
    for y, v in groups:
        w = 1 / (v + tau2)
        total += float(np.dot(w, residuals(y, w) ** 2))
    return total


def free(groups: Sequence[Group]) -> int:
    """Degrees of freedom: studies less the means that are estimated."""
    return sum(len(y) for y, _ in groups) - len(groups)


def typical_variance(groups: Sequence[Group]) -> float:
    """The variance within studies that I² and H² set tau² against."""
    return free(groups) / _trace(groups)


def _trace(groups: Sequence[Group], tau2: float = 0.0) -> float:
    """Sum of the weights less what the means take of them."""
    total = 0.0
    for _, v in groups:
        w = 1 / (v + tau2)
        total += float(np.dot(w, others(w)) / w.sum())
    return total


def moments_tau2(groups: Sequence[Group]) -> float:
    """tau² by the method of moments (DerSimonian and Laird); never below 0."""
    return max(0.0, (q_at(groups, 0.0) - free(groups)) / _trace(groups))


def moments_error(groups: Sequence[Group], tau2: float) -> float:
    """The standard error of the moment estimate."""
    one, two = _trace(groups), _trace_of_square(groups, 0.0)
    return float(np.sqrt(2 * free(groups) + 4 * tau2 * one + 2 * tau2**2 * two) / one)


def reml_error(groups: Sequence[Group], tau2: float) -> float:
    """The standard error of the REML estimate, from the expected information."""
    return float(np.sqrt(2 / _trace_of_square(groups, tau2)))


def _trace_of_square(groups: Sequence[Group], tau2: float) -> float:
    """Of the square of the matrix that takes the means out: its squared entries, all added up."""
    total = 0.0
    for _, v in groups:
        w = 1 / (v + tau2)
        w, scale = w / w.max(), float(w.max()) ** 2
        diagonal = np.dot(w * w, others(w) ** 2)
        beside = np.dot(w * w, others(w * w))
        total += scale * float((diagonal + beside) / w.sum() ** 2)
    return total


def reml_tau2(groups: Sequence[Group]) -> float:
    """tau² at the highest restricted likelihood; 0 where the likelihood falls from the start.

    The likelihood can have several peaks. A grid over all of its range finds the highest, the root
    of the slope beside that point gives its place.
    """
    top = _top(groups)
    if top == 0.0:
        return 0.0
    grid = np.concatenate([[0.0], top * np.logspace(-8, 0, GRID)])
    for _ in range(ROUNDS):
        best = int(np.argmax(_likelihood(groups, grid)))
        low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
        if best == 0 and _slope(groups, low) <= 0:
            return low
        if _slope(groups, low) > 0 >= _slope(groups, high):
            return _root(lambda tau2: _slope(groups, tau2), low, high)
        grid = np.linspace(low, high, GRID)
    return float(grid[best])


def _top(groups: Sequence[Group]) -> float:
    """A tau² beyond which the likelihood only falls; 0 if all studies of a group are alike."""
    top = max(float(np.ptp(y)) for y, _ in groups) ** 2
    if top == 0.0:
        return 0.0
    while _slope(groups, top) > 0:
        top *= 4
    return top


def _likelihood(groups: Sequence[Group], grid: Numbers) -> Numbers:
    """Twice the restricted log-likelihood at each tau² of the grid, less a constant."""
    total = np.zeros_like(grid)
    for y, v in groups:
        w = 1 / (v[:, None] + grid[None, :])
        sums = w.sum(axis=0)
        apart = y[:, None] - (w * y[:, None]).sum(axis=0) / sums
        total += np.log(w).sum(axis=0) - np.log(sums) - (w * apart**2).sum(axis=0)
    return total


def _slope(groups: Sequence[Group], tau2: float) -> float:
    """Twice the slope of the restricted log-likelihood."""
    total = 0.0
    for y, v in groups:
        w = 1 / (v + tau2)
        total += float(np.dot(w * w, residuals(y, w) ** 2))
    return total - _trace(groups, tau2)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=max(high, 1e-300) * 1e-15, rtol=RELATIVE))


def q_profile(groups: Sequence[Group], level: float) -> tuple[float, float, bool]:
    """The interval of tau² by the Q-profile method, and whether it is empty (then 0 to 0)."""
    df, tail = free(groups), (1 - level) / 2
    lower = _where_q_is(groups, float(chdtri(df, tail)))
    upper = _where_q_is(groups, float(chdtri(df, 1 - tail)))
    return lower or 0.0, upper or 0.0, upper is None


def _where_q_is(groups: Sequence[Group], wanted: float) -> float | None:
    """The tau² at which Q has a value; ``None`` if Q is lower already without any."""
    if q_at(groups, 0.0) < wanted:
        return None

    def above(tau2: float) -> float:
        return q_at(groups, tau2) - wanted

    high = max(float(v.max()) for _, v in groups)
    while above(high) > 0:
        high *= 4
    return _root(above, 0.0, high)


def spread(groups: Sequence[Group], method: str, level: float | None = None) -> Spread:
    """tau² by ``REML``, ``DL`` or, for the fixed model, ``FE`` (0), and what follows from it.

    With a ``level`` the Q-profile intervals are worked out as well; they take most of the time.
    There must be more studies than groups.
    """
    q, df = q_at(groups, 0.0), free(groups)
    if method == "FE":
        h2 = q / df
        i2 = max(0.0, 100 * (h2 - 1) / h2) if h2 > 0 else 0.0
        return Spread(
            0.0, None, None, None, i2, None, None, h2, None, None, q, df, float(chdtrc(df, q))
        )
    tau2 = reml_tau2(groups) if method == "REML" else moments_tau2(groups)
    error = reml_error(groups, tau2) if method == "REML" else moments_error(groups, tau2)
    typical = typical_variance(groups)
    lower = upper = None
    empty = False
    if level is not None:
        lower, upper, empty = q_profile(groups, level)
    return Spread(
        tau2,
        error,
        lower,
        upper,
        100 * (tau2 / (typical + tau2)),
        None if lower is None else 100 * (lower / (typical + lower)),
        None if upper is None else 100 * (upper / (typical + upper)),
        tau2 / typical + 1,
        None if lower is None else lower / typical + 1,
        None if upper is None else upper / typical + 1,
        q,
        df,
        float(chdtrc(df, q)),
        empty,
    )
