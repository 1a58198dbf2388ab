"""What the tests share: the resource folders, and one release built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from anlokg import resources as resource_folders
from anlokg.build import BuildOptions, build
from anlokg.opened import OpenRelease
from anlokg.release.shelf import Release, Shelf
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases"


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
