"""Asks for what a page shows: the neighbours at once, then the names of all that came."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...errors import QueryTimeout
from ...integrity.flags import Flags
from .. import flags
from ..question.rows import Cell, Row, iris
from . import findings, items, neighbourhood, remarks, studies
from .addresses import is_iri
from .asker import Asker, Switched, together
from .neighbourhood import Outline
from .wanted import Wanted

LONGEST_NAMED = 2000
"""Characters of an IRI that is looked up for its name."""
GRAPH_CLASSES = 50
COUNTING = 0.5
"""Share of the time for a page that counting the classes of a named graph may take."""

Tree = dict[str, list[tuple[str, Cell]]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the engine said about a thing: rows of the queries in ``neighbourhood``.

    ``tree`` has the contents of nodes without a name; ``special`` the statements of a result, the
    parts of a study, or the results asked for; ``classes`` are those of a named graph;
    ``remarks`` are findings on the thing, ``flags`` those on the results that it shows.
    """

    out: list[Row]
    into: list[Row]
    tree: Tree
    special: list[Row]
    classes: list[Row]
    names: list[Row]
    remarks: list[Row] = field(default_factory=list)
    flags: Flags = field(default_factory=dict)


async def gather(asker: Asker, outlined: Outline, asked: Wanted) -> Gathered:
    """Asks up to five questions at once, and one each for all names and all findings."""
    iri, ontology = outlined.iri, asker.edition.base.ontology
    out, into, nested, special, classes = await together(
        _rows(asker, _outgoing(outlined, asked)),
        _rows(asker, _incoming(outlined, asked)),
        _rows(asker, neighbourhood.nested(iri) if outlined.blanks and not asked.list else ""),
        _rows(asker, _special(ontology, outlined, asked)),
        _classes(asker, outlined, asked),
    )
    seen = {iri, *outlined.types, *([asked.iri] if asked.iri else [])}
    for found in (out, into, nested, special, classes):
        seen |= iris(found)
    names = await names_of(asker, seen)
    remarked, flagged = await _findings(asker, outlined, asked, seen)
    tree = _tree(nested)
    if not asked.list:
        out = _joined(iri, out, tree)
    return Gathered(out, into, tree, special, classes, names, remarked, flagged)


def is_result(ontology: str, outlined: Outline) -> bool:
    """Whether a thing is a finding with the places it is printed at."""
    return f"{ontology}hasStatement" in outlined.out


def is_study(ontology: str, outlined: Outline) -> bool:
    """Whether a thing is a study."""
    return f"{ontology}Study" in outlined.types


def _outgoing(outlined: Outline, asked: Wanted) -> str:
    if asked.list not in ("", "out") or not outlined.out:
        return ""
    return neighbourhood.outgoing(
        outlined.iri, items.spans(outlined.out, asked.iri or None, asked.page)
    )


def _incoming(outlined: Outline, asked: Wanted) -> str:
    if asked.list not in ("", "in") or not outlined.into:
        return ""
    return neighbourhood.incoming(
        outlined.iri, items.spans(outlined.into, asked.iri or None, asked.page)
    )


def _special(ontology: str, outlined: Outline, asked: Wanted) -> str:
    if asked.list == "about":
        return studies.results(ontology, outlined.iri, asked.iri, asked.page)
    if asked.list:
        return ""
    if is_result(ontology, outlined):
        return findings.printed(ontology, outlined.iri)
    return studies.parts(ontology, outlined.iri) if is_study(ontology, outlined) else ""


async def _rows(asker: Asker, query: str) -> list[Row]:
    return await asker.rows(query) if query else []


async def _classes(asker: Asker, outlined: Outline, asked: Wanted) -> list[Row]:
    if not outlined.graph or asked.list:
        return []
    query = neighbourhood.graph_classes(outlined.iri, GRAPH_CLASSES)
    try:
        return await asker.rows(query, share=COUNTING)
    except QueryTimeout:
        return []  # a page without these counts is better than none


async def names_of(asker: Asker, seen: set[str]) -> list[Row]:
    """The names of things, asked for at once: rows of ``neighbourhood.labels``."""
    ontology = asker.edition.base.ontology
    listed = sorted(iri for iri in seen if len(iri) <= LONGEST_NAMED and is_iri(iri))
    extra = (f"{ontology}reported", f"{ontology}locator")
    return await asker.rows(neighbourhood.labels(listed, extra))


async def _findings(
    asker: Asker, outlined: Outline, asked: Wanted, seen: set[str]
) -> tuple[list[Row], Flags]:
    """The findings on a thing, as rows of ``remarks.asked``; and those on all that a page shows."""
    base = asker.edition.base
    if remarks.is_finding(base.ontology, outlined):
        return [], {}  # its page would only repeat it at every figure
    known = await flags.kept(asker.context)
    if asker.context.edition is not asker.edition:
        raise Switched
    figures = flags.figures(base, seen) if known is None else []
    thing = None if asked.list else outlined
    found = await _rows(asker, remarks.asked(base.ontology, thing, figures))
    return found, remarks.flagged(found) if known is None else known


def _tree(nested: list[Row]) -> Tree:
    tree: Tree = {}
    for subject, predicate, value in nested:
        if subject is not None and predicate is not None and value is not None:
            tree.setdefault(subject[1], []).append((predicate[1], value))
    return tree


def _joined(iri: str, out: list[Row], tree: Tree) -> list[Row]:
    """What is said of a thing.

    Nodes without a name have labels that hold within one answer only: what leads to them is taken
    from the answer that has their contents too.
    """
    named = [row for row in out if row[1] is not None and row[1][0] != "blank"]
    return [*named, *([["iri", predicate], value, None] for predicate, value in tree.get(iri, []))]
