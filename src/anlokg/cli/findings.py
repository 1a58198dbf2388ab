"""The body of ``anlokg integrity``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from ..errors import FileError, Problem, TableError
from ..integrity import source
from ..integrity.catalogue import RULES, chosen
from ..integrity.figure import StudyFigures
from ..integrity.report import FORMS, as_table
from ..integrity.run import Report, check
from ..resources import Resources
from ..tables import schema
from .output import Output

FOUND = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to check and which findings to tell; empty is all."""

    paths: tuple[Path, ...] = ()
    studies: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()


def list_rules(output: Output) -> None:
    """The rules with what each of them asks for."""
    rows = [(rule.id, rule.title, rule.definition) for rule in RULES]
    output.table(("rule", "title", "definition"), rows)


def report(
    resources: Resources,
    output: Output,
    wanted: Wanted,
    *,
    form: str,
    file: Path | None,
    strict: bool,
) -> None:
    """Checks and tells; ends with 12 if ``strict`` and there are findings."""
    try:
        rules = chosen(wanted.rules)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--rule") from error
    paths = wanted.paths or (resources.evidence,)
    studies = _of(source.read(paths, schema.load(resources.evidence)), wanted.studies)
    found = check(studies, rules)
    if wanted.severities:
        found = _of_severities(found, wanted.severities)
    _write(found, "json" if output.as_json else form, file, output)
    if strict and found.by_key:
        raise typer.Exit(FOUND)


def _of(studies: Sequence[StudyFigures], keys: tuple[str, ...]) -> list[StudyFigures]:
    """The studies of these keys, all of them if none is given."""
    have = [figures.study for figures in studies]
    if lost := [key for key in keys if key not in have]:
        fix = f"There are: {', '.join(have)}"
        raise TableError([Problem(key, "is no study here", fix) for key in lost])
    return [figures for figures in studies if not keys or figures.study in keys]


def _of_severities(found: Report, severities: tuple[str, ...]) -> Report:
    kept = {key: one for key, one in found.by_key.items() if one.severity.value in severities}
    return replace(found, by_key=kept)


def _write(found: Report, form: str, file: Path | None, output: Output) -> None:
    """To a file, whole or not at all, or to standard output."""
    if file is None:
        text = as_table(found, _width()) if form == "table" else FORMS[form](found)
        sys.stdout.write(text)
        return
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        part.write_text(FORMS[form](found), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise FileError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    output.say(f"Wrote {file}", file=str(file), findings=len(found.by_key))


def _width() -> int:
    """Columns of the terminal; enough to read where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
