"""Tables that are wrong: every problem is named with its place and its cure, and nothing else is.

A folder of ``cases/tables`` changes the small evidence folder ``base`` beside it. ``change.json``
lists the edits: ``replace`` (stands once) or ``replace_all`` with ``by``, or a whole new ``text``;
``encoding`` of the file; ``remove``. ``expected.json`` lists the problems in order, with a part of
each message and cure.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anlokg import resources as resource_folders
from anlokg.check import validate_path
from anlokg.errors import Problem, TableError
from anlokg.resources import Resources
from anlokg.tables import evidence, reader, schema
from anlokg.tables.schema import Column, Table

CASES = Path(__file__).parent / "cases" / "tables"
BASE = CASES / "base"
Described = dict[str, Any]


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def cases() -> Iterator[Any]:
    """Every case; ``xfail`` in its file marks a known fault."""
    for folder in sorted(CASES.iterdir()):
        if folder != BASE:
            known = read_json(folder / "change.json").get("xfail")
            marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
            yield pytest.param(folder, id=folder.name, marks=marks)


def edit(folder: Path, change: dict[str, Any]) -> None:
    """Makes one edit; an edit that finds nothing to change is a mistake in the case."""
    path = folder / change["file"]
    if change.get("remove"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    text = change["text"] if "text" in change else path.read_bytes().decode("utf-8")
    if "replace" in change:
        assert text.count(change["replace"]) == 1, change
        text = text.replace(change["replace"], change["by"])
    if "replace_all" in change:
        assert change["replace_all"] in text, change
        text = text.replace(change["replace_all"], change["by"])
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode(change.get("encoding", "utf-8")))


def changed(case: Path, folder: Path) -> Path:
    """The small evidence folder with the edits of a case."""
    shutil.copytree(BASE, folder)
    for change in read_json(case / "change.json")["edits"]:
        edit(folder, change)
    return folder


def problems_of(folder: Path) -> tuple[Problem, ...]:
    try:
        evidence.load(folder)
    except TableError as error:
        return error.problems
    return ()


def described(problem: Problem, folder: Path) -> Described:
    """A problem as it stands in ``expected.json``, its file told from the evidence folder."""
    path = Path(problem.file)
    return {
        "file": str(path.relative_to(folder) if path.is_absolute() else path),
        "row": problem.row,
        "column": problem.column,
        "message": problem.message,
        "fix": problem.fix,
    }


def shortened(found: list[Described], expected: list[Described]) -> list[Described]:
    """Problems with message and cure cut to the part that is expected, where they contain it."""
    for problem, wanted in zip(found, expected, strict=False):
        for name in ("message", "fix"):
            if wanted[name] in problem[name]:
                problem[name] = wanted[name]
    return found


@pytest.mark.parametrize("case", cases())
def test_tables_have_exactly_the_expected_problems(case: Path, tmp_path: Path) -> None:
    folder = changed(case, tmp_path / "evidence")
    expected = read_json(case / "expected.json")
    found = [described(problem, folder) for problem in problems_of(folder)]
    assert shortened(found, expected) == expected


def test_the_unchanged_tables_have_no_problem() -> None:
    assert problems_of(BASE) == ()


def test_the_shipped_tables_have_no_problem(resources: Resources) -> None:
    assert problems_of(resources.evidence) == ()


def test_every_command_that_a_cure_names_exists(tmp_path: Path) -> None:
    from anlokg.cli import commands

    group = typer.main.get_command(commands.app)
    assert isinstance(group, typer.core.TyperGroup)
    cures = ""
    for case in ("crlf", "missing-file", "table-outside-the-package", "no-study"):
        cures += "\n".join(p.fix for p in problems_of(changed(CASES / case, tmp_path / case)))
    named = set(re.findall(r"anlokg ([a-z-]+)", cures))
    assert "new-study" in named
    assert named - set(group.commands) == set()


def test_a_problem_reads_as_place_message_and_cure() -> None:
    whole = Problem("a/groups.csv", "is missing", "Add the file")
    cell = Problem("a/groups.csv", "is empty", "Fill it in", row=3, column="label")
    assert str(whole) == "a/groups.csv: is missing. Add the file"
    assert str(cell) == "a/groups.csv, row 3, column label: is empty. Fill it in"
    assert str(TableError([whole, cell])) == f"{whole}\n{cell}"


def test_problems_do_not_keep_the_good_tables_from_being_read(tmp_path: Path) -> None:
    folder = changed(CASES / "latin-1", tmp_path / "evidence")
    found, problems = evidence.read(folder)
    assert len(problems) == 1
    assert [(sheet.name, len(sheet.rows)) for sheet in found.of("trial-a")] == [
        ("trial-a/groups.csv", 3),
        ("trial-a/results.csv", 4),
    ]


def test_a_folder_that_is_no_evidence_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        validate_path(tmp_path, resource_folders.find(), lambda _: None)
    (problem,) = caught.value.problems
    assert problem.file == str(tmp_path)
    assert "without tables" in problem.message
    assert "datapackage.json" in problem.fix


def test_the_package_knows_studies_vocabularies_and_files() -> None:
    package = schema.load(BASE)
    assert package.studies == ("trial-a", "trial-b")
    assert [table.name for table in package.study_tables()] == ["groups", "results"]
    assert [table.name for table in package.vocabulary_tables()] == ["studies"]
    assert package.file("results", "trial-b") == BASE / "trial-b" / "results.csv"
    assert package.file("results", "trial-c") == BASE / "trial-c" / "results.csv"
    assert package.file("studies") == BASE / "vocabulary" / "studies.csv"


def test_evidence_is_found_by_study() -> None:
    found = evidence.load(BASE)
    names = {name: [sheet.name for sheet in found.of(name)] for name in ("trial-b", "vocabulary")}
    assert names == {
        "trial-b": ["trial-b/groups.csv", "trial-b/results.csv"],
        "vocabulary": ["vocabulary/studies.csv"],
    }
    # The name of one study may begin with that of another.
    assert found.of("trial") == []


# Any table and any bytes ---------------------------------------------------------------------

# Control characters and half surrogates are none that a table may hold.
CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"))


def table_of(*names: str) -> Table:
    columns = tuple(Column(name, "string", name) for name in names)
    return Table("table", "Table", "Any table.", ("study/table.csv",), columns)


@settings(deadline=None)
@given(width=st.integers(1, 5), data=st.data())
def test_every_table_comes_back_as_it_was_written(
    width: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = table_of(*(f"column-{number}" for number in range(width)))
    line = st.lists(CELLS, min_size=width, max_size=width)
    rows = data.draw(st.lists(line, max_size=6))
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([table.header, *rows])
    sheet = reader.read(table, path, "table.csv")
    assert sheet.problems == ()
    assert [list(row.cells.values()) for row in sheet.rows] == rows
    # A row has the number of the line on which it begins.
    begins = [2]
    for row in rows:
        begins.append(begins[-1] + 1 + sum(cell.count("\n") for cell in row))
    assert [row.number for row in sheet.rows] == begins[:-1]


# Bytes that get past the first checks: a good header, then the signs that CSV is made of.
NEARLY = st.builds(
    lambda head, rest: head + rest,
    st.sampled_from([b"", b"a,b\n", b"b,a\n", b"\xef\xbb\xbfa,b\n", b"a,b\r\n", b'"a","b"\n']),
    st.binary() | st.text('ab",\n\r \t\0\ufeff\u00e9').map(str.encode),
)


@settings(deadline=None)
@given(data=st.binary() | NEARLY)
@example(data=b"\x00")
@example(data=reader.BOM)
@example(data=b"a,b\n\x00,\n")
@example(data=b"a,b\n\xc3")
@example(data=b'a,b\n"')
@example(data=b"a,b\n" + b"x" * 131_073 + b",\n")
def test_any_bytes_give_rows_or_problems_and_never_another_error(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(data)
    sheet = reader.read(table_of("a", "b"), path, "table.csv")
    assert all(problem.file == "table.csv" and problem.fix for problem in sheet.problems)
    assert all(set(row.cells) == {"a", "b"} for row in sheet.rows)
    if not sheet.problems:
        # Nothing to complain of: then it is what the csv module reads, all of it.
        (_, *rows) = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        assert len(sheet.rows) == len(rows)


@settings(deadline=None)
@given(data=st.binary() | st.text('{}[]":,resourcespath').map(str.encode))
def test_any_bytes_for_a_package_give_a_problem(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-package"
    folder.mkdir(exist_ok=True)
    (folder / "datapackage.json").write_bytes(data)
    with pytest.raises(TableError) as caught:
        schema.load(folder)
    assert [problem.file for problem in caught.value.problems] == [str(folder / "datapackage.json")]
