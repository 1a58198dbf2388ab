"""``python -m benchmarks [PART ...] [--quick]``.

Prints the tables as Markdown. Those of the parts that make a release, together and not ``--quick``,
make ``docs/benchmarks.md``; those of ``integrity synthesis``, ``docs/integrity-benchmarks.md``.
Nothing here is a test: times depend on the machine, ratios less so.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from . import closure, integrity, mapping, queries, studies, synthesis, validation
from .measure import ROOT, WORKSPACE, BenchmarkError
from .morph_oracle import OracleError
from .page import Told, heading

PARTS = {
    "build": studies.tables,
    "queries": queries.tables,
    "mapping": mapping.tables,
    "closure": closure.tables,
    "validation": validation.tables,
    "integrity": integrity.tables,
    "synthesis": synthesis.tables,
}
PAGES = {
    ("build", "queries", "mapping", "closure", "validation"): "benchmarks.md",
    ("integrity", "synthesis"): "integrity-benchmarks.md",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what the command line names, or a release; 1 if something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    said = f"of {', '.join(PARTS)}; those of a release if none is named"
    parser.add_argument("parts", nargs="*", metavar="part", help=said)
    parser.add_argument("--quick", action="store_true", help="small tables")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (3)")
    told = parser.parse_args(arguments)
    if unknown := sorted(set(told.parts) - PARTS.keys()):
        parser.error(f"no part is called {', '.join(unknown)}")
    WORKSPACE.mkdir(parents=True, exist_ok=True)
    before, start = os.getloadavg()[0], time.perf_counter()
    texts, failed = [], False
    parts = told.parts or list(next(iter(PAGES)))
    for name in parts:
        print(f"{time.perf_counter() - start:6.1f} s  {name}", file=sys.stderr, flush=True)
        try:
            texts += [table.markdown() for table in PARTS[name](Told(told.repeats, told.quick))]
        except (BenchmarkError, OracleError) as error:
            failed = True
            print(f"{name} could not be measured: {error}", file=sys.stderr)
    command = " ".join(["python -m benchmarks", *told.parts, *["--quick"] * told.quick])
    page = "\n".join([heading(command, told.repeats, (before, os.getloadavg()[0])), *texts])
    print(page)
    name = PAGES.get(tuple(parts))
    if name and not (told.quick or failed):
        (ROOT / "docs" / name).write_text(page, encoding="utf-8")
    print(f"{time.perf_counter() - start:6.1f} s  done", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
