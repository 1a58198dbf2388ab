"""Writes the parts of a release: the store, and the validation report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import pyoxigraph
from pyoxigraph import NamedNode, RdfFormat, Store

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
    store.optimize()
    return store


def _user_quads(path: Path, name: str) -> list[pyoxigraph.Quad]:
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
