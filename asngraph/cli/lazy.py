"""Groups of commands that are loaded only when they are called."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that knows what its commands do without loading them.

    Parameters
    ----------
    *arguments, **settings
        What a `click.Group` takes.
    where : mapping of str to (str, str)
        For each command the module that has it, under the command's name, and what it does.
    """

    def __init__(self, *arguments: Any, where: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._where = where

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in their order."""
        return list(self._where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in self._where:
            return None
        module = importlib.import_module(self._where[cmd_name][0])
        name = cmd_name.replace("-", "_")
        return getattr(module, f"{name}_" if hasattr(builtins, name) else name)  # type: ignore[no-any-return]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self._where.items()])
