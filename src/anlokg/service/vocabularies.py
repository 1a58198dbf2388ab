"""The ontology and the shapes as documents, at their own IRIs."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, Request, Response

from ..description.about import LICENCE
from ..errors import NotFound
from ..namespaces import OUTSIDE
from . import negotiation, pages, places, rdf
from .answers import Body, answered
from .context import Context

WHOLE = "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
TERMS = """\
PREFIX owl: <{owl}> PREFIX rdfs: <{rdfs}> PREFIX skos: <{skos}>
SELECT ?term ?kind (SAMPLE(?name) AS ?label) (SAMPLE(?text) AS ?definition) WHERE {{
  GRAPH <{graph}> {{
    VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty }}
    ?term a ?kind FILTER(STRSTARTS(STR(?term), "{ontology}"))
    OPTIONAL {{ ?term rdfs:label ?name }}
    OPTIONAL {{ ?term skos:definition ?text }}
  }}
}} GROUP BY ?term ?kind ORDER BY ?term"""
KINDS = {
    "Class": "Classes",
    "ObjectProperty": "Properties that lead to things",
    "DatatypeProperty": "Properties that lead to values",
}
LARGEST = 4_000_000
"""Bytes of N-Triples up to which a graph is written again with prefixes."""
TOLD = places.told({**negotiation.GRAPHS, "text/html": "html"})
SHAPE = re.compile(r"^[\w-]+:([\w.-]+) a sh:", re.MULTILINE)


def router(context: Context) -> APIRouter:
    """The routes of the ontology and of the shapes, with and without a slash at the end."""
    routes = APIRouter()

    @routes.get("/ontology/", include_in_schema=False)
    @routes.get("/ontology", summary="The ontology: all classes and properties", **TOLD)
    async def ontology(request: Request) -> Response:
        return await _ontology(context, request)

    @routes.get("/shapes/", include_in_schema=False)
    @routes.get("/shapes", summary="The shapes (SHACL) of the release", **TOLD)
    async def shapes(request: Request) -> Response:
        return await _shapes(context, request)

    return routes


async def _ontology(context: Context, request: Request) -> Response:
    graph = context.edition.base.graph("ontology", "all")
    query = WHOLE.format(graph=graph)

    async def data(form: str) -> Body:
        reply = await context.ask(request, query, "nt")
        if not reply.size:
            reply.close()
            raise NotFound("there is no ontology in what is served here")
        if reply.size > LARGEST:
            reply.close()
            return await context.ask(request, query, form)
        triples = await reply.read()
        reply.close()
        return await asyncio.to_thread(rdf.converted, triples, "nt", form, _prefixes(context))

    async def page() -> Body:
        terms = await _terms(context, request, graph)
        return pages.fill(context, "ontology.html", {"kinds": terms}).encode()

    return await _document(context, request, "ontology", data, page)


async def _terms(context: Context, request: Request, graph: str) -> dict[str, list[dict[str, str]]]:
    """Name, path, label and definition of each term of the ontology, by kind."""
    base = context.edition.base
    query = TERMS.format(graph=graph, ontology=base.ontology, **OUTSIDE)
    reply = await context.ask(request, query, "json")
    rows = json.loads(await reply.read())["results"]["bindings"]
    reply.close()
    if not rows:
        raise NotFound("there is no ontology in what is served here")
    found: dict[str, list[dict[str, str]]] = {title: [] for title in KINDS.values()}
    for row in rows:
        name = row["term"]["value"].removeprefix(base.ontology)
        term = {key: row.get(key, {}).get("value", "") for key in ("label", "definition")}
        kind = KINDS[row["kind"]["value"].rpartition("#")[2]]
        found[kind].append({"name": name, "path": context.path(f"/ontology/{name}"), **term})
    return found


async def _shapes(context: Context, request: Request) -> Response:
    path = _file(context)

    async def data(form: str) -> Body:
        text = await asyncio.to_thread(path.read_bytes)
        return await asyncio.to_thread(rdf.converted, text, "ttl", form, _prefixes(context))

    async def page() -> Body:
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        return pages.fill(context, "shapes.html", {"parts": _parts(text)}).encode()

    return await _document(context, request, "shapes", data, page)


def _file(context: Context) -> Path:
    release = context.edition.release
    if release is None:
        raise NotFound(
            "what is served here is no release, so there are no shapes it was checked by"
        )
    path = release.folder / "shapes.ttl"
    if not path.is_file():
        raise NotFound("this release does not keep its shapes; one that is built now does")
    return path


def _parts(text: str) -> list[tuple[str, str]]:
    """The paragraphs of the shapes, each with the name of the shape it begins with, if any."""
    found = []
    for part in text.split("\n\n"):
        name = SHAPE.search(part)
        found.append((name[1] if name else "", part))
    return found


def _prefixes(context: Context) -> dict[str, str]:
    base = context.edition.base
    return base.prefixes() | {
        "anlo-sh": f"{base.iri}shapes/",
        "vann": "http://purl.org/vocab/vann/",
    }


async def _document(
    context: Context,
    request: Request,
    name: str,
    data: Callable[[str], Awaitable[Body]],
    page: Callable[[], Awaitable[Body]],
) -> Response:
    media_type, form = places.form_of(request, negotiation.GRAPHS, page=True)
    address = f"{places.root(context, request)}{name}"
    edition = context.edition
    # Of two releases with the same graph, the shapes may differ.
    made_from = edition.release.manifest.inputs_sha256 if edition.release else edition.id
    links = places.alternates(address, negotiation.GRAPHS)
    if edition.release is not None:
        links.append((LICENCE, "license", ""))
    return await answered(
        context,
        request,
        key=(name, made_from, address, form),
        produce=page if form == "html" else lambda: data(form),
        media_type=media_type,
        headers={"Link": places.links(*links), **(pages.SAFE if form == "html" else {})},
    )
