"""The SHACL shapes that data must fit. They are no part of the graph, so the engine knows nothing
of them: they are read from their file, which a release keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import NotFound
from ...namespaces import OUTSIDE
from .. import rdf
from ..context import Context
from ..question.rows import XSD, Cell, Row, iris
from .asker import Asker
from .gathering import Gathered, Tree, names_of
from .neighbourhood import LABEL, TEXTS, TYPE, Outline

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

STRING = f"{XSD}string"
MESSAGE = f"{OUTSIDE['sh']}message"


class Shapes:
    """The shapes of a release."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def outline(self, meant: Sequence[str]) -> Outline:
        """The outline of the first of these IRIs that is one of shapes; else ``NotFound``."""
        from rdflib import URIRef

        for iri in meant:
            node = URIRef(iri)
            out = _counted(str(p) for p in self.graph.predicates(node))
            into = _counted(str(p) for p in self.graph.predicates(None, node))
            if out or into:
                types = tuple(sorted(str(kind) for kind in self.graph.objects(node, URIRef(TYPE))))
                return Outline(iri, out, into, frozenset(), types, graph=False, predicate=False)
        raise NotFound(f"there is no shape <{next(iter(meant), '')[:300]}>")

    async def gather(self, asker: Asker, outlined: Outline) -> Gathered:
        """What the page of a shape shows; the names of classes and codes are asked for."""
        from rdflib import URIRef

        node = URIRef(outlined.iri)
        out: list[Row] = [
            [["iri", str(p)], _cell(o), None] for p, o in self.graph.predicate_objects(node)
        ]
        into: list[Row] = [
            [["iri", str(p)], _cell(s)] for s, p in self.graph.subject_predicates(node)
        ]
        tree = self._tree(node)
        inside: list[Row] = [[["iri", p], cell] for pairs in tree.values() for p, cell in pairs]
        seen = iris(out) | iris(into) | iris(inside) | set(outlined.types) | {outlined.iri}
        return Gathered(out, into, tree, [], [], [*self._names(), *await names_of(asker, seen)])

    def data(self, outlined: Outline, form: str) -> bytes:
        """The description of a shape, with the nodes without a name below it, in a form."""
        from rdflib import URIRef

        prefixes = {prefix: str(namespace) for prefix, namespace in self.graph.namespaces()}
        found = rdf.empty(prefixes)
        self.graph.cbd(URIRef(outlined.iri), target_graph=found)
        return rdf.written(found, form)

    def _names(self) -> list[Row]:
        """Names and messages of the shapes, as ``neighbourhood.labels`` gives names and texts."""
        from rdflib import URIRef

        roles = ((LABEL, LABEL), (MESSAGE, TEXTS[-1]))
        return [
            [["iri", str(shape)], ["iri", role], ["literal", str(text)], ["literal", "en"], None]
            for said, role in roles
            for shape, text in self.graph.subject_objects(URIRef(said))
        ]

    def _tree(self, node: Node) -> Tree:
        """Contents of the nodes without a name below a node."""
        from rdflib import BNode

        tree: Tree = {}
        waiting = [o for o in self.graph.objects(node) if isinstance(o, BNode)]
        while waiting:
            blank = waiting.pop()
            if str(blank) in tree:
                continue
            pairs = list(self.graph.predicate_objects(blank))
            tree[str(blank)] = [(str(p), _cell(o)) for p, o in pairs]
            waiting += [o for _, o in pairs if isinstance(o, BNode)]
        return tree


def is_shape(base: str, iri: str) -> bool:
    """Whether an IRI is one of shapes."""
    return iri.startswith(f"{base}shapes/")


async def load(context: Context) -> Shapes:
    """The shapes of the release, read once; ``NotFound`` where none are kept."""
    release = context.edition.release
    path = release.folder / "shapes.ttl" if release else None
    if path is None or not path.is_file():
        raise NotFound("no shapes are kept with what is served here")

    async def make() -> Shapes:
        return await asyncio.to_thread(_read, path)

    return await context.made("shapes", make)


def _read(path: Path) -> Shapes:
    from rdflib import Graph

    graph = Graph()
    graph.parse(path, format="turtle")
    return Shapes(graph)


def _counted(predicates: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for predicate in predicates:
        found[predicate] = found.get(predicate, 0) + 1
    return found


def _cell(node: Node) -> Cell:
    from rdflib import BNode, Literal

    if isinstance(node, BNode):
        return ["blank", str(node)]
    if not isinstance(node, Literal):
        return ["iri", str(node)]
    if node.language:
        return ["literal", str(node), f"@{node.language}"]
    datatype = str(node.datatype or STRING)
    return ["literal", str(node)] + ([datatype] if datatype != STRING else [])
