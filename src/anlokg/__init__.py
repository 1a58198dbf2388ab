"""anlokg: the clinical evidence on anlotinib as a knowledge graph.

>>> import anlokg
>>> release = anlokg.open_release()  # doctest: +SKIP
>>> for row in release.rows("find-benefit"):  # doctest: +SKIP
...     print(row)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    AnlokgError,
    MappingError,
    ParameterError,
    Problem,
    QueryError,
    QuerySyntaxError,
    ReasoningError,
    ReleaseError,
    ResourcesNotFound,
    ShapeError,
    TableError,
    UnknownQuery,
    ValidationFailed,
)
from .version import __version__

if TYPE_CHECKING:
    from .opened import OpenRelease, open_release

__all__ = [
    "AnlokgError",
    "MappingError",
    "OpenRelease",
    "ParameterError",
    "Problem",
    "QueryError",
    "QuerySyntaxError",
    "ReasoningError",
    "ReleaseError",
    "ResourcesNotFound",
    "ShapeError",
    "TableError",
    "UnknownQuery",
    "ValidationFailed",
    "__version__",
    "open_release",
]


def __getattr__(name: str) -> Any:
    # The engine is loaded when it is first asked for, so that `anlokg --help` stays quick.
    if name in ("OpenRelease", "open_release"):
        from . import opened

        return getattr(opened, name)
    raise AttributeError(f"module 'anlokg' has no attribute {name!r}")
