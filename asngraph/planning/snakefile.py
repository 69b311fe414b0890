"""Snakefiles of plans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asngraph.planning.commands import COMMAND, MADE_BY, check_command, check_names, command_of, linked, targets
from asngraph.planning.plan import Plan, Run

_HEAD = f"""\
# The runs of the pipelines, in the order in which they can go; {MADE_BY}.
# -d is the folder that has the data and the association files: snakemake -s THIS_FILE -d FOLDER -c 4
# Files that were found in other folders are linked into this one.

localrules: all
"""
# Not rules: snakemake removes the files of a rule before it makes them again, and these are the data.
_LINKS = """\
import os

for name, path in links.items():
    if not os.path.lexists(name):
        try:
            os.symlink(path, name)
        except FileExistsError:
            pass
"""


def snakefile(plan: Plan, command: str = COMMAND) -> str:
    """Return a plan as a Snakefile.

    Parameters
    ----------
    plan : Plan
        The plan.
    command : str
        The template of the command of a run (`asngraph.planning.commands.check_command`).

    Returns
    -------
    str
        The text of the Snakefile.

    Raises
    ------
    UsageError
        When the template is invalid, or a name cannot be used in a Snakefile.

    Examples
    --------
    >>> from asngraph.planning.plan import plan
    >>> from asngraph.simulation import simulate
    >>> print(snakefile(plan(simulate(1, ["fgs-imaging"], seed=1)), "run {pipeline} {input}").splitlines()[-1])
            'run calwebb_image3 jw03201-o001_image3_00001_asn.json'
    """
    check_command(command)
    check_names(plan)
    every = [target for run in plan.runs for target in targets(run)]
    rules = ("\n".join(_rule(number, run, command)) for number, run in enumerate(plan.runs, start=1))
    links = [f"    {name!a}: {path!a}," for name, path in linked(plan).items()]
    linking = ["", "links = {", *links, "}", _LINKS] if links else [""]
    return "\n".join([_HEAD.rstrip(), *linking, "rule all:", *_files("input", every), *rules]) + "\n"


def _rule(number: int, run: Run, command: str) -> Iterator[str]:
    yield ""
    yield f"rule run{number:05d}:"
    yield from _files("input", [run.input, *run.needs])
    if run.marker:
        yield f"    output: touch({run.marker!r})"
    else:
        yield from _files("output", targets(run))
    yield f"    message: {f'{run.pipeline} {run.input}'!r}"
    yield "    shell:"
    # Snakemake replaces fields in braces.
    yield f"        {command_of(run, command).replace('{', '{{').replace('}', '}}')!r}"


def _files(what: str, names: Sequence[str]) -> Iterator[str]:
    yield f"    {what}:"
    yield from (f"        {name!r}," for name in names)
