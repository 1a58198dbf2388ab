"""What rules look at: the figures of one study, whether they come from tables or a registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..statistics.printed import Printed


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure was printed. ``str()`` is the locator of the graph: parts joined by ", "."""

    document: str
    section: str = ""
    item: str = ""
    row: str = ""
    column: str = ""

    def __str__(self) -> str:
        parts = (self.document, self.section, self.item, self.row, self.column)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Figure:
    """One statement: what it means, its numbers as printed, and where it stands.

    Words are the keys of the evidence tables, "" where a column is empty or the table has none.
    ``result`` is the key of the result; ``statement`` equals it for the principal statement and
    ends in ``.r2``, ``.r3`` … for repeats, which carry the meaning of their result.
    """

    study: str
    statement: str
    result: str
    table: str  # measurements, comparisons, adverse-events, activities, facts
    place: Place
    reported: str = ""
    group: str = ""  # the population of a comparison; the level counted in a measurement
    kind: str = ""
    endpoint: str = ""  # endpoint or characteristic; the adverse-event term in adverse-events
    category: str = ""
    biomarker: str = ""
    statistic: str = ""
    adjustment: str = ""
    test: str = ""
    analysis_set: str = ""
    timepoint: str = ""
    experimental: str = ""
    reference: str = ""
    direction: str = ""
    variable: str = ""
    grade_min: int | None = None
    grade_max: int | None = None
    ctcae_version: str = ""
    relatedness: str = ""
    attribute: str = ""  # of a fact
    about: str = ""  # of a fact
    text: str = ""  # of a fact
    value: Printed | None = None
    lower: Printed | None = None
    upper: Printed | None = None
    interval_type: str = ""  # ci, iqr, range, sd
    level: Printed | None = None  # 0.95
    spread: Printed | None = None
    unit: str = ""  # UCUM
    count: int | None = None
    denominator: int | None = None
    percent: Printed | None = None
    p: Printed | None = None
    p_operator: str = ""  # =, <, >, <=, >=
    bound: str = ""
    qualifier: str = ""
    cited_study: str = ""
    note: str = ""
    source: str = ""  # file of the table, or path in a registry record
    row: int | None = None  # line in that file, the header is 1

    @property
    def is_repeat(self) -> bool:
        return self.statement != self.result


@dataclass(frozen=True, slots=True)
class Group:
    """A population: an arm, cohort, subgroup; ``size`` as printed, ``None`` if not reported."""

    study: str
    group: str
    label: str = ""
    type: str = ""
    parent: str = ""
    variable: str = ""  # of a subgroup: the characteristic that defines it
    operator: str = ""
    level: str = ""
    unit: str = ""
    regimen: str = ""
    size: int | None = None
    of_study: str = ""
    place: Place = field(default_factory=lambda: Place(""))
    source: str = ""  # as of a figure
    row: int | None = None


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """All figures of one study, its groups by key, and the plain rows of its other tables.

    ``rows["reporting"]`` are the cells of reporting.csv, and so on for study-endpoints, regimens,
    regimen-components, thresholds; a registry record gives what it has.
    """

    study: str
    figures: tuple[Figure, ...]
    groups: Mapping[str, Group] = field(default_factory=dict)
    rows: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    origin: str = "tables"  # or "registry"

    def of(self, table: str) -> tuple[Figure, ...]:
        """The figures of one table."""
        return tuple(figure for figure in self.figures if figure.table == table)
