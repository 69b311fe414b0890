"""What commands share: options with several words, warnings, and progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from asngraph.cli import streams

T = TypeVar("T")


class SpaceSeparated(click.Command):
    """A command with options that take several words at once, and say so: ``-i o001 o002``, of ``-i ID ...``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write the options out before click reads them."""
        several = {
            name for parameter in self.params if parameter.multiple and str(parameter.metavar).endswith("...")
            for name in parameter.opts
        }  # fmt: skip
        return super().parse_args(ctx, _repeated(args, several))


def _repeated(arguments: Sequence[str], options: set[str]) -> list[str]:
    """Write an option before each of its words.

    Examples
    --------
    >>> _repeated(["pool.csv", "-i", "o001", "o002", "-p", "out"], {"-i"})
    ['pool.csv', '-i', 'o001', '-i', 'o002', '-p', 'out']
    """
    result: list[str] = []
    option, fresh = "", False
    for position, argument in enumerate(arguments):
        if argument == "--":
            return [*result, *arguments[position:]]
        if argument in options:
            option, fresh = argument, True
            result.append(argument)
        elif argument.startswith("-") and len(argument) > 1:
            option = ""
            result.append(argument)
        else:
            if option and not fresh:
                result.append(option)
            fresh = False
            result.append(argument)
    return result


def say(message: str) -> None:
    """Say on standard error how the work went; standard output is for answers."""
    streams.message(message)


def warn(message: str) -> None:
    """Say on standard error what is odd."""
    say(f"asngraph: warning: {message}")


def progress(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Go through items; on a terminal, show how far the work has come."""
    if not streams.on_terminal():
        yield from items
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import track

    console = Console(file=streams.terminal())
    for item in track(items, escape(streams.legible(label)), total=total, console=console, transient=True):
        streams.keep_safe()
        yield item


@contextmanager
def working(label: str) -> Iterator[None]:
    """On a terminal, show what is being done while it is done."""
    if not streams.on_terminal():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(file=streams.terminal()).status(Text(streams.legible(label))):
        streams.keep_safe()
        yield
