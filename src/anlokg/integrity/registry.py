"""Figures from a study record of ClinicalTrials.gov, as its API (version 2) gives it in JSON.

Key of the study is its NCT number in lower case. Groups are those of the record: ``bg000`` at
baseline (arms are part of the total, where there is one), ``fg000`` in the participant flow,
``eg000`` of adverse events, ``outcome-1.og000`` of an outcome measure. Status, dates and
registration are facts with the attributes of the evidence tables. ``source`` of a figure is the
file and the path in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from ..errors import Problem, TableError
from ..statistics.printed import Printed
from .figure import Figure, Group, Place, StudyFigures
from .outcomes import baseline, outcomes
from .posted import Node, Spot, nodes, number, slug, text, whole

DATES = {
    "startDateStruct": "start-date",
    "primaryCompletionDateStruct": "primary-completion-date",
    "completionDateStruct": "completion-date",
    "lastUpdatePostDateStruct": "last-update",
}
ENDS = {"COMPLETED": "completed", "NOT COMPLETED": "not completed"}


def read_record(data: object, name: str) -> StudyFigures:
    """The figures of a record; ``name`` is its file, for messages and sources.

    Raises ``TableError`` if the data is no such record.
    """
    try:
        return _read(data, name)  # type: ignore[arg-type]
    except (AttributeError, KeyError, TypeError) as error:
        message = f"is no study record of ClinicalTrials.gov: {_what(error)}"
        fix = "Give the JSON of one study as its API, version 2, answers"
        raise TableError([Problem(name, message, fix)]) from error


def _what(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else f"its form differs ({error})"


def _read(data: Node, name: str) -> StudyFigures:
    protocol = data["protocolSection"]
    identity = protocol["identificationModule"]
    registration = text(identity["nctId"])
    study = slug(registration)
    results = data.get("resultsSection") or {}
    spot = Spot(study, study, PurePath(name).name, "")
    figures = [*_facts(protocol, registration, spot), *_results(results, spot)]
    titles = {"study": study, "label": text(identity.get("briefTitle"))}
    rows = {"studies": ({**titles, "registration": registration, "role": "primary"},)}
    return StudyFigures(study, _distinct(figures), dict(_groups(results, study)), rows, "registry")


def _distinct(figures: list[Figure]) -> tuple[Figure, ...]:
    """The figures, a key that came before with a number behind."""
    seen: dict[str, int] = {}
    found = []
    for figure in figures:
        seen[figure.statement] = count = seen.get(figure.statement, 0) + 1
        key = figure.statement if count == 1 else f"{figure.statement}-{count}"
        found.append(figure if count == 1 else replace(figure, statement=key, result=key))
    return tuple(found)


def _facts(protocol: Node, registration: str, spot: Spot) -> Iterator[Figure]:
    """Status, dates, number of participants."""
    status = protocol.get("statusModule") or {}
    here = replace(spot, section="Study status").inside("protocolSection", "statusModule")
    told: list[tuple[str, str, str, Printed | None]] = [
        ("registration", registration, "", None),
        ("recruitment-status", text(status.get("overallStatus")), "", None),
        ("status-verified-date", text(status.get("statusVerifiedDate")), "", None),
    ]
    for name, attribute in DATES.items():
        date = status.get(name) or {}
        told.append((attribute, text(date.get("date")), text(date.get("type")), None))
    enrolled = (protocol.get("designModule") or {}).get("enrollmentInfo") or {}
    kind = text(enrolled.get("type"))
    attribute = "enrolment" if kind == "ACTUAL" else "planned-enrolment"
    told.append((attribute, text(enrolled.get("count")), kind, number(enrolled.get("count"))))
    for attribute, shown, category, value in told:
        if shown:
            yield here.figure(
                attribute, "facts", attribute, "", kind="design", about=spot.study,
                attribute=attribute, text=shown, reported=shown, category=category, value=value,
            )  # fmt: skip


def _results(results: Node, spot: Spot) -> Iterator[Figure]:
    parts = {
        "participantFlowModule": ("Participant flow", _flow),
        "baselineCharacteristicsModule": ("Baseline characteristics", baseline),
        "outcomeMeasuresModule": ("Outcome measures", outcomes),
        "adverseEventsModule": ("Adverse events", _adverse_events),
    }
    for name, (section, read) in parts.items():
        module = results.get(name)
        if module:
            yield from read(module, replace(spot, section=section).inside("resultsSection", name))


def _flow(module: Node, spot: Spot) -> Iterator[Figure]:
    """Who started, completed and left each period, and why."""
    for position, period in enumerate(nodes(module, "periods")):
        here = spot.inside("periods", position, item=text(period.get("title")))
        stem = f"period-{position + 1}"
        counts = {
            text(milestone.get("type")): dict(_subjects(milestone, "achievements"))
            for milestone in nodes(period, "milestones")
        }
        started, left = counts.get("STARTED", {}), counts.get("NOT COMPLETED", {})
        for name, groups in counts.items():
            if name in ENDS:
                fields = {"endpoint": stem, "category": ENDS[name]}
                yield from _people(here, f"{stem}.{slug(name)}", name, groups, started, fields)
            else:
                fields = {"endpoint": f"{stem}.{slug(name)}"}
                yield from _people(here, f"{stem}.{slug(name)}", name, groups, {}, fields)
        for reason in nodes(period, "dropWithdraws"):
            name = text(reason.get("type"))
            groups = dict(_subjects(reason, "reasons"))
            fields = {"endpoint": f"{stem}.not-completed", "category": name}
            key = f"{stem}.reason.{slug(name)}"
            yield from _people(here, key, name, groups, left, fields)


def _subjects(parent: Node, name: str) -> Iterator[tuple[str, int]]:
    for item in nodes(parent, name):
        count = whole(item.get("numSubjects"))
        if count is not None:
            yield text(item.get("groupId")).casefold(), count


def _people(
    spot: Spot, key: str, row: str, counts: Mapping[str, int], whole_of: Mapping[str, int],
    fields: Mapping[str, str],
) -> Iterator[Figure]:  # fmt: skip
    for group, count in counts.items():
        numbers: dict[str, Any] = {"count": count, "denominator": whole_of.get(group)}
        yield spot.figure(
            f"{key}.{group}", "measurements", row, group, group=group, kind="disposition",
            statistic="count", reported=str(count), **fields, **numbers,
        )  # fmt: skip


def _adverse_events(module: Node, spot: Spot) -> Iterator[Figure]:
    """Participants with an event at least once, of those at risk; no grades are posted."""
    for group in nodes(module, "eventGroups"):
        here = spot.inside("eventGroups")
        for kind in ("deaths", "serious", "other"):
            counts = group.get(f"{kind}NumAffected"), group.get(f"{kind}NumAtRisk")
            yield from _affected(here, f"total-{kind}", group.get("id"), *counts, "")
    for name, kind in (("seriousEvents", "serious"), ("otherEvents", "other")):
        for position, event in enumerate(nodes(module, name)):
            here = spot.inside(name, position)
            for stat in nodes(event, "stats"):
                counts = stat.get("numAffected"), stat.get("numAtRisk")
                term = text(event.get("term"))
                yield from _affected(here, term, stat.get("groupId"), *counts, kind)


def _affected(
    spot: Spot, term: str, group_id: object, affected: object, at_risk: object, kind: str
) -> Iterator[Figure]:
    count, denominator = whole(affected), whole(at_risk)
    if count is None:
        return
    group = text(group_id).casefold()
    yield spot.figure(
        ".".join(part for part in ("event", kind, slug(term), group) if part),
        "adverse-events", term, group, group=group, endpoint=slug(term), category=kind,
        statistic="incidence", relatedness="all-cause", count=count, denominator=denominator,
        reported=f"{count}/{denominator}",
    )  # fmt: skip


def _groups(results: Node, study: str) -> Iterator[tuple[str, Group]]:
    """Groups of all parts; at baseline, the arms are part of the total."""
    lists = {
        "participantFlowModule": "groups",
        "baselineCharacteristicsModule": "groups",
        "adverseEventsModule": "eventGroups",
    }
    for module, name in lists.items():
        yield from _listed(nodes(results.get(module) or {}, name), study, "")
    measures = nodes(results.get("outcomeMeasuresModule") or {}, "outcomeMeasures")
    for position, measure in enumerate(measures):
        yield from _listed(nodes(measure, "groups"), study, f"outcome-{position + 1}.")


def _listed(found: tuple[Node, ...], study: str, prefix: str) -> Iterator[tuple[str, Group]]:
    keys = [f"{prefix}{text(group.get('id')).casefold()}" for group in found]
    labels = [text(group.get("title")) for group in found]
    totals = [
        key
        for key, label in zip(keys, labels, strict=True)
        if key.startswith("bg") and label.casefold().split()[:1] == ["total"]
    ]
    whole_group = totals[-1] if len(found) > 1 and totals else ""
    for key, label in zip(keys, labels, strict=True):
        total = key == whole_group
        yield key, Group(
            study, key, label, "study-population" if total else "arm",
            parent="" if total else whole_group, of_study=study, place=Place(study, row=label),
        )  # fmt: skip
