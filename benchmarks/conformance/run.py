"""Runs tests at a server: a server for each data set, two at once."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox

from .judge import Outcome, client, fault
from .servers import HOST, Server, ServerError, running
from .suite import Suite, Test

AT_ONCE = 2
STARTS = 2  # somebody else may take a free port before the server does
Dataset = tuple[tuple[str, Path], ...]


@contextmanager
def published(folder: Path) -> Iterator[Suite]:
    """The suite of a folder, whose files are served at their IRIs on a free loopback port.

    Names in queries and data are relative to where a file lies. With the files served, a server
    that fetches the graphs of FROM clauses finds them, and has no reason to look elsewhere.
    """
    handler = partial(_Quiet, directory=str(folder / "sparql"))
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Suite(folder, f"http://{HOST}:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()


def outcomes(suite: Suite, tests: Sequence[Test], server: Server, programs: Path) -> list[Outcome]:
    """What becomes of every test at a server, in the order of the tests."""
    sharing: dict[Dataset, list[Test]] = defaultdict(list)
    for test in tests:
        sharing[suite.dataset(test)].append(test)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_share, suite, data, those, server, programs)
                for data, those in sharing.items()]  # fmt: skip
        found = {outcome.test: outcome for job in jobs for outcome in job.result()}
    return [found[test] for test in tests]


def nquads(suite: Suite, graphs: Dataset) -> bytes:
    """Files as one document of N-Quads, names resolved, each with blank nodes of its own."""
    quads = []
    for name, path in graphs:
        graph = ox.NamedNode(name) if name else ox.DefaultGraph()
        parsed = ox.parse(path=path, base_iri=suite.iri(path), rename_blank_nodes=True)
        quads += [ox.Quad(q.subject, q.predicate, q.object, graph) for q in parsed]
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def _share(
    suite: Suite, data: Dataset, tests: Sequence[Test], server: Server, programs: Path
) -> list[Outcome]:
    """The outcomes of tests that share their data, at a server of their own."""
    content, problem = nquads(suite, data), ""
    for _ in range(STARTS):
        try:
            with running(server, programs, content) as endpoint, client() as using:
                return [Outcome(t, server.name, fault(suite, t, endpoint, using)) for t in tests]
        except ServerError as error:
            problem = f"no server: {error}"
    return [Outcome(test, server.name, problem) for test in tests]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: requests are no news."""
