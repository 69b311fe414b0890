"""``asngraph pool link``: links between observations, which FITS headers do not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import say, warn, working
from asngraph.cli.options import delimiter_option, overwrite_option, rule_options
from asngraph.cli.output import lines
from asngraph.errors import UsageError
from asngraph.model.pool import Pool
from asngraph.model.pool_text import source_text
from asngraph.pools.link import TYPES, Linked
from asngraph.pools.link import link as link_observations
from asngraph.rules.loading import RuleChoice
from asngraph.rules.rule import RuleSet
from asngraph.util.atomic import check_place, write_text
from asngraph.util.limits import is_stream, real_path
from asngraph.util.text import counted


@click.command()
@click.argument("pool")
@click.argument("observations", nargs=-1, metavar="OBS...")
@click.option("--type", "type_", type=click.Choice(list(TYPES)), help="The purpose of the link.")
@click.option("--background", multiple=True, metavar="OBS", help="One of them is the background: sets bkgdtarg.")
@click.option("--psf", multiple=True, metavar="OBS", help="One of them is the PSF reference: sets is_psf.")
@click.option(
    "--id", "id_", metavar="ID", help="The candidate's id; an existing candidate is extended.  [default: next free]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="POOL", help="The pool to write.")
@click.option("--in-place", is_flag=True, help="Change the pool itself.")
@overwrite_option("--replace")
@click.option("--propose", is_flag=True, help="Print commands for links that the pool suggests, without changing it.")
@rule_options()
@delimiter_option
def link(
    pool: str,
    observations: Sequence[str],
    type_: str | None,
    background: Sequence[str],
    psf: Sequence[str],
    id_: str | None,
    output: Path | None,
    in_place: bool,
    overwrite: bool,
    propose: bool,
    rules: RuleChoice,
    delimiter: str,
) -> None:
    """Link observations of POOL by a common candidate, and report the associations of the candidate.

    Observations are named by number: 3, o003, or 1234:3 where there are several programs. Everything else in the pool
    is preserved, including comments.

    Types: background, with --background; coronagraphy and ami, with --psf; mosaic, group; direct_image, of grism
    spectra taken in parallel.
    """
    if propose:
        changing = bool(observations or type_ or background or psf or id_ or output or in_place or rules)
        _propose(pool, delimiter, named=changing)
        return
    if type_ is None:
        raise click.UsageError("name the purpose of the link with --type, or use --propose.")
    if (output is None) == (not in_place):
        raise click.UsageError("give either -o POOL or --in-place.")
    target = real_path(pool) if output is None else output  # the file behind a symbolic link
    if output is not None:
        check_place(output, replace=overwrite)
    elif is_stream(pool):
        raise UsageError("a pool from a pipe cannot be changed in place; write to a file with -o")
    known = rules.load()
    name, text = source_text(pool)
    read = _read(text, name, delimiter)
    linked = link_observations(read, type_, observations, id_=id_, background=background, psf=psf)
    _write(read, linked, text, target, delimiter)
    _report(linked, output or Path(pool), known)


def _read(text: str, name: str, delimiter: str) -> Pool:
    import io

    return Pool.read(io.StringIO(text), delimiter, name)


def _write(read: Pool, linked: Linked, text: str, target: Path, delimiter: str) -> None:
    from asngraph.pools.text_edits import with_cells

    cells = {}
    for (row, column), value in linked.cells.items():
        line = read.line(row)
        assert line is not None  # it was read from text
        cells[line, column] = value
    write_text(target, with_cells(text, cells, delimiter) if cells else text)


def _report(linked: Linked, target: Path, rules: RuleSet) -> None:
    from asngraph.graph.association_graph import generate

    for note in linked.notes:
        warn(note)
    candidate = linked.candidate
    observations = ", ".join(linked.observations)
    if not linked.cells:
        say(f"observations {observations} are already linked by {candidate.id} ({candidate.type})")
        return
    with working(f"making the associations of {candidate.id}"):
        graph = generate(linked.pool, ids=[candidate.id], rules=rules)
        made = Counter(str(each["asn_type"]) for each in graph)
    counts = ", ".join(f"{count} {name}" for name, count in made.items())
    say(f"observations {observations} linked by {candidate.id} ({candidate.type}), written to {target}")
    say(f"associations of {candidate.id} only: {counts or 'none; `asngraph why-not` explains why'}")


def _propose(pool: str, delimiter: str, *, named: bool) -> None:
    from asngraph.pools.link_proposals import propose

    if named:
        raise UsageError("--propose only reads: give the pool and no other arguments")
    read = Pool.read(pool, delimiter)
    proposals = propose(read)
    for each in proposals:
        lines(f"# {each.type}: {each.reason}", each.command(pool))
    say(f"{counted(len(proposals), 'link')} proposed" if proposals else f"{read.name} suggests no further links")
