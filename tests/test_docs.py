"""What the documentation tells people to type works as it says."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from anlokg.release.shelf import Release
from anlokg.resources import Resources

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:^File: `?(?P<file>[^\s`]+)`?\n+)?^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.M | re.S
)
READY = 60.0


def environment(releases: Path) -> dict[str, str]:
    """The environment of a person who has anlokg on the path and nothing else of ours."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "ANLOKG_RELEASES": str(releases)}


def shell(text: str, folder: Path, releases: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euc", text],
        cwd=folder,
        env=environment(releases),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_study_is_added_by_following_the_guide(resources: Resources, tmp_path: Path) -> None:
    """Blocks of shell are run, blocks of CSV are added to the file they name, in order."""
    copy = tmp_path / "anlokg"
    for name in ("ontology", "mappings", "shapes", "queries", "evidence"):
        shutil.copytree(resources.root / name, copy / name)
    guide = (ROOT / "docs" / "adding-a-study.md").read_text(encoding="utf-8")
    steps = [match for match in BLOCK.finditer(guide) if match["kind"] in ("sh", "csv")]
    assert {match["kind"] for match in steps} == {"sh", "csv"}
    said = ""
    for step in steps:
        if step["kind"] == "csv":
            with (copy / step["file"]).open("a", encoding="utf-8", newline="") as file:
                file.write(step["text"])
            continue
        text = step["text"].replace("anlokg ", f"anlokg --resources {copy} ")
        done = shell(text, copy, tmp_path / "releases")
        assert done.returncode == 0, f"{step['text']}\n{done.stdout}\n{done.stderr}"
        said += done.stdout
    assert "example-study" in said


@pytest.fixture(scope="module")
def port(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A port of this machine at which the release is served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    words = [sys.executable, "-m", "anlokg", "serve", "--port", str(free)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            words, env=environment(release.folder.parent), stdout=file, stderr=file
        )
        try:
            _wait(free, process)
            yield free
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server does not listen")


def test_the_query_of_the_readme_is_answered_over_http(port: int, release: Release) -> None:
    (command,) = re.findall(r"^```sh\n(curl .*?)^```", README, re.M | re.S)
    (answer,) = re.findall(r"^```\n(value,lower.*?)^```", README, re.M | re.S)
    done = shell(command.replace(":8000/", f":{port}/"), ROOT, release.folder.parent)
    assert done.stdout.splitlines() == answer.splitlines()


def test_the_answer_of_the_readme_is_the_answer(release: Release) -> None:
    (shown,) = re.findall(r"^```\n\$ anlokg query find-benefit\n…\n(.*?)^```", README, re.M | re.S)
    done = shell("anlokg query find-benefit", ROOT, release.folder.parent)
    rows = [set(block.splitlines()) for block in done.stdout.split("\n\n")]
    assert any(set(shown.splitlines()) <= row for row in rows), done.stdout


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
