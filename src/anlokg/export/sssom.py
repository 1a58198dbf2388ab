"""The crosswalks of the vocabularies as an SSSOM mapping set (TSV with embedded metadata)."""

from __future__ import annotations

import csv
from typing import TextIO

from ..engine.embedded import Engine
from ..namespaces import Base
from ..query.terms import Compact
from ..version import __version__

COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification",
    "confidence", "comment",
)  # fmt: skip
CONFIDENCE = {"high": "0.95", "medium": "0.8"}
# Prefix -> namespace, as in Bioregistry, for the identifiers that the tables hold.
NAMESPACES = {
    "atc": "http://www.whocc.no/atc_ddd_index/?code=",
    "cas": "https://commonchemistry.cas.org/detail?ref=",
    "chebi": "http://purl.obolibrary.org/obo/CHEBI_",
    "chembl.compound": "https://identifiers.org/chembl.compound:",
    "chembl.target": "https://identifiers.org/chembl.target:",
    "clinicaltrials": "https://clinicaltrials.gov/study/",
    "doi": "https://doi.org/",
    "doid": "http://purl.obolibrary.org/obo/DOID_",
    "drugbank": "https://bioregistry.io/drugbank:",
    "efo": "http://www.ebi.ac.uk/efo/EFO_",
    "ensembl": "https://bioregistry.io/ensembl:",
    "fplx": "https://bioregistry.io/fplx:",
    "hgnc": "https://bioregistry.io/hgnc:",
    "hp": "http://purl.obolibrary.org/obo/HP_",
    "inchikey": "https://bioregistry.io/inchikey:",
    "mesh": "http://id.nlm.nih.gov/mesh/",
    "mondo": "http://purl.obolibrary.org/obo/MONDO_",
    "ncbigene": "https://bioregistry.io/ncbigene:",
    "ncit": "http://purl.obolibrary.org/obo/NCIT_",
    "pmc": "https://bioregistry.io/pmc:",
    "pubchem.compound": "https://bioregistry.io/pubchem.compound:",
    "pubmed": "https://pubmed.ncbi.nlm.nih.gov/",
    "rxnorm": "https://bioregistry.io/rxnorm:",
    "umls": "https://bioregistry.io/umls:",
    "unii": "https://bioregistry.io/unii:",
    "uniprot": "http://purl.uniprot.org/uniprot/",
}
QUERY = """
PREFIX anlo: <{ontology}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?entity ?label ?relation ?curie ?confidence ?evidence WHERE {{
  ?entity anlo:hasIdentifier ?identifier ; rdfs:label ?label .
  ?identifier anlo:curie ?curie ; anlo:confidence/skos:notation ?confidence ;
    anlo:mappingRelation/skos:notation ?relation ; anlo:evidence ?evidence .
}} ORDER BY ?entity ?curie
"""


def write(engine: Engine, base: Base, file: TextIO) -> int:
    """Writes the mapping set; gives the number of mappings."""
    for line in _metadata(base):
        file.write(f"#{line}\n")
    writer = csv.writer(file, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    compact = Compact(base)
    count = 0
    for row in engine.query(QUERY.format(ontology=base.ontology)).rows():
        entity, label, relation, curie, confidence, evidence = (compact(term) or "" for term in row)
        writer.writerow(
            [entity, label, f"skos:{relation}Match", curie, "semapv:ManualMappingCuration",
             CONFIDENCE[confidence], evidence]
        )  # fmt: skip
        count += 1
    return count


def _metadata(base: Base) -> list[str]:
    kinds = ("drug", "target", "target-family", "biomarker", "condition", "adverse-event",
             "endpoint", "document", "study")  # fmt: skip
    prefixes = {kind: base.entity(kind, "") for kind in kinds} | NAMESPACES
    lines = [
        f"mapping_set_id: {base.iri}crosswalks",
        "mapping_set_title: Crosswalks of the anlokg vocabularies",
        f'mapping_set_version: "{__version__}"',
        "license: https://creativecommons.org/licenses/by/4.0/",
        "comment: ATC codes are those of the WHO Collaborating Centre for Drug Statistics"
        " Methodology and stay its copyright.",
        "curie_map:",
    ]
    return lines + [f'  {prefix}: "{name}"' for prefix, name in sorted(prefixes.items())]
