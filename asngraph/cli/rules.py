"""``asngraph rules``: what the rules are."""

from __future__ import annotations

import difflib

import click

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
            click.echo(f"{each.name:<{width}}  {each.asn_type or '-':<13}  {each.about}")
        return
    rule = known.named(name)
    if rule is None:
        near = difflib.get_close_matches(name.lower(), [each.name.lower() for each in known], n=3, cutoff=0.5)
        names = [each.name for each in known if each.name.lower() in near]
        hint = f"; did you mean {' or '.join(names)}?" if names else "; `asngraph rules` lists them"
        raise UsageError(f"there is no rule {name}{hint}")
    click.echo(rule_text(rule))
