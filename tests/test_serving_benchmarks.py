"""The speed measurements of the service: what they send, read, compare and conclude."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest

from anlokg import ontology
from anlokg.namespaces import Base
from anlokg.resources import Resources

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the package

from benchmarks.serving import (  # noqa: E402
    answers,
    cached,
    page,
    queries,
    runaways,
    trials,
    uncached,
)
from benchmarks.serving.answers import Answer  # noqa: E402
from benchmarks.serving.bench import Bench  # noqa: E402
from benchmarks.serving.client import Outcome  # noqa: E402
from benchmarks.serving.page import Section, Table, Target  # noqa: E402
from benchmarks.serving.peers import ANLOKG, DISK, MEMORY, RDFLIB  # noqa: E402
from benchmarks.serving.queries import Kind  # noqa: E402
from benchmarks.serving.runaways import End  # noqa: E402
from benchmarks.serving.samples import Sample, mean_ratio, quantile  # noqa: E402
from benchmarks.serving.server import Late, Missing, Reply, Running  # noqa: E402
from benchmarks.serving.virtuoso import NAME as VIRTUOSO  # noqa: E402
from benchmarks.serving.virtuoso import Virtuoso  # noqa: E402

TRIPLES = 20_000
KINDS = queries.read(TRIPLES)


@pytest.fixture(scope="module")
def text() -> str:
    """The small graph."""
    return "".join(trials.lines(TRIPLES))


@pytest.fixture(scope="module")
def store(text: str) -> ox.Store:
    """The small graph, loaded."""
    store = ox.Store()
    store.load(text, format=ox.RdfFormat.N_TRIPLES)
    return store


# The graph


def test_trials_are_the_same_in_every_process(text: str) -> None:
    command = [sys.executable, "-m", "benchmarks.serving.trials", str(TRIPLES)]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
        assert done.stdout.decode() == text


def test_another_seed_makes_other_trials(text: str) -> None:
    assert "".join(trials.lines(TRIPLES, seed=trials.SEED + 1)) != text


def test_a_larger_graph_begins_with_the_smaller_one(text: str) -> None:
    assert "".join(trials.lines(2 * TRIPLES)).startswith(text)


def test_there_are_as_many_triples_as_asked_for_and_none_twice(text: str, store: ox.Store) -> None:
    assert len(store) == text.count("\n")
    assert TRIPLES <= len(store) < TRIPLES + 2 * trials.PER_TRIAL


def test_keys_are_those_of_studies_in_the_graph(store: ox.Store) -> None:
    study = ox.NamedNode(Base().ontology + "Study")
    found = {quad.subject.value for quad in store.quads_for_pattern(None, None, study)}
    assert {Base().entity("study", key) for key in trials.keys(TRIPLES)} <= found


def test_trials_use_the_terms_of_the_ontology(store: ox.Store, resources: Resources) -> None:
    known = {str(subject) for subject in ontology.read(resources.ontology, Base()).subjects()}
    rows = store.query("SELECT DISTINCT ?p ?c WHERE { ?s ?p ?o OPTIONAL { ?s a ?c } }")
    used = {term.value for row in rows for term in row if term is not None}
    assert {term for term in used if term.startswith(Base().ontology)} <= known


def test_a_file_of_trials_is_made_once_and_whole(text: str, tmp_path: Path) -> None:
    path = trials.write(tmp_path, TRIPLES)
    assert path.read_text(encoding="utf-8") == text
    path.write_text("kept", encoding="utf-8")
    assert trials.write(tmp_path, TRIPLES).read_text(encoding="utf-8") == "kept"
    assert list(tmp_path.iterdir()) == [path]


# The queries


def test_every_file_is_a_kind_of_query_and_has_a_title() -> None:
    assert {path.stem for path in queries.FOLDER.glob("*.rq")} == set(queries.NAMES)
    assert queries.TITLES.keys() == set(queries.NAMES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_query_gives_rows(kind: queries.Kind, store: ox.Store) -> None:
    counts = [sum(1 for _ in store.query(query)) for query in kind.texts]
    assert counts[0] > 0
    assert sum(count > 0 for count in counts) > len(counts) / 4


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_variants_are_as_many_as_the_file_says(kind: queries.Kind) -> None:
    varies = "# Varies" in (queries.FOLDER / f"{kind.name}.rq").read_text(encoding="utf-8")
    assert len(set(kind.texts)) == len(kind.texts)
    assert (len(kind.texts) > 1) == varies


# Figures


def test_a_quantile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert quantile(values, 0.99) == 99
    assert quantile(values, 1) == 100
    assert quantile([3.0], 0.99) == 3


def test_a_mean_of_ratios_is_geometric() -> None:
    assert mean_ratio([0.5, 2, 8]) == pytest.approx(2)


def test_a_sample_joins_its_rounds() -> None:
    sample = Sample([Outcome([1.0, 3.0], seconds=1), Outcome([2.0], seconds=1, processor=0.2)])
    assert (sample.median, sample.p99, sample.rate, sample.busy) == (2, 3, 1.5, False)
    assert Sample([Outcome([1.0], seconds=1, processor=0.9)]).busy


# Answers


def results(*values: dict[str, str]) -> bytes:
    bindings = ", ".join(str({"x": value}).replace("'", '"') for value in values)
    return f'{{"head": {{"vars": ["x", "y"]}}, "results": {{"bindings": [{bindings}]}}}}'.encode()


def literal(value: str, datatype: str = "", kind: str = "literal") -> dict[str, str]:
    typed = {"datatype": answers.XSD + datatype} if datatype else {}
    return {"type": kind, "value": value, **typed}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (literal("0.70", "decimal"), literal("0.7", "decimal", "typed-literal")),
        (literal("100", "integer"), literal("1.0E2", "double")),
        (literal("a", "string"), literal("a")),
        (literal("0.3333333333", "decimal"), literal("0.33333333333333331", "double")),
    ],
    ids=["zeros", "numbers", "strings", "digits"],
)
def test_values_are_equal_however_they_are_written(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert answers.table(results(one)) == answers.table(results(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (literal("0.7", "decimal"), literal("0.71", "decimal")),
        (literal("1", "integer"), literal("1")),
        (literal("a"), {"type": "uri", "value": "a"}),
        (literal("2026-01-15", "date"), literal("2026-01-15")),
        (literal("a"), {"type": "literal", "value": "a", "xml:lang": "en"}),
    ],
    ids=["numbers", "text", "iri", "date", "language"],
)
def test_values_that_differ_are_not_equal(one: dict[str, str], other: dict[str, str]) -> None:
    assert answers.table(results(one)) != answers.table(results(other))


def test_a_server_that_answers_otherwise_is_named() -> None:
    rows = ((("", "a"),), (("", "b"),))
    good, turned, short = Answer(rows), Answer(rows[::-1]), Answer(rows[:1])
    told = answers.differing({"a": good, "b": short, "c": good, "d": Answer(problem="status 500")})
    assert told == {"b": "0 rows too many, 1 missing", "d": "status 500"}
    assert answers.differing({"a": good, "b": good, "c": turned}) == {"c": "other order"}
    assert answers.differing({"a": good}) == {}
    broken = Answer(problem="status 500")
    assert answers.differing({"a": broken, "b": broken}) == dict.fromkeys("ab", "status 500")


class Sleeper(Running):
    """A server that answers nothing until it is started again."""

    asleep = True

    def get(self, *_: object, **__: object) -> Reply:  # type: ignore[override]
        if self.asleep:
            raise Late("not yet")
        empty = b'{"head": {"vars": ["a"]}, "results": {"bindings": []}}'
        return Reply(200, empty, "")


def test_a_server_that_is_late_is_started_again_and_no_one_is_wrong() -> None:
    slow, quick = (Sleeper(name, "1", 0, "", None) for name in ("slow", "quick"))  # type: ignore[arg-type]
    quick.asleep = False
    started = []
    slow.restart = lambda: started.append("slow")
    kind = Kind("count", ("SELECT * {}",))
    (checked,) = answers.check({"slow": slow, "quick": quick}, [kind])
    assert (started, checked.wrong, checked.late) == (["slow"], {}, {"slow"})


# What is concluded


def bench(*names: str, **more: object) -> Bench:
    running = dict.fromkeys(names)
    return Bench(Path(), TRIPLES, running, KINDS, (1, 8), **more)  # type: ignore[arg-type]


def samples(one: Bench, **seconds: float) -> uncached.Samples:
    """Every query takes a server the same time; 8 clients get 8 answers in it."""
    return {
        (kind.name, clients, name): Sample([Outcome([taken] * clients, seconds=taken)])
        for kind, clients, (name, taken) in product(KINDS, (1, 8), zip(
            uncached.columns(one), seconds.values(), strict=True))
    }  # fmt: skip


def outcomes(targets: Iterable[Target]) -> list[bool | None]:
    return [target.met for target in targets]


@pytest.mark.parametrize("clients", [1, 8])
@pytest.mark.parametrize(
    ("rdflib", "disk", "memory", "virtuoso", "compiled", "expected"),
    [
        (0.071, 0.031, 0.0088, 0.011, 0.011, [True] * 5),
        (0.069, 0.029, 0.0086, 0.009, 0.009, [False] * 5),
    ],
)
def test_targets_of_the_queries_are_judged(
    clients: int, rdflib: float, disk: float, memory: float, virtuoso: float, compiled: float,
    expected: list[bool],
) -> None:  # fmt: skip
    one = bench(ANLOKG, RDFLIB, DISK, MEMORY, VIRTUOSO)
    measured = samples(one, own=0.01, a=rdflib, b=disk, c=memory, d=virtuoso, e=compiled)
    assert outcomes(uncached.targets(one, measured, clients)) == expected


def test_a_query_answered_otherwise_is_not_compared() -> None:
    one = bench(ANLOKG, RDFLIB, wrong=frozenset({(RDFLIB, "point")}))
    found = uncached.ratios(one, samples(one, own=0.01, a=0.1), 1, RDFLIB)
    assert found.keys() == {kind.name for kind in KINDS} - {"point"}


def test_a_late_query_counts_as_the_limit_and_is_not_asked_again() -> None:
    one = bench(ANLOKG, RDFLIB, late=frozenset({(RDFLIB, "path")}))
    measured = samples(one, own=0.1, a=0.2)
    assert uncached.ratios(one, measured, 1, RDFLIB)["path"] == answers.LIMIT_S / 0.1
    assert not uncached.asked(one, measured, "path", 1, RDFLIB)
    measured["path", 1, RDFLIB] = measured["path", 8, RDFLIB] = Sample()
    assert uncached._cell(one, measured, "path", 1, RDFLIB) == "over 60 s"
    assert uncached._cell(one, measured, "path", 8, ANLOKG) == "80 (100)"
    assert "path" not in uncached.ratios(one, measured, 8, RDFLIB)


def test_what_one_client_waits_long_for_is_not_asked_by_many() -> None:
    one = bench(ANLOKG, RDFLIB)
    measured = samples(one, own=0.1, a=uncached.SLOW_S + 1)
    assert uncached.asked(one, measured, "point", 1, RDFLIB)
    assert not uncached.asked(one, measured, "point", 8, RDFLIB)
    assert uncached.asked(one, measured, "point", 8, ANLOKG)


def test_a_server_that_does_not_run_is_said() -> None:
    one = bench(ANLOKG, absent={VIRTUOSO: "not installed"})
    (target,) = uncached.targets(one, samples(one, own=0.01), 1)
    assert VIRTUOSO in target.what
    assert target.row()[1:] == ("not installed", "not measured")


@pytest.mark.parametrize(("rate", "met"), [(6000, True), (4000, False)])
def test_targets_of_the_cache_are_judged(rate: int, met: bool) -> None:
    one = bench(ANLOKG, DISK)
    rates = {ANLOKG: rate, cached.AGAIN: rate, DISK: 5000}
    measured = {
        (kind.name, name): Sample([Outcome([0.1] * count, seconds=1)])
        for kind, (name, count) in product(KINDS, rates.items())
    }
    measured["point", DISK] = Sample([Outcome([0.1] * 9000, seconds=1)])
    assert outcomes(cached.targets(one, measured)) == [met] * 3


@pytest.mark.parametrize(
    ("end", "proper"),
    [
        (End(503, "query-timeout", 10.9), True),
        (End(503, "query-memory-limit", 2.0), True),
        (End(503, "query-timeout", 11.1), False),
        (End(503, "queue-full", 0.1), False),
        (End(200, "", 1.0), False),
        (End(0, "no answer", 1.0), False),
    ],
    ids=["in time", "memory", "late", "refused", "answered", "broken"],
)
def test_a_runaway_has_to_end_with_its_problem_in_time(end: End, proper: bool) -> None:
    quiet = Sample([Outcome([0.001] * 100, seconds=1)])
    targets = runaways.targets(quiet, Sample([Outcome([0.006], seconds=1)]), {"any": [end]}, 10)
    assert outcomes(targets) == [False, proper]


def test_virtuoso_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="not installed"):
        Virtuoso(tmp_path).prepare()


def test_the_page_holds_the_sections_last_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    table = Table("Times", ("what", "ms"), [["point", "1"]], ["A note."])
    for triples, value in ((10_000_000, "1"), (1_000_000, "old"), (1_000_000, "new")):
        made = Section("queries", triples, "Queries", "command", ["fact"], [table])
        made.targets.append(Target("fast", value, True))
        made.keep()
    assert [asdict(one) for one in page.kept()][1] == asdict(
        Section("queries", 10_000_000, "Queries", "command", ["fact"], [table],
                [Target("fast", "1", True)])
    ) | {"tables": [{"title": "Times", "columns": ["what", "ms"], "rows": [["point", "1"]],
                     "notes": ["A note."]}]}  # fmt: skip
    page.write()
    written = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| fast | new | met |" in written
    assert "old" not in written
    assert written.index("1\u202f000\u202f000 triples") < written.index("10\u202f000\u202f000 tr")


@pytest.mark.slow
def test_the_command_measures_anlokg_alone() -> None:
    """All parts at the small size; no figure is judged, because machines differ."""
    command = [sys.executable, "-m", "benchmarks.serving", "--quick", "--servers", ANLOKG]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n## ") == len(page.ORDER) - 1
    assert all(kind.title in done.stdout for kind in KINDS)
    assert "differs" not in done.stdout
    assert " × " not in done.stdout, "answers with another status"
