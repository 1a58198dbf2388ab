"""The command ``anlokg synthesize``: its options, and what it writes."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .main import State, app, opened


class Form(StrEnum):
    """Forms of a synthesis."""

    table = "table"
    json = "json"
    csv = "csv"
    html = "html"
    svg = "svg"
    png = "png"
    rq = "rq"


Names = list[str] | None


@app.command()
def synthesize(
    endpoint: Annotated[Names, typer.Option(help="Endpoint, such as ORR.")] = None,
    event: Annotated[Names, typer.Option(help="Adverse event, instead of an endpoint.")] = None,
    grade: Annotated[int | None, typer.Option(help="Lowest grade of the event.")] = None,
    measure: Annotated[
        str,
        typer.Option(help="proportion, hazard-ratio, risk-ratio or mean-difference."),
    ] = "proportion",
    condition: Annotated[Names, typer.Option(help="Disease, and those within it.")] = None,
    drug: Annotated[
        Names, typer.Option(help="Drug that the groups receive; anlotinib if none; any for all.")
    ] = None,
    regimen: Annotated[Names, typer.Option(help="Regimen that the groups receive.")] = None,
    group: Annotated[Names, typer.Option(help="Exactly these groups.")] = None,
    study: Annotated[Names, typer.Option(help="Only these studies.")] = None,
    category: Annotated[
        str | None, typer.Option(help="Kind, for endpoints that are reported by kind.")
    ] = None,
    factor: Annotated[
        str | None, typer.Option(help="Characteristic that ratios compare; the treatment if none.")
    ] = None,
    adjustment: Annotated[
        str | None, typer.Option(help="Only ratios adjusted so, such as unadjusted.")
    ] = None,
    subgroup_by: Annotated[
        str | None,
        typer.Option(help="Compare subgroups, such as condition, regimen, line, ctcae-version."),
    ] = None,
    model: Annotated[str, typer.Option(help="random or fixed effects.")] = "random",
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    rank: Annotated[bool, typer.Option(help="Rank all groups; pool nothing.")] = False,
    force: Annotated[
        bool, typer.Option(help="Pool what should not be pooled; the answer says so.")
    ] = False,
    format: Annotated[
        Form | None, typer.Option(help="Form; rq is the query that gives the inputs.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; else standard output.")
    ] = None,
    release: Annotated[str | None, typer.Option(help="A release other than the current.")] = None,
) -> None:
    """Pool or rank figures of several studies, with inputs, intervals, caveats and a plot."""
    from ..synthesis.request import Wish
    from .synthesizing import write

    wish = Wish(
        measure=measure,
        endpoint=tuple(endpoint or ()),
        event=tuple(event or ()),
        grade=grade,
        category=category,
        condition=tuple(condition or ()),
        drug=tuple(drug or ()),
        regimen=tuple(regimen or ()),
        group=tuple(group or ()),
        study=tuple(study or ()),
        factor=factor,
        adjustment=adjustment,
        subgroup_by=subgroup_by,
        model=model,
        level=level,
        force=force,
        rank=rank,
    )
    form = format or (_by_name(output) if output else None)
    if form is None:
        form = Form.json if State.output.as_json else Form.table
    _check_place(form, output)
    write(opened(release), wish, form.value, output, State.output)


def _by_name(path: Path) -> Form | None:
    """The form that the end of a file's name tells."""
    end = path.suffix.removeprefix(".").lower()
    return Form(end) if end in Form.__members__ else None


def _check_place(form: Form, output: Path | None) -> None:
    if form is Form.png and output is None and sys.stdout.isatty():
        raise typer.BadParameter("a picture is not for the screen; name a file", param_hint="-o")
