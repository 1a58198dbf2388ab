"""What a plot says of a pooled number: its model, its heterogeneity, p-values."""

from __future__ import annotations

from ..models import Pooled
from ..subgroups import Subgroups

MINUS = "\N{MINUS SIGN}"
# Not printable as Python has it, but part of text.
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{NO-BREAK SPACE}"


def clean(text: str) -> str:
    """A text in one line, without control characters: neither XML nor a font knows them."""
    kept = (sign if sign.isprintable() or sign in JOINERS else " " for sign in text)
    return "".join(kept)


def p_value(p: float) -> str:
    """``p = 0.03``, or ``p < 0.001``."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def plain(value: float) -> str:
    """A number of heterogeneity: three digits that count."""
    if value == 0:
        return "0"
    if 1000 <= abs(value) < 1e6:
        return f"{value:.0f}".replace("-", MINUS)
    if abs(value) >= 1e6 or abs(value) < 0.0005:
        return f"{value:.2e}".replace("e-0", "e-").replace("e+0", "e").replace("-", MINUS)
    return f"{value:.3g}".replace("-", MINUS)


def model_name(pooled: Pooled) -> str:
    """The model and its method in a few words."""
    if pooled.model == "single":
        return "One study"
    if pooled.model == "fixed":
        return "Fixed effect (inverse variance)"
    method = f"{pooled.method}, Hartung-Knapp" if pooled.df is not None else pooled.method
    return f"Random effects ({method})"


def heterogeneity(pooled: Pooled) -> str:
    """tau², I² and Q of a pooled number in a line; "" for a single study."""
    parts = []
    if pooled.tau2 is not None:
        within = _around(pooled.tau2_lower, pooled.tau2_upper, f"{100 * pooled.level:g} % CI ")
        parts.append(f"tau² = {plain(pooled.tau2)}{within}")
    if pooled.i2 is not None:
        within = _around(pooled.i2_lower, pooled.i2_upper, percents=True)
        parts.append(f"I² = {pooled.i2:.0f} %{within}")
    if pooled.q is not None and pooled.q_p is not None:
        parts.append(f"Q = {pooled.q:.2f}, df = {pooled.q_df}, {p_value(pooled.q_p)}")
    return f"Heterogeneity: {'; '.join(parts)}" if parts else ""


def _around(
    lower: float | None, upper: float | None, what: str = "", percents: bool = False
) -> str:
    if lower is None or upper is None:
        return ""
    if percents:
        return f" ({lower:.0f} to {upper:.0f})"
    return f" ({what}{plain(lower)} to {plain(upper)})"


def difference(found: Subgroups) -> str:
    """The test between subgroups in a line, and which tau² it rests on; "" if there is none."""
    if found.statistic is None or found.p is None:
        return ""
    test = f"chi² = {found.statistic:.2f}, df = {found.df}"
    if found.df_residual is not None:
        test = f"F = {found.statistic:.2f}, df = {found.df} and {found.df_residual}"
    shared = {
        True: "; the subgroups share one tau²",
        False: "; each subgroup has its own tau²",
        None: "",
    }[found.common_tau2]
    return f"Differences between subgroups: {test}, {p_value(found.p)}{shared}"
