"""``asngraph pool``: preparing pools for `asngraph generate`."""

from __future__ import annotations

import click

from asngraph.cli.lazy import LazyGroup

# The module and the summary of each command.
_COMMANDS = {
    "make": ("asngraph.cli.pool_make", "Make a pool from the headers of FITS files."),
    "link": ("asngraph.cli.pool_link", "Link observations by a common candidate, or propose links."),
    "show": ("asngraph.cli.pool_show", "Describe a pool: programs, observations, targets, modes, candidates."),
    "check": ("asngraph.cli.pool_show", "Find the reasons why exposures are in no association."),
    "merge": ("asngraph.cli.pool_make", "Merge several pools into one."),
    "split": ("asngraph.cli.pool_make", "Split a pool into one for each set of related targets."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def pool() -> None:
    """Work with association pools: tables with one row for each exposure.

    `asngraph generate` makes associations from them.
    """
