"""Percentages against the counts beside them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice

from ...statistics.printed import Printed, rounded
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .counts import Counts, counts_that_fit, fits, is_share, off, totals
from .naming import label, opening, place, share
from .remainders import Remainders

# One unit of the last digit beside the right one.
ONE_OFF = 1.5 + 1e-9
# So many fractions are named as what a percentage could be.
MOST_NAMED = 3

Key = tuple[str, Printed, int | None, int]


def check_percent(study: StudyFigures) -> Iterator[Finding]:
    """Percentages that are not the count over the denominator."""
    counts = Counts.of(study.figures)
    wrong: dict[Key, list[Figure]] = {}
    sources: dict[Key, Figure] = {}
    for figure in study.figures:
        percent = figure.percent
        if percent is None or not is_share(figure):
            continue
        count, total, source = counts.for_figure(figure)
        if total is None or not _possible(percent, count, total):
            continue
        if not _right(percent, count, total):
            key = (figure.result, percent, count, total)
            wrong.setdefault(key, []).append(figure)
            sources[key] = source
    if wrong:
        judge = _Judge(study)
        for (_, percent, count, total), figures in wrong.items():
            source = sources[figures[0].result, percent, count, total]
            involved = tuple(figures) if source in figures else (*figures, source)
            if count is None:
                yield judge.without_count(involved, percent, total)
            else:
                yield judge.with_count(involved, percent, count, total)


def _possible(percent: Printed, count: int | None, total: int) -> bool:
    """Whether the numbers are a share at all; other rules tell of those that are not."""
    return total > 0 and 0 <= percent.value <= 100 and (count is None or 0 <= count <= total)


def _right(percent: Printed, count: int | None, total: int) -> bool:
    if count is not None:
        return fits(percent, count, total)
    return len(counts_that_fit(percent, total)) > 0


class _Judge:
    """Makes findings of wrong percentages of one study."""

    def __init__(self, study: StudyFigures) -> None:
        self.study = study
        self.totals = sorted(totals(study))
        self.remainders = Remainders(study)

    def with_count(
        self, figures: tuple[Figure, ...], percent: Printed, count: int, total: int
    ) -> Finding:
        right = rounded(Decimal(100 * count) / total, percent.decimals)
        counted = figures[-1]
        where = place(counted) if counted.percent != percent else ""
        said = f"{opening(figures[0], self.study.groups)}: {count} of {total} {where}".rstrip()
        text = f"{said} is {right} %, but {percent} % is printed."
        told = share(count, total)
        if off(percent, count, total) <= ONE_OFF:
            severity, cause, more = self._last_digit(figures[0], percent, count, total)
        else:
            severity, cause, more = self._other(percent, count, total)
        return Finding(
            rule=PERCENT,
            severity=severity,
            study=self.study.study,
            figures=figures,
            reported=f"{percent} % for {count}/{total}",
            recomputed="; ".join(filter(None, (f"{told}, rounded {right} %", more))),
            method=f"100 × {count} / {total}, rounded to {_digits(percent)}; a half may go either "
            "way",
            explanation=f"{text} {cause}",
            conclusion=_conclusion(severity),
        )

    def without_count(self, figures: tuple[Figure, ...], percent: Printed, total: int) -> Finding:
        below = int(percent.value * total // 100)
        near = [count for count in (below, below + 1) if count <= total]
        close = any(off(percent, count, total) <= ONE_OFF for count in near)
        others = self._other_totals(percent, None, total)
        where = label(figures[0].group, self.study.groups) or "the group"
        severity = Severity.last_digit_rounding if close else Severity.information
        cause = (
            "The last digit is off by one, as it is after rounding twice or cutting off."
            if close
            else "Perhaps some people were left out of the denominator, which should then be said."
        )
        return Finding(
            rule=PERCENT,
            severity=severity,
            study=self.study.study,
            figures=figures,
            reported=f"{percent} % of {total}",
            recomputed="; ".join(filter(None, (", ".join(share(k, total) for k in near), others))),
            method=f"every whole number out of {total}, as a percentage with {_digits(percent)}",
            explanation=f"{opening(figures[0], self.study.groups)}: no whole number of the {total} "
            f"in {where} is {percent} %. {cause}",
            conclusion=_conclusion(severity),
        )

    def _last_digit(
        self, figure: Figure, percent: Printed, count: int, total: int
    ) -> tuple[Severity, str, str]:
        severity = Severity.last_digit_rounding
        exact = Decimal(100 * count) / total
        if remainder := self.remainders.of(figure, percent):
            text = "As printed, the rounded percentages add up, which may be why."
            return severity, text, f"{percent} = {remainder}"
        first = rounded(exact, percent.decimals + 1)
        if rounded(first, percent.decimals) == percent.value:
            text = f"Rounding twice, first to {first} and then to {percent}, gives it."
            return severity, text, f"{share(count, total, 3)} → {first} → {percent}"
        if exact // percent.ulp * percent.ulp == percent.value:
            return severity, "Cutting off the further digits instead of rounding gives it.", ""
        return severity, "The last digit is off by one.", ""

    def _other(self, percent: Printed, count: int, total: int) -> tuple[Severity, str, str]:
        known = [other for other in self._between(_denominators(percent, count)) if other != total]
        if known:
            text = (
                f"It is {count} of {known[0]}, a number of people that the study reports elsewhere:"
                " the denominator is not the one that is given."
            )
            return Severity.method_mismatch, text, f"{percent} % fits {share(count, known[0])}"
        named = self._other_totals(percent, count, total) or f"no fraction near is {percent} %"
        text = "Either the count, the denominator or the percentage is wrong."
        return Severity.contradiction, text, named

    def _between(self, wanted: range) -> list[int]:
        """Numbers of people of the study in a range."""
        first, last = bisect_left(self.totals, wanted.start), bisect_left(self.totals, wanted.stop)
        return self.totals[first:last]

    def _other_totals(self, percent: Printed, count: int | None, total: int) -> str:
        """Fractions near that the percentage fits: the count of others, or others of the total."""
        near: Iterable[tuple[int, int]]
        if count is None:
            known = (other for other in self.totals if other != total)
            near = ((k, n) for n in known for k in counts_that_fit(percent, n))
        else:
            same = ((k, total) for k in counts_that_fit(percent, total))
            near = chain(same, ((count, n) for n in _denominators(percent, count)))
        near = tuple(islice(near, MOST_NAMED + 1))
        if not near or len(near) > MOST_NAMED:
            return ""
        return f"{percent} % fits {', '.join(share(k, n) for k, n in near)}"


def _denominators(percent: Printed, count: int) -> range:
    """All n for which 100·count/n rounds to ``percent``."""
    if count == 0 or percent.low <= 0:
        return range(0)
    lowest = -int(-(100 * count / percent.high) // 1)
    return range(max(count, lowest), int(100 * count / percent.low) + 1)


def _digits(percent: Printed) -> str:
    return f"{percent.decimals} decimal{'' if percent.decimals == 1 else 's'}"


def _conclusion(severity: Severity) -> Conclusion:
    small = (Severity.last_digit_rounding, Severity.information)
    return Conclusion.survives if severity in small else Conclusion.open


def check_counts(study: StudyFigures) -> Iterator[Finding]:
    """Counts above their denominator, below zero, or out of nobody."""
    for figure in study.figures:
        count, total = figure.count, figure.denominator
        if count is None or figure.qualifier:
            continue
        if total is None:
            total = _size(figure, study)
        if total is None:
            continue
        if not 0 <= count <= total or (total == 0 and figure.percent is not None):
            yield _excess(figure, study, count, total)


def _size(figure: Figure, study: StudyFigures) -> int | None:
    """The size of the group, for figures that count its members."""
    if figure.statistic not in ("proportion", "incidence") or figure.cited_study:
        return None
    group = study.groups.get(figure.group)
    return group.size if group else None


def _excess(figure: Figure, study: StudyFigures, count: int, total: int) -> Finding:
    about = opening(figure, study.groups)
    if total <= 0:
        recomputed = f"{count}/{total} is no share"
        cause = "A share out of nobody does not exist."
    elif count < 0:
        recomputed = f"{count} is below 0"
        cause = "A count cannot be negative."
    else:
        recomputed = f"{count} − {total} = {count - total} too many; {share(count, total)}"
        cause = "Events may have been counted instead of people, or one of the numbers is wrong."
    return Finding(
        rule=COUNT,
        severity=Severity.contradiction,
        study=study.study,
        figures=(figure,),
        reported=f"{count} of {total}",
        recomputed=recomputed,
        method="a count of members of a group lies between 0 and the number of members",
        explanation=f"{about}: {count} of {total} people is not possible. {cause}",
        conclusion=Conclusion.open,
    )


PERCENT = "percent-of-count"
COUNT = "count-above-denominator"

PERCENT_OF_COUNT = Rule(
    id=PERCENT,
    title="Percentage of its count",
    definition="A printed percentage is the count over the denominator, rounded to its digits, "
    "halves either way; the count may stand at another place where the same result is printed. "
    "One unit of the last digit off is a matter of rounding; more is a contradiction, unless "
    "another number of people of the same study is the denominator. A percentage without any count "
    "must be that of some whole number, or it is worth knowing.",
    check=check_percent,
)
COUNT_ABOVE_DENOMINATOR = Rule(
    id=COUNT,
    title="Count within its denominator",
    definition="Of n people, between 0 and n have a property; n is the denominator or, where none "
    "is printed, the size of the group. A percentage needs somebody in the denominator.",
    check=check_counts,
)
