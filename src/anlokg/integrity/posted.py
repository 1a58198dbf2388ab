"""What the parts of a registry record have in common: keys, numbers, limits, places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..statistics.printed import Printed
from .figure import Figure, Place

Node = Mapping[str, Any]

LONGEST_KEY = 60
LEVEL = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*confidence interval", re.IGNORECASE)
P_VALUE = re.compile(r"\s*([<>]=?|=|≤|≥)?\s*(0?\.\d+|[01](?:\.\d+)?)\s*")
OPERATORS = {"≤": "<=", "≥": ">=", None: "="}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a record a figure stands: the study, the file, the path, and what readers see."""

    study: str
    document: str
    file: str
    section: str
    path: str = ""
    item: str = ""

    def inside(self, *path: object, item: str = "") -> Spot:
        """A spot further down the record."""
        whole = ".".join([*([self.path] if self.path else []), *map(str, path)])
        return replace(self, path=whole, item=item or self.item)

    def figure(self, statement: str, table: str, row: str, column: str, **fields: Any) -> Figure:
        """A figure that stands here."""
        return Figure(
            study=self.study,
            statement=statement,
            result=statement,
            table=table,
            place=Place(self.document, self.section, self.item, row, column),
            source=f"{self.file}: {self.path}",
            **fields,
        )


def nodes(parent: Node, name: str) -> tuple[Node, ...]:
    """The objects of a list of a record; none where there is no such list."""
    return tuple(parent.get(name) or ())


def slug(text: str) -> str:
    """A key of plain letters and digits."""
    words = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
    return words[:LONGEST_KEY].rstrip("-") or "x"


def text(value: object) -> str:
    """A value of a record as it is shown; nothing for what is not there."""
    return "" if value is None else str(value).strip()


def number(value: object) -> Printed | None:
    """A number as posted; ``None`` for "NA" and the like. Thousands may be set off by commas."""
    plain = text(value).replace(",", "")
    if re.fullmatch(r"-?\.\d+", plain):
        plain = plain.replace(".", "0.")
    return Printed.of(plain)


def whole(value: object) -> int | None:
    """A count as posted; ``None`` if it is no whole number."""
    plain = text(value).replace(",", "")
    return int(plain) if re.fullmatch(r"\d+", plain, re.ASCII) else None


def hundredth(percent: Printed) -> Printed:
    """95 as 0.95, with the digits it has."""
    return Printed(percent.value.scaleb(-2))


def hundredfold(share: Printed) -> Printed:
    """0.672 as 67.2, with the digits it has."""
    return Printed(share.value.scaleb(2))


def interval(kind: str, node: Node) -> dict[str, Any]:
    """The fields of limits or of a standard deviation, by what the record calls them."""
    name = kind.replace("_", " ").replace("-", " ").casefold()
    if name == "standard deviation":
        return {"spread": number(node.get("spread"))}
    lower, upper = number(node.get("lowerLimit")), number(node.get("upperLimit"))
    if lower is None and upper is None:
        return {}
    found = {"lower": lower, "upper": upper}
    if match := LEVEL.search(kind):
        level = number(match[1])
        return found | {"interval_type": "ci", "level": level and hundredth(level)}
    kinds = {"full range": "range", "inter quartile range": "iqr", "interquartile range": "iqr"}
    return found | {"interval_type": kinds[name]} if name in kinds else {}


def p_value(posted: str) -> dict[str, Any]:
    """Operator and number of a p-value such as "<.001"; nothing for "NS" and the like."""
    match = P_VALUE.fullmatch(posted)
    if match is None:
        return {}
    return {"p": number(match[2]), "p_operator": OPERATORS.get(match[1], match[1])}


def denominators(*levels: Node) -> dict[str, int]:
    """How many participants of each group are analysed: of the nearest level that says so."""
    for level in levels:
        for denominator in nodes(level, "denoms"):
            if text(denominator.get("units")).casefold() == "participants":
                counts = {
                    text(count.get("groupId")): whole(count.get("value"))
                    for count in nodes(denominator, "counts")
                }
                return {group: count for group, count in counts.items() if count is not None}
    return {}


def unique(keys: Iterator[str]) -> Iterator[str]:
    """The keys, those that came before with a number behind."""
    seen: dict[str, int] = {}
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        yield key if seen[key] == 1 else f"{key}-{seen[key]}"
