"""The full-text part of the index: which things have the words of a query (SQLite FTS5)."""

from __future__ import annotations

import math
import sqlite3
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .folding import MINOR, Part, parts, terms, word
from .typos import Typos

TABLES = (
    "CREATE VIRTUAL TABLE docs USING fts5("
    "names, texts, content = '', tokenize = 'unicode61 remove_diacritics 0')",
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(docs, row)",
    "CREATE TABLE kinds (number INTEGER PRIMARY KEY, kind TEXT)",
)
FIND = """
WITH found AS MATERIALIZED (
  SELECT rowid AS number, rank AS distance FROM docs
  WHERE docs MATCH ? AND rank MATCH 'bm25(4.0, 1.0)'
)
SELECT number FROM (
  SELECT number, row_number() OVER (
    PARTITION BY kind ORDER BY distance, number) AS place
  FROM found JOIN kinds USING (number) {which}
) WHERE place <= ? ORDER BY number"""
MOST_WORDS = 24
MOST_GROWN = 60
MOST_REPAIRED = 8
SHORTEST_GROWN = 3
SHORTEST_REPAIRED = 4
GROWN, REPAIRED = 0.7, 0.1
TELLING = 3
UNKNOWN = 9
"""A word that nothing has tells as much as one that so many things have."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word of a query: the words that stand for it, and how much it tells.

    ``options`` gives each of those words its quality, 1 for the same, and the letters that differ.
    """

    options: Mapping[str, tuple[float, int]]
    weight: float

    @property
    def known(self) -> bool:
        """Whether the word stands in the index as it is."""
        return any(quality == 1.0 for quality, _ in self.options.values())


class Words:
    """The words of all things, in memory; may be asked from any thread."""

    def __init__(self, rows: Iterable[tuple[int, str, str, str]]) -> None:
        """Rows of number, kind, words of the names, words of the texts."""
        self._lock = threading.Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        for table in TABLES:
            self._base.execute(table)
        kept = list(rows)
        self._base.executemany(
            "INSERT INTO docs(rowid, names, texts) VALUES (?, ?, ?)",
            ((number, names, texts) for number, _, names, texts in kept),
        )
        self._base.executemany(
            "INSERT INTO kinds VALUES (?, ?)", ((number, kind) for number, kind, _, _ in kept)
        )
        self._count = len(kept)
        self._often: dict[str, int] = dict(
            self._base.execute("SELECT term, doc FROM vocabulary ORDER BY term")
        )
        self._sorted = sorted(self._often)
        self._typos = Typos(term for term in self._often if not term.isdigit())

    def wanted(self, text: str) -> list[Wanted]:
        """The words of a query, each with the words of the index that it may mean."""
        found = parts(text)[:MOST_WORDS]
        covers: list[list[str]] = [[] for _ in found]
        for term, first, last in terms(found):
            for place in range(first, last + 1):
                covers[place].append(term)
        last = len(found) - 1
        wanted = [
            self._wanted(part, cover, place == last)
            for place, (part, cover) in enumerate(zip(found, covers, strict=True))
        ]
        telling = [one for part, one in zip(found, wanted, strict=True) if part.text not in MINOR]
        return telling or wanted

    def find(
        self, wanted: Sequence[Wanted], kinds: Sequence[str], most: int, *, every: bool
    ) -> list[int]:
        """Numbers of the things that have all the words, or any; so many of each kind."""
        groups = [
            "(" + " OR ".join(f'"{option}"' for option in word.options) + ")"
            for word in wanted
            if word.options
        ]
        if not groups or (every and len(groups) < len(wanted)):
            return []
        match = (" AND " if every else " OR ").join(groups)
        which = f"WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        query = FIND.format(which=which)
        with self._lock:
            rows = self._base.execute(query, (match, *kinds, most)).fetchall()
        return [number for (number,) in rows]

    def _wanted(self, part: Part, cover: Sequence[str], last: bool) -> Wanted:
        options: dict[str, tuple[float, int]] = {}
        for term in cover:
            if term in self._often:
                options[term] = (1.0, 0)
        shortest = 2 if last else SHORTEST_GROWN
        for term in cover:
            if len(term) >= shortest and not term.isdigit():
                for grown in self._grown(term):
                    quality = GROWN + (1 - GROWN) * len(term) / len(grown)
                    options.setdefault(grown, (quality, 0))
        if not options and len(part.text) >= SHORTEST_REPAIRED and not part.text.isdigit():
            term = word(part.text)
            for distance, near in self._typos.near(term)[:MOST_REPAIRED]:
                options[near] = (1 - distance / len(term) - REPAIRED, distance)
        return Wanted(options, self._weight(options) * min(1.0, len(part.text) / TELLING))

    def _grown(self, term: str) -> Iterable[str]:
        start = bisect_left(self._sorted, term)
        for place in range(start, min(start + MOST_GROWN, len(self._sorted))):
            if not self._sorted[place].startswith(term):
                return
            if self._sorted[place] != term:
                yield self._sorted[place]

    def _weight(self, options: Mapping[str, object]) -> float:
        """How much a word tells: more, the fewer things have it."""
        often = max((self._often[option] for option in options), default=UNKNOWN)
        return math.log(1 + (self._count + 1) / (often + 1))
