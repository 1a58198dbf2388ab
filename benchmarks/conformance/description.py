"""The tests of service descriptions: what an endpoint says of itself when it is asked nothing."""

from __future__ import annotations

from pathlib import Path

import httpx
import pyoxigraph as ox

SD = "http://www.w3.org/ns/sparql-service-description#"
SHAPES = Path(__file__).with_name("service-description.shapes.ttl")
XML = "application/xml"


def fault(name: str, endpoint: str, using: httpx.Client) -> str:
    """What is wrong with the service description of an endpoint; empty if nothing is.

    ``name`` is that of the test: ``returns-rdf``, ``has-endpoint-triple``, ``conforms-to-schema``.
    """
    reply = using.get(endpoint)
    if not reply.is_success:
        return f"GET is answered with {reply.status_code}"
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = ox.RdfFormat.RDF_XML if kind == XML else ox.RdfFormat.from_media_type(kind)
    if form is None:
        return f"GET gives {kind!r}, which is no form of RDF"
    try:
        quads = list(ox.parse(reply.content, format=form, base_iri=endpoint))
    except (ValueError, SyntaxError) as error:
        return f"the body is not {kind}: {error}"
    if name == "returns-rdf":
        return "" if quads else "the service description is empty"
    if name == "has-endpoint-triple":
        return _endpoint(quads, endpoint)
    return _schema(quads)


def _endpoint(quads: list[ox.Quad], endpoint: str) -> str:
    stated = sorted(str(quad.object) for quad in quads if quad.predicate.value == SD + "endpoint")
    return "" if f"<{endpoint}>" in stated else f"sd:endpoint is {stated}, not <{endpoint}>"


def _schema(quads: list[ox.Quad]) -> str:
    """Checks against the shapes beside this module; they say what the vocabulary says."""
    from pyshacl import validate
    from rdflib import Graph

    lines = ox.serialize([quad.triple for quad in quads], format=ox.RdfFormat.N_TRIPLES)
    found = Graph().parse(data=lines, format="nt")
    conforms, _, text = validate(found, shacl_graph=Graph().parse(SHAPES, format="turtle"))
    return "" if conforms else text
