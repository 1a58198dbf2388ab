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
    """One report of several, the worst findings first.

    A finding that several reports have is kept once, with its table cell if one of them has it.
    """
    order = {severity: rank for rank, severity in enumerate(SEVERITIES)}
    once: dict[tuple[str | None, ...], Finding] = {}
    for report in reports:
        for finding in report.findings:
            same = (finding.focus, finding.path, finding.shape, finding.message, finding.value)
            if same not in once or once[same].file is None:
                once[same] = finding

    def key(f: Finding) -> tuple[int, str, int, str, str, str]:
        rank = order.get(f.severity, len(order))
        return rank, f.file or "", f.row or 0, f.focus, f.path or "", f.message

    return Report(tuple(sorted(once.values(), key=key)))
