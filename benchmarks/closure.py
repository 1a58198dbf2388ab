"""The closure beside owlrl, where owlrl comes to an end, and alone as the tables grow."""

from __future__ import annotations

from collections.abc import Iterator

from .generate import generate
from .mapping import QUICK_SIZES, SIZES
from .measure import WORKSPACE, inner, megabytes, middle, work
from .page import Table, Told, decimal, number, reached

STUDY = "alter1202-liver"
LEAST = 20


def tables(told: Told) -> Iterator[Table]:
    """Speed beside owlrl; then time and memory as the tables grow."""
    runs = [work("compare_closures", STUDY) for _ in range(1 if told.quick else told.repeats)]
    own = middle(runs, lambda item: item.data["own"])
    other = middle(runs, lambda item: item.data["owlrl"])
    data = runs[0].data
    rows = [
        ["anlokg", decimal(own), number(data["inferred"]), "1.0", ""],
        ["owlrl", decimal(other), number(data["inferred by owlrl"]), decimal(other / own),
         reached(other / own, LEAST)],
    ]  # fmt: skip
    notes = [
        f"Ontology, vocabularies and the study {STUDY}: {number(data['triples'])} triples. Of what"
        f" anlokg infers, owlrl does not infer {number(data['not by owlrl'])}. owlrl applies all"
        " rules of OWL 2 RL, those on literals and the RDF vocabulary among them; anlokg applies"
        " those that the ontology uses, and leaves out conclusions on blank nodes.",
    ]
    columns = ("engine", "seconds", "inferred", "times", "target")
    yield Table("closure", "Closure beside owlrl", columns, rows, notes)
    yield _growth(QUICK_SIZES if told.quick else SIZES, told.repeats)


def _growth(sizes: tuple[int, ...], repeats: int) -> Table:
    rows = []
    for studies in sizes:
        folder = generate(WORKSPACE / f"evidence-{studies}", studies)
        runs = [work("close", folder) for _ in range(repeats)]
        taken, triples = middle(runs, inner), runs[0].data["triples"]
        rows.append(
            [number(triples), str(studies), number(runs[0].data["inferred"]), decimal(taken),
             decimal(1e6 * taken / triples), number(middle(runs, megabytes))]
        )  # fmt: skip
    columns = ("triples", "studies", "inferred", "seconds", "s per million", "peak MB")
    notes = ["Study by study on top of the vocabularies, as a build does it."]
    return Table("closure", "Closure as the tables grow", columns, rows, notes)
