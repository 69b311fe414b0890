"""``asngraph plan`` and ``asngraph status``: the pipelines to run, and the files that are missing."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from asngraph.cli import streams
from asngraph.cli.console import warn
from asngraph.cli.inputs import collect_source
from asngraph.cli.options import delimiter_option, json_option, overwrite_option, rule_options, source_options
from asngraph.cli.output import json_text, lines, print_json, table
from asngraph.errors import OutputExistsError
from asngraph.model.filenames import file_name, parse
from asngraph.planning.commands import COMMAND, MADE_BY, check_command
from asngraph.planning.data_files import DataFiles
from asngraph.planning.makefile import makefile
from asngraph.planning.plan import Plan
from asngraph.planning.plan import plan as plan_of
from asngraph.planning.snakefile import snakefile
from asngraph.planning.status import State, follow
from asngraph.planning.status import status as states_of
from asngraph.rules.loading import RuleChoice
from asngraph.rules.rule import RuleSet
from asngraph.util.atomic import check_place, write_text
from asngraph.util.limits import open_input
from asngraph.util.text import counted

# The number of names in a cell of a table, and the number of warnings about files that nothing makes.
_FEW, _MOST_OUTSIDE, _MOST_LEFT_OUT = 1, 5, 10
# The text near the beginning of a file that shows that `asngraph plan` wrote it.
_MARKS, _HEAD = (MADE_BY, '"runs": ['), 4096
_COLUMNS = ("step", "pipeline", "is given", "needs", "makes")


_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the files, which may be in subfolders; names with a folder are relative to it.  "
    "[default: that of SOURCE]",
)


def data_of(source: Sequence[Path], data: Path | None) -> DataFiles:
    """Return the files of the data, by default of a source: a folder and those below it, or the folder of a file."""
    first = source[0]
    if data is None and not first.is_dir():
        return DataFiles(first.parent, subfolders=False)
    return DataFiles(data or first)


@click.command()
@source_options()
@_data
@click.option("--all", "all_", is_flag=True, help="All runs, from calwebb_detector1 on, whatever files exist.")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json", "make", "snakemake"]),
    default="table",
    show_default=True,
    help="The format.",
)
@click.option(
    "--command",
    default=COMMAND,
    show_default=True,
    metavar="COMMAND",
    help="The shell command of a run, for make and snakemake, with {pipeline}, {input}, {name} or {outputs}.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to a file; a file that `asngraph plan` wrote is replaced.",
)
@overwrite_option(what="any other file")
@rule_options()
@delimiter_option
def plan(
    source: Sequence[Path],
    data: Path | None,
    all_: bool,
    format_: str,
    command: str,
    output: Path | None,
    overwrite: bool,
    rules: RuleChoice,
    delimiter: str,
) -> None:
    """List the pipelines to run for associations, in order.

    SOURCE is a pool, association files, FITS files, a folder of them, or an archive.  [default: .]

    Runs begin with the files that exist: with _rate or _cal files, later stages come first, and runs whose products
    exist are left out. If there are none of the files, they begin with calwebb_detector1. They run in one folder, into
    which make and snakemake link files of other folders; the association files are those of `asngraph generate`.
    """
    check_command(command)
    if output is not None:
        check_place(output)
    if format_ == "table" and output is not None:
        raise click.UsageError("-o requires -f json, make or snakemake.")
    if data is not None and all_:
        raise click.UsageError("--all ignores which files exist, and excludes --data.")
    collection = collect_source(source, delimiter, rules)
    planned = plan_of(collection, data=None if all_ else data_of(source, data))
    _warn(planned)
    if format_ == "table":
        _table(planned)
        return
    elsewhere = _from_elsewhere(planned, Path() if output is None else output.parent)
    text = {
        "json": lambda: json_text(planned) + "\n",
        "make": lambda: makefile(elsewhere, command),
        "snakemake": lambda: snakefile(elsewhere, command),
    }[format_]()
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        if not overwrite:
            _check_ours(output)
        write_text(output, text)


def _check_ours(output: Path) -> None:
    """Check that an existing file was written by `asngraph plan`.

    Raises
    ------
    OutputExistsError
        When it was not.
    """
    if not output.exists():
        return
    with open_input(output) as file:
        head = file.read(4 * _HEAD).decode("utf-8", "replace")[:_HEAD]
    if not any(mark in head for mark in _MARKS):
        raise OutputExistsError(output, "already exists, and was not written by `asngraph plan`")


def _from_elsewhere(planned: Plan, folder: Path) -> Plan:
    """Return a plan in which only the files that are not in a folder count as existing elsewhere."""
    here = os.path.realpath(folder)
    there = {file: path for file, path in planned.there.items() if os.path.realpath(Path(path).parent) != here}
    return replace(planned, there=there)


def _warn(planned: Plan) -> None:
    for each in planned.left_out[:_MOST_LEFT_OUT]:
        warn(f"no run for {each.association}: {each.reason}")
    if len(planned.left_out) > _MOST_LEFT_OUT:
        more = counted(len(planned.left_out) - _MOST_LEFT_OUT, "more association")
        warn(f"no run for {more}; -f json lists them")
    if planned.missing:
        warn(f"{counted(len(planned.missing), 'file')} missing, to be fetched: {_few(planned.missing)}")
    for file, name in planned.overwritten.items():
        warn(f"{name} makes {file} for two products; the last one overwrites the other")
    # Files of other tools have suffixes of their own, and need no warning: the user named them.
    outside = [(file, names) for file, names in planned.outside.items() if parse(file).of_pipeline]
    for file, names in outside[:_MOST_OUTSIDE]:
        where = " there" if file_name(file) != file else ""
        warn(f"{file} must exist: nothing makes it{where}, and {_few(names)} needs it")
    if len(outside) > _MOST_OUTSIDE:
        warn(f"{counted(len(outside) - _MOST_OUTSIDE, 'more file')} must exist that nothing makes; -f json lists them")


def _rows(planned: Plan) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for run in planned.runs:
        makes = run.makes or tuple(f"{product} (named by the data)" for product in run.products)
        rows.append((str(run.step), run.pipeline, run.input, _few(run.needs), _few(makes)))
    return rows


def _table(planned: Plan) -> None:
    if not planned.runs:
        lines(f"there is nothing to run for {planned.source}{_done(planned)}")
        return
    counts = Counter(run.pipeline for run in planned.runs)
    of_pipelines = ", ".join(f"{count} {name}" for name, count in counts.items())
    table(
        f"{counted(len(planned.runs), 'run')} for {planned.source}: {of_pipelines}{_done(planned)}",
        _COLUMNS,
        _rows(planned),
    )


def _done(planned: Plan) -> str:
    return f"; the products of {counted(len(planned.done), 'association')} exist" if planned.done else ""


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_FEW])
    return f"{shown} and {len(names) - _FEW} more" if len(names) > _FEW else shown


class Completed(NamedTuple):
    """Associations that completed while the folder was watched.

    Parameters
    ----------
    completed : list of str
        The associations that have all their files since the last line.
    waiting : int
        The number of associations that wait for files.
    """

    completed: list[str]
    waiting: int


@click.command()
@source_options()
@_data
@click.option(
    "--watch",
    is_flag=True,
    help="Follow the folder, report each association that completes, end with the last; with "
    "--json, one line per change.",
)
@json_option
@rule_options()
def status(source: Sequence[Path], data: Path | None, watch: bool, as_json: bool, rules: RuleChoice) -> None:
    """List the associations that have all their files, and those that do not.

    SOURCE is a pool, association files, FITS files, a folder of them, or an archive.  [default: .]

    The exit code is 0 when all are complete, and 1 otherwise.
    """
    where = data or (source[0] if source[0].is_dir() else source[0].parent)
    collection = collect_source(source, rules=rules)
    if watch:
        if len(source) > 1:
            raise click.UsageError("--watch follows one source; name one.")
        _watch(source[0], where, rules.load(), as_json=as_json)
        return
    states = states_of(collection, data_of(source, data))
    if as_json:
        print_json(states)
    else:
        _show(states, where)
    sys.exit(0 if all(state.complete for state in states) else 1)


def _show(states: Sequence[State], where: Path) -> None:
    ready = sum(state.complete for state in states)
    rows = [
        (
            state.association,
            "complete" if state.complete else f"waits for {len(state.missing)} of {state.members}",
            _few([each.file for each in state.missing]),
            _few(list(dict.fromkeys(each.made_by or "nothing" for each in state.missing))),
        )
        for state in states
    ]
    table(
        f"{ready} of {len(states)} associations have all their files in {where}",
        ("association", "", "missing", "made by"),
        rows,
    )


def _watch(source: Path, where: Path, rules: RuleSet, *, as_json: bool) -> None:
    complete: set[str] = set()
    shown = False
    for states in follow(source, where, rules=rules):
        fresh = [state for state in states if state.complete and state.association not in complete]
        complete = {state.association for state in states if state.complete}
        if as_json:
            if fresh or not shown:
                answer = Completed([each.association for each in fresh], len(states) - len(complete))
                print_json(answer, indent=None)
        elif not shown:
            _show(states, where)
        else:
            lines(*(f"{each.association} is complete: run {each.pipeline}" for each in fresh))
        shown = True
        streams.output().flush()
