"""``asngraph rdf``: the graph of a pool as RDF."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from asngraph.cli.options import delimiter_option, support_option
from asngraph.cli.words import say, warn, working
from asngraph.files import check_place, refuse_inputs
from asngraph.graph import generate
from asngraph.pool import Pool
from asngraph.rdf.write import FORMATS, format_of, write_rdf


@click.command()
@click.argument("pool")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="The format.  [default: by the extension of FILE, else turtle]",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The file to write; one that is there is replaced.  [default: standard output]",
)
@support_option
@delimiter_option
def rdf(pool: str, format_: str | None, output: Path | None, support: str | None, delimiter: str) -> None:
    """Write the graph of a pool as RDF, in the vocabulary of ontology/asngraph.ttl.

    nt and nq are the fast ones, for large pools. nq and trig put everything in one named graph, whose IRI is that of
    the pool. Extensions: .ttl, .nt, .nq, .trig, .jsonld, .rdf.
    """
    started = time.perf_counter()
    format_ = format_of(output, format_)
    if output:
        check_place(output)
        refuse_inputs(output, pool, support)
    with working(f"deciding {pool}"):
        decided = generate(Pool.read(pool, delimiter), support=support)
    for note in decided.notes:
        warn(note)
    with working(f"writing {output or format_}"):
        write_rdf(decided, output or sys.stdout.buffer, format_)
    if output:
        say(f"{decided.pool.name} written to {output} as {format_} in {time.perf_counter() - started:.2f} s")
