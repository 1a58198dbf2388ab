"""Figures for tests of the rules: from ``figures.json``, ``groups.json`` and ``rows.json``.

A figure has the fields of ``Figure``; numbers are the printed text (``"65.70"``), counts and grades
are whole numbers. What is left out is empty; ``study`` is "case", ``result`` is the statement,
``table`` is "measurements". ``place`` is a list: document, section, item, row, column.
Groups have the fields of ``Group``, ``study`` being "case". Rows are lists of objects by table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anlokg.integrity.figure import Figure, Group, Place, StudyFigures
from anlokg.statistics.printed import Printed

CASES = Path(__file__).parent / "cases"
STUDY = "case"
NUMBERS = ("value", "lower", "upper", "level", "spread", "percent", "p")
ARTICLE = "case-article"


def figure(fields: Mapping[str, Any]) -> Figure:
    """One figure of a case; a number that is no printed number is refused."""
    told: dict[str, Any] = {"study": STUDY, "table": "measurements", **fields}
    for name in NUMBERS:
        if told.get(name) is not None:
            told[name] = number(told[name])
    told.setdefault("result", told["statement"])
    told["place"] = place(told.get("place", [ARTICLE, "Tables", "Table 1", told["statement"]]))
    return Figure(**told)


def number(text: str) -> Printed:
    """A printed number."""
    found = Printed.of(text)
    assert found is not None, f"{text!r} is no number"
    return found


def place(parts: list[str]) -> Place:
    """A place of document, section, item, row and column."""
    return Place(*parts)


def group(fields: Mapping[str, Any]) -> Group:
    """One group of a case."""
    told = {"study": STUDY, **fields}
    told["place"] = place(told.get("place", [ARTICLE]))
    return Group(**told)


def study(folder: Path) -> StudyFigures:
    """The study of a case."""
    figures = tuple(map(figure, _json(folder / "figures.json", [])))
    groups = map(group, _json(folder / "groups.json", []))
    rows = {table: tuple(some) for table, some in _json(folder / "rows.json", {}).items()}
    name = figures[0].study if figures else STUDY
    return StudyFigures(name, figures, {item.group: item for item in groups}, rows)


def _json(path: Path, missing: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else missing
