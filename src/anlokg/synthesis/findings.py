"""Findings of the integrity rules on the figures of a synthesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..namespaces import OUTSIDE, Base
from ..query.parameters import IRI
from .inputs import Row

FLAGS = """PREFIX anlo: <{ontology}>
PREFIX skos: <{skos}>
SELECT DISTINCT ?result ?finding ?rule ?severity ?reported ?recomputed ?explanation ?conclusion
WHERE {{
  VALUES ?result {{ {results} }}
  {{ ?finding anlo:flags ?result }}
  UNION {{ ?result anlo:hasStatement ?statement . ?finding anlo:findingOf ?statement }}
  ?finding a anlo:IntegrityFinding .
  OPTIONAL {{ ?finding anlo:rule ?rule }}
  OPTIONAL {{ ?finding anlo:severity ?grade . OPTIONAL {{ ?grade skos:notation ?code }} }}
  BIND(COALESCE(?code, STR(?grade)) AS ?severity)
  OPTIONAL {{ ?finding anlo:reported ?reported }}
  OPTIONAL {{ ?finding anlo:recomputed ?recomputed }}
  OPTIONAL {{ ?finding anlo:explanation ?explanation }}
  OPTIONAL {{ ?finding anlo:conclusion ?end . OPTIONAL {{ ?end skos:notation ?ending }} }}
  BIND(COALESCE(?ending, STR(?end)) AS ?conclusion)
}} ORDER BY ?result ?finding"""


@dataclass(frozen=True, slots=True)
class Flag:
    """What a rule says of a figure; the words are those of ``anlo:IntegrityFinding``."""

    iri: str
    rule: str
    severity: str
    reported: str
    recomputed: str
    explanation: str
    conclusion: str


def query(base: Base, results: Iterable[str]) -> str:
    """SPARQL for the findings on some results; those of a release without findings: no rows."""
    terms = " ".join(f"<{iri}>" for iri in sorted(set(results)) if IRI.fullmatch(iri))
    return FLAGS.format(ontology=base.ontology, skos=OUTSIDE["skos"], results=terms)


def read(rows: Iterable[Row]) -> Mapping[str, tuple[Flag, ...]]:
    """Findings by the IRI of the result, each once."""
    found: dict[str, dict[str, Flag]] = {}
    for row in rows:
        cells = {name: value or "" for name, value in row.items()}
        flag = Flag(
            iri=cells["finding"],
            rule=_tail(cells["rule"]),
            severity=_tail(cells["severity"]),
            reported=cells["reported"],
            recomputed=cells["recomputed"],
            explanation=cells["explanation"],
            conclusion=_tail(cells["conclusion"]),
        )
        found.setdefault(cells["result"], {}).setdefault(flag.iri, flag)
    return {result: tuple(flags.values()) for result, flags in found.items()}


def _tail(name: str) -> str:
    return name.rpartition("/")[2]
