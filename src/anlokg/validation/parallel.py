"""Validates many graphs in several processes; the shapes and the vocabulary are read once each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread

from rdflib import Graph

from . import shapes
from .report import Report

_shapes = Graph()
_vocabulary = Graph()


Part = tuple[str, bytes]


def validate_all(
    graphs: Mapping[str, Part], shapes_turtle: str, vocabulary: bytes, processes: int | None = None
) -> dict[str, Report]:
    """Reports by name of graphs, each validated beside the vocabulary.

    A graph is the IRI of the study it belongs to and its N-Triples.
    """
    count = min(processes or _cores(), len(graphs)) or 1
    if count == 1:
        _prepare(shapes_turtle, vocabulary)
        return {name: _validate(part) for name, part in graphs.items()}
    # Spawned, not forked: a fork would hold the lock of the build open after its death.
    arguments = (shapes_turtle, vocabulary)
    with ProcessPoolExecutor(count, get_context("spawn"), _start, arguments) as pool:
        # Largest first, so that no process is left with a big one at the end.
        names = sorted(graphs, key=lambda name: -len(graphs[name][1]))
        reports = pool.map(_validate, [graphs[name] for name in names])
        return dict(zip(names, reports, strict=True))


def _cores() -> int:
    """Cores that this process may use, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(shapes_turtle: str, vocabulary: bytes) -> None:
    """Prepares a process, and has it end when the one that started it is gone."""
    Thread(target=_end_with_parent, daemon=True).start()
    _prepare(shapes_turtle, vocabulary)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _prepare(shapes_turtle: str, vocabulary: bytes) -> None:
    global _shapes, _vocabulary
    _shapes = Graph().parse(data=shapes_turtle, format="turtle")
    _vocabulary = Graph().parse(data=vocabulary, format="nt")


def _validate(part: Part) -> Report:
    # The vocabulary stands beside the study so that its classes are known; it is not itself
    # checked again: findings on it would be repeated for every study.
    iri, data = part
    study = Graph().parse(data=data, format="nt")
    focus = {str(subject) for subject in study.subjects()} | {iri}
    report = shapes.validate(study + _vocabulary, _shapes)
    return Report(tuple(finding for finding in report.findings if finding.focus in focus))
