"""What is missing is said with the way to get it, and README.md's commands are run as they are written."""

from __future__ import annotations

import importlib.util
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import needs
import pytest
from needs import ROOT

SCRIPT = ROOT / ".ci" / "readme"
in_the_repository = pytest.mark.skipif(not SCRIPT.exists(), reason="needs .ci/readme: it is in the repository only")


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("jwst", "parity"), ("playwright", "browser"), ("PIL", "browser"), ("snakemake", "workflows"),
        ("watchdog", "watch"), ("yaml", "yaml"), ("pyarrow", "parquet"), ("pyoxigraph", "rdf"),
        ("matplotlib", "plot"), ("pyshacl", "test"),
    ],
)  # fmt: skip
def test_a_package_is_of_an_extra(monkeypatch: pytest.MonkeyPatch, name: str, extra: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert needs.lacking.__wrapped__(name) == f"needs {name}: pip install 'asngraph[{extra}]'"


@pytest.mark.parametrize(("name", "package"), [("dot", "graphviz"), ("chromium", "chromium"), ("make", "make")])
def test_a_program_is_of_a_package(monkeypatch: pytest.MonkeyPatch, name: str, package: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert needs.lacking.__wrapped__(name) == f"needs {name}: apt-get install {package}"


def test_only_a_missing_package_excuses_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "lacking", lambda name: f"needs {name}")
    missing = ModuleNotFoundError("no", name="matplotlib.figure")
    wrapped = ValueError("other")
    wrapped.__context__ = missing
    assert needs.lacking_of(missing) == needs.lacking_of(wrapped) == "needs matplotlib"
    for other in (ValueError("x"), ModuleNotFoundError("no", name="asngraph.nothing"), ImportError("cannot"), None):
        assert needs.lacking_of(other) is None
    monkeypatch.setattr(needs, "lacking", lambda _: None)
    assert needs.lacking_of(missing) is None, "what is there and cannot be imported is a failure"


def script(name: str) -> Callable[..., Any]:
    return runpy.run_path(str(SCRIPT))[name]  # type: ignore[no-any-return]


@in_the_repository
def test_the_commands_of_the_readme() -> None:
    (generate, shown), (tests, nothing) = script("commands")((ROOT / "README.md").read_text())
    assert generate.endswith("asngraph generate examples/nircam_mosaic.csv -p associations")
    assert shown.startswith("associations: ")
    assert tests.endswith("-m pytest")
    assert nothing == ""


@in_the_repository
@pytest.mark.parametrize(
    ("first", "shown", "second", "code"),
    [
        ("echo made in 0.51 s", "made in 0.03 s", "true", 0),
        ("echo a warning; echo made", "made", "true", 0),
        ("echo nothing made", "one made", "true", 1),
        ("echo made; false", "made", "true", 1),
        ("echo made", "made", "false", 1),
    ],
)
def test_both_have_to_do_what_the_readme_says(tmp_path: Path, first: str, shown: str, second: str, code: int) -> None:
    section = f"Make:\n\n    {first}\n\n```\n{shown}\n```\n\nTest:\n\n    {second}\n\nMore.\n"
    text = f"# A\n\n## Set up and run\n\n{section}\n## B\n"
    (tmp_path / "README.md").write_text(text)
    assert script("main")(tmp_path) == code


@in_the_repository
def test_a_readme_without_the_commands_fails(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A\n\n## Set up and run\n\nNothing.\n\n## B\n")
    assert script("main")(tmp_path) == 1
