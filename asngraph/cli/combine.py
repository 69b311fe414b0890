"""``asngraph combine``: associations by what exposures have in common."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asngraph.cli.console import say, warn, working
from asngraph.cli.options import delimiter_option, json_option, overwrite_option
from asngraph.cli.output import lines, print_json, table
from asngraph.errors import UsageError
from asngraph.util.staging import check_folder

if TYPE_CHECKING:
    from asngraph.combination import Combination

_STAGES = {"2": (2,), "3": (3,), "both": (2, 3)}
# The rows of the table of a dry run, and its width.
_MOST = 40
_WIDTH = 80


@click.command()
@click.argument("source", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--by",
    default="target,optics",
    show_default=True,
    metavar="COLUMNS",
    help="What exposures of one association have in common: columns of a pool or keywords of headers; also target "
    "(the proposer's name), optics (filter, pupil and grating) and position:30arcsec.",
)
@click.option(
    "-p", "--path", default=".", type=click.Path(path_type=Path), help="The folder to write to.  [default: .]"
)
@click.option(
    "--where",
    metavar="CONDITION",
    help='The exposures to use: "filter is f200w and obs_num in 1-5", "not exp_type nrs_wata".',
)
@click.option("--stage", type=click.Choice(list(_STAGES)), default="3", show_default=True, help="The stage.")
@click.option(
    "--background",
    metavar="WHICH",
    help='The exposures that are background: "target NAME", "obs N", flag (BKGDTARG), or any condition.',
)
@click.option(
    "--psf",
    metavar="WHICH",
    help="The exposures that are PSF references, likewise.  [default: flag (IS_PSF), for coronagraphy and AMI]",
)
@click.option("--nearest", type=click.IntRange(1), metavar="N", help="Use only the N backgrounds nearest in time.")
@click.option("--nod", "nods", is_flag=True, help="Stage 2: other nod positions are background of each other.")
@click.option("--with-imprints", "imprints", is_flag=True, help="Stage 2: add the imprints (leakcal).")
@click.option("--selfcal", is_flag=True, help="Stage 2: use backgrounds to find bad pixels, too.")
@click.option(
    "--with-direct-images",
    "direct_images",
    is_flag=True,
    help="Stage 2: add the combined direct image of slitless spectra, its catalog and segmentation map.",
)
@click.option("--suffix", metavar="SUFFIX", help="The suffix of science members, such as _jhat.  [default: by stage]")
@click.option(
    "--product-name",
    metavar="TEMPLATE",
    help="Names of stage-3 products, with columns in braces: {target}_{filter}.  [default: from --by]",
)
@click.option("-i", "--id", "asn_id", default="a3001", show_default=True, metavar="ID", help="The candidate's id.")
@click.option("--no-id", is_flag=True, help="Leave the id out; names of products do not contain it then.")
@click.option("--dry-run", is_flag=True, help="List what each association would hold, without writing them.")
@overwrite_option()
@delimiter_option
@json_option
def combine(
    source: tuple[str, ...],
    path: Path,
    stage: str,
    no_id: bool,
    asn_id: str,
    dry_run: bool,
    overwrite: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Combine exposures into associations by columns of your choice.

    SOURCE is a pool, FITS files, or a folder of them. Exposures that agree in the columns of --by become a stage-3
    association, over observations, visits and programs; in stage 2 each exposure has its own. What serves others joins
    science of its own set-up. Different instruments or exposure types are never combined.
    """
    from asngraph.combination import combine as make

    started = time.perf_counter()
    check_folder(path)
    with working("combining"):
        made = make(source, stages=_STAGES[stage], asn_id=None if no_id else asn_id, folder=path, **asked)
    if not made and not dry_run:
        raise UsageError("; ".join(["no association can be made of these exposures", *made.notes]))
    if not dry_run:
        made.write(path, replace=overwrite)
    for note in made.notes:
        warn(note)
    if as_json:
        print_json(made.records())
    elif dry_run:
        _show(made)
    _report(made, "dry run, nothing written" if dry_run else f"written to {path}", time.perf_counter() - started)


def _show(made: Combination) -> None:
    """Print what each association would hold."""
    records = made.records()
    rows = [
        (
            record["product"],
            record["asn_type"],
            ", ".join(f"{len(names)} {role}" for role, names in record["members"].items()),
            record["observations"],
        )
        for record in records[:_MOST]
    ]
    if rows:
        table("", ("product", "type", "members", "observations"), rows, width=_WIDTH)
    if len(records) > _MOST:
        lines(f"  and {len(records) - _MOST} more; --json lists all")


def _report(made: Combination, done: str, seconds: float) -> None:
    types = Counter(str(association["asn_type"]) for association in made)
    listed = ", ".join(f"{count} {asn_type}" for asn_type, count in types.items()) or "none"
    products = {product["name"] for association in made for product in association.products}
    names = dict.fromkeys(name for names in made.missing.values() for name in names)
    missing = [name for name in names if name.rpartition("_")[0] not in products]  # these make the others
    if missing:
        say(f"missing files: {len(missing)}, such as {missing[0]}")
    say(f"associations: {listed}; {done}; {seconds:.2f} s")
