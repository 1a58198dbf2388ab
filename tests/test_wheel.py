"""The wheel: it holds the resources that are in git, nothing else, and works from anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from anlokg import resources as resource_folders
from anlokg.query import catalogue

ROOT = Path(__file__).parent.parent
INSIDE = "anlokg/_resources/"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a git checkout"
    ),
]


def git(*words: str) -> set[str]:
    """Paths that a git command lists."""
    done = subprocess.run(["git", *words, "-z"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(filter(None, done.stdout.split("\0")))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout; the build tool may come from the package index."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--quiet"]
    done = subprocess.run([*command, "--wheel-dir", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a new environment with the wheel; what it needs comes from the one of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    done = subprocess.run(
        [sys.executable, *install, "--no-index", str(wheel)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (packages,) = folder.glob("lib/python*/site-packages")
    # Behind its own packages; .pth files found there, such as that of the checkout, are not read.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def run(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A script of the environment, run in a folder that has nothing to do with the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["ANLOKG_RELEASES"] = str(folder / "releases")
    command = [str(python.parent / words[0]), *words[1:]]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_wheel_holds_the_resources_that_are_in_git(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    held = {name.removeprefix(INSIDE) for name in names if name.startswith(INSIDE)}
    kept = git("ls-files", *resource_folders.FOLDERS)
    # A file that is here on purpose is added to git before it is shipped.
    assert sorted(held - kept) == [], "in the wheel, not in git"
    assert sorted(kept - held) == [], "in git, not in the wheel"


def test_the_wheel_holds_the_package_and_no_ignored_file(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    rest = {name for name in names if not name.startswith((INSIDE, "anlokg-"))}
    assert rest == {name.removeprefix("src/") for name in git("ls-files", "src")}
    ignored = git("ls-files", "--others", "--ignored", "--exclude-standard")
    shipped = {name.removeprefix(INSIDE) for name in names} | {f"src/{name}" for name in names}
    assert ignored & shipped == set()


def test_the_wheel_names_its_licences_and_its_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
        (scripts,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "anlokg = anlokg.cli.main:run" in archive.read(scripts).decode()
    assert "License-Expression: Apache-2.0 AND CC-BY-4.0" in text
    for name in ("LICENSE", "LICENSE-CONTENT"):
        assert any(file.endswith(f"licenses/{name}") for file in names)


def test_the_installed_program_finds_its_own_resources(installed: Path, tmp_path: Path) -> None:
    where = "import anlokg.resources as r; print(r.__file__, r.find().root)"
    found = run(installed, tmp_path, "python", "-c", where).stdout.split()
    assert len(found) == 2
    assert all(path.startswith(str(installed.parent.parent)) for path in found), found
    listed = run(installed, tmp_path, "anlokg", "queries")
    assert listed.returncode == 0, listed.stderr
    for name in catalogue.load(resource_folders.find().queries):
        assert f" {name} " in listed.stdout


def test_the_installed_program_builds_and_answers(installed: Path, tmp_path: Path) -> None:
    built = run(installed, tmp_path, "anlokg", "--quiet", "build")
    assert built.returncode == 0, built.stderr
    asked = run(installed, tmp_path, "anlokg", "query", "list-studies", "--format", "csv")
    assert asked.stdout.startswith("study,")
    assert len(asked.stdout.splitlines()) > 1
