"""Rows laid out as SPARQL JSON, CSV or TSV, as the engine lays out whole answers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from .rows import XSD, Cell, Row, Table

BARE = {
    XSD + "integer": re.compile(r"[+-]?\d+", re.ASCII),
    XSD + "decimal": re.compile(r"[+-]?\d*\.\d+", re.ASCII),
    XSD + "double": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+", re.ASCII),
    XSD + "boolean": re.compile(r"true|false"),
}
"""Literals that Turtle, and so TSV, writes without quotes."""
ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
TYPES = {"iri": "uri", "blank": "bnode", "literal": "literal"}


def places_of_iris(table: Table) -> list[int]:
    """The columns, by number, in which there is an IRI."""
    places = range(len(table.columns))
    return [place for place in places if any(is_iri(row[place]) for row in table.rows)]


def labelled_columns(columns: list[str], places: list[int]) -> list[str]:
    """The columns, with ``<column>_label`` behind each of those at the places."""
    longer = list(columns)
    for place in reversed(places):
        longer.insert(place + 1, f"{columns[place]}_label")
    return longer


def labelled(row: Row, places: list[int], names: Mapping[str, str]) -> Row:
    """The row, with the name of the thing behind each cell at the places."""
    longer = list(row)
    for place in reversed(places):
        cell = row[place]
        name = names.get(cell[1]) if cell is not None and is_iri(cell) else None
        longer.insert(place + 1, None if name is None else ["literal", name])
    return longer


def with_labels(table: Table, names: Mapping[str, str]) -> Table:
    """The table with a column of names behind each column of IRIs."""
    places = places_of_iris(table)
    rows = [labelled(row, places, names) for row in table.rows]
    return Table(labelled_columns(table.columns, places), rows, table.more)


def is_iri(cell: Cell | None) -> bool:
    """Whether a cell holds an IRI."""
    return cell is not None and cell[0] == "iri"


def as_csv(table: Table) -> bytes:
    """CSV (RFC 4180), IRIs in full, numbers without quotes."""
    return csv_of(table.columns, table.rows)


def csv_of(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """As ``as_csv``, of rows that come one by one."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def as_tsv(table: Table) -> bytes:
    """SPARQL 1.1 TSV: RDF terms as in Turtle."""
    return tsv_of(table.columns, table.rows)


def tsv_of(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """As ``as_tsv``, of rows that come one by one."""
    text = io.StringIO(newline="")
    text.write("\t".join(f"?{column}" for column in columns) + "\n")
    text.writelines("\t".join(_term(cell) for cell in row) + "\n" for row in rows)
    return text.getvalue().encode()


def as_sparql_json(table: Table) -> bytes:
    """SPARQL 1.1 Query Results JSON."""
    bindings = [
        {name: _binding(cell) for name, cell in zip(table.columns, row, strict=True) if cell}
        for row in table.rows
    ]
    document = {"head": {"vars": table.columns}, "results": {"bindings": bindings}}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _text(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"_:{cell[1]}" if cell[0] == "blank" else cell[1]


def _term(cell: Cell | None) -> str:
    if cell is None:
        return ""
    kind, value, *detail = cell
    if kind == "iri":
        return f"<{value}>"
    if kind == "blank":
        return f"_:{value}"
    if kind == "triple":
        return value
    if detail and detail[0] in BARE and BARE[detail[0]].fullmatch(value):
        return value
    quoted = f'"{value.translate(ESCAPES)}"'
    if not detail:
        return quoted
    return quoted + (detail[0] if detail[0].startswith("@") else f"^^<{detail[0]}>")


def _binding(cell: Cell) -> dict[str, str]:
    kind, value, *detail = cell
    binding = {"type": TYPES.get(kind, "literal"), "value": value}
    if detail and detail[0].startswith("@"):
        binding["xml:lang"] = detail[0][1:]
    elif detail:
        binding["datatype"] = detail[0]
    return binding
