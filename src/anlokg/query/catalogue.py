"""The shipped queries by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ..errors import QueryError, UnknownQuery
from ..namespaces import Base
from . import header, parameters
from .header import Header
from .parameters import Parameter


@dataclass(frozen=True, slots=True)
class Query:
    """One query: its text for the base in use, what it says of itself, and its parameters."""

    name: str
    topic: str
    text: str
    header: Header
    parameters: tuple[Parameter, ...]

    def bound(self, values: Mapping[str, str], base: Base) -> str:
        """SPARQL with the parameters bound; ``ParameterError`` for a wrong or unknown one."""
        return parameters.bind(self.text, self.parameters, values, base.prefixes())


def read(path: Path, base: Base | None = None) -> Query:
    """One query file; a file without a header becomes a query without title and columns."""
    text = (base or Base()).rewrite(path.read_text(encoding="utf-8"))
    if any(line.startswith("#+") for line in text.splitlines()):
        head = header.parse(text, str(path))
    else:
        head = Header(path.stem, path.stem, (), {})
    found = parameters.find(text, head.defaults, head.enumerate, str(path))
    return Query(path.stem, path.parent.name, text, head, found)


def load(folder: Path, base: Base | None = None) -> dict[str, Query]:
    """All queries below a folder, by name; names are unique over its topics."""
    queries: dict[str, Query] = {}
    for path in sorted(folder.glob("*/*.rq")):
        query = read(path, base)
        if query.name in queries:
            raise QueryError(f"{path}: another topic has a query {query.name} too")
        queries[query.name] = query
    return queries


def get(queries: Mapping[str, Query], name: str) -> Query:
    """A query by name; ``UnknownQuery`` suggests the nearest ones."""
    if name in queries:
        return queries[name]
    near = get_close_matches(name, queries, n=3)
    hint = f". Did you mean: {', '.join(near)}?" if near else ". 'anlokg queries' lists them"
    raise UnknownQuery(f"no query is called {name!r}{hint}")
