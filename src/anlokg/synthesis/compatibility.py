"""What speaks against bringing figures together: refusals, and warnings that go with the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from . import overlap
from .inputs import Candidate
from .picks import Pick
from .refusal import SynthesisRefused
from .request import Measure, Request

PLACEBO = "placebo"
ALONE = "monotherapy"
FEW = 5
MOST_NAMED = 6


class Incompatible(SynthesisRefused):
    """Figures that could be pooled but should not be; ``force`` pools them nevertheless."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason for care: a code for programs, a sentence, and the figures that it is about."""

    code: str
    text: str
    results: tuple[str, ...] = ()


def refusals(request: Request, picks: Sequence[Pick]) -> tuple[Remark, ...]:
    """Why these figures should not be pooled, each with what to do; none if they may be."""
    found = [*_overlaps(picks), *_cited(picks), *_outcomes(request, picks), *_units(picks),
             *_placebo(request, picks)]  # fmt: skip
    return tuple(found)


def _overlaps(picks: Sequence[Pick]) -> Iterable[Remark]:
    found = list(overlap.pairs(picks))
    for one, other, reason in found[:MOST_NAMED]:
        text = (
            f"{one.figure.label!r} and {other.figure.label!r} {reason}; patients would count"
            " twice. Name the groups to take (group), or the studies (study)"
        )
        yield Remark("overlap", text, (one.figure.result, other.figure.result))
    if len(found) > MOST_NAMED:
        more = [pick.figure.result for *some, _ in found[MOST_NAMED:] for pick in some]
        text = f"{len(found) - MOST_NAMED} more pairs of figures may share patients"
        yield Remark("overlap", text, tuple(dict.fromkeys(more)))


def _cited(picks: Sequence[Pick]) -> Iterable[Remark]:
    cited = [pick for pick in picks if pick.figure.is_cited]
    if cited and len(cited) < len(picks):
        names = _named(pick.figure.label for pick in cited)
        text = (
            f"figures quoted from other studies stand next to primary ones: {names}. They are"
            " second hand, and their patients may be in the primary ones. Leave one kind out"
        )
        yield Remark("cited-with-primary", text, _results(cited))


def _outcomes(request: Request, picks: Sequence[Pick]) -> Iterable[Remark]:
    outcomes = sorted({pick.figure.outcome for pick in picks})
    if len(request.outcomes) > 1 and len(outcomes) > 1:
        text = f"different outcomes are no one number: {', '.join(outcomes)}. Ask for one of them"
        yield Remark("different-outcomes", text, _results(picks))


def _units(picks: Sequence[Pick]) -> Iterable[Remark]:
    units = sorted({figure.unit for pick in picks for figure in pick.figures if figure.value})
    if len(units) > 1:
        told = ", ".join(unit or "none" for unit in units)
        text = f"the figures have different units: {told}. Leave those of one unit"
        yield Remark("different-units", text, _results(picks))


def _placebo(request: Request, picks: Sequence[Pick]) -> Iterable[Remark]:
    single = [pick for pick in picks if request.measure is Measure.proportion]
    placebo = [pick for pick in single if PLACEBO in pick.figure.regimen_type.split()]
    if placebo and len(placebo) < len(picks):
        names = _named(pick.figure.label for pick in placebo)
        text = (
            f"groups given placebo stand next to treated ones: {names}. Name a drug, or compare"
            " the arms as a risk ratio (measure)"
        )
        yield Remark("placebo-with-treated", text, _results(placebo))


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something in which figures may differ: code, words, and how to read it from a figure."""

    code: str
    words: str
    of: Callable[[Candidate], str]
    why: str


def grades(figure: Candidate) -> str:
    """The band of grades of an adverse event."""
    if figure.grade_min is None:
        return ""
    top = figure.grade_max
    return f"{figure.grade_min}-{top}" if top != 5 else f">={figure.grade_min}"


def treatment(figure: Candidate) -> str:
    """Whether the drug is given alone."""
    kinds = figure.regimen_type.split()
    if not kinds:
        return "not stated"
    return "monotherapy" if kinds == [ALONE] else "combination or mixed"


def lines(figure: Candidate) -> str:
    """The lines of treatment of the group's own regimen."""
    if not (figure.first_line or figure.last_line):
        return "not stated"
    if figure.first_line == figure.last_line:
        return figure.first_line
    return f"{figure.first_line} to {figure.last_line}" if figure.last_line else (
        f"{figure.first_line} or later"
    )  # fmt: skip


def analysed(figure: Candidate) -> str:
    """The set of patients analysed, and whether it leaves out some of the group."""
    name = figure.analysis_set or "not stated"
    some = figure.size is not None and figure.denominator is not None
    if some and (figure.denominator or 0) < (figure.size or 0):
        return f"{name}, not all patients of the group"
    return name


ASPECTS = (
    Aspect("ctcae-versions", "versions of the CTCAE", lambda f: f.ctcae_version,
           "the same finding can have another grade in another version"),
    Aspect("grade-bands", "bands of grades", grades,
           "a band that ends below 5 leaves out deaths"),
    Aspect("relatedness", "attribution of events", lambda f: f.relatedness,
           "treatment-related events are a part of those of any cause"),
    Aspect("analysis-sets", "sets of patients analysed", analysed,
           "a denominator with patients who could not be evaluated makes a share smaller"),
    Aspect("regimens", "kinds of treatment", treatment,
           "with another drug the figure is not the drug's own"),
    Aspect("lines", "lines of treatment", lines,
           "patients treated later do worse"),
    Aspect("conditions", "diseases", lambda f: f.condition or "not stated",
           "another disease may answer otherwise"),
    Aspect("timepoints", "times", lambda f: f.timepoint or "not stated",
           "a share grows with time"),
    Aspect("adjustments", "adjustments", lambda f: f.adjustment,
           "adjusted and unadjusted ratios are not of the same kind"),
    Aspect("allocation", "allocation", lambda f: f.allocation,
           "only in randomised studies the groups are alike"),
    Aspect("sides", "sides compared", lambda f: (
        f"{f.experimental_level} v {f.reference_level}" if f.experimental_level else ""),
           "the levels of the characteristic are cut elsewhere"),
)  # fmt: skip
EVENTS_ONLY = ("ctcae-versions", "grade-bands", "relatedness")


def warnings(request: Request, picks: Sequence[Pick]) -> tuple[Remark, ...]:
    """What to bear in mind with the pooled figures, or with a ranking of them."""
    found = [remark for aspect in ASPECTS if (remark := _differ(request, aspect, picks))]
    if request.events:
        found += _cut_band(picks)
    parts = (_derived(picks), _level(request, picks), _several(request, picks),
             _all_cited(picks), _few(request, picks))  # fmt: skip
    return (*found, *chain.from_iterable(parts))


def _differ(request: Request, aspect: Aspect, picks: Sequence[Pick]) -> Remark | None:
    if aspect.code in EVENTS_ONLY and not request.events:
        return None
    values: dict[str, list[str]] = {}
    for pick in picks:
        told = aspect.of(pick.figure) or "not stated"
        values.setdefault(told.replace("-", " ") if aspect.code == "relatedness" else told,
                          []).append(pick.figure.result)  # fmt: skip
    if len(values) < 2:
        return None
    told = ", ".join(f"{value} ({len(some)})" for value, some in sorted(values.items()))
    return Remark(aspect.code, f"different {aspect.words}: {told}; {aspect.why}", _results(picks))


def _cut_band(picks: Sequence[Pick]) -> Iterable[Remark]:
    cut = [pick for pick in picks if (pick.figure.grade_max or 5) < 5]
    if cut and len(cut) == len(picks):
        text = f"every figure is of grade {grades(cut[0].figure)}, which leaves out deaths"
        yield Remark("grade-bands", text, _results(cut))


def _derived(picks: Sequence[Pick]) -> Iterable[Remark]:
    derived = [pick for pick in picks if pick.derived]
    if derived:
        names = _named(pick.figure.label for pick in derived)
        text = f"counts worked out from the printed percentage, the only ones that give it: {names}"
        yield Remark("counts-from-percent", text, _results(derived))


def _level(request: Request, picks: Sequence[Pick]) -> Iterable[Remark]:
    """Printed intervals whose level is not printed with them."""
    if request.measure is Measure.proportion:
        return
    silent = [p for p in picks if p.reference is None and p.figure.level is None]
    if silent:
        names = _named(pick.figure.label for pick in silent)
        text = f"the level of the printed interval is not stated; 0.95 is taken: {names}"
        yield Remark("level-not-stated", text, _results(silent))


def _several(request: Request, picks: Sequence[Pick]) -> Iterable[Remark]:
    if request.rank:
        nested = {pick.figure.result: pick for *some, _ in overlap.pairs(picks) for pick in some}
        if nested:
            text = (
                f"{len(nested)} of {len(picks)} groups share patients with another one of the"
                " list: a subgroup is a part of its study; the rows are not independent"
            )
            yield Remark("overlap", text, tuple(nested))
        return
    studies: dict[str, list[Pick]] = {}
    for pick in picks:
        studies.setdefault(pick.figure.study_iri, []).append(pick)
    for some in studies.values():
        if len(some) > 1:
            text = (
                f"{len(some)} groups of one study count as studies of their own:"
                f" {_named(pick.figure.label for pick in some)}"
            )
            yield Remark("several-groups", text, _results(some))


def _all_cited(picks: Sequence[Pick]) -> Iterable[Remark]:
    cited = [pick for pick in picks if pick.figure.is_cited]
    if cited and len(cited) == len(picks):
        text = "all figures are quoted from other studies; their own documents were not read"
        yield Remark("cited", text, _results(cited))


def _few(request: Request, picks: Sequence[Pick]) -> Iterable[Remark]:
    if not request.rank and 1 < len(picks) < FEW:
        text = (
            f"{len(picks)} figures are few: how much studies differ can hardly be told, and the"
            " intervals that rest on it are wide"
        )
        yield Remark("few-studies", text)


def _named(names: Iterable[str]) -> str:
    some = sorted(set(names))
    more = f" and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else ""
    return "; ".join(some[:MOST_NAMED]) + more


def _results(picks: Iterable[Pick]) -> tuple[str, ...]:
    return tuple(pick.figure.result for pick in picks)
