"""Command groups whose commands are imported only when they are called."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that lists its commands without importing them.

    Parameters
    ----------
    *arguments, **settings
        What a `click.Group` takes.
    where : mapping of str to (str, str)
        The module and the summary of each command, by the command's name.
    """

    def __init__(self, *arguments: Any, where: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._where = where

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in their order."""
        return list(self._where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it."""
        if cmd_name not in self._where:
            return None
        module = importlib.import_module(self._where[cmd_name][0])
        name = cmd_name.replace("-", "_")
        return getattr(module, f"{name}_" if hasattr(builtins, name) else name)  # type: ignore[no-any-return]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands to the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self._where.items()])
