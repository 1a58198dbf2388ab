"""Linked data over HTTP: every IRI answers, pages and data say what the graph says.

Cases: ``negotiation.json`` and ``unknown.json`` are requests and what they get; ``things.trig`` is
data that is hard to show; ``figures.json`` are figures as fields and as a line.
"""

from __future__ import annotations

import html
import http.client
import json
import random
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlokg.build import BuildOptions, build
from anlokg.namespaces import Base
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources
from anlokg.service import problem_types
from anlokg.service.thing.addresses import AREAS, MEDIA_TYPES, SUFFIX_OF, address, meant
from servers import free_port
from serving import connected, everything, served

CASES = Path(__file__).parent / "cases" / "entities"
BASE = "https://w3id.org/anlokg/"
ID = f"{BASE}id/"
EX = "https://example.org/"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
LABEL = ox.NamedNode(f"{RDFS}label")
FOAF_TOPIC = ox.NamedNode("http://xmlns.com/foaf/0.1/primaryTopic")
HYDRA = "http://www.w3.org/ns/hydra/core#"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PFS = "alter1202-liver.anlotinib-vs-placebo.pfs.hazard-ratio.multivariable"
FORMATS = {
    "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML, "nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG,
}  # fmt: skip
PER_KIND = 3
ELSEWHERE = ("dataset", "dumps", "function", "query", "sparql")
"""First parts of IRIs that lead to what other parts of the service show."""


def cases(name: str) -> list[object]:
    """The cases of a file as parameters."""
    listed = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in listed]


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[httpx.Client]:
    """Asks a service over the release of the test run."""
    with (
        served(releases=release.folder.parent) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Asks a service over plain files: what is hard to show, and a node with 10,000 neighbours."""
    hub = tmp_path_factory.mktemp("data") / "hub.nt"
    with hub.open("w", encoding="utf-8") as file:
        for n in range(10_000):
            file.write(f"<{EX}n{n}> <{EX}about> <{EX}hub> .\n<{EX}hub> <{EX}has> <{EX}n{n}> .\n")
            file.write(f'<{EX}n{n}> <{RDFS}label> "node {n}" .\n')
    files = ("--data", str(CASES / "things.trig"), "--data", str(hub))
    with (
        served(*files, default_graph="union") as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


def get(client: httpx.Client, path: str, accept: str | None = None) -> httpx.Response:
    """A request that goes nowhere by itself, without headers of the library's own making."""
    request = client.build_request("GET", path)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    return client.send(request)


def page(client: httpx.Client, iri: str, more: str = "") -> httpx.Response:
    """The page of a thing by its IRI."""
    response = client.get(f"/page?iri={quote(iri, safe='')}{more}")
    assert response.status_code == 200, response.text
    return response


def graph(response: httpx.Response, form: str) -> set[ox.Triple]:
    """The triples of an answer; the form tells how to read it."""
    assert response.status_code == 200, response.text
    store = ox.Dataset(ox.parse(response.content, format=FORMATS[form]))
    return {ox.Triple(quad.subject, quad.predicate, quad.object) for quad in store}


def canonical(triples: Iterable[ox.Triple]) -> ox.Dataset:
    """Triples with nodes without a name labelled by what they are."""
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def rest(triples: Iterable[ox.Triple]) -> set[ox.Triple]:
    """Triples without those that a document says of itself."""
    listed = set(triples)
    documents = {t.subject for t in listed if t.predicate == FOAF_TOPIC}
    return {t for t in listed if t.subject not in documents}


def links(text: str) -> list[tuple[str, str, str]]:
    """The links of a header, as address, relation and type; the relations taken apart."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?', text)
    return sorted((href, rel, kind) for href, rels, kind in found for rel in rels.split())


def following(client: httpx.Client, path: str) -> Iterator[httpx.Response]:
    """An answer and those that its links of relation ``next`` lead to."""
    for _ in range(200):
        response = client.get(path)
        assert response.status_code == 200, response.text
        yield response
        found = [*links(response.headers["link"]), *Page(response.text).head]
        nexts = [href for href, rel, _ in found if rel == "next"]
        if not nexts:
            return
        path = nexts[0]
    pytest.fail("the pages go on and on")


class Page(HTMLParser):
    """The links in the head of a page, its other links, its data block and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.head: list[tuple[str, str, str]] = []
        self.hrefs: list[str] = []
        self.block = ""
        self.words: list[str] = []
        self.tags: Counter[str] = Counter()
        self.handlers: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        self.handlers += [name for name in told if name.startswith("on")]
        if tag == "script":
            self._within = told.get("type", "javascript")
        elif tag == "link":
            for rel in told["rel"].split():
                self.head.append((told["href"], rel, told.get("type", "")))
        elif "href" in told:
            self.hrefs.append(told["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "application/ld+json":
            self.block += data
        elif not self._within:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


# What is asked and what comes ------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("negotiation"))
def test_each_request_gets_what_it_asks_for(case: dict[str, str], client: httpx.Client) -> None:
    response = get(client, case["path"], case["accept"])
    address = str(client.base_url).rstrip("/")
    if "location" in case:
        assert response.status_code == 303, response.text
        assert response.headers["location"] == address + case["location"]
        assert "Accept" in response.headers["vary"]
        return
    assert response.status_code == case.get("status", 200), response.text
    if "type" in case:
        assert response.headers["content-type"].partition(";")[0] == case["type"]
    if "content-location" in case:
        assert response.headers["content-location"] == address + case["content-location"]


@pytest.mark.parametrize("case", cases("unknown"))
def test_what_is_not_there_is_told_so(case: dict[str, object], client: httpx.Client) -> None:
    sent = httpx.Request("GET", f"{client.base_url}")
    sent.url = httpx.URL(str(client.base_url)).copy_with(raw_path=str(case["path"]).encode())
    response = client.send(sent)
    assert response.status_code == case["status"], response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


def test_very_long_iris_are_answered(client: httpx.Client) -> None:
    def status(path: str) -> int:
        connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port)
        connection.request("GET", path)
        answer = connection.getresponse().status
        connection.close()
        return answer

    assert status("/id/drug/" + "a" * 60_000) == 404
    assert status("/page?iri=http://a/" + "b" * 60_000) == 404
    assert status("/id/drug/" + "a" * 70_000) == 414


def test_a_406_names_what_is_offered(client: httpx.Client) -> None:
    body = get(client, "/id/drug/anlotinib", "image/png").json()
    assert "text/turtle" in body["offered"]


def test_an_unknown_thing_is_a_page_for_browsers(client: httpx.Client) -> None:
    response = get(client, "/id/drug/nothing", BROWSER)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert f"{ID}drug/nothing" in html.unescape(response.text)


@pytest.mark.parametrize("path", [
    "/id/drug/anlotinib", "/page/drug/anlotinib", "/data/drug/anlotinib.ttl",
    "/data/drug/anlotinib", "/linkset/drug/anlotinib", "/problems/query-timeout",
    "/page/shapes/Comparison", "/data/graph/study/alter1202-liver.nt",
])  # fmt: skip
def test_head_gives_the_headers_of_get(path: str, client: httpx.Client) -> None:
    head, got = client.head(path), client.get(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    changing = {"date", "x-request-id", "content-length", "content-encoding", "server-timing"}
    for name in set(got.headers) - changing:
        expected = got.headers[name].replace("-gzip", "")
        assert head.headers[name].replace("-gzip", "") == expected, name


@pytest.mark.parametrize("path", [
    "/page/drug/anlotinib", "/data/drug/anlotinib.nt", "/linkset/drug/anlotinib",
])  # fmt: skip
def test_what_a_client_has_is_not_sent_again(path: str, client: httpx.Client) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    # Links are absolute: at another address of the service the answer is another one.
    other = client.get(path, headers={"Host": "other.example.org", "If-None-Match": tag})
    assert other.status_code == 200
    assert (
        "http://other.example.org/page/drug/anlotinib" in other.headers.get("link", "") + other.text
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(method: str, client: httpx.Client) -> None:
    for path in ("/id/drug/anlotinib", "/page/drug/anlotinib", "/data/drug/anlotinib.ttl"):
        response = client.request(method, path)
        assert response.status_code == 405
        assert "GET" in response.headers["allow"]


# Every IRI -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named(opened: OpenRelease) -> dict[str, list[str]]:
    """All our IRIs in the release, wherever they stand, by kind."""
    found: dict[str, set[str]] = defaultdict(set)
    for quad in opened.engine.store.quads_for_pattern(None, None, None, None):
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(term, ox.NamedNode) and term.value.startswith(BASE):
                area, _, below = term.value[len(BASE) :].partition("/")
                kind = f"id/{below.partition('/')[0]}" if area == "id" else area
                found[kind].add(term.value)
    return {kind: sorted(iris) for kind, iris in sorted(found.items())}


def answers(client: httpx.Client, iri: str) -> None:
    """Checks that an IRI leads to a page and to data about it."""
    path = quote(iri[len(BASE) - 1 :], safe="/%:@!$&'()*+,;=~-._")
    html_response = client.get(path, headers={"Accept": BROWSER}, follow_redirects=True)
    assert html_response.status_code == 200, iri
    assert f"<code>{html.escape(iri, quote=False)}</code>" in html_response.text.replace(
        "&#39;", "'"
    ), iri
    rdf_response = client.get(
        path, headers={"Accept": "application/n-triples"}, follow_redirects=True
    )
    assert rdf_response.headers["content-type"] == "application/n-triples", iri
    assert rdf_response.text.strip(), iri
    if "/graph/" not in iri:
        assert f"<{iri}>" in rdf_response.text, iri


def dereferencable(iri: str) -> bool:
    """Whether an IRI leads to a page of its own; some lead to what others serve."""
    return iri[len(BASE) :].partition("/")[0] in ("id", *AREAS) and iri != f"{BASE}ontology"


def test_a_function_is_described_where_its_iri_leads(client: httpx.Client) -> None:
    got = client.get("/function/exactLower", follow_redirects=True, headers={"Accept": BROWSER})
    assert got.status_code == 200
    assert "Clopper-Pearson" in got.text
    assert client.get("/function/exactly").status_code == 404


def test_every_kind_of_iri_answers(client: httpx.Client, named: dict[str, list[str]]) -> None:
    assert {"id/result", "id/cell", "id/row", "ontology", "graph"} <= named.keys()
    for kind, iris in named.items():
        own = [iri for iri in iris if dereferencable(iri)]
        assert own or kind in ELSEWHERE, kind
        # The first, the longest, and some in between.
        longest = [max(own, key=len)] if own else []
        for iri in {*own[:1], *longest, *own[:: max(1, len(own) // PER_KIND)]}:
            answers(client, iri)


def test_shipped_queries_lead_to_their_pages(
    client: httpx.Client, named: dict[str, list[str]]
) -> None:
    for iri in named.get("query", [f"{BASE}query/list-studies"]):
        response = client.get(iri[len(BASE) - 1 :], follow_redirects=True)
        assert response.status_code == 200
        assert response.url.path == f"/queries/{iri.rpartition('/')[2]}"


def test_partitions_of_the_dataset_lead_to_its_description(
    client: httpx.Client, named: dict[str, list[str]]
) -> None:
    for iri in named["dataset"][::20]:
        response = client.get(iri[len(BASE) - 1 :])
        assert response.status_code == 303
        assert urlsplit(response.headers["location"]).path == "/.well-known/void"


@pytest.mark.slow
def test_every_iri_answers(client: httpx.Client, named: dict[str, list[str]]) -> None:
    checked = 0
    for iris in named.values():
        for iri in filter(dereferencable, iris):
            answers(client, iri)
            checked += 1
    assert checked > 9000


def test_every_iri_has_a_path_that_means_it_alone(named: dict[str, list[str]]) -> None:
    odd = 0
    for iri in (iri for iris in named.values() for iri in iris if dereferencable(iri)):
        tail = address(BASE, iri).tail
        assert tail.isascii()
        assert meant(BASE, tail)[0] == iri
        odd += "%" in tail
    assert odd > 1000


def test_every_shape_answers(client: httpx.Client, resources: Resources) -> None:
    shapes = ox.Store()
    for path in sorted(resources.shapes.glob("*.ttl")):
        shapes.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE)
    named = sorted(
        {quad.subject.value for quad in shapes if isinstance(quad.subject, ox.NamedNode)}
    )
    assert len(named) > 200
    for iri in named:
        response = client.get(iri[len(BASE) - 1 :] + ".nt", follow_redirects=True)
        own = {t for t in graph(response, "nt") if t.subject == ox.NamedNode(iri)}
        expected = list(shapes.quads_for_pattern(ox.NamedNode(iri), None, None, None))
        assert len(own) == len(expected)
    assert client.get("/shapes/").status_code == 200  # all of them
    response = client.get("/shapes/Comparison", headers={"Accept": BROWSER}, follow_redirects=True)
    assert "Comparison-reference" in response.text


@pytest.mark.parametrize("form", FORMATS)
def test_a_shape_is_the_same_in_every_form(form: str, client: httpx.Client) -> None:
    path = "/data/shapes/Comparison-statistic"
    expected = graph(client.get(f"{path}.nt"), "nt")
    found = graph(client.get(f"{path}.{SUFFIX_OF[form]}"), form)
    assert len(expected) > 10
    assert canonical(found) == canonical(expected)


# Data ------------------------------------------------------------------------------------------

THINGS = (
    f"{ID}drug/anlotinib", f"{ID}result/{PFS}", f"{ID}study/alter-l059", f"{BASE}ontology/Drug",
    f"{BASE}ontology/AnlotinibPlusCheckpointInhibitorRegimen", f"{ID}line/1",
    f"{BASE}ontology/value", "http://www.w3.org/ns/prov#hadPrimarySource",
)  # fmt: skip


def data_path(iri: str, form: str) -> str:
    return address(BASE, iri).data(form)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("iri", THINGS, ids=lambda iri: iri.rpartition("/")[2])
def test_the_data_is_the_same_in_every_form(form: str, iri: str, client: httpx.Client) -> None:
    response = client.get(data_path(iri, form))
    assert response.headers["content-type"].partition(";")[0] == MEDIA_TYPES[form]
    expected = graph(client.get(data_path(iri, "nt")), "nt")
    assert canonical(graph(response, form)) == canonical(expected)


@pytest.mark.parametrize("iri", THINGS, ids=lambda iri: iri.rpartition("/")[2])
def test_the_data_says_what_the_graph_says(
    iri: str, client: httpx.Client, opened: OpenRelease
) -> None:
    node = ox.NamedNode(iri)
    found = rest(graph(client.get(data_path(iri, "nt")), "nt"))
    store = opened.engine.store

    def quads(*pattern: object) -> set[ox.Triple]:
        default = ox.DefaultGraph()
        return {
            ox.Triple(q.subject, q.predicate, q.object)
            for q in store.quads_for_pattern(*pattern, default)  # type: ignore[arg-type]
        }

    out, into = quads(node, None, None), quads(None, None, node)
    expected = out | into
    for value in {t.object for t in out if isinstance(t.object, ox.NamedNode)}:
        expected |= quads(value, LABEL, None)
    waiting = {t.object for t in out if isinstance(t.object, ox.BlankNode)}
    while waiting:
        below = {t for blank in waiting for t in quads(blank, None, None)}
        waiting = {t.object for t in below - expected if isinstance(t.object, ox.BlankNode)}
        expected |= below
    assert len(into) <= 1000
    assert canonical(found) == canonical(expected)


def test_what_points_at_a_thing_is_paged_and_complete(
    client: httpx.Client, opened: OpenRelease
) -> None:
    iri = f"{ID}study/hcc-phase2"
    expected = {
        ox.Triple(q.subject, q.predicate, q.object)
        for q in opened.engine.store.quads_for_pattern(
            None, None, ox.NamedNode(iri), ox.DefaultGraph()
        )
    }
    assert len(expected) > 1000
    found: set[ox.Triple] = set()
    documents = []
    for response in following(client, "/data/study/hcc-phase2.nt"):
        triples = graph(response, "nt")
        documents.append(triples)
        found |= {t for t in rest(triples) if t.object == ox.NamedNode(iri)}
    assert found == expected
    assert len(documents) == -(-len(expected) // 1000)
    totals = [
        {t.object.value for t in each if t.predicate.value == f"{HYDRA}totalItems"}  # type: ignore[union-attr]
        for each in documents
    ]
    assert totals == [{str(len(expected))}] * len(documents)
    assert any(t.predicate.value == f"{HYDRA}next" for t in documents[0])
    assert not any(t.predicate.value == f"{HYDRA}next" for t in documents[-1])
    assert not any(t.subject == ox.NamedNode(iri) for t in documents[1])


def test_a_named_graph_is_its_triples(client: httpx.Client, opened: OpenRelease) -> None:
    for name in ("study/alter-l059", "inferred/vocabulary", "description/void", "ontology/all"):
        quads = opened.engine.store.quads_for_pattern(
            None, None, None, ox.NamedNode(f"{BASE}graph/{name}")
        )
        expected = [ox.Triple(q.subject, q.predicate, q.object) for q in quads]
        found = graph(client.get(f"/data/graph/{name}.nt"), "nt")
        assert len(found) == len(expected)
        text = client.get(f"/page/graph/{name}").text
        assert f"{len(expected):,} triples" in text
    shown = Page(client.get("/page/graph/study/alter-l059").text)
    name, kind = f"{BASE}graph/study/alter-l059", f"{BASE}ontology/Statement"
    statement = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s a <{kind}> }} }}"
    ((number,),) = opened.engine.query(statement).rows()
    assert f"statement {int(number.value):,}" in shown.text  # type: ignore[union-attr]


# Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("iri", [
    f"{ID}study/hcc-phase2", "http://www.w3.org/ns/prov#Entity", f"{BASE}ontology/Drug",
])  # fmt: skip
def test_a_page_counts_what_refers_to_a_thing(
    iri: str, client: httpx.Client, opened: OpenRelease
) -> None:
    query = f"SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p <{iri}> }} GROUP BY ?p"
    counts = {p.value: int(n.value) for p, n in opened.engine.query(query).rows()}  # type: ignore[union-attr]
    text = page(client, iri).text
    section = text[text.index('<section id="references">') :]
    shown = re.findall(
        r'<h3>.*?<span class="small">(?:\d+ of )?([\d,]+)</span></h3>', section, re.S
    )
    assert sorted(int(number.replace(",", "")) for number in shown) == sorted(counts.values())


def listed(text: str) -> list[str]:
    """Where the items of a list lead."""
    section = text[text.index('<section id="listing">') :]
    section = section[section.index("<ul") : section.index("</ul>")]
    return [html.unescape(href) for href in re.findall(r'<li>\s*<a href="([^"]+)"', section)]


def test_pages_of_a_list_add_up_to_what_sparql_says(
    client: httpx.Client, opened: OpenRelease
) -> None:
    iri, prop = f"{ID}study/hcc-phase2", f"{BASE}ontology/resultOf"
    query = f"SELECT ?s {{ ?s <{prop}> <{iri}> }}"
    expected = {s.value for (s,) in opened.engine.query(query).rows()}  # type: ignore[union-attr]
    found: list[str] = []
    sizes = []
    for response in following(client, "/page/study/hcc-phase2?in=anlo:resultOf"):
        items = listed(response.text)
        sizes.append(len(items))
        found += items
    assert len(found) == len(set(found)) == len(expected)
    assert {meant(BASE, href.removeprefix("/page/"))[0] for href in found} == expected
    assert set(sizes[:-1]) == {25}
    assert f"of {len(expected)}" in response.text


def test_a_result_shows_its_figure_and_every_place_it_is_printed_at(client: httpx.Client) -> None:
    text = client.get(f"/page/result/{PFS}").text
    shown = Page(text).text
    assert "0.437 (95 % confidence interval 0.194 to 0.984); p = 0.0455" in shown
    assert "Experimental group (numerator) Anlotinib" in shown
    assert "Reference group (denominator) Placebo" in shown
    assert (
        "alter1202-liver-article, Tables, Table 3, Grouping (anlotinib vs. placebo), PFS" in shown
    )
    assert "alter1202-liver-article, 3.3 Efficacy, text, paragraph 1, sentence 3" in shown
    assert "0.437, 95% CI: 0.194–0.984, p = 0.046" in shown
    assert text.index('id="printed"') < text.index('id="properties"')
    cell = "/page/cell/alter1202-liver-article/3.3%20Efficacy/text/paragraph%201/sentence%203"
    assert f'href="{cell}"' in text


def test_every_place_of_a_result_is_on_its_page(client: httpx.Client, opened: OpenRelease) -> None:
    query = f"""PREFIX anlo: <{BASE}ontology/>
    SELECT ?result ?locator ?reported {{ ?result anlo:hasStatement ?s . ?s anlo:locator ?locator
    OPTIONAL {{ ?s anlo:reported ?reported }} }}"""
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for result, locator, reported in opened.engine.query(query).rows():
        printed = reported.value if reported else ""  # type: ignore[union-attr]
        places[result.value].append((locator.value, printed))  # type: ignore[union-attr]
    for iri in random.Random(3).sample(sorted(places), 25):
        shown = page(client, iri).text
        section = Page(shown[shown.index('id="printed"') : shown.index('id="properties"')]).text
        for locator, printed in places[iri]:
            assert " ".join(locator.split()) in section
            assert " ".join(printed.split()) in section


def test_an_adverse_event_shows_its_grade_and_its_patients(client: httpx.Client) -> None:
    shown = Page(client.get("/page/result/hcc-phase2.cohort-2.anemia.g3-5").text).text
    assert "1 of 24 (4.2 %)" in shown
    assert "Grade 3 to 5 (CTCAE 4.0)" in shown


def test_a_group_shows_where_it_is_printed(client: httpx.Client) -> None:
    text = client.get("/page/group/alter1202-liver.anlotinib").text
    place = "alter1202-liver-article, 3.1 Patient characteristics, text, paragraph 1, sentence 2"
    assert place in Page(text[text.index('id="printed"') :]).text


def test_a_number_has_its_unit(client: httpx.Client, opened: OpenRelease) -> None:
    query = f"""PREFIX anlo: <{BASE}ontology/>
    SELECT ?r ?v {{ ?r a anlo:GroupResult ; anlo:unit "mo" ; anlo:value ?v }} ORDER BY ?r LIMIT 1"""
    ((result, value),) = opened.engine.query(query).rows()
    text = page(client, result.value).text  # type: ignore[union-attr]
    assert f"{value.value} months" in Page(text).text  # type: ignore[union-attr]
    assert '<span class="unit">months</span>' in text


def test_a_study_shows_its_groups_and_its_results_by_outcome(client: httpx.Client) -> None:
    text = client.get("/page/study/alter1202-liver").text
    shown = Page(text).text
    assert "Anlotinib arm 27 Anlotinib 12 mg" in shown
    assert 'href="/page/study/alter1202-liver?about=endpoint:pfs"' in text
    results = Page(client.get("/page/study/alter1202-liver?about=endpoint:pfs").text)
    assert "Anlotinib against Placebo" in results.text
    assert "0.437 (0.194–0.984); 0.0455" in results.text
    assert f"/page/result/{PFS}" in results.hrefs


def test_results_on_an_outcome_are_paged_and_complete(
    client: httpx.Client, opened: OpenRelease
) -> None:
    query = f"""PREFIX anlo: <{BASE}ontology/> SELECT ?endpoint (COUNT(?s) AS ?n) {{
    ?r anlo:resultOf <{ID}study/sts-real-world> ; anlo:endpoint ?endpoint ; anlo:hasStatement ?s }}
    GROUP BY ?endpoint ORDER BY DESC(?n) LIMIT 1"""
    ((endpoint, number),) = opened.engine.query(query).rows()
    path = f"/page/study/sts-real-world?about={endpoint.value}"  # type: ignore[union-attr]
    rows = sum(Page(part.text).tags["tr"] - 1 for part in following(client, path))
    assert rows == int(number.value) > 50  # type: ignore[union-attr]


def test_what_follows_from_other_graphs_is_marked(client: httpx.Client) -> None:
    text = client.get("/page/drug/anlotinib").text
    section = text[text.index("has drug class") :]
    classes = dict(re.findall(r'href="/page/drug-class/([^"]+)".*?</a>(.*?)</li>', section, re.S))
    assert "inferred" in classes["targeted-therapy"]
    assert "inferred" not in classes["tyrosine-kinase-inhibitor"]


def test_properties_explain_themselves(client: httpx.Client) -> None:
    text = client.get("/page/drug/anlotinib").text
    assert 'title="Relates a drug to a target whose activity it lowers. (anlo:inhibits)"' in text
    assert ">inhibits target</a>" in text


def test_identifiers_are_links_to_elsewhere(client: httpx.Client) -> None:
    hrefs = Page(client.get("/page/drug/anlotinib").text).hrefs
    assert "https://identifiers.org/chembl.compound:CHEMBL4303201" in hrefs


def test_links_of_a_page_lead_somewhere(client: httpx.Client) -> None:
    shown = Page(client.get("/page/ontology/Drug").text)
    own = [h for h in shown.hrefs if re.match(r"/(page|data|linkset|graph|ontology)", h)]
    assert len(own) > 20
    for href in own:
        assert client.get(href, follow_redirects=True).status_code == 200, href


# Typed links -----------------------------------------------------------------------------------


def test_signposts_of_a_page(client: httpx.Client) -> None:
    response = client.get("/page/drug/anlotinib")
    host = str(client.base_url).rstrip("/")
    found = links(response.headers["link"])
    by_rel = defaultdict(list)
    for href, rel, kind in found:
        by_rel[rel].append((href, kind))
    assert by_rel["cite-as"] == [(f"{ID}drug/anlotinib", "")]
    assert {href for href, _ in by_rel["type"]} == {
        "https://schema.org/AboutPage", f"{BASE}ontology/MultiTargetKinaseInhibitor",
    }  # fmt: skip
    assert by_rel["license"] == [("https://creativecommons.org/licenses/by/4.0/", "")]
    assert by_rel["collection"] == [(f"{BASE}dataset", "")]
    assert by_rel["canonical"] == [(f"{host}/page/drug/anlotinib", "text/html")]
    assert {kind for _, kind in by_rel["describedby"]} == set(MEDIA_TYPES.values())
    assert by_rel["describedby"] == by_rel["alternate"]
    for href, kind in by_rel["describedby"]:
        assert client.get(href).headers["content-type"].partition(";")[0] == kind
    own = [link for link in Page(response.text).head if link[1] not in ("stylesheet", "icon")]
    assert sorted(own) == found


def test_a_link_set_says_the_same_in_full(client: httpx.Client) -> None:
    response = client.get("/page/drug/anlotinib")
    href = next(h for h, rel, _ in links(response.headers["link"]) if rel == "linkset")
    answer = client.get(href)
    assert answer.headers["content-type"] == "application/linkset+json"
    own, *back = answer.json()["linkset"]
    anchor = own.pop("anchor")
    assert anchor == f"{str(client.base_url).rstrip('/')}/page/drug/anlotinib"
    told = sorted(
        (target["href"], rel, target.get("type", ""))
        for rel, targets in own.items()
        for target in targets
    )
    header = [link for link in links(response.headers["link"]) if link[1] != "linkset"]
    assert told == header
    assert {entry["anchor"] for entry in back} == {
        h for h, rel, _ in header if rel == "describedby"
    }
    assert all(entry["describes"] == [{"href": anchor, "type": "text/html"}] for entry in back)


def test_data_leads_back_to_its_page_and_to_its_other_forms(client: httpx.Client) -> None:
    found = links(client.get("/data/drug/anlotinib.ttl").headers["link"])
    host = str(client.base_url).rstrip("/")
    assert (f"{host}/page/drug/anlotinib", "describes", "text/html") in found
    others = {kind for _, rel, kind in found if rel == "alternate"}
    assert others == {"text/html", *MEDIA_TYPES.values()} - {"text/turtle"}


def test_the_data_of_a_graph_is_its_item(client: httpx.Client) -> None:
    found = links(client.get("/page/graph/study/alter-l059").headers["link"])
    items = [href for href, rel, _ in found if rel == "item"]
    assert len(items) == len(MEDIA_TYPES)
    assert not any(rel == "describedby" for _, rel, _ in found)


def test_long_iris_have_short_headers(client: httpx.Client, named: dict[str, list[str]]) -> None:
    iri = max(named["id/cell"], key=lambda iri: len(address(BASE, iri).tail))
    header = page(client, iri).headers["link"]
    assert len(header) <= 3000
    assert any(rel == "cite-as" for _, rel, _ in links(header))
    assert any(rel == "linkset" for _, rel, _ in links(header))


def test_a_page_holds_its_data(client: httpx.Client) -> None:
    for iri in THINGS[:6]:
        block = Page(page(client, iri).text).block
        store = ox.Dataset(ox.parse(block.encode(), format=ox.RdfFormat.JSON_LD))
        found = {ox.Triple(q.subject, q.predicate, q.object) for q in store}
        data = graph(client.get(data_path(iri, "nt")), "nt")
        assert found
        assert {t for t in found if not has_blank(t)} <= data
        blank = sum(has_blank(t) for t in found)
        own = {t for t in data if t.object != ox.NamedNode(iri) and has_blank(t)}
        assert blank == len(own)


def has_blank(triple: ox.Triple) -> bool:
    return ox.BlankNode in (type(triple.subject), type(triple.object))


# The rest of what IRIs of ours name --------------------------------------------------------------


def test_every_type_of_problem_is_explained(client: httpx.Client) -> None:
    text = Page(client.get("/problems").text).text
    source = Path(problem_types.__file__).parent
    named = set()
    for path in source.rglob("*.py"):
        written = path.read_text(encoding="utf-8")
        named |= set(
            re.findall(r'(?:HttpProblem|problem)\(\s*(?:request, )?\d{3}, "([a-z-]+)"', written)
        )
        named |= set(re.findall(r'_(?:refuse|stop)\(\d{3}, "([a-z-]+)"', written))
    assert len(named) > 8
    assert named <= problem_types.known().keys()
    for name, kind in problem_types.known().items():
        assert kind.meaning
        response = client.get(f"/problems/{name}")
        assert response.status_code == 200
        assert kind.iri in response.text
        assert name in text


def test_a_problem_document_names_a_type_that_is_explained(client: httpx.Client) -> None:
    kind = client.get("/id/drug/nothing").json()["type"]
    response = client.get(urlsplit(kind).path.removeprefix("/anlokg"))
    assert response.status_code == 200
    assert kind in response.text


# Files of others ----------------------------------------------------------------------------------


def test_texts_cannot_become_part_of_a_page(data: httpx.Client) -> None:
    for iri in (f"{EX}hostile", f"{EX}Hostile", f"{EX}link", f"{EX}axiom"):
        response = page(data, iri)
        shown = Page(response.text)
        assert shown.tags["script"] == 1
        assert not {"img", "b", "i"} & shown.tags.keys()
        assert shown.handlers == []
        for href in shown.hrefs:
            assert re.match(r"(/|https?:)", href), href
        json.loads(shown.block)
        assert "script-src" in response.headers["content-security-policy"] or (
            "default-src 'self'" in response.headers["content-security-policy"]
        )
    block = Page(page(data, f"{EX}hostile").text).block
    assert "</script><script>alert(1)</script>" in json.dumps(json.loads(block))


def test_literals_show_their_language_and_type(data: httpx.Client) -> None:
    text = page(data, f"{EX}literals").text
    for value, detail in [
        ("English", "en"), ("Deutsch", "de"), ("7.5", "xsd:decimal"), ("true", "xsd:boolean"),
        ("2026-01-02", "xsd:date"), ("odd", f"{EX}type"),
    ]:  # fmt: skip
        found = re.search(rf'>{re.escape(value)}0?</span>\s*<span class="detail">([^<]*)<', text)
        assert found is not None, value
        assert found[1] == detail
    assert re.search(r">plain</span>\s*</li>", text)


def test_names_are_english_where_there_is_a_choice(data: httpx.Client) -> None:
    assert "<h1>English name</h1>" in page(data, f"{EX}named").text
    shown = page(data, f"{EX}unnamed").text
    assert 'title="What it is.">English name</a>' in shown
    assert ">camel case</a>" in shown


def test_nodes_without_a_name_are_shown_within(data: httpx.Client) -> None:
    shown = Page(page(data, f"{EX}axiom").text).text
    assert "intersection of" in shown
    assert "some values from" in shown
    assert shown.index("union of") < shown.index("some values from") + 2000
    for name in ("hub", "ring", "deep"):
        assert f"{EX}{name}" in shown
    for iri in (f"{EX}ring", f"{EX}list", f"{EX}deep"):
        assert page(data, iri).status_code == 200


def test_lists_of_any_length_are_in_the_data(data: httpx.Client) -> None:
    found = graph(data.get(f"/data?iri={EX}axiom&format=nt"), "nt")
    members = {t.object for t in found if t.predicate.value.endswith("#first")}
    assert ox.NamedNode(f"{EX}ring") in members
    assert len([t for t in found if t.predicate.value.endswith("#first")]) == 10


@pytest.mark.parametrize(("iri", "label"), [
    (f"{EX}a?b=c&d=e#f", "query and fragment"),
    (f"{EX}é/%E9/%c3%a9/(SERVICE)/'FROM'", "signs"),
    ("http://[2001:db8::1]/x", "numeric host"),
    ("urn:isbn:0451450523", "a book"),
    (f"{ID}odd/a?b#c", "ours, but no path"),
    (f"{ID}odd/..", "ours, but a step up"),
    (f"{ID}odd/x.ttl", "ours, ends like a suffix"),
    (f"{ID}odd/x.ttl.ttl", "ours, ends twice like a suffix"),
    (f"{ID}odd/%c3%a9", "ours, escaped by others"),
    (f"{BASE}elsewhere/x", "ours, of no kind"),
    (f"{ID}ontology/x", "ours, of a kind called as an area"),
])  # fmt: skip
def test_any_iri_is_answered(iri: str, label: str, data: httpx.Client) -> None:
    response = data.get("/resource", params={"iri": iri}, headers={"Accept": BROWSER})
    assert response.status_code == 303
    shown = data.get(response.headers["location"])
    assert f"<h1>{label}</h1>" in shown.text
    for form in MEDIA_TYPES:
        response = data.get("/resource", params={"iri": iri, "format": form})
        found = graph(data.get(response.headers["location"]), form)
        assert ox.Triple(ox.NamedNode(iri), LABEL, ox.Literal(label)) in found
    answer = links(shown.headers["link"])
    for href, rel, _ in answer:
        if rel in ("linkset", "canonical", "describedby"):
            assert data.get(href).status_code == 200, href


def test_a_suffix_belongs_to_the_key_if_there_is_such_a_thing(data: httpx.Client) -> None:
    location = get(data, "/id/odd/x.ttl", BROWSER).headers["location"]
    assert location.endswith("/page/odd/x.ttl")
    location = get(data, "/id/odd/x.ttl", "text/turtle").headers["location"]
    assert location.endswith("/data/odd/x.ttl.ttl")
    found = graph(data.get("/data/odd/x.ttl.ttl"), "ttl")
    assert any(t.object == ox.Literal("ours, ends like a suffix") for t in found)
    assert get(data, "/id/odd/x.ttl.nt").headers["location"].endswith("/data/odd/x.ttl.nt")


def test_what_is_said_in_named_graphs_is_shown_with_its_graph(data: httpx.Client) -> None:
    text = page(data, f"{EX}named").text
    assert re.search(r">inferred</span>\s*<span class=\"inferred\"", text)
    assert not re.search(r'said in a graph too</span>\s*<span class="inferred"', text)
    assert "Graphs that say so" in text
    shown = Page(page(data, f"{EX}graph").text).text
    assert "Named graph" in shown


def test_a_form_that_cannot_hold_the_data_is_refused(data: httpx.Client) -> None:
    response = data.get(f"/data?iri={EX}odd&format=rdfxml")
    assert response.status_code == 400
    assert "RDF/XML" in response.json()["detail"]
    assert data.get(f"/data?iri={EX}odd&format=ttl").status_code == 200


def test_a_node_with_ten_thousand_neighbours_has_a_small_page(data: httpx.Client) -> None:
    response = page(data, f"{EX}hub")
    assert "25 of 10,000" in response.text
    assert len(response.content) < 40_000
    last = page(data, f"{EX}hub", f"&in={EX}about&page=400")
    assert "9,976 to 10,000 of 10,000" in " ".join(last.text.split())
    assert len(listed(last.text)) == 25
    assert data.get(f"/page?iri={EX}hub&in={EX}about&page=401").status_code == 404
    values = page(data, f"{EX}hub", f"&out={EX}has&page=2")
    assert "26 to 50 of 10,000" in " ".join(values.text.split())


def test_files_say_nothing_of_licences_and_datasets(data: httpx.Client) -> None:
    rels = {rel for _, rel, _ in links(page(data, f"{EX}named").headers["link"])}
    assert not rels & {"license", "collection"}


# How often the engine is asked -----------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(client: httpx.Client) -> Iterator[Callable[[str], tuple[httpx.Response, int]]]:
    """Asks a service whose engine is the first service: that one counts the queries it gets."""

    def asked() -> float:
        metrics = client.get("/metrics").text
        found = re.findall(r'anlokg_requests_total\{place="sparql",[^}]*\} ([\d.e+]+)', metrics)
        return sum(map(float, found))

    with (
        served("--engine", f"{client.base_url}/sparql".replace("//sparql", "/sparql")) as service,
        httpx.Client(base_url=service.address, timeout=60) as far,
    ):
        far.get("/page/drug/anlotinib")  # the description of the dataset is asked for once

        def count(path: str) -> tuple[httpx.Response, int]:
            before = asked()
            response = far.get(path)
            return response, round(asked() - before)

        yield count


@pytest.mark.parametrize("path", [
    "/page/drug/anlotinib", "/page/study/hcc-phase2", f"/page/result/{PFS}", "/page/ontology/Drug",
    "/page/ontology/AnlotinibPlusCheckpointInhibitorRegimen", "/page/graph/study/hcc-phase2",
    "/page/study/hcc-phase2?in=anlo:resultOf&page=2", "/page/study/hcc-phase2?about=endpoint:pfs",
])  # fmt: skip
def test_a_page_asks_few_questions_however_much_it_shows(
    path: str, counted: Callable[[str], tuple[httpx.Response, int]], client: httpx.Client
) -> None:
    response, number = counted(path)
    assert response.status_code == 200
    assert 1 <= number <= 6
    # And a remote engine shows the same.
    near = Page(client.get(path).text)
    assert Page(response.text).hrefs == near.hrefs


# Other bases, other addresses ------------------------------------------------------------------

OWN_SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix anlo: <https://w3id.org/anlokg/ontology/> .
<https://w3id.org/anlokg/shapes/Drug> a sh:NodeShape ; sh:targetClass anlo:Drug .
"""


@pytest.fixture(scope="module")
def moved(mini: Resources, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shelf]:
    """Builds a small release with another base IRI, and with a shape of its own."""
    root = shutil.copytree(mini.root, tmp_path_factory.mktemp("resources") / "copy")
    (root / "shapes" / "own.shapes.ttl").write_text(OWN_SHAPE, encoding="utf-8")

    def make(base: str) -> Shelf:
        shelf = Shelf(tmp_path_factory.mktemp("moved"))
        build(Resources(root), shelf, BuildOptions(base=Base(base)))
        return shelf

    return make


def test_another_base_is_dereferenced_as_well(moved: Callable[[str], Shelf]) -> None:
    base = "https://example.org/kg/"
    with (
        served(releases=moved(base).folder) as service,
        httpx.Client(base_url=service.address, follow_redirects=True) as client,
    ):
        response = client.get("/id/drug/anlotinib", headers={"Accept": BROWSER})
        assert f"<code>{base}id/drug/anlotinib</code>" in response.text
        assert (f"{base}id/drug/anlotinib", "cite-as", "") in links(response.headers["link"])
        assert BASE not in response.text
        data = client.get("/id/drug/anlotinib", headers={"Accept": "application/n-triples"})
        assert f"<{base}id/drug/anlotinib> <{RDFS}label>" in data.text
        assert client.get("/ontology/Drug.nt").text.count(f"<{base}ontology/Drug>") > 1
        assert client.get("/shapes/Drug.nt").text.count(f"<{base}shapes/Drug>") > 1
        assert client.get(f"/resource?iri={BASE}id/drug/anlotinib").status_code == 404


def test_iris_at_the_address_of_the_service_are_its_own(moved: Callable[[str], Shelf]) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    with served("--port", str(port), releases=moved(base).folder):
        response = httpx.get(f"{base}id/drug/anlotinib", headers={"Accept": BROWSER})
        assert response.status_code == 303
        shown = httpx.get(response.headers["location"])
        found = links(shown.headers["link"])
        assert (f"{base}id/drug/anlotinib", "cite-as", "") in found
        for href, _, _ in found:
            if href.startswith(base):
                assert httpx.get(href).status_code in (200, 303), href


def test_links_hold_behind_a_proxy_that_cuts_a_prefix_off(release: Release) -> None:
    with (
        served(releases=release.folder.parent, root_path="/anlokg") as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        response = client.get("/id/drug/anlotinib", headers={"Accept": BROWSER})
        assert response.headers["location"] == f"{service.address}/anlokg/page/drug/anlotinib"
        response = client.get("/page/study/alter1202-liver")
        shown = Page(response.text)
        inner = [href for href in shown.hrefs if href.startswith("/")]
        assert len(inner) > 100
        assert all(href.startswith("/anlokg/") for href in inner)
        part = Page(client.get("/page/study/alter1202-liver?in=anlo:resultOf&page=2").text)
        assert all(href.startswith(("/anlokg/", "http")) for href in part.hrefs)
        for href in inner[10::25]:
            path = href.removeprefix("/anlokg")
            if path.startswith("/page"):
                assert client.get(path).status_code == 200, path
        for href, rel, _ in links(response.headers["link"]):
            if rel in ("canonical", "describedby", "linkset"):
                assert href.startswith(f"{service.address}/anlokg/"), href
        data = client.get("/data/drug/anlotinib.ttl")
        assert f"<{service.address}/anlokg/data/drug/anlotinib>" in data.text
        linkset = client.get("/linkset/drug/anlotinib").json()["linkset"][0]
        assert linkset["anchor"] == f"{service.address}/anlokg/page/drug/anlotinib"


def test_the_public_address_stands_in_every_link(release: Release) -> None:
    public = "https://data.example.org/evidence"
    with (
        served(releases=release.folder.parent, base_url=public) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        response = client.get("/id/drug/anlotinib")
        assert response.headers["location"] == f"{public}/data/drug/anlotinib.ttl"
        response = client.get("/page/drug/anlotinib")
        assert service.address not in response.text + response.headers["link"]
        assert f'href="{public}/data/drug/anlotinib.nt"' in response.text
        assert 'href="/evidence/page/drug-class/' in response.text


# Anything at all ---------------------------------------------------------------------------------

ODD = st.text(alphabet=st.sampled_from("aé%25/.<>\"'{}()[]\\^`|:;?#&=+ \t\n\0@~!$*,≥\U0001f9ec2Ff"))


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from(["/id/", "/page/", "/data/", "/linkset/", "/ontology/", "/graph/", "/"]),
    text=ODD | st.text(),
    escaped=st.booleans(),
)
def test_no_address_fails_the_service(
    client: httpx.Client, start: str, text: str, escaped: bool
) -> None:
    raw = text.encode("utf-8", "replace")
    raw = quote(raw, safe="").encode() if escaped else bytes(b for b in raw if 0x20 < b < 0x7F)
    with connected(client.base_url.port or 80) as connection:
        head = b"GET %s%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        connection.sendall(head % (start.encode(), raw))
        assert int(everything(connection).split(b" ")[1]) < 500
    for name in ("iri", "in", "out", "about", "page", "format"):
        given = {"iri": f"{ID}study/alter-l059", name: text.encode("utf-8", "replace").decode()}
        for path in ("/page", "/data", "/resource", "/linkset"):
            assert client.get(path, params=given).status_code < 500
