"""The tests that anlokg does not pass and the groups it leaves out, with their reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .judge import Outcome
from .suite import Test

FILE = Path(__file__).with_name("exceptions.toml")
OURS, MEASURE = "anlokg", "oxigraph"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Reasons by the IRI of a test, and by the name of a group that is not run."""

    tests: dict[str, str]
    groups: dict[str, str]

    def unknown(self, tests: Sequence[Test]) -> list[str]:
        """What the file names and the suite does not have; ``tests`` are all of the suite."""
        there = {test.iri for test in tests} | {test.group for test in tests}
        return [f"{name} is in {FILE.name}, but not in the suite"
                for name in [*self.tests, *self.groups] if name not in there]  # fmt: skip


def read(file: Path = FILE) -> Exceptions:
    """The exceptions of a file."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    tests = {test: item["reason"] for item in told["exception"] for test in item["tests"]}
    groups = {group: item["reason"] for item in told["left-out"] for group in item["groups"]}
    return Exceptions(tests, groups)


def complaints(outcomes: Sequence[Outcome], known: Exceptions) -> list[str]:
    """Why a run is no success: failures that are not known, successes that are, groups behind."""
    found = []
    for outcome in outcomes:
        listed = outcome.test.iri in known.tests
        if outcome.server == OURS and outcome.passed and listed:
            found.append(f"{outcome.test.name} passes: take it out of {FILE.name}")
        elif outcome.server == OURS and not outcome.passed and not listed:
            found.append(f"{outcome.test.name} fails: {outcome.fault}")
    ours, measure = passed(outcomes, OURS), passed(outcomes, MEASURE)
    behind = [group for group in ours if ours[group] < measure.get(group, 0)]
    return found + [f"{group}: {OURS} passes {ours[group]}, {MEASURE} {measure[group]}"
                    for group in behind]  # fmt: skip


def passed(outcomes: Sequence[Outcome], server: str) -> dict[str, int]:
    """How many tests of each group a server passes, groups in the order of the suite."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.server == server:
            group = outcome.test.group
            counts[group] = counts.get(group, 0) + outcome.passed
    return counts
