"""Part ``cache``: the same request again and again, and requests that already hold the answer."""

from __future__ import annotations

import os

from ..page import number
from .bench import Bench
from .page import Section, Table, Target
from .peers import ANLOKG
from .queries import Kind
from .samples import Sample
from .server import Running
from .uncached import rate

CLIENTS, LEAST = 8, 5000
# Where one answer takes this long, as many clients as cores are enough, and many would take long.
LONG_S = 0.5
AGAIN = "anlokg, 304"


def section(bench: Bench) -> Section:
    """Answers a second of every server, and of anlokg to requests with If-None-Match."""
    columns = [*bench.running, *[AGAIN] * (ANLOKG in bench.running)]
    samples = {(k.name, column): Sample() for k in bench.kinds for column in columns}
    for turn in range(bench.repeats):
        for kind in bench.kinds:
            for name in bench.turns(turn):
                if (name, kind.name) in bench.late:
                    continue
                _round(bench, samples[kind.name, name], bench.running[name], kind)
            if AGAIN in columns:
                _round_304(bench, samples[kind.name, AGAIN], bench.running[ANLOKG], kind)
    made = Section("cache", bench.triples, "The same request again")
    rows = [[k.title, *(_cell(samples[k.name, c]) for c in columns)] for k in bench.kinds]
    title = f"{CLIENTS} clients, answers a second"
    notes = [
        f"Every server may answer from what it has kept. Queries over {LONG_S:g} s are asked by as"
        " many clients as there are cores; servers that were late are not asked. ≥: the client was"
        " at work all the time.",
    ]
    made.tables = [Table(title, ("query", *columns), rows, notes)]
    made.targets = targets(bench, samples) if AGAIN in columns else []
    return made


def targets(bench: Bench, samples: dict[tuple[str, str], Sample]) -> list[Target]:
    """The slowest of each column of anlokg; and who is ahead where."""
    made = []
    for column, told in ((ANLOKG, "cached"), (AGAIN, "304")):
        slowest = min(bench.kinds, key=lambda kind: samples[kind.name, column].rate)
        least = samples[slowest.name, column].rate
        sound = not any(samples[kind.name, column].errors for kind in bench.kinds)
        what = f"{told}: at least {number(LEAST)} answers a second"
        made.append(Target(what, f"{number(least)} ({slowest.name})", sound and least >= LEAST))
    for peer in bench.peers:
        behind = [
            f"{kind.name} ({column})" for kind in bench.kinds for column in (ANLOKG, AGAIN)
            if kind.name != "point" and (peer, kind.name) not in bench.wrong
            and samples[kind.name, peer].outcomes
            and samples[kind.name, column].rate <= samples[kind.name, peer].rate
        ]  # fmt: skip
        what = f"cached and 304: ahead of {peer} on everything but point look-ups"
        made.append(Target(what, f"behind: {', '.join(behind) or 'nowhere'}", not behind))
    return made


def _round(bench: Bench, sample: Sample, server: Running, kind: Kind) -> None:
    if sample.outcomes and sample.seconds > len(sample.outcomes) * LONG_S * CLIENTS:
        return
    requests = [server.request(kind.texts[0], [f"Accept: {kind.accept}"], varied=False)]
    clients = CLIENTS if _seconds(bench, server, requests) < LONG_S else _cores()
    sample.outcomes.append(bench.round(server, requests, clients))


def _round_304(bench: Bench, sample: Sample, server: Running, kind: Kind) -> None:
    accept = f"Accept: {kind.accept}"
    query, *_ = kind.texts
    tag = server.get(query, kind.accept).etag
    requests = [server.request(query, [accept, f"If-None-Match: {tag}"], varied=False)]
    sample.outcomes.append(bench.round(server, requests, CLIENTS, status=304))


def _seconds(bench: Bench, server: Running, requests: list[list[str]]) -> float:
    return min(bench.once(server, requests).latencies)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _cell(sample: Sample) -> str:
    if not sample.outcomes:
        return "not asked"
    return sample.errors or "≥ " * sample.busy + rate(sample.rate)
