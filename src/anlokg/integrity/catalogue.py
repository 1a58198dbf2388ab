"""All rules, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Iterable

from .rule import Rule
from .rules.bands import EVENT_ABOVE_ANY_EVENT, GRADE_BANDS
from .rules.binomial import BINOMIAL_INTERVAL
from .rules.caption import CAPTION_RULE
from .rules.cells import MISSING_CELL
from .rules.dates import DATE_ORDER
from .rules.fatal import FATAL_GRADE
from .rules.information import INFORMATION_BOUND
from .rules.medians import SYMMETRIC_MEDIAN
from .rules.order import INTERVAL_ORDER, PROBABILITY_RANGE, VALUE_IN_INTERVAL
from .rules.percent import COUNT_ABOVE_DENOMINATOR, PERCENT_OF_COUNT
from .rules.pooled import SUMMARY_OF_GROUPS
from .rules.protocol import PROTOCOL_REPORT
from .rules.ranks import SIGNED_RANK_GRID
from .rules.ratios import P_FROM_INTERVAL, RATIO_SYMMETRY
from .rules.reference import REFERENCE_GROUP
from .rules.registry_status import REGISTRY_STATUS
from .rules.sizes import SUBGROUP_SIZE
from .rules.sums import SUM_OF_ARMS, SUM_OF_CATEGORIES, SUM_OF_RESPONSES
from .rules.survival import KAPLAN_MEIER_SHARE, KAPLAN_MEIER_WIDTH, SURVIVAL_ORDER
from .rules.text_table import TEXT_TABLE
from .rules.two_by_two import TWO_BY_TWO
from .rules.units import UNIT_PLAUSIBILITY

RULES: tuple[Rule, ...] = (
    PERCENT_OF_COUNT,
    COUNT_ABOVE_DENOMINATOR,
    INTERVAL_ORDER,
    VALUE_IN_INTERVAL,
    PROBABILITY_RANGE,
    SUM_OF_ARMS,
    SUM_OF_CATEGORIES,
    SUM_OF_RESPONSES,
    GRADE_BANDS,
    EVENT_ABOVE_ANY_EVENT,
    BINOMIAL_INTERVAL,
    SYMMETRIC_MEDIAN,
    KAPLAN_MEIER_SHARE,
    SIGNED_RANK_GRID,
    RATIO_SYMMETRY,
    P_FROM_INTERVAL,
    INFORMATION_BOUND,
    TWO_BY_TWO,
    TEXT_TABLE,
    CAPTION_RULE,
    UNIT_PLAUSIBILITY,
    REFERENCE_GROUP,
    FATAL_GRADE,
    PROTOCOL_REPORT,
    REGISTRY_STATUS,
    SUBGROUP_SIZE,
    MISSING_CELL,
    DATE_ORDER,
    SUMMARY_OF_GROUPS,
    SURVIVAL_ORDER,
    KAPLAN_MEIER_WIDTH,
)


def chosen(ids: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of these ids, in the order of the catalogue; all of them if there are no ids.

    Raises ``ValueError`` that names the ids that no rule has.
    """
    wanted = set(ids)
    known = [rule.id for rule in RULES]
    if unknown := sorted(wanted - set(known)):
        raise ValueError(f"no rule is called {', '.join(unknown)}; there are: {', '.join(known)}")
    return tuple(rule for rule in RULES if not wanted or rule.id in wanted)
