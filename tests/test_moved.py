"""Modules are importable by the names that they had, for one release."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import asngraph
from asngraph._moved import MOVED, RENAMED

# What documents named, and what others are likely to have imported.
DOCUMENTED = [
    ("archive.asking", "reading"), ("archive.writing", "writing"), ("rulefiles", "load_rule_file"),
    ("conditions", "Field"), ("conditions", "same"), ("sky", "same_place"), ("validation", "problems"),
    ("validation", "schema_of"), ("pool", "Pool"), ("pools.make", "pool_from_headers"), ("rdf.named", "named_queries"),
    ("rdf.sparql", "ask"), ("spreading", "generate_many"), ("spreading.executors", "spread"),
    ("planning.pipelines", "PIPELINES"), ("columns", "Column"), ("relations", "RELATIONS"), ("predicates", "Column"),
    ("support", "read_support"), ("comparing", "compare"), ("network", "to_networkx"), ("association", "load_asn"),
    ("graph", "generate"), ("graph", "AssociationGraph"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:asngraph:DeprecationWarning")
@pytest.mark.parametrize(("module", "name"), DOCUMENTED)
def test_a_documented_name_is_where_it_was(module: str, name: str) -> None:
    new = importlib.import_module(f"asngraph.{MOVED.get(module, module)}")
    assert getattr(importlib.import_module(f"asngraph.{module}"), name) is getattr(new, name)


@pytest.mark.filterwarnings("ignore:asngraph:DeprecationWarning")
def test_what_has_another_name_is_found() -> None:
    for (module, name), (place, renamed) in RENAMED.items():
        new = importlib.import_module(f"asngraph.{place}")
        assert getattr(importlib.import_module(f"asngraph.{module}"), name) is getattr(new, renamed)
    assert asngraph.questions.holdings.hold is asngraph.questions.collect


def test_every_module_that_moved_is_at_its_new_name_only() -> None:
    for old, new in MOVED.items():
        assert importlib.util.find_spec(f"asngraph.{new}")
        path = ROOT / "asngraph" / old.replace(".", "/")
        assert not path.with_suffix(".py").exists()


def test_whoever_imports_an_old_name_is_warned() -> None:
    code = "import asngraph.pool\nassert asngraph.pool.Pool is asngraph.Pool"
    done = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    # Python 3.13 shows the line, too.
    warning = done.stderr.splitlines()[0]
    assert warning == "<string>:1: DeprecationWarning: asngraph.pool has moved to asngraph.model.pool"


def test_a_module_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=re.escape("asngraph.nothing")):
        importlib.import_module("asngraph.nothing")
    with pytest.raises(AttributeError):
        importlib.import_module("asngraph.model.pool").nothing  # noqa: B018
