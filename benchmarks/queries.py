"""How long every shipped query takes in the engine, with the defaults of its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from .measure import work
from .page import Table, Told, met, number
from .studies import RELEASES

RUNS, QUICK_RUNS, MOST = 20, 5, 50


def tables(told: Told) -> Iterator[Table]:
    """The table of queries, the slowest first."""
    if not (RELEASES / "current").is_file():
        work("build", RELEASES)
    runs = QUICK_RUNS if told.quick else RUNS
    found = work("queries", RELEASES, runs).data["queries"]
    rows = []
    for name, item in found.items():
        if "error" not in item:
            wall, processor = (
                [1000 * seconds for seconds in item[clock]] for clock in ("seconds", "processor")
            )
            row = [f"{item['topic']}/{name}", number(item["rows"]), f"{median(wall):.1f}"]
            row += [f"{median(processor):.1f}", f"{max(wall):.1f}", met(median(wall), MOST)]
            rows.append(row)
    rows.sort(key=lambda row: -float(row[2]))
    notes = [f"{len(rows)} queries, {runs} runs of each; all rows are read."]
    notes += [f"`{name}` does not run: {i['error']}" for name, i in found.items() if "error" in i]
    columns = ("query", "rows", "median ms", "processor ms", "slowest ms", "target, ms")
    yield Table("queries", "Queries", columns, rows, notes)
