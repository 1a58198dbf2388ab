"""Groups that are larger than the group they are part of."""

from __future__ import annotations

from collections.abc import Iterator

from ..figure import Figure, Group, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .sides import called, sentence, spelled

ID = "subgroup-size"

# Cuts of a number that leave nobody out and count nobody twice.
COMPLEMENTS = frozenset({frozenset({"<", ">="}), frozenset({"<=", ">"})})
# Groups to which a patient belongs once, but for trials whose patients cross from arm to arm.
ONCE = frozenset({"arm"})
CROSSING = 0.9

Siblings = list[tuple[Group, int]]


def check_sizes(study: StudyFigures) -> Iterator[Finding]:
    """Subgroups above their parent, and siblings that together are more than it."""
    siblings: dict[tuple[str, str, str], Siblings] = {}
    for group in study.groups.values():
        parent = study.groups.get(group.parent)
        if parent is None or group.size is None or parent.size is None:
            continue
        if group.size > parent.size:
            yield _larger(study, group, parent)
        kind = group.type if group.type in ONCE else ""
        siblings.setdefault((parent.group, group.variable, kind), []).append((group, group.size))
    alone = _counted_once(study) if siblings else frozenset()
    for (key, variable, kind), members in siblings.items():
        parent = study.groups[key]
        total = sum(size for _, size in members)
        fits = parent.size is not None and all(size <= parent.size for _, size in members)
        if (variable or kind) and len(members) > 1 and fits and total > (parent.size or 0):
            apart = bool(kind) and not _crossing(members, parent.size or 0)
            once = apart or _complements(members) or (key, variable) in alone
            yield _too_many(study, members, parent, total, once=once)


def _counted_once(study: StudyFigures) -> frozenset[tuple[str, str]]:
    """Groups and characteristics whose categories add up to the group: everyone is in one."""
    sums: dict[tuple[str, str], int] = {}
    for figure in study.of("measurements"):
        counted = figure.category and figure.count is not None and not figure.timepoint
        if counted and not figure.is_repeat and figure.statistic == "proportion":
            key = figure.group, figure.endpoint
            sums[key] = sums.get(key, 0) + (figure.count or 0)
    return frozenset(
        key
        for key, total in sums.items()
        if (group := study.groups.get(key[0])) is not None and group.size == total
    )


def _crossing(members: Siblings, whole: int) -> bool:
    """Whether every arm has nearly all patients, as in a crossover trial."""
    return all(size >= CROSSING * whole for _, size in members)


def _complements(members: Siblings) -> bool:
    operators = frozenset(group.operator for group, _ in members)
    levels = {group.level for group, _ in members}
    return len(members) == 2 and operators in COMPLEMENTS and len(levels) == 1


def as_figure(group: Group) -> Figure:
    """The size of a group as a figure, so that a finding can point to it."""
    return Figure(
        study=group.study,
        statement=group.group,
        result=group.group,
        table="groups",
        place=group.place,
        reported="" if group.size is None else str(group.size),
        group=group.group,
        variable=group.variable,
        count=group.size,
        cited_study=group.of_study if group.of_study != group.study else "",
        source=group.source,
        row=group.row,
    )


def _larger(study: StudyFigures, group: Group, parent: Group) -> Finding:
    name, whole = called(group.group, study.groups), called(parent.group, study.groups)
    return Finding(
        rule=ID,
        severity=Severity.contradiction,
        study=study.study,
        figures=(as_figure(group), as_figure(parent)),
        reported=f"{group.size} in {name}, {parent.size} in {whole}",
        recomputed=f"{group.size} > {parent.size}",
        method="size of a group against the group it is part of",
        explanation=f"{sentence(name)} has {group.size} patients, but it is a part of {whole} with "
        f"{parent.size}. A part cannot be larger than the whole.",
        conclusion=Conclusion.open,
    )


def _too_many(
    study: StudyFigures, members: Siblings, parent: Group, total: int, *, once: bool
) -> Finding:
    whole = called(parent.group, study.groups)
    first = members[0][0]
    parts = f"groups by {spelled(first.variable)}" if first.variable else f"{first.type}s"
    added = " + ".join(str(size) for _, size in members)
    cause = (
        "Every patient belongs to one of them, so a size is wrong."
        if once
        else "Patients may belong to more than one of them, or a size is wrong."
    )
    return Finding(
        rule=ID,
        severity=Severity.contradiction if once else Severity.information,
        study=study.study,
        figures=(*(as_figure(group) for group, _ in members), as_figure(parent)),
        reported=f"{added} of {parent.size}",
        recomputed=f"{added} = {total}, {total - (parent.size or 0)} more than {parent.size}",
        method="sum of the sizes of the groups of one variable against their parent",
        explanation=f"{sentence(whole)} has {parent.size} patients, but the {parts} "
        f"have {total} together. {cause}",
        conclusion=Conclusion.open if once else Conclusion.not_touched,
    )


SUBGROUP_SIZE = Rule(
    id=ID,
    title="Parts no larger than the whole",
    definition="A subgroup is no larger than its parent, and the subgroups of one variable "
    "together are not either where every patient is in one: arms, cohorts, complementary cuts, or "
    "categories that add up to the parent elsewhere. Where patients may count twice it is "
    "information.",
    check=check_sizes,
)
