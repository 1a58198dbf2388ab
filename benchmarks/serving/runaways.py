"""Part ``runaways``: point look-ups while four queries run that would never end."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from ..measure import BenchmarkError
from ..page import decimal, number
from .bench import Bench
from .page import Section, Table, Target, milliseconds
from .peers import ANLOKG
from .queries import ROWS
from .samples import Sample

GRACE_S, TIMES = 1.0, 5
# The ways in which a query ends that was begun: out of time, of memory, or of room.
ENDS = ("query-timeout", "query-memory-limit", "answer-too-large")
ROUNDS = 3  # times the limit
QUERIES = {
    "cartesian COUNT": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "ORDER BY over a cross product": "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    "endless property path": "SELECT (COUNT(*) AS ?n) WHERE"
    " { ?a (!<urn:x>|^!<urn:x>)+ ?b . ?b (!<urn:x>|^!<urn:x>)+ ?c }",
    "REGEX over everything": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f"
    ' FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "(a.*b|b.*a).*[0-9]+x$", "i")) }',
}


@dataclass(frozen=True, slots=True)
class End:
    """How one runaway query ended, and after how many seconds."""

    status: int
    problem: str
    seconds: float

    def proper(self, limit_s: float) -> bool:
        """Whether it ended as it should, and soon enough."""
        soon = self.seconds <= limit_s + GRACE_S
        return soon and self.status == 503 and self.problem in ENDS


def section(bench: Bench) -> Section:
    """p99 of look-ups with and without runaways, and how each runaway ended."""
    quiet, disturbed = Sample(), Sample()
    bench.lookups(quiet, ANLOKG, bench.limit_s)
    with ThreadPoolExecutor(len(QUERIES)) as threads:
        over = Event()
        futures = {
            name: threads.submit(_repeat, bench, query, over) for name, query in QUERIES.items()
        }
        time.sleep(1.0)
        try:
            bench.lookups(disturbed, ANLOKG, ROUNDS * bench.limit_s)
        finally:
            over.set()
        ends = {name: future.result() for name, future in futures.items()}
    made = Section("runaways", bench.triples, "Look-ups beside runaway queries")
    made.tables = [_lookups(quiet, disturbed), _ends(ends, bench.limit_s)]
    made.targets = targets(quiet, disturbed, ends, bench.limit_s)
    return made


def targets(
    quiet: Sample, disturbed: Sample, ends: dict[str, list[End]], limit_s: int
) -> list[Target]:
    """How much slower look-ups are, and whether every runaway ended as it should."""
    times = disturbed.p99 / quiet.p99
    errors = quiet.errors or disturbed.errors
    wrong = [name for name, found in ends.items() if not all(end.proper(limit_s) for end in found)]
    longest = max(end.seconds for found in ends.values() for end in found)
    first = f"p99 of look-ups beside four runaways within {TIMES} times the quiet p99"
    second = f"every runaway ends with 503 and its problem within {limit_s} s + {GRACE_S:g} s"
    measured = f"longest {longest:.1f} s; otherwise: {', '.join(wrong) or 'none'}"
    return [
        Target(first, errors or f"{decimal(times)} times", times <= TIMES and not errors),
        Target(second, measured, not wrong),
    ]


def _repeat(bench: Bench, query: str, over: Event) -> list[End]:
    server, ends = bench.running[ANLOKG], list[End]()
    while not over.is_set():
        start = time.perf_counter()
        numbered = f"{query}\n#{len(ends)}"
        try:
            reply = server.get(numbered, ROWS, f"&timeout={bench.limit_s}", bench.limit_s + 30)
            end = End(reply.status, _problem(reply.body), time.perf_counter() - start)
        except BenchmarkError:
            end = End(0, "no answer", time.perf_counter() - start)
        ends.append(end)
    return ends


def _problem(body: bytes) -> str:
    """The last part of the type of a problem document; the start of anything else."""
    try:
        return str(json.loads(body)["type"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return body[:40].decode(errors="replace")


def _lookups(quiet: Sample, disturbed: Sample) -> Table:
    rows = [
        [name, milliseconds(sample.median), milliseconds(sample.p99),
         milliseconds(max(sample.latencies)), number(len(sample.latencies))]
        for name, sample in (("quiet", quiet), ("beside four runaways", disturbed))
    ]  # fmt: skip
    columns = ("", "median, ms", "p99, ms", "longest, ms", "look-ups")
    return Table("Point look-ups, one client", columns, rows)


def _ends(ends: dict[str, list[End]], limit_s: int) -> Table:
    rows = []
    for name, found in ends.items():
        how = sorted({f"{end.status} {end.problem}" for end in found})
        seconds = [end.seconds for end in found]
        rows.append([name, number(len(found)), ", ".join(how), f"{min(seconds):.2f}",
                     f"{max(seconds):.2f}"])  # fmt: skip
    columns = ("runaway", "times", "ended with", "shortest, s", "longest, s")
    notes = [f"Each is sent with `timeout={limit_s}`, and again as soon as it has ended."]
    return Table("Runaways", columns, rows, notes)
