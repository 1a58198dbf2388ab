"""Starts the servers, compares their answers, and says so in a section of its own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from ..measure import BenchmarkError
from ..page import decimal, number
from .answers import ASKED, LIMIT_S, Checked
from .bench import Bench
from .page import Section, Table
from .server import Running, Server

START, LOAD = time.monotonic(), os.getloadavg()[0]


def start(
    chosen: Iterable[Server], data: Path, triples: int, stack: ExitStack
) -> tuple[dict[str, Running], dict[str, str]]:
    """Servers that run, and why others do not; the stack stops them."""
    running: dict[str, Running] = {}
    absent: dict[str, str] = {}
    for server in chosen:
        if triples > server.most_triples:
            absent[server.name] = f"left out above {number(server.most_triples)} triples"
            continue
        tell(f"starting {server.name}")
        try:
            running[server.name] = stack.enter_context(server.running(data))
        except BenchmarkError as error:
            absent[server.name] = str(error)
            tell(f"{server.name} is not measured: {error}")
    return running, absent


def section(bench: Bench, checked: Iterable[Checked]) -> Section:
    """What loading took, whether answers are equal, and what the client can see at most."""
    made = Section("servers", bench.triples, "Servers")
    made.tables = [_loading(bench), _answers(bench, checked), _client(bench)]
    return made


def wrong(checked: Iterable[Checked]) -> frozenset[tuple[str, str]]:
    """Pairs of a server and a kind of query that it answers otherwise than most."""
    return frozenset((name, one.kind.name) for one in checked for name in one.wrong)


def late(checked: Iterable[Checked]) -> frozenset[tuple[str, str]]:
    """Pairs of a server and a kind of query that it did not answer in time."""
    return frozenset((name, one.kind.name) for one in checked for name in one.late)


def tell(what: str) -> None:
    """Says on standard error how far things are."""
    print(f"{time.monotonic() - START:6.1f} s  {what}", file=sys.stderr, flush=True)


def _loading(bench: Bench) -> Table:
    rows = [
        [name, server.version, decimal(server.seconds), number(server.megabytes)]
        for name, server in bench.running.items()
    ]
    rows += [[name, "not measured", "–", "–"] for name in bench.absent]
    notes = [
        "Load: from the file of N-Triples to the first answer. Memory: all processes of a server"
        " once it answers, pages that they share counted once.",
        *(f"{name} is not measured: {why}." for name, why in bench.absent.items()),
    ]
    return Table("Loading", ("server", "version", "load, s", "memory, MB"), rows, notes)


def _answers(bench: Bench, checked: Iterable[Checked]) -> Table:
    rows, notes = [], [
        f"Up to {ASKED} variants of each query, compared by value at every server before anything"
        " is timed: as bags of rows or sets of triples, and in their order where the query orders."
        f" “late”: no answer within {LIMIT_S:g} s; the server was then started again."
    ]  # fmt: skip
    for one in checked:
        counts = {one.rows[name] for name in one.rows if name not in {*one.wrong, *one.late}}
        cells = [_compared(one, name) for name in bench.running]
        rows.append([one.kind.title, ", ".join(map(number, sorted(counts))), *cells])
        notes += [f"{name}, {one.kind.title}: {how}." for name, how in one.wrong.items()]
    return Table("Answers", ("query", "rows", *bench.running), rows, notes)


def _compared(one: Checked, name: str) -> str:
    return "late" if name in one.late else "differs" if name in one.wrong else "equal"


def _client(bench: Bench) -> Table:
    rows = []
    for clients in bench.clients:
        sample = bench.empty_server(clients)
        used = sum(outcome.processor for outcome in sample.outcomes) / len(sample.latencies)
        rows.append(
            [number(clients), number(sample.rate), f"{1e6 * sample.median:.0f}",
             f"{1e6 * used:.0f}"]
        )  # fmt: skip
    columns = ("clients", "answers a second", "median, µs", "client's processor, µs each")
    notes = [
        "An empty server that answers every request with the same line, asked by the same client:"
        " what a server reaches below this is its own.",
        "The client is a process of one thread that waits for all its connections (epoll), keeps"
        " them open, and looks in each answer for its status and its end. It ends with an answer"
        " and not by the clock, so that slow queries have figures too. Where it was at work all the"
        " time, a rate is marked ≥.",
    ]
    return Table("The client itself", columns, rows, notes)


def reasons(absent: Mapping[str, str]) -> list[str]:
    """Servers that were to run and do not."""
    return [f"{name}: {why}" for name, why in absent.items() if not why.startswith("left out")]
