"""The Data Package descriptor as typed values: which tables, columns, types and keys there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import Problem, TableError

TYPES = ("string", "number", "integer", "date")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, what it may hold, and what it means."""

    name: str
    type: str
    description: str
    required: bool = False
    enum: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values must stand in the named columns of another table."""

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One resource of the Data Package; ``paths`` are relative to its folder."""

    name: str
    title: str
    description: str
    paths: tuple[str, ...]
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    mapped: bool = True

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def per_study(self) -> bool:
        """Whether each study has a file of its own."""
        return not any(path.startswith("vocabulary/") for path in self.paths)


@dataclass(frozen=True, slots=True)
class Package:
    """All tables of an evidence folder."""

    folder: Path
    tables: Mapping[str, Table] = field(default_factory=dict)

    @property
    def studies(self) -> tuple[str, ...]:
        """Keys of the studies that have a folder, in order."""
        names = {
            path.split("/")[0]
            for table in self.tables.values()
            if table.per_study
            for path in table.paths
        }
        return tuple(sorted(names))

    def study_tables(self) -> tuple[Table, ...]:
        return tuple(table for table in self.tables.values() if table.per_study)

    def vocabulary_tables(self) -> tuple[Table, ...]:
        return tuple(table for table in self.tables.values() if not table.per_study)

    def file(self, table: str, study: str | None = None) -> Path:
        """Path of a table's file (of a study)."""
        for path in self.tables[table].paths:
            if study is None or path.startswith(f"{study}/"):
                return self.folder / path
        return self.folder / f"{study}/{table}.csv"


def load(folder: Path) -> Package:
    """The package described by ``folder/datapackage.json``; ``TableError`` if it cannot be read."""
    descriptor = folder / "datapackage.json"
    try:
        data = json.loads(descriptor.read_text(encoding="utf-8"))
        tables = {table.name: table for table in map(_table, data["resources"])}
    except FileNotFoundError:
        problem = Problem(str(descriptor), "is missing", "A folder of tables needs its descriptor")
        raise TableError([problem]) from None
    except (ValueError, KeyError, TypeError, AttributeError, re.error, OSError) as error:
        problem = Problem(str(descriptor), f"cannot be read: {error}", "Repair the JSON")
        raise TableError([problem]) from error
    faults = [fault for table in tables.values() for fault in _faults(table, tables)]
    if faults:
        raise TableError([Problem(str(descriptor), *fault) for fault in faults])
    return Package(folder, tables)


def _faults(table: Table, tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """What is wrong with a table's description: types and keys that name nothing."""
    for column in table.columns:
        if column.type not in TYPES:
            message = f"{table.name}.{column.name} has the unknown type {column.type!r}"
            yield message, f"Known types: {', '.join(TYPES)}"
    fix = "Name a table and columns that the descriptor has"
    for name in table.primary_key:
        if name not in table.header:
            yield f"the primary key of {table.name} names {name!r}, which is no column", fix
    for key in table.foreign_keys:
        target = tables.get(key.table)
        if target is None:
            yield f"a foreign key of {table.name} names {key.table!r}, which is no table", fix
            continue
        missing = [c for c in key.columns if c not in table.header]
        missing += [c for c in key.target if c not in target.header]
        for name in missing:
            yield f"a foreign key of {table.name} names {name!r}, which is no column", fix


def _table(resource: Mapping[str, Any]) -> Table:
    schema = resource["schema"]
    paths = resource["path"]
    return Table(
        name=resource["name"],
        title=resource["title"],
        description=resource["description"],
        paths=tuple([paths] if isinstance(paths, str) else paths),
        columns=tuple(_column(item) for item in schema["fields"]),
        primary_key=_names(schema.get("primaryKey", ())),
        foreign_keys=tuple(_foreign_key(item) for item in schema.get("foreignKeys", ())),
        mapped=resource.get("mapped", True),
    )


def _column(item: Mapping[str, Any]) -> Column:
    limits = item.get("constraints", {})
    return Column(
        name=item["name"],
        type=item["type"],
        description=item["description"],
        required=limits.get("required", False),
        enum=tuple(limits.get("enum", ())),
        pattern=re.compile(limits["pattern"]) if "pattern" in limits else None,
        minimum=_text(limits.get("minimum")),
        maximum=_text(limits.get("maximum")),
    )


def _foreign_key(item: Mapping[str, Any]) -> ForeignKey:
    target = item["reference"]
    return ForeignKey(_names(item["fields"]), target["resource"], _names(target["fields"]))


def _names(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
