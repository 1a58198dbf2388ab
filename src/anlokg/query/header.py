"""The ``#+`` header of a query file (grlc): title, question, defaults, enumerations, columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import QueryError

KEYS = frozenset({"title", "question", "tags", "defaults", "enumerate", "columns"})
REQUIRED = ("title", "question", "tags", "columns")


@dataclass(frozen=True, slots=True)
class Header:
    """What a query file says of itself."""

    title: str
    question: str
    tags: tuple[str, ...]
    columns: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    enumerate: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def parse(text: str, name: str) -> Header:
    """The header of a query file; ``QueryError`` says what is missing or unknown."""
    import yaml

    lines = [line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+")]
    try:
        data: Any = yaml.safe_load("\n".join(lines)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", header line {mark.line + 1}" if mark else ""
        raise QueryError(f"{name}{place}: the header is not YAML") from error
    if not isinstance(data, dict):
        raise QueryError(f"{name}: the header is not a mapping of keys to values")
    unknown = sorted(set(data) - KEYS)
    missing = [key for key in REQUIRED if key not in data]
    if unknown or missing:
        parts = [f"unknown: {', '.join(unknown)}"] if unknown else []
        parts += [f"missing: {', '.join(missing)}"] if missing else []
        raise QueryError(
            f"{name}: header keys {'; '.join(parts)}. Known: {', '.join(sorted(KEYS))}"
        )
    try:
        return _header(data)
    except (TypeError, AttributeError) as error:
        message = "tags is a list; columns, defaults and enumerate are mappings"
        raise QueryError(f"{name}: the header has a value of the wrong kind: {message}") from error


def _header(data: dict[str, Any]) -> Header:
    return Header(
        title=str(data["title"]),
        question=str(data["question"]),
        tags=tuple(str(tag) for tag in data["tags"]),
        columns={str(k): str(v) for k, v in data["columns"].items()},
        defaults={str(k): str(v) for k, v in (data.get("defaults") or {}).items()},
        enumerate={
            str(k): tuple(str(value) for value in values)
            for k, values in (data.get("enumerate") or {}).items()
        },
    )
