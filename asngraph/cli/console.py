"""What commands share: options with several words, warnings, and progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from asngraph.cli import streams

T = TypeVar("T")


class SpaceSeparated(click.Command):
    """A command whose options with ``...`` in their metavar take several words: ``-i o001 o002`` for ``-i ID ...``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the options before each of their words, then parse as click does."""
        several = {
            name for parameter in self.params if parameter.multiple and str(parameter.metavar).endswith("...")
            for name in parameter.opts
        }  # fmt: skip
        return super().parse_args(ctx, _repeated(args, several))


def _repeated(arguments: Sequence[str], options: set[str]) -> list[str]:
    """Return arguments with an option repeated before each of its words.

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
    """Print a message about the work to standard error; standard output is for answers."""
    streams.message(message)


def warn(message: str) -> None:
    """Print a warning to standard error."""
    say(f"asngraph: warning: {message}")


def progress(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield items, with a progress bar on a terminal."""
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
    """Show a spinner with a label on a terminal while the work runs."""
    if not streams.on_terminal():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(file=streams.terminal()).status(Text(streams.legible(label))):
        streams.keep_safe()
        yield
