"""What a validation found."""

from __future__ import annotations

from dataclasses import dataclass

SEVERITIES = ("Violation", "Warning", "Info")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One result of a validation report, and the table cell it comes from where one is known."""

    severity: str
    focus: str
    path: str | None
    message: str
    shape: str
    component: str
    value: str | None = None
    file: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.focus
        if self.file:
            place = self.file + (f", row {self.row}" if self.row else "")
            place += f", column {self.column}" if self.column else ""
        value = f" (value: {self.value})" if self.value else ""
        return f"{self.severity}: {place}: {self.message}{value}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a validation, the worst first."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Whether there is no violation; warnings do not count."""
        return not self.violations

    @property
    def violations(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "Violation")

    def counts(self) -> dict[str, int]:
        return {
            severity: sum(finding.severity == severity for finding in self.findings)
            for severity in SEVERITIES
        }


def merged(reports: list[Report]) -> Report:
    """One report of several, the worst findings first, each once.

    A node may be reported beside a study and beside the vocabulary: the finding that knows its
    table cell is kept. A result and its statement come from one row: so do their findings.
    """
    found = sorted((f for report in reports for f in report.findings), key=_order)
    by_node: dict[tuple[str | None, ...], Finding] = {}
    for finding in found:
        same = (finding.focus, finding.path, finding.shape, finding.message, finding.value)
        if same not in by_node or by_node[same].file is None:
            by_node[same] = finding
    once: dict[tuple[object, ...], Finding] = {}
    for f in by_node.values():
        once.setdefault((f.file or f.focus, f.row, f.column or f.path, f.message, f.value), f)
    return Report(tuple(sorted(once.values(), key=_order)))


def _order(finding: Finding) -> tuple[int, str, int, str, str, str]:
    rank = SEVERITIES.index(finding.severity)
    place = (finding.file or "", finding.row or 0, finding.focus, finding.path or "")
    return rank, *place, finding.message
