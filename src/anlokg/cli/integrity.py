"""The command that checks figures; what it needs is imported when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .main import State, app, found


class ReportFormat(StrEnum):
    """Formats of a report."""

    table = "table"
    json = "json"
    csv = "csv"
    html = "html"
    md = "md"


class Level(StrEnum):
    """Severities of findings, gravest first."""

    contradiction = "contradiction"
    method_mismatch = "method-mismatch"
    last_digit_rounding = "last-digit-rounding"
    semantic = "semantic"
    unit = "unit"
    information = "information"


@app.command()
def integrity(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Evidence folders, tables, workbooks or registry records of yours."),
    ] = None,
    format: Annotated[ReportFormat, typer.Option(help="Format of the report.")] = (
        ReportFormat.table
    ),
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule, by its id.")] = None,
    severity: Annotated[list[Level] | None, typer.Option(help="Only this severity.")] = None,
    study: Annotated[list[str] | None, typer.Option(help="Only this study, by its key.")] = None,
    list_rules: Annotated[
        bool, typer.Option("--list-rules", help="Say what the rules are; check nothing.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; else stdout.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 12 if there are findings.")
    ] = False,
) -> None:
    """Check the figures against each other: arithmetic, intervals, p-values, sums."""
    from . import findings

    if list_rules:
        findings.list_rules(State.output)
        return
    wanted = findings.Wanted(
        paths=tuple(paths or ()),
        studies=tuple(study or ()),
        rules=tuple(rule or ()),
        severities=tuple(level.value for level in severity or ()),
    )
    findings.report(found(), State.output, wanted, form=format.value, file=output, strict=strict)
