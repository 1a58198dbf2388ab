"""Writes the triples maps of a file as one Python function of its rows, and compiles it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from ..errors import MappingError, TableError
from .rml import BLANK, IRI, PredicateObjects, TermMap, TriplesMap
from .terms import IRI_FORBIDDEN, LEXICAL, SCHEME, XSD, Memory, UnfitError, encode, escape

# So many lines are made before they are handed on.
BATCH = 4_000

Row = Sequence[str]
Blame = Callable[[UnfitError, Row], TableError]
MakeLines = Callable[[Iterable[Row], str, Blame], Iterator[list[str]]]


@dataclass(frozen=True, slots=True)
class Term:
    """The inside of an f-string that makes a term, and the names that must not be empty for it."""

    text: str
    needs: tuple[str, ...] = ()


class Writer:
    """Writes the function for the rows of one file.

    Names in it: ``c3`` is the cell of column 3; ``part3`` and ``text3`` are what it becomes in an
    IRI and in a literal; ``whole0`` is a text to be looked up, ``term0`` a term that several
    triples share (empty if it is null); ``m0`` is a memory.
    """

    def __init__(
        self, memory: Callable[[str], Memory], strict: bool, name: str, header: Sequence[str]
    ) -> None:
        self.memory, self.strict = memory, strict
        self.name, self.width = name, len(header)
        self.index = {column: position for position, column in enumerate(header)}
        self.values: dict[str, str] = {}  # name -> the code of its value, per row
        self.names: dict[str, Any] = {"Unfit": UnfitError, "ragged": self._ragged}
        self.uses: Counter[TermMap] = Counter()
        self.terms: dict[TermMap, Term] = {}
        self.implied: dict[str, tuple[str, ...]] = {}

    def function(self, maps: Sequence[TriplesMap]) -> MakeLines:
        """Compiles the function; ``MappingError`` if the file lacks a column that a map reads."""
        missing = sorted({c for m in maps for c in m.columns} - self.index.keys())
        if missing:
            columns = ", ".join(missing)
            raise MappingError(
                f"{self.name}: the mapping reads columns it does not have: {columns}"
            )
        for triples_map in maps:
            self.uses.update(_term_maps(triples_map))
            self.uses[triples_map.subject] += len(triples_map.properties)
        body = [line for triples_map in maps for line in self._map(triples_map)]
        values = [f"{name} = {code}" for name, code in self.values.items()]
        code = [
            "def lines(rows, default, blame):",
            "  made, row = [], ()",
            "  try:",
            "    for row in rows:",
            f"      if len(row) != {self.width}:",
            "        ragged(row)",
            "        continue",
            *(f"      {line}" for line in values + body),
            f"      if len(made) >= {BATCH}:",
            "        yield made",
            "        made = []",
            "  except Unfit as error:",
            "    raise blame(error, row) from None",
            "  yield made",
        ]
        # Code is made of the names above and of quoted text of the mapping; no cell is part of it.
        exec(compile("\n".join(code), f"<{self.name}>", "exec"), self.names)  # noqa: S102
        made: MakeLines = self.names["lines"]
        return made

    def _ragged(self, row: Row) -> None:
        if self.strict:
            message = f"has {len(row)} cells, the header has {self.width}"
            fix = "Quote cells that hold a comma, and give every column a cell"
            raise UnfitError("", "", message, fix)

    def _map(self, triples_map: TriplesMap) -> Iterator[str]:
        subject = self._term(triples_map.subject)
        yield f"if {_all(subject.needs)}:"
        yield "  pass"
        certain = {*subject.needs, *(n for need in subject.needs for n in self.implied[need])}
        lines = [
            (_all(need for need in needs if need not in certain), f"{subject.text} {line}")
            for properties in triples_map.properties
            for line, needs in self._lines(triples_map, properties)
        ]
        for condition, group in groupby(lines, key=itemgetter(0)):
            yield f"  if {condition}:"
            yield from (f'    made.append(f"{line}")' for _, line in group)

    def _lines(
        self, triples_map: TriplesMap, properties: PredicateObjects
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        ends = self._ends((*triples_map.graphs, *properties.graphs))
        for predicate in map(self._term, properties.predicates):
            for item in map(self._term, properties.objects):
                for end in ends:
                    needs = item.needs + predicate.needs + end.needs
                    yield f"{predicate.text} {item.text}{end.text}", needs

    def _ends(self, graphs: Sequence[TermMap]) -> list[Term]:
        """What ends a line, for each graph that it is in; once for the default graph alone."""
        default = Term("{default}")
        if all(map(_is_default, graphs)):
            return [default]
        named = [None if _is_default(graph) else self._term(graph) for graph in graphs]
        return [Term(f" {g.text} .\\n", g.needs) if g else default for g in named]

    def _term(self, term_map: TermMap) -> Term:
        if term_map not in self.terms:
            self.terms[term_map] = self._new_term(term_map)
        return self.terms[term_map]

    def _new_term(self, term_map: TermMap) -> Term:
        if term_map.constant is not None:
            return Term(_quoted(term_map.constant.n3()))
        for text, is_column in term_map.pieces:
            if term_map.kind == IRI and not is_column and IRI_FORBIDDEN.search(text):
                raise MappingError(f"{self.name}: {text!r} in a template is not part of an IRI")
        needs = tuple(dict.fromkeys(self._cell(column) for column in term_map.columns))
        checked = _checked(term_map)
        if checked:
            return self._checked_term(
                checked, f"{self._memory(checked)}[{self._whole(term_map)}]", needs
            )
        if term_map.kind == IRI:
            text = f"<{self._filled(term_map, 'part')}>"
        elif term_map.kind == BLANK:
            text = f"_:b{{{self._memory(BLANK)}[{self._whole(term_map)}]}}"
        else:
            text = f'\\"{self._filled(term_map, "text")}\\"{_quoted(_suffix(term_map))}'
        if self.uses[term_map] > 1 and needs:
            name = f"term{len(self.terms)}"
            self.values[name] = f'f"{text}" if {_all(needs)} else ""'
            self.implied[name] = needs
            return Term(f"{{{name}}}", (name,))
        return Term(text, needs)

    def _checked_term(self, check: str, code: str, needs: tuple[str, ...]) -> Term:
        """A term that is looked up only where a triple needs it, so that others do not fail."""
        if check != IRI:
            return Term(f"{{{code}}}", needs)
        name = f"term{len(self.terms)}"
        found = f"({name} := {code})"  # empty if it makes no IRI and that is let pass
        self.implied[found] = needs
        return Term(f"{{{name}}}", (*needs, found))

    def _whole(self, term_map: TermMap) -> str:
        """Name of the text that a term map makes before it is checked."""
        kind = "part" if term_map.kind == IRI and term_map.is_template else "c"
        if len(term_map.pieces) == 1 and term_map.columns:
            return self._cell(term_map.columns[0], kind)
        name = f"whole{len(self.terms)}"
        self.values[name] = f'f"{self._filled(term_map, kind)}"'
        return name

    def _filled(self, term_map: TermMap, kind: str) -> str:
        """The pieces of a term map as the inside of an f-string, each column as that kind."""
        return "".join(
            f"{{{self._cell(text, kind)}}}"
            if is_column
            else _quoted(escape(text) if kind == "text" else text)
            for text, is_column in term_map.pieces
        )

    def _cell(self, column: str, kind: str = "c") -> str:
        """Name of a cell, or of what it becomes."""
        position = self.index[column]
        cell, name = f"c{position}", f"{kind}{position}"
        if cell not in self.values:
            self.values[cell] = f"row[{position}]"
            self.implied[cell] = ()
        if name not in self.values:
            self.values[name] = f"{self._memory(kind)}[{cell}]"
        return name

    def _memory(self, kind: str) -> str:
        memory = self.memory(kind)
        for name, value in self.names.items():
            if value is memory:
                return name
        name = f"m{len(self.names)}"
        self.names[name] = memory
        return name


def _all(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names)) or "True"


def _term_maps(triples_map: TriplesMap) -> Iterator[TermMap]:
    yield from (triples_map.subject, *triples_map.graphs)
    for properties in triples_map.properties:
        yield from (*properties.objects, *properties.predicates, *properties.graphs)


def _checked(term_map: TermMap) -> str | None:
    """Which check the text of a term map needs: of an IRI, of a datatype, or none."""
    if term_map.constant is not None or term_map.kind == BLANK:
        return None
    if term_map.kind == IRI:
        first, is_column = term_map.pieces[0]
        is_absolute = term_map.is_template and not is_column and SCHEME.match(first)
        return None if is_absolute else IRI
    return term_map.datatype if term_map.datatype in LEXICAL else None


def column_of(
    error: UnfitError, maps: Iterable[TriplesMap], cells: Mapping[str, str]
) -> str | None:
    """The first column of the term map that an error is about."""
    for term_map in (term_map for triples_map in maps for term_map in _term_maps(triples_map)):
        if term_map.columns and _checked(term_map) == error.kind:
            change = encode if term_map.is_template and error.kind == IRI else str
            pieces = (change(cells[t]) if is_column else t for t, is_column in term_map.pieces)
            if "".join(pieces) == error.text:
                return term_map.columns[0]
    return None


def _suffix(term_map: TermMap) -> str:
    if term_map.datatype and term_map.datatype != f"{XSD}string":
        return f"^^<{term_map.datatype}>"
    return f"@{term_map.language}" if term_map.language else ""


def _quoted(text: str) -> str:
    """Text as it stands inside an f-string."""
    plain = text.encode("unicode_escape").decode("ascii")
    return plain.replace('"', '\\"').replace("{", "{{").replace("}", "}}")


def _is_default(term_map: TermMap) -> bool:
    return str(term_map.constant).endswith(("r2rml#defaultGraph", "rml/defaultGraph"))
