"""The error of figures that cannot, or should not, be brought together."""

from __future__ import annotations

from ..errors import AnlokgError


class SynthesisRefused(AnlokgError):
    """Figures that are not pooled; ``reasons`` says why, each with what to do about it."""

    exit_code = 13

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))
