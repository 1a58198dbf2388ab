"""How the modules hang together: imports point one way, modules stay small and say what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import anlokg

ROOT = Path(anlokg.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES = 400

# From low to high: a unit imports only units above it in this list. ``graphs``, ``build`` and
# ``check`` put the stages together; ``cli`` and ``service`` are what people and programs meet.
UNITS = (
    "errors", "version", "namespaces", "locations", "resources", "statistics",
    "tables", "mapping", "reasoning", "ontology", "validation", "integrity",
    "release", "engine", "query", "opened", "description",
    "export", "show", "ask",
    "graphs", "build", "check", "search", "publish", "synthesis",
    "service", "cli",
)  # fmt: skip
# The package itself offers what callers from Python need.
FACADE = {"errors", "opened", "version"}

PUBLIC = [
    "AnlokgError", "MappingError", "OpenRelease", "ParameterError", "Problem", "QueryError",
    "QuerySyntaxError", "ReasoningError", "ReleaseError", "ResourcesNotFound", "ShapeError",
    "TableError", "UnknownQuery", "ValidationFailed", "__version__", "open_release",
]  # fmt: skip


def name_of(path: Path) -> str:
    """``release.shelf`` of ``release/shelf.py``; a package is named by its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path) for path in FILES}


a_module = pytest.mark.parametrize("path", FILES, ids=name_of)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path, *, everywhere: bool = True) -> Iterator[str]:
    """Modules of the package that a module imports: in its functions too, or at its top only."""
    parsed = tree(path)
    nodes = ast.walk(parsed) if everywhere else iter(parsed.body)
    package = path.relative_to(ROOT).parts[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("anlokg"), "imports within are relative"
        if not isinstance(node, ast.ImportFrom):
            continue
        assert not (node.module or "").startswith("anlokg"), "imports within are relative"
        if not node.level:
            continue
        start = package[: len(package) - node.level + 1]
        source = ".".join([*start, *([node.module] if node.module else [])])
        for alias in node.names:
            whole = f"{source}.{alias.name}".removeprefix(".")
            yield whole if whole in MODULES else source


def unit(module: str) -> str:
    return module.partition(".")[0]


def test_every_unit_has_its_place() -> None:
    own = {"__init__", "__main__"}
    assert {unit(module) for module in MODULES} - own == set(UNITS)


@a_module
def test_imports_point_down(path: Path) -> None:
    module = name_of(path)
    found = {unit(other) for other in imported(path)} - {unit(module)}
    if module == "__main__":
        assert found == {"cli"}
    elif module == "__init__":
        assert found == FACADE
    else:
        allowed = set(UNITS[: UNITS.index(unit(module))])
        assert found <= allowed, f"{module} imports {', '.join(sorted(found - allowed))}"


def test_no_modules_import_each_other_when_they_load() -> None:
    graph = {name_of(path): set(imported(path, everywhere=False)) for path in FILES}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"imports go round: {' -> '.join(error.args[1])}")


def test_only_the_builder_and_its_parts_know_several_stages() -> None:
    stages = {"tables", "mapping", "reasoning", "validation", "integrity"}
    for path in FILES:
        # What the command line offers on tables alone (compare, new-study, XLSX) is no building.
        if unit(name_of(path)) in ("graphs", "check", "validation", "cli"):
            continue
        found = {unit(other) for other in imported(path)} & stages - {unit(name_of(path))}
        assert len(found) < 2, f"{name_of(path)} knows {', '.join(sorted(found))}"


@a_module
def test_a_module_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@a_module
def test_modules_classes_and_functions_say_what_they_do(path: Path) -> None:
    parsed = tree(path)
    assert ast.get_docstring(parsed), "the module has no docstring"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [n for n in parsed.body if isinstance(n, kinds) and not n.name.startswith("_")]
    silent = [node.name for node in public if not ast.get_docstring(node)]
    assert silent == []


def test_the_public_names_are_these() -> None:
    assert anlokg.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(anlokg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        anlokg.nothing  # noqa: B018
