"""The Data Package: another program reads it as we do, and its cells keep to the rules."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from frictionless import Package, Report, Resource

from anlokg import resources as resource_folders
from anlokg.tables import evidence, schema
from anlokg.tables.reader import Row, Sheet

RESOURCES = resource_folders.find()
FOLDER = RESOURCES.evidence
DESCRIPTOR: dict[str, Any] = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
PACKAGE = schema.load(FOLDER)
TABLES = {table["name"]: table for table in DESCRIPTOR["resources"]}
RESULT_TABLES = ("measurements", "comparisons", "adverse-events", "activities", "facts")

# UCUM: what our units are made of, between slashes; counted things stand in braces.
UNITS = {
    *("a", "mo", "wk", "d", "h", "min", "g", "kg", "mg", "ug", "ng", "L", "mL", "uL", "m", "cm"),
    *("mm", "m2", "mol", "mmol", "umol", "nmol", "%", "1", "10*3", "10*5", "10*6", "10*9", "[IU]"),
}
COUNTED = re.compile(r"\{[A-Za-z]+\}")

# Where the key of a thing stands, by the word for its kind.
THINGS = {
    "drug": ("drugs", "drug"),
    "target": ("targets", "target"),
    "target-family": ("target-families", "family"),
    "biomarker": ("biomarkers", "biomarker"),
    "condition": ("conditions", "condition"),
    "adverse-event": ("adverse-event-terms", "term"),
    "endpoint": ("endpoints", "endpoint"),
    "document": ("documents", "document"),
    "study": ("studies", "study"),
}
THINGS_OF_A_STUDY = {
    "group": ("groups", "group"),
    "regimen": ("regimens", "regimen"),
    "threshold": ("thresholds", "threshold"),
}
NO_NEED_OF_WORDS = {
    *("operator", "p_operator"),  # signs
    *("ctcae_version",),  # numbers of versions
    *("about_type", "entity_type"),  # names of tables
    *("route",),  # words the mapping passes on as they are
}


@cache
def shipped() -> evidence.Evidence:
    """The shipped evidence, read once."""
    return evidence.load(FOLDER)


def rows(*tables: str, study: str | None = None) -> Iterator[tuple[Sheet, Row]]:
    """Rows of tables (all if none is named) with their sheet."""
    for sheet in shipped().sheets:
        if tables and sheet.table.name not in tables:
            continue
        if study is None or sheet.name.startswith(f"{study}/"):
            yield from ((sheet, row) for row in sheet.rows)


@cache
def values(table: str, column: str, study: str | None = None) -> set[str]:
    return {row.cells[column] for _, row in rows(table, study=study)}


def place(sheet: Sheet, row: Row, column: str) -> str:
    return f"{sheet.name}, row {row.number}, {column}: {row.cells[column]!r}"


# Read by another program -------------------------------------------------------------------------


def frictionless_errors(report: Report) -> list[tuple[str, str]]:
    errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
    return [(error.type, error.note) for error in errors]


def alone(table: dict[str, Any], path: str) -> dict[str, Any]:
    """The description of one file: its keys to other tables are left out."""
    fields = {name: part for name, part in table["schema"].items() if name != "foreignKeys"}
    return {**table, "path": path, "schema": fields}


def paths(table: dict[str, Any]) -> list[str]:
    return [table["path"]] if isinstance(table["path"], str) else table["path"]


@pytest.mark.parametrize("name", TABLES)
def test_frictionless_finds_each_file_valid(name: str) -> None:
    for path in paths(TABLES[name]):
        resource = Resource.from_descriptor(alone(TABLES[name], path), basepath=str(FOLDER))
        assert frictionless_errors(resource.validate()) == [], path


def joined(folder: Path) -> Package:
    """The package with the files of each table put into one, so that keys can be looked up."""
    tables = []
    for table in TABLES.values():
        with (folder / f"{table['name']}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for number, path in enumerate(paths(table)):
                with (FOLDER / path).open(encoding="utf-8", newline="") as part:
                    lines = list(csv.reader(part))
                writer.writerows(lines[bool(number) :])
        tables.append({**table, "path": f"{table['name']}.csv"})
    descriptor = folder / "datapackage.json"
    descriptor.write_text(json.dumps({**DESCRIPTOR, "resources": tables}), encoding="utf-8")
    return Package(str(descriptor))


def dangling(note: str) -> bool:
    """Whether a complaint on a foreign key is one for us: an empty part of a key refers to nothing.

    Frictionless looks for the key with its empty part all the same and does not find it.
    """
    return "None" not in note


def test_frictionless_finds_no_dangling_and_no_double_key(tmp_path: Path) -> None:
    found = frictionless_errors(joined(tmp_path).validate())
    assert [error for error in found if error[0] != "foreign-key" or dangling(error[1])] == []


def test_frictionless_would_find_a_fault(tmp_path: Path) -> None:
    package = joined(tmp_path)
    path = tmp_path / "regimens.csv"
    lines = path.read_text(encoding="utf-8").replace(",monotherapy,", ",alone,").splitlines()
    path.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    path = tmp_path / "groups.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",alter-l059-record,", ",nothing,"))
    found = frictionless_errors(package.validate())
    types = {kind for kind, note in found if kind != "foreign-key" or dangling(note)}
    assert types == {"constraint-error", "primary-key", "foreign-key"}


# What the package says of itself -----------------------------------------------------------------


def test_every_table_and_column_is_described() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in PACKAGE.tables.values()
        for column in table.columns
        if not re.fullmatch(r".*\w.*\.", column.description)
    ]
    assert silent == []
    assert [table.name for table in PACKAGE.tables.values() if not table.description] == []


def test_types_are_those_that_are_checked() -> None:
    types = {column.type for table in PACKAGE.tables.values() for column in table.columns}
    assert types <= {"string", "number", "integer", "date"}


def test_keys_name_columns_and_tables_that_exist() -> None:
    wrong = []
    for table in PACKAGE.tables.values():
        wrong += [(table.name, key) for key in table.primary_key if key not in table.header]
        for key in table.foreign_keys:
            target = PACKAGE.tables.get(key.table)
            if target is None or not set(key.target) <= set(target.header):
                wrong.append((table.name, key.table))
            if not set(key.columns) <= set(table.header) or len(key.columns) != len(key.target):
                wrong.append((table.name, ".".join(key.columns)))
    assert wrong == []


def test_every_table_has_a_primary_key_of_required_columns() -> None:
    wrong = [
        (table.name, key)
        for table in PACKAGE.tables.values()
        for key in table.primary_key or ("",)
        if key not in {column.name for column in table.columns if column.required}
    ]
    assert wrong == []


def test_every_column_that_names_a_document_refers_to_the_documents() -> None:
    without = [
        table.name
        for table in PACKAGE.tables.values()
        if "document" in table.header
        and table.name != "documents"
        and not any(
            k.columns == ("document",) and k.table == "documents" for k in table.foreign_keys
        )
    ]
    assert without == []


def test_every_study_has_every_table_once() -> None:
    assert PACKAGE.studies == tuple(
        sorted(
            path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "vocabulary"
        )
    )
    for table in PACKAGE.study_tables():
        assert table.paths == tuple(f"{study}/{table.name}.csv" for study in PACKAGE.studies)


def test_the_vocabulary_of_tables_lists_those_that_are_mapped() -> None:
    mapped = {table.name: table.title for table in PACKAGE.study_tables() if table.mapped}
    assert {row.cells["table"]: row.cells["label"] for _, row in rows("tables")} == mapped


# Enumerations ------------------------------------------------------------------------------------


def mapped_columns(pattern: str) -> set[tuple[str, str]]:
    """Table and column of every cell that the mappings put into a template."""
    found = set()
    for path in RESOURCES.mappings.rglob("*.yarrrml.yml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for mapping in document["mappings"].values():
            columns = re.findall(pattern, json.dumps(mapping))
            found |= {(table, column) for table in mapping["sources"] for column in columns}
    return found


TERMS = sorted(
    (table, column)
    for table, column in mapped_columns(r"id:term/\$\((\w+)\)~iri")
    if column in PACKAGE.tables[table].header
)
CLASSES = sorted(mapped_columns(r"anlo:\$\((\w+)\)~iri"))


def enumerated(table: str, column: str) -> tuple[str, ...]:
    (found,) = (item for item in PACKAGE.tables[table].columns if item.name == column)
    return found.enum


@pytest.mark.parametrize(("table", "column"), TERMS)
def test_every_value_that_becomes_a_term_is_documented(table: str, column: str) -> None:
    documented = values("terms", "term")
    assert (set(enumerated(table, column)) | values(table, column)) - {"", *documented} == set()


@pytest.mark.parametrize(("table", "column"), CLASSES)
def test_every_value_that_becomes_a_class_is_one_of_the_ontology(table: str, column: str) -> None:
    text = "".join(path.read_text("utf-8") for path in RESOURCES.ontology.rglob("*.ttl"))
    declared = set(re.findall(r"^anlo:(\w+) a owl:Class", text, re.MULTILINE))
    assert (set(enumerated(table, column)) | values(table, column)) - {""} <= declared


def test_every_other_value_of_an_enumeration_is_used() -> None:
    """Values that are no terms, no classes and no signs must at least stand in a table."""
    documented = values("terms", "term")
    idle = []
    for table in PACKAGE.tables.values():
        for column in table.columns:
            pair = (table.name, column.name)
            if pair in CLASSES or column.name in NO_NEED_OF_WORDS:
                continue
            unused = set(column.enum) - documented - values(*pair)
            idle += [(*pair, value) for value in sorted(unused)]
    assert idle == []


def test_every_term_is_used() -> None:
    listed = {v for t in PACKAGE.tables.values() for c in t.columns for v in c.enum}
    standing = {
        cell for sheet, row in rows() if sheet.table.name != "terms" for cell in row.cells.values()
    }
    mappings = "".join(p.read_text("utf-8") for p in RESOURCES.mappings.rglob("*.yml"))
    idle = [t for t in values("terms", "term") - listed - standing if f"term:{t}" not in mappings]
    assert idle == []


# Cells -------------------------------------------------------------------------------------------


def is_ucum(unit: str) -> bool:
    numerator, *others = unit.split("/")
    # "/d" has nothing above the line.
    parts = others if others and not numerator else [numerator, *others]
    return all(part in UNITS or COUNTED.fullmatch(part) for part in parts)


@pytest.mark.parametrize("unit", ["months", "mo.", "mg/", "", "//d", "{patient", "µg", "IU/mL"])
def test_what_is_no_unit_is_seen(unit: str) -> None:
    assert not is_ucum(unit)


def test_units_are_ucum() -> None:
    wrong = [
        place(sheet, row, column)
        for sheet, row in rows()
        for column, cell in row.cells.items()
        if (column == "unit" or column.endswith("_unit")) and cell and not is_ucum(cell)
    ]
    assert wrong == []


def test_time_points_are_a_number_with_its_unit_or_a_year() -> None:
    wrong = []
    for sheet, row in rows():
        cell = row.cells.get("timepoint", "")
        number, _, unit = cell.partition(" ")
        is_time = re.fullmatch(r"\d+(\.\d+)?", number) and unit in UNITS
        if cell and not is_time and not re.fullmatch(r"(19|20)\d\d", cell):
            wrong.append(place(sheet, row, "timepoint"))
    assert wrong == []


def test_every_row_stands_in_the_folder_of_its_study() -> None:
    wrong = [
        place(sheet, row, "study")
        for sheet, row in rows(*(table.name for table in PACKAGE.study_tables()))
        if "study" in row.cells and not sheet.name.startswith(f"{row.cells['study']}/")
    ]
    assert wrong == []


def test_every_row_is_printed_in_a_known_document_of_its_study() -> None:
    study_of = {row.cells["document"]: row.cells["study"] for _, row in rows("documents")}
    wrong = []
    for sheet, row in rows():
        if "document" in row.cells and sheet.table.name != "documents":
            study = study_of.get(row.cells["document"])
            if study is None or (sheet.table.per_study and not sheet.name.startswith(f"{study}/")):
                wrong.append(place(sheet, row, "document"))
    assert wrong == []


@pytest.mark.parametrize("table", ["names", "identifiers"])
def test_names_and_identifiers_belong_to_things_that_exist(table: str) -> None:
    wrong = [
        place(sheet, row, "entity")
        for sheet, row in rows(table)
        if row.cells["entity"] not in values(*THINGS[row.cells["entity_type"]])
    ]
    assert wrong == []


@pytest.mark.parametrize("study", PACKAGE.studies)
def test_facts_are_about_things_that_exist(study: str) -> None:
    wrong = []
    for sheet, row in rows("facts", study=study):
        kind = row.cells["about_type"]
        known = (
            values(*THINGS_OF_A_STUDY[kind], study=study)
            if kind in THINGS_OF_A_STUDY
            else values(*THINGS[kind])
        )
        if row.cells["about"] not in known:
            wrong.append(place(sheet, row, "about"))
    assert wrong == []


@pytest.mark.parametrize("study", PACKAGE.studies)
def test_repeats_repeat_a_result_of_their_study(study: str) -> None:
    results = {row.cells["result"] for _, row in rows(*RESULT_TABLES, study=study)}
    wrong = [
        place(sheet, row, "result")
        for sheet, row in rows("repeats", study=study)
        if row.cells["result"] not in results
    ]
    assert wrong == []


@pytest.mark.parametrize("study", PACKAGE.studies)
def test_a_result_has_a_key_of_its_own_in_all_tables_of_its_study(study: str) -> None:
    """The tables share the addresses of results, which no primary key of one table guards."""
    keys = Counter(row.cells["result"] for _, row in rows(*RESULT_TABLES, study=study))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("lower", "upper"),
        ("grade_min", "grade_max"),
        ("line_min", "line_max"),
        ("dose", "dose_max"),
        ("count", "denominator"),
    ],
)
def test_the_lower_of_two_bounds_stands_first(low: str, high: str) -> None:
    wrong = [
        place(sheet, row, low)
        for sheet, row in rows()
        if row.cells.get(low)
        and row.cells.get(high)
        and Decimal(row.cells[low]) > Decimal(row.cells[high])
    ]
    assert wrong == []


def test_identifiers_are_certain_and_well_formed() -> None:
    wrong = []
    for sheet, row in rows("identifiers"):
        prefix, colon, local = row.cells["curie"].partition(":")
        if not (prefix and colon and local) or prefix != prefix.lower() or " " in local:
            wrong.append(place(sheet, row, "curie"))
        if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", row.cells["iri"]):
            wrong.append(place(sheet, row, "iri"))
        if row.cells["confidence"] not in {"high", "medium"}:
            wrong.append(place(sheet, row, "confidence"))
    assert wrong == []


def test_one_identifier_is_exactly_one_thing() -> None:
    """Two things of a kind cannot both be exactly what one identifier names."""
    exact: dict[tuple[str, str], set[str]] = {}
    for _, row in rows("identifiers"):
        if row.cells["relation"] == "exact":
            key = (row.cells["entity_type"], row.cells["curie"])
            exact.setdefault(key, set()).add(row.cells["entity"])
    assert {key: things for key, things in exact.items() if len(things) > 1} == {}


# Nothing is copied -------------------------------------------------------------------------------


def test_no_cell_is_longer_than_a_line_or_two() -> None:
    long = [
        place(sheet, row, column)
        for sheet, row in rows()
        for column, cell in row.cells.items()
        if len(cell) > 300
    ]
    assert long == []


def test_no_text_of_our_own_is_as_long_as_a_sentence_of_a_paper() -> None:
    long = [
        place(sheet, row, column)
        for sheet, row in rows()
        for column in ("text", "definition", "note", "stated", "rule")
        if len(row.cells.get(column, "").split()) > 25
    ]
    assert long == []
