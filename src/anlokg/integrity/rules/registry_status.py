"""Registry records whose status and dates do not go together, or that are out of date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .calendar_days import days

ID = "registry-status"

STATUS = "recruitment-status"
UPDATE = "last-update"
START = "start-date"
END = "completion-date"
# Changes of status are to be told within thirty days, and updates are posted some days later.
GRACE = timedelta(days=45)

PLANNED = frozenset({"NOT_YET_RECRUITING"})
OPEN = PLANNED | {"RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING"}
OVER = frozenset({"COMPLETED", "TERMINATED"})
UNKNOWN = frozenset({"UNKNOWN", "UNKNOWN_STATUS"})


def check_status(study: StudyFigures) -> Iterator[Finding]:
    """Records whose status does not go with their dates, on the day of their last update."""
    found: dict[str, dict[str, Figure]] = {}
    for figure in study.of("facts"):
        known = figure.attribute in (STATUS, UPDATE, START, END)
        if known and not figure.is_repeat:
            found.setdefault(figure.about, {}).setdefault(figure.attribute, figure)
    for record in found.values():
        if STATUS in record and UPDATE in record:
            yield from _judged(study, record)


def _judged(study: StudyFigures, record: Mapping[str, Figure]) -> Iterator[Finding]:
    status = _status(record[STATUS])
    update, start, end = (days(record.get(name)) for name in (UPDATE, START, END))
    if update is None:
        return
    updated = update[1]
    if status in OPEN and end and end[1] + GRACE < update[0]:
        yield _stale(study, record, status, end[1], update[0])
    elif status in PLANNED and start and start[1] + GRACE < update[0]:
        yield _not_started(study, record, status, start[1], update[0])
    elif status in PLANNED and start and start[1] > updated:
        yield _only_planned(study, record, status, start[1], end[1] if end else None, updated)
    elif status in OVER and end and end[0] > updated:
        yield _too_early(study, record, status, end[0], updated)
    elif status in UNKNOWN:
        yield _unknown(study, record, updated)


def _status(figure: Figure) -> str:
    return re.sub(r"[\s,]+", "_", (figure.text or figure.reported).strip().upper())


def _words(status: str) -> str:
    return status.replace("_", " ").lower()


def _finding(
    study: StudyFigures,
    record: Mapping[str, Figure],
    severity: Severity,
    reported: str,
    recomputed: str,
    explanation: str,
) -> Finding:
    order = [name for name in (STATUS, UPDATE, START, END) if name in record]
    return Finding(
        rule=ID,
        severity=severity,
        study=study.study,
        figures=tuple(record[name] for name in order),
        reported=reported,
        recomputed=recomputed,
        method="status and dates of the record against the day of its last update",
        explanation=explanation,
        conclusion=Conclusion.not_touched,
    )


def _stale(
    study: StudyFigures, record: Mapping[str, Figure], status: str, end: date, updated: date
) -> Finding:
    late = (updated - end).days
    return _finding(
        study,
        record,
        Severity.semantic,
        f"{status}; completion {end}; last update {updated}",
        f"completion {late} days before the last update",
        f"The record is “{_words(status)}”, yet its completion date had passed {late} days before "
        "it was last updated. Status or date is out of date, so ask the investigators.",
    )


def _not_started(
    study: StudyFigures, record: Mapping[str, Figure], status: str, start: date, updated: date
) -> Finding:
    late = (updated - start).days
    return _finding(
        study,
        record,
        Severity.semantic,
        f"{status}; start {start}; last update {updated}",
        f"start {late} days before the last update",
        f"The record is “{_words(status)}”, yet its start date had passed {late} days before it "
        "was last updated. Either the study has begun or its start was put off.",
    )


def _only_planned(
    study: StudyFigures,
    record: Mapping[str, Figure],
    status: str,
    start: date,
    end: date | None,
    updated: date,
) -> Finding:
    until = (start - updated).days
    later = f", completion {(end - updated).days} days after it" if end else ""
    return _finding(
        study,
        record,
        Severity.information,
        f"{status}; start {start}{f'; completion {end}' if end else ''}; last update {updated}",
        f"start {until} days after the last update{later}; the status can hold until {start}",
        f"The record was last updated {until} days before the planned start, so its status "
        f"“{_words(status)}” can be true until {start} at most. Later readers must look the study "
        "up again; nothing here tells whether it began.",
    )


def _too_early(
    study: StudyFigures, record: Mapping[str, Figure], status: str, end: date, updated: date
) -> Finding:
    early = (end - updated).days
    return _finding(
        study,
        record,
        Severity.semantic,
        f"{status}; completion {end}; last update {updated}",
        f"completion {early} days after the last update",
        f"The record is “{_words(status)}”, yet its completion date lies {early} days after its "
        "last update. One of the two cannot be right.",
    )


def _unknown(study: StudyFigures, record: Mapping[str, Figure], updated: date) -> Finding:
    return _finding(
        study,
        record,
        Severity.information,
        f"status unknown; last update {updated}",
        "an open status that nobody confirmed in time",
        f"The registry calls the status unknown, as nobody confirmed the record in time; its last "
        f"update is of {updated}. Whether the study was carried out cannot be told from it.",
    )


REGISTRY_STATUS = Rule(
    id=ID,
    title="Status and dates of a record",
    definition="By the day of its last update, a record that is open has no completion date in the "
    "past, one that is not yet recruiting no start in the past, and one that is completed no "
    "completion in the future; 45 days are allowed for reporting. A record updated before its "
    "planned start is a plan, which is told as information. The calendar of the reader plays no "
    "part.",
    check=check_status,
)
