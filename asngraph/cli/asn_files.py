"""``asngraph asn files`` and ``gather``: the files that associations need, listed or gathered in one folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asngraph.cli.console import SpaceSeparated, progress, say, warn
from asngraph.cli.options import delimiter_option, overwrite_option, rule_options, source_options
from asngraph.cli.output import lines
from asngraph.rules.loading import RuleChoice
from asngraph.util.text import counted

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

_pool = source_options("--pool", argument=False, default="", purpose="The exposures, with their MSA metadata files")


def _graph(source: Sequence[Path], rules: RuleChoice, delimiter: str) -> AssociationGraph | None:
    known = rules.load()
    if not source:
        return None
    from asngraph.cli.inputs import read_pool
    from asngraph.graph.association_graph import generate

    return generate(read_pool(source, delimiter), rules=known)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER...")
@click.option(
    "--from",
    "stage",
    type=click.Choice(["uncal", "rate", "cal"]),
    help="The stage to start processing from; products of other associations at hand are then "
    "left out.  [default: from the members]",
)
@click.option("--uri", "as_uri", is_flag=True, help="Write archive URIs: mast:JWST/product/...")
@_pool
@rule_options()
@delimiter_option
def files(
    paths: Sequence[Path],
    stage: str | None,
    as_uri: bool,
    source: Sequence[Path],
    rules: RuleChoice,
    delimiter: str,
) -> None:
    """List every file that is needed to process associations, one per line.

    With --from, a member that another association in the same folders makes is replaced by the files of that
    association: in stage 3 those of stage 2 with their backgrounds, for WFSS the image with the catalog. With --in, the
    associations of these exposures are used too.
    """
    from asngraph.editing.required_files import files as find
    from asngraph.editing.required_files import uri

    found = find(paths, stage, _graph(source, rules, delimiter))
    lines(*(uri(name.rpartition("/")[2]) if as_uri else name for name in found.names))
    for name in found.unmade:
        warn(
            f"{name}: no association at hand makes it, so the file itself is needed; --in SOURCE "
            f"or its association resolves it"
        )
    if found.unknown:
        warn(f"{source[0]} does not have {', '.join(found.unknown[:3])}{' ...' if len(found.unknown) > 3 else ''}")
    elif not source and any("_nrs" in name for name in found.names):
        say("NIRSpec: give the exposures with --in to list the MSA metadata files")


@click.command(cls=SpaceSeparated)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("-o", "--output", "folder", required=True, type=click.Path(path_type=Path), help="The folder.")
@click.option(
    "-s",
    "--source",
    "members",
    type=click.Path(path_type=Path),
    help="Where the members are.  [default: where FILE is]",
)
@click.option("-t", "--exp-types", multiple=True, metavar="EXPTYPE...", help="Only members in these roles.")
@click.option("-x", "--exclude-types", multiple=True, metavar="EXPTYPE...", help="No members in these roles.")
@click.option("--link", is_flag=True, help="Link files instead of copying them.")
@overwrite_option(what="files in the folder that differ")
@_pool
@rule_options()
@delimiter_option
@click.option(
    "--allow-outside",
    is_flag=True,
    help="Also follow links out of the source folder, and take files that are not data.",
)
def gather(
    path: Path,
    folder: Path,
    members: Path | None,
    exp_types: Sequence[str],
    exclude_types: Sequence[str],
    link: bool,
    overwrite: bool,
    source: Sequence[Path],
    rules: RuleChoice,
    delimiter: str,
    allow_outside: bool,
) -> None:
    """Copy or link an association and its members into one folder.

    Members may be in any folders; they are placed directly in the new folder, and the folders are dropped from their
    names. Every copy is compared with its source, by size and checksum (SHA-256). Missing files are listed, one per
    line, with exit code 1; the association itself is written only when no file is missing. Run the command again to
    continue.
    """
    from asngraph.editing.gather import Choice
    from asngraph.editing.gather import gather as collect

    done = collect(
        path,
        folder,
        source=members,
        choice=Choice(exp_types, exclude_types, link, overwrite, allow_outside),
        graph=_graph(source, rules, delimiter),
        watch=lambda places: progress(places, "gathering", len(places)),
    )
    if done.flattened:
        says = "1 member has" if done.flattened == 1 else f"{done.flattened} members have"
        say(
            f"{says} a folder in the name; the files are directly in {folder}, and "
            f"{done.path.name} names them without folder"
        )
    say(
        f"{counted(len(done.copied), 'file')} {'linked' if link else 'copied'} to {folder}, "
        f"{len(done.there)} already there"
    )
    if done.missing:
        lines(*map(str, done.missing))
        warn(
            f"{counted(len(done.missing), 'missing file')}; {done.path.name} is written when "
            f"they are there: run the command again then"
        )
        sys.exit(1)
    say(f"{done.path}: written")
