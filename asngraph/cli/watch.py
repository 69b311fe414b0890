"""``asngraph watch``: the associations of a pool, kept up to date."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import click

from asngraph.cli import streams
from asngraph.cli.console import warn
from asngraph.cli.generate import generate
from asngraph.cli.options import delimiter_option, json_option, rule_options
from asngraph.cli.output import lines, print_json
from asngraph.errors import AsnGraphError, UsageError
from asngraph.execution.changes import Changes, changes_between
from asngraph.model.association_files import pools_in
from asngraph.model.pool import Pool
from asngraph.model.run_file import MadeFile, read_runs
from asngraph.rules.loading import RuleChoice
from asngraph.util.text import counted
from asngraph.util.watching import Watcher

# The exposures that are named as the reason for a change of an association.
_MOST_NAMES = 3


@click.command()
@click.argument("source", metavar="POOL", type=click.Path(path_type=Path))
@click.option("-p", "--path", required=True, type=click.Path(path_type=Path), help="The folder of the associations.")
@click.option("--exec", "command", metavar="COMMAND", help="Run a command after each change, such as 'make -C FOLDER'.")
@click.option("--once", is_flag=True, help="Update once, and do not wait for changes.")
@rule_options()
@delimiter_option
@json_option
def watch(
    source: Path, path: Path, command: str | None, once: bool, rules: RuleChoice, delimiter: str, as_json: bool
) -> None:
    """Keep the associations of POOL up to date while it changes; Ctrl-C ends it.

    POOL is a pool, or a folder with only one. After each change the associations are updated as by `asngraph generate
    --update --prune`, and the exposures and associations that changed are listed, with the exposures that are the
    reason.
    """
    words = _words(command)
    arguments = ["--path", str(path), "--delimiter", delimiter, *_choice(rules), "--update", "--prune"]
    pool, before = None, _files_of(path, _pool_of(source))
    with Watcher() as watcher:
        # A folder is watched, since a pool that is written anew replaces the file.
        watcher.add(source if source.is_dir() else source.absolute().parent)
        while True:
            file = _pool_of(source)
            try:
                now = Pool.read(file, delimiter)
                with generate.make_context("generate", [str(file), *arguments], click.get_current_context()) as context:
                    generate.invoke(context)
                after = _files_of(path, file)
                _report(changes_between(path, (pool, now), (before, after)), as_json=as_json)
                if words and after != before:
                    _execute(words)
                pool, before = now, after
            except AsnGraphError as error:  # a pool that is half written or wrong; it will change again
                if pool is None:
                    raise
                warn(str(error))
            if once:
                return
            watcher.wait()


def _words(command: str | None) -> list[str]:
    try:
        return shlex.split(command or "")
    except ValueError as error:
        raise UsageError(f"--exec {command}: {error}; check the quotation marks") from None


def _choice(rules: RuleChoice) -> list[str]:
    """Return the options for a choice of rules."""
    words = [word for file in rules.files for word in ("--rules", file)]
    words += [word for name in rules.packages for word in ("--ruleset", name)]
    return [*words, *(["--ignore-default"] if rules.ignore_default else [])]


def _pool_of(source: Path) -> Path:
    if not source.is_dir():
        return source
    pools = pools_in(source)
    if len(pools) != 1:
        raise UsageError(f"{source}: has {counted(len(pools), 'file')} that could be pools; name the pool")
    return pools[0]


def _files_of(folder: Path, pool: Path) -> dict[str, MadeFile]:
    run = read_runs(folder).get(pool.name)
    return {} if run is None else run.files


def _report(changes: Changes, *, as_json: bool) -> None:
    if as_json:
        print_json(changes, indent=None)
    else:
        for what in ("new", "gone", "changed"):
            lines(*(f"exposure {what}: {name}" for name in getattr(changes, f"{what}_exposures")))
        for what in ("new", "gone", "changed"):
            lines(*(f"association {what}: {name}{_because(why)}" for name, why in getattr(changes, what).items()))
        lines(*(f"association renumbered: {old} is {name}" for name, old in changes.renumbered.items()))
    streams.output().flush()


def _because(exposures: list[str]) -> str:
    if not exposures:
        return ""
    more = f" and {len(exposures) - _MOST_NAMES} more" if len(exposures) > _MOST_NAMES else ""
    return f", because of {', '.join(exposures[:_MOST_NAMES])}{more}"


def _execute(words: list[str]) -> None:
    try:
        done = subprocess.run(words, check=False)  # noqa: S603 (the user's own command)
    except OSError as error:
        raise UsageError(f"--exec {words[0]}: {error.strerror}") from None
    if done.returncode:
        warn(f"{words[0]} ended with exit code {done.returncode}")
