"""Makefiles of plans."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from asngraph.planning.commands import COMMAND, MADE_BY, check_command, check_names, command_of, linked, targets
from asngraph.planning.plan import Plan, Run

_HEAD = f"""\
# The runs of the pipelines, in the order in which they can go; {MADE_BY}.
# Run it in the folder that has the data and the association files: make -f THIS_FILE -j 4
# Files that were found in other folders are linked into this one.

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all
"""


def makefile(plan: Plan, command: str = COMMAND) -> str:
    """Return a plan as a Makefile.

    A run that succeeds without making its files is an error. A run whose output names are not known beforehand makes
    an empty file ``NAME.done``.

    Parameters
    ----------
    plan : Plan
        The plan.
    command : str
        The template of the command of a run (`asngraph.planning.commands.check_command`).

    Returns
    -------
    str
        The text of the Makefile.

    Raises
    ------
    UsageError
        When the template is invalid, or a name cannot be used in a Makefile.

    Examples
    --------
    >>> from asngraph.planning.plan import plan
    >>> from asngraph.simulation import simulate
    >>> print(makefile(plan(simulate(1, ["fgs-imaging"], seed=1))).splitlines()[-3])
    jw03201-o001_t001_fgs_clear_i2d.fits: jw03201-o001_image3_00001_asn.json jw03201001001_02101_00001_guider2_cal.fits
    """
    check_command(command)
    check_names(plan)
    every = " \\\n    ".join(target for run in plan.runs for target in targets(run))
    rules = [_link(*each) for each in linked(plan).items()] + [_rule(run, command) for run in plan.runs]
    return "\n".join([_HEAD, f"all: {every}" if every else "all:", *rules]) + "\n"


def _link(name: str, path: str) -> str:
    return f"\n{name}:\n\t@test -e {name} || ln -s {shlex.quote(path).replace('$', '$$')} {name}"


def _rule(run: Run, command: str) -> str:
    return "\n".join(["", f"# {run.pipeline}, step {run.step}", *_lines(run, command)])


def _lines(run: Run, command: str) -> Iterator[str]:
    first, *others = targets(run)
    yield f"{first}: {' '.join([run.input, *run.needs])}"
    yield "\t" + command_of(run, command).replace("$", "$$")
    if run.marker:
        yield f"\t@touch {run.marker}"
        return
    yield "\t" + _existence_check(first, f"{run.pipeline} did not make it")
    # One run makes all of them: the others depend on the first, without a command.
    for other in others:
        yield f"{other}: {first}"
        yield "\t" + _existence_check(other, f"remove {first}, of the same run, to have both made again")


def _existence_check(file: str, otherwise: str) -> str:
    return f"@test -e {file} || {{ echo '{file} is not there; {otherwise}' >&2; exit 1; }}"
