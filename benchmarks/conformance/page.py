"""The outcomes as Markdown: a line for each group, and what is left out or known to fail."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .exceptions import Exceptions, passed
from .judge import TIME_LIMIT_S, Outcome
from .suite import Test

NOTES = f"""How a test is run and judged:

- Each server is started on the data of a test, loaded from one file of N-Quads: named graphs have
  the IRIs that the manifest gives them, and the graphs that a query names in FROM are there, too.
  Names in data, queries and results are relative to the IRI of the file. The protocol does not
  carry that IRI, so each query is sent below a line `BASE <…>`.
- A query is sent by POST, with the media type of the expected result as Accept. Where the suite
  describes the result in RDF, this is SPARQL JSON for rows and Turtle for graphs.
- Rows are compared as multisets, and in order if the outermost query has ORDER BY and the expected
  result has an order; graphs by isomorphism. Blank nodes may have any name. Numbers and booleans
  of one datatype are compared by value, `Z` and `+00:00` are the same, and other literals are
  compared as they are written. In CSV, cells are compared as they are written.
- A malformed query has to be answered with 400 and a well-formed one with 200, which means that
  it can be run, too: some syntax tests call functions that nobody has.
- An answer has to come within {TIME_LIMIT_S:g} s. No test that asks other hosts is run, and what a
  server fetches from the web of its own accord ends at a proxy that does not exist.
- The suite says in words only that a service description conforms to its vocabulary. Here this
  means the constraints in `benchmarks/conformance/service-description.shapes.ttl`.
- `rdflib-endpoint` is started as its command line starts it: the default graph is the union of
  all graphs, which the suite does not expect. Its XML results leave 0 and false empty, and most
  expected results are XML, so that one fault counts in many groups.
"""


def table(outcomes: Sequence[Outcome], servers: Sequence[str]) -> str:
    """How many tests of each group each server passes, with sums."""
    first = [outcome.test for outcome in outcomes if outcome.server == servers[0]]
    totals = Counter(test.group for test in first)
    counts = {name: passed(outcomes, name) for name in servers}
    lines = [_line(["group", "tests", *servers]), _line(["---"] + ["---:"] * (1 + len(servers)))]
    for title, groups in _halves(totals):
        lines += [_row(group, [group], totals, counts) for group in groups]
        lines.append(_row(f"**{title}**", groups, totals, counts))
    return "\n".join(lines) + "\n"


def left_out(tests: Iterable[Test], known: Exceptions) -> str:
    """The groups that are not run, how many tests they have, and why."""
    totals = Counter(test.group for test in tests)
    by_reason: dict[str, list[str]] = {}
    for group, reason in known.groups.items():
        by_reason.setdefault(reason, []).append(f"{group} ({totals[group]})")
    return "\n".join(f"- {', '.join(groups)}: {reason}" for reason, groups in by_reason.items())


def failures(outcomes: Sequence[Outcome], known: Exceptions, servers: Sequence[str]) -> str:
    """The exceptions with their reasons, and which other servers fail at them."""
    at: dict[str, list[str]] = {}
    for outcome in outcomes:
        if not outcome.passed:
            at.setdefault(outcome.test.iri, []).append(outcome.server)
    names = {outcome.test.iri: outcome.test.name for outcome in outcomes}
    by_reason: dict[str, list[str]] = {}
    for iri, reason in known.tests.items():
        if iri in names:
            marks = ["x" if name in at.get(iri, []) else "" for name in servers]
            by_reason.setdefault(reason, []).append(_line([names[iri], *marks]))
    parts = []
    for reason, lines in by_reason.items():
        head = [_line(["test", *servers]), _line(["---"] * (1 + len(servers)))]
        parts.append("\n".join([reason, "", *head, *lines, ""]))
    return "\n".join(parts)


def whole(
    counts: str,
    outcomes: Sequence[Outcome],
    tests: Sequence[Test],
    known: Exceptions,
    folder: Path,
    versions: Mapping[str, str],
) -> str:
    """The page: what was run and how, the table ``counts``, what is left out, the exceptions."""
    listed = sum(outcome.test.iri in known.tests for outcome in outcomes) // len(versions)
    parts = [
        _heading(folder, versions), counts, NOTES,
        "## Groups that are not run\n", left_out(tests, known) + "\n",
        f"## Tests that anlokg does not pass\n\n{listed} tests; x marks the servers that fail.\n",
        failures(outcomes, known, list(versions)),
    ]  # fmt: skip
    return "\n".join(parts)


def _heading(folder: Path, versions: Mapping[str, str]) -> str:
    """What stands above the table: the command, the day, what was run."""
    command = "python -m benchmarks.conformance FOLDER"
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return "\n".join(
        [
            "# Conformance to SPARQL",
            "",
            "The W3C's test suites for what a service that only reads has to answer, at real"
            " servers over HTTP.",
            f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}; do not edit.",
            "",
            f"- suite: w3c/rdf-tests{_commit(folder)}, SPARQL 1.1 and SPARQL 1.0",
            f"- servers: {told}",
            "",
        ]
    )


def _halves(totals: Mapping[str, int]) -> list[tuple[str, list[str]]]:
    """Groups of SPARQL 1.1, of SPARQL 1.0, and all of them; those that were run."""
    new = [group for group in totals if not group.startswith("sparql10/")]
    old = [group for group in totals if group.startswith("sparql10/")]
    return [(title, groups) for title, groups in (("SPARQL 1.1", new), ("SPARQL 1.0", old))
            if groups]  # fmt: skip


def _row(
    title: str,
    groups: Sequence[str],
    totals: Mapping[str, int],
    counts: Mapping[str, Mapping[str, int]],
) -> str:
    sums = [sum(those.get(group, 0) for group in groups) for those in (totals, *counts.values())]
    return _line([title, *map(str, sums)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _commit(folder: Path) -> str:
    """The commit of a checkout; nothing if the folder is no checkout of git."""
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f" {done.stdout.strip()}" if done.returncode == 0 else ""
