"""Typed parameters of a query, after grlc: the variable ``?_name_type`` is a parameter ``name``.

Values are checked and bound as RDF terms, through a VALUES row at the start of the WHERE group;
they are never spliced into the query as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..errors import ParameterError, QueryError
from . import scan

PARAMETER = re.compile(r"_(?P<name>[a-z][a-z0-9]*(?:_[a-z0-9]+)*)_(?P<type>[a-z]+)")
TYPES = ("iri", "string", "integer", "decimal", "date")
XSD = "http://www.w3.org/2001/XMLSchema#"
IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\x00-\x20<>\"{}|^`\\\[\]%\ud800-\udfff]|%[0-9A-Fa-f]{2})*"
)
NUMBERS = {
    "integer": re.compile(r"[+-]?\d+", re.ASCII),
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII),
}
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SURROGATE = re.compile(r"[\ud800-\udfff]")
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query; free (no filter) where it has no default."""

    name: str
    type: str
    default: str | None = None
    allowed: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return f"_{self.name}_{self.type}"

    def term(self, value: str, prefixes: Mapping[str, str]) -> str:
        """The value as an RDF term in N-Triples form; ``ParameterError`` says what is allowed."""
        keys = {choice.partition(":")[2] for choice in self.allowed if self.type == "iri"}
        if self.allowed and value not in (*self.allowed, *keys):
            choices = ", ".join(self.allowed)
            raise ParameterError(self.name, f"{value!r} is not one of: {choices}")
        if self.type == "iri":
            return self._iri(value, prefixes)
        if self.type == "string":
            if SURROGATE.search(value):
                raise ParameterError(self.name, f"{value!r} is not Unicode text")
            return f'"{value.translate(ESCAPES)}"'
        return self._typed(value)

    def _iri(self, value: str, prefixes: Mapping[str, str]) -> str:
        prefix, colon, local = value.partition(":")
        full = value
        if colon and prefix in prefixes:
            full = prefixes[prefix] + local
        elif not colon and self._kind(prefixes):
            full = prefixes[self._kind(prefixes)] + value
        if not value or not IRI.fullmatch(full):
            example = self.default or f"{self._kind(prefixes) or 'study'}:KEY"
            raise ParameterError(self.name, f"{value!r} is not an IRI or CURIE, such as {example}")
        return f"<{full}>"

    def _kind(self, prefixes: Mapping[str, str]) -> str:
        """The prefix that a bare key is short of: that of the default, a choice, or the name."""
        for example in (self.default or "", *self.allowed, f"{self.name.replace('_', '-')}:"):
            prefix = example.partition(":")[0]
            if ":" in example and prefix in prefixes:
                return prefix
        return ""

    def _typed(self, value: str) -> str:
        fits = _is_date(value) if self.type == "date" else NUMBERS[self.type].fullmatch(value)
        if not fits:
            form = "YYYY-MM-DD" if self.type == "date" else f"an xsd:{self.type}"
            raise ParameterError(self.name, f"{value!r} is not {form}")
        return f'"{value}"^^<{XSD}{self.type}>'


def find(
    query: str, defaults: Mapping[str, str], enumerate: Mapping[str, tuple[str, ...]], name: str
) -> tuple[Parameter, ...]:
    """The parameters of a query, by name; ``QueryError`` where header and query do not fit."""
    found: dict[str, Parameter] = {}
    for variable in scan.variables(query):
        match = PARAMETER.fullmatch(variable)
        if match is None:
            continue
        if match["type"] not in TYPES:
            raise QueryError(f"{name}: ?{variable} has no known type. Known: {', '.join(TYPES)}")
        key = match["name"]
        if key in found and found[key].type != match["type"]:
            raise QueryError(f"{name}: the parameter {key} has two types in the query")
        found[key] = Parameter(key, match["type"], defaults.get(key), enumerate.get(key, ()))
    for key in {*defaults, *enumerate} - found.keys():
        raise QueryError(f"{name}: the header names a parameter {key}, the query has none")
    return tuple(found[key] for key in sorted(found))


def bind(
    query: str,
    parameters: tuple[Parameter, ...],
    values: Mapping[str, str],
    prefixes: Mapping[str, str],
) -> str:
    """The query with its parameters bound to values, or to their defaults."""
    known = {parameter.name for parameter in parameters}
    for name in values:
        if name not in known:
            have = ", ".join(sorted(known)) or "none"
            raise ParameterError(name, f"is unknown; this query has: {have}")
    rows = []
    for parameter in parameters:
        value = values.get(parameter.name, parameter.default)
        if value is not None:
            term = parameter.term(str(value), prefixes)
            rows.append(f"VALUES ?{parameter.variable} {{ {term} }}")
    if not rows:
        return query
    position = scan.where_start(query)
    if position is None:
        raise QueryError("the query has no WHERE group to bind parameters in")
    return f"{query[:position]} {' '.join(rows)} {query[position:]}"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return bool(DATE.fullmatch(value))
