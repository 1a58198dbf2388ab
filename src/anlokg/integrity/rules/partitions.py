"""Groups that share out a parent group, and the figures that each of them has of the same thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..figure import Figure, Group, StudyFigures

Partition = tuple[str, str]
NAMED = frozenset(("arm", "cohort"))


class Shared(NamedTuple):
    """A figure of a whole group, and those of the groups that are the whole together."""

    whole: Figure
    parts: tuple[Figure, ...]


def shared_out(study: StudyFigures, wanted: Callable[[Figure], bool]) -> Iterator[Shared]:
    """Wanted figures of groups, with those of all parts that differ in one characteristic.

    The denominators of the parts, or else the sizes of the groups, add up to those of the whole.
    """
    partitions = _partitions(study.groups)
    of_group = {name: partition for partition, names in partitions.items() for name in names}
    for by_group in _by_meaning(study, wanted):
        found: dict[Partition, list[Figure]] = {}
        for name, figure in by_group.items():
            if name in of_group:
                found.setdefault(of_group[name], []).append(figure)
        for partition, parts in found.items():
            whole = by_group.get(partition[0])
            if whole is None or len(parts) != len(partitions[partition]) or len(parts) < 2:
                continue
            if _complete(whole, parts, study.groups):
                yield Shared(whole, tuple(parts))


def _partitions(groups: Mapping[str, Group]) -> dict[Partition, list[str]]:
    """Groups by their parent and the characteristic that tells them apart."""
    found: dict[Partition, list[str]] = {}
    for name, group in groups.items():
        by = group.variable or (group.type if group.type in NAMED else "")
        if by and group.parent in groups:
            found.setdefault((group.parent, by), []).append(name)
    return found


def _by_meaning(
    study: StudyFigures, wanted: Callable[[Figure], bool]
) -> Iterator[dict[str, Figure]]:
    """Figures that differ only in their group; of a group with two different ones, none."""
    found: dict[tuple[object, ...], dict[str, Figure | None]] = {}
    for figure in study.figures:
        if figure.is_repeat or figure.qualifier or not wanted(figure):
            continue
        what = (figure.table, figure.endpoint, figure.category, figure.biomarker, figure.statistic)
        band = (figure.grade_min, figure.grade_max, figure.relatedness, figure.unit)
        key = (*what, *band, figure.timepoint, figure.analysis_set)
        by_group = found.setdefault(key, {})
        first = by_group.setdefault(figure.group, figure)
        if first is not None and (first.count, first.value) != (figure.count, figure.value):
            by_group[figure.group] = None
    for by_group in found.values():
        if len(by_group) > 2:
            yield {name: figure for name, figure in by_group.items() if figure is not None}


def _complete(whole: Figure, parts: Sequence[Figure], groups: Mapping[str, Group]) -> bool:
    if whole.denominator is not None and all(part.denominator is not None for part in parts):
        return sum(part.denominator or 0 for part in parts) == whole.denominator
    sizes = [groups[part.group].size for part in parts]
    if None in sizes:
        return False
    return sum(size or 0 for size in sizes) == groups[whole.group].size
