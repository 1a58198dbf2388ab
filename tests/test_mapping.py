"""The executor of mappings: what each feature of RML gives, what each fault says, and its memory.

A folder of ``cases/mapping`` holds a mapping (YARRRML, RML or both), its CSV files and the quads
that must come out; ``case.json`` may set ``base``, ``graph`` and ``strict``. A folder of
``cases/mapping-errors`` holds, in place of the quads, the error and what its message contains.
"""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import anlokg
from anlokg.mapping import plan
from anlokg.mapping.execute import Executor
from anlokg.mapping.rml import TriplesMap, parse
from anlokg.mapping.yarrrml import to_rml
from anlokg.namespaces import Base
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases"
MAPPINGS = ("mapping.yarrrml.yml", "mapping.rml.ttl")
ROWS = 200_000


def settings(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def cases(kind: str, file: str) -> Iterator[Any]:
    """A parameter per mapping of every case; ``xfail`` in the case's file marks a known fault."""
    for folder in sorted((CASES / kind).iterdir()):
        known = settings(folder, file).get("xfail")
        marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
        for mapping in MAPPINGS:
            if (folder / mapping).is_file():
                name = f"{folder.name}-{mapping.split('.')[1]}"
                yield pytest.param(folder / mapping, id=name, marks=marks)


def triples_maps(mapping: Path) -> tuple[TriplesMap, ...]:
    if mapping.name.endswith(".yml"):
        return parse(to_rml(mapping, Base()), str(mapping))
    return parse(mapping.read_text(encoding="utf-8"), str(mapping))


def quads(text: str) -> ox.Dataset:
    """Quads as a set, blank nodes renamed so that two sets can be compared."""
    dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


@pytest.mark.parametrize("mapping", cases("mapping", "case.json"))
def test_a_mapping_gives_the_expected_quads(mapping: Path) -> None:
    told = settings(mapping.parent, "case.json")
    executor = Executor(
        triples_maps(mapping), told.get("base", "http://example.org/"), told.get("strict", True)
    )
    made = quads("".join(executor.run(mapping.parent, told.get("graph"))))
    expected = quads((mapping.parent / "expected.nq").read_text(encoding="utf-8"))
    assert sorted(map(str, made)) == sorted(map(str, expected))


@pytest.mark.parametrize("mapping", cases("mapping-errors", "expected.json"))
def test_a_fault_is_named_with_its_place(mapping: Path) -> None:
    expected = settings(mapping.parent, "expected.json")
    with pytest.raises(getattr(anlokg, expected["error"])) as caught:
        list(Executor(triples_maps(mapping), "http://base.example/").run(mapping.parent))
    message = str(caught.value)
    assert [part for part in expected["contains"] if part not in message] == []


def test_a_missing_mapping_is_named(tmp_path: Path) -> None:
    with pytest.raises(anlokg.MappingError, match=r"vocabulary.mapping\.yarrrml\.yml: is missing"):
        plan.load(tmp_path, Base())


def test_the_base_of_the_project_is_rewritten_in_mappings(resources: Resources) -> None:
    base = Base("http://localhost:8000/kg/")
    maps = plan.load(resources.mappings, base).maps
    assert base.iri in repr(maps)
    assert Base().iri not in repr(maps)


def test_a_shipped_mapping_reads_as_the_same_maps_every_time(resources: Resources) -> None:
    first = plan.load(resources.mappings, Base())
    assert first.maps == plan.load(resources.mappings, Base()).maps


@pytest.fixture(scope="module")
def many_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of 200,000 rows, no two alike."""
    folder = tmp_path_factory.mktemp("many-rows")
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["key", "name"])
        writer.writerows((f"key {n}", f"name of {n}, {n * n}") for n in range(ROWS))
    return folder


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(many_rows: Path) -> None:
    mapping = CASES / "mapping" / "reference" / "mapping.yarrrml.yml"
    executor = Executor(triples_maps(mapping), "http://example.org/")
    tracemalloc.start()
    try:
        lines = executor.run(many_rows)
        for _ in range(ROWS // 2):
            next(lines)
        _, half = tracemalloc.get_traced_memory()
        rest = sum(1 for _ in lines)
        _, whole = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rest == ROWS // 2
    # Halfway the cache of escapes has been full once; nothing else may pile up behind it.
    assert whole < half * 1.1
    assert whole < 32_000_000
