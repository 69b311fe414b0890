"""What rules of one's own ask of an association, as the catalogue of an archive keeps it.

A store holds associations and no rules. What would be left of an association cannot be told without those few things
that its rule asks of it as a whole; so these are kept, as JSON, for rules that are not the observatory's.
"""

from __future__ import annotations

import json

from asngraph.rules.fingerprint import own_rules
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, RuleSet

_KEPT = ("name", "asn_type", "level", "needs", "members", "several_observations")


def validity_text(rules: RuleSet) -> str:
    """Write what rules ask of an association as a whole, for those that are not the observatory's.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Examples
    --------
    >>> validity_text(observatory_rules())
    '[]'
    >>> text = validity_text(RuleSet(Rule("Mine", "", "image3", level=3, product="p", members=2)))
    >>> rules_of_text(text).named("Mine").members
    2
    """
    made = (rule for rule in own_rules(rules) if not rule.hands_on)
    return json.dumps([{name: getattr(rule, name) for name in _KEPT} for rule in made])


def rules_of_text(text: str) -> RuleSet:
    """Return the observatory's rules, and in their place or beside them those that a text tells of.

    Parameters
    ----------
    text : str
        What `validity_text` wrote; conditions are not in it, so nothing can be made with these rules.
    """
    told = [{**each, "needs": tuple(each["needs"])} for each in json.loads(text or "[]")]
    return observatory_rules() + RuleSet(*(Rule(**each, about="", product="") for each in told))
