"""Options that several commands share."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from asngraph._version import REFERENCE, __version__
from asngraph.util.user_cache import VARIABLE

F = TypeVar("F", bound=Callable[..., Any])

# Scripts read the first line.
version_option = click.version_option(
    __version__, prog_name="asngraph", message=f"%(prog)s, version %(version)s\nrules of {REFERENCE}"
)
delimiter_option = click.option(
    "-d", "--delimiter", default="|", show_default=True, help="The character between the cells of a pool."
)
support_option = click.option(
    "--support", metavar="TABLE", help="A table of support files of exposures: file | kind | exposure."
)
exclude_option = click.option("--exclude", metavar="FILE", help="A table of exposures to leave out: filename | reason.")

no_cache_option = click.option(
    "--no-cache", is_flag=True, help="Decide the pool again, though its graph is in the cache, and leave nothing there."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


SOURCE = (
    "a pool, a FITS file, an association file, a folder of FITS or association files, or an archive; "
    "- is a pool from standard input."
)


def _leave_cache(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """Turn the cache off while the command runs."""
    if value:
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = "1"
        ctx.call_on_close(lambda: os.environ.pop(VARIABLE) if before is None else None)


no_cache_option = click.option(
    "--no-cache",
    is_flag=True,
    expose_value=False,
    callback=_leave_cache,
    help="Read and decide everything again, without the cache.",
)


class _Renamed(click.Option):
    """An option whose help shows its first name only; the others are accepted for one more release."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        name = self.opts[0] if self.is_flag else f"{self.opts[0]} {self.make_metavar(ctx)}"
        return record and (name, record[1])


def overwrite_option(*old: str, what: str = "an existing file") -> Callable[[F], F]:
    """Return a decorator that adds the option ``--overwrite``.

    Every command that writes files has it. For ``generate`` it is about ``-o`` only: files in a folder are replaced, as
    asn_generate does.

    Parameters
    ----------
    *old : str
        Earlier names of the option.
    what : str
        What is replaced, for the help.
    """
    return click.option("--overwrite", *old, "overwrite", cls=_Renamed, is_flag=True, help=f"Replace {what}.")


def source_options(
    *old: str, argument: bool = True, default: str = ".", purpose: str = "Where to look"
) -> Callable[[F], F]:
    """Return a decorator that adds a source, which the command receives as a list of paths, `source`.

    Every command that asks about exposures or associations has it, as SOURCE or as ``--in SOURCE``.

    Parameters
    ----------
    *old : str
        Earlier names of the option.
    argument : bool
        Whether the source may also be given without the option; otherwise other names are.
    default : str
        The source if the user names no other; with an empty text the command then receives an empty list.
    purpose : str
        What the source is for.
    """

    def add(function: F) -> F:
        @functools.wraps(function)
        def command(*words: Any, named: Sequence[Path], given: Sequence[Path] = (), **others: Any) -> Any:
            if named and given:
                raise click.UsageError(f"the source is given twice, as {given[0]} and with --in; give it once.")
            source = [*named, *given] or ([Path(default)] if default else [])
            return function(*words, source=source, **others)

        path = click.Path(path_type=Path)
        about = f"{purpose}: {SOURCE}" + (f"  [default: {default}]" if default and not argument else "")
        option = click.option(
            "--in", *old, "named", cls=_Renamed, multiple=True, metavar="SOURCE", type=path, help=about
        )
        decorated = option(no_cache_option(command))
        if argument:
            decorated = click.argument("given", nargs=-1, metavar="[SOURCE]...", type=path)(decorated)
        return decorated  # type: ignore[return-value]

    return add


def rule_options(*names: str) -> Callable[[F], F]:
    """Return a decorator that adds the options for rules, which the command receives as one `RuleChoice`, `rules`.

    Every command that makes associations or describes rules has them.

    Parameters
    ----------
    *names : str
        The names of the option for a rule file; by default ``-r`` and ``--rules``.
    """
    options = (
        click.option(
            *(names or ("-r", "--rules")),
            "rule_files",
            multiple=True,
            metavar="FILE",
            help="A file of your own rules, in addition to those of the observatory.",
        ),
        click.option("--ruleset", "rule_sets", multiple=True, metavar="NAME", help="Rules of an installed package."),
        click.option("--ignore-default", is_flag=True, help="Leave out the observatory's rules."),
    )

    def add(function: F) -> F:
        @functools.wraps(function)
        def command(
            *arguments: Any, rule_files: Sequence[str], rule_sets: Sequence[str], ignore_default: bool, **others: Any
        ) -> Any:
            from asngraph.rules.loading import RuleChoice

            chosen = RuleChoice.of(rule_files, rule_sets, ignore_default=ignore_default)
            return function(*arguments, rules=chosen, **others)

        for option in reversed(options):
            command = option(command)
        return command  # type: ignore[return-value]

    return add
