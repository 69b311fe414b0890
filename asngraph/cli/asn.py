"""``asngraph asn``: the commands that work with association files."""

from __future__ import annotations

import click

from asngraph.cli.lazy import LazyGroup

_COMMANDS = {
    "validate": ("asngraph.cli.validate", "Say what is wrong with association files."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def asn() -> None:
    """Make, change and check association files."""
