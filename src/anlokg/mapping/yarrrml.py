"""YARRRML files to RML, through yatter."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import MappingError
from ..namespaces import Base


def to_rml(path: Path, base: Base | None = None) -> str:
    """RML (Turtle) of a YARRRML file; ``MappingError`` names the file and, for YAML, the line."""
    import yatter

    document = _load(path, base or Base())
    with _captured(logging.getLogger("yatter.constants")) as messages:
        try:
            rml: str | None = yatter.translate(document)
        except Exception as error:  # yatter raises bare Exception for many faults
            raise MappingError(f"{path}: yatter cannot translate it: {error}") from error
    if rml is None:  # and answers None for the others, with the reason in its log
        reason = " ".join(" ".join(messages).split()) or "no reason given"
        raise MappingError(f"{path}: yatter cannot translate it: {reason}")
    return rml


def _load(path: Path, base: Base) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        text = base.rewrite(path.read_text(encoding="utf-8"))
        document: Any = YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError as error:
        raise MappingError(f"{path}: is not UTF-8. Save it as UTF-8") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        message = f"{path}{place}: not YAML: {error.problem}. Repair the indentation or quoting"
        raise MappingError(message) from error
    if not isinstance(document, dict) or not isinstance(document.get("mappings"), dict):
        raise MappingError(f"{path}: has no 'mappings'. A YARRRML file needs that key")
    return document


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _captured(logger: logging.Logger) -> Iterator[list[str]]:
    """Keeps yatter's log off the screen and hands over what it says of errors."""
    collector = _Collector()
    handlers, propagate = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [collector], False
    try:
        yield collector.messages
    finally:
        logger.handlers, logger.propagate = handlers, propagate
