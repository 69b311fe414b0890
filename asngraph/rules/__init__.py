"""Rules of associations as data, and the observatory's rules."""

from asngraph.errors import RuleError
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Completion, Entry, Rule, RuleSet

__all__ = ["Completion", "Entry", "Rule", "RuleError", "RuleSet", "observatory_rules"]
