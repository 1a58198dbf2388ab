"""Makes the answer: effects of the inputs, their pooled number, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..version import __version__
from . import compatibility, influence, models, subgroups
from .compatibility import Remark
from .effects import Effect
from .findings import Flag
from .inputs import Candidate, Row, read
from .models import Pooled
from .picks import LeftOut, Pick
from .plan import OUTCOMES, Asked
from .ranking import ranked
from .request import Model, Request, Split
from .selection import choose
from .subgroups import Subgroups
from .taken import Input, effect_of, shown


@dataclass(frozen=True, slots=True)
class Answer:
    """A synthesis. ``pooled`` is ``None`` in a ranking.

    ``overruled`` holds what would have been refused without ``force``.
    """

    request: Request
    release: str
    queries: tuple[tuple[str, str, str], ...]
    inputs: tuple[Input, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[Remark, ...]
    overruled: tuple[Remark, ...] = ()
    pooled: Pooled | None = None
    influence: tuple[influence.LeftOut, ...] = ()
    subgroups: Subgroups | None = None
    notes: tuple[str, ...] = ()
    version: str = __version__


def answer(
    request: Request,
    asked: Sequence[Asked],
    rows: Sequence[Sequence[Row]],
    flags: Mapping[str, tuple[Flag, ...]],
    release: str,
) -> Answer:
    """The answer to a request from the rows of its queries, in their order.

    Raises ``Incompatible`` with every reason, unless the request forces it, and
    ``SynthesisRefused`` for what cannot be worked out at all.
    """
    found = [(query.name, read(some, OUTCOMES[query.name]))
             for query, some in zip(asked, rows, strict=True)]  # fmt: skip
    chosen = choose(request, found)
    against = () if request.rank else compatibility.refusals(request, chosen.picks)
    if against and not request.force:
        raise compatibility.Incompatible(*(remark.text for remark in against))
    inputs = tuple(shown(request, pick, flags) for pick in chosen.picks)
    begun = Answer(
        request=request,
        release=release,
        queries=_queries(asked, found, chosen.picks),
        inputs=inputs,
        left_out=chosen.left_out,
        warnings=(*compatibility.warnings(request, chosen.picks), *_flagged(inputs)),
        overruled=against,
    )
    if request.rank:
        return replace(begun, inputs=ranked(inputs))
    return _pooled(begun)


def _pooled(begun: Answer) -> Answer:
    request = begun.request
    inputs = tuple(replace(one, effect=effect_of(request, one.pick)) for one in begun.inputs)
    some = [one.effect for one in inputs if one.effect is not None]
    model = _model(request)
    pooled = models.pool(some, model, level=request.level)
    weighed = tuple(
        replace(one, weight=weight) for one, weight in zip(inputs, pooled.weights, strict=True)
    )
    compared, notes = _subgroups(request, weighed)
    corrected = [one.label for one in weighed if one.effect and one.effect.corrected]
    if corrected:
        notes = (*notes, "Half an event was added to each cell of studies in which nobody, or"
                 f" everybody, had it: {'; '.join(corrected)}.")  # fmt: skip
    return replace(
        begun,
        inputs=weighed,
        pooled=pooled,
        influence=influence.leave_one_out(some, model, level=request.level)
        if len(some) > 2
        else (),
        subgroups=compared,
        notes=(*pooled.notes, *notes),
    )


def _model(request: Request) -> models.Model:
    return "fixed" if request.model is Model.fixed else "random"


def _subgroups(
    request: Request, inputs: Sequence[Input]
) -> tuple[Subgroups | None, tuple[str, ...]]:
    if request.subgroup_by is None:
        return None, ()
    groups: dict[str, list[Effect]] = {}
    for one in sorted(inputs, key=lambda one: split_of(request.subgroup_by, one.pick.figure)):
        if one.effect is not None:
            groups.setdefault(split_of(request.subgroup_by, one.pick.figure), []).append(one.effect)
    if len(groups) < 2:
        (only,) = groups
        return None, (f"All figures are of one subgroup ({only}), so that none are compared.",)
    made = subgroups.compare(groups, _model(request), level=request.level)
    return made, made.notes


def split_of(split: Split | None, figure: Candidate) -> str:
    """The subgroup that a figure belongs to."""
    values = {
        Split.study: figure.study,
        Split.condition: figure.condition,
        Split.regimen: compatibility.treatment(figure),
        Split.line: compatibility.lines(figure),
        Split.ctcae_version: figure.ctcae_version and f"CTCAE {figure.ctcae_version}",
        Split.grades: compatibility.grades(figure),
        Split.relatedness: figure.relatedness.replace("-", " "),
        Split.analysis_set: figure.analysis_set,
    }
    return (values[split] if split else "") or "not stated"


def _flagged(inputs: Sequence[Input]) -> tuple[Remark, ...]:
    flagged = [one for one in inputs if one.flags]
    if not flagged:
        return ()
    told = "; ".join(f"{one.label}: {', '.join(sorted({f.rule for f in one.flags}))}"
                     for one in flagged)  # fmt: skip
    text = f"the integrity rules have findings on {len(flagged)} of the figures used: {told}"
    return (Remark("findings", text, tuple(one.pick.figure.result for one in flagged)),)


def _queries(
    asked: Sequence[Asked], found: Sequence[tuple[str, Sequence[Candidate]]], picks: Sequence[Pick]
) -> tuple[tuple[str, str, str], ...]:
    """Name of each query, its text, and the text that gives the inputs and nothing else."""
    used = {figure.result for pick in picks for figure in pick.figures}
    told = []
    for query, (_, candidates) in zip(asked, found, strict=True):
        results = used.intersection(candidate.result for candidate in candidates)
        told.append((query.name, query.text, query.only(results) if results else ""))
    return tuple(told)
