"""The answer to a question as a workbook: its rows, and what they are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

from ...engine.request import Reply
from . import rows, sheets
from .beside import Beside
from .task import Task


@dataclass(frozen=True, slots=True)
class Book:
    """The workbook of an answer; ``created`` is when its release was made, in UTC."""

    task: Task
    beside: Beside
    release: str
    created: datetime
    most: int

    def write(self, reply: Reply) -> tuple[bytes, bool]:
        """The workbook of a reply in the form ``rows``, and whether more rows follow.

        Rows are read as they are written. 503 where there are more than a workbook may have.
        """
        with reply.file() as file:
            columns, found = rows.stream(file)
            shown = self.beside.rows(itertools.islice(found, self.task.window.limit))
            longer = self.beside.columns(columns)
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
