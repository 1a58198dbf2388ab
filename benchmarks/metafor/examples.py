"""Reads the published examples and what metafor makes of them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anlokg.synthesis.effects import (
    Effect,
    Scale,
    mean_difference,
    odds_ratio,
    proportion,
    ratio,
    risk_ratio,
)

HERE = Path(__file__).parent
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One published set of studies: its effects, the group of each ("" if none), what to expect."""

    name: str
    file: str
    measure: str
    effects: tuple[Effect, ...]
    groups: tuple[str, ...]
    expected: Mapping[str, Any]

    def by_group(self) -> dict[str, list[Effect]]:
        """The effects by group, in the order of the file."""
        found: dict[str, list[Effect]] = {}
        for effect, group in zip(self.effects, self.groups, strict=True):
            found.setdefault(group, []).append(effect)
        return found


def made_with() -> dict[str, Any]:
    """The versions that the expected numbers were made with."""
    return dict(_expected()["made_with"])


def examples() -> Iterator[Example]:
    """All examples, in the order of ``examples.csv``."""
    expected = _expected()["examples"]
    for told in _rows(HERE / "examples.csv"):
        rows = _rows(HERE / "data" / f"{told['file']}.csv")
        rows = rows[: int(told["rows"])] if told["rows"] else rows
        yield Example(
            told["name"],
            told["file"],
            told["measure"],
            tuple(MEASURES[told["measure"]](row) for row in rows),
            tuple(row.get("group", "") for row in rows),
            expected[told["name"]],
        )


def _expected() -> dict[str, Any]:
    text = (HERE / "expected.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _counts(row: Row) -> tuple[str, int, int, int, int]:
    names = ("events", "total", "reference_events", "reference_total")
    a, b, c, d = (int(row[name]) for name in names)
    return row["study"], a, b, c, d


def _share(row: Row) -> Effect:
    return proportion(row["study"], int(row["events"]), int(row["total"]))


def _difference(row: Row) -> Effect:
    return mean_difference(
        row["study"],
        float(row["mean"]),
        float(row["deviation"]),
        int(row["size"]),
        float(row["reference_mean"]),
        float(row["reference_deviation"]),
        int(row["reference_size"]),
    )


def _hazard_ratio(row: Row) -> Effect:
    """From observed less expected events and the variance of that, as trials' overviews give."""
    variance = float(row["variance"])
    estimate = float(row["observed_less_expected"]) / variance
    return Effect(row["study"], estimate, 1 / variance, Scale.LOG)


def _with_interval(row: Row) -> Effect:
    return ratio(row["study"], float(row["ratio"]), float(row["lower"]), float(row["upper"]))


MEASURES: dict[str, Callable[[Row], Effect]] = {
    "RR": lambda row: risk_ratio(*_counts(row)),
    "OR": lambda row: odds_ratio(*_counts(row)),
    "PLO": _share,
    "MD": _difference,
    "HR": _hazard_ratio,
    "CI": _with_interval,
}


def apart(expected: float, found: float) -> float:
    """How far two numbers are apart: as a share of the expected one, or as it is if that is 0."""
    if not (math.isfinite(expected) and math.isfinite(found)):
        return math.inf
    distance = abs(found - expected)
    return distance / abs(expected) if expected else distance
