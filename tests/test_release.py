"""Releases: what a build makes, what it refuses, and that the last good release stays."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph
from rdflib import BNode, Graph

from anlokg import errors
from anlokg.build import BuildOptions, Built, build
from anlokg.errors import ReleaseError, ValidationFailed
from anlokg.namespaces import DEFAULT_BASE, FUNCTIONS, Base
from anlokg.opened import OpenRelease, open_release
from anlokg.reasoning import classification
from anlokg.release import manifest
from anlokg.release.shelf import BUILDING, Release, Shelf
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases"
OTHER = Base("https://example.org/kg/")
# Little to do: two processes would take longer to start than to validate.
OPTIONS = BuildOptions(processes=1)
MINE = """
@prefix drug: <https://w3id.org/anlokg/id/drug/> .
drug:anlotinib <https://example.org/price> [ <https://example.org/amount> 1 ] ,
  [ <https://example.org/amount> 2 ] .
"""


classify = classification.classify
classified: dict[object, classification.Classification] = {}


def remembered(ontology: Graph) -> classification.Classification:
    """What HermiT says; blank nodes, which are named anew in each reading, are only counted."""
    named = (triple for triple in ontology if not any(isinstance(t, BNode) for t in triple))
    key = (len(ontology), frozenset(named))
    if key not in classified:
        classified[key] = classify(ontology)
    return classified[key]


@pytest.fixture(autouse=True)
def quick_reasoner(monkeypatch: pytest.MonkeyPatch) -> None:
    """HermiT classifies each ontology once: most builds here differ in something else."""
    monkeypatch.setattr(classification, "classify", remembered)


@pytest.fixture(scope="module")
def built(mini: Resources, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A shelf with one small release, to be copied by tests that change it."""
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    build(mini, shelf, OPTIONS)
    return shelf


@pytest.fixture
def kept(built: Shelf, tmp_path: Path) -> Shelf:
    """A shelf of one's own with one small release."""
    return Shelf(shutil.copytree(built.folder, tmp_path / "releases"))


@pytest.fixture
def own(mini: Resources, tmp_path: Path) -> Resources:
    """Small resources of one's own, to be changed."""
    return Resources(shutil.copytree(mini.root, tmp_path / "resources"))


def drugs(shelf: Shelf, resources: Resources) -> list[tuple[str, ...]]:
    """An answer of the current release."""
    opened = open_release(shelf.folder, resources=resources.root)
    text = "SELECT ?name { ?d a anlo:Drug ; rdfs:label ?name } ORDER BY ?name"
    prefixes = "".join(f"PREFIX {k}: <{v}>\n" for k, v in opened.base.prefixes().items())
    return [tuple(str(term) for term in row) for row in opened.query(prefixes + text).rows()]


def change_cell(resources: Resources) -> None:
    """Changes one cell: the English name of a drug."""
    path = resources.evidence / "vocabulary" / "drugs.csv"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("anlotinib,anlotinib,", "anlotinib,anlotinib the drug,", 1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Files of a folder, the store left out: what it holds is in the quads."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


# What a build makes ----------------------------------------------------------------------------


@pytest.mark.slow
def test_equal_inputs_give_equal_quads(mini: Resources, tmp_path: Path) -> None:
    graph = tmp_path / "mine.ttl"
    graph.write_text(MINE, encoding="utf-8")
    options = BuildOptions(processes=1, with_graphs=(graph,))
    resources = Resources(shutil.copytree(mini.root, tmp_path / "elsewhere"))
    one = build(mini, Shelf(tmp_path / "one"), options).release
    two = build(resources, Shelf(tmp_path / "two"), options).release
    assert one.quads.read_bytes() == two.quads.read_bytes()
    assert one.manifest.quads_sha256 == two.manifest.quads_sha256
    assert one.manifest.inputs_sha256 == two.manifest.inputs_sha256
    assert one.manifest.graphs == two.manifest.graphs
    assert one.manifest.id == two.manifest.id


def test_unchanged_inputs_make_no_new_release(kept: Shelf, mini: Resources) -> None:
    before = contents(kept.get().folder)
    made = build(mini, kept, OPTIONS)
    assert made == Built(kept.get(), True)
    assert len(kept.ids()) == 1
    assert contents(made.release.folder) == before


def test_a_forced_build_makes_a_release_with_the_same_quads(kept: Shelf, mini: Resources) -> None:
    first = kept.get()
    made = build(mini, kept, BuildOptions(processes=1, force=True))
    assert not made.unchanged
    assert kept.ids() == [first.manifest.id, made.release.manifest.id]
    assert made.release.quads.read_bytes() == first.quads.read_bytes()


def test_one_changed_cell_makes_a_new_release_beside_the_old(kept: Shelf, own: Resources) -> None:
    first = kept.get()
    assert build(own, kept, OPTIONS).unchanged, "a copy of the inputs is no change"
    change_cell(own)
    second = build(own, kept, OPTIONS)
    assert not second.unchanged
    assert kept.current_id() == second.release.manifest.id
    assert first.quads.read_bytes() != second.release.quads.read_bytes()
    assert ('"anlotinib the drug"@en',) in drugs(kept, own)
    kept.rollback()
    assert kept.current_id() == first.manifest.id
    assert ('"anlotinib"@en',) in drugs(kept, own)
    kept.switch(second.release.manifest.id)
    assert ('"anlotinib the drug"@en',) in drugs(kept, own)


def test_ids_sort_in_the_order_of_building(kept: Shelf) -> None:
    first = kept.ids()[0]
    assert re.fullmatch(r"000001-[0-9a-f]{12}", first)
    assert first.endswith(kept.get().manifest.quads_sha256[:12])
    assert kept.next_id("f" * 64) == "000002-" + "f" * 12
    (kept.folder / first).rename(kept.folder / "000009-abc")
    assert kept.next_id("e" * 64) == "000010-" + "e" * 12


def test_progress_names_the_stages(mini: Resources, tmp_path: Path) -> None:
    stages: list[str] = []
    build(mini, Shelf(tmp_path / "releases"), OPTIONS, stages.append)
    assert stages == [
        "checking the tables", "classifying the ontology with HermiT", "mapping and reasoning",
        "validating", "checking the figures", "writing the store",
    ]  # fmt: skip


# What is in a release --------------------------------------------------------------------------


def graph_lines(release: Release) -> dict[str, list[bytes]]:
    """Lines of the quads by their graph."""
    lines: dict[str, list[bytes]] = {}
    for line in release.quads.read_bytes().splitlines(keepends=True):
        name = line.rsplit(b"<", 1)[1].split(b">")[0].decode()
        lines.setdefault(name, []).append(line)
    return lines


def test_the_manifest_counts_and_digests_each_graph_of_the_file(release: Release) -> None:
    lines = graph_lines(release)
    found = {
        name: (len(parts), hashlib.sha256(b"".join(parts)).hexdigest())
        for name, parts in lines.items()
    }
    stated = {graph.name: (graph.triples, graph.sha256) for graph in release.manifest.graphs}
    assert found == stated
    assert release.manifest.triples == sum(map(len, lines.values()))
    assert release.manifest.quads_sha256 == hashlib.sha256(release.quads.read_bytes()).hexdigest()


def test_the_quads_are_sorted_and_each_is_there_once(release: Release) -> None:
    for lines in graph_lines(release).values():
        assert lines == sorted(set(lines))


def test_the_store_holds_the_quads_and_their_union(release: Release, opened: OpenRelease) -> None:
    union = {quad.triple for quad in opened.engine.store if quad.graph_name == DefaultGraph()}
    named = [quad for quad in opened.engine.store if quad.graph_name != DefaultGraph()]
    assert len(named) == release.manifest.triples
    stored = sorted(f"{quad} .\n".encode() for quad in named)
    assert stored == sorted(release.quads.read_bytes().splitlines(keepends=True))
    assert union == {quad.triple for quad in named}


def test_there_is_a_graph_for_each_study_and_layer(release: Release, resources: Resources) -> None:
    base = Base()
    studies = sorted(path.parent.name for path in resources.evidence.glob("*/groups.csv"))
    assert list(release.manifest.studies) == studies
    told = ("examples", "functions", "prefixes", "void")
    expected = {
        *(base.graph("description", part) for part in told),
        base.graph("ontology", "all"),
        base.graph("inferred", "ontology"), base.graph("vocabulary", "all"),
        base.graph("inferred", "vocabulary"),
        *(base.graph("study", study) for study in studies),
        *(base.graph("inferred", study) for study in studies),
        *(base.graph("integrity", study) for study in (*studies, "rules")),
        base.graph("inferred", "integrity"),
    }  # fmt: skip
    assert {graph.name for graph in release.manifest.graphs} == expected


def test_the_manifest_says_what_the_release_was_made_from(
    release: Release, resources: Resources
) -> None:
    inputs = release.manifest.inputs
    for folder in (resources.evidence, resources.mappings, resources.ontology, resources.shapes):
        for path in folder.rglob("*"):
            if path.suffix in (".csv", ".json", ".ttl", ".yml"):
                name = str(path.relative_to(resources.root))
                assert inputs[name] == hashlib.sha256(path.read_bytes()).hexdigest(), name
    assert inputs["base"] == release.manifest.base == DEFAULT_BASE
    assert {f"tool {name}" for name in release.manifest.tools} <= inputs.keys()


def test_the_report_holds_the_findings_that_the_manifest_counts(release: Release) -> None:
    lines = (release.folder / "report.jsonl").read_text(encoding="utf-8").splitlines()
    counts = Counter(json.loads(line)["severity"] for line in lines)
    assert {name: counts[name] for name in release.manifest.findings} == release.manifest.findings
    assert release.manifest.findings["Violation"] == 0


# What a build refuses --------------------------------------------------------------------------


def broken_builds() -> list[object]:
    """A change to the resources, the error it must give, and what the error must say."""
    cases = []
    for folder in sorted((CASES / "builds").iterdir()):
        change, expected = (
            json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("change", "expected")
        )
        fault = expected.pop("fault", None)
        marks = [pytest.mark.xfail(reason=fault, strict=True)] if fault else []
        cases.append(pytest.param(change, expected, id=folder.name, marks=marks))
    return cases


def apply(change: dict[str, str], resources: Resources) -> None:
    """Removes a file, adds to it, or replaces text in it."""
    path = resources.root / change["file"]
    if "remove" in change:
        path.unlink()
    elif "append_bytes" in change:
        path.write_bytes(path.read_bytes() + bytes.fromhex(change["append_bytes"]))
    else:
        text = path.read_text(encoding="utf-8")
        changed = text.replace(change["find"], change["replace"]) if "find" in change else text
        changed += change.get("append", "")
        assert changed != text, "the case changes nothing"
        path.write_text(changed, encoding="utf-8")


@pytest.mark.parametrize(("change", "expected"), broken_builds())
def test_a_failed_build_leaves_the_release_as_it_was(
    change: dict[str, str], expected: dict[str, str], kept: Shelf, own: Resources, mini: Resources
) -> None:
    before, answer = contents(kept.get().folder), drugs(kept, mini)
    listing = sorted(path.name for path in kept.folder.iterdir())
    apply(change, own)
    with pytest.raises(errors.AnlokgError) as caught:
        build(own, kept, OPTIONS)
    assert type(caught.value).__name__ == expected["error"]
    for words in expected["says"]:
        assert words in str(caught.value)
    assert contents(kept.get().folder) == before
    assert drugs(kept, mini) == answer
    assert sorted({*listing, ".lock"}) == sorted(path.name for path in kept.folder.iterdir())


def violate(resources: Resources) -> None:
    """Asks more of groups than the tables hold."""
    path = resources.shapes / "mini.shapes.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sh:minCount 1", "sh:minCount 2"), encoding="utf-8")


def test_a_violation_names_table_row_and_column(kept: Shelf, own: Resources) -> None:
    violate(own)
    with pytest.raises(ValidationFailed) as caught:
        build(own, kept, OPTIONS)
    places = {(f.file, f.row, f.column) for f in caught.value.violations}  # type: ignore[attr-defined]
    groups = (own.evidence / "alter-l059" / "groups.csv").read_text(encoding="utf-8")
    rows = range(2, len(groups.splitlines()) + 1)
    assert places == {("alter-l059/groups.csv", row, "of_study") for row in rows}


def test_violations_may_be_allowed_and_are_reported(kept: Shelf, own: Resources) -> None:
    violate(own)
    made = build(own, kept, BuildOptions(processes=1, allow_violations=True))
    assert made.release.manifest.findings["Violation"] > 0
    lines = (made.release.folder / "report.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["severity"] == "Violation"


def test_allowed_violations_are_not_allowed_from_then_on(kept: Shelf, own: Resources) -> None:
    violate(own)
    build(own, kept, BuildOptions(processes=1, allow_violations=True))
    with pytest.raises(ValidationFailed):
        build(own, kept, OPTIONS)


# Graphs of the user ----------------------------------------------------------------------------


OWN = {
    "ttl": "<https://example.org/a> <https://example.org/b> 'own' .",
    "nt": '<https://example.org/a> <https://example.org/b> "own" .',
    "nq": '<https://example.org/a> <https://example.org/b> "own" <https://example.org/g> .',
    "trig": "<https://example.org/g> { <https://example.org/a> <https://example.org/b> 'own' }",
    "jsonld": '{"@id": "https://example.org/a", "https://example.org/b": "own"}',
    "rdf": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description'
    ' r:about="https://example.org/a"><b xmlns="https://example.org/">own</b></r:Description>'
    "</r:RDF>",
}


@pytest.mark.slow
def test_graphs_of_the_user_are_put_beside_the_evidence(
    kept: Shelf, mini: Resources, tmp_path: Path
) -> None:
    paths = tuple(tmp_path / f"mine-{suffix}.{suffix}" for suffix in OWN)
    for path, text in zip(paths, OWN.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    options = BuildOptions(processes=1, with_graphs=paths)
    made = build(mini, kept, options)
    assert not made.unchanged
    assert made.release.manifest.user_graphs == {path.stem: path.name for path in paths}
    opened = OpenRelease(made.release, mini)
    rows = list(opened.rows('SELECT ?g ?s { GRAPH ?g { ?s ?p "own" } } ORDER BY ?g'))
    graphs = sorted(f"{DEFAULT_BASE}graph/user/{path.stem}" for path in paths)
    assert rows == [{"g": graph, "s": "https://example.org/a"} for graph in graphs]
    assert build(mini, kept, options).unchanged
    paths[0].write_text(OWN["ttl"].replace("own", "other"), encoding="utf-8")
    assert not build(mini, kept, options).unchanged
    assert not build(mini, kept, OPTIONS).unchanged


@pytest.mark.parametrize(("name", "text", "says"), [
    ("mine.ttl", "this is no Turtle", "mine.ttl: does not parse"),
    ("mine.jsonld", "{", "mine.jsonld: does not parse"),
    ("mine.docx", "", "mine.docx: unknown kind of RDF file. Use .ttl, "),
    ("mine", "", "mine: unknown kind of RDF file. Use .ttl, "),
    ("missing.ttl", None, "missing.ttl cannot be read: No such file"),
    ("two words.ttl", MINE, "two words"),
])  # fmt: skip
def test_a_graph_that_cannot_be_used_is_refused(
    name: str, text: str | None, says: str, kept: Shelf, mini: Resources, tmp_path: Path
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    before = kept.current_id()
    with pytest.raises(ReleaseError) as caught:
        build(mini, kept, BuildOptions(processes=1, with_graphs=(path,)))
    assert says in str(caught.value)
    assert text != MINE or "does not parse" not in str(caught.value)
    assert (kept.current_id(), len(kept.ids())) == (before, 1)


def test_two_graphs_with_one_name_are_refused(kept: Shelf, mini: Resources, tmp_path: Path) -> None:
    paths = tuple(tmp_path / folder / "mine.ttl" for folder in "ab")
    for path in paths:
        path.parent.mkdir()
        path.write_text(MINE, encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"mine\.ttl: another file gives a graph 'mine' too"):
        build(mini, kept, BuildOptions(processes=1, with_graphs=paths))
    assert len(kept.ids()) == 1


# Another base ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_another_base_reaches_every_iri_and_every_query(
    opened: OpenRelease, mini: Resources, tmp_path: Path
) -> None:
    # All evidence, but with a single shape: what is asked of the data is tested elsewhere.
    root = tmp_path / "resources"
    shutil.copytree(mini.shapes, root / "shapes")
    for folder in ("evidence", "ontology", "mappings", "queries"):
        shutil.copytree(opened.resources.root / folder, root / folder)
    other = build(Resources(root), Shelf(tmp_path / "releases"), BuildOptions(OTHER)).release
    assert other.manifest.base == OTHER.iri
    quads = other.quads.read_text(encoding="utf-8")
    # The functions of SPARQL keep their names: they are of the program.
    assert DEFAULT_BASE not in quads.replace(FUNCTIONS, "")
    assert all(graph.name.startswith(OTHER.iri) for graph in other.manifest.graphs)
    assert quads.count("\n") == opened.manifest.triples
    asked = OpenRelease(other, Resources(root))
    assert asked.queries.keys() == opened.queries.keys()
    for name in asked.queries:
        # Several IRIs in one cell are text, which no prefix shortens.
        found = [
            {column: cell and cell.replace(OTHER.iri, DEFAULT_BASE) for column, cell in row.items()}
            for row in asked.rows(name)
        ]
        assert found == list(opened.rows(name)), name


@pytest.mark.parametrize("iri", ["example.org/", "https://example.org", "ftp://example.org/", ""])
def test_a_base_must_be_an_iri_that_ends_in_a_slash(iri: str) -> None:
    with pytest.raises(ValueError, match="must be an http"):
        Base(iri)


@pytest.mark.parametrize("iri", ["https://example.org/a b/", 'https://example.org/"/'])
def test_a_base_that_is_no_iri_is_refused(iri: str) -> None:
    with pytest.raises(ValueError, match="must be an http"):
        Base(iri)


def test_another_base_is_a_change(kept: Shelf, mini: Resources) -> None:
    made = build(mini, kept, BuildOptions(OTHER, processes=1))
    assert not made.unchanged
    assert build(mini, kept, BuildOptions(OTHER, processes=1)).unchanged


# The shelf -------------------------------------------------------------------------------------


@pytest.fixture
def several(kept: Shelf) -> Shelf:
    """A shelf with four releases, the last one current."""
    first = kept.ids()[0]
    for number in (2, 3, 4):
        name = f"{number:06d}-{first[7:]}"
        shutil.copytree(kept.folder / first, kept.folder / name)
    kept.switch(kept.ids()[-1])
    return kept


def test_rollback_goes_back_one_by_one_and_then_says_so(several: Shelf) -> None:
    ids = several.ids()
    for expected in reversed(ids[:-1]):
        several.rollback()
        assert several.current_id() == expected
    with pytest.raises(ReleaseError, match="no release before the current one"):
        several.rollback()
    assert several.current_id() == ids[0]


def test_prune_keeps_the_newest_and_the_current(several: Shelf) -> None:
    ids = several.ids()
    several.switch(ids[0])
    assert several.prune(2) == [ids[1]]
    assert several.ids() == [ids[0], *ids[2:]]
    assert several.prune(1) == [ids[2]]
    assert several.prune(1) == []
    assert several.ids() == [ids[0], ids[3]]
    assert several.get().manifest
    with pytest.raises(ReleaseError, match="at least one"):
        several.prune(0)


@pytest.mark.parametrize("name", ["nope", "..", ".", "../x", ".lock", "current", "/"])
def test_an_unknown_release_is_refused_with_those_there_are(name: str, several: Shelf) -> None:
    current = several.current_id()
    for ask in (several.get, several.switch):
        with pytest.raises(ReleaseError, match=re.escape(f"there is no release {name!r}")) as error:
            ask(name)
        assert ", ".join(several.ids()) in str(error.value)
    assert several.current_id() == current


def test_an_empty_shelf_says_how_to_fill_it(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        shelf = Shelf(folder)
        assert (shelf.ids(), shelf.current_id()) == ([], None)
        with pytest.raises(ReleaseError, match=r"has no release yet\. 'anlokg build' makes one"):
            shelf.get()
        with pytest.raises(ReleaseError):
            shelf.rollback()


def test_the_folder_is_that_of_the_environment(
    kept: Shelf, mini: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANLOKG_RELEASES", str(kept.folder))
    opened = open_release(resources=mini.root)
    assert opened.release == kept.get()


def test_a_current_release_that_is_gone_is_named(several: Shelf, mini: Resources) -> None:
    gone = several.ids()[-1]
    shutil.rmtree(several.folder / gone)
    with pytest.raises(ReleaseError, match=f"there is no release '{gone}'"):
        several.get()
    several.rollback()
    assert drugs(several, mini)


@pytest.mark.parametrize(("text", "says"), [
    ("", "cannot be read"),
    ('{"format": 1', "cannot be read"),
    ("\udcff", "cannot be read"),
    ('{"format": 1}', "is not a manifest"),
    ('{"format": 1, "graphs": [1], "studies": []}', "is not a manifest"),
    ('{"format": 1, "graphs": [], "studies": [], "colour": "red"}', "is not a manifest"),
    ("{}", "is a release of format None, this anlokg reads format 1. Build anew"),
    *((text, "manifest")
      for text in ("[]", "null", '"x"')),
])  # fmt: skip
def test_a_broken_manifest_is_refused(text: str, says: str, kept: Shelf) -> None:
    path = kept.get().folder / "manifest.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ReleaseError) as caught:
        kept.get()
    assert says in str(caught.value)
    assert str(kept.folder) in str(caught.value)


def test_a_release_of_another_format_is_refused_and_says_what_to_do(
    kept: Shelf, mini: Resources
) -> None:
    old = kept.get().folder
    data = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    (old / "manifest.json").write_text(json.dumps(data | {"format": 99}), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"format 99.*Build anew with 'anlokg build'"):
        kept.get()
    with pytest.raises(ReleaseError, match="format 99"):
        kept.switch(old.name)
    made = build(mini, kept, OPTIONS)
    assert not made.unchanged
    assert kept.ids() == [old.name, made.release.manifest.id]
    assert drugs(kept, mini)


def test_a_store_that_does_not_open_says_what_to_do(kept: Shelf, mini: Resources) -> None:
    shutil.rmtree(kept.get().store)
    with pytest.raises(ReleaseError, match=r"cannot be opened.*'anlokg build' makes a new release"):
        drugs(kept, mini)


def test_a_build_repairs_a_release_whose_store_is_gone(kept: Shelf, mini: Resources) -> None:
    # It is what the message of the failing query tells people to do.
    shutil.rmtree(kept.get().store)
    build(mini, kept, OPTIONS)
    assert drugs(kept, mini)


# Several at once -------------------------------------------------------------------------------


def test_a_second_build_is_refused_while_one_runs(kept: Shelf, mini: Resources) -> None:
    force = BuildOptions(processes=1, force=True)
    with kept.building(), pytest.raises(ReleaseError, match=r"another build .* Wait until"):
        build(mini, kept, force)
    assert len(kept.ids()) == 1
    assert not build(mini, kept, force).unchanged


def test_of_two_builds_at_once_one_is_made(kept: Shelf, mini: Resources) -> None:
    command = [sys.executable, "-m", "anlokg", "--resources", str(mini.root), "build", "--force"]
    environment = os.environ | {"ANLOKG_RELEASES": str(kept.folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as first:
        while not list(kept.folder.glob(f"{BUILDING}*")) and first.poll() is None:
            time.sleep(0.01)
        second = subprocess.run(command, env=environment, capture_output=True, text=True)
        first.communicate()
    assert (first.returncode, second.returncode) == (0, errors.ReleaseError.exit_code)
    assert "another build is running" in second.stderr
    assert len(kept.ids()) == 2


def test_a_release_is_read_while_another_is_built(kept: Shelf, mini: Resources) -> None:
    opened = open_release(kept.folder, resources=mini.root)
    before = list(opened.rows("list-studies"))
    with kept.building() as folder:
        (folder / "release").mkdir()
        assert list(opened.rows("list-studies")) == before
        assert kept.ids() == [opened.manifest.id]
    kept.prune(1)
    assert list(opened.rows("list-studies")) == before


def test_what_killed_builds_left_is_removed(kept: Shelf, mini: Resources) -> None:
    left = kept.folder / f"{BUILDING}99999" / "release" / "store"
    left.mkdir(parents=True)
    manifest_of_left = left.parent / manifest.NAME
    shutil.copy(kept.get().folder / manifest.NAME, manifest_of_left)
    assert kept.ids() == [kept.current_id()]
    build(mini, kept, BuildOptions(processes=1, force=True))
    assert not left.exists()
    assert sorted(path.name for path in kept.folder.iterdir()) == [".lock", *kept.ids(), "current"]
