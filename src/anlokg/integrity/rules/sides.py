"""How rules name a comparison, a group and a p-value: the same words in every finding."""

from __future__ import annotations

from collections.abc import Mapping

from ..figure import Figure, Group

# Keys that clinicians know by their letters; other keys are read as words.
LETTERS = frozenset(
    {"orr", "dcr", "pfs", "os", "dor", "ttp", "css", "cr", "pr", "sd", "pd", "ne", "ecog", "ps"}
    | {"bmi", "ldh", "afp", "hbv", "hcv", "fnclcc", "bclc", "alt", "ast", "ggt", "alp", "ldl"}
)
SMALLEST_P = 0.0001


def comparison(figure: Figure, groups: Mapping[str, Group]) -> str:
    """What is compared, such as "hazard ratio of PFS, Anlotinib against Placebo"."""
    what = f"{spelled(figure.statistic)} of {spelled(figure.endpoint)}"
    if figure.experimental and figure.reference:
        experimental, reference = figure.experimental, figure.reference
        return f"{what}, {called(experimental, groups)} against {called(reference, groups)}"
    return f"{what} by {spelled(figure.variable)}" if figure.variable else what


def called(group: str, groups: Mapping[str, Group]) -> str:
    """The label of a group, or its key as words if it has none."""
    found = groups.get(group)
    return found.label if found and found.label else spelled(group)


def spelled(key: str) -> str:
    """A key as it is read: "hazard ratio" for hazard-ratio, "ECOG PS" for ecog-ps."""
    return " ".join(word.upper() if word in LETTERS else word for word in key.split("-"))


def p_value(p: float) -> str:
    """A p-value with four decimals, "below 0.0001" under them."""
    return f"{p:.4f}" if p >= SMALLEST_P else f"below {SMALLEST_P}"


def printed_p(figure: Figure) -> str:
    """The p of a figure as it is read: "p = 0.031", "p < 0.001"."""
    return f"p {figure.p_operator} {figure.p}"


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]
