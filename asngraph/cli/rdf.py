"""``asngraph rdf``: the graph of a pool as RDF."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from asngraph.cli import streams
from asngraph.cli.console import say, warn, working
from asngraph.cli.inputs import read_pool
from asngraph.cli.options import delimiter_option, overwrite_option, rule_options, source_options, support_option
from asngraph.graph.association_graph import generate
from asngraph.rdf.write import FORMATS, format_of, write_rdf
from asngraph.rules.loading import RuleChoice
from asngraph.util.atomic import check_place, refuse_inputs


@click.command()
@source_options()
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
    help="The file to write.  [default: standard output]",
)
@overwrite_option()
@support_option
@rule_options()
@delimiter_option
def rdf(
    source: Sequence[Path],
    format_: str | None,
    output: Path | None,
    overwrite: bool,
    support: str | None,
    rules: RuleChoice,
    delimiter: str,
) -> None:
    """Write the graph of SOURCE as RDF, in the vocabulary of ontology/asngraph.ttl.

    SOURCE is a pool, or FITS files or a folder of them.  [default: .]

    nt and nq are the fastest. nq and trig write one named graph, whose IRI is that of the pool. Extensions:
    .ttl, .nt, .nq, .trig, .jsonld, .rdf.
    """
    started = time.perf_counter()
    format_ = format_of(output, format_)
    known = rules.load()
    if output:
        refuse_inputs(output, *source, support)
        check_place(output, replace=overwrite)
    pool = read_pool(source, delimiter)
    with working(f"deciding {pool.name}"):
        decided = generate(pool, rules=known, support=support)
    for note in decided.notes:
        warn(note)
    opened = streams.binary_output() if output is None else nullcontext(output)
    with working(f"writing {output or format_}"), opened as target:
        write_rdf(decided, target, format_)
    if output:
        say(f"{decided.pool.name} written to {output} as {format_} in {time.perf_counter() - started:.2f} s")
