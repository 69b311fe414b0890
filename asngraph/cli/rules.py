"""``asngraph rules``: the rules, listed or in words."""

from __future__ import annotations

import click

from asngraph.cli.options import rule_options
from asngraph.cli.output import lines
from asngraph.errors import UsageError
from asngraph.rules.description import rule_text
from asngraph.rules.loading import RuleChoice


@click.command()
@click.argument("name", required=False)
@rule_options()
def rules(name: str | None, rules: RuleChoice) -> None:
    """List the rules, or describe the rule NAME in words."""
    known = rules.load()
    if name is None:
        width = max(len(rule.name) for rule in known)
        for each in known:
            lines(f"{each.name:<{width}}  {each.asn_type or '-':<13}  {each.about}")
        return
    rule = known.named(name)
    if rule is None:
        raise UsageError(f"unknown rule {name}; {known.near(name)}")
    lines(*rule_text(rule).splitlines())
