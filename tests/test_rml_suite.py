"""The public RML test cases for CSV, where the machine has them, and the command that runs them.

The suite is not part of the repository. ``ANLOKG_RML_CASES`` names a folder with one folder per
case, such as ``test/rml-core/csv`` in a checkout of Morph-KGC.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SUITE = os.environ.get("ANLOKG_RML_CASES", "")
MAPPING = """@prefix rml: <http://w3id.org/rml/> .
@prefix ex: <http://example.org/> .
@base <http://example.org/base/> .
<M> rml:logicalSource [ rml:source "people.csv" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "{{name}}" ] ;
    rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ {term} ] ] .
"""


def suite() -> Iterator[Any]:
    for path in sorted(Path(SUITE).glob("*/mapping.ttl")):
        yield path.parent.name


def without_suite() -> Any:
    return pytest.mark.skip(reason="ANLOKG_RML_CASES names no folder with the RML test cases")


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.rml_cases", str(folder), *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, str]]:
    return {row["case"]: row for row in json.loads(run(Path(SUITE), "--json").stdout)}


@pytest.mark.parametrize(
    "case", list(suite()) if SUITE else [pytest.param("none", marks=without_suite())]
)
def test_a_case_of_the_suite_does_not_fail(case: str, outcomes: dict[str, dict[str, str]]) -> None:
    assert outcomes[case]["result"] != "failed", outcomes[case]["reason"]


@pytest.mark.skipif(not SUITE, reason="ANLOKG_RML_CASES names no folder with the RML test cases")
def test_only_joins_and_what_is_not_rml_are_unsupported(
    outcomes: dict[str, dict[str, str]],
) -> None:
    reasons = [row["reason"] for row in outcomes.values() if row["result"] == "unsupported"]
    assert all("parentTriplesMap" in reason or "RML does not" in reason for reason in reasons)
    assert sum(row["result"] == "passed" for row in outcomes.values()) >= 30


def case(folder: Path, name: str, term: str, output: str | None, data: str = "name\nAda\n") -> None:
    (folder / name).mkdir()
    (folder / name / "mapping.ttl").write_text(MAPPING.format(term=term), encoding="utf-8")
    (folder / name / "people.csv").write_text(data, encoding="utf-8")
    if output is not None:
        (folder / name / "output.nq").write_text(output, encoding="utf-8")


def test_the_command_tells_passed_failed_and_unsupported_apart(tmp_path: Path) -> None:
    right = '<http://example.org/base/Ada> <http://example.org/name> "Ada" .\n'
    by_name = 'rml:reference "name"'
    case(tmp_path, "right", by_name, right)
    case(tmp_path, "wrong", by_name, right.replace('"Ada"', '"Eve"'))
    case(tmp_path, "refused", 'rml:reference "nam"', None)
    case(tmp_path, "taken", by_name, None)
    case(tmp_path, "join", "rml:parentTriplesMap <M>", right)
    case(tmp_path, "nothing", by_name, "# no quads\n", "name\n")
    result = run(tmp_path)
    words = [line.split()[:2] for line in result.stdout.splitlines()[:-1]]
    assert words == [
        ["join", "unsupported"],
        ["nothing", "passed"],
        ["refused", "passed"],
        ["right", "passed"],
        ["taken", "failed"],
        ["wrong", "failed"],
    ]
    assert result.stdout.splitlines()[-1] == "6 cases: 3 passed, 2 failed, 1 unsupported"
    assert result.returncode == 1


def test_the_command_says_that_a_folder_has_no_case(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.returncode == 2
    assert "holds no case" in result.stderr
