"""The folder of the W3C test suites: its tests, read from the manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, RDFS, BNode, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from anlokg.query import scan

from .exchange import MF, Exchange, exchanges

QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
EVALUATED = ("QueryEvaluationTest", "CSVResultFormatTest")
MANIFESTS = ("sparql11/manifest-all.ttl", "sparql10/manifest.ttl")


class SuiteError(Exception):
    """The folder is not a checkout of the test suites, or a manifest of it cannot be read."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test: ``group`` is a line of the table, ``kind`` the local name of its class.

    ``data`` are files of the default graph, ``graphs`` pairs of the IRI of a named graph and its
    file. What a test does not have is empty or None.
    """

    iri: str
    group: str
    kind: str
    query: Path | None = None
    data: tuple[Path, ...] = ()
    graphs: tuple[tuple[str, Path], ...] = ()
    result: Path | None = None
    lax: bool = False
    exchanges: tuple[Exchange, ...] = ()

    @property
    def name(self) -> str:
        """The IRI without what all tests of its suite share."""
        return re.sub(r".*/([^/]+)/manifest#", r"\1/", self.iri)


class Suite:
    """A checkout of the suites, whose files have IRIs below ``base``."""

    def __init__(self, folder: Path, base: str) -> None:
        self.folder = folder.resolve() / "sparql"
        self.base = base
        for name in MANIFESTS:
            if not (self.folder / name).is_file():
                raise SuiteError(f"{folder} is no checkout of w3c/rdf-tests: no sparql/{name}")

    def iri(self, path: Path) -> str:
        """The IRI of a file."""
        return self.base + path.relative_to(self.folder).as_posix()

    def file(self, iri: str) -> Path:
        """The file with an IRI; SuiteError if the IRI is that of no file."""
        path = self.folder / iri.removeprefix(self.base)
        if not iri.startswith(self.base) or not path.is_file():
            raise SuiteError(f"a manifest names the file {iri}, which is not there")
        return path

    def tests(self) -> list[Test]:
        """All tests of SPARQL 1.1 and of SPARQL 1.0, in the order of the manifests."""
        return [test for name in MANIFESTS for test in self._entries(self.folder / name)]

    def source(self, test: Test) -> str:
        """The text of the query of a test."""
        if test.query is None:
            raise SuiteError(f"{test.iri} has no query")
        return test.query.read_text(encoding="utf-8")

    def dataset(self, test: Test) -> tuple[tuple[str, Path], ...]:
        """Graphs that a test is run on: pairs of an IRI, empty for the default graph, and a file.

        A query that is evaluated finds the graphs of its own FROM clauses, too.
        """
        graphs = [("", path) for path in test.data] + list(test.graphs)
        if test.kind == "QueryEvaluationTest" and test.query is not None:
            graphs += [(iri, self.file(iri)) for iri in self._named(test)]
        return tuple(dict.fromkeys(graphs))

    def _named(self, test: Test) -> Iterator[str]:
        """IRIs of FROM clauses that are files beside the query."""
        before = ""
        for token in scan.scan(self.source(test)):
            word = token.text.upper()
            if token.kind == "iri" and before == "FROM" and test.query is not None:
                path = test.query.parent / token.text[1:-1]
                if path.is_file():
                    yield self.iri(path)
            before = "FROM" if before == "FROM" and word == "NAMED" else word

    def _entries(self, manifest: Path) -> Iterator[Test]:
        graph = Graph().parse(manifest, format="turtle", publicID=self.iri(manifest))
        for included in _list(graph, MF.include):
            yield from self._entries(self.file(str(included)))
        for entry in _list(graph, MF.entries):
            yield self._test(graph, entry, manifest.parent)

    def _test(self, graph: Graph, entry: Node, folder: Path) -> Test:
        kind = str(graph.value(entry, RDF.type)).rpartition("#")[2]
        action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
        query = graph.value(action, QT.query)
        if query is None and "SyntaxTest" in kind:
            query = action
        graphs = [*graph.objects(action, QT.graphData), *graph.objects(entry, UT.graphData)]
        return Test(
            iri=str(entry),
            group=_group(folder, kind, str(entry)),
            kind=kind,
            query=self.file(str(query)) if query is not None else None,
            data=tuple(self.file(str(iri)) for iri in graph.objects(action, QT.data)),
            graphs=tuple(sorted(self._graph(graph, node) for node in graphs)),
            result=self.file(str(result)) if kind in EVALUATED else None,
            lax=graph.value(entry, MF.resultCardinality) == MF.LaxCardinality,
            exchanges=exchanges(graph, action) if kind == "ProtocolTest" else (),
        )

    def _graph(self, graph: Graph, node: Node) -> tuple[str, Path]:
        """The IRI and file of a named graph; the IRI is that of the file or stated as a label."""
        if not isinstance(node, BNode):
            return str(node), self.file(str(node))
        file = graph.value(node, QT.graph) or graph.value(node, UT.graph)
        return str(graph.value(node, RDFS.label)), self.file(str(file))


def _group(folder: Path, kind: str, iri: str) -> str:
    name = folder.name if folder.parent.name == "sparql11" else f"sparql10/{folder.name}"
    if name == "protocol":
        return f"{name}/{'update' if 'update' in iri.rpartition('#')[2] else 'query'}"
    if name == "syntax-query":
        return f"{name}/{'positive' if kind.startswith('Positive') else 'negative'}"
    return name


def _list(graph: Graph, predicate: Node) -> Iterator[Node]:
    for head in graph.objects(predicate=predicate):
        yield from Collection(graph, head)
