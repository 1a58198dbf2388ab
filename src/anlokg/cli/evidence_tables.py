"""The command ``anlokg evidence-table``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .main import State, app, opened


class Form(StrEnum):
    """Forms of evidence tables."""

    md = "md"
    csv = "csv"


@app.command("evidence-table")
def evidence_table(
    condition: Annotated[str, typer.Option(help="Disease, and those within it.")] = "",
    all_in: Annotated[
        Path | None, typer.Option("--all", help="Folder to write a page for every disease to.")
    ] = None,
    format: Annotated[Form, typer.Option(help="Form of a single table.")] = Form.md,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; else standard output.")
    ] = None,
) -> None:
    """Every median, rate and ratio of a disease, with interval, denominator and place."""
    from . import tabulating

    if bool(condition) == bool(all_in):
        raise typer.BadParameter("name a disease, or a folder with --all", param_hint="--condition")
    if all_in is not None:
        tabulating.write_all(opened(), all_in, State.output)
    else:
        tabulating.write(opened(), condition, format.value, output, State.output)
