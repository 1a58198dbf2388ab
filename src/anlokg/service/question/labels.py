"""Names of things: for columns of labels, and for the choices that forms offer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping

from fastapi import Request

from ...errors import QueryError
from ...namespaces import OUTSIDE
from ...query.catalogue import Query
from ...query.parameters import IRI, Parameter
from ..context import Context

BATCH = 2000
MOST_CHOICES = 400
NOT_OFFERED = ("term", "result", "statement", "row", "cell")
"""Kinds of which a list helps nobody: codes of every meaning, or thousands of things."""
OF_IRIS = """\
SELECT ?iri (MIN(STR(?name)) AS ?label) WHERE {{
  VALUES ?iri {{ {iris} }}
  ?iri <{rdfs}label> ?name
}} GROUP BY ?iri"""
OF_KIND = """\
SELECT ?iri (MIN(STR(?name)) AS ?label) WHERE {{
  ?iri <{rdfs}label> ?name
  FILTER(STRSTARTS(STR(?iri), "{start}"))
}} GROUP BY ?iri ORDER BY ?label ?iri"""


async def of_iris(
    context: Context, request: Request, iris: Iterable[str], timeout_s: float | None
) -> dict[str, str]:
    """Labels of IRIs; those without one are left out."""
    wanted = iter(sorted(iri for iri in iris if IRI.fullmatch(iri)))
    found: dict[str, str] = {}
    while batch := list(itertools.islice(wanted, BATCH)):
        names = " ".join(f"<{iri}>" for iri in batch)
        text = OF_IRIS.format(iris=names, rdfs=OUTSIDE["rdfs"])
        found |= await _pairs(context, text, request, timeout_s)
    return found


async def of_kind(context: Context, kind: str) -> Mapping[str, str]:
    """CURIE and label of every thing of a kind, by label; asked once for each edition.

    Empty where the engine cannot tell in time.
    """
    prefixes = context.edition.base.prefixes()
    if kind not in prefixes:
        return {}

    async def make() -> Mapping[str, str]:
        text = OF_KIND.format(start=prefixes[kind], rdfs=OUTSIDE["rdfs"])
        limit = context.settings.page_time_limit_s
        named = await _pairs(context, text, None, limit)
        compact = context.edition.curies.compact
        return {compact(iri): label for iri, label in named.items()}

    try:
        return await context.made(f"labels of {kind}", make)
    except QueryError:
        return {}


async def choices(context: Context, query: Query) -> dict[str, Mapping[str, str]]:
    """For each parameter the values to offer, with their labels; none where there are too many."""
    offered = {}
    for parameter in query.parameters:
        offered[parameter.name] = await _choices(context, parameter)
    return offered


async def _choices(context: Context, parameter: Parameter) -> Mapping[str, str]:
    if parameter.type != "iri":
        return {value: value for value in parameter.allowed}
    kind = kind_of(parameter, context.edition.base.prefixes())
    if parameter.allowed:
        labels = await of_kind(context, kind)
        return {value: labels.get(value, value) for value in parameter.allowed}
    if not kind or kind in NOT_OFFERED:
        return {}
    labels = await of_kind(context, kind)
    return labels if len(labels) <= MOST_CHOICES else {}


def kind_of(parameter: Parameter, prefixes: Mapping[str, str]) -> str:
    """The kind of things that a parameter takes, as far as its default, choices or name tell."""
    examples = (parameter.default or "", *parameter.allowed, f"{parameter.name}:")
    for example in examples:
        prefix, colon, _ = example.partition(":")
        if colon and prefix in prefixes:
            return prefix
    return ""


async def _pairs(
    context: Context, text: str, request: Request | None, timeout_s: float | None
) -> dict[str, str]:
    reply = await context.ask(request, text, "rows", timeout_s=timeout_s)
    try:
        lines = (await reply.read()).splitlines()[1:]
    finally:
        reply.close()
    return {iri[1]: label[1] for iri, label in map(json.loads, lines)}
