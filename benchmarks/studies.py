"""How long the shipped studies take: a build with its stages, one without change, and help."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from .measure import WORKSPACE, BenchmarkError, Run, middle, processor, run, seconds, work
from .page import Table, Told, decimal, met, number

RELEASES = WORKSPACE / "releases"
ANLOKG = Path(sys.executable).with_name("anlokg")
CORES = 2
BUILD, UNCHANGED, HELP = 15, 1, 0.3


def tables(told: Told) -> Iterator[Table]:
    """The table of builds."""
    full = [work("build", RELEASES, cores=CORES) for _ in range(told.repeats)]
    again = [_unchanged() for _ in range(told.repeats)]
    asked = [run([ANLOKG, "--help"]) for _ in range(told.repeats)]
    rows = [_row("full build", full, BUILD)]
    for position, (stage, _) in enumerate(full[0].data["stages"]):
        inside = middle(full, lambda item, at=position: item.data["stages"][at][1])
        rows.append([f"— {stage}", decimal(inside), "", ""])
    rows += [_row("build, nothing changed", again, UNCHANGED), _row("`anlokg --help`", asked, HELP)]
    data = full[-1].data
    note = f"{data['studies']} studies, {number(data['triples'])} triples in the release."
    note += f" Whole processes, the build kept to {CORES} cores; stages by wall clock."
    columns = ("what", "seconds", "processor seconds", "target, s")
    yield Table("build", "Build", columns, rows, [note])


def _row(name: str, runs: list[Run], most: float) -> list[str]:
    taken = middle(runs, seconds)
    return [name, decimal(taken), decimal(middle(runs, processor)), met(taken, most)]


def _unchanged() -> Run:
    for _ in range(3):
        done = run([ANLOKG, "--releases", RELEASES, "build"])
        if "is built" not in done.output:
            return done
    raise BenchmarkError(f"nothing was to change, yet: {done.output}")
