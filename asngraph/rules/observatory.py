"""The observatory's rules."""

from __future__ import annotations

from asngraph.rules.level2 import LEVEL2
from asngraph.rules.level3 import LEVEL3
from asngraph.rules.rule import RuleSet


def observatory_rules() -> RuleSet:
    """Return the observatory's rules, as in the release of jwst that `asngraph._version.REFERENCE` names.

    Returns
    -------
    RuleSet
    """
    return RuleSet(*LEVEL2, *LEVEL3)
