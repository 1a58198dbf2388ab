"""Studies from what a user names: evidence folders, tables of their own, workbooks, records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..errors import FileError, Problem, TableError
from ..tables import checks, evidence
from ..tables.reader import Sheet
from ..tables.schema import Package
from .figure import StudyFigures
from .own_tables import read_csv, read_workbook, studies_of
from .reading import read_tables
from .registry import read_record

DESCRIPTOR = "datapackage.json"
READABLE = (".csv", ".json", ".xlsx")


def read(paths: Iterable[Path], package: Package) -> tuple[StudyFigures, ...]:
    """The studies of all paths, by key.

    A path is an evidence folder (with ``datapackage.json``), a folder of tables of one's own, a
    table (CSV), a workbook (XLSX) with a sheet for each table, or study records of
    ClinicalTrials.gov (JSON). ``package`` says which columns tables may have. Raises ``FileError``
    for a path that cannot be read, ``TableError`` with all problems of the tables.
    """
    found: dict[str, StudyFigures] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            studies = _read(path, package)
        except TableError as error:
            problems += error.problems
            continue
        for figures in studies:
            if figures.study in found:
                message = f"has the study {figures.study!r}, which was read before"
                problems.append(Problem(str(path), message, "Give every study once"))
            found[figures.study] = figures
    if problems:
        raise TableError(problems)
    return tuple(found[study] for study in sorted(found))


def _read(path: Path, package: Package) -> Sequence[StudyFigures]:
    if not path.exists():
        raise FileError(f"{path}: there is no such file or folder")
    if (path / DESCRIPTOR).exists():
        return read_tables(evidence.load(path))
    if path.is_dir():
        return _folder(path, package)
    if path.suffix.lower() not in READABLE:
        known = ", ".join(READABLE)
        raise FileError(f"{path}: no table can be read from it; known are folders and {known}")
    return _files([path], path.stem, package)


def _folder(path: Path, package: Package) -> list[StudyFigures]:
    """The tables of a folder are those of one study, unless they name several."""
    folders = [path, *sorted(inner for inner in path.iterdir() if inner.is_dir())]
    found = {folder: _readable(folder) for folder in folders}
    if not any(found.values()):
        message = "holds no table"
        fix = f"Put {', '.join(READABLE)} files there, named for tables: measurements.csv …"
        raise TableError([Problem(str(path), message, fix)])
    problems: list[Problem] = []
    studies: list[StudyFigures] = []
    for folder, files in found.items():
        try:
            studies += _files(files, folder.resolve().name, package)
        except TableError as error:
            problems += error.problems
    if problems:
        raise TableError(problems)
    return studies


def _readable(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE)


def _files(files: Sequence[Path], name: str, package: Package) -> list[StudyFigures]:
    """Files that belong together: their tables make studies, their records are studies."""
    kinds: dict[str, Callable[[Path, Package], list[Sheet]]] = {
        ".csv": read_csv,
        ".xlsx": read_workbook,
    }
    problems: list[Problem] = []
    sheets: list[Sheet] = []
    studies: list[StudyFigures] = []
    for file in files:
        try:
            if file.suffix.lower() == ".json":
                studies += _records(file)
            else:
                sheets += kinds[file.suffix.lower()](file, package)
        except TableError as error:
            problems += error.problems
    problems += checks.check(sheets)
    if problems:
        raise TableError(problems)
    return [*studies, *studies_of(sheets, name)]


def _records(path: Path) -> list[StudyFigures]:
    """One record, a list of records, or an answer of the registry with several studies."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        problem = Problem(str(path), f"is not JSON: {error}", "Give a study record as JSON")
        raise TableError([problem]) from error
    if isinstance(data, dict) and isinstance(data.get("studies"), list):
        data = data["studies"]
    records = data if isinstance(data, list) else [data]
    return [read_record(record, str(path)) for record in records]
