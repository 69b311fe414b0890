"""The validity requirements of rules, as the catalogue of an archive stores them.

A store has associations, but not their rules. `impact` needs the requirements of a rule for a whole association, so
that these are stored as JSON for rules that are not the observatory's.
"""

from __future__ import annotations

import json

from asngraph.rules.fingerprint import own_rules
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, RuleSet

_KEPT = ("name", "asn_type", "level", "needs", "members", "several_observations")


def validity_text(rules: RuleSet) -> str:
    """Return the validity requirements of rules that are not the observatory's, as JSON.

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
    """Return the observatory's rules, replaced or extended by those of a text.

    Parameters
    ----------
    text : str
        The text from `validity_text`; it has no conditions, so that these rules cannot make associations.

    Returns
    -------
    RuleSet
    """
    stored = [{**each, "needs": tuple(each["needs"])} for each in json.loads(text or "[]")]
    return observatory_rules() + RuleSet(*(Rule(**each, about="", product="") for each in stored))
