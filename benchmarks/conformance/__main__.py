"""Runs the W3C's SPARQL test suites at real servers and prints how many tests each passes.

FOLDER is a checkout of w3c/rdf-tests. Ends with 1 if anlokg fails a test that is not among the
exceptions, passes one that is, or passes fewer tests of a group than Oxigraph's server; with 2 if
it cannot be run. With all groups and all servers, writes docs/conformance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ..environment import FOLDER
from ..measure import ROOT
from . import exceptions, page, run
from .judge import Outcome
from .servers import SERVERS, ServerError, install
from .suite import Suite, SuiteError, Test

PAGE = ROOT / "docs" / "conformance.md"
PEERS = Path(os.environ.get("ANLOKG_PEERS") or FOLDER)


def main(arguments: Sequence[str] | None = None) -> int:
    """What the command line says; gives the exit code."""
    told = _parser().parse_args(arguments)
    try:
        with run.published(told.folder) as suite:
            return _run(suite, told)
    except (SuiteError, ServerError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conformance", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a checkout of w3c/rdf-tests")
    said = {
        "exceptions": "a file of exceptions instead of the one beside the code",
        "server": "only this server; may be given again",
        "group": "only this group, such as aggregates or sparql10; may be given again",
        "peers": "where the other servers have their virtual environments; what is missing is"
        " installed there (ANLOKG_PEERS, else build/peers)",
    }
    parser.add_argument(
        "--server", action="append", default=[], choices=SERVERS, help=said["server"]
    )
    parser.add_argument("--group", action="append", default=[], help=said["group"])
    parser.add_argument("--peers", type=Path, default=PEERS, help=said["peers"])
    parser.add_argument("--exceptions", type=Path, default=exceptions.FILE, help=said["exceptions"])
    parser.add_argument("--failures", action="store_true", help="say why each test fails")
    return parser


def _run(suite: Suite, told: argparse.Namespace) -> int:
    known, everything = exceptions.read(told.exceptions), suite.tests()
    if unknown := known.unknown(everything):
        raise SuiteError("\n".join(unknown))
    tests = _chosen(everything, known, told.group)
    servers = [SERVERS[name] for name in told.server or SERVERS]
    versions: dict[str, str] = {}
    outcomes, start = [], time.perf_counter()
    for server in servers:
        installed = install(server, told.peers)
        versions[server.name] = installed.version
        outcomes += run.outcomes(suite, tests, server, installed.programs)
        seconds = time.perf_counter() - start
        print(f"{seconds:6.1f} s  {server.name}", file=sys.stderr, flush=True)
    names = [server.name for server in servers]
    if told.failures:
        _tell(outcomes)
    text = page.table(outcomes, names)
    print(text)
    if not told.group and len(servers) == len(SERVERS):
        PAGE.write_text(page.whole(text, outcomes, everything, known, told.folder, versions),
                        encoding="utf-8")  # fmt: skip
    wrong = exceptions.complaints(outcomes, known)
    print(*wrong, sep="\n", file=sys.stderr)
    return int(bool(wrong))


def _chosen(tests: Sequence[Test], known: exceptions.Exceptions, wanted: list[str]) -> list[Test]:
    """The tests of the groups that are named, or all; without those of groups left out."""
    run_at_all = [test for test in tests if test.group not in known.groups]
    names = {test.group for test in run_at_all}
    names |= {name.partition("/")[0] for name in names}
    if missing := [name for name in wanted if name not in names]:
        listed = ", ".join(sorted(names))
        raise SuiteError(f"no group that is run is called {', '.join(missing)}; there are {listed}")
    return [test for test in run_at_all
            if not wanted or {test.group, test.group.partition("/")[0]} & set(wanted)]  # fmt: skip


def _tell(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.passed:
            print(f"{outcome.server}: {outcome.test.name}: {outcome.fault}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
