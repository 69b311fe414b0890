"""``asngraph graph``: the graph of a pool, in a format that other programs read."""

from __future__ import annotations

import time
from pathlib import Path

import click

from asngraph.cli.words import say, warn, working
from asngraph.exports import FORMATS, export, format_of
from asngraph.graph import generate
from asngraph.network import VIEWS
from asngraph.pool import Pool


@click.command()
@click.argument("pool")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The file to write; one that is there is replaced. csv and parquet write two, FILE_nodes and FILE_edges.",
)
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="The format.  [default: by the extension of FILE]",
)
@click.option(
    "--view", type=click.Choice(list(VIEWS)), default="full", show_default=True, help="How much of the graph to write."
)
@click.option("--support", metavar="TABLE", help="A table of files that serve exposures: file | kind | exposure.")
@click.option("-d", "--delimiter", default="|", show_default=True, help="The character between the cells of the pool.")
def graph(pool: str, output: Path, format_: str | None, view: str, support: str | None, delimiter: str) -> None:
    """Write the graph of a pool: its exposures, associations and products, and the edges between them.

    Extensions: .graphml, .gexf, .dot or .gv, .cyjs (cytoscape), .json (node-link), .csv, .parquet.
    """
    started = time.perf_counter()
    format_ = format_of(output, format_)
    with working(f"deciding {pool}"):
        decided = generate(Pool.read(pool, delimiter), support=support)
    for note in decided.notes:
        warn(note)
    with working(f"writing {output}"):
        files = export(decided, output, format_, view)
    where = " and ".join(map(str, files))
    say(f"{view} graph of {decided.pool.name} written to {where} in {time.perf_counter() - started:.2f} s")
