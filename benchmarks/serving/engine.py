"""The bare engine in a process of its own, with the same graph and no server around it.

``python -m benchmarks.serving.engine FILE``: a task as a line of JSON on standard input, what it
took as a line of JSON on standard output, until the input ends.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from ..measure import ROOT, BenchmarkError

JSON, CSV = ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.CSV


@dataclass(frozen=True, slots=True)
class Engine:
    """The process, as the one sees it that asks."""

    process: subprocess.Popen[str]

    def answer(self, texts: Sequence[str], seconds: float) -> list[float]:
        """Seconds of each of many queries, one after the other, to JSON in memory."""
        return list[float](self._ask({"task": "answer", "texts": list(texts), "seconds": seconds}))

    def export(self, text: str, path: Path) -> float:
        """Seconds of a query with its rows written to a file as CSV."""
        return float(self._ask({"task": "export", "text": text, "path": str(path)}))

    def _ask(self, task: dict[str, Any]) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise BenchmarkError("the engine has ended")
        return json.loads(line)


@contextmanager
def running(data: Path) -> Iterator[Engine]:
    """The engine with a file of N-Triples in memory."""
    command = [sys.executable, "-m", "benchmarks.serving.engine", str(data)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        yield Engine(process)


def main(path: str) -> None:
    """Loads the file and does the tasks."""
    store = ox.Store()
    store.bulk_load(path=path, format=ox.RdfFormat.N_TRIPLES)
    for line in sys.stdin:
        task = json.loads(line)
        done = (
            answer(store, **_told(task))
            if task["task"] == "answer"
            else export(store, **_told(task))
        )
        print(json.dumps(done), flush=True)


def answer(store: ox.Store, texts: Sequence[str], seconds: float) -> list[float]:
    """Seconds of each query; each text ends with a number of its own, as those of a client do."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        text = f"{texts[len(taken) % len(texts)]}\n#{len(taken):08}"
        start = time.perf_counter()
        results = store.query(text)
        assert isinstance(results, ox.QuerySolutions)
        results.serialize(format=JSON)
        taken.append(time.perf_counter() - start)
    return taken


def export(store: ox.Store, text: str, path: str) -> float:
    """Seconds until the last row is in the file."""
    start = time.perf_counter()
    results = store.query(text)
    assert isinstance(results, ox.QuerySolutions)
    results.serialize(path, format=CSV)
    return time.perf_counter() - start


def _told(task: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in task.items() if key != "task"}


if __name__ == "__main__":
    main(sys.argv[1])
