"""What several commands are given: rules, and exposures to leave out."""

from __future__ import annotations

import os
from collections.abc import Sequence

from asngraph.pool import Pool
from asngraph.rulefiles import load_installed, load_rule_file
from asngraph.rules import RuleSet, observatory_rules


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
