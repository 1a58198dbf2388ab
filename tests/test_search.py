"""Finding things by name: tables of cases, properties of any text, and the real service."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import re
import shutil
import statistics
import string
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlokg.build import BuildOptions, build
from anlokg.engine.request import Reply
from anlokg.errors import EngineUnavailable
from anlokg.namespaces import KINDS, Base
from anlokg.opened import OpenRelease
from anlokg.query.curies import Curies
from anlokg.release.shelf import Shelf
from anlokg.resources import Resources
from anlokg.search import folding, kinds, names, spellings
from anlokg.search.hits import Hit
from anlokg.search.index import Index
from anlokg.search.names import Name, Named, Thing
from anlokg.search.resolve import resolve
from anlokg.search.typos import Typos, allowed
from anlokg.service.found import desk
from serving import served

CASES = Path(__file__).parent / "cases" / "search"
DOCS = Path(__file__).parent.parent / "docs" / "search.md"
BASE = Base()
SHORT = Curies(BASE.prefixes() | {"query": f"{BASE.iri}query/"})
HTML = {"Accept": "text/html"}
LAZY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def table(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SEARCHES, RESOLUTIONS = table("search.csv"), table("resolve.csv")
HOSTILE = [
    '"', '""', "'", '"unclosed', "NEAR(a b, 2)", "a NEAR b", "*", "anlo*", "^anlotinib",
    "names:anlotinib", "{names texts}: x", "a AND", "OR", "NOT anlotinib", "a + b", "(", "))((",
    "-anlotinib", "\x00", "anlo\x00tinib", "\ud800", "'; DROP TABLE docs; --", "%", "_", "\\",
    "\u202e", "\ufeff", "ﷺ", "a\u0301" * 50, "x" * 100_000, "pd " * 5000, "1" * 300, "İ", "ẞ",
    "🧬", "<script>", "${x}", "{{ x }}", "..", "/", "//", "http://", "doi:", ":", "::", "10.",
    "%zz",
]  # fmt: skip


@pytest.fixture(scope="module")
def index(opened: OpenRelease) -> Index:
    """The index of the shipped evidence, from the answers of the engine to its own queries."""
    rows = {
        name: [
            [None if term is None else term.value for term in row]  # type: ignore[union-attr]
            for row in opened.engine.query(text).rows()
        ]
        for name, text in names.queries(BASE).items()
    }
    return Index(names.collect(BASE, rows, opened.queries))


def first(index: Index, text: str) -> Hit | None:
    groups = index.search(text)
    return groups[0].hits[0] if groups else None


# Cases -----------------------------------------------------------------------------------------


def test_the_tables_are_large_enough() -> None:
    assert len(SEARCHES) >= 80
    assert len(RESOLUTIONS) >= 60


@pytest.mark.parametrize("case", SEARCHES, ids=[case["query"] for case in SEARCHES])
def test_what_is_meant_comes_first(case: dict[str, str], index: Index) -> None:
    hit = first(index, case["query"])
    assert hit is not None, "nothing was found"
    found = (hit.thing.kind, SHORT.compact(hit.thing.iri), hit.match.how)
    assert found == (case["kind"], case["first"], case["how"]), hit.match


@pytest.mark.parametrize("case", RESOLUTIONS, ids=[case["text"] for case in RESOLUTIONS])
def test_a_name_stands_for_these_things(case: dict[str, str], index: Index) -> None:
    found = [SHORT.compact(hit.thing.iri) for hit in resolve(index, BASE, case["text"]).hits]
    if case["status"] == "404":
        assert found == []
        near = [SHORT.compact(hit.thing.iri) for hit in index.best(case["text"])]
        assert set(case["things"].split()) <= set(near), "the nearest name is not suggested"
    else:
        assert found == case["things"].split()
        assert (len(found) == 1) == (case["status"] == "303")


def test_every_identifier_of_the_evidence_resolves(index: Index, resources: Resources) -> None:
    path = resources.evidence / "vocabulary" / "identifiers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    exact = {row["curie"] for row in rows if row["relation"] == "exact"}
    for row in rows:
        thing = f"{row['entity_type']}:{row['entity']}"
        local = row["curie"].partition(":")[2]
        for text in (row["curie"], row["curie"].upper(), row["iri"], f" {row['curie']}. "):
            found = [SHORT.compact(hit.thing.iri) for hit in resolve(index, BASE, text).hits]
            assert found, f"{text} is unknown"
            nearly = row["relation"] != "exact" and row["curie"] in exact
            assert nearly or thing in found, f"{text} gives {found}"
        assert resolve(index, BASE, local).hits, f"{local} is unknown without its prefix"


def test_every_name_of_the_evidence_resolves(index: Index, resources: Resources) -> None:
    path = resources.evidence / "vocabulary" / "names.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = resolve(index, BASE, row["name"]).hits
            things = [SHORT.compact(hit.thing.iri) for hit in found]
            assert f"{row['entity_type']}:{row['entity']}" in things, row


def test_every_prefix_of_the_evidence_has_its_spellings(resources: Resources) -> None:
    path = resources.evidence / "vocabulary" / "identifiers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        used = {row["curie"].partition(":")[0] for row in csv.DictReader(file)}
    assert used <= {spelling.prefix for spelling in spellings.SPELLINGS}


def test_every_kind_of_thing_has_a_title() -> None:
    assert set(KINDS) <= set(kinds.KINDS)


def test_the_documentation_has_the_spellings_and_kinds() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert spellings.table() in text, "put the output of spellings.table() into docs/search.md"
    for kind in kinds.KINDS:
        assert f"`{kind}`" in text


# Order and explanation -------------------------------------------------------------------------

ORDER = ["exact", "prefix", "word", "typo"]


def made(*labels: str, kind: str = "drug") -> Index:
    """An index of things of one kind with these labels."""
    things = [
        Thing(f"{BASE.iri}id/{kind}/{number}", kind, label, (Name(label, "label"),))
        for number, label in enumerate(labels)
    ]
    return Index(Named(tuple(things)))


def test_exact_comes_before_prefix_before_words_before_typos() -> None:
    index = made("neratinib maleate", "oral neratinib tablet", "neratinib", "neratanib")
    hits = index.search("neratinib")[0].hits
    assert [hit.match.how for hit in hits] == ["exact", "prefix", "word"]
    hits = index.search("neratini")[0].hits
    assert [hit.thing.label for hit in hits][:2] == ["neratinib", "neratinib maleate"]
    (hit,) = made("neratanib").search("neratinib")[0].hits
    assert (hit.match.how, hit.match.distance) == ("typo", 1)


def test_things_of_the_field_come_before_results(index: Index) -> None:
    for text in ("anlotinib", "pfs", "hypertension", "placebo", "liver"):
        hits = [hit for group in index.search(text) for hit in group.hits]
        of_the_field = [hit for hit in hits if kinds.of(hit.thing.kind).worth == kinds.THING]
        others = [hit for hit in hits if kinds.of(hit.thing.kind).worth == kinds.RESULT]
        assert of_the_field
        for way in ORDER:
            mine = [hit.score for hit in of_the_field if hit.match.how == way]
            theirs = [hit.score for hit in others if hit.match.how == way]
            assert not mine or not theirs or max(mine) > max(theirs), (text, way)


def test_groups_and_hits_are_in_order_of_score(index: Index) -> None:
    for case in SEARCHES:
        groups = index.search(case["query"])
        assert len({group.kind.name for group in groups}) == len(groups)
        best = [group.hits[0].score for group in groups]
        assert best == sorted(best, reverse=True)
        for group in groups:
            scores = [hit.score for hit in group.hits]
            assert scores == sorted(scores, reverse=True)
            assert all(0 < score <= 100 for score in scores)


def test_the_match_is_explained_by_the_place_in_the_name(index: Index) -> None:
    for case in SEARCHES:
        for group in index.search(case["query"]):
            for hit in group.hits:
                match = hit.match
                assert "".join(piece for piece, _ in match.pieces()) == match.name
                assert match.spans
                for (start, end), (after, _) in zip(
                    match.spans, (*match.spans[1:], (10**6, 0)), strict=True
                ):
                    assert 0 <= start < end <= min(len(match.name), after)
                assert (match.how == "typo") == (match.distance > 0) or match.how == "definition"
                assert Name(match.name, match.role, match.relation) in hit.thing.names


@pytest.mark.parametrize(("query", "marked"), [
    ("anlotinib hydro", "[anlotinib hydro]chloride"),
    ("metastases liver alter 1202", "[ALTER 1202], [liver] [metastases]"),
    ("nct0305", "clinicaltrials:[NCT0305]9797"),
    ("pd-l1 inhibitor", "[PD-L1 inhibitor]"),
    ("regorafénib", "[regorafenib]"),
])  # fmt: skip
def test_what_matched_is_marked(query: str, marked: str, index: Index) -> None:
    hit = first(index, query)
    assert hit is not None
    assert "".join(f"[{p}]" if matched else p for p, matched in hit.match.pieces()) == marked


def test_kinds_and_limits_bound_what_is_found(index: Index) -> None:
    (group,) = index.search("anlotinib", ("study",), 3)
    assert group.kind.name == "study"
    assert len(group.hits) == 3
    assert group.more
    assert {g.kind.name for g in index.search("anlotinib", ("study", "drug"))} == {"study", "drug"}
    (group,) = index.search("catequentinib", ("drug",), 1)
    assert not group.more or len(index.search("catequentinib", ("drug",), 2)[0].hits) == 2
    assert index.search("anlotinib", ("line",)) == []


def test_more_is_told_only_where_there_is_more(index: Index) -> None:
    for text in ("anlotinib", "sarcoma", "hazard ratio"):
        for few, many in zip(index.search(text, (), 2), index.search(text, (), 100), strict=False):
            if few.kind == many.kind:
                assert few.more == (len(many.hits) > 2), (text, few.kind.name)


# Spelling --------------------------------------------------------------------------------------


@pytest.mark.parametrize("spellings_of_one", [
    ("PD-L1", "PDL1", "pd l1", "pd‑l1", "Pd/L1", "ＰＤ－Ｌ１"),
    ("PDGFRβ", "PDGFR-beta", "pdgfr Beta", "PDGFRB"),
    ("Régorafénib", "regorafenib", "RE\u0301GORAFE\u0301NIB"),
    ("O'Brien", "obrien", "O’Brien"),
    ("IL-1β", "il1 beta", "IL1B"),
    ("ﬁbrosis", "FIBROSIS"),
])  # fmt: skip
def test_spellings_of_one_name_have_one_key(spellings_of_one: tuple[str, ...]) -> None:
    assert len({folding.key(text) for text in spellings_of_one}) == 1


def test_names_that_differ_have_other_keys() -> None:
    apart = ("PD-1", "PD-L1", "PD-L2", "VEGFR1", "VEGFR2", "PDGFRα", "PDGFRβ", "ALTER 1202")
    assert len({folding.key(text) for text in apart}) == len(apart)


@given(st.text(max_size=60))
@LAZY
def test_parts_stand_where_they_say(text: str) -> None:
    found = folding.parts(text)
    ends = [0, *(part.end for part in found)]
    for part, before in zip(found, ends, strict=False):
        # One character may hold letters and digits, such as ㍘; both parts are then all of it.
        assert before - 1 <= part.start < part.end <= len(text)
        assert part.text
    assert bool(found) == bool(folding.key(text))


@given(st.text(max_size=40))
@LAZY
def test_a_key_is_its_own_key(text: str) -> None:
    once = folding.key(text)
    assert folding.key(text.upper()) == folding.key(text.upper().lower())
    assert all(character.isalnum() for character in once)


@pytest.mark.parametrize(("length", "most"), [(1, 0), (2, 0), (3, 1), (7, 1), (8, 2), (12, 3)])
def test_longer_names_may_have_more_wrong_letters(length: int, most: int) -> None:
    assert allowed(length) == most


@given(st.text("abcd1", min_size=1, max_size=14), st.lists(st.text("abcd1", min_size=1)))
@LAZY
def test_typos_finds_all_that_is_near_and_nothing_else(text: str, others: list[str]) -> None:
    found = {other: distance for distance, other in Typos(others).near(text)}
    for other in others:
        distance = edits(text, other)
        if 0 < distance <= allowed(len(text)):
            assert found[other] == distance
        else:
            assert other not in found


def edits(one: str, other: str) -> int:
    """Optimal string alignment, written out; what the library is compared with."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def mistyped(label: str, chance: random.Random) -> str:
    """A label with one letter left out, put in, replaced, or swapped with the next."""
    place = chance.randrange(len(label))
    letter = chance.choice(string.ascii_lowercase)
    ways = [label[:place] + letter + label[place:], label[:place] + letter + label[place + 1 :]]
    if len(label) > 1:
        ways.append(label[:place] + label[place + 1 :])
    if place + 1 < len(label):
        swapped = label[place + 1] + label[place]
        ways.append(label[:place] + swapped + label[place + 2 :])
    return chance.choice(ways)


@pytest.mark.parametrize("seed", range(3))
def test_a_mistyped_label_finds_its_thing_among_the_first_five(seed: int, index: Index) -> None:
    chance = random.Random(seed)
    things = [thing for thing in index.things if kinds.of(thing.kind).worth > kinds.RESULT]
    missed = []
    for thing in things:
        text = mistyped(thing.label, chance)
        if thing.iri not in {hit.thing.iri for hit in index.best(text, 5)}:
            missed.append((thing.label, text))
    assert len(things) > 900
    assert len(missed) <= 0.05 * len(things), missed


def test_identifiers_are_never_guessed(index: Index) -> None:
    for text in ("P35969", "CHEMBL4303202", "NCT03059798", "10.1002/cam4.4508", "DB11886"):
        hit = first(index, text)
        assert hit is None or hit.match.role not in ("identifier", "registration"), hit
        assert not resolve(index, BASE, text).hits


# Any text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{n}" for n in range(len(HOSTILE))])
def test_hostile_text_is_plain_text(text: str, index: Index) -> None:
    index.search(text)
    resolve(index, BASE, text)


def test_operators_of_the_full_text_engine_are_words(index: Index) -> None:
    plain = [(h.thing.iri, h.score) for h in index.best("anlotinib")]
    for text in (
        '"anlotinib"',
        "anlotinib*",
        "^anlotinib",
        "(anlotinib)",
        "-anlotinib",
        '"anlotinib',
    ):
        assert [(h.thing.iri, h.score) for h in index.best(text)] == plain, text


ANYTHING = st.one_of(
    st.text(max_size=80),
    st.text('"*^(){}:+-~NEARORANDT \x00\\anlotinib', max_size=60),
    st.lists(st.sampled_from(["anlotinib", "PD-L1", "OR", "NEAR", '"', "1202", "β", ":"])).map(
        " ".join
    ),
)


@given(text=ANYTHING)
@LAZY
def test_any_text_is_answered(text: str, index: Index) -> None:
    for group in index.search(text):
        assert group.hits
        for hit in group.hits:
            assert "".join(piece for piece, _ in hit.match.pieces()) == hit.match.name
    for hit in resolve(index, BASE, text, home="http://127.0.0.1:8000/").hits:
        assert hit.thing in index.things


def test_a_search_takes_a_few_milliseconds(index: Index) -> None:
    """Measured 0.5 ms; the bound leaves room for machines that are busy."""
    spent = []
    for case in SEARCHES:
        began = time.perf_counter()
        index.search(case["query"])
        spent.append(time.perf_counter() - began)
    assert statistics.median(spent) < 0.010


def test_an_identifier_that_looks_like_a_name_is_not_guessed_either() -> None:
    one = Thing(f"{BASE.iri}id/target/one", "target", "VEGFX", (Name("VEGFX", "label"),))
    names_of_two = (Name("something else", "label"), Name("db:VEGFX", "identifier", "exact"))
    two = Thing(f"{BASE.iri}id/target/two", "target", "something else", names_of_two)
    index = Index(Named((one, two)))
    assert len(index.best("VEGFX")) == 2
    assert [hit.thing for hit in index.best("VEGFY")] == [one]


def test_an_index_of_nothing_finds_nothing() -> None:
    empty = Index(Named(()))
    assert empty.search("anlotinib") == []
    assert resolve(empty, BASE, "anlotinib").hits == ()


def test_the_index_works_without_the_store() -> None:
    code = (
        "import sys, anlokg.search.index, anlokg.search.resolve; print('pyoxigraph' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


# The service -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(shelf: Shelf, opened: OpenRelease) -> Iterator[httpx.Client]:
    assert opened.engine
    with (
        served(releases=shelf.folder) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        yield client


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, object] = response.json()
    assert body["status"] == status
    return body


def address(text: str) -> str:
    return f"/resolve/{quote(text, safe='')}"


def test_the_service_finds_what_the_index_finds(client: httpx.Client, index: Index) -> None:
    for case in SEARCHES[::5]:
        body = client.get("/search", params={"q": case["query"]}).json()
        hit = body["groups"][0]["hits"][0]
        assert hit["curie"] if case["kind"] != "query" else "curie" not in hit
        assert SHORT.compact(hit["iri"]) == case["first"]
        assert hit["match"]["how"] == case["how"]
        assert body["groups"][0]["kind"] == hit["kind"] == case["kind"]
        assert body["complete"] is True
        groups = index.search(case["query"])
        assert [len(group["hits"]) for group in body["groups"]] == [len(g.hits) for g in groups]


def test_links_of_hits_lead_to_the_things(client: httpx.Client) -> None:
    for text in ("anlotinib", "compare-arms", "late line study"):
        hit = client.get("/search", params={"q": text}).json()["groups"][0]["hits"][0]
        assert hit["link"].startswith(str(client.base_url))
        assert client.get(hit["link"], follow_redirects=True).status_code == 200


def test_kind_and_limit_are_parameters(client: httpx.Client) -> None:
    body = client.get("/search", params={"q": "anlotinib", "kind": "study,drug", "limit": 2}).json()
    assert {group["kind"] for group in body["groups"]} == {"study", "drug"}
    assert all(len(group["hits"]) <= 2 for group in body["groups"])
    assert any(group["more"] for group in body["groups"])


@pytest.mark.parametrize(("parameters", "name"), [
    ({}, "q"),
    ({"q": ""}, "q"),
    ({"q": "   "}, "q"),
    ({"q": "x" * 301}, "q"),
    ({"q": "x", "kind": "nonsense"}, "kind"),
    ({"q": "x", "limit": "0"}, "limit"),
    ({"q": "x", "limit": "101"}, "limit"),
    ({"q": "x", "limit": "many"}, "limit"),
    ({"q": "x", "format": "pdf"}, "format"),
])  # fmt: skip
def test_a_wrong_parameter_is_named(
    parameters: dict[str, str], name: str, client: httpx.Client
) -> None:
    body = problem(client.get("/search", params=parameters), 400)
    errors = body.get("errors") or [{"parameter": body["parameter"]}]
    assert [error["parameter"] for error in errors] == [name]  # type: ignore[index, union-attr]
    assert name in str(body["detail"])


def test_a_wrong_kind_is_told_the_right_ones(client: httpx.Client) -> None:
    detail = str(problem(client.get("/search", params={"q": "x", "kind": "no"}), 400)["detail"])
    assert "drug, study, endpoint" in detail


def test_a_type_that_is_not_offered_is_refused(client: httpx.Client) -> None:
    for path in ("/search?q=anlotinib", "/resolve/PD-L1"):
        problem(client.get(path, headers={"Accept": "text/turtle"}), 406)
        problem(client.get(path, headers={"Accept": "application/json;q=2"}), 400)


def test_people_get_a_page_that_needs_no_scripts(client: httpx.Client) -> None:
    empty = client.get("/search", headers=HTML)
    assert empty.status_code == 200
    assert '<input name="q"' in empty.text
    page = client.get("/search", params={"q": 'anlotnib"><b>'}, headers=HTML)
    assert page.headers["content-type"].startswith("text/html")
    assert "<mark>anlotinib</mark>" in page.text
    assert "<b>" not in page.text
    assert "<script" not in page.text
    assert re.search(r'href="/id/drug/anlotinib"', page.text)
    assert "Nothing has a name like this" in client.get("/search?q=zzzzzz", headers=HTML).text


def test_the_page_leads_to_more_of_a_kind(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "anlotinib", "limit": 2}, headers=HTML).text
    more = re.search(r'href="(/search\?[^"]*kind=study[^"]*)"', page)
    assert more is not None
    path = more[1].replace("&amp;", "&")
    assert client.get(path, headers=HTML).text.count("<mark>") > 4


def test_the_forms_of_a_search_link_to_each_other(client: httpx.Client) -> None:
    response = client.get("/search?q=anlotinib", headers=HTML)
    other = response.links["alternate"]
    assert other["type"] == "application/json"
    data = client.get(other["url"], headers=HTML)
    assert data.json()["groups"]
    assert data.links["alternate"]["type"] == "text/html"


def test_an_answer_is_tagged_and_not_made_again(client: httpx.Client) -> None:
    response = client.get("/search?q=anlotinib")
    again = {"If-None-Match": response.headers["etag"]}
    assert client.get("/search?q=anlotinib", headers=again).status_code == 304
    other = client.get("/search?q=sorafenib", headers=again)
    assert other.status_code == 200
    assert other.headers["etag"] != response.headers["etag"]
    elsewhere = client.get("/search?q=anlotinib", headers={"Host": "elsewhere.example"})
    assert elsewhere.json()["groups"][0]["hits"][0]["link"].startswith("http://elsewhere.example/")
    assert elsewhere.headers["etag"] != response.headers["etag"]


@pytest.mark.parametrize("path", ["/search?q=anlotinib", "/resolve/P35968", "/resolve/PD-L1",
                                  "/resolve/nothing", "/search?q="])  # fmt: skip
def test_head_has_the_headers_of_get(path: str, client: httpx.Client) -> None:
    plain = {"Accept-Encoding": "identity"}  # whether it will be packed is not known to HEAD
    get, head = client.get(path, headers=plain), client.head(path, headers=plain)
    assert head.status_code == get.status_code
    assert head.content == b""
    for name in ("location", "content-type", "etag", "cache-control", "link", "vary"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.parametrize("case", RESOLUTIONS, ids=[case["text"] for case in RESOLUTIONS])
def test_a_name_is_resolved_over_http(case: dict[str, str], client: httpx.Client) -> None:
    response = client.get(address(case["text"]))
    assert response.status_code == int(case["status"]), response.text
    things = case["things"].split()
    if case["status"] == "303":
        body = response.json()
        assert SHORT.compact(body["iri"]) == things[0]
        assert response.headers["location"] == body["link"]
    elif case["status"] == "300":
        choices = response.json()["choices"]
        assert [SHORT.compact(choice["iri"]) for choice in choices] == things
        links = re.findall(r'<([^>]+)>; rel="alternate"', response.headers["link"])
        assert links == [choice["link"] for choice in choices]
    else:
        body = problem(response, 404)
        near = [SHORT.compact(each["iri"]) for each in body["suggestions"]]  # type: ignore[attr-defined]
        assert set(things) <= set(near)


@pytest.mark.parametrize("path", [
    "/resolve/https://doi.org/10.1002/cam4.4507",
    "/resolve/https:/doi.org/10.1002/cam4.4507",
    "/resolve/10.1002/cam4.4507",
    "/resolve/10.1002%2Fcam4.4507",
    "/resolve/10%2e1002/cam4%2e4507.",
    "/resolve/DOI:%2010.1002/cam4.4507",
])  # fmt: skip
def test_slashes_and_escapes_of_a_doi_do_not_matter(path: str, client: httpx.Client) -> None:
    response = client.get(path)
    assert response.status_code == 303
    assert response.headers["location"].endswith("/id/document/alter1202-liver-article")


def test_an_address_may_have_a_query_of_its_own(client: httpx.Client) -> None:
    path = "/resolve/https://meshb.nlm.nih.gov/record/ui?ui=D055752"
    assert client.get(path).headers["location"].endswith("/id/condition/sclc")
    path = "/resolve/https://clinicaltrials.gov/ct2/show/NCT03059797?term=anlotinib"
    assert client.get(path).headers["location"].endswith("/id/study/alter1202")


def test_addresses_of_the_service_itself_resolve(client: httpx.Client) -> None:
    for path in ("/id/drug/anlotinib", "/page/drug/anlotinib", "/data/drug/anlotinib.ttl"):
        response = client.get(address(f"{client.base_url}{path}"))
        assert response.json()["iri"] == f"{BASE.iri}id/drug/anlotinib"


def test_things_without_a_name_resolve_by_their_iri(
    client: httpx.Client, opened: OpenRelease
) -> None:
    text = "SELECT ?s { ?s a <https://w3id.org/anlokg/ontology/PrintedCell> } ORDER BY ?s"
    cells = [row[0].value for row in opened.engine.query(text).rows()]  # type: ignore[union-attr]
    odd = [iri for iri in cells if not iri.isascii()][:3]
    for iri in (*cells[:3], *odd, f"{BASE.iri}graph/vocabulary/all", f"{BASE.iri}ontology"):
        for path in (address(iri), f"/resolve/{quote(iri, safe='/:%')}"):
            response = client.get(path)
            assert response.status_code == 303, path
            assert response.json()["iri"] == iri
            assert response.headers["location"].isascii()
            shown = client.get(response.headers["location"], follow_redirects=True)
            assert shown.status_code == 200, iri
    problem(client.get(address(f"{BASE.iri}id/cell/no/such/cell")), 404)
    problem(client.get(address(f"{BASE.iri}id/drug/no> ?p ?o }} #")), 404)


def test_people_choose_on_a_page(client: httpx.Client) -> None:
    response = client.get("/resolve/PD-L1", headers=HTML)
    assert response.status_code == 300
    assert response.headers["content-type"].startswith("text/html")
    assert 'href="/id/target/cd274"' in response.text
    assert 'href="/id/biomarker/pd-l1"' in response.text
    assert client.get("/resolve/anlotnib", headers=HTML).text.count("anlotinib") > 1


def test_a_name_that_is_missing_or_endless_is_told(client: httpx.Client) -> None:
    for path in ("/resolve", "/resolve/", "/resolve/%20", f"/resolve/{'x' * 2001}"):
        assert problem(client.get(path), 400)["parameter"] == "name"


def test_hostile_text_is_answered_over_http(client: httpx.Client) -> None:
    for text in HOSTILE:
        text = text.encode("utf-8", "replace").decode()[:300]
        searched = client.get("/search", params={"q": text})
        assert searched.status_code in (200, 400), text
        if text in (".", ".."):
            continue  # clients take such parts out of a path before they send it
        resolved = client.get(address(text))
        assert resolved.status_code in (300, 303, 400, 404), text


@given(text=st.one_of(st.binary(max_size=40).map(quote), st.text(max_size=40).map(quote)))
@settings(LAZY, max_examples=60)
def test_any_path_is_answered_over_http(text: str, client: httpx.Client) -> None:
    assert client.get(f"/search?q={text}").status_code in (200, 400)
    if text not in (".", ".."):
        assert client.get(f"/resolve/{text}").status_code in (300, 303, 400, 404)


def test_plain_files_are_searched_too(tmp_path: Path) -> None:
    file = tmp_path / "own.ttl"
    file.write_text(
        "<https://w3id.org/anlokg/id/drug/x> <http://www.w3.org/2000/01/rdf-schema#label>"
        ' "wonderdrug"@en .\n<https://example.org/y> a <https://example.org/Z> .\n'
    )
    with served("--data", str(file)) as service:
        body = httpx.get(f"{service.address}/search?q=wonderdrug").json()
        assert [hit["label"] for group in body["groups"] for hit in group["hits"]] == ["wonderdrug"]
        assert httpx.get(f"{service.address}/resolve/Wonder-Drug").status_code == 303
        assert httpx.get(f"{service.address}/resolve/anlotinib").status_code == 404
        assert httpx.get(f"{service.address}/search", headers=HTML).status_code == 200


def test_a_remote_engine_is_searched_too(shelf: Shelf, opened: OpenRelease) -> None:
    assert opened.engine
    with (
        served(releases=shelf.folder) as engine,
        served("--engine", f"{engine.address}/sparql") as service,
    ):
        body = httpx.get(f"{service.address}/search?q=anlotnib", timeout=60).json()
        assert body["groups"][0]["hits"][0]["curie"] == "drug:anlotinib"
        response = httpx.get(f"{service.address}/resolve/P35968", timeout=60)
        assert response.headers["location"] == f"{service.address}/id/target/kdr"
        assert response.headers["cache-control"] == "no-store"


class Answering:
    """Stands for the context of a service whose engine answers with one drug of these names."""

    def __init__(self, *drugs: str, lasting: bool = True) -> None:
        self.drugs, self.lasting = list(drugs), lasting
        self.edition = SimpleNamespace(id="this", base=BASE, queries={})
        self.labels: list[str] = []
        self.asked = 0
        self._made: dict[str, object] = {}

    async def made(self, name: str, make: Callable[[], Awaitable[object]]) -> object:
        if name not in self._made:
            self._made[name] = await make()
        return self._made[name]

    async def ask(self, _request: None, text: str, form: str) -> Reply:
        assert form == "rows"
        self.asked += 1
        lines: list[object] = [["thing", "property", "name"]]
        if text == names.queries(BASE)["names"]:
            label = "http://www.w3.org/2000/01/rdf-schema#label"
            lines += [
                [["iri", f"{BASE.iri}id/drug/{drug}"], ["iri", label], ["literal", drug, "@en"]]
                for drug in self.drugs
            ]
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return Reply(body, label=self.labels.pop(0) if self.labels else "this")


def drugs_of(index: Index) -> list[str]:
    return [thing.label for thing in index.things]


def test_an_index_is_made_once_for_an_edition() -> None:
    context = Answering("one")

    async def ask() -> None:
        at_desk = desk.Desk(context)  # type: ignore[arg-type]
        found = await asyncio.gather(*(at_desk.index() for _ in range(5)))
        assert len({id(index) for index in found}) == 1
        assert drugs_of(found[0]) == ["one"]

    asyncio.run(ask())
    assert context.asked == len(names.queries(BASE))


def test_what_a_remote_engine_holds_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    context = Answering("one", lasting=False)

    async def ask() -> None:
        at_desk = desk.Desk(context)  # type: ignore[arg-type]
        assert drugs_of(await at_desk.index()) == ["one"]
        context.drugs = ["two"]
        assert drugs_of(await at_desk.index()) == ["one"], "too early to look again"
        monkeypatch.setattr(desk, "STALE_S", -1.0)
        assert drugs_of(await at_desk.index()) == ["two"]

    asyncio.run(ask())


def test_names_of_two_releases_are_never_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PAUSE_S", 0.0)
    context = Answering("one")

    async def ask() -> None:
        at_desk = desk.Desk(context)  # type: ignore[arg-type]
        context.labels = ["this", "next", "next", "next", "next"]
        assert drugs_of(await at_desk.index()) == ["one"]
        assert context.asked == 2 * len(names.queries(BASE))
        context.edition = SimpleNamespace(id="next", base=BASE, queries={})
        with pytest.raises(EngineUnavailable, match="being switched"):
            await at_desk.index()  # the index that is kept is that of the other edition

    asyncio.run(ask())


def test_links_keep_the_address_that_users_see(shelf: Shelf, opened: OpenRelease) -> None:
    assert opened.engine
    with served(releases=shelf.folder, base_url="https://kg.example.org/evidence") as service:
        response = httpx.get(f"{service.address}/resolve/P35968")
        assert response.headers["location"] == "https://kg.example.org/evidence/id/target/kdr"
        page = httpx.get(f"{service.address}/search?q=P35968", headers=HTML).text
        assert 'href="/evidence/id/target/kdr"' in page


@pytest.mark.slow
def test_a_new_release_brings_its_names(mini: Resources, tmp_path: Path) -> None:
    root = tmp_path / "resources"
    shutil.copytree(mini.root, root)
    shelf = Shelf(tmp_path / "releases")
    build(Resources(root), shelf, BuildOptions())
    with (
        served(releases=shelf.folder) as service,
        httpx.Client(base_url=service.address, timeout=60) as client,
    ):
        assert client.get("/resolve/brandnewname").status_code == 404
        with (root / "evidence/vocabulary/names.csv").open("a", encoding="utf-8") as file:
            file.write("drug,anlotinib,Brand-New Name,synonym\n")
        build(Resources(root), shelf, BuildOptions())
        deadline = time.monotonic() + 20
        while client.get("/resolve/brandnewname").status_code == 404:
            assert time.monotonic() < deadline, "the new name is not found"
            time.sleep(0.1)
        response = client.get("/resolve/brandnewname")
        assert response.headers["location"].endswith("/id/drug/anlotinib")
