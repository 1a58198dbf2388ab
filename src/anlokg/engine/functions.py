"""Functions that queries may call beyond those of SPARQL: their names, arguments and results.

This is what is known of them everywhere. ``calls`` computes them, and loads what that needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from ..namespaces import FUNCTIONS as NAMESPACE
from ..namespaces import OUTSIDE
from . import shape

INTEGER, NUMBER = "integer", "number"
RESULT = f"{OUTSIDE['xsd']}double"
TELLING = "function/"


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument: an ``integer``, or a ``number`` (integer, decimal, float or double)."""

    name: str
    type: str
    meaning: str
    default: float | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of numbers whose result is an xsd:double.

    ``sample`` holds arguments for which there is a result, as SPARQL.
    """

    name: str
    parameters: tuple[Parameter, ...]
    title: str
    meaning: str
    sample: str

    @property
    def iri(self) -> str:
        return NAMESPACE + self.name

    @property
    def fewest(self) -> int:
        """How many arguments it takes at least."""
        return sum(parameter.default is None for parameter in self.parameters)

    @property
    def signature(self) -> str:
        """Its name and arguments, those that may be left out in brackets."""
        needed = ", ".join(parameter.name for parameter in self.parameters[: self.fewest])
        spare = "".join(f" [, {parameter.name}]" for parameter in self.parameters[self.fewest :])
        return f"{self.name}({needed}{spare})"

    @property
    def comment(self) -> str:
        """All that a person must know of it."""
        arguments = "; ".join(
            f"{parameter.name}: {parameter.meaning} ({parameter.type}{_spare(parameter)})"
            for parameter in self.parameters
        )
        return f"{self.meaning} {self.signature}, where {arguments}. The result is an xsd:double."


def _spare(parameter: Parameter) -> str:
    return "" if parameter.default is None else f", {parameter.default} if left out"


K = Parameter("k", INTEGER, "patients with the event")
N = Parameter("n", INTEGER, "all patients; 1 or more, and k or more")
LEVEL = Parameter("level", NUMBER, "confidence level between 0 and 1", 0.95)
LOWER = Parameter("lower", NUMBER, "lower bound of the interval of the ratio, above 0")
UPPER = Parameter("upper", NUMBER, "upper bound, above the lower one")

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "exactLower", (K, N, LEVEL),
        "lower bound of the exact interval",
        "Lower bound of the exact (Clopper-Pearson) confidence interval of the share k/n,"
        " from 0 to 1.",
        "5, 68",
    ),
    Function(
        "exactUpper", (K, N, LEVEL),
        "upper bound of the exact interval",
        "Upper bound of the exact (Clopper-Pearson) confidence interval of the share k/n,"
        " from 0 to 1.",
        "5, 68",
    ),
    Function(
        "wilsonLower", (K, N, LEVEL),
        "lower bound of Wilson's interval",
        "Lower bound of Wilson's score interval of the share k/n, from 0 to 1.",
        "5, 68",
    ),
    Function(
        "wilsonUpper", (K, N, LEVEL),
        "upper bound of Wilson's interval",
        "Upper bound of Wilson's score interval of the share k/n, from 0 to 1.",
        "5, 68",
    ),
    Function(
        "fisherP",
        (
            Parameter("a", INTEGER, "patients of the first group with the event"),
            Parameter("b", INTEGER, "patients of the first group without it"),
            Parameter("c", INTEGER, "patients of the second group with it"),
            Parameter("d", INTEGER, "patients of the second group without it"),
        ),
        "p of Fisher's exact test",
        "Two-sided p of Fisher's exact test of a 2x2 table; no row or column of it may be empty.",
        "8, 2, 1, 5",
    ),
    Function(
        "logStandardError", (LOWER, UPPER, LEVEL),
        "standard error of a log ratio",
        "Standard error of the logarithm of a ratio (hazard, risk, odds), from its confidence"
        " interval.",
        "0.55, 0.89",
    ),
    Function(
        "waldP",
        (Parameter("ratio", NUMBER, "hazard, risk or odds ratio, above 0"), LOWER, UPPER, LEVEL),
        "p of a ratio and its interval",
        "Two-sided Wald p of a ratio against 1, from the ratio and its confidence interval.",
        "0.7, 0.55, 0.89",
    ),
    Function(
        "zToP", (Parameter("z", NUMBER, "a value of the standard normal distribution"),),
        "p of a z",
        "Two-sided p of a z value.",
        "1.96",
    ),
)  # fmt: skip

BY_IRI = {function.iri: function for function in FUNCTIONS}


def may_name(query: str, base: str = "") -> bool:
    """Whether a query may call a function of ours; when in doubt, it may.

    An IRI is spelled out, or put together from a prefix or a base at one of its slashes: then
    ``function/`` stands in the text. Only escapes can hide it, and these have a backslash.
    """
    return TELLING in query or "\\" in query or TELLING in base


def named(query: str) -> tuple[Function, ...]:
    """The functions that a query names, as an IRI or by a prefix, in the order of the table."""
    if not may_name(query):
        return ()
    found = set(_iris(query))
    return tuple(function for function in FUNCTIONS if function.iri in found)


def _iris(query: str) -> Iterator[str]:
    """The IRIs of a query in full, as far as it says itself what they are."""
    prefixes: dict[str, str] = {}
    base, before, earlier = "", "", ""
    for token in shape.tokens(query):
        if token.startswith("<"):
            iri = urljoin(base, token[1:-1]) if base else token[1:-1]
            if before.upper() == "BASE":
                base = iri
            elif earlier.upper() == "PREFIX":
                prefixes[before.removesuffix(":")] = iri
            yield iri
        elif ":" in token and token[0] not in "'\"#":
            prefix, _, local = token.partition(":")
            if prefix in prefixes:
                yield prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
        if not token.startswith("#"):
            earlier, before = before, token
