"""Tables as Markdown, and the page that holds all of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

TOOLS = ("pyoxigraph", "rdflib", "pyshacl", "owlready2", "owlrl")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what has to be said of it; ``name`` is what the command calls it."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """Title, command, table and notes."""
        lines = [f"## {self.title}", "", f"`python -m benchmarks {self.name}`", ""]
        lines += [_line(self.columns), _line(["---"] + ["---:"] * (len(self.columns) - 1))]
        lines += map(_line, self.rows)
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line says of every table."""

    repeats: int = 3
    quick: bool = False


def heading(command: str, repeats: int, load: Sequence[float]) -> str:
    """What stands above the tables: the command, the machine and the day."""
    tools = ", ".join(f"{name} {version(name)}" for name in TOOLS)
    loads = " and ".join(f"{value:.1f}" for value in load)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}; do not edit.",
            "",
            f"- machine: {_processor()}, {len(os.sched_getaffinity(0))} cores,"
            f" {_memory():.0f} GB, {platform.system()}",
            f"- Python {platform.python_version()}; anlokg {version('anlokg')}; {tools}",
            f"- medians of {repeats} runs, each in a process of its own, taking turns",
            f"- load of the machine before and after: {loads}; where other work was going on,"
            " processor time says more than wall clock",
            "",
        ]
    )


def number(value: float) -> str:
    """A count with thin groups of thousands."""
    return f"{value:,.0f}".replace(",", "\u202f")


def decimal(value: float) -> str:
    """Seconds or a ratio, with as many places as are worth reading."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def met(value: float, most: float) -> str:
    """A target of at most so much, and whether it is met."""
    return f"≤ {most:g} {'met' if value <= most else '**missed**'}"


def reached(value: float, least: float) -> str:
    """A target of at least so many times, and whether it is met."""
    return f"≥ {least:g} {'met' if value >= least else '**missed**'}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
