"""Intervals of a survival rate when nobody was censored, against statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from anlokg.statistics import survival
from anlokg.statistics.intervals import quantile

RATES = [(1, 26), (5, 24), (13, 26), (21, 26), (49, 68), (208, 209)]


@pytest.mark.parametrize(("free", "n"), RATES)
def test_greenwoods_interval_is_that_of_statsmodels(free: int, n: int) -> None:
    times = np.concatenate([np.ones(n - free), np.full(free, 2.0)])
    curve = SurvfuncRight(times, np.concatenate([np.ones(n - free), np.zeros(free)]))
    half = quantile(0.95) * curve.surv_prob_se[0]
    share = free / n
    assert curve.surv_prob[0] == pytest.approx(share)
    expected = max(0.0, share - half), min(1.0, share + half)
    assert survival.plain(share, n) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("log", math.log),
        ("log-log", lambda share: math.log(-math.log(share))),
        ("logit", lambda share: math.log(share / (1 - share))),
    ],
)
@pytest.mark.parametrize(("free", "n"), RATES)
def test_an_interval_is_symmetric_on_its_scale(name: str, scale: object, free: int, n: int) -> None:
    assert callable(scale)
    share = free / n
    lower, upper = survival.METHODS[name](share, n, 0.95)
    assert 0 < lower < share < upper <= 1
    if upper < 1:
        assert scale(share) - scale(lower) == pytest.approx(scale(upper) - scale(share))


def test_the_log_log_interval_is_what_papers_print() -> None:
    lower, upper = survival.log_log(21 / 26, 26)
    assert (round(100 * lower, 1), round(100 * upper, 1)) == (59.8, 91.5)


@pytest.mark.parametrize("method", survival.METHODS.values(), ids=survival.METHODS)
@pytest.mark.parametrize(
    ("share", "n", "level"), [(0.0, 10, 0.95), (1.0, 10, 0.95), (0.5, 0, 0.95), (0.5, 10, 95.0)]
)
def test_what_has_no_interval_is_refused(
    method: object, share: float, n: int, level: float
) -> None:
    assert callable(method)
    with pytest.raises(ValueError, match=r"must (lie between|be a count)"):
        method(share, n, level)
