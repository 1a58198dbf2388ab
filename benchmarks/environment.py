"""Virtual environments of servers that anlokg is compared with, kept below build/peers."""

from __future__ import annotations

import subprocess
import venv
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

from .measure import ROOT, BenchmarkError

FOLDER = ROOT / "build" / "peers"
# Of the version that anlokg uses as a library.
OXIGRAPH = f"oxigraph=={version_of('pyoxigraph')}"
RDFLIB_ENDPOINT = "rdflib-endpoint[cli,web]==0.6.3"
VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Environment:
    """The folder of the programs of a package, and the version that is installed."""

    programs: Path
    version: str


def environment(name: str, requirement: str, folder: Path = FOLDER) -> Environment:
    """The environment of a package; made with pip where it is missing or for something else."""
    home = folder / name
    python, made = home / "bin" / "python", home / "complete"
    if not (made.is_file() and made.read_text() == requirement):
        venv.create(home, with_pip=True, clear=True)
        try:
            run([python, "-m", "pip", "install", "--quiet", requirement])
        except BenchmarkError as error:
            raise BenchmarkError(f"{name} cannot be installed with pip: {error}") from error
        made.write_text(requirement)
    return Environment(home / "bin", run([python, "-c", VERSION, name]).strip())


def run(command: list[str | Path]) -> str:
    """Standard output of a command that has to succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        last = " ".join(done.stderr.split()[-60:])
        raise BenchmarkError(f"{command[0]} ended with {done.returncode}: {last}")
    return done.stdout
