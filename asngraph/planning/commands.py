"""Commands of runs, and the names that are allowed in Makefiles and Snakefiles."""

from __future__ import annotations

import re
import shlex
import string
from collections.abc import Mapping

from asngraph.errors import UsageError
from asngraph.planning.plan import Plan, Run

COMMAND = "strun {pipeline} {input}"
MADE_BY = "made by `asngraph plan`"  # the first lines of generated files have it
_FIELDS = ("pipeline", "input", "name", "outputs")

# Names with the same meaning to the shell, make and snakemake. All others are refused, not quoted: make cannot quote
# some characters, and snakemake reads braces as wildcards.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)+")
_FOLDERS = re.compile(r"/?(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*/)*")


def check_names(plan: Plan) -> None:
    """Raise an error if a plan has file names that are unsafe in Makefiles or Snakefiles.

    Parameters
    ----------
    plan : Plan
        The plan.

    Raises
    ------
    UsageError
        When a file's name has a space, a quote or anything but letters, digits, ``_``, ``.``, ``+`` and ``-``, or
        lacks an extension. Only files that must exist may have folders in their names, and none that is ``..``.
    """
    for run in plan.runs:
        for file in (run.input, *targets(run)):
            if not _PLAIN.fullmatch(file):
                raise _refused(run, file, "letters, digits, _, + and -, an extension and no folder")
        for file in run.needs:
            folders = _FOLDERS.match(file)
            if folders is None or not _PLAIN.fullmatch(file, folders.end()):
                raise _refused(run, file, "letters, digits, _, + and -, an extension; folders likewise, and no ..")


def _refused(run: Run, file: str, allowed: str) -> UsageError:
    return UsageError(
        f"{run.name[:80]!r}: the file name {file[:80]!r} cannot be used in a Makefile or a Snakefile; "
        f"rename the file or the product: {allowed}"
    )


def linked(plan: Plan) -> dict[str, str]:
    """Return the files that a plan needs and that are in other folders, with their paths.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    dict of str to str

    Raises
    ------
    UsageError
        When a path has a character that cannot be printed.
    """
    made = {file for run in plan.runs for file in targets(run)}
    needed = dict.fromkeys(file for run in plan.runs for file in (run.input, *run.needs))
    found = {file: plan.there[file] for file in needed if file in plan.there and file not in made}
    for path in found.values():
        if not path.isprintable():
            raise UsageError(f"the path {path!r} cannot be used in a Makefile or a Snakefile; rename the folder")
    return found


def targets(run: Run) -> tuple[str, ...]:
    """Return the files whose existence shows that a run is done.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    tuple of str
        Its outputs, or its marker file.
    """
    return run.makes or (run.marker,)


def check_command(template: str) -> str:
    """Return the template of a command, if it is valid.

    Parameters
    ----------
    template : str
        The command, one line for a shell, with the fields ``{pipeline}``, ``{input}``, ``{name}`` and ``{outputs}``
        (`targets`); literal braces are doubled.

    Returns
    -------
    str
        The template.

    Raises
    ------
    UsageError
        When the template is invalid.

    Examples
    --------
    >>> check_command("strun {pipeline} {input} --steps.resample.skip=true")
    'strun {pipeline} {input} --steps.resample.skip=true'
    """
    try:
        parts = [part for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise UsageError(f"invalid command {template!r}: {error}; double literal braces") from None
    for _, field, spec, conversion in parts:
        if field not in _FIELDS or spec or conversion:
            known = ", ".join(f"{{{each}}}" for each in _FIELDS)
            raise UsageError(f"the command {template!r} has the unknown field {{{field}}}; use {known}")
    if not template.strip() or not template.isprintable() or template.endswith("\\"):
        raise UsageError(f"invalid command {template!r}; give a single line of printable characters for a shell")
    if template.lstrip()[0] in "@+-":
        raise UsageError(
            f"the command {template!r} begins with {template.lstrip()[0]!r}, which is special to make; put another "
            "word first"
        )
    return template


def command_of(run: Run, template: str) -> str:
    """Return the command of a run, with all fields quoted for the shell.

    Parameters
    ----------
    run : Run
        The run.
    template : str
        The template (`check_command`).

    Returns
    -------
    str
        The command.

    Examples
    --------
    >>> run = Run("jw1-o001_image2_00001", "calwebb_image2", 2, 1, "it's_asn.json", (), ("a_cal.fits", "a_i2d.fits"))
    >>> print(command_of(run, "run.sh {input} {outputs}"))
    run.sh 'it'"'"'s_asn.json' a_cal.fits a_i2d.fits
    """
    fields: Mapping[str, str] = {
        "pipeline": shlex.quote(run.pipeline),
        "input": shlex.quote(run.input),
        "name": shlex.quote(run.name),
        "outputs": " ".join(map(shlex.quote, targets(run))),
    }
    return template.format_map(fields)
