"""Findings beside the rows of an answer: which questions have them, and how they are told.

They stand in a last column ``findings``, of every question that shows results or statements,
whether there is a finding or not: the form of an answer depends on the question alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ...integrity.flags import Flag, Flags, gravest
from ...namespaces import Base
from ...query.catalogue import Query
from .rows import Cell, Row

COLUMN = "findings"
MEANING = "Findings on the figures of the row: severity, what is wrong, and the key of the finding"
FIGURE = re.compile(r"(?:result|statement|entity)$", re.IGNORECASE)
"""Columns and parameters that name results or statements, or things of any kind."""
BETWEEN = " | "

Href = Callable[[Flag], str]


def shows_figures(query: Query) -> bool:
    """Whether the answers to a question have a column of findings."""
    names = (*query.header.columns, *(parameter.name for parameter in query.parameters))
    return any(FIGURE.search(name) for name in names)


def columns(query: Query) -> dict[str, str]:
    """The columns of the answers to a question, and what they mean."""
    own = dict(query.header.columns)
    return {**own, COLUMN: MEANING} if shows_figures(query) else own


def of_row(row: Row, flags: Flags) -> tuple[Flag, ...]:
    """The findings on all that a row names, each once, gravest first."""
    found = [flags[cell[1]] for cell in row if cell and cell[0] == "iri" and cell[1] in flags]
    return gravest(flag for some in found for flag in some)


def cell(found: Iterable[Flag], base: Base) -> Cell | None:
    """Findings as a cell: empty where there are none."""
    told = BETWEEN.join(f"{flag.severity}: {flag.text} [{flag.key(base)}]" for flag in found)
    return ["literal", told] if told else None


def rows_with(rows: Iterable[Row], flags: Flags, base: Base) -> Iterator[Row]:
    """Rows with the cell of findings as their last."""
    return ([*row, cell(of_row(row, flags), base)] for row in rows)


def told(found: Iterable[Flag], base: Base, href: Href) -> list[dict[str, str]]:
    """Findings for JSON: each with its key, severity, text and address."""
    return [
        {
            "key": flag.key(base),
            "severity": flag.severity,
            "text": flag.text,
            "url": href(flag),
        }
        for flag in found
    ]
