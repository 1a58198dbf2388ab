"""Makes evidence tables from a release."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import FileError, QueryError
from ..opened import OpenRelease
from ..synthesis import tables
from ..synthesis.inputs import Row
from ..synthesis.request import Named, named
from . import synthesizing
from .output import Output

# Diseases that studies are of, without those within another such disease.
CONDITIONS = """PREFIX anlo: <{ontology}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?condition ?label WHERE {{
  ?study anlo:condition ?condition ; anlo:studyRole <{primary}> .
  ?condition rdfs:label ?label .
  FILTER NOT EXISTS {{ ?condition anlo:broaderCondition ?broader .
    ?other anlo:condition ?broader ; anlo:studyRole <{primary}> }}
}} ORDER BY ?condition"""


def write(opened: OpenRelease, name: str, form: str, path: Path | None, output: Output) -> None:
    """Writes the table of a disease; ``ParameterError`` if none has that name."""
    condition = named("condition", "condition", name, synthesizing.index(opened), opened.base)
    text = table(opened, condition, form)
    if path is None:
        sys.stdout.write(text)
        return
    synthesizing.save(path, text.encode())
    output.say(f"Wrote {path}", file=str(path))


def write_all(opened: OpenRelease, folder: Path, output: Output) -> None:
    """Writes a page for every disease that studies are of, and one that lists them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror}") from error
    made = pages(opened)
    for name, text in made.items():
        synthesizing.save(folder / name, text.encode())
    output.say(f"Wrote {len(made)} pages to {folder}", pages=sorted(made))


def pages(opened: OpenRelease) -> dict[str, str]:
    """The pages by the name of their file."""
    base = opened.base
    text = CONDITIONS.format(ontology=base.ontology, primary=base.entity("term", "primary"))
    start = base.entity("condition", "")
    found = {
        (row["condition"] or "").removeprefix(start): Named(row["condition"] or "",
                                                            row["label"] or "")
        for row in synthesizing.rows(opened, text)
    }  # fmt: skip
    made = {f"{key}.md": table(opened, condition, "md") for key, condition in found.items()}
    titles = {key: condition.label for key, condition in found.items()}
    return {**made, "README.md": tables.contents(titles)}


def table(opened: OpenRelease, condition: Named, form: str) -> str:
    """The table of a disease as ``md`` or ``csv``; ``QueryError`` where it has no figures."""
    query = opened.queries[tables.QUERY]
    rows: list[Row] = synthesizing.rows(
        opened, query.bound({"condition": condition.iri}, opened.base)
    )
    if not rows:
        raise QueryError(f"no study of {condition.label} has figures here")
    return tables.as_csv(rows) if form == "csv" else tables.as_markdown(condition.label, rows)
