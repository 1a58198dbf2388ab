"""The ontology: its files, its version, the terms the mappings use, and its checks.

A check is a query of ``ontology/checks`` that returns what is wrong. A folder of ``cases/checks``
named for it holds ``bad.ttl``, on which it returns rows, and ``good.ttl``, on which it does not.
"""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, RDFS, Graph, Namespace, URIRef

from anlokg import ReasoningError, __version__, ontology
from anlokg import resources as resource_folders
from anlokg.mapping import plan
from anlokg.mapping.rml import IRI, TermMap
from anlokg.namespaces import Base
from anlokg.resources import Resources
from anlokg.tables import evidence
from anlokg.tables.evidence import Evidence

CASES = Path(__file__).parent / "cases" / "checks"
ANLO = Namespace(Base().ontology)
ROOT = URIRef(Base().ontology.rstrip("/"))
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
ONTOLOGY = resource_folders.find().ontology
CHECKS = [pytest.param(p, id=p.stem) for p in sorted((ONTOLOGY / "checks").glob("*.rq"))]
FILES = [pytest.param(p, id=p.stem) for p in ontology.files(ONTOLOGY)]


@pytest.fixture(scope="module")
def terms(resources: Resources) -> Graph:
    """The shipped ontology, all modules in one graph."""
    return ontology.read(resources.ontology, Base())


@pytest.fixture(scope="module")
def store(terms: Graph) -> ox.Store:
    """The ontology for queries; rdflib takes ten seconds for one of the checks."""
    return loaded(terms.serialize(format="nt", encoding="utf-8"), ox.RdfFormat.N_TRIPLES)


def loaded(document: bytes, format: ox.RdfFormat) -> ox.Store:
    store = ox.Store()
    store.load(document, format)
    return store


def rows(check: Path, store: ox.Store) -> list[str]:
    found = store.query(check.read_text(encoding="utf-8"))
    assert isinstance(found, ox.QuerySolutions)
    return [" ".join(map(str, row)) for row in found]


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_finds_the_bad_and_passes_the_good(check: Path) -> None:
    bad, good = ((CASES / check.stem / f"{name}.ttl").read_bytes() for name in ("bad", "good"))
    assert rows(check, loaded(bad, ox.RdfFormat.TURTLE)) != []
    assert rows(check, loaded(good, ox.RdfFormat.TURTLE)) == []


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_finds_nothing_in_the_ontology(check: Path, store: ox.Store) -> None:
    assert rows(check, store) == []


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_says_what_is_wrong_and_what_to_do(check: Path) -> None:
    head = check.read_text(encoding="utf-8").splitlines()[:3]
    assert [line.partition(":")[0] for line in head] == ["# Title", "# Problem", "# Solution"]
    assert all(line.partition(":")[2].strip() for line in head)


def test_every_check_has_cases_and_every_case_a_check() -> None:
    names = {path.stem for path in (ONTOLOGY / "checks").glob("*.rq")}
    folders = {path.name for path in CASES.iterdir()}
    assert names == folders
    assert names
    missing = [n for n in names for f in ("bad", "good") if not (CASES / n / f"{f}.ttl").is_file()]
    assert missing == []


@pytest.mark.parametrize("file", FILES)
def test_a_file_parses_and_declares_one_ontology_with_its_version(file: Path) -> None:
    graph = Graph().parse(file)
    (header,) = graph.subjects(RDF.type, OWL.Ontology)
    own = "" if file.stem == "anlokg" else f"/modules/{file.stem}"
    assert header == ROOT + own
    assert str(graph.value(header, OWL.versionInfo)) == __version__
    assert str(graph.value(header, OWL.versionIRI)) == f"{ROOT}/{__version__}{own}"


def test_the_root_imports_every_module_and_nothing_else() -> None:
    root = Graph().parse(ONTOLOGY / "anlokg.ttl")
    imported = {str(iri) for iri in root.objects(ROOT, OWL.imports)}
    modules = (ONTOLOGY / "modules").glob("*.ttl")
    assert imported == {f"{ROOT}/modules/{path.stem}" for path in modules}


def test_a_term_names_the_module_whose_file_declares_it() -> None:
    wrong = []
    for file in sorted((ONTOLOGY / "modules").glob("*.ttl")):
        graph = Graph().parse(file)
        for kind in KINDS:
            for term in graph.subjects(RDF.type, kind):
                module = graph.value(term, RDFS.isDefinedBy)
                if str(term).startswith(ANLO) and str(module) != f"{ROOT}/modules/{file.stem}":
                    wrong.append(f"{file.stem}: {term} names {module}")
    assert wrong == []


def declared(terms: Graph, *kinds: URIRef) -> set[str]:
    return {str(term) for kind in kinds for term in terms.subjects(RDF.type, kind)}


def constants(term_maps: list[TermMap]) -> set[str]:
    return {str(t.constant) for t in term_maps if t.constant is not None and t.kind == IRI}


def test_every_term_of_the_mappings_is_declared(resources: Resources, terms: Graph) -> None:
    properties = [p for m in plan.load(resources.mappings, Base()).maps for p in m.properties]
    predicates = constants([term for p in properties for term in p.predicates])
    objects = constants([term for p in properties for term in p.objects])
    predicates = {iri for iri in predicates if iri.startswith(ANLO)}
    classes = {iri for iri in objects if iri.startswith(ANLO)}
    assert len(predicates) > 50
    assert len(classes) > 20
    assert predicates - declared(terms, OWL.ObjectProperty, OWL.DatatypeProperty) == set()
    assert classes - declared(terms, OWL.Class) == set()
    # Where a cell completes the name, it is the cell of a class: the tables are looked at below.
    maps = [term for p in properties for term in (*p.predicates, *p.objects)]
    made = {t.pieces for t in maps if t.is_template and t.pieces[0][0].startswith(ANLO)}
    assert made == {((str(ANLO), False), ("class", True))}


def test_a_relation_is_mapped_to_things_and_a_figure_to_literals(
    resources: Resources, terms: Graph
) -> None:
    relations = declared(terms, OWL.ObjectProperty)
    figures = declared(terms, OWL.DatatypeProperty)
    wrong = []
    for triples_map in plan.load(resources.mappings, Base()).maps:
        for properties in triples_map.properties:
            for iri in constants(list(properties.predicates)) & (relations | figures):
                kinds = {term.kind == IRI for term in properties.objects}
                if kinds != {iri in relations}:
                    wrong.append(f"{triples_map.source}: {iri}")
    assert wrong == []


@pytest.fixture(scope="module")
def tables(resources: Resources) -> Evidence:
    return evidence.load(resources.evidence)


def test_every_class_that_a_table_names_is_declared(tables: Evidence, terms: Graph) -> None:
    named = {
        f"{sheet.name}, row {row.number}": str(ANLO) + row.cells["class"]
        for sheet in tables.of("vocabulary")
        for row in sheet.rows
        if row.cells.get("class")
    }
    classes = declared(terms, OWL.Class)
    assert {place: iri for place, iri in named.items() if iri not in classes} == {}
    assert named


def test_another_base_moves_every_term_of_the_project(resources: Resources) -> None:
    base = Base("http://localhost:8000/kg/")
    moved = ontology.read(resources.ontology, base)
    assert (URIRef(base.ontology.rstrip("/")), RDF.type, OWL.Ontology) in moved
    assert Base().iri not in moved.serialize(format="nt")


def test_a_broken_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "anlokg.ttl").write_text("", encoding="utf-8")
    (tmp_path / "modules" / "drugs.ttl").write_text("<a> <b> ;\n", encoding="utf-8")
    with pytest.raises(ReasoningError, match=r"drugs\.ttl: does not parse"):
        ontology.read(tmp_path)


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReasoningError, match=r"anlokg\.ttl: does not parse"):
        ontology.read(tmp_path)
