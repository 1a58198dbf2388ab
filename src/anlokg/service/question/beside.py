"""What stands beside the cells of an answer: names of things, and findings on figures.

For the forms that are kept as files: their rows are read one by one as they are written, so that
an answer of any length takes no more room than its bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...engine.request import Reply
from ...integrity.flags import Flags
from ...namespaces import Base
from . import flagging, layouts, rows
from .rows import Row, Table

WRITERS: Mapping[str, Callable[[Sequence[str], Iterable[Row]], bytes]] = {
    "csv": layouts.csv_of,
    "tsv": layouts.tsv_of,
}


@dataclass(frozen=True, slots=True)
class Beside:
    """Names for the columns at some places; findings, or ``None`` for no column of them."""

    base: Base
    flags: Flags | None = None
    places: list[int] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)

    def columns(self, columns: list[str]) -> list[str]:
        """The columns with those beside them."""
        longer = layouts.labelled_columns(columns, self.places)
        return longer if self.flags is None else [*longer, flagging.COLUMN]

    def rows(self, found: Iterable[Row]) -> Iterator[Row]:
        """The rows with what stands beside their cells."""
        shown = (layouts.labelled(row, self.places, self.names) for row in found)
        return shown if self.flags is None else flagging.rows_with(shown, self.flags, self.base)


def written(reply: Reply, form: str, most: int | None, beside: Beside) -> tuple[bytes, bool]:
    """The first rows of a reply in CSV or TSV, all without ``most``; and whether more follow."""
    with reply.file() as file:
        columns, found = rows.stream(file)
        shown = beside.rows(itertools.islice(found, most))
        laid = WRITERS[form](beside.columns(columns), shown)
        return laid, next(found, None) is not None


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


def _parts(found: Iterator[Row]) -> Iterator[list[Row]]:
    while part := list(itertools.islice(found, 1000)):
        yield part
