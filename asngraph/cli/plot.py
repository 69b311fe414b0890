"""``asngraph plot``: pictures for a report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import say
from asngraph.cli.inputs import read_pool
from asngraph.cli.options import delimiter_option, overwrite_option, rule_options, source_options
from asngraph.graph.association_graph import AssociationGraph
from asngraph.graph.association_graph import generate as generate_graph
from asngraph.model.filenames import association_name
from asngraph.rules.loading import RuleChoice
from asngraph.util.atomic import check_place, write_bytes


@click.command()
@source_options()
@click.option("-a", "--association", metavar="NAME", help="Draw this association, named like its file.")
@click.option("-n", "--observation", metavar="NUMBER", help="Draw this observation, such as 1 or o001.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write: .svg, .png or .pdf.  [default: an .svg file with the name of the "
    "association, observation or pool]",
)
@overwrite_option()
@rule_options()
@delimiter_option
def plot(
    source: Sequence[Path],
    association: str | None,
    observation: str | None,
    output: Path | None,
    overwrite: bool,
    rules: RuleChoice,
    delimiter: str,
) -> None:
    """Draw the program of SOURCE, or one of its associations or observations.

    SOURCE is a pool, or FITS files or a folder of them. The associations are those that `asngraph generate SOURCE`
    makes. Needs the extra `plot`.  [default: .]
    """
    if association is not None and observation is not None:
        raise click.UsageError("--association and --observation exclude each other.")
    from asngraph.plots import format_of, plot_association, plot_observation, plot_program, render

    format_ = "svg" if output is None else format_of(output)
    if output is not None:
        check_place(output, replace=overwrite)
    known = rules.load()
    graph = generate_graph(read_pool(source, delimiter), rules=known)
    if association is not None:
        figure = plot_association(graph, association)
    elif observation is not None:
        figure = plot_observation(graph, observation)
    else:
        figure = plot_program(graph)
    path = output or _default(graph, association, observation)
    check_place(path, replace=overwrite)
    replaced = path.exists()
    write_bytes(path, render(figure, format_))
    say(f"{path} {'replaced' if replaced else 'written'}")


def _default(graph: AssociationGraph, association: str | None, observation: str | None) -> Path:
    """Return a file name for a picture, in this folder, whatever characters the pool's names have."""
    if association is not None:
        name = association_name(association)
    else:
        name = re.sub(r"\.[a-z]+$", "", graph.pool.name)
        name += "_program" if observation is None else f"_observation_{observation}"
    return Path(re.sub(r"[^A-Za-z0-9_.+-]", "_", name).lstrip(".-")[:150] + ".svg")
