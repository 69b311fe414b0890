"""The modules of the package, parsed once for all tests that look at them."""

from __future__ import annotations

import ast
from functools import cache

from needs import ROOT


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of each module, by its path from the package."""
    package = ROOT / "asngraph"
    found = sorted(package.rglob("*.py"))
    return {path.relative_to(package).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in found}
