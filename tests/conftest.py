"""What the tests share: the resource folders, and one release built once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from anlokg import resources as resource_folders
from anlokg.build import BuildOptions, build
from anlokg.graphs import Graphs, make_graphs
from anlokg.namespaces import Base
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases"
MINI_STUDY = "alter-l059"
MINI_SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix anlo: <https://w3id.org/anlokg/ontology/> .
anlo:GroupShape a sh:NodeShape ; sh:targetClass anlo:Group ; sh:property anlo:GroupShape-of .
anlo:GroupShape-of sh:path anlo:groupOf ; sh:minCount 1 .
"""


@pytest.fixture(scope="session")
def resources() -> Resources:
    """The resource folders of the checkout."""
    return resource_folders.find()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """A releases folder of the test run."""
    return Shelf(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def release(resources: Resources, shelf: Shelf) -> Release:
    """A release of the shipped evidence, built once."""
    return build(resources, shelf, BuildOptions()).release


@pytest.fixture(scope="session")
def opened(release: Release, resources: Resources) -> OpenRelease:
    """That release, opened."""
    return OpenRelease(release, resources)


@pytest.fixture(scope="session")
def mini(resources: Resources, tmp_path_factory: pytest.TempPathFactory) -> Resources:
    """Resources that build in seconds: the vocabularies, the smallest study and a single shape."""
    root = tmp_path_factory.mktemp("mini")
    for folder in ("ontology", "mappings", "queries"):
        shutil.copytree(resources.root / folder, root / folder)
    for folder in ("vocabulary", MINI_STUDY):
        shutil.copytree(resources.evidence / folder, root / "evidence" / folder)
    package = json.loads((resources.evidence / "datapackage.json").read_text(encoding="utf-8"))
    for table in package["resources"]:
        if isinstance(table["path"], list):
            wanted = ("vocabulary/", f"{MINI_STUDY}/")
            table["path"] = [path for path in table["path"] if path.startswith(wanted)]
    (root / "evidence" / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (root / "shapes").mkdir()
    (root / "shapes" / "mini.shapes.ttl").write_text(MINI_SHAPES, encoding="utf-8")
    return Resources(root)


@pytest.fixture(scope="session")
def made(resources: Resources) -> Graphs:
    """The graphs of the shipped evidence, mapped and closed but neither checked nor stored."""
    return make_graphs(resources, Base(), lambda _: None)
