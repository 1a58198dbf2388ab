"""A result as it was printed: statements with the same numbers are looked at once."""

from __future__ import annotations

from collections.abc import Iterable

from ..figure import Figure


def printings(figures: Iterable[Figure]) -> list[tuple[Figure, ...]]:
    """Statements of the same result with the same ratio, interval and p-value, by first place."""
    found: dict[tuple[object, ...], list[Figure]] = {}
    for figure in figures:
        numbers = figure.value, figure.lower, figure.upper, figure.level
        key = (figure.result, *numbers, figure.p, figure.p_operator, figure.bound)
        found.setdefault(key, []).append(figure)
    return [tuple(statements) for statements in found.values()]
