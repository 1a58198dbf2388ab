"""Dates of facts: a day, or the first and last day of a month."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ..figure import Figure

DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")

Days = tuple[date, date]


def days(figure: Figure | None) -> Days | None:
    """The first and last day that a fact may mean; ``None`` if it holds no date."""
    match = DATE.fullmatch((figure.text or figure.reported).strip()) if figure else None
    if match is None:
        return None
    year, month = int(match[1]), int(match[2])
    try:
        if match[3]:
            day = date(year, month, int(match[3]))
            return day, day
        first = date(year, month, 1)
        return first, date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        return None
