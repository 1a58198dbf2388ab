"""Runs commands in processes of their own and measures them: wall clock, processor time, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / "build" / "benchmarks"


class BenchmarkError(Exception):
    """A command that was to be measured has failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took; of its children too, but memory is that of the largest of them."""

    seconds: float
    processor: float
    megabytes: float
    output: str
    errors: str
    data: dict[str, Any] = field(default_factory=dict)


def run(command: Sequence[str | Path], folder: Path = ROOT, cores: int | None = None) -> Run:
    """Runs a command to its end, on so many cores or on all."""
    usable = sorted(os.sched_getaffinity(0))[:cores]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=folder, stdout=output, stderr=errors,
            preexec_fn=lambda: os.sched_setaffinity(0, usable),
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [_text(file) for file in (output, errors)]
    if process.returncode:
        last = "\n".join(texts[1].splitlines()[-8:])
        raise BenchmarkError(
            f"{' '.join(map(str, command))} ended with {process.returncode}\n{last}"
        )
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, *texts)


def work(task: str, *told: object, cores: int | None = None) -> Run:
    """Runs a task of ``benchmarks.work`` in a process of its own; it answers in JSON."""
    done = run([sys.executable, "-m", "benchmarks.work", task, *map(str, told)], cores=cores)
    data = json.loads(done.output.splitlines()[-1])
    return Run(done.seconds, done.processor, done.megabytes, done.output, done.errors, data)


def in_turn(times: int, makers: Mapping[str, Callable[[], Run]]) -> dict[str, list[Run]]:
    """Runs of each, taking turns, so that whatever disturbs the machine disturbs all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in makers}
    for _ in range(times):
        for name, make in makers.items():
            runs[name].append(make())
    return runs


def middle(runs: Iterable[Run], value: Callable[[Run], float]) -> float:
    """The median of something about each run."""
    return median(value(item) for item in runs)


def seconds(item: Run) -> float:
    """Wall clock of a whole process."""
    return item.seconds


def processor(item: Run) -> float:
    """Processor time of a whole process and its children."""
    return item.processor


def megabytes(item: Run) -> float:
    """Peak memory."""
    return item.megabytes


def inner(item: Run) -> float:
    """What a task itself measured: its work without starting up and reading what it needs."""
    return float(item.data["seconds"])


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read())
