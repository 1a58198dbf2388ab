"""What a rule finds: data, never a change of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .figure import Figure


class Severity(StrEnum):
    """How grave a finding is, gravest first."""

    contradiction = "contradiction"  # no value inside the rounding box is consistent
    method_mismatch = "method-mismatch"  # only another method than the stated one gives it
    last_digit_rounding = "last-digit-rounding"  # one unit of the last digit off
    semantic = "semantic"  # a direction, reference or category that is missing or disagrees
    unit = "unit"  # a unit that cannot be, or is missing
    information = "information"  # worth knowing; the figure may well be right


class Conclusion(StrEnum):
    """Whether what the paper concludes from the figure holds for the recomputed one."""

    survives = "survives"
    changes = "changes"
    not_touched = "not-touched"  # nothing is concluded from the figure
    open = "open"  # cannot be told from what is printed


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure, or some figures, that a rule does not accept as printed.

    ``reported`` and ``recomputed`` are short texts with numbers in them; ``recomputed`` carries
    the exact recomputed numbers. ``method`` says how they were computed. ``explanation``: two
    sentences that a clinician understands. ``figures``: the gravest or principal first.
    """

    rule: str
    severity: Severity
    study: str
    figures: tuple[Figure, ...]
    reported: str
    recomputed: str
    method: str
    explanation: str
    conclusion: Conclusion = Conclusion.not_touched

    @property
    def statements(self) -> tuple[str, ...]:
        """Keys of the statements involved."""
        return tuple(figure.statement for figure in self.figures)

    @property
    def locators(self) -> tuple[str, ...]:
        """Where they were printed."""
        return tuple(str(figure.place) for figure in self.figures)
