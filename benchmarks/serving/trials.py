"""Makes up clinical trials as RDF, in the shape of the data model: as many triples as asked for.

``python -m benchmarks.serving.trials TRIPLES`` prints N-Triples: studies with documents, groups,
regimens, results with their numbers, statements, printed cells and rows. The same seed gives the
same lines everywhere; no triple is there twice.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from . import vocabulary
from .trial import Trial

SEED = 20220101
PER_TRIAL = 780  # triples, on average
SOURCES = ("trials.py", "trial.py", "vocabulary.py")


def lines(triples: int, seed: int = SEED) -> Iterator[str]:
    """Pieces of N-Triples; they end with the first trial that reaches so many triples."""
    made = 0
    for piece in vocabulary.lines():
        made += piece.count("\n")
        yield piece
    number = 0
    while made < triples:
        number += 1
        piece = "".join(Trial(number, Random(f"{seed} {number}")).lines())
        made += piece.count("\n")
        yield piece


def keys(triples: int) -> list[str]:
    """Keys of studies that a graph of so many triples surely has."""
    return [Trial.key_of(number) for number in range(1, max(2, triples // (2 * PER_TRIAL)) + 1)]


def write(folder: Path, triples: int) -> Path:
    """The file of N-Triples in a folder; made if it is not there as this code makes it."""
    code = b"".join(Path(__file__).with_name(name).read_bytes() for name in SOURCES)
    path = folder / f"trials-{triples}-{hashlib.sha256(code).hexdigest()[:8]}.nt"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for older in folder.glob(f"trials-{triples}-*"):
            older.unlink()
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines(triples))
        part.rename(path)
    return path


if __name__ == "__main__":
    sys.stdout.writelines(lines(int(sys.argv[1])))
