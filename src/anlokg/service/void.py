"""VoID as it is true of a running service: what the release says, at the addresses of the service.

Made by one query, so that the engine reads and writes it in the form that is asked for.
"""

from __future__ import annotations

from ..description import access
from ..namespaces import OUTSIDE
from .edition import Edition
from .extent import Extent

VOID, DCTERMS = OUTSIDE["void"], OUTSIDE["dcterms"]
TYPE = f"<{OUTSIDE['rdf']}type>"
TOPIC = "<http://xmlns.com/foaf/0.1/primaryTopic>"

STORED = """{{
    GRAPH <{graph}> {{ ?a ?p ?b }} {only}
    BIND({a} AS ?s) BIND({b} AS ?o)
  }} UNION """
QUERY = """CONSTRUCT {{ ?s ?p ?o }} WHERE {{
  {stored}{{ VALUES (?s ?p ?o) {{
    {rows}
  }} }}
}} ORDER BY ?s ?p ?o"""


def query(edition: Edition, root: str, extent: Extent) -> str:
    """A query for the description, for the service whose address is ``root``.

    IRIs that lead to the dataset, its endpoint and its files are given below the root. What is
    said by a release that was published elsewhere is passed on, without files: they are not here.
    """
    release = edition.release.manifest.id if edition.release else ""
    only = "" if release else f"FILTER(?p != <{VOID}dataDump>)"
    here, there = (
        _here(variable, edition.base.iri, root, release or access.LATEST)
        for variable in ("?a", "?b")
    )
    graph = edition.base.graph("description", "void")
    stored = STORED.format(graph=graph, only=only, a=here, b=there)
    return QUERY.format(stored=stored, rows="\n    ".join(_rows(edition, root, extent)))


def _here(variable: str, base: str, root: str, release: str) -> str:
    """An expression: an IRI below the base as the IRI that stands for it at this service."""
    moved = {
        access.dump(base, ""): access.dump(root, "", release),
        access.endpoint(base): access.endpoint(root),
        f"{base}dataset": f"{root}dataset",
    }
    text = variable
    for old, new in moved.items():
        rest = f'IRI(CONCAT("{new}", SUBSTR(STR({variable}), {len(old) + 1})))'
        text = f'IF(STRSTARTS(STR({variable}), "{old}"), {rest}, {text})'
    return f"IF(isIRI({variable}), {text}, {variable})"


def _rows(edition: Edition, root: str, extent: Extent) -> list[str]:
    """What only the service knows, as rows of subject, predicate and object."""
    document, dataset = f"<{root}.well-known/void>", f"<{root}dataset>"
    rows = [
        f"({document} {TYPE} <{VOID}DatasetDescription>)",
        f"({document} {TOPIC} {dataset})",
        f"({dataset} {TYPE} <{VOID}Dataset>)",
        f"({dataset} <{VOID}sparqlEndpoint> <{access.endpoint(root)}>)",
    ]
    if edition.release is None:
        if extent.default is not None and not extent.graphs:
            rows.append(f"({dataset} <{VOID}triples> {extent.default})")
        return rows
    modified = f'"{edition.created}"^^<{OUTSIDE["xsd"]}dateTime>'
    rows += [
        f"({dataset} <{DCTERMS}modified> {modified})",
        f'({dataset} <{DCTERMS}identifier> "{edition.id}")',
    ]
    if root != edition.base.iri:
        rows.append(f"({dataset} <{DCTERMS}isVersionOf> <{edition.base.iri}dataset>)")
    return rows
