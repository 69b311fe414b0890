"""``asngraph generate``: from pools to association files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from asngraph.cli.words import SpaceSeparated, progress, warn
from asngraph.errors import AsnGraphError
from asngraph.graph import AssociationGraph
from asngraph.graph import generate as generate_graph
from asngraph.pool import Pool


@click.command(cls=SpaceSeparated)
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@click.option(
    "-p", "--path", default=".", type=click.Path(path_type=Path), help="The folder to write to.  [default: .]"
)
@click.option("-i", "--ids", multiple=True, metavar="ID ...", help="Work only these candidates, such as o001 c1000.")
@click.option("--discover", is_flag=True, help="Only search the whole pool for what no candidate asks for.")
@click.option("--all-candidates", is_flag=True, help="Only work the candidates.")
@click.option("-d", "--delimiter", default="|", show_default=True, help="The character between the cells of a pool.")
@click.option("--together", is_flag=True, help="Take several pools as one; by default each is decided alone.")
@click.option("--no-clobber", is_flag=True, help="Write nothing if a file of the same name is there already.")
def generate(
    pools: tuple[str, ...],
    path: Path,
    ids: tuple[str, ...],
    discover: bool,
    all_candidates: bool,
    delimiter: str,
    together: bool,
    no_clobber: bool,
) -> None:
    """Make associations of pools of exposures.

    By default every candidate is worked, and then the whole pool is searched, as the observatory does.
    """
    if sum((bool(ids), discover, all_candidates)) > 1:
        raise click.UsageError("--ids, --discover and --all-candidates exclude each other.")
    read = [Pool.read(pool, delimiter) for pool in pools]
    if together:
        read = [Pool.together(read)]
    graphs = [
        generate_graph(pool, ids=ids or None, discover=discover, all_candidates=all_candidates)
        for pool in progress(read, "deciding")
    ]
    for graph in graphs:
        for note in graph.notes:
            warn(note)
    _refuse_same_names(graphs)
    write(graphs, path, replace=not no_clobber)


def _refuse_same_names(graphs: list[AssociationGraph]) -> None:
    counts = Counter(name for graph in graphs for name in graph.file_names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise AsnGraphError(
            f"{len(twice)} association(s) of several pools would have the same file name, such as {twice[0]}; "
            "write them to different folders, or decide the pools --together"
        )


def write(graphs: list[AssociationGraph], folder: Path, *, replace: bool) -> None:
    """Write the associations of graphs, and point out those of the same programs that were there before."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {name for graph in graphs for name in graph.file_names}
    there = {entry.name for entry in folder.iterdir()}
    if not replace and names & there:
        raise AsnGraphError(f"{folder / min(names & there)} is there already, and --no-clobber says to leave it")
    for graph in graphs:
        for association in progress(graph, f"writing {graph.pool.name}", total=len(graph)):
            association.write(folder, replace=replace)
    programs = tuple({name.split("-")[0] + "-" for name in names})
    old = sorted(name for name in there - names if name.startswith(programs) and name.endswith("_asn.json"))
    if programs and old:
        warn(f"{folder} has {len(old)} association(s) of the same program that this run did not make, such as {old[0]}")
    exposures = sum(len(graph.pool) for graph in graphs)
    click.echo(f"{len(names)} associations of {exposures} exposures written to {folder}", err=True)
