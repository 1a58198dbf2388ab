"""The page of one thing, laid out for its template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from ...errors import NotFound
from ..question.rows import Row
from . import findings, items, jsonld, remarks, shapes, studies
from .addresses import MEDIA_TYPES, address
from .asker import Asker
from .gathering import Gathered, gather, is_result, is_study
from .items import PAGE, Item, Showing
from .names import Names
from .neighbourhood import TYPE, Outline, ref, whole_graph
from .studies import PrintedResult
from .wanted import Wanted

FORM_NAMES = {
    "ttl": "Turtle", "nt": "N-Triples", "jsonld": "JSON-LD", "rdfxml": "RDF/XML", "nq": "N-Quads",
    "trig": "TriG",
}  # fmt: skip
LAYERS = {
    "study": "What the tables of one study say.",
    "vocabulary": "What the shared tables say: studies, drugs, endpoints, codes, identifiers.",
    "inferred": "What follows from the other graphs.",
    "integrity": "Findings on the figures of one study, or the rules that give them.",
    "ontology": "The ontology.",
    "description": "What is in the release, counted.",
    "user": "Data of a user, given when the release was built.",
}
"""What the named graphs of a release hold, by the first part of their names."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a long list: what of how many, and where the others are.

    ``total`` is 0 where nobody has counted.
    """

    title: str
    items: tuple[Item, ...]
    results: tuple[PrintedResult, ...]
    start: int
    end: int
    total: int
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class NamedGraph:
    """A named graph: what it holds, its size where it is known, members of its classes."""

    holds: str
    triples: int | None
    classes: tuple[tuple[Item, int], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Lays out what was gathered about a thing."""

    asker: Asker
    outlined: Outline
    asked: Wanted
    gathered: Gathered
    showing: Showing

    def values(self) -> dict[str, object]:
        """What the template ``entity.html`` shows."""
        told = self._head()
        if self.asked.list:
            return told | {"listing": self._listing(), "jsonld": self._jsonld([])}
        noted, most = self._remarks(), remarks.MOST
        own = findings.fields(
            self.showing.ontology, ((row[0], row[1]) for row in self.gathered.out)
        )
        return told | {
            "listing": None,
            "jsonld": self._jsonld(self.gathered.out),
            "groups": self._groups(),
            "inverse": items.incoming(
                self.showing, self.outlined, self.gathered.into, self._more("in")
            ),
            "said": self._said(),
            "graph": self._graph() if self.outlined.graph else None,
            "finding": self._finding(own),
            "printing": self._printing(own),
            "told": self._told(own),
            "remarks": [(told, self.showing.link(told.finding)[0]) for told in noted[:most]],
            "more_remarks": len(noted) > most,
            "all_remarks": self._all_findings(),
            "study": self._study(),
            "about": self._more("about"),
        }

    def _head(self) -> dict[str, object]:
        iri, path, names = self.outlined.iri, self.asker.context.path, self.showing.names
        at = address(self.showing.base, iri)
        types = entity_types(self.showing.ontology, self.outlined)
        query = whole_graph(iri) if self.outlined.graph else f"DESCRIBE {ref(iri)}"
        known = not shapes.is_shape(self.showing.base, iri)
        return {
            "iri": iri,
            "label": names.name(iri),
            "description": names.text(iri),
            "types": [self.showing.item(["iri", kind]) for kind in types],
            "outside": "" if iri.startswith(self.showing.base) else self.showing.link(iri)[1],
            "home": path(at.page),
            "forms": [(FORM_NAMES[form], path(at.data(form))) for form in MEDIA_TYPES],
            "sparql": path(f"/sparql?query={quote(query)}") if known else "",
            "predicate": self.outlined.predicate,
            "cut": self.outlined.cut,
        }

    def _jsonld(self, rows: list[Row]) -> str:
        found = [remark.finding for remark in self._remarks()]
        flags = f"{self.showing.ontology}flags"
        back = {flags: found} if self._is_result() and found else {}
        return jsonld.embedded(self.outlined.iri, rows, self.gathered.tree, back)

    def _remarks(self) -> list[remarks.Remark]:
        return remarks.remarks(self.gathered.remarks, self.outlined.iri)

    def _is_result(self) -> bool:
        return is_result(self.showing.ontology, self.outlined)

    def _groups(self) -> list[items.Group]:
        groups = items.outgoing(
            self.showing, self.outlined, self.gathered.out, self._inferred, self._more("out")
        )
        return [group for group in groups if group.iri != TYPE]  # they stand at the top

    def _finding(self, own: findings.Fields) -> findings.Finding | None:
        if not self._is_result():
            return None
        return findings.finding(self.showing, own, self.gathered.special)

    def _printing(self, own: findings.Fields) -> findings.Printing | None:
        return findings.printing(self.showing, own) if "locator" in own else None

    def _told(self, own: findings.Fields) -> remarks.Told | None:
        if not remarks.is_finding(self.showing.ontology, self.outlined):
            return None
        return remarks.told(self.showing, own)

    def _all_findings(self) -> str:
        """The list of findings: of a study its own, else of all."""
        path = self.asker.context.path("/integrity")
        if not is_study(self.showing.ontology, self.outlined):
            return path
        return f"{path}?study={items.parameter(self.showing.compact, self.outlined.iri)}"

    def _study(self) -> studies.Study | None:
        if not is_study(self.showing.ontology, self.outlined):
            return None
        return studies.study(self.showing, self.gathered.special)

    def _graph(self) -> NamedGraph:
        name = self.outlined.iri
        layer = name.removeprefix(f"{self.showing.base}graph/").partition("/")[0]
        sizes = {entry.name: entry.triples for entry in self.asker.edition.graphs}
        classes = [
            (self.showing.item(kind), int(float(number[1])))
            for kind, number in self.gathered.classes
            if kind is not None and number is not None
        ]
        return NamedGraph(LAYERS.get(layer, ""), sizes.get(name), tuple(classes))

    def _said(self) -> list[tuple[Item, int]]:
        """The graphs that speak of the thing, and how many of the triples shown each has."""
        found = Counter(row[2][1] for row in self.gathered.out if row[2] is not None)
        return [
            (self.showing.item(["iri", name]), number) for name, number in sorted(found.items())
        ]

    def _inferred(self, graphs: Iterable[str]) -> bool:
        """Whether a triple is in none but graphs of what follows from others."""
        listed = list(graphs)
        start = f"{self.showing.base}graph/inferred/"
        return bool(listed) and all(name.startswith(start) for name in listed)

    def _more(self, name: str) -> Callable[[str], str]:
        """Makes the address of a list."""
        home = self.asker.context.path(address(self.showing.base, self.outlined.iri).page)
        start = f"{home}{'&' if '?' in home else '?'}{name}="
        return lambda iri: start + quote(self.showing.compact(iri), safe=":")

    def _listing(self) -> Listing:
        if self.asked.list == "about":
            return self._results()
        rows = self.gathered.out if self.asked.list == "out" else self.gathered.into
        found = {tuple(row[1]): row[1] for row in rows if row[1] is not None}
        shown = tuple(self.showing.item(cell) for cell in found.values())
        name = self.showing.names.property_name(self.asked.iri)
        title = "Its values of" if self.asked.list == "out" else "What refers to it by"
        start = (self.asked.page - 1) * PAGE
        more = start + PAGE < self.asked.total
        return self._part(f"{title} “{name}”", shown, (), start, self.asked.total, more)

    def _results(self) -> Listing:
        found = studies.printed_results(self.showing, self.gathered.special)
        if not found:
            raise NotFound("there are no results on this here")
        title = f"Results: {self.showing.names.name(self.asked.iri)}"
        start = (self.asked.page - 1) * studies.PAGE
        more = len(found) > studies.PAGE
        return self._part(title, (), tuple(found[: studies.PAGE]), start, 0, more)

    def _part(
        self,
        title: str,
        shown: tuple[Item, ...],
        results: tuple[PrintedResult, ...],
        start: int,
        total: int,
        more: bool,
    ) -> Listing:
        here, page = self._more(self.asked.list)(self.asked.iri), self.asked.page
        end = start + len(shown or results)
        previous = f"{here}&page={page - 1}" if page > 1 else ""
        following = f"{here}&page={page + 1}" if more else ""
        return Listing(title, shown, results, start + 1, end, total, previous, following)


async def values(asker: Asker, outlined: Outline, asked: Wanted) -> dict[str, object]:
    """What the template ``entity.html`` shows of a thing. Raises what the engine raises."""
    edition = asker.edition
    if shapes.is_shape(edition.base.iri, outlined.iri):
        gathered = await (await shapes.load(asker.context)).gather(asker, outlined)
    else:
        gathered = await gather(asker, outlined, asked)
    names = Names(edition.base.iri, edition.curies.compact, gathered.names)
    showing = Showing(
        edition.base.iri,
        edition.base.ontology,
        names,
        asker.context.path,
        edition.curies.compact,
        gathered.tree,
        gathered.flags,
    )
    return Layout(asker, outlined, asked, gathered, showing).values()


def entity_types(ontology: str, outlined: Outline) -> tuple[str, ...]:
    """The types of a thing: own ones first, and specific ones before the classes they are in."""
    return tuple(sorted(outlined.types, key=lambda iri: not iri.startswith(ontology)))
