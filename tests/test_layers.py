"""How modules import each other; which packages import which is a contract of import-linter, in pyproject.toml."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import networkx as nx
import pytest
from sources import trees


def own_imports_in_functions(tree: ast.Module) -> Iterator[str]:
    """Yield the modules of asngraph that functions import when they are called."""
    functions = (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    for statement in (statement for function in functions for statement in ast.walk(function)):
        if isinstance(statement, ast.ImportFrom):
            names = ["asngraph" if statement.level else statement.module or ""]
        elif isinstance(statement, ast.Import):
            names = [name.name for name in statement.names]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] == "asngraph")


def test_functions_import_other_packages_only() -> None:
    found = {
        path: list(own_imports_in_functions(tree))
        for path, tree in trees().items()
        if not path.startswith("cli/")  # commands start at once, and load what they need
    }
    assert len(found) > 100
    assert {path: names for path, names in found.items() if names} == {}


def test_no_module_imports_itself_by_way_of_others() -> None:
    grimp = pytest.importorskip("grimp", reason="needs the extra `lint`")
    found = grimp.build_graph("asngraph", cache_dir=None)
    graph = nx.DiGraph((one, other) for one in found.modules for other in found.find_modules_directly_imported_by(one))
    assert "asngraph.cli" in graph
    loops = [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]
    assert loops == []
