"""``asngraph pool``: what is done with pools before associations are made of them."""

from __future__ import annotations

import click

from asngraph.cli.lazy import LazyGroup

# Where each command is, and what it does.
_COMMANDS = {
    "make": ("asngraph.cli.pool_make", "Make a pool of the headers of FITS files."),
    "link": ("asngraph.cli.pool_link", "Put observations under a common candidate, or propose which."),
    "show": ("asngraph.cli.pool_show", "Describe a pool: programs, observations, targets, modes, candidates."),
    "check": ("asngraph.cli.pool_show", "Say what keeps exposures out of all associations."),
    "merge": ("asngraph.cli.pool_make", "Make one pool of several."),
    "split": ("asngraph.cli.pool_make", "Divide a pool into one for each set of related targets."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def pool() -> None:
    """Work with association pools: tables with one row for each exposure.

    A pool is what associations are made of (`asngraph generate`).
    """
