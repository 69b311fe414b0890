"""``asngraph simulate``: simulated pools of invented programs."""

from __future__ import annotations

from pathlib import Path

import click

from asngraph.cli import streams
from asngraph.cli.console import SpaceSeparated, say
from asngraph.cli.options import overwrite_option
from asngraph.simulation import MODES
from asngraph.simulation import simulate as simulate_pool
from asngraph.util.atomic import check_place
from asngraph.util.text import counted


@click.command(cls=SpaceSeparated)
@click.option("-n", "--exposures", default=200, show_default=True, help="The number of exposures.")
@click.option("-m", "--modes", multiple=True, metavar="MODE ...", help="The observing modes; by default all, in turn.")
@click.option("-s", "--seed", default=0, show_default=True, help="The same seed gives the same pool.")
@click.option("--program", type=click.IntRange(1, 99999), help="The program's number; by default random.")
@click.option("--errors", default=0.02, show_default=True, help="The share of exposures with an error.")
@click.option("--undefined", default=0.0, show_default=True, help="The share of cells that are undefined.")
@click.option("--shuffle", is_flag=True, help="Put the exposures in random order.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write; by default standard output.")
@overwrite_option()
@click.option("--list-modes", is_flag=True, help="List the observing modes and exit.")
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
    """Make a simulated pool of an invented program, with realistic names and values."""
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
        say(
            f"{counted(len(pool), 'exposure')} of "
            f"{counted(len(set(pool['obs_num'])), 'observation')} written to {output}"
        )
