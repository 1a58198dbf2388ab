"""An answer written in one of its forms."""

from __future__ import annotations

from .answer import Answer
from .report import as_csv, as_data, as_json

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "rq": "application/sparql-query",
}


def written(answer: Answer, form: str) -> bytes:
    """The answer as ``json``, ``csv``, ``html`` (a whole page), ``svg``, ``png`` or ``rq``.

    Raises ``SynthesisRefused`` where a plot has nothing to show.
    """
    if form == "png":
        return drawn(answer, "png")
    if form == "svg":
        return drawn(answer, "svg")
    return _text(answer, form).encode()


def _text(answer: Answer, form: str) -> str:
    if form == "json":
        return as_json(as_data(answer))
    if form == "csv":
        return as_csv(as_data(answer))
    if form == "html":
        from . import page

        svg = drawn(answer, "svg").decode()
        return page.document(as_data(answer), svg[svg.index("<svg") :])
    if form == "rq":
        return "\n".join(only for _, _, only in answer.queries if only)
    raise ValueError(f"there is no form {form}")


def drawn(answer: Answer, form: str) -> bytes:
    """The plot as ``svg`` or ``png``; matplotlib is loaded for it."""
    from . import picture
    from .plots.forest import png, svg

    data = picture.of_answer(answer)
    return svg(data) if form == "svg" else png(data)
