"""Part ``queries``: ten kinds of queries that no cache can answer, at every server."""

from __future__ import annotations

from itertools import product

from ..page import decimal, number
from .answers import LIMIT_S
from .bench import SLOW_S, Bench
from .page import Section, Table, Target, milliseconds
from .peers import ANLOKG, DISK, MEMORY, RDFLIB
from .samples import Sample, mean_ratio
from .virtuoso import NAME as VIRTUOSO

# Virtuoso once more, where it may keep a compiled query: it compiles every text that is new to it.
COMPILED = f"{VIRTUOSO}, compiled"
LEAST = {RDFLIB: 7.0, DISK: 3.0}
WITHIN, OVER_S, AHEAD = 1.15, 0.005, 5
Samples = dict[tuple[str, int, str], Sample]
BEHIND = (
    "Virtuoso keeps each column sorted and packed, works through it in vectors of thousands of"
    " values, and chooses the order of joins by statistics; so it is ahead where much is scanned or"
    " counted. The engine of anlokg looks up triple by triple."
)


def section(bench: Bench) -> Section:
    """Times and rates of all, what they are to those of anlokg, and the targets."""
    samples = measure(bench)
    made = Section("queries", bench.triples, "Queries that no cache answers")
    for clients in bench.clients:
        made.tables.append(_times(bench, samples, clients))
        if ANLOKG in bench.running:
            made.tables.append(_ratios(bench, samples, clients))
            made.targets += targets(bench, samples, clients)
    return made


def measure(bench: Bench) -> Samples:
    """Every query at every server with so many clients, taking turns."""
    samples: Samples = {
        (kind.name, clients, name): Sample()
        for kind, clients, name in product(bench.kinds, bench.clients, columns(bench))
    }
    for turn, kind, clients in product(range(bench.repeats), bench.kinds, bench.clients):
        for name in bench.turns(turn):
            if asked(bench, samples, kind.name, clients, name):
                bench.uncached(samples[kind.name, clients, name], name, kind, clients)
        if VIRTUOSO in bench.running:
            again = samples[kind.name, clients, COMPILED]
            bench.uncached(again, VIRTUOSO, kind, clients, varied=False)
    return samples


def asked(bench: Bench, samples: Samples, kind: str, clients: int, name: str) -> bool:
    """Whether a query is worth asking: not where it is late, nor by many where one waits long."""
    alone = samples[kind, min(bench.clients), name].outcomes
    slow = clients > min(bench.clients) and bool(alone) and alone[0].seconds > SLOW_S
    return (name, kind) not in bench.late and not slow


def columns(bench: Bench) -> list[str]:
    """The servers, Virtuoso twice."""
    return [*bench.running, *[COMPILED] * (VIRTUOSO in bench.running)]


def ratio(bench: Bench, samples: Samples, kind: str, clients: int, name: str) -> float | None:
    """How many times as fast as a server anlokg is; ``None`` where they cannot be compared.

    With one client by the medians, with more by the answers a second. A server that is late counts
    as if it had answered at the limit, which is in its favour.
    """
    own, other = samples[kind, clients, ANLOKG], samples[kind, clients, name]
    if clients == 1 and (name, kind) in bench.late and own.outcomes and not own.errors:
        return LIMIT_S / own.median
    if not (own.outcomes and other.outcomes):
        return None
    if own.errors or other.errors or {(ANLOKG, kind), (name.partition(",")[0], kind)} & bench.wrong:
        return None
    return other.median / own.median if clients == 1 else own.rate / other.rate


def ratios(bench: Bench, samples: Samples, clients: int, name: str) -> dict[str, float]:
    """The ratios of a server to anlokg by kind of query, where there is one."""
    found = {k.name: ratio(bench, samples, k.name, clients, name) for k in bench.kinds}
    return {kind: value for kind, value in found.items() if value is not None}


def targets(bench: Bench, samples: Samples, clients: int) -> list[Target]:
    """What was asked for of each peer that was there, and what came of it."""
    with_clients = f"{clients} client{'s' * (clients > 1)}"
    made = [
        Target(f"figures beside {name}, {with_clients}", why.partition("\n")[0], None)
        for name, why in bench.absent.items()
    ]
    for name in columns(bench):
        found = ratios(bench, samples, clients, name)
        if name in LEAST:
            mean, least = mean_ratio(list(found.values())), LEAST[name]
            what = f"at least {least:g} times {name}, geometric mean, {with_clients}"
            made.append(Target(what, f"{decimal(mean)} times", mean >= least))
        elif name == MEMORY:
            made.append(_beside(bench, samples, found, with_clients))
        elif name in (VIRTUOSO, COMPILED):
            ahead = [kind for kind, value in found.items() if value > 1]
            what = f"ahead of {name}: on at least {AHEAD} of {len(bench.kinds)}, {with_clients}"
            made.append(Target(what, f"on {len(ahead)}: {', '.join(ahead)}", len(ahead) >= AHEAD))
    return made


def _beside(bench: Bench, samples: Samples, found: dict[str, float], told: str) -> Target:
    alone = min(bench.clients)
    long = {k: v for k, v in found.items() if samples[k, alone, MEMORY].median > OVER_S}
    what = f"within 15 % of {MEMORY} on everything over 5 ms, {told}"
    if not long:
        return Target(what, "nothing takes so long", None)
    worst = min(long, key=lambda kind: long[kind])
    measured = f"at most {decimal(1 / long[worst])} times as long ({worst}); of {', '.join(long)}"
    return Target(what, measured, long[worst] >= 1 / WITHIN)


def _times(bench: Bench, samples: Samples, clients: int) -> Table:
    rows = [
        [kind.title, *(_cell(bench, samples, kind.name, clients, name) for name in columns(bench))]
        for kind in bench.kinds
    ]
    if clients == 1:
        return Table("One client: median (p99), ms", ("query", *columns(bench)), rows)
    title = f"{clients} clients: answers a second (p99, ms)"
    return Table(title, ("query", *columns(bench)), rows)


def _cell(bench: Bench, samples: Samples, kind: str, clients: int, name: str) -> str:
    sample = samples[kind, clients, name]
    if (name.partition(",")[0], kind) in bench.wrong:
        return "another answer"
    if (name, kind) in bench.late:
        return f"over {LIMIT_S:g} s"
    if not sample.outcomes:
        return "not asked"
    if sample.errors:
        return sample.errors
    bound = "≥ " * (sample.busy and clients > 1)
    first = milliseconds(sample.median) if clients == 1 else bound + rate(sample.rate)
    return f"{first} ({milliseconds(sample.p99)})"


def rate(value: float) -> str:
    """Answers a second."""
    return number(value) if value >= 10 else decimal(value)


def _told(bench: Bench, kind: str, name: str, values: dict[str, float]) -> str:
    if kind not in values:
        return "–"
    return "over " * ((name, kind) in bench.late) + decimal(values[kind])


def _ratios(bench: Bench, samples: Samples, clients: int) -> Table:
    peers = [name for name in columns(bench) if name != ANLOKG]
    found = {name: ratios(bench, samples, clients, name) for name in peers}
    rows = [
        [k.title, *(_told(bench, k.name, name, values) for name, values in found.items())]
        for k in bench.kinds
    ]
    means = [decimal(mean_ratio(list(values.values()))) for values in found.values()]
    rows.append(["geometric mean", *means])
    by = "medians" if clients == 1 else "answers a second"
    notes = [
        f"By {by}; above 1, anlokg is the faster one. No two texts sent to a server are"
        f" alike, but for the column “{COMPILED}”. A query that takes one client over"
        f" {SLOW_S:g} s is not asked by more; over {LIMIT_S:g} s, not at all: it counts as that."
    ]
    behind = {
        name: ", ".join(kind for kind, value in found.get(name, {}).items() if value < 1)
        for name in (VIRTUOSO, COMPILED)
    }
    notes += [f"Behind {name}: {kinds}." for name, kinds in behind.items() if kinds]
    if any(behind.values()):
        notes.append(BEHIND)
    title = f"{clients} client{'s' * (clients > 1)}: how many times as fast anlokg is"
    return Table(title, ("query", *peers), rows, notes)
