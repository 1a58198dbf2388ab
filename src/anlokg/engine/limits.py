"""What queries may use: time, memory, bytes and places."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


def default_workers() -> int:
    """Four workers for each core, eight at least: waiting ones cost next to nothing."""
    return max(8, 4 * (os.cpu_count() or 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of an engine. Workers are processes; each runs one query at a time."""

    workers: int = field(default_factory=default_workers)
    heavy_after_ms: int = 250
    queue: int = 64
    memory_mb: int = 1024
    answer_bytes: int = 512_000_000
    inline_bytes: int = 65_536
    spool_folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    memory_share: float = 0.5
    service_workers: int = 2
