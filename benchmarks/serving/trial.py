"""One made-up trial: its study, document, groups, regimens, results and where they are printed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from .vocabulary import (
    CONDITIONS,
    DRUGS,
    DURATIONS,
    EVENTS,
    SHARES,
    about,
    entity,
    named,
    text,
    typed,
)

DESIGNS = ("RandomizedTrial", "RetrospectiveStudy", "PostHocAnalysis")
ARMS = ("arm-1", "arm-2")
MEASURED = tuple(product(DURATIONS, ("median",))) + tuple(product(SHARES, ("proportion",)))
ADJUSTED = ("multivariable", "unadjusted")
PRINTED = {
    f"anlo:{n}" for n in ("value", "lower", "upper", "pValue", "count", "denominator", "percent")
}
Pair = tuple[str, str]


class Trial:
    """A trial by its number; what is random in it comes from one generator, in one order."""

    def __init__(self, number: int, random: Random) -> None:
        self.number, self.random = number, random
        self.key = self.key_of(number)
        self.study = entity("study", self.key)
        self.document = entity("document", f"{self.key}-article")
        self.patients = random.randint(40, 800)
        self.subgroups = [f"subgroup-{number}" for number in range(1, random.randint(2, 4) + 1)]

    @staticmethod
    def key_of(number: int) -> str:
        """The key of the study of a trial."""
        return f"trial-{number:06}"

    def lines(self) -> Iterator[str]:
        """The trial in N-Triples."""
        yield from self._study()
        for arm in ARMS:
            yield from self._regimen(arm)
        yield self._group("all", "study-population", "")
        for arm in ARMS:
            yield self._group(arm, "arm", "all")
        for group in self.subgroups:
            yield self._group(group, "subgroup", self.random.choice(("all", *ARMS)))
        yield from self._measurements()
        yield from self._comparisons()
        yield from self._adverse_events()

    def _study(self) -> Iterator[str]:
        condition = self.random.choice(CONDITIONS)
        yield about(
            self.study, ("rdf:type", named("anlo:Study")),
            ("rdf:type", named(f"anlo:{self.random.choice(DESIGNS)}")),
            ("rdfs:label", text(f"Trial {self.number} of {condition}", "en")),
            ("anlo:condition", named(f"condition:{condition}")),
            ("anlo:sampleSize", typed(self.patients, "integer")),
            ("anlo:registration", text(f"NCT{self.number:08}")),
        )  # fmt: skip
        year = self.random.randint(2012, 2026)
        yield about(
            self.document, ("rdf:type", named("anlo:JournalArticle")),
            ("dcterms:title", text(f"Results of trial {self.number} in {condition}", "en")),
            ("dcterms:date", typed(f"{year}-{self.random.randint(1, 12):02}-15", "date")),
            ("anlo:reports", self.study),
        )  # fmt: skip

    def _regimen(self, arm: str) -> Iterator[str]:
        regimen = entity("regimen", f"{self.key}.{arm}")
        drugs = self.random.sample(DRUGS, 2 if arm == ARMS[0] else 1)
        kind = "combination" if len(drugs) > 1 else "monotherapy"
        yield about(
            regimen, ("rdf:type", named("anlo:Regimen")), ("anlo:regimenOf", self.study),
            ("rdfs:label", text(" and ".join(drugs), "en")),
            ("anlo:regimenType", named(f"term:{kind}")),
        )  # fmt: skip
        for drug in drugs:
            component = entity("component", f"{self.key}.{arm}.{drug}")
            yield about(regimen, ("anlo:hasComponent", component))
            yield about(
                component, ("rdf:type", named("anlo:RegimenComponent")),
                ("anlo:hasDrug", named(f"drug:{drug}")),
                ("anlo:dose", typed(self.random.choice(("8", "10", "12", "200.5")), "decimal")),
                ("anlo:doseUnit", text("mg")), ("anlo:route", text("oral")),
            )  # fmt: skip

    def _group(self, name: str, kind: str, parent: str) -> str:
        size = self.patients if not parent else self.random.randint(10, self.patients)
        pairs: list[Pair] = [
            ("rdf:type", named("anlo:Group")), ("anlo:groupType", named(f"term:{kind}")),
            ("rdfs:label", text(f"{name} of trial {self.number}", "en")),
            ("anlo:groupOf", self.study), ("anlo:size", typed(size, "integer")),
        ]  # fmt: skip
        if parent:
            pairs.append(("anlo:directPartOfGroup", self._of("group", parent)))
        if name in ARMS:
            pairs.append(("anlo:receives", self._of("regimen", name)))
        return about(self._of("group", name), *pairs)

    def _measurements(self) -> Iterator[str]:
        choices = list(product(("all", *ARMS, *self.subgroups), MEASURED))
        for group, (endpoint, statistic) in self.random.sample(choices, self._some(11)):
            pairs = [("anlo:endpoint", named(f"endpoint:{endpoint}"))]
            pairs += self._interval() if endpoint in DURATIONS else self._share()
            key = f"{group}.{endpoint}.{statistic}"
            yield self._result(key, "GroupResult", group, statistic, pairs, (endpoint, "Table 2"))

    def _comparisons(self) -> Iterator[str]:
        choices = list(product(("all", *self.subgroups), DURATIONS, ADJUSTED))
        for group, endpoint, adjusted in self.random.sample(choices, self._some(5)):
            pairs = [
                ("anlo:endpoint", named(f"endpoint:{endpoint}")),
                ("anlo:experimentalGroup", self._of("group", ARMS[0])),
                ("anlo:referenceGroup", self._of("group", ARMS[1])),
                ("anlo:adjustment", named(f"term:{adjusted}")),
                ("anlo:pValue", typed(f"{self.random.uniform(0.0001, 0.2):.4f}", "decimal")),
                *self._interval(),
            ]
            key = f"{group}.{endpoint}.hazard-ratio.{adjusted}"
            yield self._result(
                key, "Comparison", group, "hazard-ratio", pairs, (endpoint, "Table 3")
            )

    def _adverse_events(self) -> Iterator[str]:
        choices = list(product(ARMS, EVENTS, (1, 3)))
        for group, event, grade in self.random.sample(choices, self._some(10)):
            pairs = [
                ("anlo:adverseEvent", named(f"adverse-event:{event}")),
                ("anlo:gradeMin", typed(grade, "integer")), ("anlo:gradeMax", typed(5, "integer")),
                *self._share(),
            ]  # fmt: skip
            key = f"{group}.{event}.{grade}"
            place = (f"{event} grade {grade}", "Table 4")
            yield self._result(key, "AdverseEventCount", group, "incidence", pairs, place)

    def _interval(self) -> list[Pair]:
        low, width = self.random.uniform(0.1, 20), self.random.uniform(0.1, 9)
        pairs = [("anlo:value", low + width / 2), ("anlo:lower", low), ("anlo:upper", low + width)]
        # Some intervals are printed without an upper limit.
        kept = pairs[: 2 + (self.random.random() < 0.8)]
        return [(name, typed(f"{value:.2f}", "decimal")) for name, value in kept]

    def _share(self) -> list[Pair]:
        whole = self.random.randint(10, self.patients)
        part = self.random.randint(0, whole)
        return [
            ("anlo:count", typed(part, "integer")), ("anlo:denominator", typed(whole, "integer")),
            ("anlo:percent", typed(f"{100 * part / whole:.1f}", "decimal")),
        ]  # fmt: skip

    def _result(
        self, key: str, kind: str, group: str, statistic: str,
        pairs: list[Pair], place: tuple[str, str],
    ) -> str:  # fmt: skip
        """A result, its statement, the cell where it is printed and the row that was typed."""
        result, statement = self._of("result", key), self._of("statement", key)
        cell, row = self._of("cell", key), self._of("row", key)
        line, item = place
        printed = [pair for pair in pairs if pair[0] in PRINTED]
        return (
            about(
                result, ("rdf:type", named(f"anlo:{kind}")), ("anlo:resultOf", self.study),
                ("anlo:group", self._of("group", group)),
                ("anlo:statistic", named(f"statistic:{statistic}")),
                ("anlo:hasStatement", statement), *pairs,
            )
            + about(
                statement, ("rdf:type", named("anlo:Statement")), ("anlo:statementOf", result),
                ("anlo:locator", text(f"{self.key}-article, Tables, {item}, {line}, {group}")),
                ("prov:hadPrimarySource", cell), ("prov:wasDerivedFrom", row), *printed,
            )
            + about(
                cell, ("rdf:type", named("anlo:PrintedCell")), ("anlo:inDocument", self.document),
                ("anlo:item", text(item)), ("anlo:rowLabel", text(line)),
                ("anlo:columnLabel", text(group)),
            )
            + about(
                row, ("rdf:type", named("anlo:TableRow")), ("anlo:rowStudy", self.study),
                ("anlo:rowKey", text(key)),
            )
        )  # fmt: skip

    def _of(self, kind: str, key: str) -> str:
        return entity(kind, f"{self.key}.{key}")

    def _some(self, mean: int) -> int:
        return self.random.randint(mean - 3, mean + 3)
