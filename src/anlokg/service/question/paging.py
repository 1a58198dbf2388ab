"""Pages of an answer: a part of its rows, and the addresses of the parts beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the rows: ``limit`` of them behind the first ``offset``; all without a limit."""

    limit: int | None
    offset: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.limit is None and not self.offset

    def query(self, text: str) -> str:
        """The query for the part, and for one row more: it tells whether another part follows.

        ``text`` ends with ORDER BY, as every question does.
        """
        parts = [text.rstrip()]
        if self.limit is not None:
            parts.append(f"LIMIT {self.limit + 1}")
        if self.offset:
            parts.append(f"OFFSET {self.offset}")
        return "\n".join(parts) + "\n"

    def next(self) -> Window:
        """The part behind this one."""
        return replace(self, offset=self.offset + (self.limit or 0))

    def previous(self) -> Window | None:
        """The part before this one; ``None`` if this is the first."""
        if not self.offset or self.limit is None:
            return None
        return replace(self, offset=max(0, self.offset - self.limit))


def address(place: str, values: Iterable[tuple[str, str]], window: Window | None = None) -> str:
    """An address with parameters, and with those of a window."""
    fields = list(values)
    if window is not None and window.limit is not None:
        fields.append(("limit", str(window.limit)))
    if window is not None and window.offset:
        fields.append(("offset", str(window.offset)))
    return f"{place}?{urlencode(fields)}" if fields else place


def link(target: str, relation: str, media_type: str = "") -> str:
    """One entry of a Link header."""
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{target}>; rel="{relation}"{kind}'
