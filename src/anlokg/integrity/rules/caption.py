"""Rules in the title of a table, such as "incidence > 5 %", and rows that break them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt

from ..figure import Figure, Group, StudyFigures
from ..finding import Finding, Severity
from ..rule import Rule
from .sides import called, sentence, spelled

ID = "caption-rule"

# Where in a table its own rules stand: facts with this attribute, in these rows of the locator.
ATTRIBUTE = "category-definition"
TITLES = frozenset({"title", "caption"})
WORST = 5

# What a qualifier lets pass, and its sign.
PASSES: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "more-than": (gt, ">"),
    "at-least": (ge, "≥"),
    "less-than": (lt, "<"),
    "at-most": (le, "≤"),
}

Table = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Caption:
    """The rules of one table: a limit of incidence in percent, and a grade that excuses from it."""

    limit: Figure
    grade: Figure | None

    @property
    def text(self) -> str:
        """The rule as it is read: "> 5 %, or grade ≥ 3"."""
        _, sign = PASSES[self.limit.qualifier]
        shown = f"{sign} {self.limit.value} %"
        return f"{shown}, or grade ≥ {self.grade.value}" if self.grade else shown


def check_captions(study: StudyFigures) -> Iterator[Finding]:
    """Rows of adverse events that the title of their table does not allow."""
    captions = _captions(study)
    if not captions:
        return
    rows: dict[tuple[Table, str], list[Figure]] = {}
    for figure in study.of("adverse-events"):
        table = _table(figure)
        if table in captions and figure.statistic == "incidence":
            rows.setdefault((table, figure.place.row), []).append(figure)
    for (table, _), figures in rows.items():
        yield from _row(study, captions[table], figures)


def _table(figure: Figure) -> Table:
    return figure.place.document, figure.place.section, figure.place.item


def _captions(study: StudyFigures) -> dict[Table, Caption]:
    limits: dict[Table, Figure] = {}
    grades: dict[Table, Figure] = {}
    for figure in study.of("facts"):
        in_title = figure.attribute == ATTRIBUTE and figure.place.row in TITLES
        if not in_title or figure.value is None:
            continue
        if figure.unit == "%" and figure.qualifier in PASSES:
            limits.setdefault(_table(figure), figure)
        elif not figure.unit and 1 <= figure.value.value <= WORST:
            grades.setdefault(_table(figure), figure)
    return {table: Caption(limit, grades.get(table)) for table, limit in limits.items()}


def _row(study: StudyFigures, caption: Caption, figures: list[Figure]) -> Iterator[Finding]:
    """One row: whether all its patients, or at least one of its groups, keep the rule."""
    shares = {figure: share for figure in _widest(figures) if (share := _share(figure))}
    if not shares or _excused(caption, figures):
        return
    whole = [figure for figure in shares if not _inside(figure, shares, study.groups)]
    if any(_keeps(caption, shares[figure]) for figure in whole):
        return
    partly = [figure for figure in shares if _keeps(caption, shares[figure])]
    yield _finding(study, caption, whole, partly, shares)


def _widest(figures: list[Figure]) -> list[Figure]:
    """The figures of the widest band of grades: those of any grade, where they are printed."""
    banded = [(f.grade_min, f.grade_max) for f in figures if f.grade_min and f.grade_max]
    if not banded:
        return []
    widest = min(banded, key=lambda band: (band[0], -band[1]))
    return [figure for figure in figures if (figure.grade_min, figure.grade_max) == widest]


def _share(figure: Figure) -> tuple[float, float] | None:
    """Smallest and largest percentage: exact from counts, else what was rounded."""
    if figure.count is not None and figure.denominator:
        exact = 100 * figure.count / figure.denominator
        return exact, exact
    return (figure.percent.low, figure.percent.high) if figure.percent else None


def _excused(caption: Caption, figures: list[Figure]) -> bool:
    """Whether the row is listed for its grade."""
    if caption.grade is None or caption.grade.value is None:
        return False
    least = float(caption.grade.value)
    return any(
        figure.grade_min is not None and figure.grade_min >= least and (figure.count or 0) > 0
        for figure in figures
    )


def _inside(
    figure: Figure, shares: Mapping[Figure, tuple[float, float]], groups: Mapping[str, Group]
) -> bool:
    """Whether the group of a figure is part of another group of the row."""
    group = groups.get(figure.group)
    return group is not None and any(other.group == group.parent for other in shares)


def _keeps(caption: Caption, share: tuple[float, float]) -> bool:
    passes, _ = PASSES[caption.limit.qualifier]
    assert caption.limit.value is not None
    return any(passes(end, float(caption.limit.value)) for end in share)


def _finding(
    study: StudyFigures,
    caption: Caption,
    whole: list[Figure],
    partly: list[Figure],
    shares: Mapping[Figure, tuple[float, float]],
) -> Finding:
    told = "; ".join(
        f"{called(figure.group, study.groups)} {_counted(figure)}{shares[figure][0]:.2f} %"
        for figure in shares
    )
    first = whole[0]
    groups = " and ".join(called(figure.group, study.groups) for figure in partly)
    cause = (
        f"Only {groups} is above the limit: the title may mean any group, and then other "
        "events would have to be listed by the same measure."
        if partly
        else "Either the row does not belong in the table, or a number in it is wrong."
    )
    return Finding(
        rule=ID,
        severity=Severity.information if partly else Severity.contradiction,
        study=study.study,
        figures=(*whole, *(figure for figure in shares if figure not in whole), caption.limit),
        reported=f"{caption.text} in the title; {told}",
        recomputed=told,
        method="share of patients of each row against the limit in the title of its table",
        explanation=f"{sentence(spelled(first.endpoint))}: {first.place.item} lists events with an "
        f"incidence {caption.text}, but {_counted(first)}{shares[first][0]:.1f} % of "
        f"{called(first.group, study.groups)} had it. {cause}",
    )


def _counted(figure: Figure) -> str:
    whole = figure.count is not None and figure.denominator
    return f"{figure.count}/{figure.denominator} = " if whole else ""


CAPTION_RULE = Rule(
    id=ID,
    title="Rows keep the rule of the title",
    definition="Where the title of a table of adverse events gives a limit of incidence, every row "
    "is within it, or is listed for its grade if the title says so. Limit and grade are facts with "
    "the attribute category-definition at the place of the title. A row that keeps the limit in "
    "one group but not in all patients is information.",
    check=check_captions,
)
