"""Pages for people: questions as forms, SPARQL with its answer, the start page, the operations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release
from anlokg.service.tables import MOST_ROWS
from serving import served

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
PAGES = ["/", "/queries", "/queries?q=liver", "/queries/compare-survival", "/sparql", "/docs",
         "/queries/list-adverse-events", "/sparql?query=ASK%7B%7D",
         "/queries/list-doses?drug=%22%3E%3Cb%3E"]  # fmt: skip
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def fields(self) -> dict[str, str | None]:
        """What the form sends if nothing is changed."""
        return {str(field["name"]): field.get("value") for field in self.all("input")}


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[httpx.Client]:
    with (
        served(releases=release.folder.parent) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def behind(release: Release) -> Iterator[httpx.Client]:
    """A service behind a proxy that cuts /evidence off."""
    with (
        served(releases=release.folder.parent, root_path="/evidence") as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


def open_page(client: httpx.Client, path: str, status: int = 200) -> Page:
    """A page as a browser asks for it."""
    response = client.get(path, headers={"Accept": BROWSER})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy, "scripts come from here only, and never from the page"
    return Page(response.text)


# All pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_no_other_host(path: str, client: httpx.Client) -> None:
    status = 400 if "%3Cb%3E" in path else 200
    page = open_page(client, path, status)
    loaded = [script["src"] for script in page.all("script")]
    loaded += [link["href"] for link in page.all("link")]
    for address in loaded:
        assert address and address.startswith("/"), address
        assert client.get(address).status_code == 200, address
    assert all(script.keys() == {"src", "defer"} for script in page.all("script"))
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


@pytest.mark.parametrize("path", PAGES)
def test_links_stay_behind_the_proxy(path: str, behind: httpx.Client) -> None:
    status = 400 if "%3Cb%3E" in path else 200
    page = open_page(behind, path, status)
    host = str(behind.base_url)
    for tag, name in (("a", "href"), ("link", "href"), ("script", "src"), ("form", "action")):
        for attributes in page.all(tag):
            address = str(attributes[name])
            ours = address.startswith(("/", host))
            if ours:
                assert urlsplit(address).path.startswith("/evidence/"), address


# The form of a question ------------------------------------------------------------------------


def test_a_question_opens_with_its_answer(client: httpx.Client, opened: OpenRelease) -> None:
    page = open_page(client, "/queries/compare-survival")
    for words in ("0.437", "0.194", "0.984", "0.0455", "multivariable", "Table 3"):
        assert words in page.text
    assert page.fields() == {
        parameter.name: parameter.default
        for parameter in opened.queries["compare-survival"].parameters
    }
    for meaning in opened.queries["compare-survival"].header.columns.values():
        assert meaning in page.text
    assert "SELECT ?study ?population" in page.text


def test_the_form_offers_what_may_be_chosen(client: httpx.Client) -> None:
    page = open_page(client, "/queries/list-prognostic-factors")
    (select,) = page.all("select")
    assert select["name"] == "endpoint"
    options = [option["value"] for option in page.all("option")]
    assert {"endpoint:pfs", "endpoint:os", "study:sts-real-world"} <= set(options)
    assert "" not in options, "this one always has a value"
    assert "endpoint:ttp" not in options
    assert "PFS" in page.text


def test_an_empty_field_is_no_value(client: httpx.Client) -> None:
    """Browsers send every field of a form."""
    empty = open_page(client, "/queries/list-eligibility?study=")
    assert empty.text == open_page(client, "/queries/list-eligibility").text


def test_wrong_values_are_told_beside_their_fields(client: httpx.Client) -> None:
    path = "/queries/list-prognostic-factors?alpha=small&study=a+b&limit=0"
    page = open_page(client, path, 400)
    assert page.fields()["alpha"] == "small"
    wrong = [field for field in page.all("input") if field.get("aria-invalid")]
    assert [field["name"] for field in wrong] == ["alpha", "study"]
    shown = {str(element.get("id")) for _, element in page.elements}
    assert {str(field["aria-describedby"]) for field in wrong} <= shown
    assert "limit : '0' is not a whole number" in page.text
    assert not page.all("table")


def test_cells_lead_to_the_things_they_name(client: httpx.Client) -> None:
    page = open_page(client, "/queries/compare-survival")
    links = {str(link["href"]) for link in page.all("a")}
    thing = "/id/result/alter1202-liver.anlotinib-vs-placebo.pfs.hazard-ratio.multivariable"
    assert urljoin(str(client.base_url), thing) in links


def test_a_page_leads_to_the_next_and_to_files(client: httpx.Client) -> None:
    page = open_page(client, "/queries/list-adverse-events")
    assert "Rows 1 to 100; there are more." in page.text
    (following,) = [link for link in page.all("a") if link.get("rel") == "next"]
    second = open_page(client, str(following["href"]))
    assert "Rows 101 to 200" in second.text
    files = [str(link["href"]) for link in page.all("a") if ".csv" in str(link["href"])]
    assert len(client.get(files[0]).text.splitlines()) > 300
    last = open_page(client, "/queries/list-adverse-events?offset=300")
    assert "these are the last" in last.text


@pytest.mark.parametrize("place", ["study", "alpha", "endpoint", "limit", "format", HOSTILE])
def test_hostile_values_stay_text(place: str, client: httpx.Client) -> None:
    response = client.get(
        "/queries/list-prognostic-factors", params={place: HOSTILE}, headers={"Accept": BROWSER}
    )
    assert response.status_code == 400
    page = Page(response.text)
    assert not page.all("img")
    assert not page.all("script")
    assert HOSTILE[2:30] in page.text or HOSTILE in page.fields().values()


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_value_comes_back_as_it_was(client: httpx.Client, text: str) -> None:
    response = client.get(
        "/queries/list-prognostic-factors",
        params={"study": f"{text}\x01"},
        headers={"Accept": BROWSER},
    )
    assert response.status_code == 400
    names = [name for name, _ in Page(response.text).elements]
    usual = [name for name, _ in open_page(client, "/queries/list-prognostic-factors?study=%01",
                                           400).elements]  # fmt: skip
    assert names == usual


# The catalogue and the start -------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/queries"])
def test_every_question_is_a_link_from_the_start(
    path: str, client: httpx.Client, opened: OpenRelease
) -> None:
    page = open_page(client, path)
    links = {link["href"] for link in page.all("a")}
    for name, query in opened.queries.items():
        assert f"/queries/{name}" in links
        assert query.header.question in page.text


def test_the_start_has_a_search_and_says_what_is_served(
    client: httpx.Client, opened: OpenRelease
) -> None:
    page = open_page(client, "/")
    assert page.all("form")[0]["action"] == "/search"
    assert opened.manifest.id in page.text
    places = client.get("/", headers={"Accept": "application/json"}).json()
    assert places["sparql"] == f"{client.base_url}".rstrip("/") + "/sparql"


def test_questions_are_found_by_their_words(client: httpx.Client) -> None:
    page = open_page(client, "/queries?q=hazard+ratio+liver")
    assert "/queries/compare-survival" in {link["href"] for link in page.all("a")}
    assert page.fields() == {"q": "hazard ratio liver"}
    assert "No question has these words" in open_page(client, "/queries?q=zebra").text


# SPARQL ----------------------------------------------------------------------------------------

MANY = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"


def test_the_editor_starts_with_a_query_that_runs(client: httpx.Client) -> None:
    response = client.get("/sparql", headers={"Accept": BROWSER})
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", response.text, re.S)
    assert text
    query = text[1].replace("&lt;", "<").replace("&gt;", ">")
    found = client.get("/sparql", params={"query": query}).json()
    assert len(found["results"]["bindings"]) > 5
    assert "PREFIX anlo: <https://w3id.org/anlokg/ontology/>" in Page(response.text).text


def test_every_question_is_an_example(client: httpx.Client, opened: OpenRelease) -> None:
    page = open_page(client, "/sparql")
    examples = [str(link["href"]) for link in page.all("a") if "?example=" in str(link["href"])]
    assert len(examples) == len(opened.queries)
    example = open_page(client, "/sparql?example=list-doses")
    assert "?_drug_iri" in example.text
    assert open_page(client, "/sparql?example=nothing", 404)


def test_an_answer_is_a_table(client: httpx.Client) -> None:
    query = "SELECT ?n ?t WHERE { VALUES (?n ?t) { (0.5 'a'@en) (1 <https://x.org/y>) } }"
    page = open_page(client, f"/sparql?query={httpx.QueryParams({'q': query})['q']}")
    assert "2 rows in" in page.text
    assert len(page.all("td")) == 4
    assert {"href": "https://x.org/y"} in page.all("a")
    assert "@en" in page.text


@pytest.mark.parametrize(("query", "rows"), [
    ("ASK {}", 1), ("DESCRIBE <https://w3id.org/anlokg/id/drug/anlotinib>", None),
    ("CONSTRUCT { <a:a> <a:b> 1 } WHERE {}", 1), ("SELECT ?x WHERE { FILTER(false) }", 0),
])  # fmt: skip
def test_every_form_of_query_has_its_page(
    query: str, rows: int | None, client: httpx.Client
) -> None:
    response = client.get("/sparql", params={"query": query}, headers={"Accept": BROWSER})
    assert response.status_code == 200
    page = Page(response.text)
    if rows is not None:
        assert f"{rows} row" in page.text
    assert rows == 0 or page.all("td")


def test_a_large_answer_says_what_is_left_out(client: httpx.Client) -> None:
    response = client.get("/sparql", params={"query": MANY}, headers={"Accept": BROWSER})
    page = Page(response.text)
    said = re.search(r"The first (\d+) of (\d+) rows are shown", page.text)
    assert said
    assert int(said[1]) == MOST_ROWS == len(page.all("tr")) - 1
    (whole,) = [str(link["href"]) for link in page.all("a") if "format=csv" in str(link["href"])]
    assert len(client.get(whole).content.split(b"\r\n")) - 2 >= int(said[2])


def test_the_dataset_stays_with_the_query(client: httpx.Client) -> None:
    graph = "https://w3id.org/anlokg/graph/vocabulary/all"
    params = {"query": MANY, "default-graph-uri": graph}
    response = client.get("/sparql", params=params, headers={"Accept": BROWSER})
    page = Page(response.text)
    hidden = [field for field in page.all("input") if field["type"] == "hidden"]
    assert [(field["name"], field["value"]) for field in hidden] == [("default-graph-uri", graph)]
    (address,) = [str(link["href"]) for link in page.all("a") if "format=csv" in str(link["href"])]
    assert ("default-graph-uri", graph) in parse_qsl(urlsplit(address).query)


@pytest.mark.parametrize(("query", "status", "said"), [
    ("SELECT * WHERE {\n  ?s ?p\n}", 400, "Line 3, column"),
    ("SELECT ?x WHERE { ?x nope:a 1 }", 400, "prefix is not declared"),
    ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 403, "SERVICE"),
    ("SELECT ?x {} # </textarea><script>alert(1)</script>\n }", 400, "Line"),
])  # fmt: skip
def test_what_is_wrong_stands_above_the_query(
    query: str, status: int, said: str, client: httpx.Client
) -> None:
    response = client.get("/sparql", params={"query": query}, headers={"Accept": BROWSER})
    assert response.status_code == status
    assert response.headers["cache-control"] == "no-store"
    page = Page(response.text)
    assert said in page.text
    assert len(page.all("script")) == 1, "the script of the page itself"
    assert len(page.all("textarea")) == 1


def test_the_status_of_a_limit_stays(release: Release) -> None:
    with served(releases=release.folder.parent, time_limit_s=0.5) as service:
        endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        response = httpx.get(
            f"{service.address}/sparql",
            params={"query": endless},
            headers={"Accept": BROWSER},
            timeout=20,
        )
    assert response.status_code == 503
    assert "time limit of 0.5 s" in Page(response.text).text
    assert "retry-after" not in response.headers


# Operations ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    found: dict[str, dict[str, dict[str, dict[str, object]]]] = client.get("/openapi.json").json()
    return found


def test_the_document_is_valid(client: httpx.Client, behind: httpx.Client) -> None:
    found = client.get("/openapi.json").json()
    assert found["openapi"].startswith("3.1.")
    validate(found)
    moved = behind.get("/openapi.json").json()
    assert moved["servers"] == [{"url": "/evidence"}]
    assert moved["paths"].keys() == found["paths"].keys()


def test_every_question_is_an_operation(client: httpx.Client, opened: OpenRelease) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for name, query in opened.queries.items():
        told = paths[f"/queries/{name}"]["get"]
        assert told["summary"] == query.header.question
        own = {part["name"]: part for part in told["parameters"] if "name" in part}
        assert own.keys() == {parameter.name for parameter in query.parameters}
        for parameter in query.parameters:
            schema = own[parameter.name]["schema"]
            assert schema.get("enum", []) == list(parameter.allowed)
            default = schema.get("default")
            assert (None if default is None else str(default)) == parameter.default
        for column, meaning in query.header.columns.items():
            assert f"| `{column}` | {meaning} |" in told["description"]
        assert {"200", "304", "400", "406", "503"} <= told["responses"].keys()


def test_examples_are_answers(client: httpx.Client, opened: OpenRelease) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for name in opened.queries:
        told = paths[f"/queries/{name}"]["get"]["responses"]["200"]["content"]
        example = told["application/json"]["example"]
        answer = client.get(f"/queries/{name}?limit=1").json()
        for row in (*example["rows"], *answer["rows"]):
            for finding in row.get("findings", ()):
                finding["url"] = finding["url"].partition("/integrity/")[2]  # hosts differ
        assert example["rows"] == answer["rows"], name
        assert example["columns"] == answer["columns"]


def test_the_rest_of_the_interface_is_told(client: httpx.Client) -> None:
    found = client.get("/openapi.json").json()
    assert {"/sparql", "/queries", "/health/ready", "/version"} <= found["paths"].keys()
    for path, operations in found["paths"].items():
        for told in operations.values():
            assert "422" not in told["responses"], f"{path}: a wrong parameter is 400"
            assert told["tags"] == list(dict.fromkeys(told["tags"]))
    assert "HTTPValidationError" not in found["components"]["schemas"]


def test_all_that_is_referred_to_is_there(client: httpx.Client) -> None:
    found = client.get("/openapi.json").json()
    for reference in set(re.findall(r'"#/([^"]*)"', json.dumps(found))):
        part = found
        for step in reference.split("/"):
            part = part[step]
        assert part


def test_a_newcomer_finds_the_hazard_ratio_from_the_docs(client: httpx.Client) -> None:
    """Reads the page as its script does: the document, an operation by its words, its answer."""
    page = open_page(client, "/docs")
    (place,) = [attributes for _, attributes in page.elements if attributes.get("id") == "docs"]
    operations = client.get(str(place["data-document"])).json()["paths"]
    words = ("PFS", "hazard ratio", "liver metastases")
    (path,) = [
        path
        for path, told in operations.items()
        if all(word in told.get("get", {}).get("summary", "") for word in words)
    ]
    parameters = operations[path]["get"]["parameters"]
    defaults = {
        part["name"]: part["schema"]["default"]
        for part in parameters
        if "default" in part.get("schema", {})
    }
    answer = client.get(path, params=defaults).json()
    (adjusted,) = [row for row in answer["rows"] if row["adjustment"] == "multivariable"]
    assert adjusted["study"] == "ALTER 1202, liver metastases"
    assert (adjusted["value"], adjusted["lower"], adjusted["upper"]) == (0.437, 0.194, 0.984)


def test_the_files_of_the_page_are_sent_packed_and_once(client: httpx.Client) -> None:
    script = client.get("/docs/swagger-ui-bundle.js")
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["content-type"].startswith("text/javascript")
    tag = {"If-None-Match": script.headers["etag"]}
    assert client.get("/docs/swagger-ui-bundle.js", headers=tag).status_code == 304
    assert client.get("/docs/other.js").status_code == 404
    assert client.get("/docs/..%2fmain.py").status_code == 404
