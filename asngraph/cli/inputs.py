"""What several commands are given: rules, and exposures to leave out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from asngraph.cli.words import visible, warn
from asngraph.pool import Pool
from asngraph.rulefiles import load_installed, load_rule_file
from asngraph.rules import RuleSet, observatory_rules

if TYPE_CHECKING:
    from asngraph.questions import Holdings


def rules_of(files: Sequence[str], packages: Sequence[str] = (), *, without_default: bool = False) -> RuleSet:
    """Load the rules that were asked for.

    Parameters
    ----------
    files : sequence of str
        Files of rules of one's own.
    packages : sequence of str
        Names under which installed packages offer rules.
    without_default : bool
        Whether the observatory's rules are left out.
    """
    rules = RuleSet() if without_default else observatory_rules()
    for name in packages:
        rules = rules + load_installed(name)
    for file in files:
        rules = rules + load_rule_file(file)
    return rules


def excluded_of(path: str | os.PathLike[str] | None) -> dict[str, str]:
    """Read which exposures to leave out, and why: a table ``filename | reason``."""
    if path is None:
        return {}
    table = Pool.read(path)
    return dict(zip(table["filename"], table["reason"], strict=True))


def hold_source(
    source: Path,
    delimiter: str = "|",
    rules: Sequence[str] = (),
    support: str | None = None,
    exclude: str | None = None,
) -> Holdings:
    """Take hold of what a command is asked about: a pool, an association file, or a folder of association files.

    What looks like an association in the folder and cannot be read is warned of, in one line.

    Parameters
    ----------
    source : path
        The pool, the file or the folder.
    delimiter : str
        The character between the cells of a pool.
    rules : sequence of str
        Files of rules of one's own.
    support, exclude : str, optional
        Tables of files that serve exposures, and of exposures that are left out.
    """
    from asngraph.questions import hold

    holdings = hold(source, rules_of(rules), delimiter, support, excluded_of(exclude))
    warn_of(holdings)
    return holdings


def warn_of(holdings: Holdings) -> None:
    """Warn of files that look like associations and cannot be read, in one line."""
    if not holdings.passed_over:
        return
    first, *others = holdings.passed_over
    what = f"{len(others) + 1} files look like associations, cannot be read and are" if others else "a file is"
    warn(visible(f"{holdings.source}: {what} passed over{', such as' if others else ':'} {first.problem}"))
