"""Validation of more and more studies, on all cores."""

from __future__ import annotations

from collections.abc import Iterator

from .generate import generate
from .measure import WORKSPACE, inner, middle, processor, work
from .page import Table, Told, decimal, number

COUNTS, QUICK_COUNTS = (5, 20, 50), (5, 20)
SIZE = 0.2


def tables(told: Told) -> Iterator[Table]:
    """Seconds as the studies become more."""
    rows = []
    for studies in QUICK_COUNTS if told.quick else COUNTS:
        folder = generate(WORKSPACE / f"validation-{studies}", studies, size=SIZE)
        runs = [work("validate", folder) for _ in range(1 if told.quick else told.repeats)]
        taken, data = middle(runs, inner), runs[0].data
        found = data["findings"]
        rows.append(
            [str(studies), number(data["triples"]), decimal(taken), decimal(taken / studies),
             decimal(middle(runs, processor)), number(found["Violation"]), number(found["Warning"])]
        )  # fmt: skip
    columns = ("studies", "triples", "seconds", "s per study", "processor s", "violations",
               "warnings")  # fmt: skip
    notes = [
        f"Synthetic studies of {SIZE:g} times the usual size. Seconds are those of the validation;"
        " processor time is that of the whole process, with mapping and reasoning before it."
    ]
    yield Table("validation", "Validation study by study", columns, rows, notes)
