"""What a command writes: answers to standard output, progress and errors to standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import AnlokgError, TableError, ValidationFailed

# More columns than this cannot be read side by side.
MOST_COLUMNS = 9
# Characters of a line where the output is no terminal.
WIDTH = 200


@dataclass(slots=True)
class Output:
    """How to write, as the global options say."""

    as_json: bool = False
    quiet: bool = False
    started: float = field(default_factory=time.monotonic)

    def progress(self, message: str) -> None:
        """A step of something that may take over a second."""
        if not self.quiet and not self.as_json:
            seconds = time.monotonic() - self.started
            print(f"{seconds:6.1f} s  {message}", file=sys.stderr, flush=True)

    def say(self, message: str, **members: Any) -> None:
        """The outcome of a command: a sentence, or an object in JSON mode."""
        if self.as_json:
            print(json.dumps(members or {"message": message}, ensure_ascii=False))
        elif not self.quiet:
            print(message)

    def fail(self, error: AnlokgError) -> None:
        """An error with all its problems."""
        if self.as_json:
            print(json.dumps(_as_object(error), ensure_ascii=False), file=sys.stderr)
            return
        print(f"anlokg: {_first_line(error)}", file=sys.stderr)
        for line in _details(error):
            print(f"  {line}", file=sys.stderr)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        """Rows in aligned columns; where the columns are too many for that, a block per row.

        In JSON mode a list of objects.
        """
        if self.as_json:
            objects = [dict(zip(columns, row, strict=True)) for row in rows]
            print(json.dumps(objects, ensure_ascii=False))
            return
        count = _blocks(columns, rows) if len(columns) > MOST_COLUMNS else _grid(columns, rows)
        if not self.quiet:
            print(f"{count} row{'s' * (count != 1)}", file=sys.stderr)


def _blocks(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> int:
    width = max(map(len, columns))
    blocks = [
        "\n".join(f"{c:<{width}}  {v}" for c, v in zip(columns, row, strict=True) if v)
        for row in rows
    ]
    print("\n\n".join(blocks))
    return len(blocks)


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> int:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    width = None if sys.stdout.isatty() else WIDTH
    console = Console(highlight=False, soft_wrap=False, width=width)
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*((cell or "").replace("[", r"\[") for cell in row))
    console.print(grid)
    return grid.row_count


def _first_line(error: AnlokgError) -> str:
    if isinstance(error, TableError):
        count = len(error.problems)
        return f"the tables have {count} problem{'s' * (count != 1)}"
    return str(error)


def _details(error: AnlokgError) -> list[str]:
    if isinstance(error, TableError):
        return [str(problem) for problem in error.problems]
    if isinstance(error, ValidationFailed):
        return [str(violation) for violation in error.violations]
    return []


def _as_object(error: AnlokgError) -> dict[str, Any]:
    return {
        "error": type(error).__name__,
        "message": _first_line(error),
        "details": _details(error),
        "exit_code": error.exit_code,
    }
