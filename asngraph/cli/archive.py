"""``asngraph archive``: the graphs of many pools in one store."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

import click

from asngraph.cli.console import progress, say, warn, working
from asngraph.cli.lazy import LazyGroup
from asngraph.cli.options import delimiter_option, exclude_option, json_option, rule_options, support_option
from asngraph.cli.output import lines, plain, print_json, table
from asngraph.util.text import counted

if TYPE_CHECKING:
    from asngraph.archive.writer import Outcome
    from asngraph.rules.loading import RuleChoice

F = TypeVar("F", bound=Callable[..., Any])

_HERE = "asngraph.cli.archive"
_COMMANDS = {
    "add": (_HERE, "Add pools; unchanged pools are skipped."),
    "which": (_HERE, "List the associations that contain an exposure, in all pools."),
    "impact": (_HERE, "List what depends on exposures, and what would remain without them."),
    "stats": (_HERE, "List the pools, their files and their sizes."),
    "check": (_HERE, "Find damaged files of an archive, and show how to repair it."),
    "remove": (_HERE, "Remove pools."),
    "collect": (_HERE, "Free the disk space of replaced and removed pools."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def archive() -> None:
    """Keep the graphs of many pools in one store, and query them together.

    One process writes at a time; others meanwhile read what it last published. `asngraph sparql --store DIR` queries an
    archive too.
    """


def _in_store(function: F) -> F:
    return click.option("--store", metavar="DIR", required=True, help="The folder of the archive.")(function)


@click.command()
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@_in_store
@click.option(
    "--workers", type=click.IntRange(0), metavar="N",
    help="Processes that make associations, while this one loads.  [default: number of cores - 1]",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS", help="Make associations on the workers of a Dask cluster: tls://HOST:PORT."
)
@click.option("--insecure", is_flag=True, help="Allow a scheduler at tcp://, which is not encrypted.")
@support_option
@exclude_option
@rule_options()
@delimiter_option
def add(
    pools: Sequence[str], store: str, workers: int | None, exclude: str | None, rules: RuleChoice, **options: Any
) -> None:
    """Make the associations of POOLS, and add them to an archive, which is created if it is missing.

    A pool is identified by the name of its file, and replaces a pool of the same name. It is made again when its file,
    the rules, the options or the version of asngraph changed. After an interruption, run the command again: it
    continues.
    """
    from asngraph.archive.writer import writing
    from asngraph.cli.inputs import excluded_of
    from asngraph.errors import AsnGraphError

    rules.load()  # errors in the rules come before the store is created
    excluded = excluded_of(exclude)
    if workers is None:
        workers = min(max(1, (os.cpu_count() or 1) - 1), len(pools)) if len(pools) > 1 else 0
    counts: dict[str, int] = {}
    errors = []
    with (
        writing(store, create=True) as opened,
        closing(opened.add(pools, workers=workers, rules=rules.load, excluded=excluded, **options)) as outcomes,
    ):
        for each in progress(outcomes, "adding", len(pools)):
            counts[each.state] = counts.get(each.state, 0) + 1
            _report(each)
            if each.error:
                errors.append(each.error)
    say(f"{store}: " + ", ".join(f"{counts[state]} {state}" for state in sorted(counts)))
    if errors:
        raise AsnGraphError(errors[0] if len(errors) == 1 else f"{len(errors)} pools were not added")


def _report(outcome: Outcome) -> None:
    for note in outcome.notes:
        warn(note)
    if outcome.error:
        warn(f"not added: {outcome.error}")
    elif outcome.quads:
        say(
            f"{outcome.pool} {outcome.state}: {counted(outcome.exposures, 'exposure')}, "
            f"{counted(outcome.associations, 'association')}, {counted(outcome.quads, 'quad')}"
        )


@click.command()
@click.argument("exposure")
@_in_store
@json_option
def which(exposure: str, store: str, as_json: bool) -> None:
    """List the associations that contain EXPOSURE, each with its role.

    EXPOSURE is named with or without path, suffix (_uncal, _rate, _cal, ...) and extension.
    """
    from asngraph.archive.reader import reading

    with reading(store) as view:
        found = view.which(exposure)
        name = view.name(exposure)
    if as_json:
        print_json([{"pool": pool, **plain(belonging)} for pool, belonging in found])
        return
    if not found:
        lines(f"{name} is in no association")
        return
    rows = [
        (
            pool,
            each.association,
            each.exptype + (f" (by {each.expname})" if each.indirect and each.expname != name else ""),
            each.rule,
            f"{each.candidate} {each.candidate_type}".strip(),
            each.product,
        )
        for pool, each in found
    ]
    columns = ("pool", "association", "role", "rule", "candidate", "product")
    table(f"{name} is in {counted(len(found), 'association')}", columns, rows)


@click.command()
@click.argument("exposures", nargs=-1, required=True, metavar="EXPOSURE...")
@_in_store
@json_option
def impact(exposures: Sequence[str], store: str, as_json: bool) -> None:
    """List what depends on exposures, in order, and what would remain of it without them."""
    from asngraph.archive.reader import reading
    from asngraph.cli.questions import EFFECT_COLUMNS, effect_row

    with reading(store) as view, working("reading"):
        found = view.impact(*exposures)
        names = ", ".join(view.name(name) for name in exposures)
    if as_json:
        print_json([{"pool": pool, **plain(effect)} for pool, effect in found])
    elif not found:
        lines(f"nothing depends on {names}")
    else:
        rows = [(pool, *effect_row(effect)) for pool, effect in found]
        table(
            f"{counted(len(found), 'association')} {'depends' if len(found) == 1 else 'depend'} on {names}; in order",
            ("pool", *EFFECT_COLUMNS),
            rows,
        )


@click.command()
@_in_store
@json_option
def stats(store: str, as_json: bool) -> None:
    """List the pools, their files and their sizes."""
    from asngraph.archive.reader import reading

    with reading(store) as view:
        found = view.stats()
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each.pool,
            str(each.exposures),
            str(each.associations),
            str(each.quads),
            each.time,
            each.asngraph,
            each.rules,
            each.checksum[:12],
            each.file,
        )
        for each in found.pools
    ]
    columns = ("pool", "exposures", "associations", "quads", "added", "asngraph", "rules", "checksum", "file")
    table(f"pools in {store}: {len(rows)}", columns, rows)
    totals = [sum(getattr(each, name) for each in found.pools) for name in ("exposures", "associations", "quads")]
    lines("{} exposures, {} associations, {} quads".format(*totals) + f"; {found.disk / 1e6:.1f} MB on disk")
    if found.old:
        lines(
            f"graphs of replaced or removed pools: {found.old}; `asngraph archive collect --store {store}` removes them"
        )


@click.command()
@_in_store
@click.option("--mark", is_flag=True, help="Rewrite archive.json if it is damaged.")
@json_option
def check(store: str, mark: bool, as_json: bool) -> None:
    """Find the damaged files of an archive, list the affected pools, and show how to repair it.

    Every file is read and compared with its checksum; in an archive without checksums the statements are counted. The
    exit code is 0 when the archive is intact, and 1 when it is damaged.
    """
    from asngraph.archive.checking import check as check_archive
    from asngraph.archive.checking import lines_of, mark_anew
    from asngraph.errors import AsnGraphError

    if mark:
        mark_anew(store)
    with working("checking"):
        found = check_archive(store)
    if as_json:
        print_json(found)
    else:
        lines(*lines_of(found))
    if not found.whole:
        pools = sum(pool.state != "whole" for pool in found.pools)
        raise AsnGraphError(
            f"{store}: the archive is damaged: {counted(len(found.problems), 'problem')}, {counted(pools, 'pool')}"
        )
    say(f"{store}: intact; {counted(len(found.pools), 'pool')}")


@click.command()
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@_in_store
def remove(pools: Sequence[str], store: str) -> None:
    """Remove POOLS, by their names; `asngraph archive collect` frees their disk space."""
    from asngraph.archive.writer import writing

    names = [os.path.basename(name) for name in pools]  # noqa: PTH119 (a name, not a path)
    with writing(store) as opened:
        opened.remove(names)
    say(f"{store}: {len(set(names))} removed")


@click.command()
@_in_store
def collect(store: str) -> None:
    """Delete the data of replaced and removed pools and of interrupted additions, and compact the store."""
    from asngraph.archive.writer import writing

    with writing(store) as opened, working("collecting"):
        count = opened.collect()
    say(f"{store}: graphs collected: {count}")
