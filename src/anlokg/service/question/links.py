"""The Link header of an answer: the parts beside it, and its other forms (RFC 8288)."""

from __future__ import annotations

from .paging import Window, link
from .task import Task
from .wanted import FORMS

LONGEST = 2000
"""Of longer addresses there are no links: many clients refuse large headers."""


def header(task: Task, form: str, more: bool = False) -> dict[str, str]:
    """The header, if there is one; ``more`` says that more rows follow."""
    window = task.window
    parts: list[tuple[str, Window | None]] = []
    if window.limit is not None:
        parts = [("first", Window(window.limit)), ("prev", window.previous())]
        parts.append(("next", window.next() if more else None))
    if len(task.address()) > LONGEST:
        return {}
    entries = [link(task.address(f".{form}", part), relation) for relation, part in parts if part]
    entries += [
        link(task.address(f".{other}"), "alternate", media_type)
        for media_type, other in FORMS.items()
        if other != form
    ]
    return {"Link": ", ".join(entries)}
