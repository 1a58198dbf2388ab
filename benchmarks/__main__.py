"""``python -m benchmarks [build|queries|mapping|closure|validation ...] [--quick]``.

Prints the tables as Markdown. All of them together, and not ``--quick``, make
``docs/benchmarks.md``. Nothing here is a test: times depend on the machine, ratios less so.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from . import closure, mapping, queries, studies, validation
from .measure import ROOT, WORKSPACE, BenchmarkError
from .morph_oracle import OracleError
from .page import Told, heading

PARTS = {
    "build": studies.tables,
    "queries": queries.tables,
    "mapping": mapping.tables,
    "closure": closure.tables,
    "validation": validation.tables,
}
PAGE = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what the command line names, or everything; 1 if something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; or all")
    parser.add_argument("--quick", action="store_true", help="small tables")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (3)")
    told = parser.parse_args(arguments)
    if unknown := sorted(set(told.parts) - PARTS.keys()):
        parser.error(f"no part is called {', '.join(unknown)}")
    WORKSPACE.mkdir(parents=True, exist_ok=True)
    before, start = os.getloadavg()[0], time.perf_counter()
    texts, failed = [], False
    for name in told.parts or PARTS:
        print(f"{time.perf_counter() - start:6.1f} s  {name}", file=sys.stderr, flush=True)
        try:
            texts += [table.markdown() for table in PARTS[name](Told(told.repeats, told.quick))]
        except (BenchmarkError, OracleError) as error:
            failed = True
            print(f"{name} could not be measured: {error}", file=sys.stderr)
    command = " ".join(["python -m benchmarks", *told.parts, *["--quick"] * told.quick])
    page = "\n".join([heading(command, told.repeats, (before, os.getloadavg()[0])), *texts])
    print(page)
    if not (told.parts or told.quick or failed):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    print(f"{time.perf_counter() - start:6.1f} s  done", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
