"""The tasks that are measured, each run in a process of its own; the last line is JSON.

``python -m benchmarks.work TASK ...`` where TASK is the name of a function here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from anlokg import graphs, ontology
from anlokg import resources as resource_folders
from anlokg.mapping import plan
from anlokg.namespaces import Base
from anlokg.tables import schema

BASE = Base()
VOCABULARY = "vocabulary"


def build(releases: str) -> dict[str, Any]:
    """A build of everything: seconds of each stage."""
    from anlokg.build import BuildOptions
    from anlokg.build import build as make
    from anlokg.release.shelf import Shelf

    started = [("looking for changes", time.perf_counter())]
    options = BuildOptions(force=True, allow_violations=True)
    built = make(
        resource_folders.find(), Shelf(Path(releases)), options,
        lambda stage: started.append((stage, time.perf_counter())),
    )  # fmt: skip
    started.append(("end", time.perf_counter()))
    stages = [(stage, later - at) for (stage, at), (_, later) in pairwise(started)]
    manifest = built.release.manifest
    return {"stages": stages, "triples": manifest.triples, "studies": len(manifest.studies)}


def queries(releases: str, runs: str) -> dict[str, Any]:
    """Every shipped query with its defaults: rows, and the time of each run in the engine."""
    from anlokg.errors import QueryError
    from anlokg.opened import open_release
    from anlokg.query import catalogue

    opened = open_release(releases)
    found = {}
    for path in sorted(opened.resources.queries.glob("*/*.rq")):
        try:
            text = catalogue.read(path, opened.base).bound({}, opened.base)
            times = []
            for _ in range(int(runs)):
                start = time.perf_counter(), time.process_time()
                rows = sum(1 for _ in opened.engine.query(text).rows())
                times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
        except QueryError as error:
            found[path.stem] = {"error": str(error)}
            continue
        wall, processor = zip(*times, strict=True)
        found[path.stem] = {
            "topic": path.parent.name, "rows": rows, "seconds": wall, "processor": processor,
        }  # fmt: skip
    return {"queries": found}


def map_tables(mapping: str, output: str, once: str) -> dict[str, Any]:
    """An RML document to a file of N-Quads; with ``once``, each triple is written once."""
    from anlokg.mapping.execute import Executor
    from anlokg.mapping.rml import parse

    executor = Executor(parse(Path(mapping).read_text(encoding="utf-8"), mapping), BASE.iri)
    start = time.perf_counter()
    lines: Iterable[str] = executor.run(Path(mapping).parent)
    if once == "once":
        lines = dict.fromkeys(lines)
    with Path(output).open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    seconds = time.perf_counter() - start
    with Path(output).open("rb") as written:
        count = sum(1 for _ in written)
    return {"seconds": seconds, "lines": count}


def digest(output: str) -> dict[str, Any]:
    """A digest of the triples of a file, whatever their order and form of writing."""
    import hashlib
    from urllib.parse import quote

    import pyoxigraph as ox

    total, count = 0, 0
    for quad in ox.parse(path=output, format=ox.RdfFormat.N_QUADS):
        line = str(quad.triple)
        if not line.isascii():
            # Morph-KGC percent-encodes letters that an IRI may hold as they are (RFC 3987, 3.1).
            terms = (f"<{quote(t.value, safe='/:%#')}>" if isinstance(t, ox.NamedNode) else str(t)
                     for t in quad.triple)  # fmt: skip
            line = " ".join(terms)
        total += int.from_bytes(hashlib.blake2b(line.encode(), digest_size=16).digest(), "big")
        count += 1
    return {"digest": f"{total % 2**128:032x}", "triples": count}


def close(evidence: str) -> dict[str, Any]:
    """The closure of every study of a folder, one by one on top of the vocabularies."""
    from anlokg.reasoning import closure

    rules, below = _ground(Path(evidence))
    executor = plan.load(resource_folders.find().mappings, BASE).study
    seconds, triples, inferred = 0.0, 0, 0
    for study in schema.load(Path(evidence)).studies:
        lines = list(dict.fromkeys(executor.run(Path(evidence) / study)))
        start = time.perf_counter()
        asserted = [_split(line) for line in lines]
        new = closure.inferred(closure.close(rules, asserted, below), asserted)
        seconds += time.perf_counter() - start
        triples, inferred = triples + len(asserted), inferred + len(new)
    return {"seconds": seconds, "triples": triples, "inferred": inferred}


def compare_closures(study: str) -> dict[str, Any]:
    """Ontology, vocabularies and one study, closed by anlokg and by owlrl."""
    import owlrl
    from rdflib import Graph

    from anlokg.reasoning import axioms, closure

    resources = resource_folders.find()
    terms = ontology.read(resources.ontology, BASE)
    ready = plan.load(resources.mappings, BASE)
    vocabulary = list(dict.fromkeys(ready.vocabulary.run(resources.evidence / VOCABULARY)))
    lines = list(dict.fromkeys(ready.study.run(resources.evidence / study)))
    times, made = [], set()
    for _ in range(5):
        start = time.perf_counter()
        rules = axioms.read(terms)
        asserted = [(s.n3(), p.n3(), o.n3()) for s, p, o in terms]
        asserted += [_split(line) for line in (*vocabulary, *lines)]
        made = closure.inferred(closure.close(rules, asserted), asserted)
        times.append(time.perf_counter() - start)
    graph = Graph()
    graph.parse(data="".join((*vocabulary, *lines)), format="nt")
    for triple in terms:
        graph.add(triple)
    triples = len(graph)
    start = time.perf_counter()
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    seconds = time.perf_counter() - start
    known = {(s.n3(), p.n3(), o.n3()) for s, p, o in graph}
    return {
        "own": median(times), "owlrl": seconds, "triples": triples, "inferred": len(made),
        "inferred by owlrl": len(graph) - triples, "not by owlrl": len(made - known),
    }  # fmt: skip


def validate(evidence: str) -> dict[str, Any]:
    """The shapes on every study of a folder and on its vocabularies, on all cores."""
    resources = replace(resource_folders.find(), evidence_folder=Path(evidence))
    made = graphs.make_graphs(resources, BASE, lambda _: None)
    triples = sum(made.asserted_and_inferred(name).count(b"\n") for name in made.parts())
    start = time.perf_counter()
    report = made.validate(resources, BASE, None)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "triples": triples, "findings": report.counts()}


def _ground(evidence: Path) -> tuple[Any, Any]:
    """The rules of the ontology, and the facts that every study stands on."""
    from anlokg.reasoning import axioms, closure

    resources = resource_folders.find()
    terms = ontology.read(resources.ontology, BASE)
    rules = axioms.read(terms)
    asserted = [(s.n3(), p.n3(), o.n3()) for s, p, o in terms]
    ground = closure.close(rules, asserted)
    lines = plan.load(resources.mappings, BASE).vocabulary.run(evidence / VOCABULARY)
    return rules, closure.close(rules, [_split(line) for line in lines], ground)


def _split(line: str) -> tuple[str, str, str]:
    subject, predicate, item = line[:-3].split(" ", 2)
    return subject, predicate, item


TASKS = {
    task.__name__: task
    for task in (build, queries, map_tables, digest, close, compare_closures, validate)
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
