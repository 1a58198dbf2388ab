"""Answers a query for the command line: finds it, binds it, and writes what it gives.

Findings on the figures that an answer shows are noted on standard error.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from .engine.embedded import Answer
from .engine.forms import GRAPH_FORMATS, RESULT_FORMATS
from .errors import FileError, ParameterError, QueryError
from .integrity import flags
from .integrity.flags import Flag
from .namespaces import Base
from .opened import OpenRelease
from .query import catalogue, parameters
from .query.catalogue import Query

BATCH = 1000
LONGEST_IRI = 4096
MOST_NOTED = 5


class Tables(Protocol):
    """Something that can write rows."""

    as_json: bool
    quiet: bool

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
    seen = _Seen(sys.stdout.buffer, opened.base)
    found.write(cast("BinaryIO", seen), form)
    sys.stdout.buffer.flush()
    note(opened, seen.all(), tables)


def _as_table(opened: OpenRelease, found: Answer, tables: Tables) -> None:
    if found.boolean is not None:
        print("true" if found.boolean else "false")
        return
    rows = list(found.rows())
    tables.table(found.columns, [[opened.compact(term) for term in row] for row in rows])
    shown = "".join(f" {term}" for row in rows for term in row)
    note(opened, _figures(opened.base).findall(f"{shown} "), tables)


class _Seen:
    """A file that hands on what is written, and remembers the results and statements in it."""

    def __init__(self, file: BinaryIO, base: Base) -> None:
        self._file, self._figures = file, _figures(base)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._iris: set[str] = set()

    def write(self, data: bytes) -> int:
        """Hands on; an IRI at the end may go on in what comes next."""
        text = self._rest + self._decoder.decode(data)
        self._iris.update(self._figures.findall(text))
        self._rest = text[-LONGEST_IRI:]
        return self._file.write(data)

    def flush(self) -> None:
        """Hands on too."""
        self._file.flush()

    def all(self) -> set[str]:
        """The IRIs that were written."""
        return self._iris | set(self._figures.findall(f"{self._rest} "))


def _figures(base: Base) -> re.Pattern[str]:
    """IRIs of results and statements, in any form in which answers are written."""
    return re.compile(rf"{re.escape(base.iri)}id/(?:result|statement)/[^\s<>\",]+(?=[\s<>\",])")


def note(opened: OpenRelease, iris: Iterable[str], tables: Tables) -> None:
    """Notes on standard error which findings there are on what was shown, if notes are wanted."""
    if tables.quiet:
        return
    found = flags.gravest(_flags(opened, iris))
    if not found:
        return
    counts = Counter(flag.severity for flag in found)
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    message = f"findings on figures of this answer: {told}"
    if tables.as_json:
        entries = [_entry(flag, opened.base) for flag in found]
        print(json.dumps({"note": message, "findings": entries}), file=sys.stderr)
        return
    studies = dict.fromkeys(flag.key(opened.base).partition(".")[0] for flag in found)
    options = " ".join(f"--study {study}" for study in sorted(studies))
    print(f"{message}. 'anlokg integrity {options}' explains them", file=sys.stderr)
    for flag in found[:MOST_NOTED]:
        print(f"  {flag.severity}: {flag.text} [{flag.key(opened.base)}]", file=sys.stderr)
    if len(found) > MOST_NOTED:
        print(f"  and {len(found) - MOST_NOTED} more", file=sys.stderr)


def _entry(flag: Flag, base: Base) -> dict[str, str]:
    return {"key": flag.key(base), "severity": flag.severity, "text": flag.text}


def _flags(opened: OpenRelease, iris: Iterable[str]) -> list[Flag]:
    wanted = iter(sorted(set(iris)))
    found: list[Flag] = []
    while batch := list(islice(wanted, BATCH)):
        rows = opened.run(flags.asked(opened.base, batch)).rows()
        texts = [[getattr(term, "value", "") for term in row] for row in rows]
        told = flags.collected((a, b, c, d) for a, b, c, d in texts)
        found += [flag for some in told.values() for flag in some]
    return found


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
