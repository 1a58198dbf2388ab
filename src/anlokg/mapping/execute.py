"""Runs triples maps over CSV files, row by row, and yields N-Quads lines.

All triples maps of a file are written out as one Python function of its rows, which is compiled
once: it takes a row apart once, and makes a term that several triples share once. What cells
become is remembered up to a limit, because keys, codes and figures come again and again. Memory
does not grow with the number of rows. An empty cell is a null: a term that needs it, and every
triple that needs that term, is left out (RML).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import Problem, TableError
from .rml import BLANK, IRI, TriplesMap
from .terms import IRI_FORBIDDEN, LEXICAL, SCHEME, Memory, UnfitError, encode, escape, label
from .writer import MakeLines, Row, Writer, column_of

LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Executor:
    """Triples maps ready to run over a folder of CSV files.

    ``base`` resolves relative IRIs; ``strict`` raises on a cell that is not in the lexical space
    of its datatype or does not make an IRI, naming file, row and column.
    """

    maps: tuple[TriplesMap, ...]
    base: str
    strict: bool = True
    memories: dict[str, Memory] = field(default_factory=dict, compare=False, repr=False)
    functions: dict[tuple[str, ...], MakeLines] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(triples_map.source for triples_map in self.maps))

    def run(self, folder: Path, graph: str | None = None) -> Iterator[str]:
        """N-Quads lines of every source below ``folder``; ``graph`` names the default graph."""
        default = f" <{graph}> .\n" if graph else " .\n"
        return chain.from_iterable(
            lines
            for source in self.sources
            for lines in self._run_file(folder / source, source, default)
        )

    def _run_file(self, path: Path, name: str, default: str) -> Iterator[list[str]]:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                yield from self._run_rows(csv.reader(file), name, default)
        except FileNotFoundError:
            raise TableError([Problem(name, "is missing", "Add the file")]) from None
        except UnicodeDecodeError as error:
            message = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
            raise TableError([Problem(name, message, "Save the file as UTF-8")]) from None

    def _run_rows(self, reader: Any, name: str, default: str) -> Iterator[list[str]]:
        maps = [triples_map for triples_map in self.maps if triples_map.source == name]
        header = tuple(next(reader, ()))
        key = (name, *header)
        if key not in self.functions:
            self.functions[key] = Writer(self.memory, self.strict, name, header).function(maps)

        def blame(error: UnfitError, row: Row) -> TableError:
            # A record may span lines; its number is that of the first.
            number = reader.line_num - sum(len(LINE_END.findall(cell)) for cell in row)
            column = column_of(error, maps, dict(zip(header, row, strict=False)))
            return TableError([Problem(name, str(error), error.fix, number, column)])

        yield from self.functions[key](reader, default, blame)

    def memory(self, kind: str) -> Memory:
        """The memory of texts as parts of IRIs or literals, as labels, IRIs or typed literals."""
        if kind not in self.memories:
            makers = {"part": encode, "text": escape, BLANK: label, IRI: self._iri}
            self.memories[kind] = Memory(
                makers.get(kind) or (lambda text: self._literal(kind, text))
            )
        return self.memories[kind]

    def _iri(self, text: str) -> str:
        iri = text if SCHEME.match(text) else self.base + text
        if not IRI_FORBIDDEN.search(iri):
            return f"<{iri}>"
        if self.strict:
            message = f"{iri!r} is not an IRI"
            raise UnfitError(IRI, text, message, "Write an IRI without spaces")
        return ""

    def _literal(self, datatype: str, text: str) -> str:
        if self.strict and not LEXICAL[datatype].fullmatch(text):
            kind = datatype.rsplit("#", 1)[-1]
            fix = f"Write it in the form of xsd:{kind}"
            raise UnfitError(datatype, text, f"{text!r} is not an xsd:{kind}", fix)
        return f'"{escape(text)}"^^<{datatype}>'
