"""Every prefix the project uses, and the base its own IRIs start with."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_BASE = "https://w3id.org/anlokg/"
FUNCTIONS = f"{DEFAULT_BASE}function/"
"""Where functions of SPARQL have their names: whatever the base, as they are of the program."""

OUTSIDE: dict[str, str] = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "void": "http://rdfs.org/ns/void#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "oa": "http://www.w3.org/ns/oa#",
    "sh": "http://www.w3.org/ns/shacl#",
    "obo": "http://purl.obolibrary.org/obo/",
    "schema": "https://schema.org/",
}

BASE = re.compile(r"https?://[^\s<>\"{}|\\^`]*/")

KINDS: tuple[str, ...] = (
    "study", "document", "group", "regimen", "component", "drug", "drug-class", "target",
    "target-family", "biomarker", "threshold", "condition", "endpoint", "study-endpoint",
    "adverse-event", "statistic", "attribute", "scale", "line", "result", "statement", "cell",
    "row", "report-item", "reporting", "identifier", "term", "scheme", "table", "mechanism",
    "finding", "rule", "check", "software",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Base:
    """The IRI all of the project's own IRIs start with; ends in ``/``."""

    iri: str = DEFAULT_BASE

    def __post_init__(self) -> None:
        if not BASE.fullmatch(self.iri):
            raise ValueError(f"base {self.iri!r} must be an http(s) IRI that ends in '/'")

    def rewrite(self, text: str) -> str:
        """Text written for the default base, for this one."""
        if self.iri == DEFAULT_BASE:
            return text
        return text.replace(DEFAULT_BASE, self.iri).replace(f"{self.iri}function/", FUNCTIONS)

    @property
    def ontology(self) -> str:
        return f"{self.iri}ontology/"

    def graph(self, layer: str, source: str) -> str:
        """Name of the graph of a layer (``study``, ``vocabulary``, ``inferred``…) and source."""
        return f"{self.iri}graph/{layer}/{source}"

    def entity(self, kind: str, key: str) -> str:
        return f"{self.iri}id/{kind}/{key}"

    def prefixes(self) -> dict[str, str]:
        """Prefix to namespace, the project's own and those of others."""
        own = {"anlo": self.ontology}
        own |= {kind: f"{self.iri}id/{kind}/" for kind in KINDS}
        return own | OUTSIDE
