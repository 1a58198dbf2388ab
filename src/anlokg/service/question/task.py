"""A question as it was asked: which, with what values, and which part of the answer."""

from __future__ import annotations

from dataclasses import dataclass

from ...query.catalogue import Query
from .flagging import COLUMN, MEANING
from .inputs import Wish
from .paging import Window, address


@dataclass(frozen=True, slots=True)
class Task:
    """A question, the text that the engine gets for it, and the part of the rows that is wanted.

    ``place`` is the address of the question, without a suffix.
    """

    query: Query
    text: str
    wish: Wish
    window: Window
    place: str

    def address(self, suffix: str = "", window: Window | None = None) -> str:
        """The address of the answer in another form, or of another part of it."""
        values = [*self.wish.values.items()]
        if self.wish.labels:
            values.append(("labels", "1"))
        return address(f"{self.place}{suffix}", values, window)

    def values(self) -> dict[str, str | None]:
        """The values of all parameters, defaults too; ``None`` where nothing is filtered."""
        given = self.wish.values
        return {
            parameter.name: given.get(parameter.name, parameter.default)
            for parameter in self.query.parameters
        }

    def meanings(self, columns: list[str]) -> dict[str, str]:
        """What columns mean; one of labels means the names of the things beside it."""
        told = {COLUMN: MEANING, **self.query.header.columns}
        return {
            name: told.get(name) or f"Name of: {told[name.removesuffix('_label')]}"
            for name in columns
        }

    def key(self, *parts: object) -> tuple[str, ...]:
        """What an answer depends on, beside the edition; ``parts`` add to it."""
        window = self.window
        given = sorted(self.wish.values.items())  # they are told again as they were given
        own = (self.place, self.query.text, self.text, given, window.limit, window.offset)
        return ("question", *(str(part) for part in (*parts, *own, self.wish.labels)))


def runnable(text: str) -> str:
    """A query without its header: the engine has no use for it."""
    lines = text.splitlines(keepends=True)
    first = next((place for place, line in enumerate(lines) if not line.startswith("#+")), 0)
    return "".join(lines[first:]).lstrip()
