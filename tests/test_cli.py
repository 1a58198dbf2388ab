"""The command line: what it prints, what it ends with, and that errors are sentences."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyoxigraph
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from anlokg import errors, version
from anlokg.cli import commands, main
from anlokg.namespaces import DEFAULT_BASE
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Shelf
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases"
DOCUMENTED = Path(__file__).parent.parent / "docs" / "commands.md"
COMMANDS: dict[str, Any] = dict(get_command(commands.app).commands)  # type: ignore[attr-defined]
PREFIXES = "PREFIX anlo: <https://w3id.org/anlokg/ontology/>\n"
SELECT = PREFIXES + "SELECT ?drug { ?drug a anlo:Drug } ORDER BY ?drug"
ASK = PREFIXES + "ASK { ?drug a anlo:Drug }"
CONSTRUCT = PREFIXES + "CONSTRUCT WHERE { ?drug a anlo:Drug }"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command printed, and what it ended with."""

    code: int
    stdout: bytes
    errors: str

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Run = Callable[..., Outcome]


@pytest.fixture
def cli(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as the program does, errors included, in this process."""

    def run(*words: str, stdin: str | bytes = "", **environment: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["anlokg", *words])
        variables = {"ANLOKG_RELEASES": str(shelf.folder)} | environment
        with CliRunner().isolation(input=stdin, env=variables) as (out, err, _):
            try:
                main.run()
                code: Any = 0
            except SystemExit as end:
                code = end.code or 0
            sys.stdout.flush()
            sys.stderr.flush()
            outcome = Outcome(code, out.getvalue(), err.getvalue().decode())
        assert "Traceback" not in outcome.errors
        return outcome

    return run


@pytest.fixture
def ask(cli: Run, release: object) -> Run:
    """The same, when the release of the test run is there to be asked."""
    assert release
    return cli


def subprocess_run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    command = [sys.executable, "-m", "anlokg", *words]
    return subprocess.run(command, capture_output=True, text=True, **more)


# Help ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_its_options(name: str, flag: str, cli: Run) -> None:
    outcome = cli(name, flag)
    assert outcome.code == 0
    shown = " ".join(outcome.text.split())
    summary = " ".join((COMMANDS[name].help or "").split())
    assert summary
    assert summary in shown
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "option":
            assert parameter.opts[0] in shown
            assert parameter.help, f"{name} {parameter.opts[0]} says nothing"


def test_help_lists_the_commands(cli: Run) -> None:
    outcome = cli("--help")
    assert outcome.code == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", outcome.text, re.MULTILINE)
    assert cli().code == 2, "without a command there is nothing to do"


def test_the_program_runs_as_a_module_and_as_a_script() -> None:
    script = Path(sys.executable).with_name("anlokg")
    as_script = subprocess.run([script, "queries"], capture_output=True, text=True)
    as_module = subprocess_run("queries")
    assert as_module.returncode == as_script.returncode == 0
    assert as_module.stdout == as_script.stdout != ""


def test_the_version_is_shown(cli: Run) -> None:
    outcome = cli("--version")
    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.text == f"{version.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["build", "--help"], ["--version"], ["nonsense"]])
def test_help_is_quick_because_it_loads_no_engine(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from anlokg.cli.main import run\n"
        f"sys.argv = ['anlokg', *{words}]\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = set(done.stdout.partition("LOADED")[2].split())
    assert "typer" in loaded
    heavy = {"pyoxigraph", "rdflib", "fastapi", "uvicorn", "pyshacl", "owlready2", "yatter",
             "openpyxl", "pandas", "yaml"}  # fmt: skip
    assert heavy & loaded == set()


def test_documentation_has_every_command_option_exit_code_and_setting(cli: Run) -> None:
    text = DOCUMENTED.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    by_command = {name: body for title, body in sections.items() for name in title.split(", ")}
    for name, command in COMMANDS.items():
        assert name in by_command, f"docs/commands.md has no section {name}"
        for parameter in command.params:
            if parameter.param_type_name == "option":
                spelled = [opt for opt in parameter.opts if opt not in ("-h", "--help")]
                assert all(f"`{opt}" in by_command[name] for opt in spelled), (name, spelled)
    shared = re.findall(r"(--[a-z-]+)", cli("--help").text)
    assert [option for option in shared if f"`{option}" not in text] == []
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", by_command["Exit codes"], re.M)}
    assert codes == {int(code) for code in re.findall(r"(\d+) [a-z]", str(main.__doc__))}
    package = Path(main.__file__).parent.parent
    code = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    for setting in set(re.findall(r"\bANLOKG_[A-Z_]+", code)):
        assert f"`{setting}`" in by_command["Environment"]


# Exit codes ------------------------------------------------------------------------------------

CODES = {
    errors.AnlokgError: 1, errors.ResourcesNotFound: 3, errors.TableError: 4,
    errors.MappingError: 5, errors.ReasoningError: 6, errors.ShapeError: 7,
    errors.ValidationFailed: 8, errors.ReleaseError: 9, errors.FileError: 11,
    errors.QueryError: 10,
    errors.QuerySyntaxError: 10, errors.UnknownQuery: 10, errors.ParameterError: 10,
    errors.QueryRefused: 10, errors.QueryTimeout: 10, errors.QueryMemoryExceeded: 10,
    errors.AnswerTooLarge: 10, errors.QueryCancelled: 10, errors.QueueFull: 10,
    errors.EngineUnavailable: 10, errors.EngineFailed: 10, errors.RemoteError: 10,
    errors.SettingError: 2, errors.NotFound: 1,
}  # fmt: skip


def test_every_error_has_its_exit_code() -> None:
    found = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.AnlokgError)
    }
    assert {kind: kind.exit_code for kind in found} == CODES


@pytest.mark.parametrize(("words", "code", "says"), [
    (["nonsense"], 2, "No such command"),
    (["query"], 2, "Missing argument"),
    (["query", "list-studies", "--format", "docx"], 2, "docx"),
    (["build", "--base", "example.org"], 2, "must be an http(s) IRI that ends in '/'"),
    (["releases", "--prune", "0"], 2, "greater than or equal to 1"),
    (["export", "--format", "docx"], 2, "docx"),
    (["export"], 2, "--format"),
    (["serve", "--port", "70000"], 2, "less than or equal to 65535"),
    (["--resources", "/nonexistent", "queries"], 3, "folders ontology, mappings, shapes"),
    (["new-study", "Bad Key"], 4, "'Bad Key' is not a study key. Use lower-case"),
    (["new-study", "hcc-phase2"], 4, "exists already. Choose another key"),
    (["to-xlsx", "nonsense", "x.xlsx"], 4, "has no study 'nonsense'. There are: alter-l059"),
    (["from-xlsx", "hcc-phase2", "/nonexistent.xlsx"], 4, "is not an XLSX workbook"),
    (["validate", "/nonexistent.ttl"], 4, "/nonexistent.ttl: is missing"),
    (["validate", "/"], 4, "is a folder without tables"),
    (["releases", "--switch", "nonsense"], 9, "there is no release 'nonsense'"),
    (["releases", "--rollback"], 9, "no release before the current one"),
    (["query", "list-studies", "--release", "nonsense"], 9, "there is no release 'nonsense'"),
    (["--releases", "/nonexistent", "query", "list-studies"], 9, "'anlokg build' makes one"),
    (["export", "--format", "nq", "--graph", "https://example.org/g"], 9, "there is no graph"),
    (["compare", "nonsense"], 4, "nonsense: is no study. There are: alter-l059"),
    (["queries", "list-study"], 10, "Did you mean: list-studies"),
    (["query", "list-study"], 10, "Did you mean: list-studies"),
    (["query", "list-studies", "--param", "drug"], 10, "has no value. Write name=value"),
    (["query", "list-studies", "--param", "d=x"], 10, "parameter d: is unknown; this query has:"),
    (["query", "list-studies", "--param", "drug=a b"], 10, "is not an IRI or CURIE, such as"),
    (["query", "list-studies", "--format", "ttl"], 10, "its formats are: json, xml, csv, tsv"),
    (["query", "list-studies", "--param", "drug=\udcff"], 10, "parameter drug: "),
    (["show", "nonsense"], 10, "nothing is called 'nonsense'. Try a name"),
    (["query", "nonsense.rq"], 11, "nonsense.rq cannot be read: No such file"),
    (["export", "--format", "nq", "-o", "/nonexistent/x"], 11, "/nonexistent/x cannot be written"),
])  # fmt: skip
def test_a_mistake_ends_with_its_code_and_says_what_to_do(
    words: list[str], code: int, says: str, ask: Run
) -> None:
    outcome = ask(*words)
    assert (outcome.code, outcome.stdout) == (code, b"")
    assert says in " ".join(outcome.errors.split())
    if code != 2:
        last = [line for line in outcome.errors.splitlines() if not re.match(r" +\d+\.\d s ", line)]
        assert last[0].startswith("anlokg: ")
        said = json.loads(ask("--json", *words).errors)
        assert said.keys() == {"error", "message", "details", "exit_code"}
        assert said["exit_code"] == CODES[getattr(errors, said["error"])] == code
        assert says in " ".join([said["message"], *said["details"]])


@pytest.mark.parametrize("words", [
    ["export", "--format", "nq", "--graph", "no iri"],
    ["export", "--format", "nq", "--graph", "https://example.org/[1]"],
    ["to-xlsx", "hcc-phase2", "/nonexistent/x.xlsx"],
], ids=lambda words: words[-1])  # fmt: skip
def test_an_ordinary_mistake_is_no_crash(words: list[str], ask: Run) -> None:
    assert ask(*words).code in CODES.values()


@pytest.mark.parametrize(("file", "change", "code"), [
    ("evidence/vocabulary/lines.csv", "cell\n", 4),
    ("mappings/study/mapping.yarrrml.yml", "\n  : [\n", 5),
    ("ontology/anlokg.ttl", "nonsense", 6),
    ("shapes/mini.shapes.ttl", "nonsense", 7),
    ("shapes/mini.shapes.ttl", "anlo:GroupShape-of sh:maxCount 0 .", 8),
])  # fmt: skip
def test_each_stage_of_a_build_has_its_code(
    file: str, change: str, code: int, mini: Resources, tmp_path: Path, cli: Run
) -> None:
    root = shutil.copytree(mini.root, tmp_path / "resources")
    path = root / file
    path.write_text(path.read_text(encoding="utf-8") + change, encoding="utf-8")
    words = ["--releases", str(tmp_path / "releases"), "--resources", str(root), "build"]
    outcome = cli("--json", *words)
    said = json.loads(outcome.errors)
    assert outcome.code == said["exit_code"] == code
    assert Path(file).name in str(said) or code == 8
    if code == 8:
        # Every group breaks the shape; each is named with its row.
        assert said["message"] == f"{len(said['details'])} violations of the shapes"
        assert "alter-l059/groups.csv, row 2, column of_study" in said["details"][0]


def test_an_error_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess_run("--releases", str(tmp_path), "query", "list-studies")
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr == (f"anlokg: {tmp_path} has no release yet. 'anlokg build' makes one\n")


# Building and curating -------------------------------------------------------------------------


def test_build_says_what_it_made(mini: Resources, tmp_path: Path, cli: Run) -> None:
    words = ["--releases", str(tmp_path), "--resources", str(mini.root)]
    made = cli("--json", *words, "build")
    (release_id,) = Shelf(tmp_path).ids()
    manifest = Shelf(tmp_path).get().manifest
    assert made.errors == "", "no progress in JSON mode"
    assert made.json == {
        "release": release_id, "unchanged": False, "triples": manifest.triples,
        "findings": manifest.findings,
    }  # fmt: skip
    again = cli(*words, "build")
    assert again.text == (
        f"Release {release_id} is up to date: {manifest.triples} triples, 1 studies\n"
    )
    quiet = cli("--quiet", *words, "build", "--force")
    assert (quiet.code, quiet.text, quiet.errors) == (0, "", "")
    loud = cli(*words, "build", "--force")
    assert re.search(r"^ +\d+\.\d s  validating$", loud.errors, re.MULTILINE)
    listed = cli(*words, "releases").text.splitlines()
    assert [line.split()[0] for line in listed[2:]] == Shelf(tmp_path).ids()
    assert "current" in listed[-1]
    pruned = cli("--json", *words, "releases", "--prune", "2").json
    assert [release["release"] for release in pruned] == Shelf(tmp_path).ids()
    assert len(pruned) == 2
    assert cli(*words, "releases", "--rollback").code == 0
    assert Shelf(tmp_path).current_id() == Shelf(tmp_path).ids()[0]
    assert cli(*words, "releases", "--switch", Shelf(tmp_path).ids()[1]).code == 0
    assert Shelf(tmp_path).current_id() == Shelf(tmp_path).ids()[1]


def test_validate_says_whether_the_evidence_conforms(
    mini: Resources, tmp_path: Path, cli: Run
) -> None:
    words = ["--resources", str(mini.root), "validate"]
    assert cli(*words).text == "conforms\n"
    assert cli("--json", *words).json == {"conforms": True, "violations": 0, "findings": []}
    graph = tmp_path / "mine.ttl"
    graph.write_text(f"<urn:g> a <{DEFAULT_BASE}ontology/Group> .", encoding="utf-8")
    outcome = cli(*words, str(graph))
    assert outcome.code == 8
    assert outcome.text.startswith("Violation: urn:g: ")
    assert outcome.text.endswith("1 violation\n")
    graph.write_text("nonsense", encoding="utf-8")
    assert "does not parse as RDF" in cli(*words, str(graph)).errors


def test_findings_are_json_too(mini: Resources, tmp_path: Path, cli: Run) -> None:
    graph = tmp_path / "mine.ttl"
    graph.write_text(f"<urn:g> a <{DEFAULT_BASE}ontology/Group> .", encoding="utf-8")
    outcome = cli("--json", "--resources", str(mini.root), "validate", str(graph))
    assert (outcome.json["conforms"], outcome.json["violations"]) == (False, 1)
    assert [finding["focus"] for finding in outcome.json["findings"]] == ["urn:g"]


def test_compare_holds_the_readings_against_each_other(cli: Run) -> None:
    assert cli("compare").text == "Both readings and the ledger agree\n"
    assert cli("--json", "compare", "alter-l059").json == {"agree": True}


def test_compare_names_where_the_readings_differ(mini: Resources, tmp_path: Path, cli: Run) -> None:
    root = shutil.copytree(mini.root, tmp_path / "resources")
    path = root / "evidence" / "alter-l059" / "second-reading.csv"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("100", "101", 1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    outcome = cli("--resources", str(root), "compare")
    assert outcome.code == 4
    assert "only the first reading has 100 and only the second reading has 101" in outcome.errors


def test_a_new_study_is_made_and_its_tables_go_to_a_workbook_and_back(
    mini: Resources, tmp_path: Path, cli: Run
) -> None:
    root = shutil.copytree(mini.root, tmp_path / "resources")
    words = ["--resources", str(root)]
    made = cli("--json", *words, "new-study", "example-study")
    assert made.json == {"folder": str(root / "evidence" / "example-study")}
    folder = root / "evidence" / "alter-l059"
    before = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    book = str(tmp_path / "book.xlsx")
    written = cli("--json", *words, "to-xlsx", "alter-l059", book).json
    assert written == cli("--json", *words, "from-xlsx", "alter-l059", book).json
    assert {path.name: path.read_bytes() for path in folder.glob("*.csv")} == before


# Asking ----------------------------------------------------------------------------------------


def test_queries_lists_each_with_its_question(opened: OpenRelease, cli: Run) -> None:
    outcome = cli("queries")
    for query in opened.queries.values():
        assert re.search(rf"^{query.topic} +{query.name} ", outcome.text, re.MULTILINE)
    assert outcome.errors == f"{len(opened.queries)} rows\n"
    assert cli("--quiet", "queries").errors == ""


def test_queries_describes_one(opened: OpenRelease, cli: Run) -> None:
    for query in opened.queries.values():
        text = cli("queries", query.name).text
        assert query.header.question in text
        for parameter in query.parameters:
            assert f"--param {parameter.name}=…  {parameter.type}" in text
        for column, meaning in query.header.columns.items():
            assert f"  {column}: {meaning}\n" in text


def test_a_query_is_answered_as_a_table(ask: Run, opened: OpenRelease) -> None:
    outcome = ask("query", "list-studies")
    studies = {row["study"] for row in opened.rows("list-studies")}
    assert all(str(study) in outcome.text for study in studies)
    assert outcome.errors == f"{len(list(opened.rows('list-studies')))} rows\n"
    assert ask("--quiet", "query", "list-studies").errors == ""


def test_parameters_reach_the_query(ask: Run, opened: OpenRelease) -> None:
    words = ["query", "list-doses", "--param", "drug=drug:atezolizumab", "--format", "csv"]
    answer = opened.query("list-doses", drug="drug:atezolizumab")
    assert ask(*words).stdout == answer.to_bytes("csv")


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "xml"])
def test_rows_are_written_in_every_format(
    form: str, ask: Run, opened: OpenRelease, tmp_path: Path
) -> None:
    path = tmp_path / "mine.rq"
    path.write_text(SELECT, encoding="utf-8")
    outcome = ask("query", str(path), "--format", form)
    assert outcome.stdout == opened.engine.query(SELECT).to_bytes(form)
    assert outcome.stdout == ask("query", "-", "--format", form, stdin=SELECT).stdout
    iris = [str(row[0])[1:-1] for row in opened.engine.query(SELECT).rows()]
    assert re.findall(rf"{DEFAULT_BASE}id/drug/[\w-]+", outcome.text) == iris
    if form == "json":
        assert ask("--json", "query", str(path)).stdout == outcome.stdout
    if form == "xml":
        ElementTree.fromstring(outcome.stdout)


@pytest.mark.parametrize(("form", "answer"), [
    (None, "true\n"), ("table", "true\n"), ("csv", "true\n"), ("tsv", "true\n"),
    ("json", '{"head":{},"boolean":true}'), ("xml", "<boolean>true</boolean>"),
])  # fmt: skip
def test_yes_or_no_is_written_in_every_format(form: str | None, answer: str, ask: Run) -> None:
    words = ["query", "-"] if form is None else ["query", "-", "--format", form]
    assert answer in ask(*words, stdin=ASK).text
    other = ask(*words, stdin="ASK { <a:a> <a:b> <a:c> }")
    assert answer.replace("true", "false") in other.text


@pytest.mark.parametrize(("form", "syntax"), [
    (None, pyoxigraph.RdfFormat.TURTLE), ("ttl", pyoxigraph.RdfFormat.TURTLE),
    ("nt", pyoxigraph.RdfFormat.N_TRIPLES), ("jsonld", pyoxigraph.RdfFormat.JSON_LD),
])  # fmt: skip
def test_graphs_are_written_in_every_format(
    form: str | None, syntax: pyoxigraph.RdfFormat, ask: Run, opened: OpenRelease
) -> None:
    words = ["query", "-"] if form is None else ["query", "-", "--format", form]
    outcome = ask(*words, stdin=CONSTRUCT)
    found = {quad.triple for quad in pyoxigraph.parse(outcome.stdout, syntax)}
    assert found == {pyoxigraph.Triple(*row) for row in opened.engine.query(CONSTRUCT).rows()}  # type: ignore[arg-type]


def test_graphs_are_no_rows(ask: Run) -> None:
    outcome = ask("query", "-", "--format", "csv", stdin=CONSTRUCT)
    assert outcome.code == 10
    assert "the query gives a graph; its formats are: ttl, nt, jsonld" in outcome.errors


def test_a_file_may_have_parameters(ask: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.sparql"
    path.write_text('SELECT ?_it_string ("}" AS ?x) WHERE { }', encoding="utf-8")
    outcome = ask("query", str(path), "--param", 'it=} "=x', "--format", "csv")
    assert outcome.text.replace("\r", "") == '_it_string,x\n"} ""=x",}\n'


@pytest.mark.parametrize(("text", "says"), [
    ("SELECT * {", "line 1, column 11"),
    ("SELECT *\n{ ?s nope:p ?o }", "line 2, column 12: the prefix is not declared"),
    ("SELECT * { nope:s ?p ?o }", "prefix is not declared"),
    ("INSERT DATA { <a:a> <a:a> <a:a> }", "line 1"),
    ("", "line 1"),
])  # fmt: skip
def test_a_syntax_error_says_where(text: str, says: str, ask: Run) -> None:
    outcome = ask("query", "-", stdin=text)
    assert outcome.code == 10
    assert says in outcome.errors
    assert json.loads(ask("--json", "query", "-", stdin=text).errors)["error"] == "QuerySyntaxError"


@pytest.mark.parametrize("query", [
    b'SELECT ("\xff" AS ?x) {}',
    b"ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
])  # fmt: skip
def test_a_query_that_cannot_be_run_is_no_crash(query: bytes, ask: Run) -> None:
    assert ask("query", "-", stdin=query).code == 10


@pytest.mark.parametrize(("name", "keys"), [
    ("anlotinib", ["drug/anlotinib"]),
    ("ANLOTINIB", ["drug/anlotinib"]),
    ("AL3818", ["drug/anlotinib"]),
    ("catequentinib", ["drug/anlotinib"]),
    ("drug:anlotinib", ["drug/anlotinib"]),
    ("https://w3id.org/anlokg/id/drug/anlotinib", ["drug/anlotinib"]),
    ("NCT03059797", ["study/alter1202", "study/alter1202-liver"]),
    ("nct03059797", ["study/alter1202", "study/alter1202-liver"]),
    ("P35968", ["target/kdr"]),
    ("uniprot:P35968", ["target/kdr"]),
    ("VEGFR2", ["target/kdr"]),
    ("kdr", ["target/kdr"]),
    ("PFS", ["endpoint/pfs"]),
    ("progression-free survival", ["endpoint/pfs"]),
    ("hypertension", ["adverse-event/hypertension"]),
])  # fmt: skip
def test_a_thing_is_found_by_any_of_its_names(name: str, keys: list[str], ask: Run) -> None:
    things = ask("--json", "show", name).json
    assert [thing["iri"] for thing in things] == [f"{DEFAULT_BASE}id/{key}" for key in keys]
    for thing in things:
        assert thing["properties"]
        assert thing["iri"] in ask("show", name).text


def test_a_thing_is_shown_with_its_figures_and_their_places(ask: Run) -> None:
    text = ask("show", "result:alter1202-liver.anlotinib.hypertension.g3-4").text
    place = r"\[alter1202-liver-article, Tables, Table 4, Hypertension, Anlotinib [^]]*\]"
    assert re.search(rf"5 \(18\.5\)  result:alter1202-liver\S+  {place}", text)
    assert "  anlo:count  5\n" in text
    drug = ask("show", "anlotinib").text
    assert "  rdfs:label  anlotinib\n" in drug
    assert re.search(r"^  \d+ × is anlo:hasDrug of$", drug, re.MULTILINE)


@pytest.mark.parametrize("name", [
    "", " ", "?", "*", '"', "\\", "}", "\n", "drug:nonsense", "https://example.org/nonsense",
    'x" } DROP ALL #', "http://x> ?p ?o } #", "肝",
    "drug:two words", "https://example.org/{}", "a\rb", "https://example.org/100%",
    "https://example.org/[1]",
])  # fmt: skip
def test_an_unknown_name_means_nothing(name: str, ask: Run) -> None:
    outcome = ask("show", name)
    assert (outcome.code, outcome.stdout) == (10, b"")
    assert outcome.errors.startswith(f"anlokg: nothing is called {name!r}")


@pytest.mark.parametrize("words", [
    ["show", "anlotinib"],
    ["query", "list-studies"],
    ["compare", "alter-l059"],
    ["queries"],
    ["queries", "list-studies"],
    ["releases"],
], ids=" ".join)  # fmt: skip
def test_answers_in_json_mode_are_json(words: list[str], ask: Run) -> None:
    outcome = ask("--json", *words)
    assert outcome.code == 0
    assert outcome.json
    assert outcome.errors == ""


def on_a_terminal(*words: str, **environment: str) -> bytes:
    """What the program writes to a terminal."""
    above, below = pty.openpty()
    command = [sys.executable, "-m", "anlokg", *words]
    variables = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"} | environment
    with subprocess.Popen(command, stdout=below, stderr=below, env=variables) as process:
        os.close(below)
        written = b""
        try:
            while part := os.read(above, 65536):
                written += part
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(above)
    assert process.returncode == 0
    return written


def test_no_color_means_no_colour() -> None:
    styles = re.findall(rb"\x1b\[([\d;]*)m", on_a_terminal("queries", NO_COLOR="1"))
    codes = {int(code) for style in styles for code in style.split(b";") if code}
    assert codes & {*range(30, 50), *range(90, 108)} == set()


def read_one_line(shelf: Shelf) -> tuple[bytes, int]:
    """What the program says, and ends with, when its reader goes after one line."""
    command = [sys.executable, "-m", "anlokg", "-q", "export", "--format", "nt"]
    variables = os.environ | {"ANLOKG_RELEASES": str(shelf.folder)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=variables) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    return said, process.returncode


def test_a_reader_that_has_seen_enough_hears_nothing(shelf: Shelf, opened: OpenRelease) -> None:
    assert opened
    assert read_one_line(shelf)[0] == b""


def test_a_reader_that_has_seen_enough_is_no_error(shelf: Shelf, opened: OpenRelease) -> None:
    assert opened
    assert read_one_line(shelf)[1] == 0


# Exports ---------------------------------------------------------------------------------------

SYNTAX = {
    "nq": pyoxigraph.RdfFormat.N_QUADS, "trig": pyoxigraph.RdfFormat.TRIG,
    "ttl": pyoxigraph.RdfFormat.TURTLE, "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD, "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
}  # fmt: skip


def test_every_format_is_tested() -> None:
    assert {form.value for form in commands.ExportFormat} == {*SYNTAX, "evidence-csv", "sssom"}


@pytest.mark.parametrize("form", SYNTAX)
def test_a_release_is_exported_whole(
    form: str, ask: Run, opened: OpenRelease, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    assert ask("export", "--format", form, "-o", str(path)).text == f"Wrote {path}\n"
    found = list(pyoxigraph.parse(path.read_bytes(), SYNTAX[form]))
    quads = set(pyoxigraph.parse(opened.release.quads.read_bytes(), SYNTAX["nq"]))
    triples = {quad.triple for quad in quads}
    if SYNTAX[form].supports_datasets:
        assert len(found) == len(quads) == opened.manifest.triples
        assert set(found) == quads
    else:
        assert len(found) == len(triples)
        assert {quad.triple for quad in found} == triples


@pytest.mark.parametrize("form", SYNTAX)
def test_one_graph_is_exported(form: str, ask: Run, opened: OpenRelease) -> None:
    graph = next(g for g in opened.manifest.graphs if g.name.endswith("/study/alter-l059"))
    outcome = ask("export", "--format", form, "--graph", graph.name)
    quads = {*pyoxigraph.parse(outcome.stdout, SYNTAX[form])}
    assert len(quads) == graph.triples
    if SYNTAX[form].supports_datasets:
        assert {str(quad.graph_name) for quad in quads} == {f"<{graph.name}>"}


def test_an_export_that_fails_leaves_no_file(ask: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.nq"
    path.write_text("before", encoding="utf-8")
    words = ["export", "--format", "nq", "--graph", "https://example.org/g", "-o", str(path)]
    assert ask(*words).code == 9
    assert [file.name for file in tmp_path.iterdir()] == ["out.nq"]
    assert path.read_text(encoding="utf-8") == "before"


COLUMNS = (
    "study,document,locator,kind,group,subgroup,comparator,endpoint,biomarker,statistic,"
    "adjustment,analysis_set,reported,value,lower,upper,interval_type,ci_level,unit,count,"
    "denominator,percent,p,p_operator,timepoint,grade_min,grade_max,ctcae_version,bound,"
    "cited_study,iri"
)
TABLES = ("measurements", "comparisons", "adverse-events", "activities", "facts", "repeats")
KINDS = {"baseline", "disposition", "treatment", "efficacy", "comparison", "safety", "biomarker",
         "eligibility", "design", "mechanism"}  # fmt: skip
INTERVALS = {"", "ci", "iqr", "range", "sd"}
BOUNDS = {"", "not-reached", "not-estimable", "dash", "not-reported"}
NUMBERS = ("value", "lower", "upper", "ci_level", "percent", "p")
WHOLE = ("count", "denominator", "grade_min", "grade_max")


@pytest.fixture(scope="module")
def exported(opened: OpenRelease, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of ``evidence-csv``."""
    path = tmp_path_factory.mktemp("export") / "evidence.csv"
    variables = os.environ | {"ANLOKG_RELEASES": str(opened.release.folder.parent)}
    done = subprocess_run("export", "--format", "evidence-csv", "-o", str(path), env=variables)
    assert done.returncode == 0, done.stderr
    return path.read_bytes().decode("utf-8")


@pytest.fixture(scope="module")
def statements(exported: str) -> list[dict[str, str]]:
    """Its rows."""
    return list(csv.DictReader(io.StringIO(exported, newline="")))


@pytest.fixture(scope="module")
def printed(resources: Resources) -> list[dict[str, str]]:
    """Rows of the tables that hold what documents print."""
    rows = []
    for name in TABLES:
        for path in sorted(resources.evidence.glob(f"*/{name}.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows += list(csv.DictReader(file))
    return rows


def test_the_columns_of_the_evidence_are_a_promise(exported: str) -> None:
    assert exported.split("\n", 1)[0] == COLUMNS
    assert "\r" not in exported
    assert not exported.startswith("\ufeff")


def test_each_statement_is_a_row(
    statements: list[dict[str, str]], printed: list[dict[str, str]]
) -> None:
    assert len(statements) == len(printed)
    order = [(row["study"], row["iri"]) for row in statements]
    assert len({iri for _, iri in order}) < len(order), "repeats are rows too"


def as_printed(row: dict[str, str], iri: str, locator: str) -> tuple[str, ...]:
    """What a table and the export both say of a statement; numbers by value."""
    texts = ("study", "document", "reported", "interval_type", "unit", "p_operator", "bound")
    numbers = (*NUMBERS, "count", "denominator")
    values = (str(Decimal(row[name]).normalize()) if row[name] else "" for name in numbers)
    return (iri, locator, *(row[name] for name in texts), *values)


def test_each_row_says_what_its_table_row_does(
    statements: list[dict[str, str]], printed: list[dict[str, str]]
) -> None:
    expected: Counter[tuple[str, ...]] = Counter()
    for row in printed:
        iri = f"{DEFAULT_BASE}id/result/{row['study']}.{row['result']}"
        start = row["section"] if row["item"] == "text" else row["item"]
        expected[as_printed(row, iri, f"{start} > {row['row']} > {row['column']}")] += 1
    found = Counter(as_printed(row, row["iri"], row["locator"]) for row in statements)
    assert found == expected


def test_codes_are_those_agreed_upon(statements: list[dict[str, str]]) -> None:
    assert {row["kind"] for row in statements} == KINDS
    assert {row["interval_type"] for row in statements} <= INTERVALS
    assert {row["bound"] for row in statements} <= BOUNDS
    assert {row["p_operator"] for row in statements} <= {"", "=", "<", ">"}
    comparisons = [row for row in statements if row["comparator"]]
    assert {row["kind"] for row in comparisons} <= {"comparison", "biomarker"}


def test_cells_with_numbers_are_plain_decimals(statements: list[dict[str, str]]) -> None:
    for row in statements:
        for name in NUMBERS:
            assert re.fullmatch(r"(-?\d+(\.\d+)?)?", row[name]), (row["iri"], name)
        for name in WHOLE:
            assert re.fullmatch(r"\d*", row[name]), (row["iri"], name)


def test_what_every_row_has(statements: list[dict[str, str]], opened: OpenRelease) -> None:
    for row in statements:
        for name in ("study", "document", "locator", "kind", "endpoint", "iri"):
            assert row[name].strip(), (row["iri"], name)
        assert "  " not in row["locator"]
    results = {row["iri"] for row in statements}
    kind = pyoxigraph.NamedNode(f"{DEFAULT_BASE}ontology/Statement")
    rdf_type = pyoxigraph.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    quads = opened.engine.store.quads_for_pattern(None, rdf_type, kind, None)
    assert len({quad.subject for quad in quads}) == len(statements)
    for iri in results:
        name = pyoxigraph.NamedNode(iri)
        assert any(True for _ in opened.engine.store.quads_for_pattern(name, None, None, None))


@pytest.mark.parametrize("path", sorted((CASES / "figures").glob("*.json")), ids=lambda p: p.stem)
def test_a_figure_is_there_as_the_document_prints_it(
    path: Path, statements: list[dict[str, str]]
) -> None:
    wanted = json.loads(path.read_text(encoding="utf-8"))["row"]
    matching = [row for row in statements if wanted.items() <= row.items()]
    if not matching:
        near = max(statements, key=lambda row: len(wanted.items() & row.items()))
        assert {name: near[name] for name in wanted} == wanted


def test_crosswalks_are_a_valid_mapping_set(ask: Run, opened: OpenRelease, tmp_path: Path) -> None:
    from sssom.parsers import parse_sssom_table
    from sssom.validators import validate

    path = tmp_path / "crosswalks.sssom.tsv"
    assert ask("export", "--format", "sssom", "-o", str(path)).code == 0
    mappings = parse_sssom_table(path)
    for report in validate(mappings).values():
        assert report.results == []
    base = f"PREFIX anlo: <{DEFAULT_BASE}ontology/>"
    count = "SELECT (COUNT(DISTINCT ?i) AS ?n) { ?s anlo:hasIdentifier ?i . ?i anlo:curie ?c }"
    ((number,),) = opened.engine.query(f"{base} {count}").rows()
    assert str(len(mappings.df)) == number.value  # type: ignore[union-attr]


def test_crosswalks_have_a_row_for_each_identifier(ask: Run, resources: Resources) -> None:
    text = ask("export", "--format", "sssom").text
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert any(line.startswith("#license: https://creativecommons.org/") for line in head)
    body = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(body, delimiter="\t"))
    with (resources.evidence / "vocabulary" / "identifiers.csv").open(encoding="utf-8") as file:
        identifiers = list(csv.DictReader(file))
    assert len(rows) == len(identifiers)
    prefixes = {line[1:].split(":")[0].strip() for line in head if line.startswith("#  ")}
    for row in rows:
        assert row["subject_id"].partition(":")[0] in prefixes
        assert row["object_id"].partition(":")[0] in prefixes, row["object_id"]
        assert row["predicate_id"] in {f"skos:{r}Match" for r in ("exact", "close", "broad")}


def test_json_mode_says_which_file_was_written(ask: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    outcome = ask("--json", "export", "--format", "evidence-csv", "-o", str(path))
    assert outcome.json == {"file": str(path)}
    quiet = ask("--quiet", "export", "--format", "evidence-csv", "-o", str(path))
    assert (quiet.stdout, quiet.errors) == (b"", "")
    assert ask("export", "--format", "evidence-csv").stdout == path.read_bytes()


# Settings --------------------------------------------------------------------------------------


def test_the_option_wins_over_the_environment(ask: Run, shelf: Shelf, tmp_path: Path) -> None:
    words = ["query", "list-studies", "--format", "csv"]
    assert ask(*words, ANLOKG_RELEASES=str(tmp_path)).code == 9
    found = ask("--releases", str(shelf.folder), *words, ANLOKG_RELEASES=str(tmp_path))
    assert found.stdout == ask(*words).stdout


def test_without_settings_releases_are_in_the_folder_of_the_user(tmp_path: Path) -> None:
    hidden = ("ANLOKG_RELEASES", "XDG_DATA_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess_run("query", "list-studies", env=environment | {"HOME": str(tmp_path)})
    assert done.returncode == 9
    assert done.stderr.startswith(f"anlokg: {tmp_path}")
