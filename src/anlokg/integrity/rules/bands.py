"""Bands of grades: narrower ones within wider ones, and bands that share a wider one out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .counts import is_share
from .grades import BandRow, band_rows
from .naming import added, opening, subject

Item = tuple[str, str, str]

# So many rows of a table that add up show that it counts everybody once, at the worst grade.
ENOUGH = 3
ANY = frozenset(("any-adverse-event", "treatment-related-adverse-event"))


def check_bands(study: StudyFigures) -> Iterator[Finding]:
    """Narrow bands with more people than a wider band, and parts that do not make the whole."""
    rows = list(band_rows(study))
    adding = _adding(rows)
    for row in rows:
        broken = {pair[1].statement for pair in row.inside() if _above(*pair)}
        for wide, narrow in row.inside():
            if _above(wide, narrow):
                yield _above_finding(study, wide, narrow)
        for wide, parts in row.splits():
            if not broken and _excess(wide, parts) not in (None, 0):
                # The row itself was counted against the others.
                worst = adding[_item(wide)] + 1 >= ENOUGH
                yield _split_finding(study, wide, parts, worst=worst)


def _adding(rows: Sequence[BandRow]) -> Counter[Item]:
    """By table, how many rows add up, less those that do not."""
    found: Counter[Item] = Counter()
    for row in rows:
        for wide, parts in row.splits():
            excess = _excess(wide, parts)
            if excess is not None:
                found[_item(wide)] += 1 if excess == 0 else -1
    return found


def _item(figure: Figure) -> Item:
    return figure.place.document, figure.place.section, figure.place.item


def _excess(wide: Figure, parts: Sequence[Figure]) -> int | None:
    counts = [part.count for part in parts if part.count is not None]
    if wide.count is None or len(counts) < len(parts):
        return None
    return sum(counts) - wide.count


def _above(wide: Figure, narrow: Figure) -> bool:
    if wide.count is not None and narrow.count is not None:
        return narrow.count > wide.count
    if wide.percent is None or narrow.percent is None:
        return False
    return narrow.percent.low > wide.percent.high


def _number(figure: Figure) -> str:
    return f"{figure.percent} %" if figure.count is None else str(figure.count)


def _above_finding(study: StudyFigures, wide: Figure, narrow: Figure) -> Finding:
    outer, inner = subject(wide, study.groups), subject(narrow, study.groups)
    return Finding(
        rule=BANDS,
        severity=Severity.contradiction,
        study=study.study,
        figures=(narrow, wide),
        reported=f"{_number(narrow)} within {_number(wide)}",
        recomputed=_difference(wide, narrow),
        method="everybody counted in a band of grades is counted in a wider band too",
        explanation=f"{_number(narrow)} for {inner} is more than {_number(wide)} for {outer}, which"
        " includes it. One of the two is wrong.",
        conclusion=Conclusion.open,
    )


def _difference(wide: Figure, narrow: Figure) -> str:
    if wide.count is not None and narrow.count is not None:
        return f"{narrow.count} − {wide.count} = {narrow.count - wide.count} more than possible"
    return f"{_number(narrow)} is above {_number(wide)}"


def _split_finding(
    study: StudyFigures, wide: Figure, parts: Sequence[Figure], *, worst: bool
) -> Finding:
    counts = [part.count for part in parts if part.count is not None]
    if worst:
        severity = Severity.contradiction
        cause = "The other rows of the table add up, so one of these numbers is wrong."
    elif sum(counts) > (wide.count or 0):
        severity = Severity.information
        cause = "Perhaps people with events of several grades are counted in each."
    else:
        severity = Severity.information
        cause = "Perhaps some events have no grade."
    return Finding(
        rule=BANDS,
        severity=severity,
        study=study.study,
        figures=(wide, *parts),
        reported=f"{wide.count} in all, {' + '.join(map(str, counts))} by grade",
        recomputed=f"{added(counts)}, not {wide.count}",
        method="sum of the counts of bands that share the wider band out",
        explanation=f"{opening(wide, study.groups)}: {wide.count} people are printed, but by grade "
        f"they are {sum(counts)}. {cause}",
        conclusion=Conclusion.open if worst else Conclusion.survives,
    )


def check_any(study: StudyFigures) -> Iterator[Finding]:
    """Events of one kind in more people than have any event of these grades at all."""
    whole: dict[tuple[object, ...], Figure] = {}
    rest: list[Figure] = []
    for figure in study.figures:
        if figure.table != "adverse-events" or figure.is_repeat or not is_share(figure):
            continue
        if figure.statistic != "incidence" or figure.count is None or figure.grade_min is None:
            continue
        if figure.endpoint in ANY:
            whole.setdefault(_key(figure), figure)
        else:
            rest.append(figure)
    for figure in rest:
        every = whole.get(_key(figure))
        if every and (every.count or 0) < (figure.count or 0):
            yield _any_finding(study, every, figure)


def _key(figure: Figure) -> tuple[object, ...]:
    band = figure.grade_min, figure.grade_max, figure.relatedness
    return figure.group, *band, figure.analysis_set, figure.timepoint, figure.denominator


def _any_finding(study: StudyFigures, every: Figure, figure: Figure) -> Finding:
    return Finding(
        rule=TERM,
        severity=Severity.contradiction,
        study=study.study,
        figures=(figure, every),
        reported=f"{figure.count} of {every.count} with any event",
        recomputed=_difference(every, figure),
        method="everybody with an event of one kind has an event",
        explanation=f"{opening(figure, study.groups)} is printed for {figure.count} people, but "
        f"only {every.count} have any event of these grades. One of the two is wrong.",
        conclusion=Conclusion.open,
    )


BANDS = "grade-bands"
TERM = "event-above-any-event"

GRADE_BANDS = Rule(
    id=BANDS,
    title="Bands of grades fit into each other",
    definition="No more people have an event of a band of grades than of a wider band. Bands that "
    "share a wider one out add up to it if people are counted once, at their worst grade: "
    f"that is taken as said where, of the other rows of the table, {ENOUGH} more add up than do "
    "not, and is worth knowing elsewhere.",
    check=check_bands,
)
EVENT_ABOVE_ANY_EVENT = Rule(
    id=TERM,
    title="Single events within all events",
    definition="No more people have an adverse event of one kind than have any adverse event of "
    "the same grades and relatedness, in the same group.",
    check=check_any,
)
