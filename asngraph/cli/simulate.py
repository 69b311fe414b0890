"""``asngraph simulate``: pools of programs that never were."""

from __future__ import annotations

from pathlib import Path

import click

from asngraph.cli import streams
from asngraph.cli.console import SpaceSeparated, say
from asngraph.cli.options import overwrite_option
from asngraph.simulation import MODES
from asngraph.simulation import simulate as simulate_pool
from asngraph.util.atomic import check_place


@click.command(cls=SpaceSeparated)
@click.option("-n", "--exposures", default=200, show_default=True, help="How many exposures the pool is to have.")
@click.option("-m", "--modes", multiple=True, metavar="MODE ...", help="Its observing modes; by default all, in turn.")
@click.option("-s", "--seed", default=0, show_default=True, help="The same seed gives the same pool.")
@click.option("--program", type=click.IntRange(1, 99999), help="The program's number; by default drawn.")
@click.option("--errors", default=0.02, show_default=True, help="The share of exposures that have an error.")
@click.option("--undefined", default=0.0, show_default=True, help="The share of cells that got lost.")
@click.option("--shuffle", is_flag=True, help="Put the exposures in no order.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write; by default standard output.")
@overwrite_option()
@click.option("--list-modes", is_flag=True, help="List the observing modes, and do nothing else.")
def simulate(
    exposures: int,
    modes: tuple[str, ...],
    seed: int,
    program: int | None,
    errors: float,
    undefined: float,
    shuffle: bool,
    output: Path | None,
    overwrite: bool,
    list_modes: bool,
) -> None:
    """Make a pool of a program that never was, with names and values as the telescope has them."""
    if list_modes:
        width = max(map(len, MODES))
        for name, mode in MODES.items():
            click.echo(f"{name:<{width}}  {(mode.__doc__ or '').strip()}")
        return
    if output:
        check_place(output, replace=overwrite)
    pool = simulate_pool(
        exposures,
        modes or None,
        seed=seed,
        program=program,
        errors=errors,
        undefined=undefined,
        shuffle=shuffle,
        name=output.name if output else None,
    )
    pool.write(output or streams.output())
    if output:
        say(f"{len(pool)} exposures of {len(set(pool['obs_num']))} observations written to {output}")
