"""Runs triples maps over CSV files, row by row, and yields N-Quads lines.

Every triples map is compiled once per file into a function of a row, so that the work per cell is
one look-up, one escape and one join. Memory does not grow with the number of rows. An empty cell
is a null: a term that needs it, and every triple that needs that term, is left out (RML).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rdflib.term import Node

from ..errors import MappingError, Problem, TableError
from .rml import BLANK, IRI, TermMap, TriplesMap

XSD = "http://www.w3.org/2001/XMLSchema#"
# Beyond this many remembered escapes the cache is emptied: it is there for repeated keys.
CACHE_LIMIT = 50_000

MONTH, DAY, ZONE = "(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])", r"(Z|[+-]\d\d:\d\d)?"
LEXICAL: dict[str, re.Pattern[str]] = {
    f"{XSD}{name}": re.compile(pattern, re.ASCII)
    for name, pattern in {
        "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
        "integer": r"[+-]?\d+",
        "double": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN",
        "boolean": r"true|false|1|0",
        "date": rf"-?\d{{4,}}-{MONTH}-{DAY}{ZONE}",
        "gYearMonth": rf"-?\d{{4,}}-{MONTH}{ZONE}",
        "gYear": rf"-?\d{{4,}}{ZONE}",
        "anyURI": r"[^\s<>\"{}|\\^`]*",
    }.items()
}
ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
# All but ``iunreserved`` of RFC 3987: letters, digits, four signs and ``ucschar``.
RESERVED = re.compile(
    r"[^A-Za-z0-9\-._~\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
    + "\U000e1000-\U000efffd]+"
)
IRI_FORBIDDEN = re.compile(r"[\x00-\x20<>\"{}|^`\\]")

Cells = Sequence[str]
MakeTerm = Callable[[Cells], str | None]
MakeLines = Callable[[Cells], list[str]]


class _Escaped(dict[str, str]):
    """Percent-encoded forms of cells, remembered up to a limit."""

    def __missing__(self, cell: str) -> str:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        self[cell] = escaped = _encode(cell)
        return escaped


def _encode(cell: str) -> str:
    """Percent-encodes what is not an ``iunreserved`` character (RFC 3987), as R2RML asks."""
    return RESERVED.sub(lambda found: quote(found[0], safe=""), cell)


def _label(text: str) -> str:
    """A blank node label that no other text gives, of signs that N-Quads allows anywhere."""
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in text)


@dataclass(frozen=True, slots=True)
class Executor:
    """Triples maps ready to run over a folder of CSV files.

    ``base`` resolves relative IRIs; ``strict`` raises on a cell that is not in the lexical space
    of its datatype or does not make an IRI, naming file, row and column.
    """

    maps: tuple[TriplesMap, ...]
    base: str
    strict: bool = True
    escaped: _Escaped = field(default_factory=_Escaped)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(triples_map.source for triples_map in self.maps))

    def run(self, folder: Path, graph: str | None = None) -> Iterator[str]:
        """N-Quads lines of every source below ``folder``; ``graph`` names the default graph."""
        for source in self.sources:
            maps = [m for m in self.maps if m.source == source]
            yield from self._run_file(folder / source, source, maps, graph)

    def _run_file(
        self, path: Path, name: str, maps: list[TriplesMap], graph: str | None
    ) -> Iterator[str]:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                yield from self._run_rows(csv.reader(file), name, maps, graph)
        except FileNotFoundError:
            raise TableError([Problem(name, "is missing", "Add the file")]) from None
        except UnicodeDecodeError as error:
            message = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
            raise TableError([Problem(name, message, "Save the file as UTF-8")]) from None

    def _run_rows(
        self, reader: Any, name: str, maps: list[TriplesMap], graph: str | None
    ) -> Iterator[str]:
        header: list[str] = next(reader, [])
        compiler = _Compiler(self, name, {column: i for i, column in enumerate(header)})
        makers = [compiler.lines(triples_map, graph) for triples_map in maps]
        width, line = len(header), reader.line_num
        for row in reader:
            compiler.row = line + 1  # a record may span lines; its number is that of the first
            line = reader.line_num
            if len(row) != width:
                message = f"has {len(row)} cells, the header has {width}"
                fix = "Quote cells that hold a comma, and give every column a cell"
                compiler.complain(None, message, fix)
                continue
            for make in makers:
                yield from make(row)


@dataclass(slots=True)
class _Compiler:
    executor: Executor
    name: str
    index: dict[str, int]
    row: int = 0

    def lines(self, triples_map: TriplesMap, graph: str | None) -> MakeLines:
        missing = sorted(triples_map.columns - self.index.keys())
        if missing:
            columns = ", ".join(missing)
            raise MappingError(
                f"{self.name}: the mapping reads columns it does not have: {columns}"
            )
        subject = self.term(triples_map.subject)
        parts = [
            (self.term(predicate), self.term(item), self.graphs(triples_map, properties.graphs))
            for properties in triples_map.properties
            for predicate in properties.predicates
            for item in properties.objects
        ]
        default = f" <{graph}> .\n" if graph else " .\n"
        return _line_maker(subject, parts, default)

    def graphs(self, triples_map: TriplesMap, own: tuple[TermMap, ...]) -> tuple[MakeTerm, ...]:
        """Graph terms of a triple; none for the default graph alone."""
        stated = (*triples_map.graphs, *own)
        if all(_is_default(graph) for graph in stated):
            return ()
        return tuple((lambda _: "") if _is_default(g) else self.term(g) for g in stated)

    def term(self, term_map: TermMap) -> MakeTerm:
        if term_map.constant is not None:
            text = _constant(term_map.constant)
            return lambda _: text
        if term_map.kind == IRI:
            return self._iri(term_map)
        if term_map.kind == BLANK:
            return self._blank(term_map)
        return self._literal(term_map)

    def _blank(self, term_map: TermMap) -> MakeTerm:
        fill = self._filled(term_map, str)

        def make(cells: Cells) -> str | None:
            text = fill(cells)
            return None if text is None else f"_:b{_label(text)}"

        return make

    def _iri(self, term_map: TermMap) -> MakeTerm:
        for text, is_column in term_map.pieces:
            if not is_column and IRI_FORBIDDEN.search(text):
                raise MappingError(f"{self.name}: {text!r} in a template is not part of an IRI")
        if term_map.is_template:
            fill = self._filled(term_map, self.executor.escaped.__getitem__)
        else:
            fill = self._filled(term_map, str)
        first = term_map.pieces[0]
        if term_map.is_template and not first[1] and re.match(r"[A-Za-z][\w+.-]*:", first[0]):
            return _wrapped(fill, "<", ">")
        return self._resolved(fill, term_map)

    def _resolved(self, fill: MakeTerm, term_map: TermMap) -> MakeTerm:
        def make(cells: Cells) -> str | None:
            iri = fill(cells)
            if iri is None:
                return None
            if not re.match(r"[A-Za-z][\w+.-]*:", iri):
                iri = self.executor.base + iri
            if IRI_FORBIDDEN.search(iri):
                self.complain(term_map, f"{iri!r} is not an IRI", "Write an IRI without spaces")
                return None
            return f"<{iri}>"

        return make

    def _literal(self, term_map: TermMap) -> MakeTerm:
        fill = self._filled(term_map, str)
        datatype = term_map.datatype
        suffix = f"@{term_map.language}" if term_map.language else ""
        if datatype and datatype != f"{XSD}string":
            suffix = f"^^<{datatype}>"
        pattern = LEXICAL.get(datatype or "")
        if pattern is None:
            return _quoted(fill, suffix)
        fits = pattern.fullmatch

        def make(cells: Cells) -> str | None:
            text = fill(cells)
            if text is None:
                return None
            if not fits(text):
                kind = str(datatype).rsplit("#", 1)[-1]
                fix = f"Write it in the form of xsd:{kind}"
                self.complain(term_map, f"{text!r} is not an xsd:{kind}", fix)
            return f'"{text.translate(ESCAPES)}"{suffix}'

        return make

    def _filled(self, term_map: TermMap, escape: Callable[[str], str]) -> MakeTerm:
        """Function of a row that joins the pieces; ``None`` where a column is empty."""
        pieces = [(self.index[t] if is_column else t) for t, is_column in term_map.pieces]
        if len(pieces) == 1 and isinstance(pieces[0], int):
            position = pieces[0]
            return lambda cells: escape(cells[position]) if cells[position] else None
        if len(pieces) == 2 and isinstance(pieces[0], str) and isinstance(pieces[1], int):
            start, at = pieces[0], pieces[1]
            return lambda cells: start + escape(cells[at]) if cells[at] else None

        def fill(cells: Cells) -> str | None:
            made = []
            for piece in pieces:
                if isinstance(piece, str):
                    made.append(piece)
                elif cells[piece]:
                    made.append(escape(cells[piece]))
                else:
                    return None
            return "".join(made)

        return fill

    def complain(self, term_map: TermMap | None, message: str, fix: str) -> None:
        if self.executor.strict:
            column = term_map.columns[0] if term_map and term_map.columns else None
            raise TableError([Problem(self.name, message, fix, self.row, column)])


def _line_maker(
    subject: MakeTerm, parts: list[tuple[MakeTerm, MakeTerm, tuple[MakeTerm, ...]]], default: str
) -> MakeLines:
    def make(cells: Cells) -> list[str]:
        about = subject(cells)
        if about is None:
            return []
        lines = []
        for predicate, item, graphs in parts:
            value = item(cells)
            if value is None:
                continue
            name = predicate(cells)
            if name is None:
                continue
            if not graphs:
                lines.append(f"{about} {name} {value}{default}")
                continue
            named = [graph(cells) for graph in graphs]  # "" is the default graph, None has no value
            lines += [
                f"{about} {name} {value} {g} .\n" if g else f"{about} {name} {value}{default}"
                for g in named
                if g is not None
            ]
        return lines

    return make


def _is_default(term_map: TermMap) -> bool:
    return str(term_map.constant).endswith(("r2rml#defaultGraph", "rml/defaultGraph"))


def _constant(node: Node) -> str:
    return node.n3()


def _wrapped(fill: MakeTerm, start: str, end: str) -> MakeTerm:
    def make(cells: Cells) -> str | None:
        text = fill(cells)
        return None if text is None else f"{start}{text}{end}"

    return make


def _quoted(fill: MakeTerm, suffix: str) -> MakeTerm:
    def make(cells: Cells) -> str | None:
        text = fill(cells)
        return None if text is None else f'"{text.translate(ESCAPES)}"{suffix}'

    return make
