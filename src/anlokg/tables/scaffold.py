"""``new-study``: the folder of a study with headed tables and a guide to their columns."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from ..errors import Problem, TableError
from . import schema
from .schema import Table

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def new_study(folder: Path, key: str) -> Path:
    """Makes ``folder/key`` with every table of a study, headed and empty, and ``COLUMNS.md``.

    The tables are added to the Data Package. Raises ``TableError`` for a bad or taken key.
    """
    if not KEY.fullmatch(key):
        message = f"{key!r} is not a study key"
        raise TableError(
            [Problem(str(folder), message, "Use lower-case letters, digits and hyphens")]
        )
    target = folder / key
    if target.exists():
        raise TableError([Problem(str(target), "exists already", "Choose another key")])
    package = schema.load(folder)
    tables = package.study_tables()
    target.mkdir()
    for table in tables:
        with (target / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(table.header)
    (target / "COLUMNS.md").write_text(guide(tables), encoding="utf-8")
    _add_paths(folder / "datapackage.json", key, {table.name for table in tables})
    return target


def guide(tables: tuple[Table, ...]) -> str:
    """What each table and column is for, in Markdown."""
    lines = ["# The tables of a study", ""]
    for table in tables:
        lines += [f"## {table.name}.csv", "", table.description, ""]
        lines += ["| column | required | meaning |", "|---|---|---|"]
        for column in table.columns:
            allowed = f" One of: {', '.join(column.enum)}." if column.enum else ""
            required = "yes" if column.required else ""
            lines.append(f"| {column.name} | {required} | {column.description}{allowed} |")
        lines.append("")
    return "\n".join(lines)


def _add_paths(descriptor: Path, key: str, names: set[str]) -> None:
    data = json.loads(descriptor.read_text(encoding="utf-8"))
    for resource in data["resources"]:
        if resource["name"] in names:
            paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
            resource["path"] = sorted({*paths, f"{key}/{resource['name']}.csv"})
    text = json.dumps(data, indent=1, ensure_ascii=False)
    descriptor.write_text(text + "\n", encoding="utf-8")
