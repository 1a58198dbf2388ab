"""Findings over HTTP: in a list of their own, beside every figure they are on, and nowhere else."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pyoxigraph
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from anlokg.namespaces import Base
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release
from anlokg.service.question import flagging
from anlokg.service.question.wanted import MEDIA_TYPES
from serving import served

BASE = Base()
ANLO = Namespace(BASE.ontology)
# Table 4 of the article prints 8 (30.0 %) of 26; 10 (38.5 %) of 26 is right.
FLAGGED = "hcc-phase2.cohort-1.leukopenia.g1-5"
SOUND = "hcc-phase2.cohort-1.abdominal-pain.g1-5"
KEY = "hcc-phase2.percent-of-count.cohort-1.leukopenia.g1-5"
EVENTS = "/queries/list-adverse-events{}?group=group:hcc-phase2.cohort-1&adverse_event={}"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[httpx.Client]:
    """Asks a service over the release of the test run."""
    with (
        served(releases=release.folder.parent) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


def rows(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["rows"]
    return found


def of(client: httpx.Client, event: str, result: str) -> dict[str, Any]:
    """The row of a result among adverse events."""
    listed = rows(client, EVENTS.format("", event))
    (row,) = [row for row in listed if row["result"] == f"result:{result}"]
    return row


def lines(client: httpx.Client, form: str, event: str) -> list[dict[str, Any]]:
    """Rows of an answer in a form that is kept as a file."""
    response = client.get(EVENTS.format(form, event))
    assert response.status_code == 200, response.text
    if form == ".csv":
        return list(csv.DictReader(io.StringIO(response.text, newline="")))
    if form == ".tsv":
        tsv = pyoxigraph.QueryResultsFormat.TSV
        found = pyoxigraph.parse_query_results(response.content, tsv)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        names = [variable.value for variable in found.variables]
        return [
            {name: term.value if term else "" for name, term in zip(names, row, strict=True)}
            for row in found
        ]
    page = openpyxl.load_workbook(io.BytesIO(response.content))["answer"]
    header, *others = page.values
    return [dict(zip(map(str, header), line, strict=True)) for line in others]


# The list ----------------------------------------------------------------------------------------


def test_the_list_has_every_finding_of_the_release(client: httpx.Client, release: Release) -> None:
    listed = rows(client, "/integrity?limit=10000")
    assert len(listed) == sum(release.manifest.integrity.values())
    assert len({row["finding"] for row in listed}) == len(listed)
    assert f"finding:{KEY}" in {row["finding"] for row in listed}
    assert listed == rows(client, "/queries/list-findings?limit=10000")


@pytest.mark.parametrize(
    ("query", "column", "value"),
    [
        ("severity=contradiction", "severity", "contradiction"),
        ("rule=percent-of-count", "ruleIri", "rule:percent-of-count"),
        ("rule=rule:percent-of-count", "ruleIri", "rule:percent-of-count"),
    ],
)
def test_the_list_is_filtered(query: str, column: str, value: str, client: httpx.Client) -> None:
    whole = rows(client, "/integrity?limit=10000")
    wanted = [row for row in whole if row[column] == value]
    assert 0 < len(wanted) < len(whole)
    assert rows(client, f"/integrity?limit=10000&{query}") == wanted


def test_the_list_is_filtered_by_study(client: httpx.Client) -> None:
    whole = rows(client, "/integrity?limit=10000")
    wanted = [row for row in whole if row["finding"].startswith("finding:hcc-phase2.")]
    assert 0 < len(wanted) < len(whole)
    assert rows(client, "/integrity?limit=10000&study=hcc-phase2") == wanted


def test_a_wrong_filter_is_told_with_what_is_allowed(client: httpx.Client) -> None:
    response = client.get("/integrity?severity=grave&rules=x")
    assert response.status_code == 400
    told = {error["parameter"]: error for error in response.json()["errors"]}
    assert "contradiction" in told["severity"]["allowed"]
    assert "did you mean rule?" in told["rules"]["detail"]


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_the_list_comes_in_every_form(form: str, client: httpx.Client) -> None:
    for path in (f"/integrity.{form}", f"/integrity?format={form}", f"/integrity/rules.{form}"):
        response = client.get(path)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].partition(";")[0] == MEDIA_TYPES[form]
    accepted = client.get("/integrity", headers={"Accept": MEDIA_TYPES[form]})
    assert accepted.headers["content-type"].partition(";")[0] == MEDIA_TYPES[form]
    if form != "json":
        assert accepted.content == client.get(f"/integrity.{form}").content


def test_unknown_forms_are_told(client: httpx.Client) -> None:
    response = client.get("/integrity.docx")
    assert response.status_code == 404
    assert ".csv" in response.json()["detail"]
    assert client.get("/integrity?format=docx").status_code == 400
    assert client.get("/integrity", headers={"Accept": "image/png"}).status_code == 406


def test_pages_of_the_list_lead_on_and_lose_nothing(client: httpx.Client) -> None:
    found: list[dict[str, Any]] = []
    address: str | None = "/integrity?limit=4&study=hcc-phase2"
    while address:
        body = client.get(address).json()
        found += body["rows"]
        address = body["next"]
        assert address is None or "/integrity.json?" in address
    assert found == rows(client, "/integrity?limit=1000&study=hcc-phase2")


def test_rules_are_listed_with_what_they_found(client: httpx.Client) -> None:
    listed = rows(client, "/integrity/rules")
    findings = rows(client, "/integrity?limit=10000")
    for row in listed:
        assert row["definition"]
        assert row["found"] == sum(f["ruleIri"] == row["ruleIri"] for f in findings)
    assert sum(row["found"] for row in listed) == len(findings)


def test_the_query_behind_the_list_can_be_taken(client: httpx.Client) -> None:
    for path in ("/integrity/sparql", "/integrity/rules/sparql"):
        response = client.get(path)
        assert response.headers["content-type"] == "application/sparql-query"
        assert client.post("/sparql", data={"query": response.text}).status_code == 200


def test_the_page_of_the_list_is_a_form_of_its_own(client: httpx.Client) -> None:
    response = client.get("/integrity", headers=HTML)
    assert '<form class="ask" action="/integrity"' in response.text
    assert "30.0 % for 8/26" in response.text
    assert 'href="/integrity.csv' in response.text.replace(str(client.base_url), "/").replace(
        "//integrity", "/integrity"
    )


# One finding -------------------------------------------------------------------------------------


def test_a_finding_is_one_row_for_programs(client: httpx.Client) -> None:
    body = client.get(f"/integrity/{KEY}").json()
    (row,) = body["rows"]
    assert row["finding"] == f"finding:{KEY}"
    assert row in rows(client, "/integrity?limit=10000")
    text = client.get(f"/integrity/{KEY}.csv").text
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["finding"] == BASE.entity("finding", KEY)


def test_a_finding_is_a_page_for_people_and_data_for_others(client: httpx.Client) -> None:
    for request, target in (
        (client.get(f"/integrity/{KEY}", headers=HTML), f"/page/finding/{KEY}"),
        (client.get(f"/integrity/{KEY}.html"), f"/page/finding/{KEY}"),
        (client.get(f"/integrity/{KEY}.ttl"), f"/data/finding/{KEY}.ttl"),
        (client.get(f"/integrity/{KEY}", headers={"Accept": "text/turtle"}),
         f"/data/finding/{KEY}.ttl"),
    ):  # fmt: skip
        assert request.status_code == 303
        assert request.headers["location"].endswith(target)
        assert client.get(target).status_code == 200


@pytest.mark.parametrize("key", ["nothing", "%3E", "a/b", "hcc-phase2", f"{KEY}.docx"])
def test_what_is_no_finding_is_not_found(key: str, client: httpx.Client) -> None:
    assert client.get(f"/integrity/{key}").status_code == 404


def test_the_page_of_a_finding_tells_all_of_it(client: httpx.Client) -> None:
    (row,) = rows(client, f"/integrity/{KEY}")
    text = client.get(f"/page/finding/{KEY}").text
    for part in ("explanation", "reported", "recomputed", "method"):
        assert row[part].replace("'", "&#39;").replace(">", "&gt;") in text
    assert f'href="/page/statement/{FLAGGED}"' in text
    assert row["places"] in text
    assert 'class="flag"' not in text, "it would mark its own figures with itself"


# Answers -----------------------------------------------------------------------------------------


def test_a_flagged_figure_carries_its_finding_in_json(client: httpx.Client) -> None:
    (finding,) = of(client, "leukopenia", FLAGGED)["findings"]
    assert finding["key"] == KEY
    assert finding["severity"] == "contradiction"
    assert "8/26" in finding["text"]
    assert client.get(finding["url"]).json()["rows"][0]["finding"] == f"finding:{KEY}"


def test_a_sound_figure_carries_an_empty_list(client: httpx.Client) -> None:
    assert of(client, "abdominal-pain", SOUND)["findings"] == []


@pytest.mark.parametrize("form", [".csv", ".tsv", ".xlsx"])
@pytest.mark.parametrize("end", ["", "&labels=1", "&limit=50"])
def test_the_last_column_of_files_has_findings(form: str, end: str, client: httpx.Client) -> None:
    for event, result in (("leukopenia", FLAGGED), ("abdominal-pain", SOUND)):
        listed = lines(client, form, event + end)
        assert list(listed[0])[-1] == "findings"
        (row,) = [r for r in listed if str(r["result"]).endswith(f"/{result}")]
        told = row["findings"] or ""
        assert (f"[{KEY}]" in told and told.startswith("contradiction: ")) == (result == FLAGGED)
        assert bool(told) == (result == FLAGGED)


def test_sparql_json_stays_as_the_standard_has_it(client: httpx.Client) -> None:
    body = client.get(EVENTS.format(".srj", "leukopenia")).json()
    assert "findings" not in body["head"]["vars"]


def test_the_page_of_an_answer_marks_rows_and_lists_findings(client: httpx.Client) -> None:
    text = client.get(EVENTS.format(".html", "leukopenia")).text
    (mark,) = re.findall(r'<a class="flag" href="[^"]*/integrity/([^"]+)" title="[^"]+">', text)
    assert mark == KEY
    assert "Findings on these figures" in text
    sound = client.get(EVENTS.format(".html", "abdominal-pain")).text
    assert 'class="flag"' not in sound
    assert "Findings on these figures" not in sound


def test_every_answer_that_names_figures_has_a_place_for_findings(opened: OpenRelease) -> None:
    starts = (BASE.entity("result", ""), BASE.entity("statement", ""))
    for name, query in opened.queries.items():
        answer = opened.query(name)
        named = any(
            isinstance(term, pyoxigraph.NamedNode) and term.value.startswith(starts)
            for row in answer.rows()
            for term in row
        )
        assert not named or flagging.shows_figures(query), name


def test_an_answer_marks_what_the_graph_says_and_nothing_else(
    client: httpx.Client, opened: OpenRelease
) -> None:
    """The findings of all adverse events, counted once by the service and once here."""
    text = f"SELECT ?f ?r {{ ?f <{ANLO.flags}> ?r }}"
    stated: dict[str, set[str]] = {}
    for finding, result in opened.run(text).rows():
        key = finding.value.rpartition("/")[2]
        stated.setdefault(str(opened.compact(result)), set()).add(key)
    listed = rows(client, "/queries/list-adverse-events?limit=10000")
    assert any(row["findings"] for row in listed)
    for row in listed:
        assert {f["key"] for f in row["findings"]} == stated.get(row["result"], set())


# Things ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "flagged"),
    [
        (f"/page/result/{FLAGGED}", True),
        (f"/page/statement/{FLAGGED}", True),
        ("/page/group/hcc-phase2.cohort-1", True),
        ("/page/study/hcc-phase2", True),
        (f"/page/result/{SOUND}", False),
        (f"/page/statement/{SOUND}", False),
    ],
)
def test_pages_of_things_tell_findings_on_their_figures(
    path: str, flagged: bool, client: httpx.Client
) -> None:
    text = client.get(path).text
    section = re.search(r'<section id="findings">(.*?)</section>', text, re.S)
    assert bool(section) == flagged
    if section:
        assert f"/page/finding/{KEY}" in section[1]
        assert "Either the count, the denominator or the percentage is wrong" in section[1]


def test_figures_are_marked_wherever_a_page_shows_them(client: httpx.Client) -> None:
    text = client.get("/page/study/hcc-phase2?about=adverse-event:leukopenia").text
    marks = re.findall(r'/page/result/([^"]+)">[^<]*</a>\s*<a class="flag"', text)
    assert FLAGGED in marks
    assert SOUND not in text
    cell = client.get("/page/adverse-event/abdominal-pain").text
    assert f'/page/result/{SOUND}"' in cell
    assert 'class="flag"' not in cell


def test_the_data_of_a_result_has_its_findings(client: httpx.Client) -> None:
    for kind in ("result", "statement"):
        for form, name in (("ttl", "turtle"), ("jsonld", "json-ld"), ("nt", "nt")):
            text = client.get(f"/data/{kind}/{FLAGGED}.{form}").text
            graph = Graph().parse(data=text, format=name)
            it = URIRef(BASE.entity("finding", KEY))
            assert (it, RDF.type, ANLO.IntegrityFinding) in graph
            assert graph.value(it, ANLO.explanation)
            severity = graph.value(it, ANLO.severity)
            assert str(graph.value(severity, URIRef("http://www.w3.org/2000/01/rdf-schema#label")))
    sound = client.get(f"/data/result/{SOUND}.nt").text
    assert "IntegrityFinding" not in sound


def test_the_page_of_a_result_names_its_findings_for_programs(client: httpx.Client) -> None:
    text = client.get(f"/page/result/{FLAGGED}").text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    (node,) = json.loads(block)
    (found,) = node["@reverse"][str(ANLO.flags)]
    assert found["@id"] == BASE.entity("finding", KEY)


# Other engines and amounts -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def remote(release: Release) -> Iterator[httpx.Client]:
    """A service over a remote engine that holds the release; nothing is kept of what it says."""
    with (
        served(releases=release.folder.parent, workers=1) as inner,
        served("--engine", f"{inner.address}/sparql", workers=1) as outer,
        httpx.Client(base_url=outer.address, timeout=60) as client,
    ):
        yield client


def test_a_remote_engine_tells_findings_too(remote: httpx.Client, client: httpx.Client) -> None:
    for path in (EVENTS.format("", "leukopenia"), "/integrity?study=hcc-phase2"):
        wanted = rows(client, path)
        found = rows(remote, path)
        for row in (*wanted, *found):
            for finding in row.get("findings", ()):
                finding["url"] = finding["url"].partition("/integrity/")[2]
        assert found == wanted
    text = remote.get(EVENTS.format(".csv", "leukopenia")).text
    assert text == client.get(EVENTS.format(".csv", "leukopenia")).text
    assert 'class="flag"' in remote.get(f"/page/result/{FLAGGED}").text


def test_files_without_findings_are_served_as_ever(opened: OpenRelease, tmp_path: Path) -> None:
    path = tmp_path / "study.nt"
    graph = pyoxigraph.NamedNode(BASE.graph("study", "hcc-phase2"))
    quads = opened.engine.store.quads_for_pattern(None, None, None, graph)
    path.write_bytes(b"".join(f"{quad.triple} .\n".encode() for quad in quads))
    with (
        served("--data", str(path), workers=1) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        page = client.get(f"/page/result/{FLAGGED}")
        assert page.status_code == 200
        assert 'class="flag"' not in page.text
        response = client.get("/integrity")
        assert response.status_code == 404
        assert "no question list-findings" in response.json()["detail"]


def many(number: int) -> Iterator[str]:
    """N-Triples of so many findings on one result each; the first is on the flagged one."""
    severity = f"<{BASE.entity('term', 'information')}>"
    yield f'{severity} <http://www.w3.org/2004/02/skos/core#notation> "information" .\n'
    for n in range(number):
        it, result = BASE.entity("finding", f"x.many.{n}"), BASE.entity("result", f"x.{n}")
        result = BASE.entity("result", FLAGGED) if n == 0 else result
        yield f"<{it}> <{RDF.type}> <{ANLO.IntegrityFinding}> .\n"
        yield f"<{it}> <{ANLO.flags}> <{result}> .\n"
        yield f"<{it}> <{ANLO.severity}> {severity} .\n"
        yield f'<{it}> <http://www.w3.org/2000/01/rdf-schema#label> "number {n}"@en .\n'


def test_more_findings_than_are_kept_are_asked_for_as_needed(tmp_path: Path) -> None:
    path = tmp_path / "many.nt"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(many(30_000))
        file.write(
            f"<{BASE.entity('result', FLAGGED)}> <{ANLO.hasStatement}>"
            f" <{BASE.entity('statement', FLAGGED)}> .\n"
        )
    with (
        served("--data", str(path), workers=1) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        text = client.get(f"/page/statement/{FLAGGED}").text
        assert "number 0" in text
        assert "number 1" not in text


# The command line --------------------------------------------------------------------------------


def command(release: Release, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "anlokg", "--releases", str(release.folder.parent), *words],
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "xml"])
def test_the_command_notes_findings_on_standard_error(form: str, release: Release) -> None:
    words = ("query", "list-adverse-events", "--format", form, "--param")
    flagged = command(release, *words, "adverse_event=adverse-event:leukopenia")
    assert f"[{KEY}]" in flagged.stderr
    assert "anlokg integrity --study hcc-phase2" in flagged.stderr
    assert KEY not in flagged.stdout
    sound = command(release, *words, "adverse_event=adverse-event:abdominal-pain")
    assert "findings" not in sound.stderr


def test_the_note_is_left_out_or_json_where_that_is_wanted(release: Release) -> None:
    words = ("query", "list-adverse-events", "--param", "adverse_event=adverse-event:leukopenia")
    assert command(release, "--quiet", *words).stderr == ""
    told = json.loads(command(release, "--json", *words).stderr)
    assert KEY in {finding["key"] for finding in told["findings"]}
