"""``asngraph generate``: from pools to association files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from asngraph._version import __version__
from asngraph.cli.inputs import excluded_of, rules_of
from asngraph.cli.words import SpaceSeparated, progress, say, warn
from asngraph.errors import AsnGraphError, UsageError
from asngraph.graph import AssociationGraph
from asngraph.graph import generate as generate_graph
from asngraph.orphans import orphans
from asngraph.pool import Pool
from asngraph.rules import RuleSet
from asngraph.support import Support, read_support_of

_NOW = "now"


@click.command(cls=SpaceSeparated)
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@click.option(
    "-p", "--path", default=".", type=click.Path(path_type=Path), help="The folder to write to.  [default: .]"
)
@click.option("-i", "--ids", multiple=True, metavar="ID ...", help="Work only these candidates, such as o001 c1000.")
@click.option("--discover", is_flag=True, help="Only search the whole pool for what no candidate asks for.")
@click.option("--all-candidates", is_flag=True, help="Only work the candidates.")
@click.option(
    "--exclude", type=click.Path(path_type=Path), help="A table of exposures to leave out: filename | reason."
)
@click.option(
    "-r", "--rules", multiple=True, metavar="FILE", help="Rules of your own, beside those of the observatory."
)
@click.option("--ruleset", multiple=True, metavar="NAME", help="Rules that an installed package offers.")
@click.option("--ignore-default", is_flag=True, help="Leave out the observatory's rules.")
@click.option(
    "--version-id", is_flag=False, flag_value=_NOW, metavar="[ID]", help="A version for names; bare: the time."
)
@click.option("--support", metavar="FILE", help="A table of files that serve exposures: file | kind | exposure.")
@click.option(
    "--with-support", is_flag=True, help="Write MSA plans and files of --support as members; pipelines expect none."
)
@click.option("--merge", is_flag=True, help="Make one level-2 association of all of one candidate and type.")
@click.option("--no-merge", is_flag=True, help="Does nothing; not to merge is the default.")
@click.option("--no-finalize", is_flag=True, help="Neither complete associations nor set duplicates aside.")
@click.option(
    "--save-orphans",
    is_flag=False,
    flag_value="orphaned.csv",
    metavar="[FILE]",
    help="Save the exposures that are in no association as a pool, in the folder.  [bare: orphaned.csv]",
)
@click.option("--dry-run", is_flag=True, help="Decide, and write nothing.")
@click.option("--no-clobber", is_flag=True, help="Write nothing if a file of the same name is there already.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="The format of the association files; yaml needs the extra `yaml`.",
)
@click.option("-d", "--delimiter", default="|", show_default=True, help="The character between the cells of a pool.")
@click.option(
    "--pool-format",
    default="ascii",
    show_default=True,
    metavar="FORMAT",
    help="The format of the pools; any but ascii is read by astropy, of the extra `formats`.",
)
@click.option("--together", is_flag=True, help="Take several pools as one; by default each is decided alone.")
@click.option("-v", "--verbose", is_flag=True, help="Say of every association and every orphan what it is.")
@click.option("-D", "--debug", is_flag=True, help="Like -v, and write duplicates too, as dupNNNNN_...")
@click.option(
    "--DMS",
    "dms",
    is_flag=True,
    help="With -i, also work the background candidates of what is named, so that duplicates are seen.",
)
@click.option(
    "--per-pool-algorithm",
    is_flag=True,
    help="Accepted, and does nothing: asngraph always works candidate by candidate, whose results are those "
    "of the observatory's default algorithm.",
)
@click.version_option(__version__, prog_name="asngraph")
def generate(pools: tuple[str, ...], path: Path, **asked: Any) -> None:
    """Make associations of pools of exposures.

    By default every candidate is worked, and then the whole pool is searched, as the observatory does. Options have the
    names and the meaning that they have for asn_generate.
    """  # fmt: skip
    started = time.perf_counter()
    _check(asked)
    rules = rules_of(asked["rules"], asked["ruleset"], without_default=asked["ignore_default"])
    read = [_read(pool, asked["pool_format"], asked["delimiter"]) for pool in pools]
    if asked["together"]:
        read = [Pool.together(read)]
    request = _request(asked)
    support: Sequence[list[Support] | None] = [None] * len(read)
    if asked["support"]:
        support = read_support_of(asked["support"], read)
    graphs = [
        generate_graph(pool, rules=rules, support=serving, **request)
        for pool, serving in progress(list(zip(read, support, strict=True)), "deciding")
    ]
    for note in (note for graph in graphs for note in graph.notes):
        warn(note)
    _refuse_same_names(graphs)
    _summarise(graphs, rules, verbose=asked["verbose"] or asked["debug"])
    if asked["dry_run"]:
        say(f"nothing written, as asked; {time.perf_counter() - started:.2f} s")
        return
    count = write(graphs, path, replace=not asked["no_clobber"], format_=asked["format_"])
    if asked["save_orphans"]:
        _save_orphans(graphs, rules, path / asked["save_orphans"])
    exposures = sum(len(graph.pool) for graph in graphs)
    say(f"{count} associations of {exposures} exposures written to {path} in {time.perf_counter() - started:.2f} s")


def _check(asked: dict[str, Any]) -> None:
    if sum((bool(asked["ids"]), asked["discover"], asked["all_candidates"])) > 1:
        raise click.UsageError("--ids, --discover and --all-candidates exclude each other.")
    if asked["ignore_default"] and not (asked["rules"] or asked["ruleset"]):
        raise click.UsageError("--ignore-default leaves no rules; name some with -r or --ruleset.")
    version = asked["version_id"]
    if version is not None and ("/" in version or "\\" in version or not version.isprintable() or len(version) > 100):
        raise click.UsageError(f"the version {version!r} cannot be part of a file name.")


def _request(asked: dict[str, Any]) -> dict[str, Any]:
    version = asked["version_id"]
    return {
        "ids": asked["ids"] or None,
        "discover": asked["discover"],
        "all_candidates": asked["all_candidates"],
        "with_backgrounds": asked["dms"],
        "version": datetime.now(UTC).strftime("%Y%m%dt%H%M%S") if version == _NOW else version,
        "merge": asked["merge"],
        "finalize": not asked["no_finalize"],
        "keep_duplicates": asked["debug"],
        "with_support": asked["with_support"],
        "excluded": excluded_of(asked["exclude"]),
    }


def _read(pool: str, format_: str, delimiter: str) -> Pool:
    if format_ == "ascii":
        return Pool.read(pool, delimiter)
    try:
        from astropy.table import Table
    except ImportError:
        raise UsageError(f"the format {format_} is read by astropy: pip install 'asngraph[formats]'") from None
    try:
        table = Table.read(pool, format=format_)
    except Exception as error:
        raise UsageError(f"{pool}: cannot be read as {format_}: {error}") from error
    return Pool.from_frame(table, Path(pool).name)


def _refuse_same_names(graphs: list[AssociationGraph]) -> None:
    counts = Counter(name for graph in graphs for name in graph.file_names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise AsnGraphError(
            f"{len(twice)} association(s) of several pools would have the same file name, such as {twice[0]}; "
            "write them to different folders, or decide the pools --together"
        )


def _summarise(graphs: list[AssociationGraph], rules: RuleSet, *, verbose: bool) -> None:
    """Say how many associations there are of each type, and which exposures are in none, and why."""
    types = Counter(made.subgraph.rule.asn_type for graph in graphs for made in graph.decision.made)
    aside = sum(each.duplicate_of is not None for graph in graphs for each in graph.decision.aside)
    counted = ", ".join(f"{count} {asn_type}" for asn_type, count in sorted(types.items())) or "none"
    say(f"associations: {counted}; {aside} duplicates set aside")
    alone = [(graph.pool["filename"][each.exposure], each.reason) for graph in graphs for each in orphans(graph, rules)]
    if verbose:
        for graph in graphs:
            for association in graph:
                what = f"{association['asn_rule']}, {len(association.members)} members"
                say(f"  {association.file_name}  {what}, {association['products'][0]['name']}")
        for name, reason in alone:
            say(f"  orphan {name}: {reason}")
    reasons = Counter(reason for _, reason in alone)
    say(f"orphans: {len(alone)}" + ("" if verbose or not alone else ", because"))
    if not verbose:
        for reason, count in reasons.most_common(8):
            say(f"  {count:>5}  {reason}")
        if len(reasons) > 8:
            say(f"  and {len(reasons) - 8} more reasons; -v says all")


def _save_orphans(graphs: list[AssociationGraph], rules: RuleSet, path: Path) -> None:
    pools = [(graph.pool, [each.exposure for each in orphans(graph, rules)]) for graph in graphs]
    left = [pool.take(rows) for pool, rows in pools if rows]
    (Pool.together(left) if left else pools[0][0].take([])).write(path)


def write(graphs: list[AssociationGraph], folder: Path, *, replace: bool, format_: str = "json") -> int:
    """Write the associations of graphs, and point out those of the same programs that were there before.

    Parameters
    ----------
    graphs : list of AssociationGraph
        The graphs.
    folder : path
        Where to; it is made if it is not there.
    replace : bool
        Whether files of the same names may be replaced; if not, and there are such, nothing is written.
    format_ : str
        ``json`` or ``yaml``.

    Returns
    -------
    int
        How many were written.
    """
    ending = f"_asn.{format_}"
    names = {name.removesuffix("_asn.json") + ending for graph in graphs for name in graph.file_names}
    folder.mkdir(parents=True, exist_ok=True)
    there = {entry.name for entry in folder.iterdir()}
    if not replace and names & there:
        raise AsnGraphError(f"{folder / min(names & there)} is there already, and --no-clobber says to leave it")
    for graph in graphs:
        for association in progress(graph, f"writing {graph.pool.name}", total=len(graph)):
            association.write(folder, replace=replace, format_=format_)
    programs = tuple({name.split("-")[0] + "-" for name in names})
    old = sorted(name for name in there - names if name.startswith(programs) and name.endswith(ending))
    if programs and old:
        warn(f"{folder} has {len(old)} association(s) of the same program that this run did not make, such as {old[0]}")
    return len(names)
