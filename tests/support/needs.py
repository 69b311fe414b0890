"""What some tests need that may be missing: packages of extras, and programs that pip does not bring.

A test that needs something says so with ``needs("make")``, and is skipped without it, with a reason that says how to
get it. A test that fails because a package of an extra cannot be imported is skipped for the same reason (conftest.py).
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import tomllib
from collections.abc import Generator, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

# Distributions whose module has another name.
_MODULES = {"ipython": "IPython", "pillow": "PIL", "pyyaml": "yaml"}
# Programs, under all names that they have, and how to get them.
_PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "dot": (("dot",), "apt-get install graphviz"),
    "make": (("make",), "apt-get install make"),
    "node": (("node",), "apt-get install nodejs"),
    "patch": (("patch",), "apt-get install patch"),
    "rsync": (("rsync",), "apt-get install rsync"),
    "strace": (("strace",), "apt-get install strace"),
}
_CYTOSCAPE = ROOT / "tests" / "js" / "node_modules" / "cytoscape"

# What tests of a marker need.
NEEDED = {"browser": ("playwright", "PIL", "chromium"), "parity": ("jwst",), "parity_long": ("jwst",)}


def program(name: str) -> str | None:
    """Find a program by any of its names."""
    return next((path for known in _PROGRAMS[name][0] if (path := shutil.which(known))), None)


@cache
def modules() -> dict[str, str]:
    """Return the modules that extras bring, each with its extra; what nothing else brings is of the extra `test`."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    found: dict[str, str] = {}
    for extra in sorted(extras, key=lambda name: name == "test"):
        for requirement in extras[extra]:
            name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()
            if name not in ("asngraph", "pytest"):
                found.setdefault(_MODULES.get(name, name.replace("-", "_")), extra)
    return found


@cache
def lacking(name: str) -> str | None:
    """Say that something is missing and how to get it; None where it is there."""
    if name in modules():
        missing = importlib.util.find_spec(name) is None
        return f"needs {name}: pip install 'asngraph[{modules()[name]}]'" if missing else None
    if name == "cytoscape":
        missing = program("node") is None or not _CYTOSCAPE.is_dir()
        return "needs cytoscape.js: npm ci --prefix tests/js" if missing else None
    return None if program(name) else f"needs {name}: {_PROGRAMS[name][1]}"


def needs(*names: str) -> pytest.MarkDecorator:
    """Mark tests that need all of these."""
    reasons = [reason for name in names if (reason := lacking(name))]
    return pytest.mark.skipif(bool(reasons), reason="; ".join(reasons))


def lacking_of(error: BaseException | None) -> str | None:
    """Say what is missing where an exception comes of a package that is not installed."""
    for each in _chain(error):
        root = (each.name or "").partition(".")[0] if isinstance(each, ModuleNotFoundError) else ""
        if root in modules() and (reason := lacking(root)):
            return reason
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Skip the tests of each marker without what it needs."""
    marks = {marker: needs(*names) for marker, names in NEEDED.items()}
    for item in items:
        for marker in item.iter_markers():
            if marker.name in marks:
                item.add_marker(marks[marker.name])


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Skip a module that cannot be imported without a package of an extra."""
    report = yield
    return _skipped(report, collector.path, report.call.excinfo)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Skip a test that cannot run without a package of an extra."""
    return _skipped((yield), item.path, call.excinfo)


def _skipped(report: Any, path: Path, raised: pytest.ExceptionInfo[BaseException] | None) -> Any:
    reason = lacking_of(raised.value) if raised is not None and report.failed else None
    if reason:
        report.outcome, report.longrepr = "skipped", (str(path), None, f"Skipped: {reason}")
    return report
