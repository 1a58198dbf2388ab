"""Which results and statements have findings: how that is asked in SPARQL, and what comes back.

Rows have the columns thing, finding, severity and text, each a text: IRIs in full, the code of the
severity, and the finding in one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..namespaces import OUTSIDE, Base
from .finding import Severity

COLUMNS = ("thing", "finding", "severity", "text")
GRAVITY = {severity.value: place for place, severity in enumerate(Severity)}

ASKED = """SELECT ?thing ?finding ?severity ?text WHERE {{
  {things}
  {{ ?finding <{ontology}flags> ?thing }} UNION {{ ?finding <{ontology}findingOf> ?thing }}
  ?finding <{ontology}severity>/<{skos}notation> ?severity ; <{rdfs}label> ?text .
}}{limit}"""


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding on a figure, as it is told beside the figure."""

    finding: str
    severity: str
    text: str

    def key(self, base: Base) -> str:
        """The last part of its IRI; all of an IRI that is not ours."""
        return self.finding.removeprefix(base.entity("finding", ""))


Flags = Mapping[str, tuple[Flag, ...]]
"""Findings by the IRI of what they are about, gravest first."""


def asked(base: Base, things: Iterable[str] | None, most: int = 0) -> str:
    """The query for the findings on things, given by IRIs that are sound; without, on all things.

    ``most`` is the number of rows at which to stop; without it there is no limit.
    """
    ontology, rdfs, skos = base.ontology, OUTSIDE["rdfs"], OUTSIDE["skos"]
    if things is None:
        bound = f"?finding a <{ontology}IntegrityFinding> ."
    else:
        bound = f"VALUES ?thing {{ {' '.join(f'<{iri}>' for iri in things)} }}"
    limit = f" LIMIT {most}" if most else ""
    return ASKED.format(things=bound, ontology=ontology, rdfs=rdfs, skos=skos, limit=limit)


def collected(rows: Iterable[tuple[str, str, str, str]]) -> Flags:
    """The findings that rows tell of; of several texts of one finding always the same."""
    found: dict[str, dict[str, Flag]] = {}
    for thing, finding, severity, text in sorted(rows):
        found.setdefault(thing, {}).setdefault(finding, Flag(finding, severity, text))
    return {thing: gravest(flags.values()) for thing, flags in found.items()}


def gravest(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Findings, each once, gravest first."""
    once = {flag.finding: flag for flag in flags}
    return tuple(sorted(once.values(), key=_order))


def _order(flag: Flag) -> tuple[int, str]:
    return GRAVITY.get(flag.severity, len(GRAVITY)), flag.finding
