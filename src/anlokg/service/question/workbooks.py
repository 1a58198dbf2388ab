"""The answer to a question as a workbook: its rows, and what they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ...engine.request import Reply
from . import layouts, rows, sheets
from .rows import Table
from .task import Task


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the things in some columns, to be put behind them."""

    places: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Book:
    """The workbook of an answer; ``created`` is when its release was made, in UTC."""

    task: Task
    names: Names
    release: str
    created: datetime
    most: int

    def write(self, reply: Reply) -> tuple[bytes, bool]:
        """The workbook of a reply in the form ``rows``, and whether more rows follow.

        Rows are read as they are written. 503 where there are more than a workbook may have.
        """
        with reply.file() as file:
            columns, found = rows.stream(file)
            kept = itertools.islice(found, self.task.window.limit)
            shown = (layouts.labelled(row, self.names.places, self.names.names) for row in kept)
            longer = layouts.labelled_columns(columns, self.names.places)
            laid = sheets.write(longer, shown, self.most, self._about(longer))
            return laid, next(found, None) is not None

    def _about(self, columns: list[str]) -> sheets.About:
        head = self.task.query.header
        facts = [
            ("question", head.question),
            ("answer", head.title),
            ("query", self.task.query.name),
            ("release", self.release),
            ("address", self.task.address("", self.task.window)),
        ]
        facts += [
            (f"parameter {name}", "any" if value is None else value)
            for name, value in self.task.values().items()
        ]
        meanings = self.task.meanings(columns)
        return sheets.About(facts, list(meanings.items()), self.created)


def scan(reply: Reply) -> tuple[list[int], set[str]]:
    """The columns of a reply, by number, in which there are IRIs, and these IRIs."""
    with reply.file() as file:
        columns, found = rows.stream(file)
        iris: set[str] = set()
        places: set[int] = set()
        for part in _parts(found):
            iris |= rows.iris(part)
            places |= set(layouts.places_of_iris(Table(columns, part)))
    return sorted(places), iris


def _parts(found: Iterator[rows.Row]) -> Iterator[list[rows.Row]]:
    while part := list(itertools.islice(found, 1000)):
        yield part
