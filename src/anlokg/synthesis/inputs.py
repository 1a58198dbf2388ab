"""The figures that a synthesis may take in: rows of its queries as typed values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation

from ..statistics.printed import Printed

Row = Mapping[str, str | None]
"""One row of an answer: IRIs in full, numbers as text, ``None`` where there is no value."""

NUMBER = re.compile(r"\d+(?:\.\d+)?")
SEVERAL = "; "
JOINED = ("condition", "regimen", "regimen_type")
"""What a figure may have several of; it comes in a row for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A figure with what it is compared by; texts are ``""`` where there is no value.

    Names are those of the columns of ``queries/synthesis``. ``percent`` is in percent; ``wholes``,
    ``drugs`` and ``reference_drugs`` hold IRIs. Columns of the other queries keep their defaults.
    """

    result: str
    study: str
    study_iri: str
    statistic: str
    outcome: str
    locator: str = ""
    reported: str = ""
    quoted_in: str = ""
    registration: str = ""
    parent_study: str = ""
    condition: str = ""
    group: str = ""
    group_iri: str = ""
    group_type: str = ""
    operator: str = ""
    group_level: str = ""
    size: int | None = None
    variable: str = ""
    wholes: frozenset[str] = frozenset()
    regimen: str = ""
    regimen_type: str = ""
    first_line: str = ""
    last_line: str = ""
    drugs: frozenset[str] = frozenset()
    category: str = ""
    grade_min: int | None = None
    grade_max: int | None = None
    ctcae_version: str = ""
    relatedness: str = ""
    timepoint: str = ""
    analysis_set: str = ""
    count: int | None = None
    denominator: int | None = None
    percent: Decimal | None = None
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    level: Decimal | None = None
    interval_type: str = ""
    spread: Decimal | None = None
    unit: str = ""
    qualifier: str = ""
    bound: str = ""
    experimental: str = ""
    experimental_iri: str = ""
    experimental_level: str = ""
    reference: str = ""
    reference_iri: str = ""
    reference_level: str = ""
    compared_variable: str = ""
    reference_drugs: frozenset[str] = frozenset()
    adjustment: str = ""
    test: str = ""
    direction: str = ""
    allocation: str = ""

    @property
    def is_cited(self) -> bool:
        """Whether the document quotes it from another study."""
        return bool(self.quoted_in)

    @property
    def label(self) -> str:
        """Study and group in a few words."""
        if self.experimental:
            return f"{self.study}: {self.experimental} v {self.reference or 'others'}"
        if self.group_type == "study-population":
            return self.study
        return f"{self.study}: {self.group}"

    @property
    def interval(self) -> tuple[float, float] | None:
        """The printed confidence interval, if both its limits are numbers."""
        if self.interval_type != "ci" or self.lower is None or self.upper is None:
            return None
        return float(self.lower), float(self.upper)


def read(rows: Iterable[Row], outcome: str) -> list[Candidate]:
    """Candidates of rows, each result once; ``outcome`` is the column with the outcome's name."""
    found: dict[str, Candidate] = {}
    for row in rows:
        one = _candidate(row, outcome)
        kept = found.get(one.result)
        found[one.result] = one if kept is None else _joined(kept, one)
    return list(found.values())


def _joined(one: Candidate, other: Candidate) -> Candidate:
    changed = {}
    for name in JOINED:
        texts = [text for text in (getattr(one, name), getattr(other, name)) if text]
        parts = dict.fromkeys(part for text in texts for part in text.split(SEVERAL))
        changed[name] = SEVERAL.join(parts)
    return replace(one, **changed)  # type: ignore[arg-type]


def _candidate(row: Row, outcome: str) -> Candidate:
    values: dict[str, object] = {}
    for field in fields(Candidate):
        text = row.get(_column(field.name, outcome)) or ""
        kind = str(field.type)
        if kind == "str":
            values[field.name] = text
        elif kind.startswith("frozenset"):
            values[field.name] = frozenset(text.split())
        else:
            values[field.name] = _number(text, whole=kind.startswith("int"))
    return Candidate(**values)  # type: ignore[arg-type]


def _column(name: str, outcome: str) -> str:
    first, *others = name.split("_")
    return outcome if name == "outcome" else first + "".join(part.title() for part in others)


def _number(text: str, *, whole: bool) -> int | Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return int(number) if whole else number


def printed_percent(candidate: Candidate) -> Printed | None:
    """The percentage with the digits it was printed with."""
    if candidate.percent is None:
        return None
    for text in NUMBER.findall(candidate.reported.replace("·", ".")):
        if Decimal(text) == candidate.percent:
            return Printed(Decimal(text))
    return Printed(candidate.percent)


def counts_of(candidate: Candidate) -> tuple[int, ...]:
    """Every count of the denominator that rounds to the printed percentage."""
    percent, size = printed_percent(candidate), candidate.denominator
    if percent is None or size is None or size <= 0 or not 0 <= float(percent) <= 100:
        return ()
    share = Decimal(size) / 100
    half = percent.ulp / 2
    first = max(0, math.ceil((percent.value - half) * share))
    last = min(size, math.floor((percent.value + half) * share))
    return tuple(range(first, min(last, first + 2) + 1))
