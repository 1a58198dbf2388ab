"""Honest studies, made up at random and rounded as papers round, raise no alarm.

Counts of two arms add up to the study; percentages, exact intervals, hazard ratios with Wald
intervals and p-values, and tests of two proportions are computed and then rounded, halves up or to
even, to the digits that a paper might print.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest
from scipy.special import ndtri
from scipy.stats import fisher_exact

import figures
from anlokg.integrity.figure import Figure, Group, StudyFigures
from anlokg.integrity.run import check
from anlokg.statistics.intervals import exact
from anlokg.statistics.ratios import z_to_p

STUDIES = range(150)
LEVELS = (0.95, 0.95, 0.95, 0.9, 0.99)
TERMS = ("hypertension", "fatigue", "diarrhea", "proteinuria", "nausea", "anemia")
CHARACTERISTICS = ("sex", "ecog-ps", "previous-radiotherapy", "brain-metastasis")


class Study:
    """One study while it is made up; numbers are printed with ``digits`` decimals."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rounding = self.random.choice((ROUND_HALF_UP, ROUND_HALF_EVEN))
        self.digits = self.random.choice((0, 1, 1, 1, 2))
        self.level = self.random.choice(LEVELS)
        self.sizes = {arm: self.random.randint(5, 300) for arm in ("arm-1", "arm-2")}
        self.sizes["all"] = sum(self.sizes.values())
        self.figures: list[Figure] = []

    def made(self) -> StudyFigures:
        """All of it."""
        for endpoint in CHARACTERISTICS:
            self.characteristic(endpoint)
        for term in TERMS:
            self.event(term)
        self.responses()
        for endpoint in ("os", "pfs"):
            self.ratio(endpoint)
            self.median(endpoint)
        groups = {
            name: Group(
                "case", name, name, "study-population" if name == "all" else "arm",
                parent="" if name == "all" else "all", size=size, of_study="case",
            )
            for name, size in self.sizes.items()
        }  # fmt: skip
        return StudyFigures("case", tuple(self.figures), groups)

    def printed(self, value: float, digits: int) -> str:
        """A number as this study rounds."""
        unit = Decimal(1).scaleb(-digits)
        return str(Decimal(repr(value)).quantize(unit, rounding=self.rounding))

    def add(self, statement: str, item: str, **fields: Any) -> None:
        """A figure, printed in a table."""
        place = ["paper", "Tables", item, statement, fields.get("group", "")]
        self.figures.append(figures.figure({"statement": statement, "place": place, **fields}))

    def counted(self, group: str, count: int) -> dict[str, Any]:
        """Count, denominator and percentage."""
        size = self.sizes[group]
        exactly = Decimal(100 * count) / Decimal(size)
        unit = Decimal(1).scaleb(-self.digits)
        percent = str(exactly.quantize(unit, rounding=self.rounding))
        shown = f"{count} ({percent}%)"
        return {"count": count, "denominator": size, "percent": percent, "reported": shown}

    def spread(self, counts: dict[str, int]) -> dict[str, int]:
        """Counts of the arms, and of all."""
        return {**counts, "all": sum(counts.values())}

    def characteristic(self, endpoint: str) -> None:
        """Two or three categories that share out everybody."""
        names = ("yes", "no") if self.random.random() < 0.6 else ("0", "1", "2")
        left = {arm: self.sizes[arm] for arm in ("arm-1", "arm-2")}
        for number, name in enumerate(names):
            last = number == len(names) - 1
            counts = {arm: n if last else self.random.randint(0, n) for arm, n in left.items()}
            left = {arm: n - counts[arm] for arm, n in left.items()}
            for group, count in self.spread(counts).items():
                self.add(
                    f"{group}.{endpoint}.{name}", "Table 1", kind="baseline", group=group,
                    endpoint=endpoint, category=name, statistic="proportion",
                    **self.counted(group, count),
                )  # fmt: skip

    def event(self, term: str) -> None:
        """Any grade and grades 3 to 4, of patients at their worst grade."""
        any_grade = {arm: self.random.randint(0, self.sizes[arm]) for arm in ("arm-1", "arm-2")}
        severe = {arm: self.random.randint(0, count) for arm, count in any_grade.items()}
        for low, high, counts in ((1, 5, any_grade), (3, 4, severe)):
            for group, count in self.spread(counts).items():
                self.add(
                    f"{group}.{term}.g{low}-{high}", "Table 3", table="adverse-events",
                    group=group, endpoint=term, grade_min=low, grade_max=high,
                    ctcae_version="5.0", relatedness="all-cause", statistic="incidence",
                    **self.counted(group, count),
                )  # fmt: skip

    def responses(self) -> None:
        """Best responses, the rates made of them with exact intervals, and Fisher's test."""
        responses: dict[str, list[int]] = {}
        for arm in ("arm-1", "arm-2"):
            size = self.sizes[arm]
            cuts = sorted(self.random.randint(0, size) for _ in range(3))
            responses[arm] = [b - a for a, b in pairwise((0, *cuts, size))]
        for arm, counts in responses.items():
            for name, count in zip(("cr", "pr", "sd", "pd"), counts, strict=True):
                self.share(arm, name, count)
            self.share(arm, "orr", sum(counts[:2]), interval=True)
            self.share(arm, "dcr", sum(counts[:3]), interval=True)
        first, second = (sum(responses[arm][:2]) for arm in ("arm-1", "arm-2"))
        rest = self.sizes["arm-1"] - first, self.sizes["arm-2"] - second
        p = float(fisher_exact([[first, rest[0]], [second, rest[1]]]).pvalue)
        self.add(
            "orr.p", "Table 2", table="comparisons", group="all", endpoint="orr",
            experimental="arm-1", reference="arm-2", direction="none", statistic="p-value",
            variable="study-treatment", adjustment="unadjusted", test="fisher-exact", **self.p(p),
        )  # fmt: skip

    def share(self, arm: str, endpoint: str, count: int, *, interval: bool = False) -> None:
        fields = self.counted(arm, count)
        if interval:
            limits = exact(count, self.sizes[arm], self.level)
            lower, upper = (self.printed(100 * limit, max(1, self.digits)) for limit in limits)
            fields |= {"lower": lower, "upper": upper, "interval_type": "ci"}
            fields |= {"level": str(self.level), "unit": "%"}
        self.add(
            f"{arm}.{endpoint}", "Table 2", kind="efficacy", group=arm, endpoint=endpoint,
            statistic="proportion", **fields,
        )  # fmt: skip

    def p(self, p: float) -> dict[str, str]:
        """A p-value with three or four digits, or below a limit."""
        digits = self.random.choice((3, 4))
        limit = 10**-digits
        if p < limit:
            return {"p": f"{limit:.{digits}f}", "p_operator": "<"}
        return {"p": self.printed(p, digits), "p_operator": "="}

    def ratio(self, endpoint: str) -> None:
        """A Wald interval and p-value, as wide as the events demand or wider."""
        events = self.random.randint(5, self.sizes["all"])
        share = self.sizes["arm-1"] / self.sizes["all"]
        error = self.random.uniform(1.0, 1.5) / math.sqrt(events * share * (1 - share))
        log = self.random.gauss(-0.2, 1.5 * error)
        reach = float(ndtri((1 + self.level) / 2)) * error
        digits = self.random.choice((2, 2, 3))
        value, lower, upper = (
            self.printed(math.exp(log + step), digits) for step in (0, -reach, reach)
        )
        if float(lower) == 0:
            return
        self.add(
            f"{endpoint}.hr", "Table 4", table="comparisons", group="all", endpoint=endpoint,
            experimental="arm-1", reference="arm-2", direction="stated", test="cox",
            statistic="hazard-ratio", variable="study-treatment", adjustment="unadjusted",
            value=value, lower=lower, upper=upper, interval_type="ci", level=str(self.level),
            **self.p(float(z_to_p(log / error))),
        )  # fmt: skip
        name = "death" if endpoint == "os" else "progression-or-death"
        self.add(
            f"{endpoint}.events", "Table 4", kind="efficacy", group="all", endpoint=name,
            statistic="count", count=events, reported=str(events),
        )  # fmt: skip

    def median(self, endpoint: str) -> None:
        """Medians with intervals that need not be symmetric."""
        for arm in ("arm-1", "arm-2"):
            low, high = (2, 9) if endpoint == "pfs" else (9, 30)
            median = self.random.uniform(low, high)
            value, lower, upper = (
                self.printed(median * self.random.uniform(*around), 1)
                for around in ((1, 1), (0.4, 0.95), (1.05, 2.5))
            )
            self.add(
                f"{arm}.{endpoint}.median", "Table 4", kind="efficacy", group=arm, unit="mo",
                endpoint=endpoint, statistic="median", value=value, lower=lower, upper=upper,
                interval_type="ci", level=str(self.level),
            )  # fmt: skip


@pytest.mark.parametrize("seed", STUDIES)
def test_an_honest_study_raises_no_alarm(seed: int) -> None:
    found = check([Study(seed).made()]).findings
    assert [f"{one.rule}: {one.reported}; {one.recomputed}" for one in found] == []


@pytest.mark.parametrize(
    ("statement", "change", "rules"),
    [
        ("all.sex.yes", {"count": 1}, {"percent-of-count", "sum-of-arms", "sum-of-categories"}),
        ("arm-1.orr", {"upper": figures.number("99.9")}, {"binomial-interval"}),
        ("orr.p", {"p": figures.number("0.9999"), "p_operator": "="}, {"two-by-two"}),
        ("os.hr", {"value": figures.number("9.99")}, {"ratio-symmetry", "value-in-interval"}),
        ("arm-2.nausea.g3-4", {"count": 300}, {"count-above-denominator"}),
    ],
)
def test_the_same_study_with_one_wrong_figure_does(
    statement: str, change: dict[str, Any], rules: set[str]
) -> None:
    study = Study(1).made()
    wrong = tuple(
        replace(one, **change) if one.statement == statement else one for one in study.figures
    )
    found = check([replace(study, figures=wrong)]).findings
    assert rules <= {one.rule for one in found}
