"""What the service says of itself, and that tools which know nothing else find their way by it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from benchmarks.conformance.description import fault
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF, VOID

from anlokg.description.about import LICENCE
from anlokg.namespaces import DEFAULT_BASE, OUTSIDE
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release, Shelf
from anlokg.service import negotiation, service_description
from serving import Served, served

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = "http://www.w3.org/ns/formats/"
JSON = "application/sparql-results+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PARSERS = {
    "ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "rdfxml": "xml", "nq": "nt", "trig": "turtle",
}  # fmt: skip
OUTER = "https://data.example.org/kg"
a_form = pytest.mark.parametrize("media_type", list(negotiation.GRAPHS))


@pytest.fixture(scope="module")
def service(shelf: Shelf, release: Release) -> Iterator[Served]:
    """A service over the release of the test run."""
    assert release.folder.is_dir()
    with served(releases=shelf.folder, workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere(shelf: Shelf, release: Release) -> Iterator[Served]:
    """The same with another address, another default graph, and with SERVICE."""
    assert release.folder.is_dir()
    settings = {
        "base_url": OUTER,
        "default_graph": "empty",
        "service": "https://example.org/sparql",
    }
    with served(releases=shelf.folder, workers=2, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service over files that are no release."""
    path = tmp_path_factory.mktemp("plain") / "data.nq"
    lines = ["<x:a> <x:b> <x:c>", "<x:a> <x:b> <x:d>", "<x:a> <x:b> <x:c> <x:g>"]
    path.write_text("".join(f"{line} .\n" for line in lines))
    with served("--data", str(path), workers=2) as running:
        yield running


def get(service: Served, path: str, accept: str = "*/*", **headers: str) -> httpx.Response:
    return httpx.get(service.address + path, headers={"Accept": accept, **headers}, timeout=60)


def graph(response: httpx.Response) -> Graph:
    """The graph in a response, read by its media type."""
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    parser = PARSERS[negotiation.GRAPHS[media_type]]
    return Graph().parse(data=response.content, format=parser, publicID="https://example.org/")


def canonical(graph: Graph) -> ox.Dataset:
    """The same for graphs that differ in the names of blank nodes only (RDFC-1.0)."""
    lines = graph.serialize(format="nt", encoding="utf-8")
    dataset = ox.Dataset(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def rows(service: Served, query: str) -> list[dict[str, str]]:
    """Rows of a query, asked as the web components ask it."""
    parameters = {"ac": "1", "query": query}
    response = httpx.get(
        f"{service.address}/sparql", params=parameters, headers={"Accept": JSON}, timeout=60
    )
    assert response.status_code == 200, response.text
    assert response.headers["access-control-allow-origin"] == "*"
    found = response.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    return body


# Service description ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(service: Served) -> Graph:
    """The description of the service."""
    return graph(get(service, "/sparql"))


@pytest.mark.parametrize("name", ["returns-rdf", "has-endpoint-triple", "conforms-to-schema"])
@pytest.mark.parametrize("where", ["service", "plain"])
def test_the_description_passes_the_tests_of_the_w3c(
    name: str, where: str, request: pytest.FixtureRequest
) -> None:
    running: Served = request.getfixturevalue(where)
    with httpx.Client(timeout=60) as client:
        assert fault(name, f"{running.address}/sparql", client) == ""


@a_form
def test_the_description_comes_in_every_form_of_rdf(
    media_type: str, service: Served, told: Graph
) -> None:
    response = get(service, "/sparql", media_type)
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert canonical(graph(response)) == canonical(told)


def test_turtle_is_what_programs_get_that_take_anything(service: Served) -> None:
    assert get(service, "/sparql").headers["content-type"] == "text/turtle; charset=utf-8"
    assert get(service, "/sparql/").content == get(service, "/sparql").content


def test_browsers_get_a_page_to_ask_on(service: Served) -> None:
    response = get(service, "/sparql", BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<textarea" in response.text
    assert get(service, "/sparql?format=ttl", BROWSER).text.startswith("@prefix")


@pytest.mark.parametrize("accept", ["text/csv", JSON, "image/png"])
def test_what_is_no_rdf_is_not_acceptable(accept: str, service: Served) -> None:
    assert problem(get(service, "/sparql", accept), 406)["offered"] == list(negotiation.GRAPHS)


def test_there_is_one_service_that_takes_queries_only(service: Served, told: Graph) -> None:
    address = URIRef(f"{service.address}/sparql")
    assert list(told.subjects(RDF.type, SD.Service)) == [address]
    assert list(told.objects(address, SD.endpoint)) == [address]
    assert list(told.objects(address, SD.supportedLanguage)) == [SD.SPARQL11Query]
    assert list(told.objects(address, SD.feature)) == [SD.UnionDefaultGraph]
    assert set(told.objects(address, SD.extensionFunction)) == set(
        told.subjects(RDF.type, SD.Function)
    )


QUERIES = {"SELECT * { ?s ?p ?o } LIMIT 1": negotiation.RESULTS,
           "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1": negotiation.GRAPHS}  # fmt: skip


def test_every_form_that_is_named_is_served_and_the_other_way_round(
    service: Served, told: Graph
) -> None:
    found = set()
    for query, offered in QUERIES.items():
        for media_type, form in offered.items():
            parameters = {"query": query}
            response = httpx.get(
                f"{service.address}/sparql", params=parameters, headers={"Accept": media_type}
            )
            assert response.headers["content-type"].partition(";")[0] == media_type
            found.add(URIRef(FORMATS + service_description.NAMES[form]))
    assert set(told.objects(None, SD.resultFormat)) == found


def test_the_graphs_are_named_and_counted(service: Served, told: Graph) -> None:
    stated = {
        str(told.value(named, SD.name)): int(told.value(told.value(named, SD.graph), VOID.triples))
        for named in told.objects(None, SD.namedGraph)
    }
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    assert stated == {row["g"]: int(row["n"]) for row in rows(service, query)}
    default = told.value(None, SD.defaultGraph, any=False) or told.value(
        told.value(None, RDF.type, SD.Dataset), SD.defaultGraph
    )
    (count,) = rows(service, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert int(told.value(default, VOID.triples)) == int(count["n"])


def test_features_are_those_of_the_settings(elsewhere: Served) -> None:
    told = graph(get(elsewhere, "/sparql"))
    assert set(told.objects(None, SD.feature)) == {SD.BasicFederatedQuery}
    (default,) = told.objects(None, SD.defaultGraph)
    assert told.value(default, VOID.triples) == Literal(0)


def test_the_address_is_the_one_that_users_see(elsewhere: Served) -> None:
    response = get(elsewhere, "/sparql")
    told = graph(response)
    assert list(told.objects(None, SD.endpoint)) == [URIRef(f"{OUTER}/sparql")]
    assert elsewhere.address not in response.text
    assert f"<{OUTER}/.well-known/void>" in response.headers["link"]


@pytest.mark.parametrize("host", ['a">b', "a b", "a\\b", "a<b>"])
@pytest.mark.parametrize("path", ["/sparql", "/.well-known/void", "/dumps", "/ontology"])
def test_a_host_that_cannot_be_one_is_refused(host: str, path: str, service: Served) -> None:
    assert problem(get(service, path, Host=host), 400)["parameter"] == "Host"


def test_a_client_that_has_it_gets_nothing_again(service: Served) -> None:
    for path in ("/sparql", "/.well-known/void", "/ontology", "/shapes"):
        first = get(service, path)
        again = get(service, path, **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = get(service, path, "application/ld+json")
        assert other.headers["etag"] != first.headers["etag"]


def test_plain_files_are_described_as_they_are(plain: Served) -> None:
    told = graph(get(plain, "/sparql"))
    assert list(told.objects(None, SD.feature)) == []
    assert list(told.objects(None, SD.name)) == [URIRef("x:g")]
    assert sorted(map(int, told.objects(None, VOID.triples))) == [1, 2]
    assert list(told.objects(None, DCTERMS.license)) == [], "nobody said so"


# Tools that read the store ---------------------------------------------------------------------

PREFIXES = "PREFIX sh: <http://www.w3.org/ns/shacl#>\n"
EXAMPLES = f"""{PREFIXES} PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX spex: <https://purl.expasy.org/sparql-examples/ontology#>
SELECT DISTINCT ?sq ?comment ?query WHERE {{
  ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
    sh:select|sh:ask|sh:construct|{{0}}:describe ?query .
}} ORDER BY ?sq"""
SCHEMA = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX void-ext: <http://ldf.fi/void-ext#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
SELECT DISTINCT * WHERE {
  { %s
    ?cp void:class ?subjectClass ; void:propertyPartition ?pp .
    OPTIONAL { ?subjectClass rdfs:label ?subjectClassLabel }
    ?pp void:property ?prop .
    OPTIONAL { ?pp void:triples ?triples }
    OPTIONAL {
      { ?pp void:classPartition [ void:class ?objectClass ] }
      UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
    }
  } UNION {
    ?linkset void:subjectsTarget [ void:class ?subjectClass ] ; void:linkPredicate ?prop ;
      void:objectsTarget [ void:class ?objectClass ] .
  }
} ORDER BY ?subjectClass ?objectClass ?objectDatatype"""
BY_GRAPH = """OPTIONAL {
  ?graph sd:graph ?graphDesc . OPTIONAL { ?graph rdfs:label ?graphLabel }
  ?graphDesc void:classPartition ?cp .
}"""


def test_an_editor_finds_the_prefixes(service: Served, opened: OpenRelease) -> None:
    query = "SELECT DISTINCT ?prefix ?namespace { [] sh:namespace ?namespace ; sh:prefix ?prefix }"
    found = {row["prefix"]: row["namespace"] for row in rows(service, PREFIXES + query)}
    assert opened.base.prefixes().items() <= found.items()


@pytest.mark.parametrize("prefix", ["sh", "spex"])
def test_an_editor_finds_examples_and_they_run(
    prefix: str, service: Served, opened: OpenRelease
) -> None:
    found = rows(service, EXAMPLES.replace("{0}", prefix))
    assert {row["sq"].rpartition("/")[2] for row in found} == opened.queries.keys()
    assert all(row["comment"].endswith("?") for row in found)
    for row in found[:: 1 if prefix == "sh" else 12]:
        answer = httpx.get(f"{service.address}/sparql", params={"query": row["query"]}, timeout=60)
        assert answer.status_code == 200, row["sq"]
        assert answer.content, row["sq"]


@pytest.mark.parametrize("start", ["", BY_GRAPH])
def test_an_editor_finds_what_leads_from_which_class_to_which(
    start: str, service: Served, opened: OpenRelease
) -> None:
    found = rows(service, SCHEMA % start)
    anlo = opened.base.ontology
    seen = {
        (row["subjectClass"], row["prop"], row.get("objectClass") or row.get("objectDatatype"))
        for row in found
    }
    xsd = OUTSIDE["xsd"]
    assert {
        (f"{anlo}Comparison", f"{anlo}referenceGroup", f"{anlo}Group"),
        (f"{anlo}Comparison", f"{anlo}value", f"{xsd}decimal"),
        (f"{anlo}Drug", f"{anlo}hasDrugClass", f"{anlo}DrugClass"),
    } <= seen
    labels = {row.get("subjectClassLabel") for row in found if row["subjectClass"].startswith(anlo)}
    assert None not in labels
    assert all(int(row["triples"]) > 0 for row in found)
    for kind, name, end in sorted(seen, key=str)[::100]:
        if end and not end.startswith(xsd) and "langString" not in end:
            ask = f"SELECT ?s {{ ?s a <{kind}> ; <{name}> ?o . ?o a <{end}> }} LIMIT 1"
            assert rows(service, ask), (kind, name, end)


# VoID ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dataset(service: Served) -> Graph:
    """What stands at the well-known address."""
    return graph(get(service, "/.well-known/void"))


@a_form
def test_the_dataset_is_described_in_every_form_of_rdf(
    media_type: str, service: Served, dataset: Graph
) -> None:
    response = get(service, "/.well-known/void", media_type)
    assert response.headers["content-type"].partition(";")[0] == media_type
    # There are no blank nodes; isomorphism of so many triples would take long.
    assert set(graph(response)) == set(dataset)


def test_the_description_is_that_of_the_release_at_the_address_of_the_service(
    service: Served, dataset: Graph, opened: OpenRelease
) -> None:
    name = ox.NamedNode(opened.base.graph("description", "void"))
    data = opened.engine.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=name)
    text = data.decode()
    for part in ("dataset", "sparql"):
        text = text.replace(f"<{DEFAULT_BASE}{part}", f"<{service.address}/{part}")
    old, new = (f"{DEFAULT_BASE}dumps/latest/", f"{service.address}/dumps/{opened.manifest.id}/")
    stored = set(Graph().parse(data=text.replace(old, new), format="nt"))
    assert stored < set(dataset)
    own = {URIRef(f"{service.address}/{part}") for part in ("dataset", ".well-known/void")}
    assert {triple[0] for triple in set(dataset) - stored} == own


def test_the_dataset_tells_its_version_its_date_and_its_licence(
    service: Served, dataset: Graph, opened: OpenRelease
) -> None:
    root = URIRef(f"{service.address}/dataset")
    assert str(dataset.value(root, DCTERMS.identifier)) == opened.manifest.id
    modified = dataset.value(root, DCTERMS.modified)
    assert modified == Literal(opened.manifest.created, datatype=modified.datatype)  # type: ignore[union-attr]
    assert dataset.value(root, DCTERMS.license) == URIRef(LICENCE)
    assert dataset.value(root, DCTERMS.isVersionOf) == URIRef(f"{DEFAULT_BASE}dataset")
    link = get(service, "/.well-known/void").headers["link"]
    assert f'<{LICENCE}>; rel="license"' in link
    for media_type in negotiation.GRAPHS:
        if media_type not in ("application/json", "application/xml", "text/plain"):
            assert f'rel="alternate"; type="{media_type}"' in link


def test_what_the_dataset_points_to_is_there(service: Served, dataset: Graph) -> None:
    root = URIRef(f"{service.address}/dataset")
    (address,) = dataset.objects(root, VOID.sparqlEndpoint)
    answer = httpx.get(str(address), params={"query": "ASK {}"}, headers={"Accept": JSON})
    assert answer.json()["boolean"] is True
    files = list(dataset.objects(None, VOID.dataDump))
    assert len(files) == 5 + 2 * len(list(dataset.objects(root, VOID.subset)))
    for file in files:
        assert httpx.get(str(file), timeout=60).status_code == 200, file


def test_names_of_parts_lead_to_the_description(service: Served, dataset: Graph) -> None:
    part = min(dataset.objects(None, VOID.propertyPartition))
    for address in (str(part), f"{service.address}/dataset"):
        response = httpx.get(address)
        assert response.status_code == 303
        assert response.headers["location"] == f"{service.address}/.well-known/void"


def test_names_of_examples_lead_to_the_question(service: Served) -> None:
    response = get(service, "/query/list-studies")
    assert response.status_code == 303
    assert response.headers["location"] == f"{service.address}/queries/list-studies"
    problem(get(service, "/query/no-such"), 404)


def test_the_dataset_is_where_its_users_find_it(elsewhere: Served) -> None:
    response = get(elsewhere, "/.well-known/void")
    told = graph(response)
    assert list(told.objects(None, VOID.sparqlEndpoint)) == [URIRef(f"{OUTER}/sparql")]
    assert all(
        str(file).startswith(f"{OUTER}/dumps/") for file in told.objects(None, VOID.dataDump)
    )
    assert elsewhere.address not in response.text
    assert get(elsewhere, "/dataset").headers["location"] == f"{OUTER}/.well-known/void"
    assert "Disallow: /kg/sparql?" in get(elsewhere, "/robots.txt").text


def test_files_that_are_no_release_are_counted_and_no_more(plain: Served, tmp_path: Path) -> None:
    told = graph(get(plain, "/.well-known/void"))
    root = URIRef(f"{plain.address}/dataset")
    assert list(told.objects(root, VOID.sparqlEndpoint)) == [URIRef(f"{plain.address}/sparql")]
    assert list(told.objects(None, VOID.dataDump)) == []
    path = tmp_path / "one.nt"
    path.write_text("<x:a> <x:b> <x:c> .\n")
    with served("--data", str(path), workers=1) as running:
        told = graph(get(running, "/.well-known/void"))
    assert list(told.objects(None, VOID.triples)) == [Literal(1)]


@pytest.mark.parametrize(("path", "reason"), [
    ("/ontology", "no ontology"), ("/shapes", "no release"), ("/dumps", "no release"),
    ("/dumps/x/y", "no release"), ("/dumps/latest/anlokg.nq.gz", "no release"),
])  # fmt: skip
def test_what_only_a_release_has_is_not_there_and_says_why(
    path: str, reason: str, plain: Served
) -> None:
    assert reason in str(problem(get(plain, path), 404)["detail"])
    page = get(plain, path, BROWSER)
    assert (page.status_code, reason in page.text) == (404, True)


def test_a_release_that_is_asked_elsewhere_is_described_without_files(service: Served) -> None:
    with served("--engine", f"{service.address}/sparql", workers=2) as running:
        told = graph(get(running, "/.well-known/void"))
        root = URIRef(f"{running.address}/dataset")
        assert list(told.objects(root, VOID.classPartition))
        assert list(told.objects(None, VOID.dataDump)) == []
        assert list(told.objects(None, VOID.sparqlEndpoint)) == [
            URIRef(f"{running.address}/sparql")
        ]
        assert len(graph(get(running, "/ontology"))) > 1000
        assert list(graph(get(running, "/sparql")).objects(None, SD.feature)) == []
        problem(get(running, "/dumps"), 404)


# Ontology and shapes ---------------------------------------------------------------------------


@a_form
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_ontology_stands_at_its_own_iri(
    slash: str, media_type: str, service: Served, opened: OpenRelease
) -> None:
    name = ox.NamedNode(opened.base.graph("ontology", "all"))
    data = opened.engine.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=name)
    found = graph(get(service, f"/ontology{slash}", media_type))
    assert canonical(found) == canonical(Graph().parse(data=data, format="nt"))


@a_form
def test_the_shapes_are_those_of_the_release(
    media_type: str, service: Served, release: Release
) -> None:
    stored = Graph().parse(release.folder / "shapes.ttl", format="turtle")
    assert canonical(graph(get(service, "/shapes/", media_type))) == canonical(stored)


def test_turtle_is_written_for_people(service: Served, release: Release) -> None:
    text = get(service, "/ontology").text
    assert "anlo:Drug a owl:Class" in text
    assert get(service, "/shapes").content == (release.folder / "shapes.ttl").read_bytes()


def test_browsers_get_a_list_of_terms(service: Served, opened: OpenRelease) -> None:
    page = get(service, "/ontology/", BROWSER).text
    query = f"""PREFIX owl: <{OUTSIDE["owl"]}> SELECT DISTINCT ?x {{
      VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty }}
      ?x a ?kind FILTER(STRSTARTS(STR(?x), "{opened.base.ontology}")) }}"""
    terms = [row["x"].removeprefix(opened.base.ontology) for row in rows(service, query)]
    assert len(terms) > 200
    assert [term for term in terms if f'<a href="/ontology/{term}">' not in page] == []
    assert get(service, "/ontology/Drug", "text/turtle").status_code in (200, 303)


def test_browsers_get_the_shapes_to_read(service: Served) -> None:
    page = get(service, "/shapes", BROWSER).text
    assert 'id="Group-label"' in page
    assert "sh:minCount" in page


# The rest --------------------------------------------------------------------------------------


def test_crawlers_are_kept_from_what_has_no_end(service: Served) -> None:
    response = get(service, "/robots.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /sparql?" in lines
    assert "Disallow: /" not in lines


def test_the_web_process_needs_neither_the_store_nor_rdflib_to_start() -> None:
    code = (
        "import sys\nfrom anlokg.service import discovery, dumps, vocabularies\n"
        "heavy = ('pyoxigraph', 'rdflib', 'scipy', 'numpy')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
