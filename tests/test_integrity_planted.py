"""One error of each kind, planted in a copy of the tables, is found by the rule meant for it.

``cases/integrity/planted.csv`` has a line for each cell that a plant changes: the name of the
plant, the rule, study and table, the key of the row (result, statement or group), column and
content. Without a column, the row is removed.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from anlokg import resources as resource_folders
from anlokg.cli import main
from anlokg.integrity import source
from anlokg.integrity.catalogue import RULES
from anlokg.integrity.report import as_object
from anlokg.integrity.run import check
from anlokg.resources import Resources
from anlokg.tables import schema
from conftest import CASES

KEYS = {"groups": "group", "repeats": "statement"}


@dataclass(frozen=True, slots=True)
class Plant:
    """An error: the rule that must find it, and the cells it changes."""

    name: str
    rule: str
    lines: tuple[dict[str, str], ...]

    @property
    def study(self) -> str:
        return self.lines[0]["study"]

    @property
    def keys(self) -> set[str]:
        return {line["key"] for line in self.lines}

    def into(self, folder: Path) -> None:
        """Changes the tables of an evidence folder."""
        for line in self.lines:
            path = folder / line["study"] / f"{line['table']}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            key = KEYS.get(line["table"], "result")
            (row,) = [row for row in rows if row[key] == line["key"]]
            if line["column"]:
                assert row[line["column"]] != line["content"], f"{line['key']} is so already"
                row[line["column"]] = line["content"]
            else:
                rows.remove(row)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


def plants() -> list[Plant]:
    with (CASES / "integrity" / "planted.csv").open(encoding="utf-8", newline="") as file:
        lines = groupby(csv.DictReader(file), lambda line: (line["plant"], line["rule"]))
        return [Plant(name, rule, tuple(some)) for (name, rule), some in lines]


PLANTS = plants()
Findings = dict[str, dict[str, Any]]


@pytest.fixture
def copy(resources: Resources, tmp_path: Path) -> Path:
    """The shipped evidence at a place of its own, in no release."""
    return Path(shutil.copytree(resources.evidence, tmp_path / "evidence"))


def found(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Findings:
    """What ``anlokg integrity PATH`` finds, by key."""
    monkeypatch.setattr(sys, "argv", ["anlokg", "integrity", str(path), "--format", "json"])
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    return {finding["key"]: finding for finding in told["findings"]}


@cache
def as_shipped(path: Path) -> Findings:
    """What is found in the tables as they are, by key."""
    shipped = resource_folders.find().evidence
    report = check(source.read([path], schema.load(shipped)))
    return {key: as_object(key, finding) for key, finding in report.by_key.items()}


@pytest.mark.parametrize("alone", [False, True], ids=["evidence folder", "tables alone"])
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_error_is_found_by_its_rule_and_by_no_other(
    plant: Plant,
    alone: bool,
    resources: Resources,
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = as_shipped(resources.evidence / (plant.study if alone else ""))
    plant.into(copy)
    after = found(copy / (plant.study if alone else ""), monkeypatch, capsys)
    new = [finding for key, finding in after.items() if key not in before]
    new += [after[key] for key in worse(before, after)]
    assert {finding["rule"] for finding in new} == {plant.rule}, new
    assert all(finding["study"] == plant.study for finding in new)
    named = {statement for finding in new for statement in finding["statements"]}
    told = " ".join(finding["reported"] for finding in new)
    assert named & plant.keys or any(line["content"] in told for line in plant.lines)


def worse(before: Findings, after: Findings) -> set[str]:
    """Findings that were there, but of another severity."""
    both = before.keys() & after.keys()
    return {key for key in both if before[key]["severity"] != after[key]["severity"]}


def test_an_error_of_every_kind_is_planted() -> None:
    assert {plant.rule for plant in PLANTS} == {rule.id for rule in RULES}


def test_the_program_finds_a_planted_error_in_a_folder_that_is_in_no_release(copy: Path) -> None:
    plant = next(plant for plant in PLANTS if plant.rule == "percent-of-count")
    plant.into(copy)
    words = [sys.executable, "-m", "anlokg", "integrity", str(copy), "--study", plant.study]
    done = subprocess.run([*words, "--format", "csv"], capture_output=True, text=True, check=True)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert plant.keys & {row["statements"] for row in rows if row["rule"] == plant.rule}
    assert done.stderr == ""
