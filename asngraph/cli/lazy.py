"""Command groups: they suggest commands for a mistyped name, and import a command only when it is called."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Mapping
from typing import Any

import click

from asngraph.cli import completion
from asngraph.util.suggest import closest, did_you_mean


class SuggestingGroup(click.Group):
    """A group that suggests commands for a name that it does not have."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, and the other arguments."""
        name = args[0]
        if not (ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name)):
            known = self.list_commands(ctx)
            near = did_you_mean(self.near(ctx, name), f"the commands are {', '.join(known)}")
            ctx.fail(f"unknown command {name}; {near}")
        return super().resolve_command(ctx, args)

    def near(self, ctx: click.Context, name: str) -> list[str]:
        """Return the commands with the most similar names, or else those of the groups within this one.

        Parameters
        ----------
        ctx : click.Context
            The context of the group.
        name : str
            The unknown name.

        Returns
        -------
        list of str
            The words to type after the group's name, such as ``asn validate``.
        """
        own = self.list_commands(ctx)
        groups = {command: group for command in own if isinstance(group := self.get_command(ctx, command), click.Group)}
        inner = {name: f"{group} {name}" for group in reversed(groups) for name in groups[group].list_commands(ctx)}
        return closest(name, own) or closest(name, inner)


class LazyGroup(SuggestingGroup):
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
        command: click.Command = getattr(module, f"{name}_" if hasattr(builtins, name) else name)
        if ctx.resilient_parsing:
            completion.attach(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands to the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self._where.items()])
