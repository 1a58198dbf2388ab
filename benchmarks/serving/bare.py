"""Parts ``overhead`` and ``export``: what the service adds to the engine."""

from __future__ import annotations

from statistics import median

from ..page import decimal, number
from . import engine
from .bench import UNCACHED, Bench
from .page import Section, Table, Target, milliseconds
from .peers import ANLOKG, WORK
from .samples import Sample

MOST_ADDED_S, LEAST_SHARE = 0.0003, 0.75
ROWS = 1_000_000
EXPORT = f"SELECT ?subject ?property ?value WHERE {{ ?subject ?property ?value }} LIMIT {ROWS}"


def overhead(bench: Bench) -> Section:
    """The median of a small query over HTTP less that of the engine alone."""
    kind, sample, alone = bench.kind("point"), Sample(), list[float]()
    empty = bench.empty_server(1)
    with engine.running(bench.data) as bare:
        for _ in range(bench.repeats):
            alone += bare.answer(kind.texts, bench.seconds / bench.repeats)
            bench.uncached(sample, ANLOKG, kind, 1)
    added = sample.median - median(alone)
    rows = [
        ["engine alone", milliseconds(median(alone)), number(len(alone))],
        ["anlokg over HTTP", milliseconds(sample.median), number(len(sample.latencies))],
        ["what the service adds", milliseconds(added), ""],
        ["an empty server over HTTP", milliseconds(empty.median), number(len(empty.latencies))],
    ]
    notes = ["A point look-up, never the same text twice, answered as JSON. What the service adds"
             " is with the client and the loopback, which the last row shows."]  # fmt: skip
    table = Table("A small query, one client", ("what", "median, ms", "queries"), rows, notes)
    what = f"adds at most {1000 * MOST_ADDED_S:g} ms to the median of a small query"
    met = added <= MOST_ADDED_S and not sample.errors
    target = Target(what, sample.errors or f"{milliseconds(added)} ms", met)
    return Section("overhead", bench.triples, "What the service adds", tables=[table],
                   targets=[target])  # fmt: skip


def export(bench: Bench) -> Section:
    """The rate of a large CSV over HTTP, and of the engine's own writing to a file."""
    server, sample, alone = bench.running[ANLOKG], Sample(), list[float]()
    path = WORK / "export.csv"
    requests = [server.request(EXPORT, ["Accept: text/csv", UNCACHED])]
    with engine.running(bench.data) as bare:
        for _ in range(bench.repeats):
            alone.append(bare.export(EXPORT, path))
            sample.outcomes.append(bench.once(server, requests))
    size = path.stat().st_size
    with path.open("rb") as file:
        lines = sum(1 for _ in file) - 1
    path.unlink()
    received = sample.outcomes[0].received
    share = median(alone) / sample.median
    rows = [
        [what, decimal(seconds), number(lines / seconds), decimal(bytes_ / seconds / 1e6)]
        for what, seconds, bytes_ in (
            ("engine to a file", median(alone), size), ("anlokg over HTTP", sample.median, received)
        )
    ]  # fmt: skip
    notes = [
        f"{number(lines)} rows, {number(size)} bytes in the file, {number(received)} received."
    ]
    table = Table("CSV", ("what", "median, s", "rows a second", "MB a second"), rows, notes)
    what = f"a CSV of a million rows leaves at {100 * LEAST_SHARE:g} % of the engine's rate"
    met = share >= LEAST_SHARE and received >= size and not sample.errors
    measured = sample.errors or f"{100 * share:.0f} % with {number(lines)} rows"
    return Section("export", bench.triples, "A large export", tables=[table],
                   targets=[Target(what, measured, met)])  # fmt: skip
