"""How long the rules take: the shipped evidence, then more and more statements.

``python -m benchmarks.integrity FOLDER`` is the task that is measured: it reads an evidence folder,
runs all rules over it, and answers in JSON. One process: to hand figures to another takes longer
than to check them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from anlokg import resources as resource_folders

from .generate import generate
from .measure import WORKSPACE, Run, inner, megabytes, middle, processor, run, seconds
from .page import Table, Told, decimal, met, number
from .studies import ANLOKG

CORES = 2
SHIPPED, MILLION = 2, 300
COUNTS, QUICK_COUNTS = (10_000, 100_000, 1_000_000), (2_000, 10_000)
# Statements of a synthetic study, on average.
PER_STUDY = 370


def tables(told: Told) -> Iterator[Table]:
    """The shipped evidence; studies that become more; one study that becomes larger."""
    yield _shipped(told)
    counts = QUICK_COUNTS if told.quick else COUNTS
    yield _growing(told, counts)
    yield _one_study(told, counts[:2])


def _shipped(told: Told) -> Table:
    folder = resource_folders.find().evidence
    inside = [_check(folder) for _ in range(told.repeats)]
    command = [run([ANLOKG, "integrity", "--format", "json"]) for _ in range(told.repeats)]
    data = inside[0].data
    rows = [
        ["all rules", decimal(middle(inside, inner)), met(middle(inside, inner), SHIPPED)],
        [
            "`anlokg integrity`, whole process",
            decimal(middle(command, seconds)),
            met(middle(command, seconds), SHIPPED),
        ],
    ]
    note = f"{number(data['figures'])} statements, {data['rules']} rules, "
    note += f"{number(data['findings'])} findings."
    columns = ("what", "seconds", "target, s")
    return Table("integrity", "Integrity of the shipped evidence", columns, rows, [note])


def _growing(told: Told, counts: tuple[int, ...]) -> Table:
    rows = []
    for count in counts:
        folder = generate(WORKSPACE / f"integrity-{count}", count // PER_STUDY)
        runs = [_check(folder) for _ in range(1 if told.quick else told.repeats)]
        rows.append(_row(runs, count))
    columns = (
        "statements", "findings", "reading, s", "rules, s", "µs per statement",
        "whole process, s", "processor s", "MB", "target, s",
    )  # fmt: skip
    notes = [
        "Synthetic studies, whose figures are random: more of them are wrong than people print. "
        f"One process, kept to {CORES} cores."
    ]
    return Table("integrity", "Integrity of more and more studies", columns, rows, notes)


def _row(runs: list[Run], count: int) -> list[str]:
    data = runs[0].data
    taken = middle(runs, inner)
    whole = middle(runs, seconds)
    return [
        number(data["figures"]), number(data["findings"]),
        decimal(middle(runs, lambda item: float(item.data["reading"]))), decimal(taken),
        decimal(taken / data["figures"] * 1e6), decimal(whole), decimal(middle(runs, processor)),
        number(middle(runs, megabytes)), met(whole, MILLION) if count == COUNTS[-1] else "",
    ]  # fmt: skip


def _one_study(told: Told, counts: tuple[int, ...]) -> Table:
    """Rules that compare figures of a study with each other must not compare all with all."""
    rows = []
    for count in counts:
        folder = generate(WORKSPACE / f"integrity-one-{count}", 1, size=count / PER_STUDY)
        runs = [_check(folder) for _ in range(1 if told.quick else told.repeats)]
        data, taken = runs[0].data, middle(runs, inner)
        per_statement = decimal(taken / data["figures"] * 1e6)
        rows.append([number(data["figures"]), decimal(taken), per_statement])
    columns = ("statements", "rules, s", "µs per statement")
    return Table("integrity", "Integrity of one large study", columns, rows)


def _check(folder: Path) -> Run:
    words = [sys.executable, "-m", "benchmarks.integrity", folder]
    done = run(words, cores=CORES)
    data = json.loads(done.output.splitlines()[-1])
    return Run(done.seconds, done.processor, done.megabytes, done.output, done.errors, data)


def main(folder: str) -> None:
    """Reads and checks an evidence folder, and says how long each took."""
    from anlokg.integrity.reading import read_tables
    from anlokg.integrity.run import check
    from anlokg.tables import evidence

    start = time.perf_counter()
    studies = read_tables(evidence.load(Path(folder)))
    read = time.perf_counter()
    report = check(studies)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - read, "reading": read - start,
                "figures": report.figures, "rules": len(report.rules),
                "findings": len(report.by_key),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
