"""What the dataset and each of its graphs are, in words, and under which licence they stand.

Knows no store: the service says the same of them as a release does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..namespaces import Base

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
TITLE = "anlokg: clinical evidence on anlotinib"
SUMMARY = (
    "Figures of clinical studies of anlotinib and of the drugs it meets, each with its interval,"
    " denominator, direction and subgroup, and with the cell that it was printed in."
)
LAYERS = {
    "study": "What the evidence tables of the study {source} say.",
    "vocabulary": "What the shared tables say: studies, drugs, endpoints, codes, identifiers.",
    "inferred": "What follows, by the ontology, from what is said of {source}.",
    "integrity": "Findings on figures that do not fit one another: {source}.",
    "ontology": "The ontology: classes and properties with their definitions.",
    "description": "What is in the release: {source}.",
    "user": "Data that were added to the release: {source}.",
}
"""What the graphs of a layer hold; the last part of a graph's name is its source."""


@dataclass(frozen=True, slots=True)
class About:
    """Title and description in English; the licence is ``None`` where it is not ours to give."""

    title: str
    description: str
    licence: str | None


def graph(name: str, base: Base) -> About:
    """What a named graph is; the licence of data that users added is not known."""
    path = name.removeprefix(f"{base.iri}graph/")
    layer, _, source = path.partition("/")
    text = LAYERS.get(layer, "A graph of the release: {source}.").format(source=source or path)
    return About(path, text, None if layer == "user" else LICENCE)


def dataset(names: Iterable[str], base: Base) -> About:
    """What the graphs of these names are together."""
    free = all(graph(name, base).licence for name in names)
    return About(TITLE, SUMMARY, LICENCE if free else None)
