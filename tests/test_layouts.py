"""Rows laid out as files: what cells may hold that a file must not take for something else."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlokg.namespaces import Base
from anlokg.query.curies import Curies
from anlokg.service.question import cells, layouts, rows, sheets
from anlokg.service.question.paging import Window
from anlokg.service.question.rows import XSD, Cell, Row, Table
from anlokg.service.question.task import runnable
from anlokg.service.refusal import HttpProblem

CREATED = datetime(2026, 1, 2, 3, 4, 5)
ABOUT = sheets.About([("question", "=1+1?")], [("x", "@meaning")], CREATED)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
COMPACT = Curies(Base().prefixes()).compact


def literal(text: str, kind: str = "") -> Cell:
    return ["literal", text, f"{XSD}{kind}"] if kind else ["literal", text]


def book(found: list[Row], columns: tuple[str, ...] = ("x",), most: int = 100) -> openpyxl.Workbook:
    """The workbook of rows, as a spreadsheet reads it."""
    laid = sheets.write(columns, iter(found), most, ABOUT)
    return openpyxl.load_workbook(io.BytesIO(laid))


def only(cell: Cell) -> object:
    """The value that a spreadsheet has of a cell."""
    return book([[cell]])["answer"]["A2"].value


# Workbooks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "=1+1", "=HYPERLINK(\"http://example.org\")", "+1", "-1", "@SUM(A1)", "#N/A", "#REF!", "\t=1",
    "1", "0.437", "true", "2020-01-02", "", " ", "'quoted", "肝転移", "line\nbreak", "<b>&amp;</b>",
])  # fmt: skip
def test_text_stays_text(text: str) -> None:
    cell = book([[literal(text), literal("end")]], ("x", "y"))["answer"]["A2"]
    assert cell.data_type != "f"
    if text:
        assert (cell.data_type, cell.value) == ("s", text)


def test_facts_and_meanings_are_text_too() -> None:
    pages = book([[literal("x")]], ("=column",))
    assert pages["answer"]["A1"].data_type == "s"
    about = [cell for line in pages["about"].iter_rows() for cell in line if cell.value]
    assert {cell.data_type for cell in about} == {"s"}
    assert "=1+1?" in {cell.value for cell in about}


@pytest.mark.parametrize(("cell", "value"), [
    (literal("27", "integer"), 27),
    (literal("-3", "int"), -3),
    (literal("+5", "nonNegativeInteger"), 5),
    (literal("0.437", "decimal"), 0.437),
    (literal(".5", "decimal"), 0.5),
    (literal("1.5E3", "double"), 1500),
    (literal("true", "boolean"), True),
    (literal("0", "boolean"), False),
    (literal("2020-01-31", "date"), datetime(2020, 1, 31)),
    (literal("2020-01-31T10:20:30", "dateTime"), datetime(2020, 1, 31, 10, 20, 30)),
    (["iri", "https://example.org/x"], "https://example.org/x"),
    (["blank", "b0"], "_:b0"),
    (["literal", "pH", "@en"], "pH"),
])  # fmt: skip
def test_values_have_their_type(cell: Cell, value: object) -> None:
    found = only(cell)
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize("cell", [
    literal("12345678901234567", "integer"),
    literal("INF", "double"),
    literal("NaN", "double"),
    literal("1e999", "double"),
    literal("many", "integer"),
    literal("perhaps", "boolean"),
    literal("1799-01-01", "date"),
    literal("2020-02-31", "date"),
    literal("2020-01-31Z", "date"),
    literal("2020-01-31T10:20:30+02:00", "dateTime"),
    literal("2020", "gYear"),
])  # fmt: skip
def test_what_a_spreadsheet_cannot_hold_is_text(cell: Cell) -> None:
    assert only(cell) == cell[1]


@pytest.mark.parametrize(("text", "written"), [
    ("a\x01b", "a_x0001_b"), ("_x0041_", "_x005F_x0041_"), ("\ufffe", "_xFFFE_"),
    ("\x0b", "_x000B_"), ("_x004_", "_x004_"),
])  # fmt: skip
def test_signs_that_xml_lacks_are_escaped(text: str, written: str) -> None:
    assert only(literal(text)) == written


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_text_can_be_written(texts: list[str]) -> None:
    book([[literal(text) for text in texts]], tuple("abcd")[: len(texts)])


def test_more_rows_than_allowed_are_refused() -> None:
    assert book([[literal("x")]] * 3, most=3)["answer"].max_row == 4
    with pytest.raises(HttpProblem, match="may have 3 rows"):
        book([[literal("x")]] * 4, most=3)


def test_a_cell_too_long_is_refused_not_cut() -> None:
    assert only(literal("x" * 32_767)) == "x" * 32_767
    with pytest.raises(HttpProblem, match="column x has 32768 characters"):
        book([[literal("x" * 32_768)]])


def test_a_refused_workbook_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for cell, most in ((literal("x"), 3), (literal("x" * 40_000), 9)):
        with pytest.raises(HttpProblem):
            book([[cell]] * 4, most=most)
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_keeps_no_time_but_that_of_its_release() -> None:
    laid = sheets.write(["x"], [[literal("y")]], 10, ABOUT)
    with ZipFile(io.BytesIO(laid)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert openpyxl.load_workbook(io.BytesIO(laid)).properties.created == CREATED
    assert laid == sheets.write(["x"], [[literal("y")]], 10, ABOUT)


# CSV, TSV, JSON --------------------------------------------------------------------------------

HARD = Table(
    ["a", "b"],
    [
        [literal('He said "no", twice\r\nand left'), literal("0.70", "decimal")],
        [["literal", "Leber\tmetastase\\", "@de"], None],
        [["iri", "https://example.org/é"], literal("true", "boolean")],
        [literal("5", "date"), literal("1e-3", "double")],
    ],
)


def test_csv_quotes_what_needs_it() -> None:
    text = layouts.as_csv(HARD).decode()
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:] == [
        [cell[1] if cell else "" for cell in row] for row in HARD.rows
    ]
    assert text.endswith("\r\n")
    assert ",0.70\r\n" in text, "numbers stand without quotes"


def test_tsv_and_json_keep_every_term() -> None:
    tsv = pyoxigraph.parse_query_results(layouts.as_tsv(HARD), pyoxigraph.QueryResultsFormat.TSV)
    srj = pyoxigraph.parse_query_results(
        layouts.as_sparql_json(HARD), pyoxigraph.QueryResultsFormat.JSON
    )
    assert isinstance(tsv, pyoxigraph.QuerySolutions)
    assert isinstance(srj, pyoxigraph.QuerySolutions)
    found = [tuple(row) for row in tsv]
    assert found == [tuple(row) for row in srj]
    assert str(found[1][0]) == '"Leber\\tmetastase\\\\"@de'
    assert str(found[3][0]) == '"5"^^<http://www.w3.org/2001/XMLSchema#date>'


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_any_text_survives_csv_and_tsv(texts: list[tuple[str, str]]) -> None:
    table = Table(["a", "b"], [[literal(first), literal(second)] for first, second in texts])
    read = list(csv.reader(io.StringIO(layouts.as_csv(table).decode(), newline=""), strict=True))
    assert read == [["a", "b"], *(list(pair) for pair in texts)]
    found = pyoxigraph.parse_query_results(layouts.as_tsv(table), pyoxigraph.QueryResultsFormat.TSV)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    assert [tuple(term.value for term in row) for row in found] == texts  # type: ignore[union-attr]


@pytest.mark.parametrize(("cell", "written"), [
    (None, "null"),
    (literal("0.437", "decimal"), "0.437"),
    (literal("0.123456789012345678901", "decimal"), "0.123456789012345678901"),
    (literal("+5", "integer"), "5"),
    (literal("007", "integer"), "7"),
    (literal(".5", "decimal"), "0.5"),
    (literal("5.", "decimal"), "5"),
    (literal("1.0E6", "double"), "1.0E6"),
    (literal("INF", "double"), '"INF"'),
    (literal("NaN", "double"), '"NaN"'),
    (literal("some", "integer"), '"some"'),
    (literal("5", "date"), '"5"'),
    (literal("5"), '"5"'),
    (literal("true", "boolean"), "true"),
    (literal("0", "boolean"), "false"),
    (literal("perhaps", "boolean"), '"perhaps"'),
    (["literal", "a\"b\n", "@en"], '"a\\"b\\n"'),
    (["iri", "https://w3id.org/anlokg/id/drug/anlotinib"], '"drug:anlotinib"'),
    (["iri", "https://example.org/x"], '"https://example.org/x"'),
    (["blank", "b0"], '"_:b0"'),
])  # fmt: skip
def test_plain_values_are_what_they_mean(cell: Cell | None, written: str) -> None:
    assert rows.plain(cell, COMPACT) == written
    json.loads(written)


def test_the_first_rows_say_whether_there_are_more() -> None:
    data = b'["x"]\n[["literal","a"]]\n[null]\n'
    assert rows.read(io.BytesIO(data), 1) == Table(["x"], [[["literal", "a"]]], more=True)
    assert not rows.read(io.BytesIO(data), 2).more
    assert len(rows.read(io.BytesIO(data)).rows) == 2


# Pages, labels, texts --------------------------------------------------------------------------


@pytest.mark.parametrize(("iri", "href"), [
    ("https://example.org/x", "https://example.org/x"),
    ("javascript:alert(1)", ""),
    ("data:text/html,<script>", ""),
    ("urn:x:y", ""),
])  # fmt: skip
def test_only_addresses_of_the_web_are_links(iri: str, href: str) -> None:
    (cell,) = cells.shown([["iri", iri]], str, COMPACT)
    assert (cell.text, cell.href) == (iri, href)


def test_labels_stand_behind_columns_of_things_only() -> None:
    table = Table(["a", "b"], [[["iri", "x:1"], literal("t")], [None, ["iri", "x:2"]]])
    found = layouts.with_labels(table, {"x:1": "one"})
    assert found.columns == ["a", "a_label", "b", "b_label"]
    assert found.rows == [
        [["iri", "x:1"], literal("one"), literal("t"), None],
        [None, None, ["iri", "x:2"], None],
    ]
    assert layouts.with_labels(Table(["a"], [[literal("x:1")]]), {"x:1": "one"}).columns == ["a"]


def test_only_the_header_is_left_out() -> None:
    text = '#+ title: x\n#+ tags: []\n\n# why\nSELECT ("""\n#+ y\n""" AS ?x) {}\n'
    assert runnable(text) == '# why\nSELECT ("""\n#+ y\n""" AS ?x) {}\n'


def test_a_part_asks_for_one_row_more() -> None:
    assert Window(10).query("Q # no end") == "Q # no end\nLIMIT 11\n"
    assert Window(10, 20).query("Q") == "Q\nLIMIT 11\nOFFSET 20\n"
    assert Window(None).query("Q") == "Q\n"
    assert Window(10, 5).previous() == Window(10, 0)
    assert Window(10).previous() is None


def test_dates_are_dates_in_a_spreadsheet() -> None:
    cell = book([[literal("2020-01-31", "date")]])["answer"]["A2"]
    assert cell.is_date
    assert cell.value.date() == date(2020, 1, 31)
