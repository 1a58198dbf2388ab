"""Effect sizes: what one study adds to a pooled number, on the scale the analysis is made on.

Shares are analysed as logits, ratios as natural logarithms, differences of means as they are.
Where an event or its absence was not seen at all, half an event is added to every cell of that
study and of no other, the usual correction; a study without empty cells is left as it is.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from enum import StrEnum

from ..statistics.ratios import log_standard_error
from .refusal import SynthesisRefused

CORRECTION = 0.5
# Numbers beyond these are no figures of a study; within them no sum of squares overflows.
LARGEST = 1e50
SMALLEST = 1e-50
_LARGEST_EXPONENT = math.log(sys.float_info.max)


class Scale(StrEnum):
    """The scale of an analysis; ``back`` leads from it to what is printed."""

    LOGIT = "logit"
    LOG = "log"
    PLAIN = "plain"

    def back(self, value: float) -> float:
        """A share between 0 and 1, a ratio, or the difference itself; always a finite number."""
        if self is Scale.LOGIT:
            return _share(value)
        if self is Scale.LOG:
            return math.exp(min(value, _LARGEST_EXPONENT))
        return value


def _share(logit: float) -> float:
    """The inverse of the logit; the exponent is never positive, so nothing overflows."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1 + odds)


@dataclass(frozen=True, slots=True)
class Effect:
    """One study's estimate and its variance on ``scale``; ``key`` names where it comes from.

    ``corrected`` says that half an event was added because a cell was empty.
    Raises ``SynthesisRefused`` where estimate or variance cannot be used.
    """

    label: str
    estimate: float
    variance: float
    scale: Scale
    key: str = ""
    corrected: bool = False

    def __post_init__(self) -> None:
        if not abs(self.estimate) <= LARGEST:
            raise SynthesisRefused(
                f"{self.label}: the estimate {self.estimate} is no number of use"
            )
        if not SMALLEST <= self.variance <= LARGEST:
            raise SynthesisRefused(
                f"{self.label}: the variance {self.variance} must be a number above 0. "
                "Give an interval, a standard deviation or counts that say how sure the figure is"
            )

    @property
    def standard_error(self) -> float:
        """The root of the variance, on the scale of the analysis."""
        return math.sqrt(self.variance)


def proportion(label: str, events: int, total: int, key: str = "") -> Effect:
    """The logit of ``events`` of ``total``; an arm with none, or with all, is corrected."""
    _counts(label, events, total)
    having, lacking = _corrected(events, total - events)
    return Effect(
        label,
        math.log(having / lacking),
        1 / having + 1 / lacking,
        Scale.LOGIT,
        key,
        having != events,
    )


def ratio(
    label: str, value: float, lower: float, upper: float, level: float = 0.95, key: str = ""
) -> Effect:
    """A hazard, risk or odds ratio with its interval; the standard error comes from the interval.

    Raises ``SynthesisRefused`` for a ratio or bound that is not above 0, for bounds that are
    reversed or equal, and for a level outside 0 to 1.
    """
    check_level(level)
    if not 0 < lower < upper or not 0 < value < LARGEST or upper > LARGEST:
        raise SynthesisRefused(
            f"{label}: {value} ({lower} to {upper}) is no ratio with its interval. "
            "All three must be above 0, and the lower bound below the upper one"
        )
    error = log_standard_error(lower, upper, level)
    return Effect(label, math.log(value), error * error, Scale.LOG, key)


def risk_ratio(
    label: str, events: int, total: int, reference_events: int, reference_total: int, key: str = ""
) -> Effect:
    """The log risk ratio of an arm against a reference arm, from counts."""
    _counts(label, events, total)
    _counts(label, reference_events, reference_total)
    a, b, c, d = _corrected(
        events, total - events, reference_events, reference_total - reference_events
    )
    estimate = math.log(a / (a + b)) - math.log(c / (c + d))
    variance = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return Effect(label, estimate, variance, Scale.LOG, key, a != events)


def odds_ratio(
    label: str, events: int, total: int, reference_events: int, reference_total: int, key: str = ""
) -> Effect:
    """The log odds ratio of an arm against a reference arm, from counts."""
    _counts(label, events, total)
    _counts(label, reference_events, reference_total)
    a, b, c, d = _corrected(
        events, total - events, reference_events, reference_total - reference_events
    )
    estimate = math.log(a) - math.log(b) - math.log(c) + math.log(d)
    return Effect(label, estimate, 1 / a + 1 / b + 1 / c + 1 / d, Scale.LOG, key, a != events)


def mean_difference(
    label: str,
    mean: float,
    deviation: float,
    size: int,
    reference_mean: float,
    reference_deviation: float,
    reference_size: int,
    key: str = "",
) -> Effect:
    """The difference of two means; each arm has its own standard deviation and size."""
    for deviation_of_arm, size_of_arm in (
        (deviation, size),
        (reference_deviation, reference_size),
    ):
        if size_of_arm < 2 or not deviation_of_arm > 0:
            raise SynthesisRefused(
                f"{label}: a mean needs at least two patients and a standard deviation above 0, "
                f"not {size_of_arm} and {deviation_of_arm}"
            )
    variance = deviation**2 / size + reference_deviation**2 / reference_size
    return Effect(label, mean - reference_mean, variance, Scale.PLAIN, key)


def check_level(level: float) -> None:
    """Refuse a confidence level that is not between 0 and 1, such as 95 for 0.95."""
    if not 0 < level < 1:
        raise SynthesisRefused(
            f"the level {level} is not between 0 and 1. Write 0.95 for an interval of 95 %"
        )


def _counts(label: str, events: int, total: int) -> None:
    if total <= 0:
        raise SynthesisRefused(f"{label}: the denominator {total} must be above 0")
    if not 0 <= events <= total:
        raise SynthesisRefused(f"{label}: {events} events of {total} are not possible")
    if total > LARGEST:
        raise SynthesisRefused(f"{label}: the denominator {total} is no number of patients")


def _corrected(*cells: int) -> tuple[float, ...]:
    """The cells of one study, each with half an event more if one of them is empty."""
    return tuple(cell + CORRECTION for cell in cells) if 0 in cells else tuple(map(float, cells))
