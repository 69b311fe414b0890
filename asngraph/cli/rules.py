"""``asngraph rules``: what the rules are."""

from __future__ import annotations

import click

from asngraph.cli.answers import lines
from asngraph.errors import UsageError
from asngraph.rules import observatory_rules
from asngraph.ruletext import rule_text


@click.command()
@click.argument("name", required=False)
def rules(name: str | None) -> None:
    """List the rules, or print the one called NAME in words."""
    known = observatory_rules()
    if name is None:
        width = max(len(rule.name) for rule in known)
        for each in known:
            lines(f"{each.name:<{width}}  {each.asn_type or '-':<13}  {each.about}")
        return
    rule = known.named(name)
    if rule is None:
        raise UsageError(f"there is no rule {name}; {known.near(name)}")
    lines(*rule_text(rule).splitlines())
