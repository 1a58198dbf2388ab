"""Statements of one result that print different numbers, such as the text and a table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .sides import called, sentence, spelled

ID = "text-table"
ALPHA = 0.05

COUNTS = ("count", "denominator")
NUMBERS = ("value", "lower", "upper", "spread", "percent", "level")
NAMES = {
    "value": "value", "lower": "lower bound", "upper": "upper bound", "p": "p-value",
    "percent": "percentage", "level": "level of the interval", "spread": "standard deviation",
}  # fmt: skip


def check_text_table(study: StudyFigures) -> Iterator[Finding]:
    """Repeats that do not print what their result prints."""
    principal = {figure.statement: figure for figure in study.figures if not figure.is_repeat}
    differing: dict[str, list[tuple[Figure, dict[str, Severity]]]] = {}
    for figure in study.figures:
        first = principal.get(figure.result)
        if figure.is_repeat and first is not None and (found := _differences(study, first, figure)):
            differing.setdefault(figure.result, []).append((figure, found))
    for result, repeats in differing.items():
        yield _finding(study, principal[result], repeats)
    yield from _two_names(study)


def _differences(study: StudyFigures, first: Figure, other: Figure) -> dict[str, Severity]:
    """The fields that both print and that differ, each with how gravely."""
    found: dict[str, Severity] = {}
    if first.qualifier != other.qualifier:
        return found
    for name in COUNTS:
        one, two = getattr(first, name), getattr(other, name)
        if one is not None and two is not None and one != two:
            found[name] = _count_severity(study, first, other)
    if first.unit == other.unit or not (first.unit and other.unit):
        for name in NUMBERS:
            if severity := _differs(getattr(first, name), getattr(other, name)):
                found[name] = severity
    if severity := _p_differs(first, other):
        found["p"] = severity
    return found


def _count_severity(study: StudyFigures, first: Figure, other: Figure) -> Severity:
    """A caption that names the size of the whole group may only say who was studied."""
    group = study.groups.get(first.group)
    whole = group is not None and group.size is not None and group.size == other.count
    caption = "Figures" in (first.place.section, other.place.section)
    return Severity.information if whole and caption else Severity.contradiction


def _differs(one: Printed | None, two: Printed | None) -> Severity | None:
    """How gravely two printings of a number differ; rounding the one to the other is none."""
    if one is None or two is None or one.value == two.value:
        return None
    finer, coarser = (one, two) if one.decimals >= two.decimals else (two, one)
    # Halves may go either way: a value that was rounded up to end in 5 may be rounded down again.
    apart = abs(finer.value - coarser.value)
    if finer.decimals > coarser.decimals and apart <= coarser.ulp / 2:
        return None
    return Severity.last_digit_rounding if apart <= coarser.ulp else Severity.contradiction


def _p_differs(first: Figure, other: Figure) -> Severity | None:
    one, two = first.p, other.p
    if one is None or two is None:
        return None
    operators = {first.p_operator, other.p_operator}
    if operators == {"="}:
        return _differs(one, two)
    if first.p_operator == other.p_operator:
        return None  # two bounds of the same p may both be true
    exact, bound = (first, other) if first.p_operator == "=" else (other, first)
    assert exact.p is not None and bound.p is not None
    if exact.p_operator != "=":
        return None
    if bound.p_operator.startswith("<"):
        return Severity.contradiction if exact.p.low > float(bound.p) else None
    return Severity.contradiction if exact.p.high < float(bound.p) else None


def _finding(
    study: StudyFigures, first: Figure, repeats: list[tuple[Figure, dict[str, Severity]]]
) -> Finding:
    order = list(Severity)
    severity = min((s for _, found in repeats for s in found.values()), key=order.index)
    names = list(dict.fromkeys(name for _, found in repeats for name in found))
    figures = (first, *(figure for figure, _ in repeats))
    told = "; ".join(f"{_where(figure)}: {_shown(figure, names)}" for figure in figures)
    named = " and ".join(NAMES.get(name, name) for name in names)
    return Finding(
        rule=ID,
        severity=severity,
        study=study.study,
        figures=figures,
        reported=told,
        recomputed=_by_how_much(first, repeats),
        method="numbers of the same result compared; one may be the other rounded",
        explanation=f"{sentence(_about(study, first))}: the {named} is printed as "
        f"{_against(figures, names)}. {_cause(severity)}",
        conclusion=_conclusion(figures),
    )


def _about(study: StudyFigures, figure: Figure) -> str:
    what = spelled(figure.endpoint or figure.attribute or figure.result)
    if figure.category:
        what = f"{what}, {figure.category}"
    return f"{what} ({called(figure.group, study.groups)})" if figure.group else what


def _where(figure: Figure) -> str:
    place = figure.place
    return place.section if place.item in ("", "text") else place.item


def _shown(figure: Figure, names: list[str]) -> str:
    return ", ".join(_cell(figure, name) for name in names)


def _cell(figure: Figure, name: str) -> str:
    number = getattr(figure, name)
    if number is None:
        return "–"
    bounded = name == "p" and figure.p_operator != "="
    return f"{figure.p_operator} {number}" if bounded else str(number)


def _against(figures: tuple[Figure, ...], names: list[str]) -> str:
    first, *others = (f"{_shown(figure, names)} in {_where(figure)}" for figure in figures)
    return f"{first} but as {' and as '.join(others)}"


def _by_how_much(first: Figure, repeats: list[tuple[Figure, dict[str, Severity]]]) -> str:
    parts = []
    for figure, found in repeats:
        for name in found:
            one, two = getattr(first, name), getattr(figure, name)
            apart = two - one if isinstance(one, int) else two.value - one.value
            parts.append(f"{NAMES.get(name, name)} {_signed(apart)}")
    share = _share(first)
    return "; ".join([*([share] if share else []), *parts])


def _signed(number: int | Decimal) -> str:
    return f"{number:+}".replace("-", "−")


def _share(figure: Figure) -> str:
    """The percentage that the counts of the principal statement give."""
    if figure.percent is None or figure.count is None or not figure.denominator:
        return ""
    return f"{figure.count}/{figure.denominator} = {100 * figure.count / figure.denominator:.2f} %"


def _cause(severity: Severity) -> str:
    match severity:
        case Severity.information:
            return "The caption may only name the group that was studied, or one of them is wrong."
        case Severity.last_digit_rounding:
            return "They differ by one unit of the last digit, as rounding of another kind may do."
        case _:
            return "It is one result, so at least one of the places is wrong."


def _conclusion(figures: tuple[Figure, ...]) -> Conclusion:
    exact = [f.p for f in figures if f.p is not None and f.p_operator == "="]
    if len({p.value for p in exact}) < 2:
        return Conclusion.not_touched
    one_side = len({float(p) < ALPHA for p in exact}) == 1
    return Conclusion.survives if one_side else Conclusion.changes


def _two_names(study: StudyFigures) -> Iterator[Finding]:
    """Means and medians of one thing that print the same number at different places."""
    found: dict[tuple[str, ...], list[Figure]] = {}
    for figure in study.of("measurements"):
        if figure.statistic in ("mean", "median") and figure.value is not None:
            what = figure.endpoint, figure.category, figure.biomarker, figure.timepoint
            found.setdefault((figure.group, *what, figure.cited_study, figure.unit), []).append(
                figure
            )
    pairs: dict[tuple[str, ...], list[tuple[Figure, Figure]]] = {}
    for key, figures in found.items():
        medians = [figure for figure in figures if figure.statistic == "median"]
        for mean in (figure for figure in figures if figure.statistic == "mean"):
            if other := next((item for item in medians if _same_elsewhere(mean, item)), None):
                pairs.setdefault(key[1:], []).append((other, mean))
    for named in pairs.values():
        yield _named_twice(study, named)


def _same_elsewhere(one: Figure, other: Figure) -> bool:
    assert one.value is not None and other.value is not None
    places = {(item.place.document, item.place.section, item.place.item) for item in (one, other)}
    return one.value.value == other.value.value and len(places) == 2


def _named_twice(study: StudyFigures, pairs: list[tuple[Figure, Figure]]) -> Finding:
    """Once may be chance; in two groups at once the name is wrong."""
    medians, means = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    numbers = " and ".join(str(figure.value) for figure in medians)
    return Finding(
        rule=ID,
        severity=Severity.semantic if len(pairs) > 1 else Severity.information,
        study=study.study,
        figures=(*medians, *means),
        reported=f"{numbers}: median in {_where(medians[0])}, mean in {_where(means[0])}",
        recomputed=f"the same in {len(pairs)} of {len(pairs)} groups that print both",
        method="median and mean of the same thing compared",
        explanation=f"{sentence(spelled(medians[0].endpoint))}: {numbers} is called the median in "
        f"{_where(medians[0])} and the mean in {_where(means[0])}. The two are seldom equal, so "
        "one of the names is probably wrong.",
    )


TEXT_TABLE = Rule(
    id=ID,
    title="The same result, the same number",
    definition="Every place that prints a result prints the same numbers, or the same numbers "
    "rounded to fewer digits. One unit of the last digit apart is last-digit rounding, more is a "
    "contradiction. A number that is called a median here and a mean there is told too.",
    check=check_text_table,
)
