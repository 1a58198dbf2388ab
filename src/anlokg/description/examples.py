"""The shipped queries as examples (SHACL): each runs as it stands, with its defaults bound."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import Quad

from ..namespaces import OUTSIDE, Base
from ..query import scan
from ..query.catalogue import Query
from . import access
from .prefixes import SH, ontology
from .statements import Statements

RDFS, SCHEMA = OUTSIDE["rdfs"], OUTSIDE["schema"]
KINDS = {
    "SELECT": ("SPARQLSelectExecutable", "select"),
    "ASK": ("SPARQLAskExecutable", "ask"),
    "CONSTRUCT": ("SPARQLConstructExecutable", "construct"),
}
"""Class and property of SHACL by form of query; it has none for DESCRIBE."""


def show(queries: Mapping[str, Query], base: Base) -> list[Quad]:
    """The queries of a catalogue as examples, in a graph of their own."""
    said = Statements(base.graph("description", "examples"))
    for query in queries.values():
        kind = KINDS.get(scan.form(query.text))
        if kind is not None:
            _example(said, query, base, *kind)
    return said.quads


def _example(said: Statements, query: Query, base: Base, kind: str, text: str) -> None:
    example = f"{base.iri}query/{query.name}"
    said.kind(example, f"{SH}SPARQLExecutable", SH + kind)
    said.english(example, f"{RDFS}label", query.header.title)
    said.english(example, f"{RDFS}comment", query.header.question)
    said.text(example, SH + text, _bare(query.bound({}, base)))
    said.link(example, f"{SH}prefixes", ontology(base))
    said.link(example, f"{SCHEMA}target", access.endpoint(base.iri))
    for tag in sorted({query.topic, *query.header.tags}):
        said.text(example, f"{SCHEMA}keywords", tag)


def _bare(text: str) -> str:
    """A query without its header, which label and comment replace."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+")).strip() + "\n"
