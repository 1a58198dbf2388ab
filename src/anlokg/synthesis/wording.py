"""Numbers and lines of an answer as people read them, from its plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

Data = dict[str, Any]
"""An answer as ``report.as_data`` gives it."""
FORCED = "FORCED: these figures should not be pooled. The reasons:"


def number(data: Data, value: float) -> str:
    """A share in percent with a decimal, a ratio or difference with three digits."""
    if data["measure"] == "proportion":
        return f"{100 * value:.1f}"
    if value == 0 or not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2g}"
    decimals = max(0, min(4, 2 - math.floor(math.log10(abs(value)))))
    return f"{value:.{decimals}f}"


def unit(data: Data) -> str:
    """What stands behind numbers of this answer."""
    return " %" if data["measure"] == "proportion" else ""


def span(data: Data, lower: float, upper: float) -> str:
    """An interval."""
    return f"{number(data, lower)} to {number(data, upper)}"


def estimate(data: Data, told: Data) -> str:
    """An estimate with its interval, as ``12.7 % (8.6 to 18.3)``."""
    value = number(data, told["estimate"]) + unit(data)
    return f"{value} ({span(data, told['lower'], told['upper'])})"


def level(data: Data) -> str:
    """The level in percent, as ``95 %``."""
    return f"{100 * data['level']:g} %"


def chance(p: float) -> str:
    """A p-value with its sign."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


def counts(one: Data) -> str:
    """Count over denominator of an input; with "~" where the count was worked out."""
    if one["count"] is None:
        return ""
    of = f"{'~' if one['count_derived'] else ''}{one['count']}/{one['denominator']}"
    other = one.get("reference")
    return f"{of} v {other['count']}/{other['denominator']}" if other else of


def results(data: Data) -> Iterator[str]:
    """The pooled numbers, a line each."""
    pooled = data["pooled"]
    if pooled is None:
        return
    how = {"random": "Random effects", "fixed": "Fixed effect", "single": "One figure"}
    yield (
        f"{how[pooled['model']]}, k = {pooled['k']}: {estimate(data, pooled)},"
        f" interval of level {level(data)}"
    )
    if ahead := pooled["prediction_interval"]:
        told = span(data, ahead["lower"], ahead["upper"])
        yield f"Prediction interval of a further study: {told}{unit(data)}"
    if spread := pooled["heterogeneity"]:
        yield _spread(spread)
    if compared := data["subgroups"]:
        yield from _subgroups(data, compared)


def without(data: Data) -> list[str]:
    """The pooled number without each of the inputs, a line each."""
    return [f"{one['without']}: {estimate(data, one)}" for one in data["leave_one_out"]]


def _spread(spread: Data) -> str:
    parts = [_bounded("I²", spread["i2"], 0, " %")]
    if "tau2" in spread:
        parts.append(_bounded("tau²", spread["tau2"], 3))
    q = spread["q"]
    parts.append(f"Q = {q['value']:.2f}, df = {q['df']}, {chance(q['p'])}")
    return f"Heterogeneity: {'; '.join(parts)}"


def _bounded(name: str, told: Data, decimals: int, unit: str = "") -> str:
    text = f"{name} = {told['value']:.{decimals}f}{unit}"
    if told["lower"] is None or told["upper"] is None:
        return text
    return f"{text} ({told['lower']:.{decimals}f} to {told['upper']:.{decimals}f})"


def _subgroups(data: Data, compared: Data) -> Iterator[str]:
    for group in compared["groups"]:
        yield f"Subgroup {group['label']}, k = {group['k']}: {estimate(data, group)}"
    test = compared["test"]
    if test["p"] is not None:
        kind = "F" if test["df_residual"] is not None else "chi²"
        df = f"{test['df']}" + (f", {test['df_residual']}" if kind == "F" else "")
        told = f"{kind} = {test['statistic']:.2f}, df = {df}, {chance(test['p'])}"
        yield f"Difference between subgroups: {told}"


def before(data: Data) -> Iterator[str]:
    """What stands above the table of the inputs."""
    yield data["title"]
    if data["forced"]:
        yield ""
        yield FORCED
        yield from (f"  {one['text']}" for one in data["refusals_overruled"])
    yield ""


def inputs(data: Data) -> tuple[tuple[str, ...], list[list[str]]]:
    """Columns and rows of the table of the inputs."""
    ranked = data["kind"] == "ranking"
    first, last = ("rank",) if ranked else (), () if ranked else ("weight %",)
    what = f"{data['measure'].replace('-', ' ')}{unit(data)}".replace("proportion", "share")
    columns = (*first, "study and group", "n/N", what, "interval", *last,
               "printed", "locator", "findings")  # fmt: skip
    return columns, [_row(data, one) for one in data["inputs"]]


def _row(data: Data, one: Data) -> list[str]:
    rank = [str(one["rank"])] if "rank" in one else []
    weight = [] if rank else [f"{one['weight_percent'] or 0:.1f}"]
    findings = ", ".join(f"{flag['rule']} ({flag['severity']})" for flag in one["findings"])
    interval = span(data, one["lower"], one["upper"])
    return [*rank, one["label"], counts(one), number(data, one["estimate"]), interval,
            *weight, one["reported"], one["locator"], findings]  # fmt: skip


def after(data: Data) -> Iterator[str]:
    """What stands below the table of the inputs."""
    yield ""
    yield from results(data)
    yield from _section("Without one of them", without(data))
    yield from _section("Caveats", [one["text"] for one in data["warnings"]])
    yield from _section("Notes", data["notes"])
    told = [f"{one['label']} [{one['reported']}]: {one['reason']}" for one in data["left_out"]]
    yield from _section("Left out", told)
    yield from _section("Method", data["method"])
    software = data["software"]
    yield ""
    yield f"{software['name']} {software['version']}, release {data['release']}"
    yield "The query that gives these inputs: --format rq"


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def page(data: Data) -> Iterator[str]:
    """The whole answer as text, the inputs in lines."""
    yield from before(data)
    columns, rows = inputs(data)
    for row in (columns, *rows):
        yield "\t".join(row)
    yield from after(data)
    yield ""
