"""Builds a release: the one module that knows all stages.

tables -> mapping -> reasoning -> validation -> integrity -> release. Everything is made in a
folder aside and only a complete, conforming release is switched to; whatever fails leaves the last
one as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ReleaseError, ValidationFailed
from .namespaces import Base
from .release import manifest
from .release.shelf import Release, Shelf
from .resources import Resources
from .version import __version__

if TYPE_CHECKING:
    from .integrity.run import Report as Findings

Progress = Callable[[str], None]
TOOLS = ("pyoxigraph", "rdflib", "pyshacl", "owlready2", "yatter", "scipy")
GRAPH_NAME = re.compile(r"[A-Za-z0-9._-]+")
SUFFIXES = ("ttl", "nt", "nq", "trig", "rdf", "jsonld")
INPUTS = ("*.csv", "*.json", "*.ttl", "*.yml", "*.rq")


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build can be told: the base of all IRIs, graphs of the user, and how to validate."""

    base: Base = field(default_factory=Base)
    with_graphs: tuple[Path, ...] = ()
    force: bool = False
    allow_violations: bool = False
    processes: int | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A release, and whether it was made now or found unchanged."""

    release: Release
    unchanged: bool


def build(
    resources: Resources, shelf: Shelf, options: BuildOptions, progress: Progress = lambda _: None
) -> Built:
    """Builds and switches to a new release, or finds the current one unchanged.

    Raises ``TableError``, ``MappingError``, ``ReasoningError``, ``ShapeError`` or
    ``ValidationFailed``; the current release stays as it was.
    """
    _check_names(options.with_graphs)
    inputs = digests(resources, options)
    current = _unchanged(shelf, combined(inputs))
    if current is not None and not options.force:
        return Built(current, True)
    with shelf.building() as folder:
        release_id = _make(resources, shelf, options, inputs, folder, progress)
        return Built(shelf.adopt(folder / "release", release_id), False)


def digests(resources: Resources, options: BuildOptions) -> dict[str, str]:
    """SHA-256 of everything that decides what a release holds: files, base, versions, code."""
    files = sorted(
        path
        for folder in _folders(resources)
        for pattern in INPUTS
        for path in folder.rglob(pattern)
    )
    found = {str(path.relative_to(resources.root)): _sha256(path) for path in files}
    code = sorted(Path(__file__).parent.rglob("*.py"))
    found["anlokg"] = combined(
        {str(path.relative_to(Path(__file__).parent)): _sha256(path) for path in code}
    )
    found |= {f"user graph {path.name}": _sha256(path) for path in options.with_graphs}
    found["base"] = options.base.iri
    found["violations"] = "allowed" if options.allow_violations else "refused"
    return found | {f"tool {name}": version_of(name) for name in TOOLS}


def _folders(resources: Resources) -> tuple[Path, ...]:
    """The folders whose files decide what a release holds."""
    return (
        resources.evidence,
        resources.mappings,
        resources.ontology,
        resources.queries,
        resources.shapes,
    )


def combined(digests: dict[str, str]) -> str:
    """One digest of many."""
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from error


def _unchanged(shelf: Shelf, inputs_sha256: str) -> Release | None:
    try:
        current = shelf.get()
    except ReleaseError:
        return None
    whole = current.store.is_dir() and current.quads.is_file()
    return current if whole and current.manifest.inputs_sha256 == inputs_sha256 else None


def _make(
    resources: Resources,
    shelf: Shelf,
    options: BuildOptions,
    inputs: dict[str, str],
    folder: Path,
    progress: Progress,
) -> str:
    # Imported here: a build that finds nothing changed needs none of them.
    from .description import whole
    from .graphs import make_graphs, study_graphs
    from .query import catalogue
    from .release import quads
    from .release.writing import add_union, fill_store, write_report

    target = folder / "release"
    target.mkdir()
    queries = catalogue.load(resources.queries, options.base)
    made = make_graphs(resources, options.base, progress)
    progress("validating")
    report = made.validate(resources, options.base, options.processes)
    if not report.conforms and not options.allow_violations:
        count = len(report.violations)
        raise ValidationFailed(
            f"{count} violation{'s' * (count != 1)} of the shapes", report.violations
        )
    progress("checking the figures")
    made, checked = made.with_findings()
    progress("writing the store")
    store = fill_store(target / "store", made.graphs, _user_graphs(options))
    add_union(store, store)
    description = whole.describe(store, options.base, __version__, queries)
    store.bulk_extend(description)
    add_union(store, description)
    quads_sha256, entries = quads.write(store, target / "anlokg.nq")
    write_report(report, target)
    whole.write_shapes(resources.shapes, options.base, target / whole.SHAPES)
    del store
    release_id = shelf.next_id(quads_sha256)
    manifest.Manifest(
        id=release_id,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        base=options.base.iri,
        version=__version__,
        ontology_version=__version__,
        inputs_sha256=combined(inputs),
        quads_sha256=quads_sha256,
        graphs=entries,
        inputs=inputs,
        tools={name: version_of(name) for name in TOOLS},
        findings=report.counts(),
        integrity=_counts(checked),
        studies=study_graphs(made),
        user_graphs={path.stem: path.name for path in options.with_graphs},
    ).write(target)
    return release_id


def _counts(checked: Findings) -> dict[str, int]:
    """How many findings on figures there are, by severity."""
    return dict(Counter(finding.severity.value for finding in checked.findings))


def _user_graphs(options: BuildOptions) -> Iterator[tuple[str, Path]]:
    for path in options.with_graphs:
        yield options.base.graph("user", path.stem), path


def _check_names(paths: tuple[Path, ...]) -> None:
    """The graph of a user's file is named by the file's stem: it must make a name, and one only."""
    stems = [path.stem for path in paths]
    for path in paths:
        if not GRAPH_NAME.fullmatch(path.stem):
            fix = "Give the file a name of letters, digits, '-', '_' and '.'"
            raise ReleaseError(f"{path}: {path.stem!r} cannot name a graph. {fix}")
        if path.suffix.removeprefix(".") not in SUFFIXES:
            known = ", ".join(f".{suffix}" for suffix in SUFFIXES)
            raise ReleaseError(f"{path}: unknown kind of RDF file. Use {known}")
        if stems.count(path.stem) > 1:
            raise ReleaseError(f"{path}: another file gives a graph {path.stem!r} too. Rename one")
