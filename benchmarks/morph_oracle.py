"""Maps the evidence tables with Morph-KGC as well, and compares the triples with those of anlokg.

    python -m benchmarks.morph_oracle [--python PYTHON] [--environment FOLDER] [--evidence FOLDER]

PYTHON is one that has Morph-KGC. Without it a virtual environment is made (in the folder of
``--environment``, where it is found again, or in a temporary one) and Morph-KGC is installed there
with pip. Both engines read the same RML (the mappings of the project, translated by yatter) and
the same CSV files; triples are compared as sets, part by part (each study, and the vocabularies).
Ends with 1 if a set differs, 2 if Morph-KGC does not map, 3 if it cannot be installed.

One difference is of writing and not of meaning, and is levelled before the comparison: in an IRI
made by a template, anlokg keeps the letters outside ASCII (R2RML 7.3: ``ucschar`` of RFC 3987 is
left as it is) and Morph-KGC percent-encodes them. Both are levelled with the mapping of IRIs to
URIs in RFC 3987, section 3.1. The column "escaped" counts the triples that it touches.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from anlokg import resources as resource_folders
from anlokg.mapping import plan
from anlokg.mapping.execute import Executor
from anlokg.mapping.yarrrml import to_rml
from anlokg.namespaces import Base
from anlokg.resources import Resources
from anlokg.tables import evidence

REQUIREMENT = "morph-kgc==2.10.0"
VOCABULARY = "vocabulary"
SHOWN = 5
# An empty cell, and nothing else, is a null in RML for CSV; Morph-KGC would add "nan".
CONFIGURATION = """[CONFIGURATION]
na_values=
output_format=N-TRIPLES
output_file={output}
logging_level=WARNING
number_of_processes={processes}

[tables]
mappings={mapping}
"""

Triples = set[ox.Triple]


class OracleError(Exception):
    """Morph-KGC does not map."""


class NotInstalled(OracleError):
    """Morph-KGC cannot be installed."""


@dataclass(frozen=True)
class Comparison:
    """Triples of one part of the evidence by both engines."""

    part: str
    own: Triples
    other: Triples

    @property
    def escaped(self) -> int:
        return len(self.own - self.other)

    @property
    def missing(self) -> Triples:
        return _level(self.other) - _level(self.own)

    @property
    def surplus(self) -> Triples:
        return _level(self.own) - _level(self.other)


def compare(resources: Resources, python: Path, folder: Path) -> Iterator[Comparison]:
    """Each study and the vocabularies, mapped by both; ``folder`` is for files in between."""
    tables = evidence.load(resources.evidence)
    ready = plan.load(resources.mappings, Base())
    for part in (VOCABULARY, *tables.package.studies):
        kind = VOCABULARY if part == VOCABULARY else "study"
        executor: Executor = ready.vocabulary if part == VOCABULARY else ready.study
        own = _read("".join(executor.run(tables.folder(part))).encode())
        rml = to_rml(resources.mappings / kind / "mapping.yarrrml.yml")
        other = _read(map_with_morph(python, rml, tables.folder(part), folder / part))
        yield Comparison(part, own, other)


def map_with_morph(python: Path, rml: str, tables: Path, folder: Path) -> bytes:
    """N-Triples of an RML document over the CSV files of a folder, by Morph-KGC."""
    folder.mkdir(parents=True)
    mapping, output = folder / "mapping.ttl", folder / "triples.nt"
    rml = re.sub(r'rml:source "([^"]+)"', rf'rml:source "{tables.resolve()}/\1"', rml)
    mapping.write_text(rml, encoding="utf-8")
    told = CONFIGURATION.format(output=output, mapping=mapping, processes=os.cpu_count() or 1)
    (folder / "morph.ini").write_text(told, encoding="utf-8")
    _run([python, "-m", "morph_kgc", "morph.ini"], folder)
    return output.read_bytes()


def environment(folder: Path) -> Path:
    """A virtual environment with Morph-KGC, made if it is not there; its Python."""
    python = folder / "bin" / "python"
    if not (folder / "complete").is_file():
        venv.create(folder, with_pip=True, clear=True)
        try:
            _run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], folder)
        except OracleError as error:
            raise NotInstalled(str(error)) from error
        (folder / "complete").touch()
    return python


def _run(command: Sequence[str | Path], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = " ".join(done.stderr.split()[-60:])
        raise OracleError(f"{' '.join(map(str, command))}: {last}")


def _read(document: bytes) -> Triples:
    return {quad.triple for quad in ox.parse(document, format=ox.RdfFormat.N_TRIPLES)}


def _level(triples: Triples) -> Triples:
    return {ox.Triple(_uri(s), _uri(p), _uri(o)) for s, p, o in triples}


def _uri(term: Any) -> Any:
    """The URI of an IRI (RFC 3987, 3.1): what is not ASCII percent-encoded, the rest as it is."""
    if not isinstance(term, ox.NamedNode) or term.value.isascii():
        return term
    return ox.NamedNode("".join(c if c.isascii() else quote(c) for c in term.value))


def report(comparisons: Iterable[Comparison]) -> int:
    """Prints a line per part, then what differs; the number of parts that do."""
    print(f"{'part':24}{'anlokg':>8}{'Morph':>8}{'escaped':>9}{'missing':>9}{'surplus':>9}")
    different = 0
    for part in comparisons:
        missing, surplus = part.missing, part.surplus
        print(
            f"{part.part:24}{len(part.own):8}{len(part.other):8}"
            f"{part.escaped:9}{len(missing):9}{len(surplus):9}",
            flush=True,
        )
        for word, triples in (("missing", missing), ("surplus", surplus)):
            for triple in sorted(map(str, triples))[:SHOWN]:
                print(f"  {word}: {triple}")
        different += bool(missing or surplus)
    return different


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.morph_oracle", description="Oracle of maps")
    parser.add_argument("--python", type=Path, help="a Python that has Morph-KGC")
    parser.add_argument("--environment", type=Path, help="where to install Morph-KGC and keep it")
    parser.add_argument("--evidence", type=Path, help="evidence folder (the shipped one)")
    options = parser.parse_args(arguments)
    resources = resource_folders.find()
    if options.evidence:
        resources = Resources(resources.root, options.evidence)
    with tempfile.TemporaryDirectory() as name:
        try:
            kept = options.environment or Path(name) / "environment"
            python = options.python or environment(kept.absolute())
            different = report(compare(resources, python.absolute(), Path(name) / "parts"))
        except OracleError as error:
            print(error, file=sys.stderr)
            return 3 if isinstance(error, NotInstalled) else 2
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
