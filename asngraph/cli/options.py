"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from asngraph._version import REFERENCE, __version__

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

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


class _Renamed(click.Option):
    """An option whose help shows its first name only; the others are accepted for one more release."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return record and (self.opts[0], record[1])


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
