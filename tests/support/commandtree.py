"""The commands of the command line, by their names."""

from __future__ import annotations

from collections.abc import Iterator

import click

from asngraph import cli


def commands(group: click.Group = cli.cli, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield each command that is not a group, with its name, such as ``pool make``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command
