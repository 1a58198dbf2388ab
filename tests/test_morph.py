"""Morph-KGC, an independent engine of RML, makes the same triples of the shipped evidence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_morph_kgc_makes_the_same_triples(request: pytest.FixtureRequest) -> None:
    # Its dependencies clash with those of anlokg, so it has an environment of its own.
    environment = request.config.cache.mkdir("morph-kgc")
    command = [sys.executable, "-m", "benchmarks.morph_oracle", "--environment", str(environment)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(f"pip cannot install Morph-KGC: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stdout + done.stderr
    parts = [line.split() for line in done.stdout.splitlines()[1:]]
    assert len(parts) == 6
    assert all(int(own) == int(other) > 1000 for _, own, other, *_ in parts)
