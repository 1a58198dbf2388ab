"""The ten kinds of queries: a file each in ``queries/``, and the texts that come of it.

A line ``# Varies: KEY over KIND`` says that KEY stands for any key of a kind (studies, events, …);
the text with another key in its place is as good a query, so that no two requests need be alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import trials, vocabulary

FOLDER = Path(__file__).with_name("queries")
NAMES = (
    "point", "star", "hops", "path", "optional", "group-by", "top", "text", "construct", "count",
)  # fmt: skip
TITLES = {
    "point": "point look-up", "star": "star join and filter", "hops": "3 hops",
    "path": "property path", "optional": "OPTIONALs", "group-by": "GROUP BY",
    "top": "ORDER BY LIMIT", "text": "text filter", "construct": "CONSTRUCT a study",
    "count": "COUNT(*)",
}  # fmt: skip
VARIES = re.compile(r"^# Varies: (\S+) over (\S+)$", re.MULTILINE)
ROWS = "application/sparql-results+json"
GRAPH = "application/n-triples"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of query with the texts of its variants."""

    name: str
    texts: tuple[str, ...]

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def accept(self) -> str:
        """The media type asked for."""
        return GRAPH if self.name == "construct" else ROWS


def read(triples: int, most: int = 64) -> list[Kind]:
    """The ten kinds for a graph of so many triples, with at most so many variants of each."""
    values = {
        "studies": trials.keys(triples),
        "conditions": vocabulary.CONDITIONS,
        # The fourth row of the tree: each has as many others below it.
        "wider-conditions": vocabulary.CONDITIONS[7:15],
        "durations": vocabulary.DURATIONS,
        "events": vocabulary.EVENTS,
    }
    return [Kind(name, _texts(name, values, most)) for name in NAMES]


def _texts(name: str, values: dict[str, Sequence[str]], most: int) -> tuple[str, ...]:
    text = (FOLDER / f"{name}.rq").read_text(encoding="utf-8")
    varies = VARIES.search(text)
    # Comments are for readers; none is sent.
    bare = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    if varies is None:
        return (bare,)
    key, kind = varies.groups()
    step = max(1, len(values[kind]) // most)
    return tuple(bare.replace(key, value) for value in values[kind][::step][:most])
