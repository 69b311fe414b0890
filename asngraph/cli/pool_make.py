"""``asngraph pool make``, ``merge`` and ``split``: making, merging and splitting pools."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import progress, say, warn, working
from asngraph.cli.options import delimiter_option, overwrite_option
from asngraph.cli.output import progress_lines
from asngraph.errors import AsnGraphError
from asngraph.model.pool import Pool
from asngraph.util.atomic import check_place
from asngraph.util.staging import Staging, check_folder
from asngraph.util.text import counted

# The number of notes that are shown without -v.
_MOST = 5

_overwrite = overwrite_option("--replace")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="POOL", help="The pool to write."
)
@click.option("--asn-candidate", metavar="LIST", help="Candidates of all exposures: \"[('c1000', 'background')]\".")
@click.option("--dms-note", metavar="TEXT", help="The value of the column dms_note, such as wfsc_los_jitter.")
@click.option(
    "--is-imprt", type=click.Choice(["t", "f"]), help="Whether all are imprints.  [default: from the headers]"
)
@click.option(
    "--pntgtype", metavar="TYPE", help="The kind of pointing, such as target_acquisition.  [default: science]"
)
@click.option("-v", "--verbose", is_flag=True, help="List every file that is skipped.")
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
    """Make a pool from the headers of FITS files: _uncal, _rate or _cal files.

    In a folder all *.fits files are read, including subfolders. Several files of one exposure give one row. Headers do
    not say which observations belong together; `asngraph pool link` adds that. Files that give no exposure are listed
    with the reason; the others are processed, and the exit code is 1.
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
    _report(result.passed_over, "its name is not that of an exposure; skipped", verbose=verbose)
    _report(result.again, "another file of an exposure that the pool has already", verbose=verbose)
    _warn_of(result.notes, verbose=verbose)
    if result.pool is None:
        raise AsnGraphError("no file gave an exposure; nothing written")
    result.pool.write(output)
    seconds = time.perf_counter() - started
    say(
        f"{counted(len(result.pool), 'exposure')} of {counted(len(found), 'file')} written to "
        f"{output} in {seconds:.2f} s"
    )
    if result.problems:
        raise AsnGraphError(
            f"{len(result.problems)} of {counted(len(found), 'file')} gave no exposure; the reasons are above"
        )


def _report(files: Sequence[str], what: str, *, verbose: bool) -> None:
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
        warn(f"and {counted(len(notes) - len(shown), 'more note')}; -v shows all")


@click.command()
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="POOL", help="The pool to write."
)
@click.option("--renumber-targets", is_flag=True, help="Assign new target numbers, by the targets' names.")
@delimiter_option
@_overwrite
def merge(pools: Sequence[str], output: Path, renumber_targets: bool, delimiter: str, overwrite: bool) -> None:
    """Merge several pools into one.

    An exposure of several pools gets one row. If its rows differ, or the pools number their targets differently,
    nothing is written, and the error names both places.
    """
    from asngraph.pools.merging import merge as merge_pools

    check_place(output, replace=overwrite)
    with working("merging"):
        read = [Pool.read(file, delimiter) for file in pools]
        merged = merge_pools(read, renumber_targets=renumber_targets, name=output.name)
    merged.pool.write(output, delimiter)
    twice = f"; {counted(merged.twice, 'duplicate row')} dropped" if merged.twice else ""
    say(f"{counted(len(merged.pool), 'exposure')} of {counted(len(read), 'pool')} written to {output}{twice}")


@click.command()
@click.argument("pool")
@click.option(
    "-p", "--path", default=".", type=click.Path(path_type=Path), help="The folder to write to.  [default: .]"
)
@delimiter_option
@_overwrite
def split(pool: str, path: Path, delimiter: str, overwrite: bool) -> None:
    """Split a pool into one for each set of related targets of a program.

    Targets are related when they share an observation or a candidate. Calibrations without a target go into every pool
    of their program and instrument. The associations of the candidates stay the same.
    """
    from asngraph.pools.split import split as split_pool

    check_folder(path)
    with working(f"splitting {pool}"):
        parts = split_pool(Pool.read(pool, delimiter))
    for part in parts if path.is_dir() else ():
        check_place(path / part.name, replace=overwrite)
    with Staging(path) as staging:
        for part in progress(parts, "writing"):
            staging.add(part.name, part.pool.text(delimiter))
        staging.publish(replace=overwrite)
    for part in parts:  # after the progress bar, which uses the same terminal
        targets = ", ".join(part.targets[:8]) + (", ..." if len(part.targets) > 8 else "")
        what = f"target{'s' if len(part.targets) > 1 else ''} {targets}" if part.targets else "no target"
        progress_lines(f"{part.name}  {counted(len(part.pool), 'exposure')}  {what}")
    say(f"{counted(len(parts), 'pool')} written to {path}")
