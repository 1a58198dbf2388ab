"""What the files for download hold: all of a release, graph by graph, and as tables."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad

from ..description import about, access
from ..engine.embedded import Engine
from ..namespaces import Base
from ..release.manifest import GraphEntry
from ..release.shelf import Release
from . import evidence_csv, rdf, sssom
from .dumps import SUMS, Dumps, File

LEVEL = 6
PIECE = 1 << 20
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
EVERYTHING = "Everything, graph by graph."
UNION = "Everything, the union of all graphs."
EVIDENCE = "The results as a table, one row for each, with the place where it is printed."
CROSSWALKS = "What the vocabularies are called elsewhere (SSSOM)."
SHAPES = "The shapes that the release was checked with (SHACL)."
SHAPES_FILE = "shapes.ttl"
Writer = Callable[[BinaryIO], object]


class Contents:
    """Writes the files of one release into a folder, one after the other."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.release, self.folder = release, folder
        self.base = Base(release.manifest.base)
        self.engine = Engine.open(release.store)
        self.names = [entry.name for entry in release.manifest.graphs]
        self.licence = about.dataset(self.names, self.base).licence
        self.files: list[File] = []

    def write(self) -> Dumps:
        """All files, and the index of them; ``OSError`` if one cannot be written."""
        self._everything()
        for entry in self.release.manifest.graphs:
            self._graph(entry)
        self._tables()
        self._sums()
        dumps = Dumps(self.folder, self.release.manifest.id, tuple(self.files))
        dumps.write()
        return dumps

    def _everything(self) -> None:
        union = int(next(self.engine.query(COUNT).rows())[0].value)  # type: ignore[union-attr]
        for form in access.WHOLE:
            single = form in access.PARTS
            title = UNION if single else EVERYTHING
            write = self._dumped(form, DefaultGraph()) if single else self._told_apart(form)
            triples = union if single else self.release.manifest.triples
            name = access.whole_file(form)
            self._add(name, title, form, write, triples=triples, licence=self.licence)

    def _graph(self, entry: GraphEntry) -> None:
        words = about.graph(entry.name, self.base)
        for form in access.PARTS:
            name = access.graph_file(entry.name, self.base, form)
            self._add(
                name,
                words.description,
                form,
                self._dumped(form, NamedNode(entry.name)),
                graph=entry.name,
                triples=entry.triples,
                licence=words.licence,
            )

    def _tables(self) -> None:
        def table(write: Callable[[Engine, Base, TextIO], object]) -> Writer:
            def written(file: BinaryIO) -> None:
                text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
                write(self.engine, self.base, text)
                text.detach()

            return written

        self._add("evidence.csv", EVIDENCE, "csv", table(evidence_csv.write), licence=about.LICENCE)
        self._add(
            "crosswalks.sssom.tsv", CROSSWALKS, "tsv", table(sssom.write), licence=about.LICENCE
        )
        shapes = self.release.folder / SHAPES_FILE
        if shapes.is_file():
            self._add(SHAPES_FILE, SHAPES, "ttl", _copied(shapes), licence=about.LICENCE)

    def _dumped(self, form: str, graph: NamedNode | DefaultGraph) -> Writer:
        """Writes one graph, with prefixes where the form has them."""
        return lambda file: self.engine.store.dump(
            file, rdf.FORMATS[form], from_graph=graph, prefixes=self.base.prefixes()
        )

    def _told_apart(self, form: str) -> Writer:
        """Writes all named graphs; the N-Quads are those of the release, which are sorted."""
        if form == "nq":
            return _copied(self.release.quads)
        return lambda file: pyoxigraph.serialize(
            self._quads(), file, format=rdf.FORMATS[form], prefixes=self.base.prefixes()
        )

    def _quads(self) -> Iterator[Quad]:
        for name in self.names:
            yield from self.engine.store.quads_for_pattern(None, None, None, NamedNode(name))

    def _add(
        self,
        name: str,
        title: str,
        form: str,
        write: Writer,
        *,
        graph: str | None = None,
        triples: int | None = None,
        licence: str | None,
    ) -> None:
        path = self.folder / name
        with path.open("wb") as raw:
            if name.endswith(".gz"):
                # No name and no time within: they would differ from one making to the next.
                with gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as packed:
                    write(packed)  # type: ignore[arg-type]
            else:
                write(raw)
        self.files.append(
            File(name, title, form, path.stat().st_size, _sha256(path), graph, triples, licence)
        )

    def _sums(self) -> None:
        lines = [f"{file.sha256}  {file.name}\n" for file in self.files]
        (self.folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _copied(path: Path) -> Writer:
    def write(file: BinaryIO) -> None:
        with path.open("rb") as source:
            shutil.copyfileobj(source, file, PIECE)

    return write


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
