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

if TYPE_CHECKING:
    from asngraph.archive.writer import Outcome
    from asngraph.rules.loading import RuleChoice

F = TypeVar("F", bound=Callable[..., Any])

_HERE = "asngraph.cli.archive"
_COMMANDS = {
    "add": (_HERE, "Add pools; what is unchanged is skipped."),
    "which": (_HERE, "Say which associations an exposure belongs to, in all pools."),
    "impact": (_HERE, "Say what depends on exposures, and what would be left without them."),
    "stats": (_HERE, "List the pools, where they came from, and how large they are."),
    "check": (_HERE, "Say what of an archive is damaged, and how to mend it."),
    "remove": (_HERE, "Remove pools."),
    "collect": (_HERE, "Free the disk of what was replaced or removed."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def archive() -> None:
    """Keep the graphs of many pools in one store, and ask them all at once.

    One process writes at a time; others read meanwhile what it published last. `asngraph sparql --store DIR` asks an
    archive too.
    """


def _in_store(function: F) -> F:
    return click.option("--store", metavar="DIR", required=True, help="The folder of the archive.")(function)


@click.command()
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@_in_store
@click.option(
    "--workers", type=click.IntRange(0), metavar="N",
    help="How many processes make associations, while this one loads.  [default: one less than there are cores]",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS", help="Let the workers of a Dask cluster make associations: tls://HOST:PORT."
)
@click.option("--insecure", is_flag=True, help="Allow a scheduler at tcp://, which encrypts nothing.")
@support_option
@exclude_option
@rule_options()
@delimiter_option
def add(
    pools: Sequence[str], store: str, workers: int | None, exclude: str | None, rules: RuleChoice, **asked: Any
) -> None:
    """Make the associations of POOLS, and add them to an archive, which is made where there is none.

    A pool is known by the name of its file, and replaces one of that name. It is made again when anything is another
    of which it was made: the rules, too. What is interrupted is gone on with by adding again.
    """
    from asngraph.archive.writer import writing
    from asngraph.cli.inputs import excluded_of
    from asngraph.errors import AsnGraphError

    rules.load()  # what is wrong with them is said before there is a store
    excluded = excluded_of(exclude)
    if workers is None:
        workers = min(max(1, (os.cpu_count() or 1) - 1), len(pools)) if len(pools) > 1 else 0
    counts: dict[str, int] = {}
    errors = []
    with (
        writing(store, create=True) as opened,
        closing(opened.add(pools, workers=workers, rules=rules.load, excluded=excluded, **asked)) as outcomes,
    ):
        for each in progress(outcomes, "adding", len(pools)):
            counts[each.state] = counts.get(each.state, 0) + 1
            _tell(each)
            if each.error:
                errors.append(each.error)
    say(f"{store}: " + ", ".join(f"{counts[state]} {state}" for state in sorted(counts)))
    if errors:
        raise AsnGraphError(errors[0] if len(errors) == 1 else f"{len(errors)} pools were not added")


def _tell(outcome: Outcome) -> None:
    for note in outcome.notes:
        warn(note)
    if outcome.error:
        warn(f"not added: {outcome.error}")
    elif outcome.quads:
        say(
            f"{outcome.pool} {outcome.state}: {outcome.exposures} exposures, "
            f"{outcome.associations} associations, {outcome.quads} quads"
        )


@click.command()
@click.argument("exposure")
@_in_store
@json_option
def which(exposure: str, store: str, as_json: bool) -> None:
    """Say which associations EXPOSURE belongs to, and in which role.

    It is named with or without path, suffix (_uncal, _rate, _cal, ...) and extension.
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
    table(f"{name} is in {len(found)} associations", columns, rows)


@click.command()
@click.argument("exposures", nargs=-1, required=True, metavar="EXPOSURE...")
@_in_store
@json_option
def impact(exposures: Sequence[str], store: str, as_json: bool) -> None:
    """Say what depends on exposures, in order, and what would be left of it without them."""
    from asngraph.archive.reader import reading
    from asngraph.cli.questions import EFFECT_COLUMNS, effect_row

    with reading(store) as view, working("asking"):
        found = view.impact(*exposures)
        names = ", ".join(view.name(name) for name in exposures)
    if as_json:
        print_json([{"pool": pool, **plain(effect)} for pool, effect in found])
    elif not found:
        lines(f"nothing depends on {names}")
    else:
        rows = [(pool, *effect_row(effect)) for pool, effect in found]
        table(f"{len(found)} associations depend on {names}; in order", ("pool", *EFFECT_COLUMNS), rows)


@click.command()
@_in_store
@json_option
def stats(store: str, as_json: bool) -> None:
    """List the pools, where they came from, and how large they are."""
    from asngraph.archive.reader import reading

    with reading(store) as view:
        told = view.stats()
    if as_json:
        print_json(told)
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
        for each in told.pools
    ]
    columns = ("pool", "exposures", "associations", "quads", "added", "asngraph", "rules", "checksum", "file")
    table(f"pools in {store}: {len(rows)}", columns, rows)
    totals = [sum(getattr(each, name) for each in told.pools) for name in ("exposures", "associations", "quads")]
    lines("{} exposures, {} associations, {} quads".format(*totals) + f"; {told.disk / 1e6:.1f} MB on disk")
    if told.old:
        lines(f"graphs that are no longer current: {told.old}; `asngraph archive collect --store {store}` removes them")


@click.command()
@_in_store
@click.option("--mark", is_flag=True, help="Write archive.json anew, if it is damaged.")
@json_option
def check(store: str, mark: bool, as_json: bool) -> None:
    """Say what of an archive is damaged, which pools that concerns, and how to mend it.

    Every file is read and compared with its checksum; of an archive that has none, the statements are counted. The exit
    code is 0 when it is whole, and 1 when it is damaged.
    """
    from asngraph.archive.checking import check as check_archive
    from asngraph.archive.checking import lines_of, mark_anew
    from asngraph.errors import AsnGraphError

    if mark:
        mark_anew(store)
    with working("checking"):
        found = check_archive(store)
    if as_json:
        print_json({"whole": found.whole, **vars(found)})
    else:
        lines(*lines_of(found))
    if not found.whole:
        pools = sum(pool.state != "whole" for pool in found.pools)
        raise AsnGraphError(f"{store}: the archive is damaged: {len(found.problems)} files or folders, {pools} pools")
    say(f"{store}: whole; {len(found.pools)} pools")


@click.command()
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@_in_store
def remove(pools: Sequence[str], store: str) -> None:
    """Remove POOLS, by their names; `asngraph archive collect` frees their disk."""
    from asngraph.archive.writer import writing

    names = [os.path.basename(name) for name in pools]  # noqa: PTH119 (no path, a name)
    with writing(store) as opened:
        opened.remove(names)
    say(f"{store}: {len(set(names))} removed")


@click.command()
@_in_store
def collect(store: str) -> None:
    """Remove what was replaced or removed, or begun and not ended, and compact the store."""
    from asngraph.archive.writer import writing

    with writing(store) as opened, working("collecting"):
        count = opened.collect()
    say(f"{store}: graphs collected: {count}")
