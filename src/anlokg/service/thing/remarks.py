"""Findings of the integrity rules on the page of a thing, and the page of a finding itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...integrity.flags import GRAVITY, Flags, collected
from ...namespaces import OUTSIDE
from ..question.rows import Row
from .findings import Fields
from .items import Item, Showing
from .neighbourhood import Outline, ref

MOST = 100
"""Findings that a page tells; the list at ``/integrity`` has them all."""
TARGETS = ("flags", "findingOf")
"""Own properties that lead from a finding to what it is about."""
CLASS = "IntegrityFinding"


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding in short: how grave, what is wrong, what that means, and where it is printed."""

    finding: str
    severity: str
    text: str
    explanation: str
    places: str


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in full: lines with a name each, and the statements with their places."""

    severity: str
    explanation: str
    facts: tuple[tuple[str, tuple[Item, ...]], ...]
    printed: tuple[tuple[Item, str], ...]
    places: str


def asked(ontology: str, outlined: Outline | None, figures: Iterable[str]) -> str:
    """Asks at once for the findings on a thing and for those on some results and statements.

    Columns thing, finding, severity, text, explanation, places. Empty if there is nothing to ask.
    """
    listed = " ".join(ref(iri) for iri in figures)
    parts = [_on_figures(listed)] if listed else []
    if outlined is not None and (pattern := _on_thing(ontology, outlined)):
        parts.append(
            f"SELECT ({ref(outlined.iri)} AS ?thing) ?finding ?code WHERE {{ {{"
            f" SELECT DISTINCT ?finding ?code WHERE {{ {pattern} . ?finding anlo:severity ?code }}"
            f" }} }} ORDER BY ?code ?finding LIMIT {MOST + 1}"
        )
    if not parts:
        return ""
    found = " UNION ".join(f"{{ {part} }}" for part in parts)
    return f"""PREFIX anlo: <{ontology}>
SELECT ?thing ?finding ?severity ?text ?explanation ?places WHERE {{
  {found}
  ?finding anlo:severity/<{OUTSIDE["skos"]}notation> ?severity ; <{OUTSIDE["rdfs"]}label> ?text .
  OPTIONAL {{ ?finding anlo:explanation ?explanation }}
  OPTIONAL {{ ?finding anlo:places ?places }}
}}"""


def _on_figures(listed: str) -> str:
    ways = "{ ?finding anlo:flags ?thing } UNION { ?finding anlo:findingOf ?thing }"
    return f"VALUES ?thing {{ {listed} }} {ways}"


def _on_thing(ontology: str, outlined: Outline) -> str:
    """What leads to the findings on a result, a statement, or the figures of a study or group."""
    it = ref(outlined.iri)
    if f"{ontology}hasStatement" in outlined.out:
        return f"?finding anlo:flags {it}"
    if f"{ontology}statementOf" in outlined.out:
        return f"?finding anlo:findingOf {it}"
    if f"{ontology}Study" in outlined.types:
        return f"?finding anlo:findingIn {it}"
    if f"{ontology}Group" in outlined.types:
        sides = "anlo:group anlo:experimentalGroup anlo:referenceGroup"
        return f"VALUES ?in {{ {sides} }} ?result ?in {it} . ?finding anlo:flags ?result"
    return ""


def remarks(rows: Iterable[Row], iri: str) -> list[Remark]:
    """The findings on a thing that the rows of ``asked`` tell of, gravest first."""
    found: dict[str, Remark] = {}
    for thing, *cells in rows:
        if thing is not None and thing[1] == iri:
            remark = Remark(*(cell[1] if cell else "" for cell in cells))
            found.setdefault(remark.finding, remark)
    return sorted(found.values(), key=lambda told: (_gravity(told), told.finding))


def flagged(rows: Iterable[Row]) -> Flags:
    """The findings by thing that the rows of ``asked`` tell of."""
    return collected(
        (thing[1], finding[1], severity[1], text[1])
        for thing, finding, severity, text, *_ in rows
        if thing and finding and severity and text
    )


def _gravity(remark: Remark) -> int:
    return GRAVITY.get(remark.severity, len(GRAVITY))


def told(showing: Showing, own: Fields) -> Told:
    """A finding from its own properties."""
    facts = []
    for name, field in (
        ("Study", "findingIn"),
        ("Rule", "rule"),
        ("Reported", "reported"),
        ("Recomputed", "recomputed"),
        ("How", "method"),
        ("Conclusion", "conclusion"),
    ):
        if cells := own.get(field):
            facts.append((name, tuple(showing.item(cell) for cell in cells)))
    locator = f"{showing.ontology}locator"
    printed = sorted(
        ((showing.item(cell), showing.names.value(cell[1], locator)) for cell in
         own.get("findingOf", ())),
        key=lambda pair: pair[1],
    )  # fmt: skip
    places = "" if printed else " ".join(cell[1] for cell in own.get("places", ()))
    severity = own.get("severity", [["iri", ""]])[0][1].rpartition("/")[2]
    explanation = " ".join(cell[1] for cell in own.get("explanation", ()))
    return Told(severity, explanation, tuple(facts), tuple(printed), places)


def is_finding(ontology: str, outlined: Outline) -> bool:
    """Whether a thing is a finding of a rule."""
    return f"{ontology}{CLASS}" in outlined.types


def with_findings(outlined: Outline) -> str:
    """Patterns for what the findings on a thing say, columns x, p, o; empty if it has none."""
    it = ref(outlined.iri)
    label, definition = f"<{OUTSIDE['rdfs']}label>", f"<{OUTSIDE['skos']}definition>"
    parts = []
    for predicate in outlined.into:
        ontology, slash, name = predicate.rpartition("ontology/")
        if name not in TARGETS:
            continue
        own = f"{ontology}{slash}"
        parts.append(f"{{ SELECT ?x ?p ?o WHERE {{ ?x {ref(predicate)} {it} . ?x ?p ?o }} }}")
        codes = "|".join(ref(f"{own}{code}") for code in ("severity", "rule", "conclusion"))
        parts.append(
            f"{{ SELECT (?code AS ?x) ?p ?o WHERE {{ ?f {ref(predicate)} {it} . ?f {codes} ?code ."
            f" VALUES ?p {{ {label} {definition} }} ?code ?p ?o }} }}"
        )
    return " UNION ".join(parts)
