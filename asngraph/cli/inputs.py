"""What several commands are given: what they are asked about, and exposures to leave out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from asngraph.limits import STDIN
from asngraph.pool import Pool
from asngraph.rulefiles import RuleChoice

if TYPE_CHECKING:
    from asngraph.questions import Holdings

OBSERVATORY = RuleChoice()


def excluded_of(path: str | os.PathLike[str] | None) -> dict[str, str]:
    """Read which exposures to leave out, and why: a table ``filename | reason``."""
    if path is None:
        return {}
    table = Pool.read(path)
    return dict(zip(table["filename"], table["reason"], strict=True))


def stem_of(pool: str) -> str:
    """Return the name of a pool without its extension, to name files after it."""
    return "stdin" if pool == STDIN else Path(pool).stem


def hold_source(
    source: Path,
    delimiter: str = "|",
    rules: RuleChoice = OBSERVATORY,
    support: str | None = None,
    exclude: str | None = None,
) -> Holdings:
    """Take hold of what a command is asked about: a pool, or a folder of association files.

    Parameters
    ----------
    source : path
        The pool or the folder.
    delimiter : str
        The character between the cells of a pool.
    rules : RuleChoice
        The rules with which associations are made, or were.
    support, exclude : str, optional
        Tables of files that serve exposures, and of exposures that are left out.
    """
    from asngraph.questions import hold

    return hold(source, rules.load(), delimiter, support, excluded_of(exclude))
