"""Findings as data: their graphs, what follows from them, and the shapes they keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import OWL, PROV, RDF, RDFS, SKOS, Graph, Namespace, URIRef

from anlokg.errors import ReleaseError
from anlokg.graphs import Graphs, graph_of, inferred_of
from anlokg.integrity import catalogue, flags, reading, triples
from anlokg.integrity.figure import Figure, Place, StudyFigures
from anlokg.integrity.finding import Conclusion, Finding, Severity
from anlokg.integrity.rule import Rule
from anlokg.integrity.run import Report, keyed
from anlokg.namespaces import OUTSIDE, Base
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release
from anlokg.resources import Resources
from anlokg.validation import shapes

BASE = Base()
ANLO = Namespace(BASE.ontology)
DQV, OA = Namespace(OUTSIDE["dqv"]), Namespace(OUTSIDE["oa"])
VERSION = "9.9"


@pytest.fixture(scope="module")
def checked(made: Graphs) -> tuple[Graphs, Report]:
    """The graphs of the shipped evidence with those of its findings, and the findings."""
    return made.with_findings()


@pytest.fixture(scope="module")
def graph(checked: tuple[Graphs, Report]) -> Graph:
    """All graphs of findings, rules and what follows from them, as one."""
    return read(checked[0], inferred=True)


def read(made: Graphs, *, inferred: bool) -> Graph:
    graph = Graph()
    for name, data in made.graphs.items():
        if "/graph/integrity/" in name or (inferred and name == inferred_of(BASE, "integrity")):
            graph.parse(data=data, format="nt")
    return graph


def thing(kind: str, key: str) -> URIRef:
    return URIRef(BASE.entity(kind, triples.encode(key)))


def made_up(**changes: object) -> Finding:
    """A finding on one figure."""
    figure = Figure("s", "a.orr", "a.orr", "measurements", Place("s-article", "Results"))
    finding = Finding(
        "percent-of-count", Severity.contradiction, "s", (figure,), "65.7 % (22/34)", "64.71 %",
        "100 × count / denominator", "One. Two.", Conclusion.open,
    )  # fmt: skip
    return replace(finding, **changes)  # type: ignore[arg-type]


def written(*findings: Finding, base: Base = BASE) -> dict[str, bytes]:
    """The graphs of made-up findings on a study ``s`` that has one statement, ``a.orr``."""
    (known,) = made_up().figures
    study = StudyFigures("s", (known,))
    rules = [Rule("percent-of-count", "Percent", "A share.", lambda _: iter(()))]
    report = Report(keyed(findings), ("s",), ("percent-of-count",), 1)
    return triples.graphs(report, [study], rules, base, VERSION)


def parsed(*findings: Finding) -> Graph:
    graph = Graph()
    for data in written(*findings).values():
        graph.parse(data=data, format="nt")
    return graph


# The shipped evidence ----------------------------------------------------------------------------


def test_each_study_has_a_graph_of_findings_and_figures_stay(
    made: Graphs, checked: tuple[Graphs, Report]
) -> None:
    graphs = checked[0].graphs
    names = {BASE.graph("integrity", study) for study in made.evidence.studies}
    assert names | {BASE.graph("integrity", "rules"), inferred_of(BASE, "integrity")} == (
        graphs.keys() - made.graphs.keys()
    )
    assert {name: graphs[name] for name in made.graphs} == made.graphs


def test_there_are_as_many_findings_as_the_report_has(
    checked: tuple[Graphs, Report], graph: Graph
) -> None:
    report = checked[1]
    assert report.by_key
    found = set(graph.subjects(RDF.type, ANLO.IntegrityFinding))
    assert found == {thing("finding", key) for key in report.by_key}
    rules = set(graph.subjects(RDF.type, ANLO.IntegrityRule))
    assert rules == {thing("rule", rule.id) for rule in catalogue.RULES}


def test_a_finding_says_what_the_report_says(checked: tuple[Graphs, Report], graph: Graph) -> None:
    studies = reading.read_tables(checked[0].evidence)
    known = {figure.statement for study in studies for figure in study.figures}
    for key, finding in checked[1].by_key.items():
        it = thing("finding", key)
        assert str(graph.value(it, ANLO.reported)) == finding.reported
        assert str(graph.value(it, ANLO.recomputed)) == finding.recomputed
        assert str(graph.value(it, ANLO.method)) == finding.method
        assert str(graph.value(it, ANLO.explanation)) == finding.explanation
        assert graph.value(it, ANLO.severity) == thing("term", finding.severity)
        assert graph.value(it, ANLO.conclusion) == thing("term", finding.conclusion)
        assert graph.value(it, ANLO.rule) == thing("rule", finding.rule)
        assert graph.value(it, ANLO.findingIn) == thing("study", finding.study)
        # A figure may be the size of a group, which is no result.
        figures = [figure for figure in finding.figures if figure.statement in known]
        stated = {thing("statement", f"{f.study}.{f.statement}") for f in figures}
        flagged = {thing("result", f"{f.study}.{f.result}") for f in figures}
        assert set(graph.objects(it, ANLO.findingOf)) == stated
        assert set(graph.objects(it, ANLO.flags)) == flagged
        places = str(graph.value(it, ANLO.places))
        assert places.startswith(finding.locators[0])
        assert all(place in places for place in finding.locators)


def test_statements_and_results_are_those_of_the_study(
    made: Graphs, checked: tuple[Graphs, Report]
) -> None:
    graphs = checked[0].graphs
    for study in made.evidence.studies:
        own = graphs[graph_of(BASE, study)].decode()
        subjects = {line.partition(" ")[0] for line in own.splitlines()}
        found = Graph().parse(data=graphs[BASE.graph("integrity", study)], format="nt")
        targets = [*found.objects(None, ANLO.findingOf), *found.objects(None, ANLO.flags)]
        assert [str(target) for target in targets if f"<{target}>" not in subjects] == []


@pytest.fixture(scope="module")
def valid(made: Graphs, checked: tuple[Graphs, Report]) -> Graph:
    """The findings, and of the other graphs what the shapes look up."""
    graph = read(checked[0], inferred=True)
    for data in made.graphs.values():
        for line in data.decode().splitlines():
            if f"<{ANLO.statementOf}>" in line or f"<{RDFS.label}>" in line:
                graph.parse(data=line, format="nt")
    return graph


def test_findings_keep_the_shapes(resources: Resources, valid: Graph) -> None:
    told = shapes.validate(valid, shapes.read(resources.shapes)).findings
    own = [str(finding) for finding in told if "/shapes/Integrity" in finding.shape]
    assert own == []


@pytest.mark.parametrize("name", ["severity", "rule", "explanation", "places", "flags"])
def test_the_shapes_miss_what_is_taken_away(resources: Resources, valid: Graph, name: str) -> None:
    broken = Graph()
    broken += valid
    it = next(iter(sorted(valid.subjects(RDF.type, ANLO.IntegrityFinding))))
    broken.remove((it, ANLO[name], None))
    told = shapes.validate(broken, shapes.read(resources.shapes)).findings
    assert str(it) in {finding.focus for finding in told if "/shapes/Integrity" in finding.shape}


def test_a_check_says_what_it_used_and_which_program_it_was(
    made: Graphs, checked: tuple[Graphs, Report], graph: Graph
) -> None:
    for study in made.evidence.studies:
        it = thing("check", study)
        used = set(graph.objects(it, PROV.used))
        rules = {thing("rule", rule) for rule in checked[1].rules}
        assert used == rules | {URIRef(BASE.graph("study", study))}
        agent = graph.value(it, PROV.wasAssociatedWith)
        assert (agent, RDF.type, PROV.SoftwareAgent) in graph
        assert graph.value(agent, OWL.versionInfo) is not None
        name = URIRef(BASE.graph("integrity", study))
        assert (name, RDF.type, DQV.QualityMetadata) in graph
        assert graph.value(name, PROV.wasGeneratedBy) == it
    for key, finding in checked[1].by_key.items():
        made_by = graph.value(thing("finding", key), PROV.wasGeneratedBy)
        assert made_by == thing("check", finding.study)


def test_what_other_vocabularies_say_of_findings_follows(
    checked: tuple[Graphs, Report], graph: Graph
) -> None:
    asserted = read(checked[0], inferred=False)
    for it in graph.subjects(RDF.type, ANLO.IntegrityFinding):
        assert {DQV.QualityAnnotation, OA.Annotation, PROV.Entity} <= set(
            graph.objects(it, RDF.type)
        )
        assert graph.value(it, OA.motivatedBy) == DQV.qualityAssessment
        targets = {*graph.objects(it, ANLO.findingOf), *graph.objects(it, ANLO.flags)}
        assert set(graph.objects(it, OA.hasTarget)) == targets
        assert not set(asserted.objects(it, OA.hasTarget)), "what follows has a graph of its own"
    for rule in graph.subjects(RDF.type, ANLO.IntegrityRule):
        assert (rule, RDF.type, DQV.Metric) in graph
        assert (graph.value(rule, DQV.inDimension), RDF.type, DQV.Dimension) in graph


def test_every_code_is_there_with_its_meaning(graph: Graph) -> None:
    for scheme, codes in (("severity", Severity), ("conclusion", Conclusion)):
        listed = set(graph.subjects(SKOS.inScheme, thing("scheme", scheme)))
        assert listed == {thing("term", code) for code in codes}
        assert all(graph.value(code, SKOS.definition) for code in listed)


def test_the_same_evidence_gives_the_same_graphs(
    made: Graphs, checked: tuple[Graphs, Report]
) -> None:
    assert made.with_findings()[0].graphs == checked[0].graphs


def test_the_release_holds_the_graphs_and_counts_them(
    release: Release, opened: OpenRelease, checked: tuple[Graphs, Report]
) -> None:
    counts = Counter(finding.severity.value for finding in checked[1].findings)
    assert release.manifest.integrity == counts
    names = {entry.name for entry in release.manifest.graphs}
    assert {name for name in checked[0].graphs if "integrity" in name} <= names
    text = "SELECT (COUNT(*) AS ?n) { ?f a anlo:IntegrityFinding }".replace("anlo:", f"<{ANLO}")
    text = text.replace("IntegrityFinding", "IntegrityFinding>")
    ((number,),) = opened.run(text).rows()
    assert int(number.value) == len(checked[1].by_key)


def test_a_rule_that_fails_stops_the_build(made: Graphs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: StudyFigures) -> Iterator[Finding]:
        raise ReleaseError("this rule is broken")

    broken = Rule("broken", "Broken", "Fails.", fails)
    monkeypatch.setattr(catalogue, "RULES", (broken,))
    with pytest.raises(ReleaseError, match="this rule is broken"):
        made.with_findings()


# Any findings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ['"quoted"', "a\\b", "two\nlines", "≥ 3 × 10⁻³, 𝑝 < .001", "tab\there", "} . <x>"]
)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    finding = made_up(reported=text, recomputed=text, method=text, explanation=text)
    graph = parsed(finding)
    it = thing("finding", "s.percent-of-count.a.orr")
    for name in ("reported", "recomputed", "method", "explanation"):
        assert str(graph.value(it, ANLO[name])) == text


def test_lines_are_read_by_others() -> None:
    for data in written(made_up(reported='x " \\ \n y')).values():
        assert len(list(parse(data, RdfFormat.N_TRIPLES))) == data.count(b" .\n")


def test_a_figure_that_is_no_statement_of_the_graph_has_its_place_only() -> None:
    (known,) = made_up().figures
    place = Place("s-record", "Basic Information")
    other = replace(known, statement="status", result="status", place=place)
    graph = parsed(made_up(figures=(known, other)))
    it = thing("finding", "s.percent-of-count.a.orr")
    assert list(graph.objects(it, ANLO.findingOf)) == [thing("statement", "s.a.orr")]
    assert str(graph.value(it, ANLO.places)) == "s-article, Results; s-record, Basic Information"


def test_two_findings_of_a_rule_on_a_statement_are_two_things() -> None:
    graph = parsed(made_up(), made_up(reported="other"))
    found = {str(it).rpartition("/")[2] for it in graph.subjects(RDF.type, ANLO.IntegrityFinding)}
    assert found == {"s.percent-of-count.a.orr", "s.percent-of-count.a.orr.2"}


def test_a_study_without_findings_was_checked_all_the_same() -> None:
    graph = parsed()
    assert (thing("check", "s"), RDF.type, ANLO.IntegrityCheck) in graph
    assert not list(graph.subjects(RDF.type, ANLO.IntegrityFinding))


def test_a_label_stays_one_line_that_can_be_read() -> None:
    assert triples.label(made_up()) == "percent of count: 65.7 % (22/34); recomputed 64.71 %"
    assert len(triples.label(made_up(reported="x" * 1000))) == triples.LONGEST_LABEL


def test_another_base_moves_every_iri_of_the_project() -> None:
    for name, data in written(made_up(), base=Base("http://localhost/kg/")).items():
        assert name.startswith("http://localhost/kg/graph/integrity/")
        assert BASE.iri.encode() not in data


def test_findings_by_thing_come_gravest_first_and_once() -> None:
    rows = [
        ("r", "f2", "unit", "b"), ("r", "f1", "information", "a"), ("s", "f1", "information", "a"),
        ("r", "f3", "contradiction", "c"), ("r", "f2", "unit", "b"), ("r", "f4", "new", "d"),
    ]  # fmt: skip
    found = flags.collected(rows)
    assert [flag.finding for flag in found["r"]] == ["f3", "f2", "f1", "f4"]
    assert [flag.finding for flag in flags.gravest([*found["s"], *found["r"]])] == [
        "f3", "f2", "f1", "f4"
    ]  # fmt: skip
