"""Findings and rules as triples: a graph for each study that was checked, and one for the rules.

Lines are N-Triples; equal reports give equal lines. Nothing in them depends on when they are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..mapping.terms import encode, escape
from ..namespaces import OUTSIDE, Base
from .figure import Figure, StudyFigures
from .finding import Conclusion, Finding, Severity
from .rule import Rule
from .run import Report

RDF, RDFS, SKOS = OUTSIDE["rdf"], OUTSIDE["rdfs"], OUTSIDE["skos"]
DQV, OWL, PROV = OUTSIDE["dqv"], OUTSIDE["owl"], OUTSIDE["prov"]
TYPE, LABEL = f"{RDF}type", f"{RDFS}label"
LAYER, RULES = "integrity", "rules"
DIMENSION = "internal-consistency"
LONGEST_LABEL = 200

SEVERITIES = {
    Severity.contradiction: "No numbers that round to the printed ones fit together.",
    Severity.method_mismatch: "Only another method than the stated one gives the figure.",
    Severity.last_digit_rounding: "The last printed digit is off by one.",
    Severity.semantic: "A direction, reference, grade or category is missing or disagrees.",
    Severity.unit: "The unit cannot be, or is missing.",
    Severity.information: "Worth knowing; the figure may well be right.",
}
CONCLUSIONS = {
    Conclusion.survives: "What is concluded holds for the recomputed figure too.",
    Conclusion.changes: "What is concluded does not hold for the recomputed figure.",
    Conclusion.not_touched: "Nothing is concluded from the figure.",
    Conclusion.open: "It cannot be told from what is printed.",
}


def graphs(
    report: Report, studies: Iterable[StudyFigures], rules: Iterable[Rule], base: Base, version: str
) -> dict[str, bytes]:
    """N-Triples by graph name: one graph for each study, with or without findings, and the rules.

    ``version`` is that of the program that did the check.
    """
    writer = _Writer(base, version)
    by_study: dict[str, dict[str, Finding]] = {}
    for key, finding in report.by_key.items():
        by_study.setdefault(finding.study, {})[key] = finding
    made = {base.graph(LAYER, RULES): _document(writer.rules(rules))}
    for figures in studies:
        found = by_study.get(figures.study, {})
        lines = writer.study(figures, found, report.rules)
        made[base.graph(LAYER, encode(figures.study))] = _document(lines)
    return made


def label(finding: Finding) -> str:
    """A finding in one line, such as "percent of count: 65.7 % (22/34); recomputed 64.7 %"."""
    text = f"{finding.rule.replace('-', ' ')}: {finding.reported}"
    if finding.recomputed:
        text += f"; recomputed {finding.recomputed}"
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 2]} …"


class _Writer:
    """Makes lines of N-Triples."""

    def __init__(self, base: Base, version: str) -> None:
        self.base, self.version = base, version
        self.agent = self._thing("software", f"anlokg-{version}")

    def study(
        self, figures: StudyFigures, findings: Mapping[str, Finding], rules: Iterable[str]
    ) -> Iterator[str]:
        """The check of a study, and what it found."""
        known = {figure.statement for figure in figures.figures}
        yield from self._check(figures.study, rules)
        for key, finding in findings.items():
            yield from self._finding(key, finding, known)

    def rules(self, rules: Iterable[Rule]) -> Iterator[str]:
        """The rules, and the codes that findings use."""
        dimension = self._thing("term", DIMENSION)
        for rule in rules:
            it = self._thing("rule", rule.id)
            yield self._link(it, TYPE, self._own("IntegrityRule"))
            yield self._english(it, LABEL, rule.title)
            yield self._english(it, f"{SKOS}definition", rule.definition)
            yield self._text(it, f"{SKOS}notation", rule.id)
            yield self._link(it, f"{DQV}inDimension", dimension)
        yield self._link(dimension, TYPE, f"<{DQV}Dimension>")
        yield self._english(dimension, LABEL, "internal consistency")
        text = "Whether the figures of a document fit one another and what is said of them."
        yield self._english(dimension, f"{SKOS}definition", text)
        yield from self._codes("severity", SEVERITIES)
        yield from self._codes("conclusion", CONCLUSIONS)

    def _codes(
        self, scheme: str, codes: Mapping[Severity, str] | Mapping[Conclusion, str]
    ) -> Iterator[str]:
        whole = self._thing("scheme", scheme)
        yield self._link(whole, TYPE, self._own("CodeScheme"))
        yield self._english(whole, LABEL, scheme)
        for code, definition in codes.items():
            it = self._thing("term", code)
            yield self._link(it, TYPE, self._own("Code"))
            yield self._english(it, LABEL, code.replace("-", " "))
            yield self._text(it, f"{SKOS}notation", code)
            yield self._link(it, f"{SKOS}inScheme", whole)
            yield self._english(it, f"{SKOS}definition", definition)

    def _check(self, study: str, rules: Iterable[str]) -> Iterator[str]:
        it, graph = self._thing("check", study), f"<{self.base.graph(LAYER, encode(study))}>"
        yield self._link(it, TYPE, self._own("IntegrityCheck"))
        yield self._english(it, LABEL, f"check of the figures of {study} by anlokg {self.version}")
        yield self._link(it, f"{PROV}used", f"<{self.base.graph('study', encode(study))}>")
        for rule in rules:
            yield self._link(it, f"{PROV}used", self._thing("rule", rule))
        yield self._link(it, f"{PROV}wasAssociatedWith", self.agent)
        yield self._link(self.agent, TYPE, f"<{PROV}SoftwareAgent>")
        yield self._english(self.agent, LABEL, f"anlokg {self.version}")
        yield self._text(self.agent, f"{OWL}versionInfo", self.version)
        yield self._link(graph, TYPE, f"<{DQV}QualityMetadata>")
        yield self._link(graph, f"{PROV}wasGeneratedBy", it)

    def _finding(self, key: str, finding: Finding, known: set[str]) -> Iterator[str]:
        it = self._thing("finding", key)
        yield self._link(it, TYPE, self._own("IntegrityFinding"))
        yield self._english(it, LABEL, label(finding))
        for name, kind, value in (
            ("findingIn", "study", finding.study),
            ("rule", "rule", finding.rule),
            ("severity", "term", finding.severity),
            ("conclusion", "term", finding.conclusion),
        ):
            yield self._link(it, f"{self.base.ontology}{name}", self._thing(kind, value))
        for name in ("reported", "recomputed", "method"):
            if text := getattr(finding, name):
                yield self._text(it, f"{self.base.ontology}{name}", text)
        yield self._english(it, f"{self.base.ontology}explanation", finding.explanation)
        yield self._link(it, f"{PROV}wasGeneratedBy", self._thing("check", finding.study))
        if places := "; ".join(dict.fromkeys(place for place in finding.locators if place)):
            yield self._text(it, f"{self.base.ontology}places", places)
        for figure in finding.figures:
            yield from self._target(it, figure, known)

    def _target(self, it: str, figure: Figure, known: set[str]) -> Iterator[str]:
        """A figure that a finding is about; what is no statement of the graph has no more."""
        if figure.statement in known:
            for name, kind, key in (
                ("findingOf", "statement", figure.statement),
                ("flags", "result", figure.result),
            ):
                item = self._thing(kind, f"{figure.study}.{key}")
                yield self._link(it, f"{self.base.ontology}{name}", item)

    def _thing(self, kind: str, key: str) -> str:
        return f"<{self.base.entity(kind, encode(key))}>"

    def _own(self, name: str) -> str:
        return f"<{self.base.ontology}{name}>"

    def _link(self, subject: str, predicate: str, item: str) -> str:
        return f"{subject} <{predicate}> {item} .\n"

    def _text(self, subject: str, predicate: str, text: str) -> str:
        return f'{subject} <{predicate}> "{escape(text)}" .\n'

    def _english(self, subject: str, predicate: str, text: str) -> str:
        return f'{subject} <{predicate}> "{escape(text)}"@en .\n'


def _document(lines: Iterable[str]) -> bytes:
    return "".join(dict.fromkeys(lines)).encode()
