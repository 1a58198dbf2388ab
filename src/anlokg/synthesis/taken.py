"""A figure that is taken in: how it is shown, and its effect on the scale of the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..statistics import intervals
from . import effects
from .effects import Effect, Scale
from .findings import Flag
from .inputs import Candidate
from .picks import Pick
from .refusal import SynthesisRefused
from .request import Measure, Request

EXACT = "exact (Clopper-Pearson)"
PRINTED = "as printed"
FROM_ARMS = "worked out from both arms"


@dataclass(frozen=True, slots=True)
class Input:
    """A figure that is taken in. Shares are between 0 and 1; ``weight`` is in percent.

    ``interval`` says where ``lower`` and ``upper`` come from. ``effect`` is the figure on the scale
    of the analysis, ``None`` in a ranking, where nothing is pooled.
    """

    pick: Pick
    estimate: float
    lower: float
    upper: float
    interval: str
    effect: Effect | None = None
    weight: float | None = None
    rank: int | None = None
    flags: tuple[Flag, ...] = ()

    @property
    def label(self) -> str:
        """Study and group in a few words."""
        return self.pick.figure.label


def shown(request: Request, pick: Pick, flags: Mapping[str, tuple[Flag, ...]]) -> Input:
    """The figure as it is shown, with the interval that belongs to it."""
    found = tuple(flag for figure in pick.figures for flag in flags.get(figure.result, ()))
    figure = pick.figure
    if pick.reference is not None:
        effect = effect_of(request, pick)
        back = effect.scale.back
        half = intervals.quantile(request.level) * effect.standard_error
        low, high = back(effect.estimate - half), back(effect.estimate + half)
        return Input(pick, back(effect.estimate), low, high, FROM_ARMS, flags=found)
    if pick.count is not None and figure.denominator is not None:
        low, high = intervals.exact(pick.count, figure.denominator, request.level)
        return Input(pick, pick.count / figure.denominator, low, high, EXACT, flags=found)
    if figure.interval is None or figure.value is None:
        raise SynthesisRefused(f"{figure.label}: the figure has no interval")
    level = f"{float(figure.level or 0.95):g}"
    return Input(pick, float(figure.value), *figure.interval, f"{PRINTED}, level {level}",
                 flags=found)  # fmt: skip


def effect_of(request: Request, pick: Pick) -> Effect:
    """The effect of a figure; ``SynthesisRefused`` where estimate or variance cannot be used."""
    figure, other = pick.figure, pick.reference
    key = figure.result
    if other is not None:
        return _of_arms(request, pick, figure, other)
    if request.measure is Measure.proportion:
        return effects.proportion(figure.label, pick.count or 0, figure.denominator or 0, key)
    if figure.value is None or figure.interval is None:
        raise SynthesisRefused(f"{figure.label}: the figure has no interval")
    value, (low, high), level = float(figure.value), figure.interval, float(figure.level or 0.95)
    if request.measure is Measure.mean_difference:
        if not low < high:
            raise SynthesisRefused(f"{figure.label}: the interval {low} to {high} is reversed")
        error = (high - low) / (2 * intervals.quantile(level))
        return Effect(figure.label, value, error * error, Scale.PLAIN, key)
    return effects.ratio(figure.label, value, low, high, level, key)


def _of_arms(request: Request, pick: Pick, figure: Candidate, other: Candidate) -> Effect:
    label, key = figure.label, figure.result
    if request.measure is Measure.risk_ratio:
        of, of_other = figure.denominator or 0, other.denominator or 0
        counts = (pick.count or 0, of, pick.reference_count or 0, of_other)
        return effects.risk_ratio(label, *counts, key)
    return effects.mean_difference(
        label,
        float(figure.value or 0),
        float(figure.spread or 0),
        figure.denominator or figure.size or 0,
        float(other.value or 0),
        float(other.spread or 0),
        other.denominator or other.size or 0,
        key,
    )
