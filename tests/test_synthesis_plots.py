"""Forest and subgroup plots: what they show, in which form, and what they do without."""

from __future__ import annotations

import io
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from anlokg.synthesis.effects import Effect, Scale, proportion, ratio
from anlokg.synthesis.models import Natural, pool
from anlokg.synthesis.plots.axis import axis_of
from anlokg.synthesis.plots.data import (
    ForestData,
    ForestRow,
    Measure,
    Section,
    Summary,
    summary,
)
from anlokg.synthesis.plots.forest import forest, png, svg
from anlokg.synthesis.plots.layout import layout_of
from anlokg.synthesis.plots.printed import alt_text, number
from anlokg.synthesis.plots.subgroups import subgroup_plot
from anlokg.synthesis.plots.words import heterogeneity, p_value
from anlokg.synthesis.refusal import SynthesisRefused
from anlokg.synthesis.subgroups import compare

SVG = "{http://www.w3.org/2000/svg}"
HAZARD = Measure(
    "Hazard ratio of progression-free survival",
    Scale.LOG,
    "HR",
    "favours anlotinib",
    "favours placebo",
)
SHARE = Measure("Objective response rate", Scale.LOGIT, "ORR, %")
TRIALS = [
    ratio("ALTER0303", 0.25, 0.19, 0.31),
    ratio("ALTER1202", 0.19, 0.12, 0.32),
    ratio("Third", 0.70, 0.40, 1.22),
]


def rows(effects: list[Effect]) -> tuple[ForestRow, ...]:
    def row(effect: Effect, weight: float) -> ForestRow:
        back, half = effect.scale.back, 1.96 * effect.standard_error
        low, high = effect.estimate - half, effect.estimate + half
        return ForestRow(effect.label, back(effect.estimate), back(low), back(high), weight)

    weights = pool(effects).weights
    return tuple(row(*pair) for pair in zip(effects, weights, strict=True))


def of_trials(title: str = "Progression") -> ForestData:
    return ForestData(title, HAZARD, (Section("", rows(TRIALS)),), (summary(pool(TRIALS)),))


def of_rows(*some: ForestRow, measure: Measure = HAZARD) -> ForestData:
    return ForestData("", measure, (Section("", some),))


def parsed(data: ForestData) -> ElementTree.Element:
    return ElementTree.fromstring(svg(data))


def texts(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {element.text or "": element for element in root.iter(f"{SVG}text")}


def shapes(root: ElementTree.Element, fill: str) -> list[list[tuple[float, float]]]:
    """The corners of all shapes of a colour."""
    found = []
    for path in root.iter(f"{SVG}path"):
        if f"fill: {fill}" in path.get("style", ""):
            numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*", path.get("d", ""))]
            found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


# ---- what is shown -------------------------------------------------------------------------


def test_every_study_its_numbers_and_the_pooled_one_are_text() -> None:
    found = texts(parsed(of_trials()))
    for text in ("Progression", "Study", "HR", "(95 % CI)", "Weight, %", "ALTER0303", "0.25"):
        assert text in found
    assert {"(0.20", "0.32)", "to", "Random effects (REML, Hartung-Knapp)"} <= found.keys()
    assert "Prediction interval" in found
    assert "← favours anlotinib" in found and "favours placebo →" in found
    assert any(text.startswith("Heterogeneity: tau² = ") for text in found)


def test_columns_are_aligned_and_do_not_touch() -> None:
    data = of_trials()
    root, columns = parsed(data), layout_of(data).columns
    weights = [texts(root)[f"{row.weight:.1f}"] for row in data.rows()]
    for element in weights:
        assert float(element.get("x", "")) == pytest.approx(columns.weight, abs=0.01)
    assert all("text-anchor: end" in element.get("style", "") for element in weights)
    edges = [columns.left, *columns.cells, *columns.plot, *columns.numbers, columns.weight]
    assert edges == sorted(edges)


def test_squares_are_as_large_as_weights() -> None:
    data = of_trials()
    sides = [
        max(x for x, _ in corners) - min(x for x, _ in corners)
        for corners in shapes(parsed(data), "#56b4e9")
    ]
    weights = [row.weight or 0 for row in data.rows()]
    assert len(sides) == len(weights) == 3
    for side, weight in zip(sides, weights, strict=True):
        share = side**2 / max(sides) ** 2
        assert share == pytest.approx(weight / max(weights), rel=1e-3)


def test_the_diamond_spans_its_interval_on_the_log_axis() -> None:
    data = of_trials()
    [diamond] = shapes(parsed(data), "#d55e00")
    left, right = layout_of(data).columns.plot
    natural, axis = data.summaries[0].natural, axis_of(data)
    xs = [x for x, _ in diamond]
    for value, x in ((natural.lower, min(xs)), (natural.upper, max(xs))):
        assert x == pytest.approx(left + axis.place(value) * (right - left), abs=0.01)
    middle = (axis.place(natural.lower) + axis.place(natural.upper)) / 2
    assert axis.place(natural.estimate) == pytest.approx(middle, abs=0.01)


def test_shares_have_an_axis_from_0_in_percent() -> None:
    effects = [proportion("a", 3, 20), proportion("b", 9, 30)]
    data = ForestData("", SHARE, (Section("", rows(effects)),), (summary(pool(effects)),))
    axis, found = axis_of(data), texts(parsed(data))
    assert (axis.low, axis.high) == (0, 1)
    assert {"0", "20", "100", "Objective response rate, %", "15.0"} <= found.keys()


@pytest.mark.parametrize(
    ("lower", "upper", "heads"),
    [(0.5, 2.0, 0), (0.0, 2.0, 1), (0.5, math.inf, 1), (0.0, math.inf, 2), (1e-9, 1e9, 2)],
)
def test_an_interval_that_leaves_the_axis_ends_in_an_arrow(
    lower: float, upper: float, heads: int
) -> None:
    data = of_rows(ForestRow("a", 0.8, 0.6, 1.1, 50), ForestRow("b", 1, lower, upper, 50))
    assert len(shapes(parsed(data), "#1a1a1a")) == heads


def test_numbers_are_printed_as_journals_do() -> None:
    difference = Measure("Difference", Scale.PLAIN, "MD")
    assert number(0.3834, SHARE) == "38.3"
    assert number(-0.04, difference) == "0.0"
    assert number(-3.26, difference) == "−3.3"
    assert [number(x, HAZARD) for x in (0.7, 0.0001, 1234.5, math.inf)] == [
        "0.70", "<0.01", "1234", "∞",
    ]  # fmt: skip
    assert [p_value(p) for p in (0.0004, 0.0123, 0.5)] == ["p < 0.001", "p = 0.012", "p = 0.50"]


def test_one_study_has_no_heterogeneity_to_tell() -> None:
    one = pool(TRIALS[:1])
    assert heterogeneity(one) == ""
    data = of_trials()
    data = replace(data, sections=(Section("", data.rows()[:1]),), summaries=(summary(one),))
    assert "Prediction interval" not in texts(parsed(data))
    assert "One study" in texts(parsed(data))


def test_sections_have_headings_and_weigh_what_their_rows_weigh() -> None:
    of_all = rows(TRIALS)
    part = Section("Lung", of_all[:2], (summary(pool(TRIALS[:2])),))
    found = texts(parsed(ForestData("", HAZARD, (part, Section("Other", of_all[2:])))))
    assert {"Lung", "Other"} <= found.keys()
    assert f"{(of_all[0].weight or 0) + (of_all[1].weight or 0):.1f}" in found


def test_a_subgroup_plot_has_a_row_for_each_subgroup_and_the_test() -> None:
    groups = {"lung": TRIALS[:2], "other": [TRIALS[2], ratio("Fourth", 0.9, 0.5, 1.6)]}
    found = texts(parsed(subgroup_plot(compare(groups), HAZARD, "By site")))
    assert {"lung", "other", "Subgroup", "Studies", "2", "4"} <= found.keys()
    told = alt_text(subgroup_plot(compare(groups), HAZARD))
    assert "Differences between subgroups: F = " in told and "share one tau²" in told
    own = alt_text(subgroup_plot(compare(groups, common_tau2=False), HAZARD))
    assert "chi² = " in own and "its own tau²" in own


# ---- alternative text and forms ------------------------------------------------------------


def test_the_alternative_text_tells_what_is_seen() -> None:
    told = alt_text(of_trials())
    assert told.startswith("Forest plot of Hazard ratio of progression-free survival, 3 rows.")
    assert "ALTER0303: 0.25 (0.20 to 0.32), weight" in told
    assert "95 % interval" in told and "prediction interval" in told and "I² = " in told
    many = of_rows(*(ForestRow(f"s{n}", 1 + n / 100, 0.5, 3, 1) for n in range(40)))
    assert "The lowest is s0: 1.00" in alt_text(many) and "s20" not in alt_text(many)


def test_svg_carries_title_and_description() -> None:
    root = parsed(of_trials())
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Progression"
    assert description.text == alt_text(of_trials())
    assert "date" not in svg(of_trials()).decode().lower()


def test_png_has_300_dots_an_inch_and_a_description() -> None:
    plot = forest(of_trials())
    with Image.open(io.BytesIO(plot.png)) as image:
        image.load()
        assert [round(dots) for dots in image.info["dpi"]] == [300, 300]
        assert image.info["Description"] == plot.alt == alt_text(of_trials())
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or ()}
    assert {(0x56, 0xB4, 0xE9), (0xD5, 0x5E, 0x00), (255, 255, 255)} <= colours


def test_the_same_plot_gives_the_same_bytes() -> None:
    assert (svg(of_trials()), png(of_trials())) == (svg(of_trials()), png(of_trials()))


def test_colours_differ_in_brightness_too() -> None:
    def brightness(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    square, diamond = brightness("#56b4e9") + 0.05, brightness("#d55e00") + 0.05
    assert square / diamond > 1.5


# ---- odd input -----------------------------------------------------------------------------

NAMES = {
    "Chinese": "中国医学科学院肿瘤医院 安罗替尼",
    "Cyrillic": "Исследование",
    "markup": "<b>a & b</b> $x^2$",
    "control characters": "a\x00b\x1bc\nd",
    "half a surrogate pair": "a\ud800b",
    "long": "Anlotinib plus chemotherapy in patients who had two or more earlier lines " * 4,
    "without spaces": "x" * 300,
    "empty": "",
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_of_every_kind_are_drawn_without_a_warning(kind: str) -> None:
    data = of_rows(ForestRow(NAMES[kind], 0.8, 0.6, 1.1, 100))
    plot = forest(replace(data, title=NAMES[kind], notes=(NAMES[kind],)))
    root = ElementTree.fromstring(plot.svg)
    assert "\x00" not in plot.alt
    with Image.open(io.BytesIO(plot.png)) as image:
        assert image.width < 4000
    if kind in ("Chinese", "Cyrillic", "markup"):
        assert NAMES[kind] in texts(root)


def test_long_names_stay_left_of_the_plot() -> None:
    from anlokg.synthesis.plots.fonts import width
    from anlokg.synthesis.plots.layout import SIZE

    data = of_rows(ForestRow(NAMES["long"], 0.8, 0.6, 1.1), ForestRow("x" * 300, 0.8, 0.6, 1.1))
    layout = layout_of(data)
    for line in layout.lines:
        assert len(line.names) > 3
        assert all(
            layout.columns.left + width(name, SIZE) < layout.columns.plot[0] for name in line.names
        )


def test_a_hundred_rows_are_drawn() -> None:
    many = [Effect(f"Study {n}", math.sin(n), 0.1 + n / 100, Scale.LOG) for n in range(100)]
    data = ForestData("", HAZARD, (Section("", rows(many)),), (summary(pool(many)),))
    root = parsed(data)
    assert len(shapes(root, "#56b4e9")) == 100
    middles = [sum(y for _, y in corners) / len(corners) for corners in shapes(root, "#56b4e9")]
    assert all(below - above > 10 for above, below in pairwise(middles))


def test_more_rows_than_a_picture_holds_are_refused_as_png() -> None:
    data = of_rows(*(ForestRow(f"s{n}", 1, 0.5, 2, 1) for n in range(500)))
    with pytest.raises(SynthesisRefused, match="Take it as SVG"):
        png(data)


ALIKE = [
    (SHARE, 0.0, 0.0, 0.0),
    (SHARE, 1.0, 1.0, 1.0),
    (SHARE, 0.0, 0.0, 1.0),
    (HAZARD, 1.0, 1.0, 1.0),
    (HAZARD, 1e-8, 1e-9, 1e-7),
    (HAZARD, 1e8, 1e7, 1e9),
    (Measure("Difference", Scale.PLAIN, "MD"), 0.0, 0.0, 0.0),
    (Measure("Difference", Scale.PLAIN, "MD"), 5e4, -math.inf, math.inf),
    (Measure("Difference", Scale.PLAIN, "MD"), 1e-5, 0.9e-5, 1.1e-5),
]


@pytest.mark.parametrize(("measure", "estimate", "lower", "upper"), ALIKE)
def test_an_axis_is_found_for_whatever_there_is(
    measure: Measure, estimate: float, lower: float, upper: float
) -> None:
    data = of_rows(ForestRow("a", estimate, lower, upper), measure=measure)
    axis = axis_of(data)
    assert axis.low < axis.high and 2 <= len(axis.ticks) <= 12
    assert 0 <= axis.place(estimate) <= 1 and not axis.leaves(estimate)
    assert forest(data).png


@pytest.mark.parametrize(
    ("measure", "row"),
    [
        (HAZARD, ForestRow("a", 0, 0, 1)),
        (HAZARD, ForestRow("a", -1, -2, 1)),
        (HAZARD, ForestRow("a", 1, 2, 3)),
        (SHARE, ForestRow("a", 38.3, 27.1, 50.8)),
        (SHARE, ForestRow("a", math.nan, 0.1, 0.2)),
        (HAZARD, ForestRow("a", 1, math.nan, 2)),
        (HAZARD, ForestRow("a", math.inf, 1, math.inf)),
        (SHARE, ForestRow("a", 0.5, 0.6, 0.4)),
    ],
)
def test_what_cannot_be_drawn_is_refused(measure: Measure, row: ForestRow) -> None:
    with pytest.raises(SynthesisRefused, match=r"a: .* cannot be drawn"):
        of_rows(row, measure=measure)


def test_an_empty_plot_and_cells_without_columns_are_refused() -> None:
    with pytest.raises(SynthesisRefused, match="nothing to plot"):
        of_rows()
    with pytest.raises(SynthesisRefused, match="2 cells do not fit 0 columns"):
        of_rows(ForestRow("a", 1, 0.5, 2, 1, ("1/2", "2/3")))
    with pytest.raises(SynthesisRefused, match="cannot be drawn"):
        ForestData("", SHARE, (), (Summary("a", Natural(2, 1, 3, None, None)),))


# ---- matplotlib ----------------------------------------------------------------------------

DRAWS = """
import sys, threading
from anlokg.synthesis.plots.data import ForestData, ForestRow, Measure, Section
from anlokg.synthesis.plots.forest import png, svg
from anlokg.synthesis.effects import Scale
assert not any(name.startswith("matplotlib") for name in sys.modules), "matplotlib came early"
data = ForestData("", Measure("HR", Scale.LOG, "HR"), (Section("", (ForestRow("a", 1, .5, 2),)),))
found = []
threads = [threading.Thread(target=lambda: found.append((svg(data), png(data)))) for _ in range(3)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
assert len(found) == 3 and len(set(found)) == 1, len(found)
assert "matplotlib.pyplot" not in sys.modules
import os; assert "MPLCONFIGDIR" not in os.environ
import matplotlib; assert matplotlib.rcParams["svg.fonttype"] == "path"
"""


@pytest.mark.parametrize("home", ["a folder", "nothing"])
def test_plots_leave_no_trace_in_the_home_folder(home: str, tmp_path: Path) -> None:
    own, temporary = tmp_path / "home", tmp_path / "temporary"
    own.mkdir()
    temporary.mkdir()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "MPL")) and name != "HOME"
    }
    environment |= {
        "HOME": str(own) if home == "a folder" else "/dev/null/nowhere",
        "TMPDIR": str(temporary),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DRAWS],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(own.iterdir()) == []
    assert list(temporary.iterdir()) == []
