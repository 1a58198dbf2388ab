"""Writes exports to a file, whole or not at all, or to standard output."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import BinaryIO

from ..errors import FileError
from ..export import evidence_csv, rdf, sssom
from ..opened import OpenRelease
from .output import Output


def write(
    opened: OpenRelease, form: str, path: Path | None, graph: str | None, output: Output
) -> None:
    """Writes an export; a file appears only when it is complete."""
    output.progress(f"exporting {form}")
    if path is None:
        _write(opened, form, sys.stdout.buffer, graph)
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            _write(opened, form, file, graph)
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    output.say(f"Wrote {path}", file=str(path))


def _write(opened: OpenRelease, form: str, file: BinaryIO, graph: str | None) -> None:
    if form in rdf.FORMATS:
        rdf.write(opened.engine, file, form, opened.base, graph)
        return
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = evidence_csv.write if form == "evidence-csv" else sssom.write
    writer(opened.engine, opened.base, text)
    text.detach()
