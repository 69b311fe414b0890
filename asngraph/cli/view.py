"""``asngraph view``: the page of a pool."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import say, warn
from asngraph.cli.inputs import excluded_of, read_pool, stem_of
from asngraph.cli.options import (
    delimiter_option,
    exclude_option,
    overwrite_option,
    rule_options,
    source_options,
    support_option,
)
from asngraph.graph.association_graph import generate
from asngraph.rules.loading import RuleChoice
from asngraph.util.text import counted


@click.command()
@source_options()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="The file to write.  [default: the source's name with .html, in this folder]",
)
@delimiter_option
@support_option
@exclude_option
@rule_options()
@overwrite_option(what="a file that asngraph did not write")
@click.option("--open", "open_", is_flag=True, help="Open the page in the browser.")
def view(
    source: Sequence[Path],
    output: Path | None,
    delimiter: str,
    support: str | None,
    exclude: str | None,
    rules: RuleChoice,
    overwrite: bool,
    open_: bool,
) -> None:
    """Write a page of SOURCE: its exposures, their relations and their associations.

    SOURCE is a pool, or FITS files or a folder of them; the page of association files is that of their pool, which has
    to be beside them.  [default: .]

    The page is one file that needs no network, and can be archived, sent and opened anywhere.
    """
    from asngraph.page import write_page
    from asngraph.page.write import refuse_other_files

    started = time.perf_counter()
    path = output or Path(f"{stem_of(source)}.html")
    refuse_other_files(path, replace=overwrite)
    known = rules.load()
    graph = generate(read_pool(source, delimiter), rules=known, support=support, excluded=excluded_of(exclude))
    for note in graph.notes:
        warn(note)
    size = write_page(graph, path, replace=overwrite)
    say(
        f"{counted(len(graph.pool), 'exposure')} and {counted(len(graph), 'association')} written to {path} "
        f"({size / 1e6:.1f} MB) in {time.perf_counter() - started:.2f} s"
    )
    if open_:
        click.launch(str(path))
