"""Sets each number of an example beside that of metafor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from anlokg.synthesis.influence import leave_one_out
from anlokg.synthesis.models import Pooled, pool
from anlokg.synthesis.subgroups import compare

from .examples import Example, apart

MODELS: dict[str, dict[str, Any]] = {
    "REML, Hartung-Knapp": {},
    "REML, truncated Hartung-Knapp": {"truncated": True},
    "REML, normal": {"knapp_hartung": False},
    "DL, Hartung-Knapp": {"method": "DL"},
    "DL, normal": {"method": "DL", "knapp_hartung": False},
    "fixed": {"model": "fixed"},
    "REML, Hartung-Knapp, 90 %": {"level": 0.90},
}
GROUPS: dict[str, dict[str, Any]] = {
    "shared, Hartung-Knapp": {},
    "shared, normal": {"knapp_hartung": False},
    "apart, Hartung-Knapp": {"common_tau2": False},
    "apart, normal": {"common_tau2": False, "knapp_hartung": False},
    "fixed": {"model": "fixed"},
}
OF_A_GROUP = ("estimate", "error", "lower", "upper", "prediction_lower", "prediction_upper")


@dataclass(frozen=True, slots=True)
class Pair:
    """One number twice. ``part`` is pooled, leave-one-out or subgroups, ``of`` what it is of."""

    example: str
    part: Literal["effect", "pooled", "leave-one-out", "subgroups"]
    model: str
    quantity: str
    of: str
    expected: float
    found: float

    @property
    def apart(self) -> float:
        """The difference as a share of the expected number; of a tau² near 0 as it is.

        metafor looks for tau² in steps down to 1e-12, so the digits of a smaller one mean nothing.
        """
        if self.quantity == "tau2" and abs(self.expected) < 1e-9:
            return abs(self.found - self.expected)
        return apart(self.expected, self.found)


def pairs(example: Example) -> Iterator[Pair]:
    """Every number of an example that metafor gives too."""
    yield from _effects(example)
    for model, expected in example.expected["models"].items():
        pooled = pool(example.effects, **MODELS[model])
        yield from _pooled(example.name, model, expected, pooled)
    for model, expected in example.expected["without"].items():
        yield from _without(example, model, expected)
    for model, expected in example.expected.get("groups", {}).items():
        if model != "labels":
            yield from _groups(example, model, expected)


def _effects(example: Example) -> Iterator[Pair]:
    expected = example.expected["effects"]
    for quantity, name in (("estimate", "yi"), ("variance", "vi")):
        for effect, number in zip(example.effects, _list(expected[name]), strict=True):
            found = getattr(effect, quantity)
            yield Pair(example.name, "effect", "", quantity, effect.label, number, found)


def _pooled(name: str, model: str, expected: Mapping[str, Any], pooled: Pooled) -> Iterator[Pair]:
    for quantity, told in expected.items():
        if quantity == "weights":
            for place, number in enumerate(told):
                of = f"study {place + 1}"
                yield Pair(name, "pooled", model, "weight", of, number, pooled.weights[place])
        else:
            yield Pair(name, "pooled", model, quantity, "", told, _number(pooled, quantity))


def _without(example: Example, model: str, expected: Mapping[str, Any]) -> Iterator[Pair]:
    left = leave_one_out(example.effects, **MODELS[model])
    for quantity, numbers in expected.items():
        for one, number in zip(left, numbers, strict=True):
            found = getattr(one.pooled, quantity)
            if found is None:  # one study is left, which has no heterogeneity
                found = 0.0 if quantity != "q_p" else 1.0
            of = f"without {one.label}"
            yield Pair(example.name, "leave-one-out", model, quantity, of, number, found)


def _groups(example: Example, model: str, expected: Mapping[str, Any]) -> Iterator[Pair]:
    found = compare(example.by_group(), **GROUPS[model])
    for quantity in ("statistic", "p"):
        number = getattr(found, quantity)
        yield Pair(example.name, "subgroups", model, quantity, "", expected[quantity], number)
    for quantity in OF_A_GROUP:
        for (label, pooled), number in zip(
            found.groups, _list(expected.get(quantity, [])), strict=quantity in expected
        ):
            got = _number(pooled, quantity)
            yield Pair(example.name, "subgroups", model, quantity, label, number, got)
    for (label, pooled), number in zip(found.groups, _tau2(expected, found.groups), strict=True):
        yield Pair(example.name, "subgroups", model, "tau2", label, number, pooled.tau2 or 0.0)


def _tau2(expected: Mapping[str, Any], groups: Sequence[object]) -> list[float]:
    """tau² of each group; the shared one is given once."""
    told = _list(expected["tau2"])
    return told * len(groups) if len(told) == 1 else told


def _list(numbers: Any) -> list[float]:
    return list(numbers) if isinstance(numbers, list) else [numbers]


def _number(pooled: Pooled, quantity: str) -> float:
    return float(getattr(pooled, quantity))
