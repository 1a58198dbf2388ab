"""Intervals, ratios, 2x2 tests and ranks give what SciPy, statsmodels and the papers give."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, fisher_exact, wilcoxon
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import proportion_confint

from anlokg.statistics import intervals, ranks, ratios, two_by_two
from anlokg.statistics.printed import Printed, rounded

EDGES = [(0, 1), (1, 1), (0, 35), (35, 35), (1, 35), (34, 35), (9, 68), (82, 124), (5, 100_000)]
levels = st.floats(0.5, 0.9999)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    """A count and its denominator."""
    n = draw(st.integers(1, 2000))
    return draw(st.integers(0, n)), n


@st.composite
def cells(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """A table without an empty margin."""
    table = st.tuples(*[st.integers(0, 60)] * 4)
    return draw(table.filter(lambda t: all((t[0] + t[1], t[2] + t[3], t[0] + t[2], t[1] + t[3]))))


@st.composite
def printed_ratios(draw: st.DrawFn) -> tuple[Printed, Printed, Printed]:
    """A ratio and its bounds, as a paper prints them."""
    decimals = draw(st.integers(1, 3))
    middle = draw(st.floats(0.2, 5))
    width = math.exp(draw(st.floats(0.05, 2)))
    values = (middle, middle / width, middle * width)
    printed = [Printed(rounded(Decimal(value), decimals)) for value in values]
    return printed[0], printed[1], printed[2]


# Intervals ---------------------------------------------------------------------------------------

SAME = {"exact": "beta", "wilson": "wilson", "wald": "normal", "agresti-coull": "agresti_coull"}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("k", "n"), EDGES)
def test_intervals_are_those_of_statsmodels(name: str, level: float, k: int, n: int) -> None:
    expected = proportion_confint(k, n, 1 - level, SAME[name])
    assert intervals.METHODS[name](k, n, level) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("k", "n"), EDGES)
def test_jeffreys_is_that_of_statsmodels_but_ends_where_the_share_does(k: int, n: int) -> None:
    lower, upper = proportion_confint(k, n, 0.05, "jeffreys")
    expected = (lower if k else 0.0, upper if k < n else 1.0)
    assert intervals.jeffreys(k, n) == pytest.approx(expected, rel=1e-9)


# Newcombe, Statistics in Medicine 1998;17:857-72, table I: 81/263, 15/148, 0/20, 1/29.
NEWCOMBE = {
    "wilson": [(0.2553, 0.3662), (0.0624, 0.1605), (0.0, 0.1611), (0.0061, 0.1718)],
    "wilson-continuity": [(0.2535, 0.3682), (0.0598, 0.1644), (0.0, 0.2005), (0.0018, 0.1963)],
    "exact": [(0.2527, 0.3676), (0.0578, 0.1617), (0.0, 0.1684), (0.0009, 0.1776)],
}


@pytest.mark.parametrize("name", NEWCOMBE)
def test_intervals_are_those_that_newcombe_published(name: str) -> None:
    for (k, n), expected in zip(
        [(81, 263), (15, 148), (0, 20), (1, 29)], NEWCOMBE[name], strict=True
    ):
        assert intervals.METHODS[name](k, n, 0.95) == pytest.approx(expected, abs=5.1e-5)


@pytest.mark.parametrize(("k", "n"), EDGES)
def test_the_continuity_correction_widens_walds_interval_by_half_a_patient(k: int, n: int) -> None:
    half = 1.959963984540054 * math.sqrt(k / n * (1 - k / n) / n) + 0.5 / n
    expected = (max(0, k / n - half), min(1, k / n + half))
    assert intervals.wald_continuity(k, n) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(share=shares(), level=levels)
def test_every_interval_lies_between_0_and_1_and_holds_the_share(
    share: tuple[int, int], level: float
) -> None:
    k, n = share
    for name, method in intervals.METHODS.items():
        lower, upper = method(k, n, level)
        assert 0 <= lower <= upper <= 1, name
        assert lower - 1e-12 <= k / n <= upper + 1e-12, name


@given(share=shares(), level=levels)
def test_intervals_of_the_others_are_mirrored(share: tuple[int, int], level: float) -> None:
    k, n = share
    for name, method in intervals.METHODS.items():
        lower, upper = method(k, n, level)
        other = method(n - k, n, level)
        assert other == pytest.approx((1 - upper, 1 - lower), abs=1e-9), name


@given(share=shares())
def test_more_patients_with_the_event_move_the_interval_up(share: tuple[int, int]) -> None:
    k, n = share
    if k == n:
        return
    for name in ("exact", "wilson", "jeffreys", "wilson-continuity"):
        method = intervals.METHODS[name]
        for before, after in zip(method(k, n, 0.95), method(k + 1, n, 0.95), strict=True):
            assert before <= after, name


@given(share=shares())
def test_a_higher_level_widens_the_interval(share: tuple[int, int]) -> None:
    k, n = share
    for name, method in intervals.METHODS.items():
        (lower, upper), (lowest, highest) = method(k, n, 0.9), method(k, n, 0.99)
        assert lowest <= lower + 1e-12, name
        assert upper <= highest + 1e-12, name


@pytest.mark.parametrize("n", [5, 12])
def test_the_exact_interval_covers_at_least_its_level(n: int) -> None:
    found = [intervals.exact(k, n) for k in range(n + 1)]
    for step in range(1, 100):
        p = step / 100
        covered = sum(
            math.comb(n, k) * p**k * (1 - p) ** (n - k)
            for k, (lower, upper) in enumerate(found)
            if lower <= p <= upper
        )
        assert covered >= 0.95


def test_intervals_take_large_counts_and_levels_near_the_ends() -> None:
    for method in intervals.METHODS.values():
        for k in (0, 1, 10**11, 10**12 - 1, 10**12):
            for level in (1e-9, 0.5, 1 - 1e-16):
                assert all(map(math.isfinite, method(k, 10**12, level)))


@pytest.mark.parametrize(
    ("k", "n", "level", "word"),
    [
        (0, 0, 0.95, "n must be"), (1, -1, 0.95, "n must be"), (-1, 5, 0.95, "k must be"),
        (6, 5, 0.95, "k must be"), (1, 5, 0.0, "level"), (1, 5, 1.0, "level"),
        (1, 5, 95, "level"), (1, 5, math.nan, "level"), (1, 10**400, 0.95, "n must be"),
    ],
)  # fmt: skip
def test_what_is_no_share_is_refused(k: int, n: int, level: float, word: str) -> None:
    for method in intervals.METHODS.values():
        with pytest.raises(ValueError, match=word):
            method(k, n, level)


# Ratios ------------------------------------------------------------------------------------------


def test_z_and_p_are_each_others_inverse() -> None:
    assert ratios.z_to_p(1.959963984540054) == pytest.approx(0.05, rel=1e-12)
    assert ratios.z_to_p(0) == 1
    assert ratios.p_to_z(1) == 0
    for z in (0.1, 1, 3, 10, 30):
        assert ratios.p_to_z(ratios.z_to_p(-z)) == pytest.approx(z, rel=1e-9)
    assert ratios.z_to_p(1e300) == 0


# Altman & Bland, BMJ 2011;343:d2304: "How to obtain the P value from a confidence interval".
def test_p_is_that_of_altman_and_bland() -> None:
    assert ratios.log_standard_error(0.70, 0.94) == pytest.approx(0.0752, abs=5e-4)
    assert ratios.wald_p(0.81, 0.70, 0.94) == pytest.approx(0.005, abs=5e-4)


@given(table=cells().filter(all))
@settings(deadline=None)
def test_p_of_an_odds_ratio_is_that_of_statsmodels(table: tuple[int, int, int, int]) -> None:
    fitted = Table2x2([table[:2], table[2:]])
    lower, upper = fitted.oddsratio_confint()
    assert ratios.log_standard_error(lower, upper) == pytest.approx(fitted.log_oddsratio_se)
    assert ratios.wald_p(fitted.oddsratio, lower, upper) == pytest.approx(
        fitted.oddsratio_pvalue(), abs=1e-9
    )


@given(ratio=st.floats(0.01, 100), width=st.floats(0.01, 3), level=levels)
def test_p_is_below_one_minus_the_level_where_the_interval_leaves_out_1(
    ratio: float, width: float, level: float
) -> None:
    lower, upper = ratio * math.exp(-width), ratio * math.exp(width)
    p = ratios.wald_p(ratio, lower, upper, level)
    if abs(lower - 1) > 1e-6 and abs(upper - 1) > 1e-6:
        assert (p < 1 - level) == (lower > 1 or upper < 1)
    assert p == pytest.approx(ratios.wald_p(1 / ratio, 1 / upper, 1 / lower, level), abs=1e-12)


@given(printed=printed_ratios(), level=levels, data=st.data())
def test_the_box_holds_every_p_that_rounding_leaves_open(
    printed: tuple[Printed, Printed, Printed], level: float, data: st.DataObject
) -> None:
    if any(number.low <= 0 for number in printed):
        return
    low, high = ratios.box_p(*printed, level)
    least, most = ratios.box_se(*printed[1:], level)
    assert 0 <= low <= high <= 1
    assert 0 <= least < most
    ratio, lower, upper = (data.draw(st.floats(number.low, number.high)) for number in printed)
    if lower < upper and math.log(lower) < math.log(upper):
        slack = 1e-9
        assert least - slack <= ratios.log_standard_error(lower, upper, level) <= most + slack
        assert low - slack <= ratios.wald_p(ratio, lower, upper, level) <= high + slack


def box(*texts: str) -> tuple[float, float]:
    numbers = [Printed.of(text) for text in texts]
    assert None not in numbers
    return ratios.box_p(*numbers)  # type: ignore[arg-type]


def test_boxes_have_an_answer_where_zero_or_one_is_inside() -> None:
    assert box("1.0", "0.9", "1.1")[1] == 1
    assert box("0.0", "0.0", "1.5") == (0.0, 1.0)
    assert box("0.99", "0.99", "0.99")[0] == 0
    assert box("0.70", "0.00", "0.90")[1] == 1
    assert ratios.box_se(Printed(Decimal("0.99")), Printed(Decimal("0.99")))[0] == 0


@pytest.mark.parametrize(
    "texts",
    [("0.7", "0.9", "0.5"), ("-0.7", "0.5", "0.9"), ("0.7", "-0.5", "0.9"), ("0.7", "0.0", "0.0")],
)
def test_boxes_of_what_is_no_ratio_are_refused(texts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=r"must be above 0|is above the upper"):
        box(*texts)


def test_there_is_no_largest_standard_error_where_the_lower_bound_may_be_0() -> None:
    with pytest.raises(ValueError, match="may be 0"):
        ratios.box_se(Printed(Decimal("0.0")), Printed(Decimal("0.9")))


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        ((0.7, 0.9, 0.5, 0.95), "below the upper"), ((0.7, 0.9, 0.9, 0.95), "below the upper"),
        ((0.0, 0.5, 0.9, 0.95), "ratio must be"), ((0.7, 0.0, 0.9, 0.95), "lower must be"),
        ((0.7, 0.5, math.inf, 0.95), "upper must be"), ((math.nan, 0.5, 0.9, 0.95), "ratio must"),
        ((0.7, 0.5, 0.9, 95), "level"), ((0.7, 0.5, 0.9, 5e-324), "level"),
    ],
)  # fmt: skip
def test_what_is_no_ratio_is_refused(numbers: tuple[float, ...], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        ratios.wald_p(*numbers)


@pytest.mark.parametrize("p", [0.0, -0.1, 1.1, math.nan])
def test_there_is_no_z_of_what_is_no_p(p: float) -> None:
    with pytest.raises(ValueError, match="p must be"):
        ratios.p_to_z(p)


@pytest.mark.parametrize("z", [math.nan, math.inf])
def test_there_is_no_p_of_what_is_no_z(z: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        ratios.z_to_p(z)


# 2x2 tables --------------------------------------------------------------------------------------

TABLES = [(8, 2, 1, 5), (3, 1, 1, 3), (10, 10, 10, 10), (0, 5, 5, 0), (190, 800, 200, 900)]


@given(table=cells())
@settings(max_examples=200, deadline=None)
def test_tests_are_those_of_scipy(table: tuple[int, int, int, int]) -> None:
    rows = [table[:2], table[2:]]
    smaller = min(fisher_exact(rows, side).pvalue for side in ("less", "greater"))
    expected = {
        "fisher": fisher_exact(rows).pvalue,
        "fisher-one-sided": smaller,
        "pearson": chi2_contingency(rows, correction=False).pvalue,
        "yates": chi2_contingency(rows, correction=True).pvalue,
        "likelihood-ratio": chi2_contingency(
            rows, correction=False, lambda_="log-likelihood"
        ).pvalue,
    }
    for name, p in expected.items():
        assert two_by_two.METHODS[name](*table) == pytest.approx(p, rel=1e-7, abs=1e-13), name


# Agresti, Categorical Data Analysis: Fisher's tea (3 1 1 3) and table 3.8 of exact p-values.
def test_fishers_p_of_the_lady_tasting_tea() -> None:
    assert two_by_two.fisher(3, 1, 1, 3) == pytest.approx(34 / 70, rel=1e-12)
    assert two_by_two.fisher_one_sided(3, 1, 1, 3) == pytest.approx(17 / 70, rel=1e-12)
    assert two_by_two.mid_p(3, 1, 1, 3) == pytest.approx(34 / 70 - 8 / 70, rel=1e-12)


@pytest.mark.parametrize("table", TABLES)
def test_mantel_haenszel_is_pearsons_statistic_made_smaller(
    table: tuple[int, int, int, int],
) -> None:
    n = sum(table)
    statistic = chi2_contingency([table[:2], table[2:]], correction=False).statistic
    p = math.erfc(math.sqrt(statistic * (n - 1) / n / 2))
    assert two_by_two.mantel_haenszel(*table) == pytest.approx(p, rel=1e-9)


@given(table=cells())
def test_tests_do_not_mind_how_the_table_is_turned(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    for name, test in two_by_two.METHODS.items():
        p = test(a, b, c, d)
        assert 0 <= p <= 1, name
        for turned in [(c, d, a, b), (b, a, d, c), (a, c, b, d)]:
            assert test(*turned) == pytest.approx(p, rel=1e-7, abs=1e-13), name


def test_tests_take_large_tables() -> None:
    table = (250_000, 250_000, 249_000, 251_000)
    assert two_by_two.fisher(*table) == pytest.approx(
        fisher_exact([table[:2], table[2:]]).pvalue, rel=1e-5
    )
    for test in two_by_two.METHODS.values():
        assert 0 <= test(500_000, 0, 0, 500_000) < 1e-300


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ((0, 0, 3, 4), "is empty"), ((3, 4, 0, 0), "is empty"), ((0, 3, 0, 4), "is empty"),
        ((3, 0, 4, 0), "is empty"), ((0, 0, 0, 0), "is empty"), ((-1, 2, 3, 4), "must be counts"),
        ((10**6, 1, 1, 1), "at most"), ((10**400, 1, 1, 1), "at most"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(table: tuple[int, int, int, int], word: str) -> None:
    for test in two_by_two.METHODS.values():
        with pytest.raises(ValueError, match=word):
            test(*table)


# Ranks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_attainable_p_are_all_that_scipy_finds(n: int) -> None:
    found = set()
    for signs in range(2**n):
        differences = [rank if signs >> (rank - 1) & 1 else -rank for rank in range(1, n + 1)]
        found.add(round(float(wilcoxon(differences, method="exact").pvalue), 12))
    assert sorted(found) == pytest.approx(ranks.attainable(n), abs=1e-12)


def test_the_grid_of_six_pairs_begins_with_twice_a_64th() -> None:
    assert ranks.attainable(6)[:3] == (2 / 64, 4 / 64, 6 / 64)
    assert ranks.nearest(0.05, 6) == (2 / 64, 4 / 64)
    assert ranks.nearest(4 / 64, 6) == (4 / 64, 4 / 64)
    assert ranks.nearest(0.001, 6) == (2 / 64, 2 / 64)
    assert ranks.nearest(1, 6) == (1, 1)


@given(n=st.integers(1, 100), p=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_the_nearest_p_lie_on_both_sides(n: int, p: float) -> None:
    below, above = ranks.nearest(p, n)
    grid = ranks.attainable(n)
    assert list(grid) == sorted(set(grid))
    assert grid[-1] == 1
    assert below in grid
    assert above in grid
    assert above >= p
    assert below <= p or below == grid[0]
    assert not [value for value in grid if below < value < above]


@pytest.mark.parametrize(("p", "n"), [(0.5, 0), (0.5, 101), (-0.1, 5), (1.1, 5), (math.nan, 5)])
def test_what_has_no_ranks_is_refused(p: float, n: int) -> None:
    with pytest.raises(ValueError, match="must"):
        ranks.nearest(p, n)
