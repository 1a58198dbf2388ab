"""A printed number: its value, its digits, and the box of values that round to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed: ``Printed.of("0.70")`` is 0.7 with two decimals, from 0.695 to 0.705.

    The box is closed on both sides: whether a paper rounds halves up or to even is not known.
    """

    value: Decimal

    @classmethod
    def of(cls, text: str) -> Printed | None:
        """The number of a table cell; ``None`` if the cell is empty or holds no plain number."""
        return cls(Decimal(text)) if NUMBER.fullmatch(text) else None

    @property
    def decimals(self) -> int:
        """Digits after the point, trailing zeros counted."""
        return max(0, -int(self.value.as_tuple().exponent))

    @property
    def ulp(self) -> Decimal:
        """One unit of the last printed digit."""
        return Decimal(1).scaleb(-self.decimals)

    @property
    def low(self) -> float:
        """The smallest value that rounds to this number."""
        return float(self.value - self.ulp / 2)

    @property
    def high(self) -> float:
        """The largest value that rounds to this number."""
        return float(self.value + self.ulp / 2)

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        return str(self.value)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """``value`` with so many decimals, halves away from zero, as papers round."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
