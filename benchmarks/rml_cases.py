"""Runs the public RML test cases for CSV through the executor of anlokg.

    python -m benchmarks.rml_cases FOLDER [--json]

FOLDER holds one folder per case: a mapping (``mapping.ttl``), its CSV files and the quads to
expect (``output.nq``), as ``test/rml-core/csv`` in the repository of Morph-KGC does. Ends with 1
if a case fails. A case passes if its quads are equal as a set, blank nodes renamed; or, where the
suite expects an error, if anlokg ends with an error of its own. Cases of joins and functions are
unsupported: the executor refuses them, as no mapping of the project uses them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox

from anlokg.errors import AnlokgError
from anlokg.mapping.execute import Executor
from anlokg.mapping.rml import TriplesMap, parse

PASSED, FAILED, UNSUPPORTED = "passed", "failed", "unsupported"
# Cases that expect an error although their folder has an output.nq with a triple in it.
EXPECT_ERROR = {"RMLTC0004b": "a literal is no subject"}
# Cases that are of one engine and not of RML.
NOT_RML = {"null_filter": "takes the cell 'nan' for empty, which Morph-KGC does and RML does not"}
BASE = re.compile(r"@base\s+<([^>]*)>")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a case, and why."""

    case: str
    result: str
    reason: str


def run(folder: Path) -> list[Outcome]:
    """The outcome of every case below a folder, by name."""
    found = sorted(path.parent for path in folder.glob("*/mapping.ttl"))
    return [Outcome(case.name, *_run(case)) for case in found]


def expects_error(case: Path) -> bool:
    """Whether the case has no quads to give: no output at all, or an empty file."""
    output = case / "output.nq"
    return case.name in EXPECT_ERROR or not output.is_file() or not output.stat().st_size


def _run(case: Path) -> tuple[str, str]:
    if case.name in NOT_RML:
        return UNSUPPORTED, NOT_RML[case.name]
    wrong = expects_error(case)
    try:
        made = _quads(_lines(case, strict=wrong))
    except AnlokgError as error:
        if "does not support" in str(error):
            return UNSUPPORTED, str(error).partition(": ")[2]
        return (PASSED if wrong else FAILED), f"{type(error).__name__}: {error}"
    except Exception as error:
        # Also where the suite expects an error: it must be one that anlokg raises on purpose.
        return FAILED, f"{type(error).__name__}: {error}"
    if wrong:
        return FAILED, f"{len(made)} quads where an error is expected"
    expected = _quads((case / "output.nq").read_text(encoding="utf-8"))
    if made == expected:
        return PASSED, f"{len(made)} quad{'s' * (len(made) != 1)}"
    missing, surplus = sorted(expected - made), sorted(made - expected)
    return FAILED, f"missing {missing}, too many {surplus}"


def _lines(case: Path, strict: bool) -> str:
    text = (case / "mapping.ttl").read_text(encoding="utf-8")
    stated = BASE.search(text)
    maps = parse(text, case.name)
    executor = Executor(maps, stated[1] if stated else "http://example.com/", strict)
    return "".join(executor.run(_root(case, maps)))


def _root(case: Path, maps: tuple[TriplesMap, ...]) -> Path:
    """The folder its sources are relative to: that of the case or of a checkout around it."""
    case = case.resolve()
    for folder in (case, *case.parents):
        if (folder / maps[0].source).parent == case:
            return folder
    return case


def _quads(text: str) -> set[str]:
    dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.rml_cases", description="Public RML cases")
    parser.add_argument("folder", type=Path, help="a folder with one folder per case")
    parser.add_argument("--json", action="store_true", help="the outcomes as JSON, one per case")
    options = parser.parse_args(arguments)
    outcomes = run(options.folder)
    if not outcomes:
        print(f"{options.folder}: holds no case (a folder with a mapping.ttl)", file=sys.stderr)
        return 2
    counts = Counter(outcome.result for outcome in outcomes)
    if options.json:
        print(json.dumps([dataclasses.asdict(outcome) for outcome in outcomes], indent=1))
    else:
        width = max(len(outcome.case) for outcome in outcomes)
        for outcome in outcomes:
            print(f"{outcome.case:{width}}  {outcome.result:11}  {outcome.reason}")
        parts = [f"{counts[result]} {result}" for result in (PASSED, FAILED, UNSUPPORTED)]
        print(f"{len(outcomes)} cases: {', '.join(parts)}")
    return 1 if counts[FAILED] else 0


if __name__ == "__main__":
    sys.exit(main())
