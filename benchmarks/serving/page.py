"""Sections of tables and targets, kept as files, and the page that is put together of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..measure import ROOT, WORKSPACE
from ..page import number

PAGE = ROOT / "docs" / "serving-benchmarks.md"
KEPT = WORKSPACE / "serving"
OUTCOMES = {True: "met", False: "**missed**", None: "not measured"}
ORDER = ("servers", "queries", "cache", "overhead", "export", "runaways")


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked for, what was measured, and whether that is enough; ``None``: unknown."""

    what: str
    measured: str
    met: bool | None

    def row(self) -> tuple[str, str, str]:
        return self.what, self.measured, OUTCOMES[self.met]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the columns after the first hold figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """Title, table and notes."""
        lines = [f"### {self.title}", "", _line(self.columns)]
        lines += [_line(["---"] + ["---:"] * (len(self.columns) - 1)), *map(_line, self.rows)]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"


@dataclass(slots=True)
class Section:
    """What one part of the command has measured on a graph of some size."""

    part: str
    triples: int
    title: str
    command: str = ""
    facts: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def markdown(self) -> str:
        """The section with all that has to be known of it."""
        lines = [f"## {self.title}, {number(self.triples)} triples", "", f"`{self.command}`", ""]
        lines += [f"- {fact}" for fact in self.facts]
        texts = ["\n".join(lines) + "\n", *(table.markdown() for table in self.tables)]
        return "\n".join([*texts, *[targets([self])] * bool(self.targets)])

    def keep(self) -> None:
        """Keeps the section for the page, in the place of an older one."""
        KEPT.mkdir(parents=True, exist_ok=True)
        path = KEPT / f"{self.triples}-{ORDER.index(self.part)}-{self.part}.json"
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")


def kept() -> list[Section]:
    """All sections that are kept, smaller graphs first."""
    found = []
    for path in sorted(KEPT.glob("*.json"), key=lambda path: int(path.name.partition("-")[0])):
        told = json.loads(path.read_text(encoding="utf-8"))
        tables, targets = told.pop("tables"), told.pop("targets")
        found.append(Section(**told, tables=[Table(**t) for t in tables],
                             targets=[Target(**t) for t in targets]))  # fmt: skip
    return sorted(found, key=lambda section: (section.triples, ORDER.index(section.part)))


def write() -> None:
    """Puts the page together of the sections that are kept."""
    sections = kept()
    head = "# Serving benchmarks\n\nMade by `python -m benchmarks.serving`; do not edit. How fast"
    head += " anlokg answers, beside other servers on the same machine, graph and queries.\n"
    summary = "## Targets\n\n" + targets(sections, title="").lstrip()
    PAGE.write_text("\n".join([head, summary, *(s.markdown() for s in sections)]), encoding="utf-8")


def targets(sections: Iterable[Section], title: str = "Targets") -> str:
    """The table of the targets of sections."""
    rows = [(number(s.triples), *target.row()) for s in sections for target in s.targets]
    table = Table(title, ("triples", "target", "measured", "outcome"), rows)
    return table.markdown() if title else table.markdown().partition("\n\n")[2]


def facts(versions: Sequence[str], repeats: int, load: float) -> list[str]:
    """The day, the machine and its load before the start, and the versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return [
        f"on {datetime.now(UTC):%Y-%m-%d}; {_processor()}, {len(os.sched_getaffinity(0))} cores"
        f" used of {os.cpu_count()}, {memory:.0f} GB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}; {', '.join(versions)}",
        f"{repeats} round{'s' * (repeats > 1)}, servers taking turns in each; load of the machine"
        f" before the start: {load:.1f}",
    ]


def milliseconds(seconds: float) -> str:
    """A time in ms, with as many places as are worth reading."""
    value = 1000 * seconds
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else number(value)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    names = []
    if (path := Path("/proc/cpuinfo")).is_file():
        lines = path.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()
