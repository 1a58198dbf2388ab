"""The parts of a page, without a server: addresses, names, figures, data blocks and links."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlokg.errors import NotFound
from anlokg.query.curies import Curies
from anlokg.service.thing import data, findings, items, jsonld, neighbourhood, signposts
from anlokg.service.thing.addresses import (
    MEDIA_TYPES,
    SUFFIXES,
    address,
    is_iri,
    meant,
    sent_path,
    split_suffix,
)
from anlokg.service.thing.items import Showing
from anlokg.service.thing.names import Names
from anlokg.service.thing.neighbourhood import LABEL, TYPE, Outline, Span

CASES = Path(__file__).parent / "cases" / "entities"
BASE = "https://example.org/kg/"
ONTOLOGY = f"{BASE}ontology/"
FIGURES = json.loads((CASES / "figures.json").read_text(encoding="utf-8"))


def showing(*rows: list[list[str] | None], **prefixes: str) -> Showing:
    """What turns cells into items, with names from rows as the engine gives them."""
    compact = Curies(prefixes).compact
    return Showing(BASE, ONTOLOGY, Names(BASE, compact, rows), lambda path: f"/p{path}", compact)


def named(iri: str, text: str, language: str = "en", role: str = LABEL) -> list[list[str] | None]:
    """A row of names."""
    return [["iri", iri], ["iri", role], ["literal", text], ["literal", language], None]


# Addresses -------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4))
def test_whatever_a_key_is_made_of_it_comes_back(parts: list[str]) -> None:
    from anlokg.mapping.terms import encode

    try:
        key = "/".join(encode(part) for part in parts)
    except UnicodeEncodeError:
        return  # half of a pair is no text
    iri = f"{BASE}id/cell/{key}"
    found = address(BASE, iri)
    if found.tail:
        assert found.tail.isascii()
        assert iri in meant(BASE, found.tail)
        assert iri in meant(BASE, sent_path(found.tail.encode()))
    else:
        assert any(part in (".", "..") for part in parts)


@given(st.binary(max_size=40))
def test_whatever_is_sent_means_iris_or_nothing(raw: bytes) -> None:
    for iri in meant(BASE, sent_path(raw)):
        assert iri.startswith(BASE)
        assert is_iri(iri)
        assert not set(iri) & set('<>"{}|^`\\ \n\r\t\0')


@pytest.mark.parametrize(("iri", "page", "data"), [
    (f"{BASE}id/drug/a", "/page/drug/a", "/data/drug/a.ttl"),
    (f"{BASE}id/cell/a%2Fb/é", "/page/cell/a%2Fb/%C3%A9", "/data/cell/a%2Fb/%C3%A9.ttl"),
    (f"{BASE}ontology/Drug", "/page/ontology/Drug", "/data/ontology/Drug.ttl"),
    (f"{BASE}graph/study/x", "/page/graph/study/x", "/data/graph/study/x.ttl"),
    ("urn:x", "/page?iri=urn%3Ax", "/data?iri=urn%3Ax&format=ttl"),
    (f"{BASE}id/drug", "/page?iri=https%3A%2F%2Fexample.org%2Fkg%2Fid%2Fdrug", ""),
])  # fmt: skip
def test_a_thing_has_its_paths(iri: str, page: str, data: str) -> None:
    found = address(BASE, iri)
    assert found.page == page
    assert not data or found.data("ttl") == data


@pytest.mark.parametrize("iri", [
    f"{BASE}id/drug/a?b", f"{BASE}id/drug/a#b", f"{BASE}id/drug/..", f"{BASE}id/drug/%2E%2e/x",
    f"{BASE}id/drug//x", f"{BASE}id/drug/", f"{BASE}id/ontology/x", f"{BASE}ontology/",
    f"{BASE}elsewhere/x", "https://other.org/kg/id/drug/a",
])  # fmt: skip
def test_what_no_path_can_hold_is_named_by_a_parameter(iri: str) -> None:
    assert address(BASE, iri).tail == ""


@pytest.mark.parametrize(("path", "parts"), [
    ("drug/a.ttl", ("drug/a", "ttl")), ("drug/a.rdf", ("drug/a", "rdfxml")),
    ("drug/a.html", ("drug/a", "html")), ("drug/a.b", ("drug/a.b", "")), ("drug/a", ("drug/a", "")),
])  # fmt: skip
def test_a_suffix_names_a_form(path: str, parts: tuple[str, str]) -> None:
    assert split_suffix(path) == parts


@pytest.mark.parametrize("text", [
    "", "a", "a b:c", "a:b c", "a:<b>", 'a:"', "a:\\u003E", "a:{", "a:|", "a:^", "a:`", "a:\n",
    "a:%", "a:%4", "a:[b]", "http://[::1", "http://a/[::1]", "\ud800:a", "a:\ud800",
])  # fmt: skip
def test_what_is_no_iri_never_reaches_a_query(text: str) -> None:
    assert not is_iri(text)
    with pytest.raises(NotFound):
        neighbourhood.ref(text)


# Names -----------------------------------------------------------------------------------------


def test_a_name_in_english_goes_before_others() -> None:
    rows = [named("a:x", "fremd", "de"), named("a:x", "bare", ""), named("a:x", "English")]
    for order in (rows, rows[::-1]):
        assert showing(*order).names.name("a:x") == "English"
    assert showing(rows[0], rows[1]).names.name("a:x") == "bare"
    assert showing(rows[0]).names.name("a:x") == "fremd"


def test_the_better_property_goes_before_the_better_language() -> None:
    title = named("a:x", "title", "en", "http://purl.org/dc/terms/title")
    assert showing(title, named("a:x", "Name", "de")).names.name("a:x") == "Name"


@pytest.mark.parametrize(("iri", "name"), [
    (f"{BASE}id/cell/a-b/Table%203/x%2Fy", "cell a-b / Table 3 / x/y"),
    (f"{BASE}id/drug-class/x", "drug class x"), (f"{BASE}graph/study/x", "graph study / x"),
    ("https://other.org/x", "o:x"), ("urn:x", "urn:x"),
])  # fmt: skip
def test_what_has_no_name_is_called_by_its_iri(iri: str, name: str) -> None:
    assert showing(o="https://other.org/").names.name(iri) == name


@pytest.mark.parametrize(("iri", "name"), [
    ("http://www.w3.org/ns/prov#hadPrimarySource", "had primary source"),
    ("http://example.org/about", "about"), ("http://example.org/x%20y", "x y"),
])  # fmt: skip
def test_a_property_without_a_name_is_called_by_its_words(iri: str, name: str) -> None:
    assert showing().names.property_name(iri) == name


# Items -----------------------------------------------------------------------------------------


def test_only_web_addresses_become_links() -> None:
    shown = showing()
    assert shown.link("javascript:alert(1)") == ("", "")
    assert shown.link("data:text/html,x") == ("", "")
    assert shown.link("https://other.org/é") == ("", "https://other.org/%C3%A9")
    assert shown.item(["literal", "javascript:x", items.ANY_URI]).href == ""
    described = showing([["iri", "urn:x"], None, None, None, ["literal", "true"]])
    assert described.link("urn:x") == ("/p/page?iri=urn%3Ax", "")


def test_a_long_text_is_cut_and_says_so() -> None:
    item = showing().item(["literal", "x" * 100_000])
    assert len(item.text) < 3000
    assert "100000" in item.title


def test_names_with_numbers_are_sorted_by_value() -> None:
    texts = ["a 10", "a 9", "A 1", "b", "²", "٣", ""]
    found = sorted((items.Item(text) for text in texts), key=items._natural)
    assert [item.text for item in found][:5] == ["", "A 1", "a 9", "a 10", "b"]


def test_a_long_list_is_asked_for_in_an_order_and_a_very_long_one_is_not() -> None:
    counts = {"a:few": 3, "a:many": 500, "a:very-many": 10**6}
    few, many, very_many = items.spans(counts)
    assert not few.ordered
    assert many == Span("a:many", 25, 0, 500, ordered=True)
    assert not very_many.ordered
    assert items.spans(counts, "a:many", 3) == (Span("a:many", 25, 50, 500, ordered=True),)
    assert {span.limit for span in items.spans({f"a:{n}": 9 for n in range(400)})} == {5}


def test_rings_of_nodes_without_a_name_end() -> None:
    tree = {"a": [("a:to", ["blank", "b"])], "b": [("a:to", ["blank", "a"])]}
    tree["list"] = [
        (neighbourhood.FIRST, ["literal", "1"]),
        (neighbourhood.REST, ["blank", "list"]),
    ]
    shown = Showing(BASE, ONTOLOGY, Names(BASE, str, []), str, str, tree)
    assert shown.item(["blank", "a"]).nested
    ((group),) = shown.item(["blank", "list"]).nested
    assert [item.text for item in group.items] == ["1"]
    assert json.loads(jsonld.embedded("a:x", [[["iri", "a:p"], ["blank", "a"], None]], tree))


# Figures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", FIGURES, ids=lambda case: case["name"])
def test_a_figure_in_one_line(case: dict[str, dict[str, str]]) -> None:
    pairs = [
        (
            ["iri", ONTOLOGY + name],
            ["iri", BASE + value] if value.startswith("id/") else ["literal", value],
        )
        for name, value in case["fields"].items()
    ]
    own = findings.fields(ONTOLOGY, pairs)
    assert findings.figure(showing(), own) == case["figure"]


def test_a_result_says_each_thing_once() -> None:
    cell = ["literal", "5"]
    own = findings.fields(ONTOLOGY, [(["iri", f"{ONTOLOGY}value"], cell)] * 2)
    assert findings.figure(showing(), own) == "5"


# Data blocks and links -------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_leaves_its_data_block(text: str) -> None:
    rows = [[["iri", "a:p"], ["literal", text, "@en"], None], [["iri", TYPE], ["iri", "a:T"], None]]
    block = jsonld.embedded("a:x", rows, {})
    assert not set(block) & set("<>&\u2028\u2029")
    (node,) = json.loads(block)
    assert node["a:p"] == [{"@value": text, "@language": "en"}]
    assert node["@type"] == ["a:T"]


def test_a_header_that_would_be_too_long_keeps_what_is_needed() -> None:
    def header(length: int) -> str:
        found = address(BASE, f"{BASE}id/drug/{'a' * length}")
        links = signposts.of_page(
            found, ["a:T"], signposts.Origin("a:d", "a:l"), lambda p: f"h:{p}"
        )
        return signposts.header(links)

    assert "describedby" in header(100)
    assert "linkset" in header(500)
    assert "describedby" not in header(500)
    assert header(5000) == ""


def test_an_outline_knows_what_it_was_told() -> None:
    rows = [
        [["literal", "out"], ["iri", "a:p"], ["literal", "3"], ["literal", "1"]],
        [["literal", "in"], ["iri", "a:q"], ["literal", "2"], None],
        [["literal", "type"], ["iri", "a:Wide"], ["literal", "1"], None],
        [["literal", "type"], ["iri", "a:Narrow"], ["literal", "0"], None],
        [["literal", "graph"], None, None, None],
    ]
    found = neighbourhood.read_outline("a:x", rows)
    expected = Outline("a:x", {"a:p": 3}, {"a:q": 2}, frozenset({"a:p"}), ("a:Narrow", "a:Wide"),
                       graph=True, predicate=False)  # fmt: skip
    assert found == expected
    assert found.known
    assert not neighbourhood.read_outline("a:x", []).known


# The guide -------------------------------------------------------------------------------------


def test_the_guide_names_every_form_and_every_limit() -> None:
    text = (Path(__file__).parent.parent / "docs" / "linked-data.md").read_text(encoding="utf-8")
    for suffix, form in SUFFIXES.items():
        assert f"| `.{suffix}` | `{MEDIA_TYPES[form]}` |" in text
    words = " ".join(text.split())
    for sentence in (
        f"at most {items.PAGE} values",
        f"in pages of {items.PAGE}:",
        f"more than {neighbourhood.ORDERED:,} are in the order of the engine",
        f"({items.FEWEST} at the least)",
        f"more than {neighbourhood.MOST_PREDICATES} shows {neighbourhood.MOST_PREDICATES}",
        f"the first {data.INCOMING}, ordered",
        f"longer than {signposts.LONGEST_HEADER} bytes",
    ):
        assert sentence in words, sentence
    assert neighbourhood.DEEPEST == 6
    assert "six levels" in words
