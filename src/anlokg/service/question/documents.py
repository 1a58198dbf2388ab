"""Answers and the catalogue as plain JSON: for programs that know neither SPARQL nor RDF."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ...query.catalogue import Query
from ...query.parameters import Parameter
from . import flagging, rows
from .rows import Row, Table
from .task import Task

Compact = Callable[[str], str]
Tell = Callable[[Row], list[dict[str, str]]]
"""Gives the findings on a row."""


def answer(
    task: Task, found: Table, release: str, compact: Compact, tell: Tell | None = None
) -> bytes:
    """An answer: what was asked, the rows, what their columns mean, and where more of them are.

    With ``tell`` each row has a list of findings.
    """
    window = task.window
    names = [*found.columns, flagging.COLUMN] if tell else found.columns
    head = {
        "query": task.query.name,
        "title": task.query.header.title,
        "question": task.query.header.question,
        "release": release,
        "parameters": task.values(),
    }
    before = window.previous()
    tail = {
        "count": len(found.rows),
        "columns": _columns(task.meanings(names)),
        "limit": window.limit,
        "offset": window.offset,
        "next": task.address(".json", window.next()) if found.more else None,
        "prev": task.address(".json", before) if before else None,
    }
    opening = json.dumps(head, ensure_ascii=False)
    ending = json.dumps(tail, ensure_ascii=False)
    return f'{opening[:-1]}, "rows": [\n{_rows(found, compact, tell)}\n], {ending[1:]}'.encode()


def _rows(found: Table, compact: Compact, tell: Tell | None) -> str:
    """The rows as JSON objects; written here, because numbers keep all their digits so."""
    keys = [json.dumps(name) for name in found.columns]
    lines = []
    for row in found.rows:
        cells = zip(keys, row, strict=True)
        parts = [f"{key}: {rows.plain(cell, compact)}" for key, cell in cells]
        if tell:
            parts.append(f'"{flagging.COLUMN}": {json.dumps(tell(row), ensure_ascii=False)}')
        lines.append(", ".join(parts))
    return ",\n".join(f"{{{line}}}" for line in lines)


def entry(query: Query, place: str) -> dict[str, object]:
    """A question in the catalogue."""
    head = query.header
    return {
        "name": query.name,
        "topic": query.topic,
        "title": head.title,
        "question": head.question,
        "tags": list(head.tags),
        "parameters": [_parameter(parameter) for parameter in query.parameters],
        "columns": _columns(flagging.columns(query)),
        "url": place,
        "sparql": f"{place}/sparql",
    }


def _columns(meanings: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "meaning": meaning} for name, meaning in meanings.items()]


def _parameter(parameter: Parameter) -> dict[str, object]:
    told: dict[str, object] = {
        "name": parameter.name,
        "type": parameter.type,
        "default": parameter.default,
    }
    return told | ({"allowed": list(parameter.allowed)} if parameter.allowed else {})
