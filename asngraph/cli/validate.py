"""``asngraph asn validate``: the errors of association files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import progress, say
from asngraph.cli.inputs import read_pool
from asngraph.cli.options import delimiter_option, json_option, source_options
from asngraph.cli.output import lines, print_json
from asngraph.editing.problem import ERROR, Problem
from asngraph.editing.releases import is_after_reference
from asngraph.editing.validation import problems_of_files
from asngraph.errors import UsageError
from asngraph.model.association_files import association_paths, no_associations
from asngraph.util.text import counted


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...", type=click.Path(path_type=Path))
@source_options("--pool", argument=False, default="", purpose="What must have the exposures of all members")
@click.option(
    "--for",
    "release",
    metavar="jwst==VERSION",
    help="The release of jwst that should accept them; jwst==main for the next one.  [default: jwst==3.0.0]",
)
@delimiter_option
@json_option
def validate(
    files: tuple[Path, ...], source: Sequence[Path], release: str | None, delimiter: str, as_json: bool
) -> None:
    """List the errors of association files, or of all files in folders and below; - is standard input.

    Releases after jwst 3.0 read no YAML, no trailing commas and no names without .json, and combine slitless spectra
    (WFSS) from _x1d instead of _cal: --for says which release should accept the files. The exit code is 1 when a file
    has an error; warnings do not count.
    """
    is_after_reference(release)  # a slip is reported before files are read
    paths = list(dict.fromkeys(path for named in files for path in _paths(named)))
    known = read_pool(source, delimiter) if source else None
    found = list(progress(problems_of_files(paths, known, release), "checking", len(paths)))
    invalid = sum(any(problem.severity == ERROR for problem in some) for some in found)
    every = [problem for some in found for problem in some]
    if as_json:
        print_json(every)
    else:
        lines(*map(_line, every))
    say(f"{counted(len(paths), 'association file')}: {len(paths) - invalid} valid, {invalid} invalid")
    sys.exit(1 if invalid else 0)


def _paths(named: Path) -> list[Path]:
    if not named.is_dir():
        return [named]
    inside = association_paths(named)
    if not inside:
        raise UsageError(no_associations(named))
    return inside


def _line(problem: Problem) -> str:
    place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
    sort = "" if problem.severity == ERROR else f"{problem.severity}: "
    return f"{place}: {problem.path}: {sort}{problem.text}"
