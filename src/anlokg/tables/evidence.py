"""All tables of an evidence folder, read and checked at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem, TableError
from . import checks, reader, schema
from .reader import Sheet
from .schema import Package


@dataclass(frozen=True, slots=True)
class Evidence:
    """The package and its sheets; ``by_study`` has the key ``vocabulary`` too."""

    package: Package
    sheets: tuple[Sheet, ...]

    @property
    def studies(self) -> tuple[str, ...]:
        """Studies whose tables have rows; a folder just made is no study yet."""
        filled = {sheet.name.split("/")[0] for sheet in self.sheets if sheet.rows}
        return tuple(study for study in self.package.studies if study in filled)

    def of(self, name: str) -> list[Sheet]:
        """Sheets of a study, or of the ``vocabulary``."""
        return [sheet for sheet in self.sheets if sheet.name.startswith(f"{name}/")]

    def folder(self, name: str) -> Path:
        return self.package.folder / name


def read(folder: Path) -> tuple[Evidence, list[Problem]]:
    """Everything in the tables, and everything wrong with them."""
    package = schema.load(folder)
    sheets = tuple(
        reader.read(table, folder / path, path)
        for table in package.tables.values()
        for path in table.paths
    )
    problems = checks.check(sheets) + _strangers(sheets) + _undescribed(package)
    return Evidence(package, sheets), problems


def load(folder: Path) -> Evidence:
    """The evidence of a folder; ``TableError`` carries all problems if there are any."""
    evidence, problems = read(folder)
    if not evidence.package.studies:
        fix = "'anlokg new-study KEY' makes the tables of a study"
        problems.append(Problem(str(folder), "has no study tables", fix))
    if problems:
        raise TableError(problems)
    return evidence


def _strangers(sheets: tuple[Sheet, ...]) -> list[Problem]:
    """Rows that stand in the folder of another study than the one they name."""
    return [
        Problem(
            sheet.name,
            f"the row names the study {row.cells['study']!r}",
            f"Write {home!r}, or move the row to the folder of its study",
            row.number,
            "study",
        )
        for sheet in sheets
        if sheet.table.per_study and "study" in sheet.table.header
        for home in [sheet.name.split("/")[0]]
        for row in sheet.rows
        if row.cells["study"] and row.cells["study"] != home
    ]


def _undescribed(package: Package) -> list[Problem]:
    known = {path for table in package.tables.values() for path in table.paths}
    found = {str(p.relative_to(package.folder)) for p in package.folder.rglob("*.csv")}
    fix = "Add its path to datapackage.json ('anlokg new-study' does it), or remove it"
    return [Problem(name, "is not in the Data Package", fix) for name in sorted(found - known)]
