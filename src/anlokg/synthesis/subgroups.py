"""Pooled numbers of subgroups, and whether the subgroups differ.

With random effects the subgroups share one tau² unless asked otherwise: a tau² of its own for
each of them is hardly known where a subgroup has few studies. The test between the groups is that
of a meta-regression on the group: by F with Hartung-Knapp, else by chi².
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.special import chdtrc, fdtrc

from .effects import Effect, check_level
from .heterogeneity import Group, Numbers, Spread, free, mean_of, q_at, residuals, spread
from .models import Method, Model, Pooled, knapp_hartung_factor, percent, pool, wald
from .refusal import SynthesisRefused


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Pooled numbers by subgroup, that of all effects together, and the test between the groups.

    ``statistic`` is chi² with ``df`` degrees of freedom, or, where ``df_residual`` is given, F with
    both. It is ``None``, like ``p``, where no test is possible; ``notes`` says why. ``common_tau2``
    says whether the groups share one tau², ``None`` for the fixed model.
    """

    groups: tuple[tuple[str, Pooled], ...]
    overall: Pooled
    common_tau2: bool | None
    statistic: float | None
    df: int
    df_residual: int | None
    p: float | None
    notes: tuple[str, ...] = ()


def compare(
    groups: Mapping[str, Sequence[Effect]],
    model: Model = "random",
    method: Method = "REML",
    knapp_hartung: bool = True,
    level: float = 0.95,
    *,
    truncated: bool = False,
    common_tau2: bool = True,
) -> Subgroups:
    """Pool each of two or more subgroups and test whether they differ; arguments as in ``pool``."""
    check_level(level)
    if len(groups) < 2:
        raise SynthesisRefused("a comparison needs at least two subgroups; there is one or none")
    if not all(groups.values()):
        raise SynthesisRefused("a subgroup has no effect. Leave it out of the comparison")
    every = list(chain.from_iterable(groups.values()))
    overall = pool(every, model, method, knapp_hartung, level, truncated=truncated)
    if model == "random" and common_tau2:
        return _common(groups, overall, method, knapp_hartung, truncated)
    apart = tuple(
        (label, pool(effects, model, method, knapp_hartung, level, truncated=truncated))
        for label, effects in groups.items()
    )
    return _apart(apart, overall)


def _apart(groups: tuple[tuple[str, Pooled], ...], overall: Pooled) -> Subgroups:
    """Each group by itself; the test weighs the groups by their standard errors."""
    means = np.array([pooled.estimate for _, pooled in groups])
    variances = np.array([pooled.error**2 for _, pooled in groups])
    q, df = q_at([(means, variances)], 0.0), len(groups) - 1
    common = None if overall.model == "fixed" else False
    return Subgroups(groups, overall, common, q, df, None, float(chdtrc(df, q)))


def _common(
    groups: Mapping[str, Sequence[Effect]],
    overall: Pooled,
    method: Method,
    knapp_hartung: bool,
    truncated: bool,
) -> Subgroups:
    """All groups with the tau² they share."""
    arrays = [_arrays(effects) for effects in groups.values()]
    if free(arrays) == 0:
        return _singles(groups, overall)
    about = spread(arrays, method, overall.level)
    weights = [1 / (v + about.tau2) for _, v in arrays]
    means = np.array([mean_of(y, w) for (y, _), w in zip(arrays, weights, strict=True)])
    sums = np.array([w.sum() for w in weights])
    factor, residual = 1.0, None
    notes: tuple[str, ...] = ()
    if knapp_hartung:
        residual = free(arrays)
        apart = np.concatenate([residuals(y, w) for (y, _), w in zip(arrays, weights, strict=True)])
        factor, notes = knapp_hartung_factor(apart, np.concatenate(weights), residual, truncated)
    pooled = tuple(
        (label, _one(overall, about, arrays[n], weights[n], factor, residual))
        for n, label in enumerate(groups)
    )
    q, df = q_at([(means, factor / sums)], 0.0), len(groups) - 1
    if residual is None:
        return Subgroups(pooled, overall, True, q, df, None, float(chdtrc(df, q)), notes)
    p = float(fdtrc(df, residual, q / df))
    return Subgroups(pooled, overall, True, q / df, df, residual, p, notes)


def _arrays(effects: Sequence[Effect]) -> Group:
    estimates = np.array([effect.estimate for effect in effects])
    return estimates, np.array([effect.variance for effect in effects])


def _singles(groups: Mapping[str, Sequence[Effect]], overall: Pooled) -> Subgroups:
    pooled = tuple((label, pool(one, level=overall.level)) for label, one in groups.items())
    note = (
        "Every subgroup has one study: what the subgroups differ by cannot be told from what "
        "studies differ by, so there is no test between them."
    )
    return Subgroups(pooled, overall, True, None, len(groups) - 1, None, None, (note,))


def _one(
    overall: Pooled,
    about: Spread,
    group: Group,
    w: Numbers,
    factor: float,
    df: int | None,
) -> Pooled:
    """One group with the shared tau²; its Q is its own."""
    y, _ = group
    estimate, error = mean_of(y, w), math.sqrt(factor / w.sum())
    test = wald(estimate, error, overall.level, df)
    ahead = test.quantile * math.sqrt(error**2 + about.tau2)
    q, q_df = (q_at([group], 0.0), len(y) - 1) if len(y) > 1 else (None, None)
    return Pooled(
        "random", overall.method, overall.scale, len(y),
        estimate, error, test.lower, test.upper, overall.level,
        test.statistic, df, test.p, percent(w), factor if df else None,
        about.tau2, about.tau2_error, about.tau2_lower, about.tau2_upper,
        q=q, q_df=q_df, q_p=None if q is None else float(chdtrc(q_df, q)),
        prediction_lower=estimate - ahead, prediction_upper=estimate + ahead,
        notes=("tau² is that of all subgroups together.",),
    )  # fmt: skip
