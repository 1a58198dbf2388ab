"""Makes a synthesis from a release, and writes it in the form that is wanted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..errors import FileError
from ..opened import OpenRelease
from ..search import names
from ..search.index import Index
from ..synthesis import forms, wording
from ..synthesis.answer import Answer, answer
from ..synthesis.compatibility import Incompatible
from ..synthesis.findings import query as query_of_findings
from ..synthesis.findings import read as read_findings
from ..synthesis.inputs import Row
from ..synthesis.plan import plan
from ..synthesis.refusal import SynthesisRefused
from ..synthesis.report import as_data
from ..synthesis.request import Wish, read
from ..synthesis.wording import Data
from .output import Output


def write(opened: OpenRelease, wish: Wish, form: str, path: Path | None, output: Output) -> None:
    """Writes a synthesis; a file appears only when it is complete.

    Raises ``ParameterError`` for a wish that is not understood, ``SynthesisRefused`` for figures
    that should not be pooled, ``FileError`` for a file that cannot be written.
    """
    try:
        made = make(opened, wish)
    except Incompatible as error:
        raise SynthesisRefused(*error.reasons, "--force pools them nevertheless") from None
    if form == "table":
        data = as_data(made)
        if path is None:
            _show(data, output)
            return
        body = "\n".join(wording.page(data)).encode()
    else:
        body = forms.written(made, form)
    if path is None:
        sys.stdout.buffer.write(body + (b"" if form == "png" or body.endswith(b"\n") else b"\n"))
        sys.stdout.buffer.flush()
        return
    save(path, body)
    output.say(f"Wrote {path}", file=str(path))


def make(opened: OpenRelease, wish: Wish) -> Answer:
    """The answer of a release; raises as ``write`` does."""
    request = read(wish, index(opened), opened.base)
    asked = plan(request, opened.queries, opened.base)
    found = [rows(opened, query.text) for query in asked]
    results = {row["result"] or "" for some in found for row in some}
    flags = read_findings(rows(opened, query_of_findings(opened.base, results)))
    return answer(request, asked, found, flags, opened.manifest.id)


def index(opened: OpenRelease) -> Index:
    """The index of the names of a release."""
    wanted = names.queries(opened.base)
    found = {name: [list(row.values()) for row in rows(opened, text)]
             for name, text in wanted.items()}  # fmt: skip
    return Index(names.collect(opened.base, found, opened.queries))


def rows(opened: OpenRelease, text: str) -> list[Row]:
    """Rows of an answer: IRIs in full, literals as their text."""
    answer = opened.run(text)
    columns = answer.columns
    return [
        {name: getattr(term, "value", None) for name, term in zip(columns, row, strict=True)}
        for row in answer.rows()
    ]


def _show(data: Data, output: Output) -> None:
    if not output.quiet:
        print("\n".join(wording.before(data)))
    output.table(*wording.inputs(data))
    print("\n".join(wording.after(data)))


def save(path: Path, body: bytes) -> None:
    """Writes a file, whole or not at all; ``FileError`` if it cannot be written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(body)
        part.replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
