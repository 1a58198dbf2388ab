"""The commands themselves: thin, one function each."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Problem, TableError
from . import evidence_tables, integrity, synthesis  # noqa: F401  register their commands
from .main import State, app, found, opened, shelf


class AnswerFormat(StrEnum):
    """Formats of answers."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    xml = "xml"
    ttl = "ttl"
    nt = "nt"
    jsonld = "jsonld"


class ExportFormat(StrEnum):
    """Formats of exports."""

    evidence_csv = "evidence-csv"
    sssom = "sssom"
    nq = "nq"
    trig = "trig"
    ttl = "ttl"
    nt = "nt"
    jsonld = "jsonld"
    rdfxml = "rdfxml"


@app.command()
def build(
    with_graph: Annotated[
        list[Path] | None, typer.Option(help="RDF file of your own to put beside the evidence.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="Base of all IRIs; ends in '/'.")] = None,
    force: Annotated[bool, typer.Option(help="Build even if nothing has changed.")] = False,
    allow_violations: Annotated[
        bool, typer.Option(help="Release although shapes are broken; the report says so.")
    ] = False,
) -> None:
    """Build a release from the tables and switch to it."""
    from ..build import BuildOptions
    from ..build import build as make
    from ..namespaces import DEFAULT_BASE, Base

    try:
        chosen = Base(base or DEFAULT_BASE)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--base") from error
    settings = BuildOptions(chosen, tuple(with_graph or ()), force, allow_violations)
    made = make(found(), shelf(), settings, State.output.progress)
    manifest = made.release.manifest
    what = "is up to date" if made.unchanged else "is built"
    size = f"{manifest.triples} triples, {len(manifest.studies)} studies"
    State.output.say(
        f"Release {manifest.id} {what}: {size}",
        release=manifest.id,
        unchanged=made.unchanged,
        triples=manifest.triples,
        findings=manifest.findings,
    )


@app.command()
def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Evidence folders or RDF files; the shipped evidence if none."),
    ] = None,
) -> None:
    """Check tables and shapes; every problem with its file, row and column."""
    from ..check import validate_path

    resources = found()
    reports = [
        validate_path(path, resources, State.output.progress)
        for path in paths or [resources.evidence]
    ]
    findings = [finding for report in reports for finding in report.findings]
    if not State.output.as_json:
        print("\n".join(map(str, findings)), end="\n" * bool(findings))
    violations = sum(len(report.violations) for report in reports)
    State.output.say(
        f"{violations} violation{'s' * (violations != 1)}" if violations else "conforms",
        conforms=not violations,
        violations=violations,
        findings=[asdict(finding) for finding in findings],
    )
    if violations:
        raise typer.Exit(8)


@app.command()
def compare(
    studies: Annotated[list[str] | None, typer.Argument(help="Study keys; all if none.")] = None,
) -> None:
    """Compare the two readings of each document, and both with the ledger."""
    from ..tables import evidence, readings

    tables = evidence.load(found().evidence)
    problems = []
    for study in studies or tables.package.studies:
        sheets = tables.of(study)
        if not sheets:
            have = ", ".join(tables.studies)
            raise TableError([Problem(study, "is no study", f"There are: {have}")])
        problems += readings.compare(sheets) + readings.check_ledger(sheets)
    if problems:
        raise TableError(problems)
    State.output.say("Both readings and the ledger agree", agree=True)


@app.command()
def queries(
    name: Annotated[str | None, typer.Argument(help="A query, to see its parameters.")] = None,
) -> None:
    """List the shipped queries, or describe one."""
    from ..query import catalogue

    shipped = catalogue.load(found().queries)
    if name is None:
        rows = [(q.topic, q.name, q.header.question) for q in shipped.values()]
        State.output.table(("topic", "name", "question"), rows)
        return
    query = catalogue.get(shipped, name)
    if State.output.as_json:
        State.output.say("", **asdict(query))
        return
    print(f"{query.header.title}\n{query.header.question}\n")
    for parameter in query.parameters:
        allowed = f", one of {', '.join(parameter.allowed)}" if parameter.allowed else ""
        default = f", default {parameter.default}" if parameter.default else ", free if not given"
        print(f"  --param {parameter.name}=…  {parameter.type}{default}{allowed}")
    print()
    for column, meaning in query.header.columns.items():
        print(f"  {column}: {meaning}")


@app.command()
def query(
    what: Annotated[str, typer.Argument(help="Name of a shipped query, a file, or - for stdin.")],
    param: Annotated[list[str] | None, typer.Option(help="Parameter as name=value.")] = None,
    format: Annotated[AnswerFormat | None, typer.Option(help="Format of the answer.")] = None,
    release: Annotated[str | None, typer.Option(help="A release other than the current.")] = None,
) -> None:
    """Ask the current release."""
    from ..ask import answer

    answer(opened(release), what, param or [], format.value if format else None, State.output)


@app.command()
def show(thing: Annotated[str, typer.Argument(help="Name, synonym, CURIE or IRI.")]) -> None:
    """Show everything known about a thing, with locators."""
    from ..ask import note
    from ..show import show as look_up
    from .things import write

    release = opened()
    things = look_up(release, thing)
    write(things, State.output)
    results = {release.compact.expand(row[0]) for found in things for row in found.figures}
    note(release, {iri for iri in results if iri}, State.output)


@app.command()
def export(
    format: Annotated[ExportFormat, typer.Option(help="Format of the export.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; else stdout.")
    ] = None,
    graph: Annotated[str | None, typer.Option(help="One graph by its IRI (RDF only).")] = None,
) -> None:
    """Write the current release to a file or to standard output."""
    from .exports import write

    write(opened(), format.value, output, graph, State.output)


@app.command()
def releases(
    rollback: Annotated[bool, typer.Option(help="Switch to the release before.")] = False,
    switch: Annotated[str | None, typer.Option(help="Switch to a release.")] = None,
    prune: Annotated[int | None, typer.Option(help="Keep only the newest N.", min=1)] = None,
) -> None:
    """List releases, switch between them, or remove old ones."""
    from . import shelves

    kept = shelf()
    if rollback:
        kept.rollback()
    if switch:
        kept.switch(switch)
    gone = kept.prune(prune) if prune is not None else []
    for name in gone:
        State.output.progress(f"removed {name}")
    rows = [shelves.row(kept, name) for name in kept.ids()]
    State.output.table(shelves.COLUMNS, rows)


@app.command("new-study")
def new_study(key: Annotated[str, typer.Argument(help="Key of the study, kebab-case.")]) -> None:
    """Make the folder of a new study with headed tables."""
    from ..tables.scaffold import new_study as make

    folder = make(found().evidence, key)
    State.output.say(f"Made {folder}; COLUMNS.md there explains every column", folder=str(folder))


@app.command("to-xlsx")
def to_xlsx(study: str, path: Path) -> None:
    """Write the tables of a study to a workbook."""
    from ..tables import workbook

    count = workbook.write(found().evidence, study, path)
    State.output.say(f"Wrote {count} rows to {path}", rows=count)


@app.command("from-xlsx")
def from_xlsx(study: str, path: Path) -> None:
    """Replace the tables of a study by those of a workbook."""
    from ..tables import workbook

    count = workbook.read(found().evidence, study, path)
    State.output.say(f"Read {count} rows from {path}", rows=count)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    data: Annotated[
        list[Path] | None, typer.Option(help="RDF file to serve instead of a release.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="SPARQL endpoint to ask instead of the own engine.")
    ] = None,
    engine_user: Annotated[
        str | None, typer.Option(help="Who asks that endpoint; needs --engine-password-file.")
    ] = None,
    engine_password_file: Annotated[
        Path | None, typer.Option(help="File with the password of that user.")
    ] = None,
    engine_token_file: Annotated[
        Path | None, typer.Option(help="File with a bearer token for that endpoint.")
    ] = None,
    release: Annotated[str | None, typer.Option(help="A release other than the current.")] = None,
    set: Annotated[
        list[str] | None, typer.Option(help="Setting as name=value; see docs/serving.md.")
    ] = None,
) -> None:
    """Serve queries, pages and SPARQL; builds a release first if there is none."""
    from . import access
    from .serving import serve as run

    run(
        found(),
        shelf(),
        State.output,
        host=host,
        port=port,
        data=tuple(data or ()),
        engine=engine,
        known=access.read(engine_user, engine_password_file, engine_token_file, prefix="--engine-"),
        release=release,
        pairs=tuple(set or ()),
    )


class Check(StrEnum):
    """How much of what was published is looked for on the server."""

    counted = "count"
    sample = "sample"
    all = "all"


@app.command()
def publish(
    to: Annotated[str, typer.Option(help="Address of the graph store to write to.")],
    query: Annotated[
        str | None, typer.Option(help="Address for queries, where it cannot be told from --to.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="User that may write.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File that holds the password.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="File that holds a bearer token.")] = None,
    release: Annotated[str | None, typer.Option(help="A release other than the current.")] = None,
    graph: Annotated[
        list[str] | None, typer.Option(help="Only this graph, by its IRI; all if none.")
    ] = None,
    check: Annotated[
        Check, typer.Option(help="Count the triples there, and look for some or all of them.")
    ] = Check.sample,
    chunk_mb: Annotated[
        float, typer.Option(help="Largest document to send, in megabytes.", min=0.001)
    ] = 8.0,
    force: Annotated[bool, typer.Option(help="Load what is there already too.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done; write nothing.")] = False,
) -> None:
    """Load a release into another server, by Graph Store Protocol; goes on where it ended."""
    from ..publish.run import PublishOptions
    from .publishing import CHECKS, Target
    from .publishing import publish as run

    options = PublishOptions(
        graphs=tuple(graph or ()),
        chunk_bytes=int(chunk_mb * 1_000_000),
        sample=CHECKS[check.value],
        force=force,
        dry_run=dry_run,
    )
    target = Target(
        to=to, query=query, user=user, password_file=password_file, token_file=token_file
    )
    run(shelf().get(release), target, options, State.output)
