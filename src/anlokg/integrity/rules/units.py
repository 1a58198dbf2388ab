"""Units that cannot be: concentrations far from any that blood has, and those without a unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...statistics.printed import Printed
from ..figure import Figure, StudyFigures
from ..finding import Conclusion, Finding, Severity
from ..rule import Rule
from .sides import called, sentence, spelled

ID = "unit-plausibility"

# How far beyond the range a value must be: no assay, disease or dilution explains a hundredfold.
FACTOR = 100
# What is never below this many g/L is told in g/L, all else in pg/mL.
GRAMS = 1e-3


@dataclass(frozen=True, slots=True)
class Range:
    """From the least in healthy blood to the most in severe disease, as orders of magnitude."""

    low: float
    high: float
    kind: str = "mass"  # g/L, or "activity": U/L


def _picograms(low: float, high: float) -> Range:
    """A range given in pg/mL, which is 1e-9 g/L."""
    return Range(low * 1e-9, high * 1e-9)


# Orders of magnitude, rounded outwards. Cytokines: healthy serum by bead assays (Bio-Rad technical
# note 6029; Mediators of Inflammation 2006:65237 for IL-2), CXCL1: mean 72–78 pg/mL in 240 healthy
# adults, no more in acute inflammation (GRO-alpha in human serum, 1997); the upper ends are ten to
# a hundred times those of healthy people. AFP above 1 mg/mL occurs in hepatocellular carcinoma.
# Albumin 35–50 g/L and LDH 85–285 U/L are usual reference intervals.
RANGES: Mapping[str, Range] = {
    "il-2": _picograms(0.1, 1e4),
    "il-18": _picograms(10, 1e5),
    "ccl11": _picograms(10, 1e4),
    "cxcl1": _picograms(1, 1e4),
    "ccl5": _picograms(100, 1e6),
    "fgf-2": _picograms(0.1, 1e4),
    "scf": _picograms(10, 1e5),
    "vegf-a": _picograms(1, 1e5),
    "vegf-d": _picograms(10, 1e5),
    "pd-1": _picograms(1, 1e5),
    "pd-l1": _picograms(1, 1e5),
    "pd-l2": _picograms(100, 1e6),
    "cd137": _picograms(1, 1e5),
    "fgf19": _picograms(10, 1e5),
    "ang-2": _picograms(100, 1e6),
    "afp": _picograms(100, 1e10),
    "albumin": Range(5, 100),
    "serum-albumin": Range(5, 100),
    "ldh": Range(50, 1e5, "activity"),
}

UNIT = re.compile(r"(\[IU\]|U|[pnum]?g)/([mud]?L)")
PREFIXES = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "d": 1e-1, "": 1.0}
# What a mistyped unit most often should be.
OTHERS = {
    "mass": ("pg/mL", "ng/mL", "ug/mL", "mg/L", "g/L"),
    "activity": ("U/L", "U/mL", "mU/L"),
}
LEVELS = frozenset({"median", "mean", "value", "range"})


def check_units(study: StudyFigures) -> Iterator[Finding]:
    """Concentrations out of all ranges by the hundredfold, and tables of them without units."""
    analytes = {row["threshold"]: row["biomarker"] for row in study.rows.get("thresholds", ())}
    beyond: dict[tuple[str, str], list[Figure]] = {}
    lacking: dict[tuple[str, str, str], list[Figure]] = {}
    for figure in study.figures:
        analyte = _analyte(figure, analytes)
        if analyte not in RANGES or figure.cited_study:
            continue
        if not figure.unit and _is_level(figure):
            place = figure.place
            lacking.setdefault((place.document, place.section, place.item), []).append(figure)
        elif _beyond(figure, RANGES[analyte]):
            beyond.setdefault((analyte, figure.unit), []).append(figure)
    for (analyte, _), figures in beyond.items():
        yield _out_of_range(study, analyte, figures)
    for figures in lacking.values():
        yield _without_unit(study, figures)


def _analyte(figure: Figure, analytes: Mapping[str, str]) -> str:
    """What was measured in a figure; a fact may be about a threshold of it."""
    if figure.table == "facts":
        return analytes.get(figure.about, figure.about)
    return (figure.biomarker or figure.endpoint) if figure.table == "measurements" else ""


def _is_level(figure: Figure) -> bool:
    return figure.table == "measurements" and figure.statistic in LEVELS and bool(figure.value)


def _beyond(figure: Figure, known: Range) -> bool:
    """Whether a level is far above the range, or far below it; a change may be near 0."""
    base = base_value(figure.value, figure.unit, known.kind)
    if base is None:
        return False
    change = "change" in figure.endpoint
    return base > FACTOR * known.high or (not change and 0 < base < known.low / FACTOR)


def base_value(value: Printed | None, unit: str, kind: str) -> float | None:
    """The size of a value in g/L or U/L; ``None`` if the unit is none of mass or activity."""
    match = UNIT.fullmatch(unit.removeprefix("m") if unit == "mU/L" else unit)
    if value is None or match is None:
        return None
    amount, volume = match[1], match[2]
    activity = amount in ("U", "[IU]")
    if activity is not (kind == "activity"):
        return None
    per = 1.0 if activity else PREFIXES[amount[:-1]]
    per *= PREFIXES["m"] if unit == "mU/L" else 1.0
    return abs(float(value)) * per / PREFIXES[volume[:-1]]


def _fitting(figure: Figure, known: Range) -> list[str]:
    """Units in which the same number would be in the range."""
    found = []
    for unit in OTHERS[known.kind]:
        base = base_value(figure.value, unit, known.kind)
        if base is not None and known.low <= base <= known.high:
            found.append(unit)
    return found


def _shown(base: float, known: Range) -> str:
    """A size in the unit that reads best for the analyte."""
    if known.kind == "activity":
        return f"{base:,.4g} U/L"
    if known.low >= GRAMS:
        return f"{base:.4g} g/L"
    size = base * 1e9
    return f"{size:,.0f} pg/mL".replace(",", " ") if size >= 100 else f"{size:.3g} pg/mL"


def _out_of_range(study: StudyFigures, analyte: str, figures: list[Figure]) -> Finding:
    known, first = RANGES[analyte], figures[0]
    values = list(dict.fromkeys(str(figure.value) for figure in figures))
    bases = [base_value(figure.value, figure.unit, known.kind) or 0.0 for figure in figures]
    base = max(bases) if max(bases) > known.high else min(bases)
    high = base > known.high
    edge = known.high if high else known.low
    times = base / edge if high else edge / base
    fitting = " or ".join(_fitting(first, known))
    cause = (
        f"The number itself would fit {fitting}, so the unit is probably mistyped."
        if fitting
        else "Either the number or the unit is wrong."
    )
    return Finding(
        rule=ID,
        severity=Severity.unit,
        study=study.study,
        figures=tuple(figures),
        reported=f"{', '.join(values)} {first.unit}",
        recomputed=f"{_shown(base, known)}, {times:,.0f} times the "
        f"{'highest' if high else 'lowest'} order of magnitude ({_shown(edge, known)})"
        + (f"; fits {fitting}" if fitting else ""),
        method=f"value in one unit against the range of the analyte in blood, {FACTOR} times over",
        explanation=f"{sentence(_named(analyte))}: {first.value} {first.unit} is "
        f"{_shown(base_value(first.value, first.unit, known.kind) or 0.0, known)}, but blood "
        f"holds {_shown(known.low, known)} to {_shown(known.high, known)} at most, even "
        f"in severe disease. {cause}",
        conclusion=Conclusion.open,
    )


def _named(analyte: str) -> str:
    """An analyte as it is written: "CXCL1", "serum albumin"."""
    return spelled(analyte) if analyte.endswith("albumin") else analyte.upper()


def _without_unit(study: StudyFigures, figures: list[Figure]) -> Finding:
    first = figures[0]
    names = dict.fromkeys(_named(figure.biomarker or figure.endpoint) for figure in figures)
    groups = dict.fromkeys(called(figure.group, study.groups) for figure in figures)
    item = first.place.section if first.place.item in ("", "text") else first.place.item
    return Finding(
        rule=ID,
        severity=Severity.unit,
        study=study.study,
        figures=tuple(figures),
        reported=f"numbers without a unit: {len(figures)}",
        recomputed=f"analytes {len(names)}, groups {len(groups)}",
        method="measurements of known analytes without a unit, by table",
        explanation=f"{sentence(item)} gives concentrations without a unit: {', '.join(names)}. "
        "They cannot be compared with other studies.",
    )


UNIT_PLAUSIBILITY = Rule(
    id=ID,
    title="Units that can be",
    definition="A concentration in blood lies within a hundredfold of the range from healthy "
    "people to severe disease, by analyte; beyond that the unit is wrong. Concentrations have a "
    "unit. Analytes and units that are not known are left alone.",
    check=check_units,
)
