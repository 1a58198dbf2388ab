"""Pooled and ranked figures at ``/synthesis``."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator, Field

from ..errors import ParameterError
from ..synthesis.request import ANY, Measure, Model, Split, Wish
from .calculation import Calculation
from .context import Context
from .found.desk import Desk
from .synthesis_schema import RESPONSES
from .synthesizing import Synthesizing, form_of

Form = Literal["json", "csv", "html", "svg", "png", "rq"]
NAME = "a name, key, CURIE or IRI"
LONGEST = 300


def _blank(value: object) -> object:
    """Nothing, for a field that a form sends empty."""
    return None if value == "" else value


Optional = BeforeValidator(_blank)
Grade = Annotated[int, Field(ge=1, le=5)]
Level = Annotated[float, Field(gt=0, lt=1)]


def _names(text: str, example: str) -> object:
    """A parameter that may be given several times."""
    return Query(description=f"{text}: {NAME}; may be given several times", examples=[[example]])


def router(context: Context) -> APIRouter:
    """The route of syntheses."""
    routes = APIRouter(tags=["Synthesis"])
    desk, calculation = Desk(context), Calculation()

    @routes.get(
        "/synthesis",
        summary="Figures of several studies pooled or ranked, with inputs, caveats and a plot",
        response_class=Response,
        responses=RESPONSES,
    )
    async def synthesis(
        request: Request,
        endpoint: Annotated[list[str], _names("Endpoint", "ORR")] = [],  # noqa: B006
        event: Annotated[
            list[str], _names("Adverse event, instead of an endpoint", "hypertension")
        ] = [],  # noqa: B006
        grade: Annotated[
            Grade | None, Optional, Query(description="Lowest grade of the event counted")
        ] = None,
        measure: Annotated[Measure, Query(description="What is pooled")] = Measure.proportion,
        condition: Annotated[
            list[str], _names("Disease, and those within it", "small cell lung cancer")
        ] = [],  # noqa: B006
        drug: Annotated[
            list[str],
            _names(f"Drug that groups receive; anlotinib without it, {ANY} for all", "anlotinib"),
        ] = [],  # noqa: B006
        regimen: Annotated[list[str], _names("Regimen that groups receive", "KEY")] = [],  # noqa: B006
        group: Annotated[list[str], _names("Exactly these groups", "KEY")] = [],  # noqa: B006
        study: Annotated[list[str], _names("Only these studies", "hcc-phase2")] = [],  # noqa: B006
        category: Annotated[
            str | None, Query(description="Kind, for endpoints reported by kind")
        ] = None,
        factor: Annotated[
            str | None,
            Query(description=f"Characteristic that ratios compare, else the treatment: {NAME}"),
        ] = None,
        adjustment: Annotated[
            str | None, Query(description="Only ratios adjusted so", examples=["unadjusted"])
        ] = None,
        subgroup_by: Annotated[
            Split | None, Optional, Query(description="Compare subgroups of the inputs")
        ] = None,
        model: Annotated[Model, Query(description="How studies are weighed")] = Model.random,
        level: Annotated[
            Level | None, Optional, Query(description="Level of the intervals")
        ] = 0.95,
        rank: Annotated[bool, Query(description="Rank all groups and pool nothing")] = False,
        force: Annotated[
            bool, Query(description="Pool what should not be pooled; the answer says so")
        ] = False,
        format: Annotated[
            Form | None, Query(description="The form; without it, what the Accept header says")
        ] = None,
    ) -> Response:
        media_type, form = form_of(request, format)
        _check(request)
        wish = Wish(
            measure=measure,
            endpoint=_given(endpoint),
            event=_given(event),
            grade=grade,
            category=category or None,
            condition=_given(condition),
            drug=_given(drug),
            regimen=_given(regimen),
            group=_given(group),
            study=_given(study),
            factor=factor or None,
            adjustment=adjustment or None,
            subgroup_by=subgroup_by,
            model=model,
            level=0.95 if level is None else level,
            rank=rank,
            force=force,
        )
        made = Synthesizing(context, request, await desk.index(), calculation, wish, form)
        return await made.response(media_type)

    return routes


KNOWN = frozenset(
    ("endpoint", "event", "grade", "measure", "condition", "drug", "regimen", "group", "study",
     "category", "factor", "adjustment", "subgroup_by", "model", "level", "rank", "force", "format")
)  # fmt: skip


def _check(request: Request) -> None:
    """``ParameterError`` for a parameter that would be overlooked."""
    for name, value in request.query_params.multi_items():
        if name not in KNOWN:
            raise ParameterError(
                name[:LONGEST], f"is unknown; there are: {', '.join(sorted(KNOWN))}"
            )
        if len(value) > LONGEST:
            raise ParameterError(name, f"may have {LONGEST} characters")


def _given(texts: list[str]) -> tuple[str, ...]:
    """What is filled in: a form sends its empty fields too."""
    return tuple(text for text in texts if text.strip())
