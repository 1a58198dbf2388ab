"""Pooled numbers: the fixed and the random effects model.

``pool`` takes effects on one scale and gives a ``Pooled`` on the same scale; ``Pooled.natural`` is
what is printed: shares between 0 and 1, ratios, differences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from .effects import Effect, Scale, check_level
from .heterogeneity import Numbers, Spread, mean_of, residuals, spread
from .refusal import SynthesisRefused

Model = Literal["random", "fixed"]
Method = Literal["REML", "DL"]
# Estimates that differ by no more than rounding leave less than this of their variance.
NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Natural:
    """A pooled number as it is printed; shares are between 0 and 1, not in percent."""

    estimate: float
    lower: float
    upper: float
    prediction_lower: float | None
    prediction_upper: float | None


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pooled number of ``k`` effects, on the scale of the analysis.

    ``model`` is ``random``, ``fixed`` or, for one study, ``single``; ``method`` is ``REML``, ``DL``
    or ``FE``. ``df`` are the degrees of freedom of the t distribution behind interval, p and
    prediction interval, ``None`` for the normal distribution. ``i2`` is in percent, ``weights``
    are in percent and in the order of the effects. What does not apply is ``None``: tau² and the
    prediction interval of a fixed model, all heterogeneity of a single study. ``factor`` is what
    the Hartung-Knapp method multiplies the variance with. ``notes`` are plain sentences.
    """

    model: str
    method: str
    scale: Scale
    k: int
    estimate: float
    error: float
    lower: float
    upper: float
    level: float
    statistic: float
    df: int | None
    p: float
    weights: tuple[float, ...]
    factor: float | None = None
    tau2: float | None = None
    tau2_error: float | None = None
    tau2_lower: float | None = None
    tau2_upper: float | None = None
    i2: float | None = None
    i2_lower: float | None = None
    i2_upper: float | None = None
    h2: float | None = None
    h2_lower: float | None = None
    h2_upper: float | None = None
    q: float | None = None
    q_df: int | None = None
    q_p: float | None = None
    prediction_lower: float | None = None
    prediction_upper: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def natural(self) -> Natural:
        """The number and its intervals off the scale of the analysis, as it is printed."""
        back = self.scale.back
        none = self.prediction_lower is None or self.prediction_upper is None
        return Natural(
            back(self.estimate),
            back(self.lower),
            back(self.upper),
            None if none else back(self.prediction_lower or 0.0),
            None if none else back(self.prediction_upper or 0.0),
        )


def pool(
    effects: Sequence[Effect],
    model: Model = "random",
    method: Method = "REML",
    knapp_hartung: bool = True,
    level: float = 0.95,
    *,
    truncated: bool = False,
    intervals: bool = True,
) -> Pooled:
    """The pooled number of ``effects``.

    ``truncated`` keeps the Hartung-Knapp factor from falling below 1. Without ``intervals`` those
    of tau², I² and H² are left out. Raises ``SynthesisRefused`` for no effects, for effects on
    different scales, and for a level that is not between 0 and 1.
    """
    check_level(level)
    scale = _one_scale(effects)
    _check_choice(model, method)
    if len(effects) == 1:
        return _single(effects[0], level)
    y = np.array([effect.estimate for effect in effects])
    v = np.array([effect.variance for effect in effects])
    if model == "fixed":
        return _fixed(y, v, scale, level)
    return _random(y, v, scale, method, level, knapp_hartung, truncated, intervals)


def _one_scale(effects: Sequence[Effect]) -> Scale:
    scales = {effect.scale for effect in effects}
    if not scales:
        raise SynthesisRefused(
            "there is no effect to pool. Ask for figures that some study reports"
        )
    if len(scales) > 1:
        names = ", ".join(sorted(scales))
        raise SynthesisRefused(f"effects on different scales ({names}) cannot be pooled")
    return scales.pop()


def _check_choice(model: str, method: str) -> None:
    if model not in ("random", "fixed"):
        raise SynthesisRefused(f"the model {model} is not known. Choose random or fixed")
    if method not in ("REML", "DL"):
        raise SynthesisRefused(f"the method {method} is not known. Choose REML or DL")


@dataclass(frozen=True, slots=True)
class Wald:
    """An estimate with its interval and test; ``df`` as in ``Pooled``."""

    lower: float
    upper: float
    statistic: float
    p: float
    quantile: float


def wald(estimate: float, error: float, level: float, df: int | None = None) -> Wald:
    """Interval and two-sided test of an estimate, normal or, with ``df``, by Student's t."""
    tail = (1 + level) / 2
    quantile = float(ndtri(tail) if df is None else stdtrit(df, tail))
    statistic = estimate / error
    beyond = ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))
    half = quantile * error
    return Wald(estimate - half, estimate + half, statistic, float(2 * beyond), quantile)


def percent(weights: Numbers) -> tuple[float, ...]:
    """Weights as percent of their sum."""
    return tuple(float(share) for share in 100 * weights / weights.sum())


def _single(effect: Effect, level: float) -> Pooled:
    test = wald(effect.estimate, effect.standard_error, level)
    return Pooled(
        "single", "FE", effect.scale, 1,
        effect.estimate, effect.standard_error, test.lower, test.upper, level,
        test.statistic, None, test.p, (100.0,),
        notes=(
            "One study (k = 1): its own estimate, nothing is pooled. There is no heterogeneity "
            "to estimate and no random effects model.",
        ),
    )  # fmt: skip


def _fixed(y: Numbers, v: Numbers, scale: Scale, level: float) -> Pooled:
    w = 1 / v
    estimate, error = mean_of(y, w), 1 / math.sqrt(w.sum())
    test = wald(estimate, error, level)
    about = spread([(y, v)], "FE")
    return Pooled(
        "fixed", "FE", scale, len(y), estimate, error, test.lower, test.upper, level,
        test.statistic, None, test.p, percent(w),
        i2=about.i2, h2=about.h2, q=about.q, q_df=about.q_df, q_p=about.q_p,
    )  # fmt: skip


def _random(
    y: Numbers,
    v: Numbers,
    scale: Scale,
    method: str,
    level: float,
    knapp_hartung: bool,
    truncated: bool,
    intervals: bool,
) -> Pooled:
    about = spread([(y, v)], method, level if intervals else None)
    w = 1 / (v + about.tau2)
    estimate, error = mean_of(y, w), 1 / math.sqrt(w.sum())
    notes = _notes_on_tau2(about)
    factor, df = None, None
    if knapp_hartung:
        df = len(y) - 1
        factor, more = knapp_hartung_factor(residuals(y, w), w, df, truncated)
        error, notes = error * math.sqrt(factor), notes + more
    test = wald(estimate, error, level, df)
    ahead = test.quantile * math.sqrt(error**2 + about.tau2)
    return Pooled(
        "random", method, scale, len(y), estimate, error, test.lower, test.upper, level,
        test.statistic, df, test.p, percent(w), factor,
        about.tau2, about.tau2_error, about.tau2_lower, about.tau2_upper,
        about.i2, about.i2_lower, about.i2_upper, about.h2, about.h2_lower, about.h2_upper,
        about.q, about.q_df, about.q_p, estimate - ahead, estimate + ahead, notes,
    )  # fmt: skip


def _notes_on_tau2(about: Spread) -> tuple[str, ...]:
    lower, upper = about.tau2_lower, about.tau2_upper
    if (
        lower is not None
        and upper is not None
        and not (about.empty or lower <= about.tau2 <= upper)
    ):
        return (
            f"The interval of tau² by the Q-profile method, {lower:.3g} to {upper:.3g}, does not "
            f"hold its estimate of {about.tau2:.3g}: these are different methods.",
        )
    if not about.empty:
        return ()
    return (
        "The studies are more alike than chance alone makes likely: the interval of tau² by the "
        "Q-profile method is empty and given as 0 to 0.",
    )


def knapp_hartung_factor(
    apart: Numbers, w: Numbers, df: int, truncated: bool
) -> tuple[float, tuple[str, ...]]:
    """What the variance is multiplied with, from the distances to the mean; and a note on it.

    Estimates that are all the same would give an interval without width; then the factor is 1.
    """
    factor = float(np.dot(w, apart**2)) / df
    if factor < NOTHING:
        return 1.0, (
            "All estimates are the same, which leaves the Hartung-Knapp method without a variance; "
            "the variance of the weighted mean was taken, with Student's t distribution.",
        )
    if factor < 1 and truncated:
        return 1.0, (
            f"The Hartung-Knapp factor of {factor:.3g} was raised to 1, so that the interval is "
            "not narrower than without the method.",
        )
    if factor < 1:
        return factor, (
            f"The Hartung-Knapp factor is {factor:.3g}, below 1: it makes the standard error "
            "smaller than it would be without the method.",
        )
    return factor, ()
