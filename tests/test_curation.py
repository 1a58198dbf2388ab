"""Curation: the tables of a new study, and a study as a workbook and back."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from anlokg import resources as resource_folders
from anlokg.errors import TableError
from anlokg.resources import Resources
from anlokg.tables import evidence, readings, scaffold, schema, workbook

STUDIES = schema.load(resource_folders.find().evidence).studies
SMALL = "alter-l059"
BASE = Path(__file__).parent / "cases" / "tables" / "base"
KEY = "new-study-1"
Content = dict[str, bytes]


@pytest.fixture
def folder(resources: Resources, tmp_path: Path) -> Path:
    """A copy of the evidence that a test may change."""
    return shutil.copytree(resources.evidence, tmp_path / "evidence")


def content(folder: Path) -> Content:
    """Every file below a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refused(act: Callable[[], object]) -> TableError:
    """The error of something that must be refused; any other error is a failure."""
    try:
        act()
    except TableError as error:
        assert all(problem.message and problem.fix for problem in error.problems)
        return error
    except Exception as error:
        other = repr(error)
    else:
        other = "nothing"
    # Not raised in the handler: the traceback would hold the broken file open.
    return pytest.fail(f"TableError was expected, {other} came")


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def add(path: Path, **cells: str) -> None:
    """Adds a row to a table; columns that are not named stay empty."""
    rows = rows_of(path)
    assert set(cells) <= set(rows[0])
    write_rows(path, [*rows, [cells.get(column, "") for column in rows[0]]])


# A new study ---------------------------------------------------------------------------------


def test_a_new_study_has_every_table_headed_and_empty(folder: Path) -> None:
    made = scaffold.new_study(folder, KEY)
    assert made == folder / KEY
    tables = schema.load(folder).study_tables()
    assert {path.name for path in made.iterdir()} == {
        "COLUMNS.md",
        *(f"{table.name}.csv" for table in tables),
    }
    for table in tables:
        assert (made / f"{table.name}.csv").read_bytes() == f"{','.join(table.header)}\n".encode()


def test_the_tables_of_a_new_study_are_part_of_the_package_and_valid(folder: Path) -> None:
    scaffold.new_study(folder, KEY)
    found = evidence.load(folder)
    assert found.package.studies == tuple(sorted([*STUDIES, KEY]))
    assert {sheet.table.name for sheet in found.of(KEY)} == {
        table.name for table in found.package.study_tables()
    }


def test_a_new_study_adds_to_the_package_and_changes_nothing_else(folder: Path) -> None:
    before = content(folder)
    scaffold.new_study(folder, KEY)
    after = content(folder)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"datapackage.json"}
    # Of the package only the lines of the new paths are new: the change is easy to review.
    old, new = (files["datapackage.json"].decode().splitlines() for files in (before, after))
    assert [line.rstrip(",") for line in new if KEY not in line] == [
        line.rstrip(",") for line in old
    ]
    tables = len(schema.load(folder).study_tables())
    assert len(new) == len(old) + tables


def test_columns_are_explained_beside_the_tables(folder: Path) -> None:
    guide = (scaffold.new_study(folder, KEY) / "COLUMNS.md").read_text(encoding="utf-8")
    sections = {part.split("\n")[0]: part for part in guide.split("\n## ")[1:]}
    for table in schema.load(folder).study_tables():
        section = sections[f"{table.name}.csv"]
        assert table.description in section
        for column in table.columns:
            required = "yes" if column.required else ""
            start = f"| {column.name} | {required} | {column.description}"
            (line,) = (line for line in section.splitlines() if line.startswith(start))
            assert all(value in line for value in column.enum)


@pytest.mark.parametrize("key", [SMALL, "vocabulary", KEY])
def test_a_taken_key_is_refused_and_nothing_changes(folder: Path, key: str) -> None:
    (folder / KEY).mkdir()
    before = content(folder)
    (problem,) = refused(lambda: scaffold.new_study(folder, key)).problems
    assert problem.file == str(folder / key)
    assert problem.message == "exists already"
    assert content(folder) == before


@pytest.mark.parametrize(
    "key",
    ["", "New", "new study", "new_study", "new.study", "-new", "new-", "new--1", "../new", "neü"],
)
def test_a_bad_key_is_refused_and_nothing_changes(folder: Path, key: str) -> None:
    before = content(folder)
    (problem,) = refused(lambda: scaffold.new_study(folder, key)).problems
    assert repr(key) in problem.message
    assert problem.fix == "Use lower-case letters, digits and hyphens"
    assert content(folder) == before


def test_a_new_study_needs_an_evidence_folder(tmp_path: Path) -> None:
    (problem,) = refused(lambda: scaffold.new_study(tmp_path, KEY)).problems
    assert problem.file == str(tmp_path / "datapackage.json")
    assert list(tmp_path.iterdir()) == []


def test_a_new_study_stands_beside_a_single_path(folder: Path) -> None:
    path = folder / "datapackage.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    for table in data["resources"]:
        if isinstance(table["path"], list):
            (table["path"],) = (name for name in table["path"] if name.startswith(SMALL))
    path.write_text(json.dumps(data), encoding="utf-8")
    for study in STUDIES[1:]:
        shutil.rmtree(folder / study)
    scaffold.new_study(folder, KEY)
    assert schema.load(folder).studies == (SMALL, KEY)


def test_a_study_whose_folder_was_removed_is_not_listed_twice(folder: Path) -> None:
    shutil.rmtree(folder / SMALL)
    scaffold.new_study(folder, SMALL)
    for table in schema.load(folder).study_tables():
        assert len(set(table.paths)) == len(table.paths)


def fill(folder: Path) -> Path:
    """A study with a group, a figure, its second reading and its ledger."""
    made = scaffold.new_study(folder, KEY)
    vocabulary = folder / "vocabulary"
    add(
        vocabulary / "studies.csv",
        study=KEY,
        label="A new study",
        **{"class": "RetrospectiveStudy"},
        role="primary",
    )
    document = "new-article"
    add(
        vocabulary / "documents.csv",
        document=document,
        label="A new article",
        **{"class": "JournalArticle"},
        study=KEY,
    )
    item = {"document": document, "section": "Tables", "item": "Table 1"}
    place = {**item, "row": "PFS, months", "column": "All (N = 20)"}
    add(
        made / "groups.csv",
        study=KEY,
        group="all",
        label="All patients",
        type="study-population",
        size="20",
        of_study=KEY,
        **place,
    )
    add(
        made / "measurements.csv",
        study=KEY,
        result="all.pfs.median",
        kind="efficacy",
        group="all",
        endpoint="pfs",
        statistic="median",
        reported="7.5 (6.1–9.0)",
        value="7.5",
        lower="6.1",
        upper="9.0",
        interval_type="ci",
        unit="mo",
        **place,
    )
    add(made / "second-reading.csv", reported="7.5; 6.1–9.0", **place)
    add(
        made / "ledger.csv",
        study=KEY,
        **item,
        kind="table",
        statements="1",
        figures="3",
        status="transcribed",
    )
    return made


def test_a_filled_study_is_valid_and_its_readings_agree(folder: Path) -> None:
    fill(folder)
    sheets = evidence.load(folder).of(KEY)
    assert readings.compare(sheets) == []
    assert readings.check_ledger(sheets) == []


def test_slips_in_a_filled_study_are_named(folder: Path) -> None:
    made = fill(folder)
    path = made / "measurements.csv"
    path.write_text(
        path.read_text().replace(",pfs,", ",progression-free,").replace(",6.1,", ",6,1,")
    )
    (problem,) = refused(lambda: evidence.load(folder)).problems
    assert (problem.file, problem.row) == (f"{KEY}/measurements.csv", 2)
    path.write_text(path.read_text().replace(",6,1,", ",6.1,"))
    (problem,) = refused(lambda: evidence.load(folder)).problems
    assert (problem.row, problem.column) == (2, "endpoint")
    path.write_text(path.read_text().replace(",progression-free,", ",pfs,").replace("9.0)", "9.9)"))
    sheets = evidence.load(folder).of(KEY)
    (problem,) = readings.compare(sheets)
    assert "only the first reading has 9.9 and only the second reading has 9.0" in problem.message


# Workbooks: there and back ----------------------------------------------------------------------


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_comes_back_from_a_workbook_byte_for_byte(
    folder: Path, tmp_path: Path, study: str
) -> None:
    before = content(folder)
    path = tmp_path / "study.xlsx"
    written = workbook.write(folder, study, path)
    assert content(folder) == before
    for name in before:
        if name.startswith(f"{study}/"):
            write_rows(folder / name, rows_of(folder / name)[:1])
    assert workbook.read(folder, study, path) == written
    assert content(folder) == before
    assert written == sum(
        len(rows_of(folder / name)) - 1 for name in before if name.startswith(f"{study}/")
    )


def test_a_workbook_has_a_sheet_of_text_per_table(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.xlsx"
    workbook.write(folder, SMALL, path)
    book = load_workbook(path)
    tables = schema.load(folder).study_tables()
    assert book.sheetnames == [table.name for table in tables]
    for table in tables:
        sheet = book[table.name]
        assert [cell.value for cell in sheet[1]] == list(table.header)
        assert sheet.freeze_panes == "A2"
        cells = [cell for line in sheet.iter_rows() for cell in line]
        # Text format, so that a spreadsheet leaves 1/2 and 0012 alone when they are typed.
        assert {cell.number_format for cell in cells} == {"@"}
        assert {type(cell.value) for cell in cells} <= {str, type(None)}


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+5",
        "-3.2",
        "@x",
        '=HYPERLINK("x","y")',
        "{=A1}",
        "'quoted",
        "007",
        "1e5",
        "40.0",
        "1/2",
        "2018-06",
        "TRUE",
        "#N/A",
        "_x000D_",
        "7 (35%); ≥ 2 – 8",
        '"a", b',
        "one\ntwo",
        "阿得贝利单抗 😀",
        "a\u00a0b",
    ],
)
def test_a_cell_stays_the_text_it_is(folder: Path, tmp_path: Path, cell: str) -> None:
    file = folder / SMALL / "regimens.csv"
    rows = rows_of(file)
    rows[1][-1] = cell
    write_rows(file, rows)
    before = file.read_bytes()
    path = tmp_path / "study.xlsx"
    workbook.write(folder, SMALL, path)
    written = load_workbook(path)["regimens"].cell(2, len(rows[0]))
    assert (written.value, written.data_type) == (cell, "s")
    write_rows(file, rows[:1])
    workbook.read(folder, SMALL, path)
    assert file.read_bytes() == before


# Cells begin and end with no space, and hold no character that XML cannot write.
CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.just("\n")).map(str.strip)


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=5))
def test_any_text_comes_back_from_a_workbook(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("any-text")
    folder = shutil.copytree(BASE, place / "evidence")
    file = folder / "trial-a" / "groups.csv"
    header = rows_of(file)[0]
    write_rows(file, [header, *(["trial-a", *row] for row in rows)])
    before = file.read_bytes()
    workbook.write(folder, "trial-a", place / "any.xlsx")
    write_rows(file, [header])
    workbook.read(folder, "trial-a", place / "any.xlsx")
    assert file.read_bytes() == before
    shutil.rmtree(place)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        pytest.param("a\x07b", "control", id="control-character"),
        pytest.param("x" * 32_768, "32767", id="more-than-a-cell-can-hold"),
    ],
)
def test_text_that_a_workbook_cannot_hold_is_refused(
    folder: Path, tmp_path: Path, cell: str, problem: str
) -> None:
    file = folder / SMALL / "regimens.csv"
    rows = rows_of(file)
    rows[1][-1] = cell
    write_rows(file, rows)
    found = refused(lambda: workbook.write(folder, SMALL, tmp_path / "study.xlsx")).problems
    assert [(p.file, p.row) for p in found] == [(f"{SMALL}/regimens.csv", 2)]
    assert problem in found[0].message
    assert not (tmp_path / "study.xlsx").exists()


def test_tables_of_bad_form_give_no_workbook(folder: Path, tmp_path: Path) -> None:
    (folder / SMALL / "facts.csv").unlink()
    (folder / SMALL / "groups.csv").write_bytes(b"")
    found = refused(lambda: workbook.write(folder, SMALL, tmp_path / "study.xlsx")).problems
    assert [(p.file, p.message) for p in found] == [
        (f"{SMALL}/groups.csv", "is empty"),
        (f"{SMALL}/facts.csv", "is missing"),
    ]
    assert not (tmp_path / "study.xlsx").exists()


def test_an_unknown_study_has_no_workbook(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.xlsx"
    for act in (workbook.write, workbook.read):
        (problem,) = refused(lambda act=act: act(folder, "no-study", path)).problems
        assert "'no-study'" in problem.message
        assert all(study in problem.fix for study in STUDIES)
    assert not path.exists()


# Workbooks as a spreadsheet leaves them ---------------------------------------------------------


def edited(folder: Path, path: Path, edit: Callable[[Workbook], object]) -> Path:
    """The workbook of the small study after an edit."""
    workbook.write(folder, SMALL, path)
    book = load_workbook(path)
    edit(book)
    book.save(path)
    return path


def typed(value: Any, form: str = "General") -> Callable[[Workbook], object]:
    """An edit that types a value into the last column of the first row of the regimens."""

    def edit(book: Workbook) -> None:
        cell = book["regimens"].cell(2, 7)
        cell.value, cell.number_format = value, form

    return edit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (-3.2, "-3.2"),
        (0.05, "0.05"),
        (1234567.25, "1234567.25"),
        (2e8, "200000000"),
        (0, "0"),
        ("  spaced  ", "spaced"),
        (None, ""),
        pytest.param(
            0.00001,
            "0.00001",
        ),
    ],
)
def test_a_number_typed_in_a_spreadsheet_comes_back_as_text(
    folder: Path, tmp_path: Path, value: object, text: str
) -> None:
    workbook.read(folder, SMALL, edited(folder, tmp_path / "study.xlsx", typed(value)))
    assert rows_of(folder / SMALL / "regimens.csv")[1][-1] == text


@pytest.mark.parametrize("value", [date(2018, 6, 1), datetime(2018, 6, 1)])
def test_a_date_typed_in_a_spreadsheet_comes_back_as_a_date(
    folder: Path, tmp_path: Path, value: object
) -> None:
    path = edited(folder, tmp_path / "study.xlsx", typed(value, "yyyy-mm-dd"))
    workbook.read(folder, SMALL, path)
    assert rows_of(folder / SMALL / "regimens.csv")[1][-1] == "2018-06-01"


def test_blank_rows_and_other_sheets_are_left_out(folder: Path, tmp_path: Path) -> None:
    before = content(folder)

    def edit(book: Workbook) -> None:
        book["regimens"].insert_rows(3, 2)
        book["facts"].cell(400, 1).value = " "
        book.create_sheet("my notes").append(["anything"])

    workbook.read(folder, SMALL, edited(folder, tmp_path / "study.xlsx", edit))
    assert content(folder) == before


def test_columns_are_put_back_in_order(folder: Path, tmp_path: Path) -> None:
    before = content(folder)

    def edit(book: Workbook) -> None:
        sheet = book["regimens"]
        lines = [list(reversed(line)) for line in sheet.values]
        for number, line in enumerate(lines, 1):
            for column, value in enumerate(line, 1):
                sheet.cell(number, column).value = value

    workbook.read(folder, SMALL, edited(folder, tmp_path / "study.xlsx", edit))
    assert content(folder) == before


def test_a_blank_column_moves_no_cell(folder: Path, tmp_path: Path) -> None:
    before = content(folder)
    path = edited(folder, tmp_path / "study.xlsx", lambda book: book["regimens"].insert_cols(3))
    workbook.read(folder, SMALL, path)
    assert content(folder) == before


def test_a_cell_without_a_heading_is_refused(folder: Path, tmp_path: Path) -> None:
    before = content(folder)

    def edit(book: Workbook) -> None:
        book["regimens"].cell(2, 9).value = "a remark beside the table"

    path = edited(folder, tmp_path / "study.xlsx", edit)
    (problem,) = refused(lambda: workbook.read(folder, SMALL, path)).problems
    assert problem.row == 2
    assert content(folder) == before


# Broken workbooks ------------------------------------------------------------------------------


def parts_changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A workbook with the parts of its archive changed, or left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
    return target.getvalue()


def cut_part(part: str) -> Callable[[bytes], bytes]:
    return lambda data: parts_changed(data, lambda n, d: d[:150] if n == part else d)


def damaged(data: bytes) -> bytes:
    """The archive with some bytes of a compressed sheet overwritten."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.getinfo("xl/worksheets/sheet6.xml").header_offset + 80
    return data[:start] + bytes(40) + data[start + 40 :]


def entries_marked(place: int, value: int) -> Callable[[bytes], bytes]:
    """Overwrites a field of every entry of the archive, and of the list of entries at its end."""

    def mark(data: bytes) -> bytes:
        marked = bytearray(data)
        for sign, further in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
            at = data.find(sign)
            while at >= 0:
                marked[at + place + further] = value
                at = data.find(sign, at + 1)
        return bytes(marked)

    return mark


def with_an_attribute_of_its_own(data: bytes) -> bytes:
    """The workbook of a program that adds to the format; openpyxl takes no unknown attributes."""
    view = b"<workbookView "
    return parts_changed(data, lambda _, part: part.replace(view, view + b'extra="1" '))


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"study,regimen\n",
    "cut-short": lambda data: data[: len(data) // 2],
    "without-content": lambda data: parts_changed(data, lambda *_: None),
    "without-its-book": lambda data: parts_changed(
        data, lambda n, d: None if n == "xl/workbook.xml" else d
    ),
    "book-cut-short": cut_part("xl/workbook.xml"),
    "sheet-cut-short": cut_part("xl/worksheets/sheet6.xml"),
    "damaged": damaged,
    "encrypted": entries_marked(6, 1),
    "packed-in-another-way": entries_marked(8, 93),
    "of-another-program": with_an_attribute_of_its_own,
}


@pytest.mark.parametrize(
    "breaking",
    [pytest.param(breaking, id=name) for name, breaking in BROKEN.items()],
)
def test_a_broken_workbook_is_refused_and_nothing_changes(
    folder: Path, tmp_path: Path, breaking: Callable[[bytes], bytes]
) -> None:
    before = content(folder)
    path = tmp_path / "study.xlsx"
    workbook.write(folder, SMALL, path)
    path.write_bytes(breaking(path.read_bytes()))
    (problem,) = refused(lambda: workbook.read(folder, SMALL, path)).problems
    assert problem.file.startswith(str(path))
    assert content(folder) == before


@pytest.mark.parametrize("name", ["none.xlsx", "folder.xlsx"])
def test_a_file_that_is_no_workbook_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    before = content(folder)
    (tmp_path / "folder.xlsx").mkdir()
    (problem,) = refused(lambda: workbook.read(folder, SMALL, tmp_path / name)).problems
    assert problem.file == str(tmp_path / name)
    assert "is not an XLSX workbook" in problem.message
    assert problem.fix == "Save it as .xlsx"
    assert content(folder) == before


def test_all_problems_of_a_workbook_are_told_and_nothing_changes(
    folder: Path, tmp_path: Path
) -> None:
    before = content(folder)

    def edit(book: Workbook) -> None:
        del book["thresholds"]
        del book["facts"]
        book["groups"].delete_cols(3)
        book["regimens"]["C1"].value = "Label"
        book["ledger"].cell(1, 10).value = "status"
        book["repeats"].delete_rows(1, 10)
        # A sheet without fault, but changed: it must not be taken over either.
        book["regimen-components"]["A2"].value = "other-study"

    path = edited(folder, tmp_path / "study.xlsx", edit)
    found = refused(lambda: workbook.read(folder, SMALL, path)).problems
    repeats = schema.load(folder).tables["repeats"].header
    sheet = f"{path}, sheet "
    assert [(p.file, p.row, p.column, p.message) for p in found] == [
        (f"{sheet}groups", 1, "label", "is missing"),
        (str(path), None, None, "has no sheet facts"),
        *((f"{sheet}repeats", 1, column, "is missing") for column in repeats),
        (f"{sheet}regimens", 1, "label", "is missing"),
        (f"{sheet}regimens", 1, "Label", "is unknown"),
        (str(path), None, None, "has no sheet thresholds"),
        (f"{sheet}ledger", 1, "status", "stands twice"),
    ]
    assert content(folder) == before


def test_what_a_workbook_brings_is_checked_like_any_table(folder: Path, tmp_path: Path) -> None:
    path = edited(folder, tmp_path / "study.xlsx", lambda b: b["regimens"].cell(2, 4, "alone"))
    workbook.read(folder, SMALL, path)
    (problem,) = refused(lambda: evidence.load(folder)).problems
    assert (problem.file, problem.row, problem.column) == (f"{SMALL}/regimens.csv", 2, "type")
