"""The plot of an answer: which rows it has, in which sections, with which notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .answer import Answer, split_of
from .effects import Scale
from .plots.data import ForestData, ForestRow, Measure, Section, Summary, summary
from .plots.words import difference
from .request import Measure as Kind
from .taken import Input

MEASURES = {
    Kind.proportion: ("Share of patients", "Share, %", Scale.LOGIT),
    Kind.hazard_ratio: ("Hazard ratio", "HR", Scale.LOG),
    Kind.risk_ratio: ("Risk ratio", "RR", Scale.LOG),
    Kind.mean_difference: ("Difference of means", "Difference", Scale.PLAIN),
}
SIDES = ("lower on the first side", "higher on the first side")
MOST_ROWS = 300
"""More lines than this are no picture any more; a note says that the rest is left out."""


def of_answer(answer: Answer) -> ForestData:
    """The plot of an answer. ``SynthesisRefused`` if it has no row that can be drawn."""
    request, shown = answer.request, answer.inputs[:MOST_ROWS]
    counted = any(one.pick.count is not None for one in shown)
    name, short, scale = MEASURES[request.measure]
    name = f"{name}: {' and '.join(outcome.label for outcome in request.outcomes)}"
    sides = ("", "") if scale is Scale.LOGIT else SIDES
    return ForestData(
        title=f"FORCED. {request.title}" if answer.overruled else request.title,
        measure=Measure(name, scale, short, *sides),
        sections=tuple(_sections(answer, shown, counted)),
        summaries=tuple(_overall(answer, counted)),
        columns=("Events/patients",) if counted else (),
        notes=tuple(_notes(answer)),
        level=request.level,
        first_column="Group" if request.rank else "Study",
    )


def _sections(answer: Answer, shown: Sequence[Input], counted: bool) -> Iterator[Section]:
    if answer.subgroups is None:
        yield Section("", tuple(_row(one, counted) for one in shown))
        return
    split = answer.request.subgroup_by
    for label, pooled in answer.subgroups.groups:
        some = [one for one in shown if split_of(split, one.pick.figure) == label]
        rows = tuple(_row(one, counted) for one in some)
        below = (summary(pooled, cells=_total(some, counted)),) if pooled.k > 1 else ()
        yield Section(label, rows, below)


def _row(one: Input, counted: bool) -> ForestRow:
    mark = "*" if one.flags else ""
    return ForestRow(
        f"{one.label}{mark}",
        one.estimate,
        one.lower,
        one.upper,
        one.weight,
        (_counts(one),) if counted else (),
    )


def _counts(one: Input) -> str:
    pick = one.pick
    if pick.count is None:
        return ""
    text = f"{pick.count}/{pick.figure.denominator}"
    if pick.reference is not None:
        text += f" v {pick.reference_count}/{pick.reference.denominator}"
    return text


def _total(some: Sequence[Input], counted: bool) -> tuple[str, ...]:
    """The cell of a pooled row: all events over all patients, where that is a plain sum."""
    if not counted:
        return ()
    if any(one.pick.reference is not None or one.pick.count is None for one in some):
        return ("",)
    events = sum(one.pick.count or 0 for one in some)
    return (f"{events}/{sum(one.pick.figure.denominator or 0 for one in some)}",)


def _overall(answer: Answer, counted: bool) -> Iterator[Summary]:
    if answer.pooled is not None and answer.pooled.k > 1:
        whole = summary(answer.pooled, cells=_total(answer.inputs, counted))
        told = difference(answer.subgroups) if answer.subgroups else ""
        yield replace(whole, lines=(*whole.lines, told)) if told else whole


def _notes(answer: Answer) -> Iterator[str]:
    if answer.overruled:
        codes = ", ".join(dict.fromkeys(one.code.replace("-", " ") for one in answer.overruled))
        yield f"FORCED: these figures should not be pooled ({codes})."
    if len(answer.inputs) > MOST_ROWS:
        yield f"{len(answer.inputs) - MOST_ROWS} more rows are not shown."
    if any(one.flags for one in answer.inputs):
        yield "* The integrity rules have findings on this figure."
    if answer.warnings:
        codes = ", ".join(dict.fromkeys(one.code.replace("-", " ") for one in answer.warnings))
        yield f"Caveats: {codes}."
    yield f"anlokg {answer.version}, release {answer.release}."
