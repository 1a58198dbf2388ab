"""Plan against report: what a protocol or registry states, and what was done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..figure import Figure, Place, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .plans import ID, accrual, aims, enrolment, participants
from .sides import sentence, spelled

# Attributes that a study, group or regimen has once, with a number or a code.
NUMBERED = frozenset({"minimum-age", "dose", "cycle-length", "planned-events", "block-size"})
PHASES = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
CODES = {
    "masking": {"double": "double-blind", "triple": "double-blind", "open": "open-label",
                "none": "open-label", "single": "single-blind"},
    "allocation": {"randomi": "randomised", "non-randomi": "not randomised",
                   "nonrandomi": "not randomised"},
    "time-perspective": {"retrospective": "retrospective", "prospective": "prospective"},
}  # fmt: skip


def check_protocol(study: StudyFigures) -> Iterator[Finding]:
    """Statements of two documents that contradict each other, and plans that were not met."""
    facts = [f for f in study.of("facts") if not f.cited_study and not f.is_repeat]
    yield from _documents_apart(study, facts)
    yield from _roles_apart(study)
    yield from enrolment(study, facts)
    yield from participants(study, facts)
    yield from accrual(facts)
    yield from aims(study, facts)


def _documents_apart(study: StudyFigures, facts: list[Figure]) -> Iterator[Finding]:
    """The same attribute of the same thing, as two documents state it."""
    stated: dict[tuple[str, str], dict[str, tuple[str, Figure]]] = {}
    for figure in facts:
        if code := _code(figure):
            by_document = stated.setdefault((figure.about, figure.attribute), {})
            by_document.setdefault(figure.place.document, (code, figure))
    for (_, attribute), by_document in stated.items():
        if len({code for code, _ in by_document.values()}) > 1:
            yield _contradiction(study, attribute, list(by_document.values()))


def _code(figure: Figure) -> str:
    """What a fact states, in a form in which two documents can be compared; "" if there is none."""
    told = (figure.text or figure.reported).strip().casefold()
    if figure.attribute == "phase":
        words = re.findall(r"[ivx]+|\d", told.replace("phase", ""))
        return "/".join(str(PHASES[word]) for word in words if word in PHASES)
    if figure.attribute in CODES:
        known = CODES[figure.attribute]
        return next((code for start, code in known.items() if told.startswith(start)), "")
    if figure.attribute in NUMBERED and figure.value is not None and not figure.qualifier:
        return f"{figure.value.value.normalize():f} {figure.unit}".strip()
    return ""


def _contradiction(
    study: StudyFigures, attribute: str, stated: list[tuple[str, Figure]]
) -> Finding:
    told = "; ".join(f"{figure.place.document}: {code}" for code, figure in stated)
    name = spelled(attribute)
    return Finding(
        rule=ID,
        severity=Severity.semantic,
        study=study.study,
        figures=tuple(figure for _, figure in stated),
        reported=told,
        recomputed=f"{len({code for code, _ in stated})} different statements of the {name}",
        method="the same attribute of the same study in its documents compared",
        explanation=f"{sentence(name)} is stated differently: {told}. The documents describe one "
        "study, so one of them is wrong or the plan was changed without saying so.",
        conclusion=Conclusion.open,
    )


def _roles_apart(study: StudyFigures) -> Iterator[Finding]:
    """Endpoints that are primary in one document and not in another that names primary ones."""
    roles: dict[str, dict[str, dict[str, str]]] = {}
    naming: set[str] = set()
    for row in study.rows.get("study-endpoints", ()):
        cells = dict(row)
        document = cells.get("document", "")
        roles.setdefault(cells.get("endpoint", ""), {}).setdefault(document, cells)
        if cells.get("role") == "primary":
            naming.add(document)
    for endpoint, by_document in roles.items():
        told = {name: cells for name, cells in by_document.items() if name in naming}
        primary = [name for name, cells in told.items() if cells.get("role") == "primary"]
        if primary and len(primary) < len(told):
            yield _switched(study, endpoint, told)


def _switched(study: StudyFigures, endpoint: str, told: dict[str, dict[str, str]]) -> Finding:
    from_rows = "; ".join(f"{name}: {cells.get('role')}" for name, cells in told.items())
    return Finding(
        rule=ID,
        severity=Severity.semantic,
        study=study.study,
        figures=tuple(_endpoint_figure(study, cells) for cells in told.values()),
        reported=from_rows,
        recomputed="primary in some documents only",
        method="role of the endpoint in each document that names a primary endpoint",
        explanation=f"{sentence(spelled(endpoint))} is the primary endpoint in one document and "
        f"not in another ({from_rows}). A change of the primary endpoint has to be explained.",
        conclusion=Conclusion.open,
    )


def _endpoint_figure(study: StudyFigures, cells: dict[str, str]) -> Figure:
    names = ("document", "section", "item", "row", "column")
    key = cells.get("study_endpoint") or cells.get("endpoint", "")
    return Figure(
        study=study.study,
        statement=key,
        result=key,
        table="study-endpoints",
        place=Place(*(cells.get(name, "") for name in names)),
        endpoint=cells.get("endpoint", ""),
        text=cells.get("role", ""),
    )


PROTOCOL_REPORT = Rule(
    id=ID,
    title="Report as planned",
    definition="Documents of one study agree on phase, masking, allocation, primary endpoint and "
    "the like. Fewer or more participants than planned, a longer accrual, or an interval that "
    "includes the rate the study was to exceed, are no errors and are told as information.",
    check=check_protocol,
)
