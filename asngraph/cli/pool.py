"""``asngraph pool``: what is done with pools before associations are made of them."""

from __future__ import annotations

import click

from asngraph.cli.lazy import LazyGroup

# Where each command is, and what it does.
_COMMANDS = {
    "make": ("asngraph.cli.poolmaking", "Make a pool of the headers of FITS files."),
    "link": ("asngraph.cli.poollinks", "Put observations under a common candidate, or propose which."),
    "show": ("asngraph.cli.poolviews", "Describe a pool: programs, observations, targets, modes, candidates."),
    "check": ("asngraph.cli.poolviews", "Say what keeps exposures out of all associations."),
    "merge": ("asngraph.cli.poolmaking", "Make one pool of several."),
    "split": ("asngraph.cli.poolmaking", "Divide a pool into one for each set of related targets."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def pool() -> None:
    """Work with association pools: tables with one row for each exposure.

    A pool is what associations are made of (`asngraph generate`).
    """
