"""``asngraph view``: a pool as a page to look at."""

from __future__ import annotations

import time
from pathlib import Path

import click

from asngraph.cli.console import say, warn
from asngraph.cli.inputs import excluded_of, stem_of
from asngraph.cli.options import delimiter_option, exclude_option, overwrite_option, rule_options, support_option
from asngraph.graph.association_graph import generate
from asngraph.model.pool import Pool
from asngraph.rules.loading import RuleChoice


@click.command()
@click.argument("pool")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="The file to write.  [default: the pool's name with .html, in this folder]",
)
@delimiter_option
@support_option
@exclude_option
@rule_options()
@overwrite_option(what="a file that is no page of asngraph")
@click.option("--open", "open_", is_flag=True, help="Open the page in the browser.")
def view(
    pool: str,
    output: Path | None,
    delimiter: str,
    support: str | None,
    exclude: str | None,
    rules: RuleChoice,
    overwrite: bool,
    open_: bool,
) -> None:
    """Make a page of POOL: its exposures, their relations and their associations.

    The page is one file that needs no network: it can be kept, sent and opened anywhere.
    """
    from asngraph.page import write_page
    from asngraph.page.write import refuse_other_files

    started = time.perf_counter()
    path = output or Path(f"{stem_of(pool)}.html")
    refuse_other_files(path, replace=overwrite)
    known = rules.load()
    graph = generate(Pool.read(pool, delimiter), rules=known, support=support, excluded=excluded_of(exclude))
    for note in graph.notes:
        warn(note)
    size = write_page(graph, path, replace=overwrite)
    say(
        f"{len(graph.pool)} exposures and {len(graph)} associations written to {path} "
        f"({size / 1e6:.1f} MB) in {time.perf_counter() - started:.2f} s"
    )
    if open_:
        click.launch(str(path))
