"""``python -m benchmarks.metafor`` writes ``docs/metafor.md``; 1 if a number is too far off."""

from __future__ import annotations

import sys

from ..measure import ROOT
from .compare import pairs
from .examples import examples
from .page import ALLOWED, page


def main() -> int:
    """Writes the page and names every number that differs by more than is allowed."""
    (ROOT / "docs" / "metafor.md").write_text(page(), encoding="utf-8")
    off = [pair for example in examples() for pair in pairs(example) if pair.apart > ALLOWED]
    for pair in off:
        print(pair, file=sys.stderr)
    return int(bool(off))


if __name__ == "__main__":
    sys.exit(main())
