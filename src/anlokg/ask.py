"""Answers a query for the command line: finds it, binds it, and writes what it gives."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .engine.embedded import Answer
from .engine.forms import GRAPH_FORMATS, RESULT_FORMATS
from .errors import FileError, ParameterError, QueryError
from .opened import OpenRelease
from .query import catalogue, parameters
from .query.catalogue import Query


class Tables(Protocol):
    """Something that can write rows."""

    as_json: bool

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None: ...


def answer(
    opened: OpenRelease, what: str, params: Sequence[str], form: str | None, tables: Tables
) -> None:
    """Writes the answer to a shipped query, a file or standard input."""
    text = _bound(opened, what, _values(params))
    found = opened.run(text)
    if form is None:
        form = "ttl" if found.is_graph else "json" if tables.as_json else "table"
    if form == "table" and not found.is_graph:
        _as_table(opened, found, tables)
        return
    known = GRAPH_FORMATS if found.is_graph else RESULT_FORMATS
    if form not in known:
        kind = "a graph" if found.is_graph else "rows"
        raise QueryError(f"the query gives {kind}; its formats are: {', '.join(known)}")
    if found.boolean is not None and form in ("csv", "tsv"):
        print("true" if found.boolean else "false")
        return
    sys.stdout.flush()
    found.write(sys.stdout.buffer, form)
    sys.stdout.buffer.flush()


def _as_table(opened: OpenRelease, found: Answer, tables: Tables) -> None:
    if found.boolean is not None:
        print("true" if found.boolean else "false")
        return
    rows = [[opened.compact(term) for term in row] for row in found.rows()]
    tables.table(found.columns, rows)


def _bound(opened: OpenRelease, what: str, values: Mapping[str, str]) -> str:
    if what == "-":
        try:
            text = sys.stdin.read()
        except UnicodeDecodeError as error:
            raise QueryError("the query on standard input is not UTF-8") from error
        names = parameters.find(text, {}, {}, "standard input")
        return parameters.bind(text, names, values, opened.base.prefixes())
    query = _from_file(opened, what) or catalogue.get(opened.queries, what)
    return query.bound(values, opened.base)


def _from_file(opened: OpenRelease, what: str) -> Query | None:
    path = Path(what)
    if path.suffix not in (".rq", ".sparql") and not path.is_file():
        return None
    try:
        return catalogue.read(path, opened.base)
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or "it is not UTF-8"
        raise FileError(f"{path} cannot be read: {detail}") from error


def _values(params: Sequence[str]) -> dict[str, str]:
    values = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise ParameterError(param, "has no value. Write name=value")
        values[name] = value
    return values
