"""The observatory's rules."""

from __future__ import annotations

from asngraph.rules.level2 import LEVEL2
from asngraph.rules.level3 import LEVEL3
from asngraph.rules.rule import RuleSet


def observatory_rules() -> RuleSet:
    """Return the rules of the observatory, as `asngraph._version.REFERENCE` has them."""
    return RuleSet(*LEVEL2, *LEVEL3)
