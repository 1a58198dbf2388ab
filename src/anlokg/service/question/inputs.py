"""What a request for a question gives: values of its parameters, and how to answer.

All that is wrong is told at once, each with the name of the parameter and what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import parse_qsl

from ...errors import ParameterError
from ...query.catalogue import Query
from ..refusal import HttpProblem
from ..settings import Settings

RESERVED = ("format", "limit", "offset", "labels", "timeout", "download")
MOST_OFFSET = 1_000_000_000
MOST_FIELDS = 100
SWITCH = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Wish:
    """The values of a question's parameters as they were given, and the answer that is wanted."""

    values: Mapping[str, str]
    format: str | None = None
    limit: int | None = None
    offset: int = 0
    labels: bool = False
    download: bool = False
    timeout_s: float | None = None


@dataclass(slots=True)
class Faults:
    """What is wrong with a request."""

    errors: list[dict[str, object]] = field(default_factory=list)

    def add(self, name: str, detail: str, allowed: tuple[str, ...] = ()) -> None:
        """One more; ``allowed`` lists the values where they can be listed."""
        entry: dict[str, object] = {"parameter": name, "detail": detail}
        self.errors.append(entry | ({"allowed": list(allowed)} if allowed else {}))

    def check(self) -> None:
        """``HttpProblem`` if anything is wrong."""
        if not self.errors:
            return
        detail = "\n".join(f"{entry['parameter']}: {entry['detail']}" for entry in self.errors)
        first = self.errors[0]["parameter"]
        raise HttpProblem(
            400, "parameter", "Wrong parameter", detail, parameter=first, errors=self.errors
        )


def pairs(query_string: bytes) -> list[tuple[str, str]]:
    """Names and values of the query string; what is not UTF-8 is refused."""
    try:
        text = query_string.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        detail = "The parameters must be UTF-8"
        raise HttpProblem(400, "encoding", "Not UTF-8", detail) from None
    except ValueError:
        detail = f"A request may have {MOST_FIELDS} parameters"
        raise HttpProblem(400, "parameter", "Too many parameters", detail) from None


def read(
    query: Query,
    given: list[tuple[str, str]],
    prefixes: Mapping[str, str],
    settings: Settings,
    faults: Faults,
) -> Wish:
    """What is wished; what is wrong goes to ``faults`` and counts as not given."""
    known = {parameter.name for parameter in query.parameters}
    first: dict[str, str] = {}
    for name, value in given:
        if name not in known and name not in RESERVED:
            faults.add(name, _unknown(name, query))
        elif name in first:
            faults.add(name, "is given twice")
        first.setdefault(name, value)
    controls = _Controls(first, faults)
    return Wish(
        values=_values(query, first, prefixes, faults),
        format=first.get("format"),
        limit=controls.whole("limit", 1, settings.most_page_rows),
        offset=controls.whole("offset", 0, MOST_OFFSET) or 0,
        labels=controls.switch("labels"),
        download=controls.switch("download"),
        timeout_s=controls.seconds("timeout"),
    )


def _unknown(name: str, query: Query) -> str:
    own = [parameter.name for parameter in query.parameters]
    near = get_close_matches(name, [*own, *RESERVED], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    has = f"This question has: {', '.join(own)}" if own else "This question has none"
    return f"is unknown{hint} {has}. Every question takes: {', '.join(RESERVED)}"


def _values(
    query: Query, first: Mapping[str, str], prefixes: Mapping[str, str], faults: Faults
) -> dict[str, str]:
    values = {}
    for parameter in query.parameters:
        if parameter.name not in first:
            continue
        value = first[parameter.name]
        try:
            parameter.term(value, prefixes)
        except ParameterError as error:
            detail = str(error).removeprefix(f"parameter {parameter.name}: ")
            faults.add(parameter.name, detail, parameter.allowed)
        else:
            values[parameter.name] = value
    return values


class _Controls:
    """Reads the parameters that every question takes."""

    def __init__(self, given: Mapping[str, str], faults: Faults) -> None:
        self._given, self._faults = given, faults

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number within bounds."""
        text = self._given.get(name)
        if text is None:
            return None
        if text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high:
            return int(text)
        self._faults.add(name, f"{text!r} is not a whole number from {low} to {high}")
        return None

    def switch(self, name: str) -> bool:
        """Yes or no; no where it is not given."""
        text = self._given.get(name, "0").lower()
        if text not in SWITCH:
            self._faults.add(name, f"{text!r} is not one of: {', '.join(SWITCH)}", tuple(SWITCH))
        return SWITCH.get(text, False)

    def seconds(self, name: str) -> float | None:
        """A number of seconds above 0."""
        text = self._given.get(name)
        if text is None:
            return None
        seconds = _number(text)
        if not 0 < seconds < float("inf"):
            self._faults.add(name, f"{text!r} is not a number of seconds above 0")
            return None
        return seconds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
