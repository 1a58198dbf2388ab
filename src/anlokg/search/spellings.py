"""How people write identifiers of others: prefixes, bare forms and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelling:
    """The accepted spellings of one kind of identifier.

    ``prefix`` is the one of our CURIEs; ``others`` are prefixes with the same meaning. ``bare`` is
    the form that is known without a prefix; its first group is the identifier, if it has one.
    ``lead`` stands at the start of each identifier and may be left out after a prefix.
    ``addresses`` are starts of web addresses, without scheme and ``www.``.
    """

    prefix: str
    title: str
    others: tuple[str, ...] = ()
    bare: str = ""
    lead: str = ""
    addresses: tuple[str, ...] = ()


OBO = "purl.obolibrary.org/obo/"
NCBI = "ncbi.nlm.nih.gov/"
SPELLINGS: tuple[Spelling, ...] = (
    Spelling("clinicaltrials", "ClinicalTrials.gov", ("nct", "clinicaltrial", "clinicaltrials.gov"),
             r"(NCT)[ -]?(\d{8})", "NCT",
             ("clinicaltrials.gov/study/", "clinicaltrials.gov/ct2/show/",
              "clinicaltrials.gov/show/", "clinicaltrials.gov/")),
    Spelling("doi", "DOI", ("doi.org",), r"(10\.\d{4,9}/\S+)", "", ("doi.org/", "dx.doi.org/")),
    Spelling("pubmed", "PubMed", ("pmid",), r"(\d{1,8})", "",
             ("pubmed.ncbi.nlm.nih.gov/", f"{NCBI}pubmed/", "europepmc.org/article/med/",
              "europepmc.org/abstract/med/")),
    Spelling("pmc", "PubMed Central", ("pmcid",), r"(PMC)[ -]?(\d+)", "PMC",
             (f"{NCBI}pmc/articles/", "pmc.ncbi.nlm.nih.gov/articles/",
              "europepmc.org/article/pmc/", "europepmc.org/articles/")),
    Spelling("chembl.compound", "ChEMBL compound", ("chembl", "chembl.molecule"),
             r"(CHEMBL)[ -]?(\d+)", "CHEMBL",
             ("ebi.ac.uk/chembl/compound_report_card/", "ebi.ac.uk/chembl/explore/compound/",
              "ebi.ac.uk/chembl/compound/inspect/", "ebi.ac.uk/chembldb/compound/inspect/",
              "rdf.ebi.ac.uk/resource/chembl/molecule/")),
    Spelling("chembl.target", "ChEMBL target", ("chembl",), r"(CHEMBL)[ -]?(\d+)", "CHEMBL",
             ("ebi.ac.uk/chembl/target_report_card/", "ebi.ac.uk/chembl/explore/target/",
              "ebi.ac.uk/chembl/target/inspect/", "ebi.ac.uk/chembldb/target/inspect/",
              "rdf.ebi.ac.uk/resource/chembl/target/")),
    Spelling("drugbank", "DrugBank", ("drug bank",), r"(DB\d{5})", "DB",
             ("go.drugbank.com/drugs/", "drugbank.ca/drugs/", "drugbank.com/drugs/")),
    Spelling("unii", "UNII", (), "", "",
             ("fdasis.nlm.nih.gov/srs/unii/", "precision.fda.gov/uniisearch/srs/unii/")),
    Spelling("cas", "CAS number", ("cas rn", "casrn", "cas no"), r"(\d{2,7}-\d{2}-\d)", "",
             ("commonchemistry.cas.org/detail?cas_rn=",)),
    Spelling("inchikey", "InChIKey", (), r"([A-Z]{14}-[A-Z]{10}-[A-Z])"),
    Spelling("pubchem.compound", "PubChem compound", ("pubchem", "pubchem.cid", "cid"), "", "",
             ("pubchem.ncbi.nlm.nih.gov/compound/",
              "rdf.ncbi.nlm.nih.gov/pubchem/compound/cid")),
    Spelling("atc", "ATC code", ("whocc",), r"([A-Z]\d\d[A-Z]{2}\d\d)", "",
             ("whocc.no/atc_ddd_index/?code=", "atcddd.fhi.no/atc_ddd_index/?code=")),
    Spelling("rxnorm", "RxNorm", ("rxcui",), "", "",
             ("mor.nlm.nih.gov/rxnav/search?searchby=rxcui&searchterm=",)),
    Spelling("mesh", "MeSH", ("msh",), r"([CD]\d{6,9})", "",
             ("id.nlm.nih.gov/mesh/", f"{NCBI}mesh/", "meshb.nlm.nih.gov/record/ui?ui=")),
    Spelling("ncit", "NCI Thesaurus", ("nci", "nci thesaurus"), "", "C",
             (f"{OBO}NCIT_", "ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl#",
              "evsexplore.semantics.cancer.gov/evsexplore/concept/ncit/")),
    Spelling("umls", "UMLS concept", ("cui",), "", "C",
             ("uts.nlm.nih.gov/uts/umls/concept/", "linkedlifedata.com/resource/umls/id/")),
    Spelling("mondo", "Mondo", (), "", "", (f"{OBO}MONDO_",)),
    Spelling("doid", "Disease Ontology", (), "", "", (f"{OBO}DOID_",)),
    Spelling("hp", "Human Phenotype Ontology", ("hpo",), "", "",
             (f"{OBO}HP_", "hpo.jax.org/app/browse/term/HP:", "hpo.jax.org/browse/term/HP:")),
    Spelling("chebi", "ChEBI", (), "", "",
             (f"{OBO}CHEBI_", "ebi.ac.uk/chebi/searchid.do?chebiid=CHEBI:")),
    Spelling("efo", "Experimental Factor Ontology", (), "", "", ("ebi.ac.uk/efo/EFO_",)),
    Spelling("uniprot", "UniProt", ("uniprotkb", "up", "swissprot", "swiss-prot"),
             r"([OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2})", "",
             ("purl.uniprot.org/uniprot/", "uniprot.org/uniprotkb/", "uniprot.org/uniprot/")),
    Spelling("hgnc", "HGNC", (), "", "",
             ("genenames.org/data/gene-symbol-report/#!/hgnc_id/",
              "genenames.org/cgi-bin/gene_symbol_report?hgnc_id=")),
    Spelling("ncbigene", "NCBI Gene", ("entrez", "entrezgene", "entrez gene", "geneid", "gene id",
             "ncbi gene"), "", "", (f"{NCBI}gene/",)),
    Spelling("ensembl", "Ensembl gene", ("ensembl.gene", "ensg"), r"(ENSG\d{11})(?:\.\d+)?", "",
             ("ensembl.org/id/", "ensembl.org/homo_sapiens/gene/summary?g=")),
    Spelling("fplx", "FamPlex", ("famplex",), "", "", ("sorgerlab.github.io/famplex/",)),
)  # fmt: skip
"""The order is the one in which a text that fits several is read."""

RESOLVERS = ("identifiers.org/", "bioregistry.io/", "n2t.net/", "resolver.api.identifiers.org/")
"""Services that take any prefix, followed by ``:`` or ``/``."""
ADDRESS = re.compile(r"(?:https?:/+)?(?:www\.|classic\.|m\.|beta\.)?(.+)", re.IGNORECASE | re.S)
PREFIXED = re.compile(r"([A-Za-z][A-Za-z.-]*(?: [A-Za-z]+)?)[\s:_/#]+(\S.*)", re.S)
WRAPS = "<>\"'`()[]“”‘’„«» \t\r\n"
TAILS = ".,;:!?/"


def read(text: str) -> list[str]:
    """The CURIEs that a text may mean, likeliest first, in lower case; none if it means none."""
    found: dict[str, None] = {}
    for form in forms(text):
        for curie in (*_addressed(form), *_prefixed(form), *_bare(form)):
            found.setdefault(curie.casefold())
    return list(found)


def forms(text: str) -> list[str]:
    """A text as it is, and without brackets, quotes and the full stop of its sentence."""
    stripped = text.strip()
    bare = stripped.strip(WRAPS)
    return list(dict.fromkeys((stripped, bare, bare.rstrip(TAILS + WRAPS))))


def address(text: str) -> str:
    """A web address without scheme and ``www.``."""
    found = ADDRESS.fullmatch(text)
    return found[1] if found else ""


def _addressed(text: str) -> Iterator[str]:
    rest = address(text).casefold()
    for resolver in RESOLVERS:
        if rest.startswith(resolver):
            yield from _prefixed(rest.removeprefix(resolver))
    for spelling in SPELLINGS:
        for start in spelling.addresses:
            if rest.startswith(start.casefold()):
                yield from _local(spelling, rest[len(start) :])


def _prefixed(text: str) -> Iterator[str]:
    found = PREFIXED.fullmatch(text)
    if found is None:
        return
    prefix = found[1].casefold()
    for spelling in SPELLINGS:
        if prefix == spelling.prefix or prefix in spelling.others:
            yield from _local(spelling, found[2])


def _bare(text: str) -> Iterator[str]:
    for spelling in SPELLINGS:
        if spelling.bare and (found := re.fullmatch(spelling.bare, text, re.IGNORECASE)):
            yield f"{spelling.prefix}:{''.join(found.groups())}"


def _local(spelling: Spelling, text: str) -> Iterator[str]:
    """CURIEs of what follows a prefix or the start of an address."""
    local = text.strip().casefold()
    if spelling.prefix != "doi":
        local = re.split(r"[/?#&\s]", local)[0]
    for own in (spelling.prefix, *spelling.others):
        if local.startswith((f"{own}:", f"{own}_")):  # as in hgnc:HGNC:6307
            local = local[len(own) + 1 :]
    if not local:
        return
    yield f"{spelling.prefix}:{local}"
    if spelling.lead and local[0].isdigit():
        yield f"{spelling.prefix}:{spelling.lead}{local}"
    if spelling.bare and (found := re.fullmatch(spelling.bare, local, re.IGNORECASE)):
        yield f"{spelling.prefix}:{''.join(found.groups())}"


def table() -> str:
    """The spellings as a Markdown table, for the documentation."""
    heads = ("identifier", "prefix", "other prefixes", "without prefix", "addresses start with")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for one in SPELLINGS:
        others = ", ".join(f"`{other}:`" for other in one.others) or "–"
        bare = f"`{_shown(one.bare)}`" if one.bare else "–"
        places = ", ".join(f"`{place}`" for place in one.addresses) or "–"
        lines.append(f"| {one.title} | `{one.prefix}:` | {others} | {bare} | {places} |")
    return "\n".join(lines) + "\n"


def _shown(pattern: str) -> str:
    return pattern.replace("(?:", "(").replace("|", "\\|")
