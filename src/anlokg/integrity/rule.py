"""What a rule is: a name, a definition, and a function from figures to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .figure import StudyFigures
from .finding import Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """A plain unit: ``check`` looks at one study and yields what it does not accept.

    ``definition`` says in a sentence or two what must hold and with what tolerance. A rule runs in
    time linear in the figures of the study and keeps no state.
    """

    id: str
    title: str
    definition: str
    check: Callable[[StudyFigures], Iterator[Finding]]
