"""What commands share: options with several words, warnings, and progress."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

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
    click.echo(message, err=True)


def warn(message: str) -> None:
    """Say on standard error what is odd."""
    click.echo("asngraph: warning: " + " ".join(message.split()), err=True)


def progress(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Go through items; on a terminal, show how far the work has come."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, label, total=total, console=Console(stderr=True), transient=True)


def visible(text: str) -> str:
    r"""Show what a terminal would act on, such as marks that turn the direction of writing, instead of printing it.

    Examples
    --------
    >>> visible("jw1" + chr(0x202E) + "x")
    'jw1\\u202ex'
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


@contextmanager
def working(label: str) -> Iterator[None]:
    """On a terminal, show what is being done while it is done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(label):
        yield
