"""Evidence tables: every median, rate and ratio of a disease, as Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from ..statistics import intervals
from .inputs import Candidate, Row, counts_of

QUERY = "list-evidence"
LEVEL = 0.95
EXACT = ("exactLower", "exactUpper")
"""Columns that are added: the exact interval of a share in percent, level 0.95."""
KINDS = {
    "efficacy": "Efficacy",
    "comparison": "Ratios and other comparisons",
    "safety": "Adverse events",
    "biomarker": "Biomarkers",
    "treatment": "Treatment",
    "disposition": "Course of the study",
    "baseline": "Before treatment",
}
HEADS = ("Group", "Outcome", "n/N", "Figure", "Printed interval", "Exact 95 % interval", "p",
         "As printed", "Where")  # fmt: skip
INTRODUCTION = """\
Every median, rate and ratio of the studies of {condition} and of what is within it, with interval,
denominator and the place it is printed at. What patients were like before treatment is in
`anlokg query list-baseline`; figures quoted from other studies are in `list-cited-results`.
A count with "~" is worked out from the printed percentage and is the only one that gives it. The
exact interval (Clopper-Pearson) is worked out here from count and denominator. This page is made by
`anlokg evidence-table`, from the query `list-evidence`.
"""


def with_exact(row: Row) -> dict[str, str | None]:
    """A row with the exact interval of its share, in percent with two decimals."""
    bounds = _exact(row)
    if bounds is None:
        return {**row, **dict.fromkeys(EXACT)}
    return {**row, **{name: f"{100 * bound:.2f}" for name, bound in zip(EXACT, bounds,
                                                                         strict=True)}}  # fmt: skip


def as_csv(rows: Iterable[Row]) -> str:
    """The rows with their exact intervals; IRIs in full, numbers as they are stored."""
    made = [with_exact(row) for row in rows]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(made[0]) if made else [*EXACT], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: value or "" for name, value in row.items()} for row in made)
    return file.getvalue()


def as_markdown(condition: str, rows: Sequence[Row]) -> str:
    """The table of a disease: a heading for each study, a table for each kind of figure."""
    lines = [f"# {condition[:1].upper()}{condition[1:]}", "", INTRODUCTION.format(
        condition=condition)]  # fmt: skip
    for study, of_study in groupby(rows, key=lambda row: row["study"] or ""):
        lines += [f"## {_safe(study)}", ""]
        some = sorted(of_study, key=lambda row: _place(row["kind"] or ""))
        for kind, of_kind in groupby(some, key=lambda row: row["kind"] or ""):
            lines += [f"### {KINDS.get(kind, kind)}", "", *_table(of_kind), ""]
    return "\n".join(lines)


def contents(pages: Mapping[str, str]) -> str:
    """The page that lists the tables, by the name of their file."""
    lines = ["# Evidence tables", "", "Every median, rate and ratio, a table for each disease:", ""]
    lines += [f"- [{title}]({name}.md)" for name, title in sorted(pages.items())]
    more = "`anlokg evidence-table --condition NAME` makes one; with `--format csv` for programs."
    return "\n".join([*lines, "", more, ""])


def _place(kind: str) -> int:
    return list(KINDS).index(kind) if kind in KINDS else len(KINDS)


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    for row in rows:
        yield f"| {' | '.join(map(_safe, _cells(row)))} |"


def _cells(row: Row) -> tuple[str, ...]:
    cell = {name: value or "" for name, value in row.items()}
    outcome = ", ".join(filter(None, (cell["outcome"], cell["detail"], _time(cell["timepoint"]))))
    if cell["statistic"] not in ("proportion", "incidence"):
        outcome += f", {cell['statistic'].replace('-', ' ')}"
    if cell["adjustment"]:
        outcome += f", {cell['adjustment'].replace('-', ' ')}"
    bounds = _exact(row)
    exact = "" if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"
    p = f"{cell['pOperator'].replace('=', '')} {cell['pValue']}".strip()
    return (cell["group"], outcome, _share(row), _figure(cell), _interval(cell), exact, p,
            cell["reported"], cell["locator"])  # fmt: skip


def _time(text: str) -> str:
    return f"at {text}" if text else ""


def _figure(cell: Mapping[str, str]) -> str:
    about = f"{cell['qualifier'].replace('-', ' ')} " if cell["qualifier"] else ""
    if cell["value"]:
        return f"{about}{cell['value']} {_unit(cell['unit'])}".strip()
    if cell["percent"]:
        return f"{about}{cell['percent']} %"
    if cell["count"] and cell["denominator"]:
        return f"{100 * int(cell['count']) / int(cell['denominator']):.1f} % (from n/N)"
    return cell["bound"].replace("-", " ")


def _unit(unit: str) -> str:
    return {"mo": "months", "d": "days", "a": "years", "1": ""}.get(unit, unit)


def _interval(cell: Mapping[str, str]) -> str:
    if not (cell["lower"] or cell["upper"]):
        return ""
    low, high = cell["lower"] or "?", cell["upper"] or cell["bound"].replace("-", " ") or "?"
    kind = cell["intervalType"]
    if kind == "ci":
        kind = f"{100 * Decimal(cell['level']):f}".rstrip("0").rstrip(".") + " % CI" if cell[
            "level"] else "CI"  # fmt: skip
    return f"{low} to {high} ({kind})" if kind else f"{low} to {high}"


def _share(row: Row) -> str:
    count, size = row["count"], row["denominator"]
    if count is not None or size is None:
        return f"{count or ''}/{size}" if size is not None else count or ""
    fitting = counts_of(_candidate(row))
    return f"~{fitting[0]}/{size}" if len(fitting) == 1 else f"?/{size}"


def _exact(row: Row) -> tuple[float, float] | None:
    """The exact interval of a share; ``None`` where count or denominator are not known."""
    if row["statistic"] not in ("proportion", "incidence") or row["denominator"] is None:
        return None
    size = int(row["denominator"])
    fitting = (int(row["count"]),) if row["count"] is not None else counts_of(_candidate(row))
    if len(fitting) != 1 or not 0 <= fitting[0] <= size or size == 0:
        return None
    return intervals.exact(fitting[0], size, LEVEL)


def _candidate(row: Row) -> Candidate:
    return Candidate(
        result=row["result"] or "",
        study="",
        study_iri="",
        statistic="",
        outcome="",
        reported=row["reported"] or "",
        denominator=int(row["denominator"] or 0),
        percent=Decimal(row["percent"]) if row["percent"] else None,
    )


def _safe(text: str) -> str:
    """Text for a cell of a Markdown table."""
    for sign in ("\\", "|", "<", ">", "*", "_", "`"):
        text = text.replace(sign, f"\\{sign}")
    return text
