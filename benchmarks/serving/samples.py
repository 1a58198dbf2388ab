"""What a server takes for a query under load, and the figures made of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import geometric_mean, median

from ..measure import ROOT, BenchmarkError
from .client import Job, Outcome

BUSY = 0.8


@dataclass(slots=True)
class Sample:
    """What was measured of one thing, round by round."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def latencies(self) -> list[float]:
        return [value for outcome in self.outcomes for value in outcome.latencies]

    @property
    def median(self) -> float:
        """Seconds that half of the answers took at most."""
        return median(self.latencies)

    @property
    def p99(self) -> float:
        """Seconds that 99 of 100 answers took at most."""
        return quantile(self.latencies, 0.99)

    @property
    def rate(self) -> float:
        """Answers a second: the median of the rounds."""
        return median(len(outcome.latencies) / outcome.seconds for outcome in self.outcomes)

    @property
    def seconds(self) -> float:
        """How long the rounds took together."""
        return sum(outcome.seconds for outcome in self.outcomes)

    @property
    def busy(self) -> bool:
        """Whether the client itself was at work nearly all of the time: a server could do more."""
        return sum(outcome.processor for outcome in self.outcomes) > BUSY * self.seconds

    @property
    def errors(self) -> str:
        """What went wrong, with counts; empty if nothing did."""
        found = [f"{count} × {what}" for o in self.outcomes for what, count in o.errors.items()]
        return ", ".join(found)


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that such a share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def mean_ratio(ratios: Sequence[float]) -> float:
    """The geometric mean of ratios; not a number if there is none."""
    return geometric_mean(ratios) if ratios else math.nan


def load(job: Job) -> Outcome:
    """Runs the client in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.serving.client"]
    done = subprocess.run(
        command, input=json.dumps(asdict(job)), capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise BenchmarkError(f"the client ended: {done.stderr.splitlines()[-1:]}")
    outcome = Outcome(**json.loads(done.stdout))
    if not outcome.latencies:
        raise BenchmarkError(f"nothing was answered: {outcome.errors}")
    return outcome
