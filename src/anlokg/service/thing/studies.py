"""A study for a reader: its groups and what they receive, and its results by outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..question.rows import Row
from .items import Item, Showing
from .neighbourhood import ref

MOST_GROUPS = 300
MOST_OUTCOMES = 300
PAGE = 50


@dataclass(frozen=True, slots=True)
class StudyGroup:
    """A group of a study."""

    group: Item
    kind: Item | None
    size: str
    regimens: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An endpoint or adverse event with results; ``iri`` names it, ``total`` counts them."""

    iri: str
    item: Item
    total: int


@dataclass(frozen=True, slots=True)
class Study:
    """What a study has."""

    groups: tuple[StudyGroup, ...]
    endpoints: tuple[Outcome, ...]
    events: tuple[Outcome, ...]
    facts: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class PrintedResult:
    """A result of a study at one of the places it is printed at."""

    result: Item
    reported: str
    place: str
    group: Item | None
    against: tuple[Item, Item] | None
    how: tuple[Item, ...]


def parts(ontology: str, iri: str) -> str:
    """Asks for the parts of a study: columns part, thing, n, kind, regimen."""
    it = ref(iri)
    return f"""PREFIX anlo: <{ontology}>
SELECT ?part ?thing ?n ?kind ?regimen WHERE {{
  {{ SELECT ("group" AS ?part) ?thing ?n ?kind ?regimen WHERE {{ ?thing anlo:groupOf {it}
     OPTIONAL {{ ?thing anlo:groupType ?kind }} OPTIONAL {{ ?thing anlo:size ?n }}
     OPTIONAL {{ ?thing anlo:receives ?regimen }} }} LIMIT {MOST_GROUPS} }}
  UNION {{ SELECT ("endpoint" AS ?part) ?thing (COUNT(?r) AS ?n) WHERE {{
     ?r anlo:resultOf {it} . ?r anlo:endpoint ?thing }} GROUP BY ?thing LIMIT {MOST_OUTCOMES} }}
  UNION {{ SELECT ("event" AS ?part) ?thing (COUNT(?r) AS ?n) WHERE {{
     ?r anlo:resultOf {it} . ?r anlo:adverseEvent ?thing }} GROUP BY ?thing LIMIT {MOST_OUTCOMES} }}
  UNION {{ SELECT ("fact" AS ?part) ?thing (COUNT(?r) AS ?n) WHERE {{
     ?r anlo:resultOf {it} . ?r anlo:attribute ?thing }} GROUP BY ?thing LIMIT {MOST_OUTCOMES} }}
}}"""


def results(ontology: str, iri: str, outcome: str, page: int) -> str:
    """Asks for the results of a study on one outcome, with their places: a row more than a page.

    Columns result, reported, locator, group, experimental, reference, statistic, adjustment.
    """
    it, on = ref(iri), ref(outcome)
    return f"""PREFIX anlo: <{ontology}>
SELECT ?result ?reported ?locator ?group ?experimental ?reference ?statistic ?adjustment WHERE {{
  {{ SELECT DISTINCT ?result WHERE {{ VALUES ?about {{ anlo:endpoint anlo:adverseEvent
     anlo:attribute }} ?result ?about {on} . ?result anlo:resultOf {it} }} }}
  ?result anlo:hasStatement ?statement . ?statement anlo:locator ?locator
  OPTIONAL {{ ?statement anlo:reported ?reported }}
  OPTIONAL {{ ?result anlo:group ?group }}
  OPTIONAL {{ ?result anlo:experimentalGroup ?experimental ; anlo:referenceGroup ?reference }}
  OPTIONAL {{ ?result anlo:statistic ?statistic }}
  OPTIONAL {{ ?result anlo:adjustment ?adjustment }}
}} ORDER BY ?result ?locator LIMIT {PAGE + 1} OFFSET {(page - 1) * PAGE}"""


def study(showing: Showing, rows: Iterable[Row]) -> Study:
    """A study from the rows of ``parts``."""
    groups: dict[str, StudyGroup] = {}
    outcomes: dict[str, list[Outcome]] = {"endpoint": [], "event": [], "fact": []}
    for part, thing, number, kind, regimen in rows:
        if part is None or thing is None or part[1] not in ("group", *outcomes):
            continue
        if part[1] == "group":
            known = groups.get(thing[1])
            regimens = known.regimens if known else ()
            if regimen is not None and (item := showing.item(regimen)) not in regimens:
                regimens += (item,)
            groups[thing[1]] = StudyGroup(
                showing.item(thing),
                showing.item(kind) if kind else None,
                number[1] if number else "",
                regimens,
            )
        elif number is not None:
            outcomes[part[1]].append(Outcome(thing[1], showing.item(thing), int(number[1])))
    by_name = {
        part: tuple(sorted(found, key=lambda outcome: outcome.item.text.casefold()))
        for part, found in outcomes.items()
    }
    listed = sorted(groups.values(), key=_order)
    return Study(tuple(listed), by_name["endpoint"], by_name["event"], by_name["fact"])


def printed_results(showing: Showing, rows: Iterable[Row]) -> list[PrintedResult]:
    """The rows of ``results`` as items."""
    found = []
    for result, reported, locator, group, experimental, reference, *how in rows:
        if result is None:
            continue
        sides = (
            (showing.item(experimental), showing.item(reference))
            if (experimental and reference)
            else None
        )
        found.append(
            PrintedResult(
                showing.item(result),
                reported[1] if reported else "",
                locator[1] if locator else "",
                showing.item(group) if group else None,
                sides,
                tuple(showing.item(cell) for cell in how if cell),
            )
        )
    return found


def _order(group: StudyGroup) -> tuple[bool, str, str]:
    """Arms and the like before subgroups; then by name."""
    kind = group.kind.text if group.kind else ""
    return kind not in ("arm", "cohort", "study population"), kind, group.group.text.casefold()
