"""``asngraph diff``: the differences of two sets of associations."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from asngraph.cli.console import working
from asngraph.cli.inputs import collect_source
from asngraph.cli.options import delimiter_option, json_option, no_cache_option, rule_options
from asngraph.cli.output import lines, print_json
from asngraph.errors import AsnGraphError, UsageError
from asngraph.questions.diff import Comparison, Difference, OneSided, compare
from asngraph.rules.loading import RuleChoice

_MOST_MEMBERS = 10


@click.command()
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@no_cache_option
@click.option("--no-reasons", is_flag=True, help="Leave out the reasons; quicker for large pools.")
@rule_options()
@delimiter_option
@json_option
def diff(before: Path, after: Path, no_reasons: bool, rules: RuleChoice, delimiter: str, as_json: bool) -> None:
    """Compare the associations of A and B: each a pool, FITS files, association files, a folder or an archive.

    They are compared by content: type, rule, candidate, products, and members with their roles. Sequence numbers,
    versions and free texts are ignored. The exit code is 0 when all are the same, 1 when some differ, and 2 on bad
    usage or bad input.
    """
    try:
        with working("comparing"):
            found = compare(
                collect_source(before, delimiter, rules),
                collect_source(after, delimiter, rules),
                reasons=not no_reasons,
            )
    except UsageError:
        raise
    except (AsnGraphError, OSError) as error:  # exit code 1 means: some differ
        raise UsageError(str(error)) from None
    if as_json:
        print_json(found)
    else:
        _show(found)
    sys.exit(1 if found.differences else 0)


def _show(found: Comparison) -> None:
    for each in found.differences:
        lines(*_difference(each))
    lines(", ".join(f"{count} {state}" for state, count in found.counts.items()))


def _difference(each: Difference) -> Iterator[str]:
    names = " -> ".join(dict.fromkeys(name for name in (each.before, each.after) if name))
    yield f"{each.state}: {names} ({each.rule}, {each.candidate}), {', '.join(each.products)}"
    for what, (a, b) in each.changes.items():
        yield f"    {what}: {a} -> {b}"
    for sign, members in (("-", each.lost), ("+", each.gained)):
        yield from (_member(sign, member) for member in members[:_MOST_MEMBERS])
        if len(members) > _MOST_MEMBERS:
            yield f"  {sign} and {len(members) - _MOST_MEMBERS} more members"
    if each.reason:
        yield f"    {each.reason}"


def _member(sign: str, member: OneSided) -> str:
    return f"  {sign} {member.expname} ({member.exptype})" + (f": {member.reason}" if member.reason else "")
