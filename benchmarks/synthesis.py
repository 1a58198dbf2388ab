"""How long a synthesis takes, after its figures have been found."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from statistics import median

from anlokg.synthesis.effects import Effect, Scale
from anlokg.synthesis.influence import leave_one_out
from anlokg.synthesis.models import pool
from anlokg.synthesis.subgroups import compare

from .page import Table, Told

GROUPS = 4


def studies(count: int) -> list[Effect]:
    """Log hazard ratios that differ more than by chance; the same ones each time."""
    chance = random.Random(20)
    return [
        Effect(f"study {n}", chance.gauss(-0.3, 0.4), chance.uniform(0.02, 0.5), Scale.LOG)
        for n in range(count)
    ]


def parts(effects: Sequence[Effect]) -> dict[str, Callable[[], object]]:
    """What a synthesis is made of."""
    groups = {f"group {n}": effects[n::GROUPS] for n in range(GROUPS)}
    return {
        "pooled, REML with Hartung-Knapp, all intervals": lambda: pool(effects),
        "leave-one-out": lambda: leave_one_out(effects),
        f"comparison of {GROUPS} subgroups": lambda: compare(groups),
    }


def timed(call: Callable[[], object], repeats: int) -> float:
    """The median of so many runs, in milliseconds."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - start))
    return median(found)


def tables(told: Told) -> list[Table]:
    """The parts of a synthesis, and all of them together; the numbers of studies are columns."""
    counts = (10, 100) if told.quick else (10, 100, 1000)
    columns = [parts(studies(count)) for count in counts]
    rows, sums = [], [0.0] * len(counts)
    for name in columns[0]:
        times = [timed(column[name], told.repeats) for column in columns]
        sums = [total + time for total, time in zip(sums, times, strict=True)]
        rows.append((name, *(f"{milliseconds:.1f}" for milliseconds in times)))
    rows.append(("together", *(f"{total:.1f}" for total in sums)))
    heads = ("part, ms", *(f"{count:,} studies" for count in counts))
    return [Table("synthesis", "Synthesis", heads, rows)]


if __name__ == "__main__":
    for table in tables(Told(quick=True)):
        print(table.markdown())
