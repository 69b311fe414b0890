"""A program that uses asngraph is checked by mypy."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import asngraph

SCRIPT = """\
from pathlib import Path

import pandas as pd

import asngraph
from asngraph.questions import Belonging, Source, collect


def roles(source: Source, exposure: str) -> list[str]:
    found: list[Belonging] = asngraph.which(source, exposure)
    return [each.exptype for each in found]


pool = asngraph.Pool.read("pool.csv")
graph = asngraph.generate(pd.DataFrame({"filename": ["a_uncal.fits"]}), rules=asngraph.observatory_rules())
for source in (graph, pool, "folder", Path("folder"), collect(graph)):
    roles(source, pool["filename"][0])
for association in asngraph.generate(pool):
    print(association.file_name, len(association.members))
graph.edges.to_csv("edges.csv")
WRONG
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", "Success: no issues found in 1 source file"),
        ("asngraph.which(1, pool['filename'][0])", 'Argument 1 to "which" has incompatible type "int"'),
        ("asngraph.generate(1)", 'Argument 1 to "generate" has incompatible type "int"'),
        ("asngraph.nothing", 'Module has no attribute "nothing"'),
    ],
)
def test_mypy_checks_what_a_program_asks(tmp_path: Path, wrong: str, said: str) -> None:
    pytest.importorskip("mypy", reason="needs the extra `lint`")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("WRONG", wrong))
    arguments = ["--strict", "--config-file", os.devnull, "--cache-dir", str(ROOT / ".mypy_cache"), str(script)]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--ignore-missing-imports", "--follow-imports=silent", *arguments],
        capture_output=True, text=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert said in done.stdout
    assert done.stdout.count("error:") == bool(wrong), done.stdout


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(asngraph.__file__).parent / "py.typed").is_file()


def test_the_names_of_the_package_are_registered_once_for_all() -> None:
    tree = ast.parse(Path(asngraph.__file__).read_text(encoding="utf-8"))
    typed = next(each for each in tree.body if isinstance(each, ast.If))
    names = {name.name for each in typed.body if isinstance(each, ast.ImportFrom) for name in each.names}
    assert names == set(asngraph._MODULES) == set(asngraph.__all__) - {"__version__"}
    for name in asngraph.__all__:
        assert getattr(asngraph, name) is not None
