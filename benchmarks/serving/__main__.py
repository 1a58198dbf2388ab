"""``python -m benchmarks.serving``: how fast anlokg answers, beside other SPARQL servers.

All servers run on loopback over the same made-up trials. Those in Python are installed with pip
below build/peers; Virtuoso has to be there (Debian: apt-get install virtuoso-opensource). Tables
and targets are printed as Markdown. Figures of all servers at 1000000 or 10000000 triples are kept
in build/benchmarks, and docs/serving-benchmarks.md is put together of them; either size takes some
ten minutes, and wants a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..measure import BenchmarkError
from . import bare, cached, page, queries, runaways, trials, uncached
from .answers import check
from .bench import Bench
from .page import Section
from .peers import ANLOKG, WORK, servers
from .server import Running
from .start import LOAD, late, reasons, section, start, tell, wrong

QUICK, SMALL, LARGE = 20_000, 1_000_000, 10_000_000
Part = Callable[[Bench], Section]
BESIDE: dict[str, Part] = {"queries": uncached.section, "cache": cached.section}
ALONE: dict[str, Part] = {
    "overhead": bare.overhead,
    "export": bare.export,
    "runaways": runaways.section,
}
PARTS = (*BESIDE, *ALONE)


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line says."""

    triples: int
    parts: tuple[str, ...]
    servers: tuple[str, ...]
    clients: tuple[int, ...]
    repeats: int
    quick: bool
    cores: int

    @property
    def kept(self) -> bool:
        """Whether the figures are for the page."""
        return self.triples >= SMALL and self.servers == tuple(servers())

    @property
    def command(self) -> str:
        """The command that measures the same again."""
        size = "--quick" if self.quick else f"--triples {self.triples}"
        some = "" if self.parts == PARTS else f" --parts {','.join(self.parts)}"
        chosen = "" if self.servers == tuple(servers()) else f" --servers {','.join(self.servers)}"
        return f"python -m benchmarks.serving {size}{some}{chosen}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what the command line names; 1 if something could not be measured."""
    told = read(arguments)
    # Servers and clients inherit this, so that machines with more cores give like figures.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: told.cores])
    # So that servers are stopped however the command ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed: list[str] = []
    for made in measured(told, failed):
        print(made.markdown(), flush=True)
        if told.kept:
            made.keep()
            page.write()
    for problem in failed:
        print(f"not measured: {problem}", file=sys.stderr)
    return int(bool(failed))


def measured(told: Told, failed: list[str]) -> Iterator[Section]:
    """The sections one by one; what fails is added to ``failed``."""
    tell(f"{told.triples} triples")
    data = trials.write(WORK, told.triples)
    beside = [name for name in told.parts if name in BESIDE]
    chosen = servers()
    with ExitStack() as own, ExitStack() as others:
        running, absent = start([chosen[ANLOKG]], data, told.triples, own)
        if beside:
            peers = [chosen[name] for name in told.servers if name != ANLOKG]
            more, missing = start(peers, data, told.triples, others)
            running, absent = running | more, absent | missing
        failed += reasons(absent)
        bench = _bench(told, data, running, absent)
        if beside and running:
            tell("comparing answers")
            checked = check(running, bench.kinds)
            bench = replace(bench, wrong=wrong(checked), late=late(checked))
            yield _complete(told, bench, section(bench, checked))
            yield from _parts(told, bench, BESIDE, failed)
        others.close()
        alone = {name: server for name, server in running.items() if name == ANLOKG}
        if alone:
            yield from _parts(told, replace(bench, running=alone), ALONE, failed)


def _parts(
    told: Told, bench: Bench, parts: dict[str, Part], failed: list[str]
) -> Iterator[Section]:
    for name in told.parts:
        if name in parts:
            tell(name)
            try:
                yield _complete(told, bench, parts[name](bench))
            except BenchmarkError as error:
                failed.append(f"{name}: {error}")


def _complete(told: Told, bench: Bench, made: Section) -> Section:
    made.command = told.command
    made.facts = page.facts(bench.versions, told.repeats, LOAD)
    return made


def _bench(told: Told, data: Path, running: dict[str, Running], absent: dict[str, str]) -> Bench:
    seconds, limit_s = (0.3, 3) if told.quick else (1.5, 10)
    return Bench(
        data, told.triples, running, queries.read(told.triples), told.clients, told.repeats,
        seconds, limit_s, absent,
    )  # fmt: skip


def read(arguments: Sequence[str] | None) -> Told:
    """The command line; ends the program if it cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving", description=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("--triples", type=int, default=SMALL, choices=(QUICK, SMALL, LARGE))
    parser.add_argument("--parts", type=_words, help=f"of {','.join(PARTS)}; all, or at {LARGE}"
                        " triples queries")  # fmt: skip
    parser.add_argument("--servers", type=_words, help=f"of {','.join(servers())}; all")
    parser.add_argument("--clients", type=_numbers, default=(1, 8), help="1,8")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of each (3)")
    parser.add_argument("--cores", type=int, default=2, help="cores for servers and client (2)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} triples, one short round")
    told = parser.parse_args(arguments)
    triples = QUICK if told.quick else told.triples
    parts = told.parts or (PARTS if triples < LARGE else ("queries",))
    chosen = told.servers or tuple(servers())
    for names, known in ((parts, PARTS), (chosen, tuple(servers()))):
        if unknown := sorted(set(names) - set(known)):
            parser.error(f"{', '.join(unknown)} is none of {', '.join(known)}")
    repeats = 1 if told.quick else max(1, told.repeats)
    return Told(triples, parts, chosen, told.clients, repeats, told.quick, max(1, told.cores))


def _words(told: str) -> tuple[str, ...]:
    return tuple(told.split(","))


def _numbers(told: str) -> tuple[int, ...]:
    return tuple(sorted({max(1, int(word)) for word in told.split(",")}))


if __name__ == "__main__":
    sys.exit(main())
