"""``asngraph pool show`` and ``check``: the content of a pool, and its problems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import warn, working
from asngraph.cli.inputs import read_pool
from asngraph.cli.options import delimiter_option, json_option, rule_options, source_options
from asngraph.cli.output import lines, print_json, table
from asngraph.errors import AsnGraphError
from asngraph.rules.loading import RuleChoice
from asngraph.util.text import counted

# The number of exposures that are named for each reason without -v.
_MOST = 5


@click.command()
@source_options()
@json_option
@delimiter_option
def show(source: Sequence[Path], as_json: bool, delimiter: str) -> None:
    """Describe SOURCE, a pool or FITS files: its programs, observations, targets, modes and candidates."""
    from asngraph.pools.overview import overview

    seen = overview(read_pool(source, delimiter))
    if as_json:
        print_json(seen)
        return
    for note in seen.notes:
        warn(note)
    lines(f"{seen.pool}: {counted(seen.exposures, 'exposure')} ({_counted(seen.roles)})")
    table(
        "programs",
        ("program", "exposures", "observations", "targets"),
        [tuple(map(str, each)) for each in seen.programs],
    )
    several = len(seen.programs) > 1
    rows = [
        (
            f"{each.program}:{each.observation}" if several else each.observation,
            each.target,
            each.instrument,
            str(each.exposures),
            _counted(each.modes),
            " ".join(each.optics[:4]) + (" ..." if len(each.optics) > 4 else ""),
            ", ".join(each.candidates),
            ", ".join(each.flags),
        )
        for each in seen.observations
    ]
    heads = ("observation", "target", "instrument", "exposures", "types", "optics", "linked by", "flags")
    table("observations", heads, rows)
    if seen.candidates:
        linked = [(each.id, each.type, ", ".join(each.observations), str(each.exposures)) for each in seen.candidates]
        table("candidates that link observations", ("id", "type", "observations", "exposures"), linked)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


@click.command()
@source_options()
@rule_options()
@click.option("-v", "--verbose", is_flag=True, help="List every exposure.")
@json_option
@delimiter_option
def check(source: Sequence[Path], rules: RuleChoice, verbose: bool, as_json: bool, delimiter: str) -> None:
    """Find the exposures of SOURCE that are in no association, and why; the exit code is 1 if there are any."""
    from asngraph.questions.pool_check import check as check_pool

    known = rules.load()
    read = read_pool(source, delimiter)
    with working(f"checking {read.name}"):
        found = check_pool(read, known)
    for note in read.notes:
        warn(note)
    count = sum(len(each.exposures) for each in found)
    if as_json:
        print_json(found)
    for each in [] if as_json else found:
        lines(f"{counted(len(each.exposures), 'exposure')}: {each.reason}")
        lines(*(f"  {text}" for text in each.lacking if text not in each.reason))
        names = [
            f"    {name}" + ("" if line is None else f" (line {line})")
            for name, line in zip(each.exposures, each.lines, strict=True)
        ]
        lines(*(names if verbose else names[:_MOST]))
        if not verbose and len(names) > _MOST:
            lines(f"    and {len(names) - _MOST} more; -v lists them")
    if found:
        raise AsnGraphError(
            f"{count} of {counted(len(read), 'exposure')} of {read.name} "
            f"{'is' if count == 1 else 'are'} in no association"
        )
    if not as_json:
        lines(f"all {len(read)} exposures of {read.name} are in associations")
