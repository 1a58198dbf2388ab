"""What was found, told as a table, as JSON, as CSV or as a page."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from .finding import Finding, Severity
from .page import as_markdown
from .run import Report

COLUMNS = (
    "key", "study", "severity", "rule", "reported", "recomputed", "method", "explanation",
    "conclusion", "statements", "locators", "file", "row",
)  # fmt: skip
# Characters of a line where the output is no terminal.
WIDTH = 200

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Integrity of the figures</title>
<style>
body { font: 1rem/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem }
body { padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #bbb; padding: .4rem .6rem }
th, td { text-align: left; vertical-align: top }
td.place { color: #444; font-size: .875rem }
p.note { max-width: 45rem }
</style>
</head>
<body>
<h1>Integrity of the figures</h1>
<p class="note">{{ summary }}</p>
{%- for study, findings in studies %}
<h2 id="{{ study }}">{{ study }}</h2>
<table>
<thead><tr><th scope="col">Severity</th><th scope="col">Rule</th><th scope="col">Printed</th>
<th scope="col">Recomputed</th><th scope="col">Meaning</th><th scope="col">Where</th></tr></thead>
<tbody>
{%- for finding in findings %}
<tr id="{{ finding.key }}"><td>{{ finding.severity }}</td><td>{{ finding.rule }}</td>
<td>{{ finding.reported }}</td><td>{{ finding.recomputed }}<br>by {{ finding.method }}</td>
<td>{{ finding.explanation }} Conclusion: {{ finding.conclusion }}.</td>
<td class="place">{{ finding.locators | join("; ") }}</td></tr>
{%- endfor %}
</tbody>
</table>
{%- endfor %}
</body>
</html>
"""


def as_object(key: str, finding: Finding) -> dict[str, Any]:
    """A finding as plain data.

    ``statements``, ``locators`` and ``sources`` run side by side, one for each figure involved; a
    source is the file of the table, or the path in a registry record, and the row; each is ``None``
    where it is not known.
    """
    return {
        "key": key,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "study": finding.study,
        "statements": list(finding.statements),
        "locators": list(finding.locators),
        "sources": [
            {"file": figure.source or None, "row": figure.row} for figure in finding.figures
        ],
        "reported": finding.reported,
        "recomputed": finding.recomputed,
        "method": finding.method,
        "explanation": finding.explanation,
        "conclusion": finding.conclusion.value,
    }


def as_data(report: Report) -> dict[str, Any]:
    """A report as plain data: what was checked, how many findings of each severity, and all."""
    counts = Counter(finding.severity for finding in report.findings)
    return {
        "studies": list(report.studies),
        "figures": report.figures,
        "rules": list(report.rules),
        "counts": {severity.value: counts[severity] for severity in Severity},
        "findings": [as_object(key, finding) for key, finding in report.by_key.items()],
    }


def as_json(report: Report) -> str:
    """The plain data of a report, as JSON."""
    return json.dumps(as_data(report), ensure_ascii=False, indent=1) + "\n"


def as_csv(report: Report) -> str:
    """A row for each finding; several statements are separated by " | "."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for key, finding in report.by_key.items():
        data = as_object(key, finding)
        joined = {name: " | ".join(data[name]) for name in ("statements", "locators")}
        writer.writerow(data | joined | _first(data["sources"]))
    return text.getvalue()


def _first(sources: list[dict[str, Any]]) -> dict[str, Any]:
    return sources[0] if sources else {"file": None, "row": None}


def as_html(report: Report) -> str:
    """A page that needs nothing else."""
    from jinja2 import Environment

    by_study: dict[str, list[dict[str, Any]]] = {}
    for key, finding in report.by_key.items():
        by_study.setdefault(finding.study, []).append(as_object(key, finding))
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(summary=summary(report), studies=by_study.items()) + "\n"


def as_table(report: Report, width: int = WIDTH) -> str:
    """Aligned columns for a terminal of so many characters."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("study", "severity", "rule", "printed", "recomputed", "where"):
        grid.add_column(column, overflow="fold")
    for finding in report.findings:
        where = finding.locators[0] if finding.locators else ""
        cells = finding.study, finding.severity.value, finding.rule
        texts = (*cells, finding.reported, finding.recomputed, where)
        grid.add_row(*(text.replace("[", r"\[") for text in texts))
    text = io.StringIO()
    if report.findings:
        Console(file=text, width=width, highlight=False).print(grid)
    return f"{text.getvalue()}{summary(report)}\n"


def summary(report: Report) -> str:
    """One sentence: how much was checked, and how many findings of each severity there are."""
    checked = f"{_many(report.figures, 'figure')} of {_many(len(report.studies), 'study')}"
    counts = Counter(finding.severity for finding in report.findings)
    found = [f"{counts[severity]} {severity.value}" for severity in Severity if counts[severity]]
    told = f": {', '.join(found)}" if found else ""
    rules = _many(len(report.rules), "rule")
    return f"{checked}, {rules}, {_many(len(report.findings), 'finding')}{told}"


def _many(count: int, noun: str) -> str:
    plural = "studies" if noun == "study" else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


FORMS: dict[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "html": as_html,
    "md": as_markdown,
}
