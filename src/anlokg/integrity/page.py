"""Findings as a page of Markdown: by study and severity, each explained, with its places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .finding import Conclusion, Finding, Severity
from .run import Report
from .triples import CONCLUSIONS, SEVERITIES

COMMAND = "anlokg integrity --format md -o docs/findings.md"
SIGNS = re.compile(r"([\\`*_<>\[\]|#~])")
"""What Markdown would take for its own."""
TITLES = {
    Severity.contradiction: "Contradictions",
    Severity.method_mismatch: "Another method than stated",
    Severity.last_digit_rounding: "Last digit",
    Severity.semantic: "Meaning",
    Severity.unit: "Units",
    Severity.information: "Worth knowing",
}


def as_markdown(report: Report) -> str:
    """The page; equal reports give equal pages."""
    by_study: dict[str, list[tuple[str, Finding]]] = {study: [] for study in report.studies}
    for key, finding in report.by_key.items():
        by_study.setdefault(finding.study, []).append((key, finding))
    parts = [*_head(report, by_study)]
    for study, found in by_study.items():
        parts += _study(study, found)
    return "\n".join(parts).rstrip() + "\n"


def _head(report: Report, by_study: dict[str, list[tuple[str, Finding]]]) -> Iterator[str]:
    yield "# Findings on the figures"
    yield ""
    yield f"Made by `{COMMAND}`; do not edit it."
    yield ""
    yield (
        f"{len(report.rules)} rules looked at {report.figures} printed figures of"
        f" {len(report.studies)} studies and have {len(report.findings)} findings. A finding never"
        " changes a figure: tables and graph keep what is printed. Every number stands for all"
        " values that round to it, and a finding is raised only if none of them fits."
    )
    yield ""
    columns = list(Severity)
    yield f"| Study | {' | '.join(TITLES[severity] for severity in columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    for study, found in by_study.items():
        counts = [sum(finding.severity == severity for _, finding in found) for severity in columns]
        yield f"| [{_plain(study)}](#{study}) | {' | '.join(str(n or '') for n in counts)} |"
    yield ""
    for severity in columns:
        yield f"- **{TITLES[severity]}**: {SEVERITIES[severity]}"
    yield ""


def _study(study: str, found: list[tuple[str, Finding]]) -> Iterator[str]:
    yield f"## {study}"
    yield ""
    if not found:
        yield "No findings."
        yield ""
    for severity in Severity:
        some = [(key, finding) for key, finding in found if finding.severity == severity]
        if some:
            yield f"### {TITLES[severity]} in {study}"
            yield ""
        for key, finding in some:
            yield from _finding(key, finding)


def _finding(key: str, finding: Finding) -> Iterator[str]:
    yield f"**{_plain(finding.reported)}**"
    yield ""
    yield _plain(finding.explanation)
    yield ""
    if finding.conclusion != Conclusion.not_touched:
        yield f"- Conclusion: {CONCLUSIONS[finding.conclusion]}"
    if finding.recomputed:
        yield f"- Recomputed: {_plain(finding.recomputed)}"
    if finding.method:
        yield f"- How: {_plain(finding.method)}"
    for place in dict.fromkeys(place for place in finding.locators if place):
        yield f"- Printed in {_plain(place)}"
    yield f"- Rule `{finding.rule}`, finding `{key}`"
    yield ""


def _plain(text: str) -> str:
    """Text in which Markdown finds no signs of its own."""
    return SIGNS.sub(r"\\\1", text)
