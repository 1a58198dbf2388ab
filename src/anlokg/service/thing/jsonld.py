"""What a page says, as JSON-LD inside of it, for programs that read pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..question.rows import Cell, Row
from .neighbourhood import TYPE

DEEPEST = 12
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What could end the element that the text stands in, or a line of a script."""

Tree = Mapping[str, Sequence[tuple[str, Cell]]]


def embedded(
    iri: str, rows: Iterable[Row], tree: Tree, back: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Triples of a thing, columns p, o, …, as expanded JSON-LD that is safe within HTML.

    ``back`` has, by property, what refers to the thing.
    """
    pairs = [(row[0][1], row[1]) for row in rows if row[0] is not None and row[1] is not None]
    node = {"@id": iri, **_properties(pairs, tree, 0)}
    if back:
        node["@reverse"] = {name: [{"@id": other} for other in back[name]] for name in back}
    text = json.dumps([node], ensure_ascii=False, sort_keys=True)
    return "".join(UNSAFE.get(sign, sign) for sign in text)


def _properties(pairs: Iterable[tuple[str, Cell]], tree: Tree, depth: int) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for predicate, cell in pairs:
        if cell[0] == "triple":
            continue  # JSON-LD has no form for statements about statements
        key, value = predicate, _value(cell, tree, depth)  # type: str, Any
        if predicate == TYPE and cell[0] == "iri":
            key, value = "@type", cell[1]
        values = found.setdefault(key, [])
        if value not in values:  # a triple is in each graph that says so
            values.append(value)
    # In an order of their own: engines give rows as they come.
    return {key: sorted(values, key=_written) for key, values in found.items()}


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _value(cell: Cell, tree: Tree, depth: int) -> dict[str, Any]:
    kind, text = cell[0], cell[1]
    if kind == "iri":
        return {"@id": text}
    if kind == "blank":
        named = {"@id": f"_:{text}"}
        return (
            named if depth >= DEEPEST else named | _properties(tree.get(text, ()), tree, depth + 1)
        )
    detail = cell[2] if len(cell) > 2 else ""
    if detail.startswith("@"):
        return {"@value": text, "@language": detail[1:]}
    return {"@value": text, "@type": detail} if detail else {"@value": text}
