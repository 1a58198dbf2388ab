"""p-values of two proportions: which test of the printed counts gives the printed p."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...statistics.printed import Printed
from ...statistics.two_by_two import METHODS, MOST
from ..figure import Figure, Group, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .boxes import cut, meet
from .printings import printings
from .sides import called, p_value, printed_p, sentence, spelled

ID = "two-by-two"
ALPHA = 0.05

# A p-value, or a ratio with one, of two groups without other covariates.
TESTED = frozenset({"p-value", "odds-ratio", "risk-ratio", "difference"})
PLAIN = frozenset({"unadjusted", "univariate", "not-stated", ""})
SHARES = frozenset({"proportion", "incidence"})

# Names of tests in the tables and in what the methods say, and what they may mean.
STATED = {
    "fisher-exact": ("fisher",),
    "chi-square": ("pearson", "yates"),
}
IN_METHODS = {
    re.compile(r"\bfisher", re.IGNORECASE): "fisher-exact",
    re.compile(r"\bchi-?squared?\b|χ", re.IGNORECASE): "chi-square",
}
NAMES = {
    "fisher": "Fisher's exact test",
    "pearson": "Pearson's chi-square test",
    "yates": "the chi-square test with Yates' correction",
    "mantel-haenszel": "the Mantel-Haenszel chi-square test",
    "likelihood-ratio": "the likelihood-ratio chi-square test",
    "mid-p": "the mid-p version of Fisher's test",
    "fisher-one-sided": "Fisher's exact test, one-sided",
}

Cells = tuple[int, int, int, int]


def check_two_by_two(study: StudyFigures) -> Iterator[Finding]:
    """p-values of two proportions that the stated test does not give."""
    compared = [
        figure
        for figure in study.of("comparisons")
        if figure.statistic in TESTED and figure.adjustment in PLAIN and figure.p is not None
    ]
    if not compared:
        return
    counted = _counted(study)
    methods = _methods(study)
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    for statements in printings(compared):
        figure = statements[0]
        sides = _sides(figure, counted)
        if sides and figure.p_operator == "=" and not figure.qualifier:
            key = figure.test, figure.endpoint
            if key not in named:
                named[key] = _stated(figure, methods)
            yield from _tested(study, statements, sides, named[key])


def _counted(study: StudyFigures) -> dict[tuple[str, str], Figure]:
    """Whole counts with their denominators by endpoint and group."""
    found: dict[tuple[str, str], Figure] = {}
    for figure in study.of("measurements"):
        usable = figure.statistic in SHARES and not figure.category and not figure.qualifier
        whole = figure.count is not None and _denominator(figure, study.groups) is not None
        if usable and whole and not figure.timepoint:
            found.setdefault((figure.endpoint, figure.group), figure)
    return found


def _denominator(figure: Figure, groups: Mapping[str, Group]) -> int | None:
    if figure.denominator is not None:
        return figure.denominator
    group = groups.get(figure.group)
    return group.size if group else None


def _methods(study: StudyFigures) -> tuple[tuple[str, frozenset[str]], ...]:
    """What the methods say of tests: the text, and the tests that it names."""
    texts = [
        figure.text for figure in study.of("facts") if figure.attribute == "statistical-method"
    ]
    named = [
        (text, frozenset(test for pattern, test in IN_METHODS.items() if pattern.search(text)))
        for text in dict.fromkeys(texts)
    ]
    return tuple((text.casefold(), tests) for text, tests in named if tests)


def _sides(
    figure: Figure, counted: Mapping[tuple[str, str], Figure]
) -> tuple[Figure, Figure] | None:
    first = counted.get((figure.endpoint, figure.experimental))
    second = counted.get((figure.endpoint, figure.reference))
    return (first, second) if first and second else None


def _tested(
    study: StudyFigures,
    statements: tuple[Figure, ...],
    sides: tuple[Figure, Figure],
    stated: tuple[str, ...],
) -> Iterator[Finding]:
    figure = statements[0]
    cells = _cells(sides, study.groups)
    if cells is None:
        return
    values = {name: method(*cells) for name, method in METHODS.items()}
    assert figure.p is not None
    giving = [name for name, value in values.items() if _gives(value, figure.p)]
    if giving and (not stated or any(name in stated for name in giving)):
        return
    yield _finding(study, statements, sides, cells, values, giving, stated)


def _cells(sides: tuple[Figure, Figure], groups: Mapping[str, Group]) -> Cells | None:
    """The table, or ``None`` if it has an empty margin, more events than patients, or is huge."""
    a, c = (figure.count or 0 for figure in sides)
    first, second = (_denominator(figure, groups) or 0 for figure in sides)
    b, d = first - a, second - c
    if a + b + c + d > MOST or min(a, b, c, d) < 0 or not all((a + b, c + d, a + c, b + d)):
        return None
    return a, b, c, d


def _gives(value: float, p: Printed) -> bool:
    """Whether a value is printed so; 0.9999 stands for everything up to 1."""
    if p.value + p.ulp == 1 and value > p.low:
        return True
    return p.low <= value <= p.high or meet((value, value), cut(p))


def _stated(figure: Figure, methods: tuple[tuple[str, frozenset[str]], ...]) -> tuple[str, ...]:
    """The tests that the figure, or else the methods for its endpoint, name."""
    tests = [figure.test] if figure.test in STATED else []
    if not tests:
        word = re.compile(rf"\b{re.escape(figure.endpoint.replace('-', ' '))}\b")
        tests = sorted({test for text, named in methods if word.search(text) for test in named})
    return tuple(name for test in tests for name in STATED[test])


def _finding(
    study: StudyFigures,
    statements: tuple[Figure, ...],
    sides: tuple[Figure, Figure],
    cells: Cells,
    values: Mapping[str, float],
    giving: list[str],
    stated: tuple[str, ...],
) -> Finding:
    figure = statements[0]
    a, b, c, d = cells
    told = "; ".join(f"{name} {p_value(value)}" for name, value in values.items())
    experimental, reference = (called(side.group, study.groups) for side in sides)
    return Finding(
        rule=ID,
        severity=_severity(figure, sides, giving),
        study=study.study,
        figures=(*statements, *sides),
        reported=f"{a}/{a + b} against {c}/{c + d}: {printed_p(figure)}",
        recomputed=told + (f"; {giving[0]} gives it" if giving else "; none gives it"),
        method="all tests of the two by two table of the printed counts, p within half a unit of "
        "its last digit",
        explanation=f"{sentence(spelled(figure.endpoint))}: {printed_p(figure)} is printed for "
        f"{a} of {a + b} patients ({experimental}) against {c} of {c + d} ({reference}). "
        f"{_cause(values, giving, stated)}",
        conclusion=_conclusion(figure, values, stated),
    )


def _cause(values: Mapping[str, float], giving: list[str], stated: tuple[str, ...]) -> str:
    named = ", ".join(f"{NAMES[name]} {p_value(values[name])}" for name in stated)
    if giving:
        given = " or ".join(NAMES[name] for name in giving)
        return f"It is the p-value of {given}; the tests that are named give: {named}."
    if stated:
        return f"No usual test gives it; those that are named give: {named}."
    return "No usual test gives it: a number is wrong, or patients are left out or stratified."


def _severity(figure: Figure, sides: tuple[Figure, Figure], giving: list[str]) -> Severity:
    """A contradiction only for a named test beside its own counts: nothing else is left then."""
    beside = all(
        (side.place.document, side.place.item) == (figure.place.document, figure.place.item)
        and side.denominator is not None
        for side in sides
    )
    if not giving and beside and figure.test in STATED:
        return Severity.contradiction
    return Severity.method_mismatch


def _conclusion(figure: Figure, values: Mapping[str, float], stated: tuple[str, ...]) -> Conclusion:
    """Whether all the tests it may be agree with the printed p on significance."""
    assert figure.p is not None
    significant = float(figure.p) < ALPHA
    tests = stated or ("fisher", "pearson")
    same = {(values[name] < ALPHA) is significant for name in tests}
    if len(same) == 2:
        return Conclusion.open
    return Conclusion.survives if same == {True} else Conclusion.changes


TWO_BY_TWO = Rule(
    id=ID,
    title="p-value of two proportions",
    definition="A p-value of two proportions is given by the test that is stated, from the printed "
    "counts: Fisher's exact test, Pearson's, Yates', Mantel-Haenszel's or the likelihood-ratio "
    "chi-square test, mid-p or one-sided. If only another test gives it, that is a mismatch of "
    "method; if none does, all values are told.",
    check=check_two_by_two,
)
