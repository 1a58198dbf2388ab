"""What the pooled number would be without each of its studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .effects import Effect
from .models import Method, Model, Pooled, pool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The pooled number without the effect of this label and key."""

    label: str
    key: str
    pooled: Pooled


def leave_one_out(
    effects: Sequence[Effect],
    model: Model = "random",
    method: Method = "REML",
    knapp_hartung: bool = True,
    level: float = 0.95,
    *,
    truncated: bool = False,
) -> tuple[LeftOut, ...]:
    """One pooled number for each effect, made of all others; none if there is one effect only.

    Arguments and errors are those of ``pool``. Intervals of tau², I² and H² are not worked out.
    """
    if len(effects) < 2:
        return ()
    return tuple(
        LeftOut(
            left.label,
            left.key,
            pool(
                [*effects[:place], *effects[place + 1 :]],
                model,
                method,
                knapp_hartung,
                level,
                truncated=truncated,
                intervals=False,
            ),
        )
        for place, left in enumerate(effects)
    )
