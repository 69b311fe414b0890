"""``asngraph list``: the associations of a source in a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.inputs import collect_source
from asngraph.cli.options import delimiter_option, exclude_option, json_option, rule_options, source_options
from asngraph.cli.output import lines, print_json, table
from asngraph.questions import listing
from asngraph.rules.loading import RuleChoice

_COLUMNS = ("association", "rule", "type", "product", "target", "optics", "members")


@click.command(name="list")
@source_options()
@rule_options()
@exclude_option
@delimiter_option
@json_option
def list_(source: Sequence[Path], rules: RuleChoice, exclude: str | None, delimiter: str, as_json: bool) -> None:
    """List associations with their rules, types, products, targets, optical elements and numbers of members.

    SOURCE is a pool, association files, FITS files, a folder of them, or an archive.  [default: .]
    """
    collection = collect_source(source, delimiter, rules, exclude=exclude)
    found = listing(collection)
    if as_json:
        print_json(found)
        return
    if not found:
        lines(f"{collection.source} has no associations")
        return
    rows = [
        (
            each.association,
            each.rule,
            each.asn_type,
            each.products[0] + (f" and {len(each.products) - 1} more" if len(each.products) > 1 else "")
            if each.products
            else "",
            each.target,
            each.optics,
            str(each.members),
        )
        for each in found
    ]
    count = "1 association" if len(found) == 1 else f"{len(found)} associations"
    table(f"{count} of {collection.source}", _COLUMNS, rows)
