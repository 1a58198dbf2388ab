"""anlokg's executor beside Morph-KGC: the same tables, the same RML, quads written to a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from anlokg import resources as resource_folders
from anlokg.mapping.yarrrml import to_rml

from .generate import generate, merged
from .measure import (
    WORKSPACE,
    BenchmarkError,
    Run,
    in_turn,
    inner,
    megabytes,
    middle,
    processor,
    run,
    seconds,
    work,
)
from .morph_oracle import REQUIREMENT, environment
from .page import Table, Told, decimal, number, reached

# About 12 000 triples come from a study.
SIZES, QUICK_SIZES = (8, 25, 84), (2, 4, 8)
LEAST = 3
DONE = re.compile(r"Materialization finished in ([\d.]+) seconds")
CONFIGURATION = """[CONFIGURATION]
na_values=
output_format=N-QUADS
output_file={output}
{processes}
[tables]
mappings={mapping}
"""


def tables(told: Told) -> Iterator[Table]:
    """Speed beside Morph-KGC on the largest tables; then memory as the tables grow."""
    sizes = QUICK_SIZES if told.quick else SIZES
    folders = {studies: prepared(studies) for studies in sizes}
    yield _speed(folders[sizes[-1]], told.repeats)
    yield _memory(folders, told.repeats)


def prepared(studies: int) -> Path:
    """A folder with the tables of synthetic studies below one another, and RML that names them."""
    folder = merged(
        generate(WORKSPACE / f"evidence-{studies}", studies), WORKSPACE / f"tables-{studies}"
    )
    rml = to_rml(resource_folders.find().mappings / "study" / "mapping.yarrrml.yml")
    rml = re.sub(r'rml:source "([^"]+)"', rf'rml:source "{folder}/\1"', rml)
    (folder / "mapping.ttl").write_text(rml, encoding="utf-8")
    return folder


def _speed(folder: Path, repeats: int) -> Table:
    python = environment(WORKSPACE / "morph-venv")
    processes = 2 * (os.cpu_count() or 1)
    morph, default = "Morph-KGC, one process", f"Morph-KGC, its default ({processes} processes)"
    own, once = "anlokg", "anlokg, each triple once"
    runs = in_turn(
        repeats,
        {
            own: lambda: work("map_tables", folder / "mapping.ttl", folder / "own.nq", "stream"),
            once: lambda: work("map_tables", folder / "mapping.ttl", folder / "once.nq", "once"),
            morph: lambda: _morph(python, folder, "number_of_processes=1"),
            default: lambda: _morph(python, folder, ""),
        },
    )
    one, other = (work("digest", folder / name).data for name in ("once.nq", "morph.nq"))
    if one != other:
        raise BenchmarkError(f"anlokg and Morph-KGC give other triples: {one} and {other}")
    _tidy(folder)
    best = {name: middle(items, inner) for name, items in runs.items()}
    used = {name: middle(items, processor) for name, items in runs.items()}
    rows = [
        [
            name, decimal(best[name]), decimal(middle(items, seconds)), decimal(used[name]),
            number(middle(items, megabytes)), f"{best[name] / best[own]:.1f}",
            f"{best[name] / best[once]:.1f}", f"{used[name] / used[once]:.1f}",
            reached(best[name] / best[once], LEAST) if name in (morph, default) else "",
        ]
        for name, items in runs.items()
    ]  # fmt: skip
    lines = number(runs[own][0].data["lines"])
    notes = [
        f"{number(one['triples'])} triples from {number(_rows(folder))} rows in 12 tables; both"
        " engines give the same set. anlokg writes what rows give as they come"
        f" ({lines} lines, some triples more than once); the second row keeps them in memory to"
        " write each once, as Morph-KGC does.",
        "Mapping: from the parsed RML to the closed file, as each engine measures it. Process: with"
        " starting Python and reading the RML. Memory: of the largest process. Ratios: how many"
        " times as long as that row of anlokg takes; the target is held against the like work, each"
        " triple once. anlokg escapes cells and checks datatypes.",
        f"`{REQUIREMENT}` is installed by pip in an environment of its own.",
    ]
    columns = ("engine", "mapping, s", "process, s", "processor, s", "MB", "÷ anlokg",
               "÷ once", "processor ÷ once", "target")  # fmt: skip
    return Table("mapping", "Mapping beside Morph-KGC", columns, rows, notes)


def _memory(folders: dict[int, Path], repeats: int) -> Table:
    rows = []
    for studies, folder in folders.items():
        told = ("map_tables", folder / "mapping.ttl", folder / "own.nq", "stream")
        runs = [work(*told) for _ in range(repeats)]
        _tidy(folder)
        lines, taken = runs[0].data["lines"], middle(runs, inner)
        rows.append(
            [number(lines), str(studies), decimal(taken), number(lines / taken),
             number(middle(runs, megabytes))]
        )  # fmt: skip
    columns = ("lines of N-Quads", "studies", "mapping, s", "lines per second", "peak MB")
    return Table("mapping", "Mapping as the tables grow", columns, rows)


def _morph(python: Path, folder: Path, processes: str) -> Run:
    told = CONFIGURATION.format(
        output=folder / "morph.nq", mapping=folder / "mapping.ttl", processes=processes
    )
    (folder / "morph.ini").write_text(told, encoding="utf-8")
    done = run([python, "-m", "morph_kgc", "morph.ini"], folder)
    found = DONE.search(done.errors + done.output)
    if found is None:
        raise BenchmarkError(f"Morph-KGC does not say how long it took: {done.errors[-400:]}")
    data = {"seconds": float(found[1])}
    return Run(done.seconds, done.processor, done.megabytes, done.output, done.errors, data)


def _tidy(folder: Path) -> None:
    """Removes what the engines wrote: hundreds of megabytes each."""
    for path in folder.glob("*.nq"):
        path.unlink()


def _rows(folder: Path) -> int:
    return sum(path.read_text(encoding="utf-8").count("\n") - 1 for path in folder.glob("*.csv"))
