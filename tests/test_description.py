"""What a release says of itself: its numbers are true, its examples run, nothing else changes."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from anlokg.build import BuildOptions, build
from anlokg.description import about, access, examples, prefixes, void, whole
from anlokg.errors import QueryError, ShapeError
from anlokg.namespaces import DEFAULT_BASE, OUTSIDE, Base
from anlokg.opened import OpenRelease
from anlokg.query import catalogue
from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources
from anlokg.validation import shapes

BASE = Base()
ROOT = f"{DEFAULT_BASE}dataset"
OWN = f"{DEFAULT_BASE}graph/description/"
RDF_TYPE = ox.NamedNode(f"{OUTSIDE['rdf']}type")
PREFIXES = "PREFIX void-ext: <http://ldf.fi/void-ext#>\n" + "".join(
    f"PREFIX {name}: <{iri}>\n" for name, iri in BASE.prefixes().items()
)
Triples = set[ox.Triple]


def rows(source: OpenRelease | ox.Store, query: str) -> list[tuple[str | None, ...]]:
    """Rows of a query as the text of their terms."""
    store = source if isinstance(source, ox.Store) else source.engine.store
    found = store.query(PREFIXES + query)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(None if term is None else term.value for term in row) for row in found]


@pytest.fixture(scope="module")
def graphs(opened: OpenRelease) -> dict[str, Triples]:
    """The triples of each graph that is described, and of all of them under ``""``."""
    found: dict[str, Triples] = {"": set()}
    for quad in opened.engine.store:
        name = quad.graph_name
        if isinstance(name, ox.NamedNode) and not name.value.startswith(OWN):
            found.setdefault(name.value, set()).add(quad.triple)
            found[""].add(quad.triple)
    return found


def subject(graph: str) -> str:
    """The IRI under which a graph is described."""
    return f"{ROOT}/{graph.removeprefix(f'{DEFAULT_BASE}graph/')}" if graph else ROOT


def members(triples: Triples) -> dict[ox.NamedNode, set[object]]:
    """The things of each class."""
    found: dict[ox.NamedNode, set[object]] = {}
    for triple in triples:
        if triple.predicate == RDF_TYPE and isinstance(triple.object, ox.NamedNode):
            found.setdefault(triple.object, set()).add(triple.subject)
    return found


# VoID ------------------------------------------------------------------------------------------


def test_the_dataset_and_each_graph_are_counted(
    opened: OpenRelease, graphs: dict[str, Triples]
) -> None:
    query = """SELECT ?set ?a ?b ?c ?d ?e ?f {
      ?set a void:Dataset ; void:triples ?a ; void:entities ?b ;
      void:distinctSubjects ?c ; void:distinctObjects ?d ; void:properties ?e ; void:classes ?f }"""
    found = {row[0]: tuple(map(int, row[1:])) for row in rows(opened, query)}  # type: ignore[arg-type]
    expected = {}
    for name, triples in graphs.items():
        subjects = {triple.subject for triple in triples}
        entities = [s for s in subjects if str(s).startswith(f"<{DEFAULT_BASE}")]
        expected[subject(name)] = (
            len(triples),
            len(entities),
            len(subjects),
            len({triple.object for triple in triples}),
            len({triple.predicate for triple in triples}),
            len(members(triples)),
        )
    assert found == expected


def test_the_counts_are_those_of_sparql(opened: OpenRelease) -> None:
    stated = dict(rows(opened, "SELECT ?set ?n { ?set void:subset?/void:triples ?n }"))
    for name in (graph.name for graph in opened.manifest.graphs):
        counted = rows(opened, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
        assert name.startswith(OWN) or stated[subject(name)] == counted[0][0]


@pytest.mark.parametrize("kind", ["class", "property"])
def test_each_graph_is_parted_by_class_and_by_property(
    kind: str, opened: OpenRelease, graphs: dict[str, Triples]
) -> None:
    measure = {"class": "entities", "property": "triples"}[kind]
    found = rows(
        opened,
        f"SELECT ?set ?name ?n {{ ?set a void:Dataset ; void:{kind}Partition ?part ."
        f" ?part void:{kind} ?name ; void:{measure} ?n }}",
    )
    expected = set()
    for name, triples in graphs.items():
        if kind == "class":
            counts = {c.value: len(things) for c, things in members(triples).items()}
        else:
            counts = dict(Counter(triple.predicate.value for triple in triples))
        expected |= {(subject(name), part, str(n)) for part, n in counts.items()}
    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.slow
def test_classes_are_parted_by_property_and_by_what_is_there(
    opened: OpenRelease, graphs: dict[str, Triples]
) -> None:
    triples = graphs[""]
    classes: dict[object, list[ox.NamedNode]] = {}
    for name, things in members(triples).items():
        for thing in things:
            classes.setdefault(thing, []).append(name)
    expected: Counter[tuple[str | None, ...]] = Counter()
    for triple in triples:
        item = triple.object
        ends = [(kind.value, None) for kind in classes.get(item, ())]
        if isinstance(item, ox.Literal):
            ends = [(None, item.datatype.value)]
        elif triple.predicate == RDF_TYPE:
            ends = []
        for kind in classes.get(triple.subject, ()):
            for end in [(None, None), *ends]:
                expected[(kind.value, triple.predicate.value, *end)] += 1
    query = f"""SELECT ?class ?property ?to ?datatype ?n {{
      <{ROOT}> void:classPartition ?a . ?a void:class ?class ; void:propertyPartition ?b .
      ?b void:property ?property .
      {{ ?b void:triples ?n }}
      UNION {{ ?b void:classPartition [ void:class ?to ; void:triples ?n ] }}
      UNION {{
        ?b void-ext:datatypePartition [ void-ext:datatype ?datatype ; void:triples ?n ]
      }}
    }}"""
    found = rows(opened, query)
    assert len(found) == len(expected)
    assert {row[:4]: int(row[4] or 0) for row in found} == dict(expected)


def test_a_partition_describes_one_thing(opened: OpenRelease) -> None:
    for key in ("void:class", "void:property", "void-ext:datatype", "void:triples"):
        assert rows(opened, f"SELECT ?part {{ ?part {key} ?a, ?b FILTER(?a != ?b) }}") == []


def test_the_dataset_says_how_it_can_be_had(opened: OpenRelease) -> None:
    def values(name: str) -> set[str | None]:
        return {row[0] for row in rows(opened, f"SELECT ?x {{ <{ROOT}> {name} ?x }}")}

    assert values("void:uriSpace") == {DEFAULT_BASE}
    assert values("void:sparqlEndpoint") == {f"{DEFAULT_BASE}sparql"}
    assert values("dcterms:license") == {about.LICENCE}
    assert values("void:dataDump") == {
        f"{DEFAULT_BASE}dumps/latest/anlokg.{form}.gz" for form in access.WHOLE
    }
    assert f"{DEFAULT_BASE}ontology" in values("void:vocabulary")
    assert OUTSIDE["rdfs"] in values("void:vocabulary")
    assert OUTSIDE["schema"] not in values("void:vocabulary"), "nothing of it is used"


def test_the_examples_are_there(opened: OpenRelease) -> None:
    found = rows(opened, f"SELECT ?x {{ <{ROOT}> void:exampleResource ?x . ?x a ?class }}")
    assert {str(row[0]).split("/id/")[1].split("/")[0] for row in found} == {
        "study", "drug", "result"
    }  # fmt: skip


def test_every_graph_has_words_of_its_own(opened: OpenRelease, graphs: dict[str, Triples]) -> None:
    found = rows(
        opened, "SELECT ?t ?d { ?x a void:Dataset ; dcterms:title ?t ; dcterms:description ?d }"
    )
    assert len(set(found)) == len({row[0] for row in found}) == len(graphs)
    assert len({row[1] for row in found}) == len(graphs)


# Data of others --------------------------------------------------------------------------------

ODD = """
@prefix : <https://example.org/a#> . @prefix other: <https://example.org/a/> .
:x a :Kind, other:Kind, <https://example.org/kinds?of=1&more=2>, [ a :Nameless ] ;
  :p 1, 1.5, "one", "one"@en, _:b ; other:p :x .
_:b a other:Kind .
"""


@pytest.fixture
def odd() -> ox.Store:
    """A store with one graph of a user whose names are hard to make other names of."""
    store = ox.Store()
    name = ox.NamedNode(BASE.graph("user", "odd"))
    for quad in ox.parse(ODD, format=ox.RdfFormat.TURTLE):
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object, name))
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    store.extend(void.describe(store, BASE, "1.0"))
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in list(store))
    return store


def test_names_that_are_alike_have_partitions_of_their_own(odd: ox.Store) -> None:
    found = rows(
        odd, f"SELECT ?c ?n {{ <{ROOT}> void:classPartition [ void:class ?c ; void:entities ?n ] }}"
    )
    assert sorted(found) == [
        ("https://example.org/a#Kind", "1"),
        ("https://example.org/a#Nameless", "1"),
        ("https://example.org/a/Kind", "2"),
        ("https://example.org/kinds?of=1&more=2", "1"),
    ]


def test_datatypes_and_blank_nodes_are_told_apart(odd: ox.Store) -> None:
    query = f"""SELECT ?d ?n {{ <{ROOT}> void:classPartition [
      void:class <https://example.org/a#Kind> ; void:propertyPartition [
        void:property <https://example.org/a#p> ;
        void-ext:datatypePartition [ void-ext:datatype ?d ; void:triples ?n ] ] ] }}"""
    short = {(str(name).rpartition("#")[2], n) for name, n in rows(odd, query)}
    assert short == {("integer", "1"), ("decimal", "1"), ("string", "1"), ("langString", "1")}
    query = query.replace("void-ext:datatypePartition", "void:classPartition")
    query = query.replace("void-ext:datatype", "void:class")
    assert rows(odd, query) == [("https://example.org/a/Kind", "1")]


def test_no_licence_is_given_to_data_of_others(odd: ox.Store) -> None:
    assert rows(odd, "SELECT ?x { ?x dcterms:license ?y }") == []
    assert about.graph(BASE.graph("study", "x"), BASE).licence == about.LICENCE


def test_an_empty_store_is_described(tmp_path: Path) -> None:
    store = ox.Store(str(tmp_path / "store"))
    store.extend(void.describe(store, BASE, "1.0"))
    query = "SELECT ?n { GRAPH ?g { ?x void:triples ?n } }"
    assert rows(store, query) == [("0",)]


# Prefixes and examples -------------------------------------------------------------------------


def test_every_prefix_is_declared_once(opened: OpenRelease) -> None:
    query = """SELECT ?prefix ?namespace { ?declaring sh:declare ?x .
      ?x sh:prefix ?prefix ; sh:namespace ?namespace }"""
    found = rows(opened, query)
    assert dict(found) == BASE.prefixes() | {"void-ext": "http://ldf.fi/void-ext#"}
    assert len(found) == len(dict(found))


def test_every_shipped_query_is_an_example_that_runs_as_it_stands(opened: OpenRelease) -> None:
    query = """SELECT ?x ?text ?label ?comment { ?x a sh:SPARQLExecutable ; rdfs:label ?label ;
      rdfs:comment ?comment ; sh:select|sh:ask|sh:construct ?text }"""
    found = {str(row[0]).removeprefix(f"{DEFAULT_BASE}query/"): row for row in rows(opened, query)}
    assert found.keys() == opened.queries.keys()
    for name, (_, text, label, comment) in found.items():
        shipped = opened.queries[name]
        assert (label, comment) == (shipped.header.title, shipped.header.question)
        assert "#+" not in str(text)
        form = "nt" if opened.query(name).is_graph else "json"
        assert opened.run(str(text)).to_bytes(form) == opened.query(name).to_bytes(form), name


@pytest.mark.parametrize(("text", "kind", "key"), [
    ("SELECT * { ?s ?p ?o }", "SPARQLSelectExecutable", "select"),
    ("ASK { ?s ?p ?o }", "SPARQLAskExecutable", "ask"),
    ("CONSTRUCT WHERE { ?s ?p ?o }", "SPARQLConstructExecutable", "construct"),
])  # fmt: skip
def test_an_example_says_what_form_it_has(text: str, kind: str, key: str, tmp_path: Path) -> None:
    (tmp_path / "topic").mkdir()
    path = tmp_path / "topic" / "ask-it.rq"
    head = "#+ title: A\n#+ question: B?\n#+ tags: [c]\n#+ columns: {}\n"
    path.write_text(head + text)
    store = ox.Store()
    store.extend(examples.show(catalogue.load(tmp_path), BASE))
    sh = OUTSIDE["sh"]
    query = f"""SELECT ?text ?tag {{
      GRAPH ?g {{ ?x a sh:{kind} ; <{sh}{key}> ?text ; schema:keywords ?tag }}
    }} ORDER BY ?tag"""
    assert rows(store, query) == [(text + "\n", "c"), (text + "\n", "topic")]
    path.write_text(head + "DESCRIBE <https://example.org/x>")
    assert examples.show(catalogue.load(tmp_path), BASE) == []


def test_another_base_is_used_throughout(resources: Resources) -> None:
    other = Base("https://example.org/kg/")
    quads = prefixes.declare(other) + examples.show(catalogue.load(resources.queries, other), other)
    assert DEFAULT_BASE not in "\n".join(map(str, quads))


# Builds ----------------------------------------------------------------------------------------

OPTIONS = BuildOptions(processes=1, force=True)


def copied(mini: Resources, folder: Path) -> Resources:
    shutil.copytree(mini.root, folder)
    return Resources(folder)


def test_two_builds_describe_the_same_in_the_same_words(mini: Resources, tmp_path: Path) -> None:
    one, two = (build(mini, Shelf(tmp_path / name), OPTIONS).release for name in ("a", "b"))
    assert one.quads.read_bytes() == two.quads.read_bytes()
    assert f"<{OWN}void>".encode() in one.quads.read_bytes()


def test_a_changed_query_makes_another_release(mini: Resources, tmp_path: Path) -> None:
    own, shelf = copied(mini, tmp_path / "resources"), Shelf(tmp_path / "releases")
    options = BuildOptions(processes=1)
    first = build(own, shelf, options)
    assert build(own, shelf, options).unchanged
    path = next(own.queries.glob("*/*.rq"))
    path.write_text(path.read_text().replace("#+ title: ", "#+ title: Now "))
    second = build(own, shelf, options)
    assert not second.unchanged
    assert first.release.manifest.quads_sha256 != second.release.manifest.quads_sha256
    path.write_text("#+ title: only this\nASK {}")
    with pytest.raises(QueryError, match="missing: question"):
        build(own, shelf, options)
    assert shelf.current_id() == second.release.manifest.id


def test_a_release_keeps_the_shapes_it_was_checked_with(
    release: Release, resources: Resources
) -> None:
    kept = Graph().parse(release.folder / whole.SHAPES, format="turtle")
    assert isomorphic(kept, shapes.read(resources.shapes))


def test_shapes_are_kept_for_the_base_in_use(resources: Resources, tmp_path: Path) -> None:
    whole.write_shapes(resources.shapes, Base("https://example.org/kg/"), tmp_path / "all.ttl")
    assert DEFAULT_BASE not in (tmp_path / "all.ttl").read_text()


def test_shapes_with_a_common_label_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.shapes.ttl").write_text(f"<https://example.org/{name}> a _:same .")
    with pytest.raises(ShapeError, match=r"b\.shapes\.ttl: another file uses _:same too"):
        whole.write_shapes(tmp_path, BASE, tmp_path / "all.ttl")
