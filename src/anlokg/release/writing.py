"""Writes the parts of a release: the store, and the validation report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from ..errors import ReleaseError
from ..validation.report import Report
from . import quads


def fill_store(
    folder: Path, graphs: Mapping[str, bytes], user_graphs: Iterable[tuple[str, Path]]
) -> Store:
    """A store on disk with every graph; blank nodes get canonical labels."""
    store = Store(str(folder))
    for name, data in graphs.items():
        if b"_:" in data:
            store.bulk_extend(quads.parse(data, RdfFormat.N_TRIPLES, name))
        else:
            store.bulk_load(data, RdfFormat.N_TRIPLES, to_graph=NamedNode(name))
    for name, path in user_graphs:
        store.bulk_extend(_user_quads(path, name))
    return store


def add_union(store: Store, quads: Iterable[Quad]) -> None:
    """Adds the triples of some quads to the default graph, which is the union of all graphs."""
    store.bulk_extend(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads)
    store.optimize()
    store.flush()


def _user_quads(path: Path, name: str) -> list[Quad]:
    form = RdfFormat.from_extension(path.suffix.removeprefix("."))
    if form is None:
        raise ReleaseError(
            f"{path}: unknown kind of RDF file. Use .ttl, .nt, .nq, .trig, .rdf, .jsonld"
        )
    try:
        return quads.parse(path.read_bytes(), form, name)
    except (SyntaxError, ValueError) as error:
        raise ReleaseError(f"{path}: does not parse: {error}") from error


def write_report(report: Report, folder: Path) -> None:
    """The findings as JSON lines, in ``report.jsonl``."""
    with (folder / "report.jsonl").open("w", encoding="utf-8") as file:
        for finding in report.findings:
            file.write(json.dumps(asdict(finding), ensure_ascii=False) + "\n")
