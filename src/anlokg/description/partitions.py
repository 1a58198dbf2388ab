"""Partitions of a dataset by class and property, in VoID, down to what the properties lead to.

The form is the one that editors and agents read which know nothing of a graph but its VoID::

    dataset void:classPartition [ void:class C ; void:entities n ; void:propertyPartition [
        void:property P ; void:triples n ;
        void:classPartition [ void:class D ; void:triples n ] ;
        void-ext:datatypePartition [ void-ext:datatype T ; void:triples n ] ] ] .

Each partition has an IRI below that of its dataset, made of the names of what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from pyoxigraph import Store

from ..namespaces import OUTSIDE
from ..query.curies import Curies
from . import counts
from .statements import Statements

VOID = OUTSIDE["void"]
VOID_EXT = "http://ldf.fi/void-ext#"
SIMPLE = re.compile(r"[\w-]+:[\w.-]+", re.ASCII)


class Partitions:
    """Writes partitions into a graph."""

    def __init__(self, statements: Statements, prefixes: Mapping[str, str]) -> None:
        self.statements = statements
        self._curies = Curies(prefixes)

    def classes(self, dataset: str, members: Mapping[str, int]) -> None:
        """The partitions by class, with the number of members."""
        for name, number in members.items():
            self._part(dataset, f"{VOID}class", name, f"{VOID}entities", number)

    def properties(self, dataset: str, triples: Mapping[str, int]) -> None:
        """The partitions by property, with the number of triples."""
        for name, number in triples.items():
            self._part(dataset, f"{VOID}property", name, f"{VOID}triples", number)

    def inner(self, dataset: str, store: Store) -> None:
        """Within those by class: by property, and by class and datatype of what is there."""
        for (owner, name), (number,) in counts.rows(store, counts.OF_CLASSES):
            within = self._name(dataset, "class", owner)
            self._part(within, f"{VOID}property", name, f"{VOID}triples", number)
        for key, query in ((f"{VOID}class", counts.TO_CLASSES),
                           (f"{VOID_EXT}datatype", counts.TO_DATATYPES)):  # fmt: skip
            for (owner, name, item), (number,) in counts.rows(store, query):
                within = self._name(self._name(dataset, "class", owner), "property", name)
                self._part(within, key, item, f"{VOID}triples", number)

    def _part(self, whole: str, key: str, name: str, measure: str, number: int) -> None:
        """One partition; ``key`` is the property that says what it is a partition by."""
        part = self._name(whole, re.split("[#/]", key)[-1], name)
        self.statements.link(whole, f"{key}Partition", part)
        self.statements.link(part, key, name)
        self.statements.number(part, measure, number)

    def _name(self, whole: str, kind: str, name: str) -> str:
        """The IRI of a partition: with the CURIE of the name, or all of the name encoded."""
        short = self._curies.compact(name)
        if not SIMPLE.fullmatch(short):
            short = quote(name, safe="")
        return f"{whole}/{kind}/{short}"
