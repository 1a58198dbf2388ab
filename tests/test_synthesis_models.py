"""Pooled numbers: equal to metafor's, and an answer or a clear refusal for whatever is odd."""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlokg.errors import AnlokgError
from anlokg.synthesis import heterogeneity
from anlokg.synthesis.effects import (
    Effect,
    Scale,
    mean_difference,
    odds_ratio,
    proportion,
    ratio,
    risk_ratio,
)
from anlokg.synthesis.influence import leave_one_out
from anlokg.synthesis.models import Pooled, pool
from anlokg.synthesis.refusal import SynthesisRefused
from anlokg.synthesis.subgroups import compare

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the package

from benchmarks.metafor.compare import MODELS, pairs  # noqa: E402
from benchmarks.metafor.examples import Example, examples  # noqa: E402
from benchmarks.metafor.page import ALLOWED, page  # noqa: E402

EXAMPLES = list(examples())
SOME = [proportion("a", 3, 20), proportion("b", 0, 15), proportion("c", 9, 30)]

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


# ---- metafor -------------------------------------------------------------------------------


@each_example
def test_every_number_is_that_of_metafor(example: Example) -> None:
    off = [pair for pair in pairs(example) if not pair.apart <= ALLOWED]
    assert off == []


@each_example
def test_no_number_of_a_model_is_left_out_of_the_comparison(example: Example) -> None:
    compared = {(pair.model, pair.quantity) for pair in pairs(example) if pair.part == "pooled"}
    given_by_us = {
        field.name
        for field in dataclasses.fields(Pooled)
        if isinstance(getattr(pool(example.effects), field.name), float)
    } - {"level", "factor"}
    for model in MODELS:
        wanted = given_by_us | {"weight"}
        if model == "fixed":
            wanted = {
                name for name in wanted if not re.match("tau2|prediction|.*_(lower|upper)", name)
            }
        assert {quantity for name, quantity in compared if name == model} >= wanted


def test_the_page_of_the_comparison_is_the_one_that_is_made() -> None:
    def without_differences(text: str) -> str:
        return re.sub(r"\b\de[-+]\d\d\b", "", text)

    written = (ROOT / "docs" / "metafor.md").read_text(encoding="utf-8")
    assert without_differences(written) == without_differences(page())


@each_example
def test_statsmodels_gives_the_same_where_it_has_the_model(example: Example) -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    y = np.array([effect.estimate for effect in example.effects])
    v = np.array([effect.variance for effect in example.effects])
    with np.errstate(invalid="ignore"):  # it leaves tau² below 0 and takes roots of that
        theirs = combine_effects(y, v, method_re="dl")
    fixed, random = pool(example.effects, "fixed"), pool(example.effects, method="DL")
    assert (fixed.estimate, fixed.error, fixed.q) == pytest.approx(
        (theirs.mean_effect_fe, theirs.sd_eff_w_fe, theirs.q), rel=1e-9
    )
    assert random.tau2 == pytest.approx(max(theirs.tau2, 0), rel=1e-9)
    if theirs.tau2 >= 0:
        assert (random.estimate, random.error) == pytest.approx(
            (theirs.mean_effect_re, theirs.sd_eff_w_re_hksj), rel=1e-9
        )


# ---- effects -------------------------------------------------------------------------------


def test_half_an_event_is_added_only_where_a_cell_is_empty() -> None:
    none, all_, some = proportion("", 0, 10), proportion("", 10, 10), proportion("", 4, 10)
    assert none.estimate == pytest.approx(math.log(0.5 / 10.5))
    assert none.variance == pytest.approx(1 / 0.5 + 1 / 10.5)
    assert all_.estimate == pytest.approx(-none.estimate)
    assert some.estimate == pytest.approx(math.log(4 / 6))
    assert (none.corrected, all_.corrected, some.corrected) == (True, True, False)


def test_two_arms_without_events_have_an_estimate() -> None:
    for of in (risk_ratio, odds_ratio):
        effect = of("", 0, 118, 0, 105)
        assert effect.corrected and effect.variance > 1
        assert abs(effect.estimate) < 0.2


def test_the_error_of_a_ratio_comes_from_its_interval_and_level() -> None:
    wide, narrow = ratio("", 0.7, 0.5, 0.98, 0.95), ratio("", 0.7, 0.5, 0.98, 0.90)
    assert wide.standard_error == pytest.approx(math.log(0.98 / 0.5) / 2 / 1.959964, rel=1e-6)
    assert narrow.standard_error > wide.standard_error
    assert Scale.LOG.back(wide.estimate) == pytest.approx(0.7)


def test_scales_lead_back_to_what_is_printed() -> None:
    assert Scale.LOGIT.back(math.log(0.3 / 0.7)) == pytest.approx(0.3)
    assert [Scale.LOGIT.back(x) for x in (-1e4, 1e4)] == [0.0, 1.0]
    assert Scale.PLAIN.back(-3.5) == -3.5
    assert math.isfinite(Scale.LOG.back(1e4))


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "denominator zero": (lambda: proportion("x", 0, 0), "denominator 0 must be above 0"),
    "more events than patients": (lambda: proportion("x", 5, 4), "5 events of 4"),
    "events below zero": (lambda: risk_ratio("x", 1, 4, -1, 4), "-1 events of 4"),
    "interval reversed": (lambda: ratio("x", 0.7, 0.9, 0.5), "lower bound below"),
    "interval without width": (lambda: ratio("x", 0.7, 0.7, 0.7), "lower bound below"),
    "hazard ratio of zero": (lambda: ratio("x", 0, 0.1, 0.5), "above 0"),
    "lower bound of zero": (lambda: ratio("x", 0.2, 0, 0.5), "above 0"),
    "not a number": (lambda: ratio("x", math.nan, 0.1, 0.5), "no ratio"),
    "bound without end": (lambda: ratio("x", 1, 0.1, math.inf), "no ratio"),
    "level in percent": (lambda: ratio("x", 0.7, 0.5, 0.9, 95), "Write 0.95"),
    "level zero": (lambda: pool(SOME, level=0), "Write 0.95"),
    "level of the pooled number in percent": (lambda: pool(SOME, level=95), "Write 0.95"),
    "no spread": (lambda: mean_difference("x", 1, 0, 9, 2, 1, 9), "standard deviation above 0"),
    "one patient": (lambda: mean_difference("x", 1, 1, 1, 2, 1, 9), "at least two patients"),
    "no variance": (lambda: Effect("x", 0, 0, Scale.LOG), "variance 0 must be"),
    "variance not a number": (lambda: Effect("x", 0, math.nan, Scale.LOG), "variance nan"),
    "estimate not a number": (lambda: Effect("x", math.nan, 1, Scale.LOG), "estimate nan"),
    "nothing to pool": (lambda: pool([]), "no effect to pool"),
    "two scales": (lambda: pool([*SOME, Effect("x", 0, 1, Scale.LOG)]), "different scales"),
    "unknown model": (lambda: pool(SOME, "mixed"), "Choose random or fixed"),  # type: ignore[arg-type]
    "unknown method": (lambda: pool(SOME, method="ML"), "Choose REML or DL"),  # type: ignore[arg-type]
    "one subgroup": (lambda: compare({"a": SOME}), "at least two subgroups"),
    "empty subgroup": (lambda: compare({"a": SOME, "b": []}), "has no effect"),
    "empty subgroup, fixed": (lambda: compare({"a": SOME, "b": []}, "fixed"), "has no effect"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_pooled_is_refused_with_the_reason(name: str) -> None:
    call, reason = REFUSED[name]
    with pytest.raises(SynthesisRefused, match=re.escape(reason)) as raised:
        call()
    assert isinstance(raised.value, AnlokgError)
    assert raised.value.reasons == (str(raised.value),)


# ---- models --------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["random", "fixed"])
def test_one_study_is_given_as_it_is(model: str) -> None:
    effect = proportion("a", 3, 20)
    one = pool([effect], model)  # type: ignore[arg-type]
    assert (one.model, one.k, one.weights) == ("single", 1, (100.0,))
    assert (one.estimate, one.error) == (effect.estimate, effect.standard_error)
    assert (one.tau2, one.i2, one.q, one.prediction_lower) == (None, None, None, None)
    assert one.natural.prediction_lower is None
    assert "k = 1" in one.notes[0] and "no random effects" in one.notes[0]
    assert leave_one_out([effect]) == ()


@pytest.mark.parametrize("estimate", [0.0, -1.7, 0.1])
@pytest.mark.parametrize("k", [2, 3, 7])
def test_identical_studies_have_no_heterogeneity_and_still_an_interval(
    estimate: float, k: int
) -> None:
    same = pool([Effect("x", estimate, 0.3, Scale.LOG)] * k)
    assert (same.tau2, same.i2) == (0, 0)
    assert same.q == pytest.approx(0, abs=1e-20)
    assert same.error == pytest.approx(math.sqrt(0.3 / k))
    assert same.lower < estimate < same.upper
    assert any("All estimates are the same" in note for note in same.notes)


def test_the_truncated_variant_is_never_narrower_than_without_hartung_knapp() -> None:
    alike = [Effect("x", y, 1.0, Scale.LOG) for y in (0.1, 0.2, 0.15, 0.12)]
    plain, wald = pool(alike), pool(alike, knapp_hartung=False)
    truncated = pool(alike, truncated=True)
    assert plain.error < wald.error == truncated.error
    assert truncated.factor == 1 and truncated.df == 3
    assert any("below 1" in note for note in plain.notes)
    assert any("raised to 1" in note for note in truncated.notes)


def test_tau2_is_at_the_highest_peak_of_the_likelihood() -> None:
    """Few precise studies among many vague ones make a likelihood with more than one peak."""
    chance = np.random.default_rng(7)
    for _ in range(200):
        k = int(chance.integers(2, 9))
        v = 10 ** chance.uniform(-4, 1.5, k)
        y = chance.normal(0, 10 ** chance.uniform(-2, 1), k)
        found = heterogeneity.reml_tau2([(y, v)])
        grid = np.concatenate([[0, found], np.ptp(y) ** 2 * np.logspace(-9, 1, 4000)])
        w = 1 / (v[:, None] + grid)
        mean = (w * y[:, None]).sum(0) / w.sum(0)
        likelihood = np.log(w).sum(0) - np.log(w.sum(0)) - (w * (y[:, None] - mean) ** 2).sum(0)
        assert likelihood[1] >= likelihood.max() - 1e-9


def test_digits_are_kept_beside_a_study_that_outweighs_all_others() -> None:
    """The standard error of the moment estimate, in fractions and in floating point."""
    v = [Fraction(1, 10**12), Fraction(3, 4), Fraction(1, 2)]
    w = [1 / one for one in v]
    one, two, three = sum(w), sum(x**2 for x in w), sum(x**3 for x in w)
    trace = one - two / one
    trace_of_square = two - 2 * three / one + (two / one) ** 2
    exact = math.sqrt(4 + 4 * trace / 8 + 2 * trace_of_square / 64) / float(trace)
    group = (np.array([0.0, 1.0, 2.0]), np.array([float(one) for one in v]))
    assert heterogeneity.moments_error([group], 0.125) == pytest.approx(exact, rel=1e-12)


def numbers(pooled: Pooled) -> list[float]:
    found = [getattr(pooled, field.name) for field in dataclasses.fields(pooled)]
    found += [getattr(pooled.natural, f.name) for f in dataclasses.fields(pooled.natural)]
    return [number for number in found if isinstance(number, float)]


any_effect = st.builds(
    Effect,
    st.just("x"),
    st.floats(-1e6, 1e6),
    st.floats(1e-12, 1e9),
    st.sampled_from([Scale.LOG]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(any_effect, min_size=1, max_size=8),
    st.sampled_from(["random", "fixed"]),
    st.sampled_from(["REML", "DL"]),
    st.booleans(),
)
def test_answers_are_numbers_whatever_the_figures(
    effects: list[Effect], model: str, method: str, knapp_hartung: bool
) -> None:
    pooled = pool(effects, model, method, knapp_hartung)  # type: ignore[arg-type]
    assert all(math.isfinite(number) for number in numbers(pooled))
    assert sum(pooled.weights) == pytest.approx(100)
    assert pooled.lower <= pooled.estimate <= pooled.upper
    assert 0 <= pooled.p <= 1
    if pooled.tau2 is not None:
        assert pooled.tau2 >= 0 and 0 <= pooled.i2 <= 100  # type: ignore[operator]
        assert pooled.prediction_lower <= pooled.lower  # type: ignore[operator]
    for left in leave_one_out(effects, model, method, knapp_hartung):  # type: ignore[arg-type]
        assert all(math.isfinite(number) for number in numbers(left.pooled))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=9), st.integers(12, 40))
def test_shares_stay_between_0_and_1(events: list[int], total: int) -> None:
    natural = pool([proportion("x", k, total) for k in events]).natural
    assert 0 <= natural.prediction_lower <= natural.lower <= natural.estimate  # type: ignore[operator]
    assert natural.estimate <= natural.upper <= natural.prediction_upper <= 1  # type: ignore[operator]


# ---- leave-one-out and subgroups -------------------------------------------------------------


def test_leaving_one_out_is_pooling_the_others() -> None:
    left = leave_one_out(SOME, method="DL", level=0.9)
    assert [one.label for one in left] == ["a", "b", "c"]
    assert left[1].pooled.estimate == pool([SOME[0], SOME[2]], method="DL").estimate
    assert left[1].pooled.level == 0.9


def test_subgroups_of_one_study_each_are_not_compared_with_one_tau2() -> None:
    found = compare({"a": SOME[:1], "b": SOME[1:2]})
    assert (found.statistic, found.p) == (None, None)
    assert "cannot be told" in found.notes[0]
    assert [pooled.model for _, pooled in found.groups] == ["single", "single"]


def test_subgroups_with_the_same_estimates_do_not_differ() -> None:
    for shared in (True, False):
        for knapp_hartung in (True, False):
            found = compare({"a": SOME, "b": SOME}, common_tau2=shared, knapp_hartung=knapp_hartung)
            assert found.statistic == pytest.approx(0, abs=1e-12)
            assert found.p == pytest.approx(1)


def test_fixed_subgroups_split_q() -> None:
    groups = {"a": SOME[:2], "b": [SOME[2], proportion("d", 20, 30)]}
    found = compare(groups, "fixed")
    within = sum(pooled.q or 0 for _, pooled in found.groups)
    assert found.statistic == pytest.approx((found.overall.q or 0) - within)
    assert found.common_tau2 is None
