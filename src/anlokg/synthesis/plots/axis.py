"""Where numbers lie on the axis of a plot: its ends, its ticks, and what leaves it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..effects import Scale
from .data import ForestData

# Intervals are followed to so many times the width of what the estimates span, then cut.
REACH = 1.5
# On a log axis, at least so far from the estimates: a factor of 4 (e to the 1.4).
LEAST_REACH = 1.4
MOST_TICKS, MOST_LOG_TICKS = 7, 9


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` to ``high`` on the axis's own scale (logarithms for ratios).

    ``ticks`` are pairs of such a number and its text.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool

    def inner(self, value: float) -> float:
        """A number on the axis's own scale; may be infinite."""
        if not self.log:
            return value
        return math.log(value) if value > 0 else -math.inf

    def place(self, value: float) -> float:
        """How far along the axis a number is, 0 to 1; what leaves the axis is at its end."""
        inner = min(max(self.inner(value), self.low), self.high)
        return (inner - self.low) / (self.high - self.low)

    def leaves(self, value: float) -> bool:
        """Whether a number lies beyond an end of the axis."""
        slack = 1e-9 * (self.high - self.low)
        return not self.low - slack <= self.inner(value) <= self.high + slack


def axis_of(data: ForestData) -> Axis:
    """The axis that shows every estimate and pooled interval, and of the others what is of use."""
    log = data.measure.scale is Scale.LOG
    core, whole = _numbers(data, log)
    span = max(core) - min(core)
    reach = REACH * span + (LEAST_REACH if log else 0.0)
    within = [number for number in whole if math.isfinite(number)]
    if log or (data.measure.scale is Scale.PLAIN and span > 0):
        low = max(min(within), min(core) - reach)
        high = min(max(within), max(core) + reach)
    else:
        low, high = min(within), max(within)
    if log:
        return _log_axis(low, high)
    if data.measure.scale is Scale.LOGIT:
        return _linear_axis(0.0, min(1.0, high), percent=True)
    return _linear_axis(low, high, percent=False)


def _numbers(data: ForestData, log: bool) -> tuple[list[float], list[float]]:
    """What must be on the axis, and all there is, on the axis's own scale."""
    naturals = [one.natural for one in data.pooled()]
    core = [row.estimate for row in data.rows()]
    core += [bound for one in naturals for bound in (one.estimate, one.lower, one.upper)]
    whole = core + [bound for row in data.rows() for bound in (row.lower, row.upper)]
    for one in naturals:
        if one.prediction_lower is not None and one.prediction_upper is not None:
            whole += [one.prediction_lower, one.prediction_upper]
    if data.measure.null is not None:
        core.append(data.measure.null)
        whole.append(data.measure.null)
    if not log:
        return [x for x in core if math.isfinite(x)], whole
    inner = [math.log(x) for x in core if 0 < x < math.inf]
    return inner, inner + [math.log(x) for x in whole if 0 < x < math.inf]


def _log_axis(low: float, high: float) -> Axis:
    """Ends at a 1, 2 or 5 times a power of ten."""
    steps = [
        (math.log(digit) + power * math.log(10), digit, power)
        for power in range(-12, 13)
        for digit in (1, 2, 5)
    ]
    inside = [step for step in steps if low < step[0] < high]
    below = [step for step in steps if step[0] <= low + 1e-9]
    above = [step for step in steps if step[0] >= high - 1e-9]
    first, last = (below or steps)[-1], (above or steps)[0]
    if first == last:
        place = steps.index(first)
        first, last = steps[max(place - 1, 0)], steps[min(place + 1, len(steps) - 1)]
    chosen = [first, *(step for step in inside if step not in (first, last)), last]
    every = 0
    while len(chosen) > MOST_LOG_TICKS:
        every += 1
        chosen = [step for step in chosen if step[1] == 1 and step[2] % every == 0]
    ticks = tuple((inner, f"{digit * 10.0**power:g}") for inner, digit, power in chosen)
    return Axis(first[0], last[0], ticks, log=True)


def _linear_axis(low: float, high: float, percent: bool) -> Axis:
    """Ends and ticks at round numbers."""
    factor = 100 if percent else 1
    low, high = low * factor, high * factor
    if high <= low:
        low, high = low - 1, high + 1
    step = _round_step((high - low) / (MOST_TICKS - 2))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if percent:
        last = min(last, math.ceil(100 / step))
    ends = first * step / factor, last * step / factor
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple(
        (n * step / factor, f"{n * step:.{decimals}f}".replace("-", "\N{MINUS SIGN}"))
        for n in range(first, last + 1)
    )
    return Axis(*ends, ticks, log=False)


def _round_step(wanted: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= wanted * (1 - 1e-9))
