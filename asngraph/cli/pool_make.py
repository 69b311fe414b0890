"""``asngraph pool make``, ``merge`` and ``split``: pools from files, from pools, and into pools."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import progress, say, warn, working
from asngraph.cli.options import delimiter_option, overwrite_option
from asngraph.cli.output import told
from asngraph.errors import AsnGraphError
from asngraph.model.pool import Pool
from asngraph.util.atomic import check_place
from asngraph.util.staging import Staging, check_folder

# Of how many files one thing is told unless more is asked for.
_MOST = 5

_overwrite = overwrite_option("--replace")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="POOL", help="The pool to write."
)
@click.option("--asn-candidate", metavar="LIST", help="Candidates of all of them: \"[('c1000', 'background')]\".")
@click.option("--dms-note", metavar="TEXT", help="The column dms_note, such as wfsc_los_jitter.")
@click.option("--is-imprt", type=click.Choice(["t", "f"]), help="Whether all are imprints.  [default: headers say]")
@click.option(
    "--pntgtype", metavar="TYPE", help="The kind of pointing, such as target_acquisition.  [default: science]"
)
@click.option("-v", "--verbose", is_flag=True, help="Name every file that is passed over.")
@_overwrite
def make(
    files: Sequence[str],
    output: Path,
    asn_candidate: str | None,
    dms_note: str | None,
    is_imprt: str | None,
    pntgtype: str | None,
    verbose: bool,
    overwrite: bool,
) -> None:
    """Make a pool of the headers of FITS files: of _uncal, _rate or _cal files alike.

    Of a folder all *.fits in it and below are read. Several files of one exposure give one row. No header says which
    observations belong together: `asngraph pool link` does. A file that gives no exposure is named with the reason; the
    rest is done, and the exit code is 1.
    """
    from asngraph.pools.from_headers import fits_files, pool_from_headers

    started = time.perf_counter()
    check_place(output, replace=overwrite)
    found = fits_files(files)
    result = pool_from_headers(
        progress(found, "reading headers"),
        asn_candidate=asn_candidate,
        dms_note=dms_note,
        is_imprt=is_imprt,
        pntgtype=pntgtype,
        name=output.name,
    )
    for file, problem in result.problems:
        say(f"{file}: {problem}")
    _tell(result.passed_over, "no exposure by its name, passed over", verbose=verbose)
    _tell(result.again, "another file of an exposure that is there", verbose=verbose)
    _warn_of(result.notes, verbose=verbose)
    if result.pool is None:
        raise AsnGraphError("none of the files gave an exposure; nothing written")
    result.pool.write(output)
    seconds = time.perf_counter() - started
    say(f"{len(result.pool)} exposures of {len(found)} files written to {output} in {seconds:.2f} s")
    if result.problems:
        raise AsnGraphError(f"{len(result.problems)} of {len(found)} files gave no exposure; the reasons are above")


def _tell(files: Sequence[str], what: str, *, verbose: bool) -> None:
    if verbose or len(files) == 1:
        for file in files:
            say(f"{file}: {what}")
    elif files:
        say(f"{len(files)} files: {what}; -v names them")


def _warn_of(notes: Sequence[str], *, verbose: bool) -> None:
    shown = notes if verbose or len(notes) <= _MOST else notes[:_MOST]
    for note in shown:
        warn(note)
    if len(shown) < len(notes):
        warn(f"and {len(notes) - len(shown)} more of that kind; -v tells all")


@click.command()
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="POOL", help="The pool to write."
)
@click.option("--renumber-targets", is_flag=True, help="Number the targets anew, by their names.")
@delimiter_option
@_overwrite
def merge(pools: Sequence[str], output: Path, renumber_targets: bool, delimiter: str, overwrite: bool) -> None:
    """Make one pool of several.

    The same exposure has one row. Where its rows differ, or the pools number their targets differently, nothing is
    written, and both places are named.
    """
    from asngraph.pools.merging import merge as merge_pools

    check_place(output, replace=overwrite)
    with working("merging"):
        read = [Pool.read(file, delimiter) for file in pools]
        merged = merge_pools(read, renumber_targets=renumber_targets, name=output.name)
    merged.pool.write(output, delimiter)
    twice = f"; {merged.twice} rows came more than once" if merged.twice else ""
    say(f"{len(merged.pool)} exposures of {len(read)} pools written to {output}{twice}")


@click.command()
@click.argument("pool")
@click.option(
    "-p", "--path", default=".", type=click.Path(path_type=Path), help="The folder to write to.  [default: .]"
)
@delimiter_option
@_overwrite
def split(pool: str, path: Path, delimiter: str, overwrite: bool) -> None:
    """Divide a pool into one for each set of related targets of a program.

    Targets are related when an observation or a candidate ties them. Calibrations that are tied to no target go into
    every pool of their program and instrument. The associations of the candidates stay the same.
    """
    from asngraph.pools.split import split as split_pool

    check_folder(path)
    with working(f"dividing {pool}"):
        parts = split_pool(Pool.read(pool, delimiter))
    for part in parts if path.is_dir() else ():
        check_place(path / part.name, replace=overwrite)
    with Staging(path) as staging:
        for part in progress(parts, "writing"):
            staging.add(part.name, part.pool.text(delimiter))
        staging.publish(replace=overwrite)
    for part in parts:  # a progress bar would take them for its terminal
        targets = ", ".join(part.targets[:8]) + (", ..." if len(part.targets) > 8 else "")
        what = f"target{'s' if len(part.targets) > 1 else ''} {targets}" if part.targets else "no target"
        told(f"{part.name}  {len(part.pool)} exposures  {what}")
    say(f"{len(parts)} pools written to {path}")
