"""``asngraph graph``: the graph of a pool, in the formats of other programs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import click

from asngraph.cli.console import progress, say, warn, working
from asngraph.cli.inputs import read_pool
from asngraph.cli.options import delimiter_option, overwrite_option, rule_options, source_options, support_option
from asngraph.execution import Settings
from asngraph.exports import FORMATS, export, file_names, format_of
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.graph.networkx_view import VIEWS
from asngraph.graph.support_files import Support, read_support_of
from asngraph.rules.loading import RuleChoice
from asngraph.rules.rule import RuleSet
from asngraph.util.atomic import check_place, refuse_inputs
from asngraph.util.limits import is_stream
from asngraph.util.text import counted


@click.command()
@source_options()
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The file to write. csv and parquet write two, FILE_nodes and FILE_edges; --by-program writes a folder.",
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
@click.option(
    "--by-program",
    is_flag=True,
    help="Write Parquet tables of one pool or many into a folder, in parts for each program: for Spark and DuckDB.",
)
@overwrite_option()
@support_option
@rule_options()
@delimiter_option
def graph(
    source: Sequence[Path],
    output: Path,
    format_: str | None,
    view: str,
    by_program: bool,
    overwrite: bool,
    support: str | None,
    rules: RuleChoice,
    delimiter: str,
) -> None:
    """Write the graph of SOURCE: its exposures, associations and products, and the edges between them.

    SOURCE is a pool, or FITS files or a folder of them.  [default: .]

    Extensions: .graphml, .gexf, .dot or .gv, .cyjs (cytoscape), .json (node-link), .csv, .parquet.
    """
    started = time.perf_counter()
    if by_program:
        if format_ not in (None, "parquet"):
            raise click.UsageError(f"--by-program writes parquet, not {format_}; leave out -f.")
        _write_programs(
            [str(path) for path in source], output, view, rules.load(), support, delimiter, replace=overwrite
        )
        say(
            f"{view} graphs of {counted(len(source), 'pool')} written to {output} in "
            f"{time.perf_counter() - started:.2f} s"
        )
        return
    format_ = format_of(output, format_)
    known = rules.load()
    for file in file_names(output, format_):
        refuse_inputs(file, *source, support)
        check_place(file, replace=overwrite)
    pool = read_pool(source, delimiter)
    with working(f"deciding {pool.name}"):
        decided = generate(pool, rules=known, support=support)
    for note in decided.notes:
        warn(note)
    with working(f"writing {output}"):
        files = export(decided, output, format_, view)
    where = " and ".join(map(str, files))
    say(f"{view} graph of {decided.pool.name} written to {where} in {time.perf_counter() - started:.2f} s")


def _write_programs(
    pools: Sequence[str],
    folder: Path,
    view: str,
    rules: RuleSet,
    support: str | None,
    delimiter: str,
    *,
    replace: bool,
) -> None:
    from asngraph.exports.parquet_by_program import export_by_program

    serving: Sequence[list[Support] | None] = [None] * len(pools)
    settings = Settings(delimiter)
    sources = [settings.read(pool) if is_stream(pool) else pool for pool in pools]  # streams can be read only once
    if support is not None:
        serving = read_support_of(support, map(settings.read, sources))
    given = zip(sources, serving, strict=True)
    graphs = (generate(settings.read(pool), rules=rules, support=served) for pool, served in given)
    with closing(export_by_program(_noted(graphs), folder, view, replace=replace)) as written:
        for _ in progress(written, "writing", total=len(pools)):
            pass


def _noted(graphs: Iterable[AssociationGraph]) -> Iterator[AssociationGraph]:
    for graph in graphs:
        for note in graph.notes:
            warn(note)
        yield graph
