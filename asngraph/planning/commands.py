"""The command of a run, and which names may stand in files that other programs execute."""

from __future__ import annotations

import re
import shlex
import string
from collections.abc import Mapping

from asngraph.errors import UsageError
from asngraph.planning.plan import Plan, Run

COMMAND = "strun {pipeline} {input}"
MADE_BY = "made by `asngraph plan`"  # in the first lines of a file that is
_FIELDS = ("pipeline", "input", "name", "outputs")

# What means the same everywhere: to the shell, to make and to snakemake. Everything else is refused, not quoted: make
# has no quotes for some of it, snakemake reads braces as wildcards.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)+")


def check_names(plan: Plan) -> None:
    """Refuse a plan in which a file has a name that a program might read as something else than a name.

    Parameters
    ----------
    plan : Plan
        The plan.

    Raises
    ------
    UsageError
        When a file's name has a folder, a space, a quote or anything but letters, digits, ``_``, ``.``, ``+`` and
        ``-``, or lacks an extension.
    """
    for run in plan.runs:
        for file in (run.input, *run.needs, *targets(run)):
            if not _PLAIN.fullmatch(file):
                raise UsageError(
                    f"{run.name[:80]!r}: the file name {file[:80]!r} cannot stand in a Makefile or a Snakefile; there "
                    "names have letters, digits, _, + and -, an extension and no folder. Rename the file or the product"
                )


def targets(run: Run) -> tuple[str, ...]:
    """Name the files by which it shows that a run is done."""
    return run.makes or (run.marker,)


def check_command(template: str) -> str:
    """Check the template of a command, and return it.

    Parameters
    ----------
    template : str
        The command, one line for a shell; fields in braces are ``{pipeline}``, ``{input}``, ``{name}`` and
        ``{outputs}``, braces that are none are doubled.

    Raises
    ------
    UsageError
        When it is no such template.

    Examples
    --------
    >>> check_command("strun {pipeline} {input} --steps.resample.skip=true")
    'strun {pipeline} {input} --steps.resample.skip=true'
    """
    try:
        parts = [part for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise UsageError(f"the command {template!r} is no template: {error}; double other braces") from None
    for _, field, spec, conversion in parts:
        if field not in _FIELDS or spec or conversion:
            known = ", ".join(f"{{{each}}}" for each in _FIELDS)
            raise UsageError(f"the command {template!r} has the field {{{field}}}; there are {known}")
    if not template.strip() or not template.isprintable() or template.endswith("\\"):
        raise UsageError(f"the command {template!r} is no single line for a shell")
    if template.lstrip()[0] in "@+-":
        raise UsageError(f"the command {template!r} begins with {template.lstrip()[0]!r}, which make takes for its own")
    return template


def command_of(run: Run, template: str) -> str:
    """Fill the template of a command in, each field quoted for the shell.

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
        "outputs": " ".join(map(shlex.quote, run.makes)),
    }
    return template.format_map(fields)
