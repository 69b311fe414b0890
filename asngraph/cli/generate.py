"""``asngraph generate``: the association files of pools."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asngraph.cli.console import SpaceSeparated, progress, say, warn
from asngraph.cli.inputs import excluded_of
from asngraph.cli.options import (
    delimiter_option,
    exclude_option,
    overwrite_option,
    rule_options,
    support_option,
    version_option,
)
from asngraph.errors import AsnGraphError, OutputExistsError, UsageError
from asngraph.execution import Outcome, Settings, generate_many
from asngraph.model.column import Column
from asngraph.model.pool import Pool
from asngraph.rules.loading import RuleChoice
from asngraph.util.atomic import refuse_inputs
from asngraph.util.limits import STDIN
from asngraph.util.staging import Staging, check_file, check_folder
from asngraph.util.text import counted

if TYPE_CHECKING:
    from asngraph.cli.generate_stream import AssociationStream

_NOW = "now"


@click.command(cls=SpaceSeparated)
@click.argument("pools", nargs=-1, required=True, metavar="POOL...")
@click.option("-p", "--path", type=click.Path(path_type=Path), help="The folder to write to.  [default: .]")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write all association files as one stream, instead of -p: .jsonl, .tar or .zip; - is JSON lines on "
    "standard output.",
)
@overwrite_option(what="the file of -o")
@click.option(
    "-i",
    "--ids",
    multiple=True,
    metavar="ID ...",
    help="Make associations of these candidates only, such as o001 c1000.",
)
@click.option(
    "--discover", is_flag=True, help="Only search the whole pool for associations that belong to no candidate."
)
@click.option("--all-candidates", is_flag=True, help="Only make the associations of candidates.")
@exclude_option
@rule_options()
@click.option(
    "--version-id",
    is_flag=False,
    flag_value=_NOW,
    metavar="[ID]",
    help="A version for file names; without ID, the time.",
)
@support_option
@click.option(
    "--with-support",
    is_flag=True,
    help="Write MSA plans and files of --support as members; the pipelines do not expect them.",
)
@click.option("--merge", is_flag=True, help="Merge the stage-2 associations of one candidate and type into one.")
@click.option("--no-merge", is_flag=True, help="No effect; the default is not to merge.")
@click.option("--no-finalize", is_flag=True, help="Do not complete associations, and do not set duplicates aside.")
@click.option(
    "--save-orphans",
    is_flag=False,
    flag_value="orphaned.csv",
    metavar="[FILE]",
    help="Write the exposures that are in no association to a pool, in the output folder or below.  "
    "[bare: orphaned.csv]",
)
@click.option("--dry-run", is_flag=True, help="Make the associations without writing them.")
@click.option("--no-clobber", is_flag=True, help="Write nothing if a file of the same name exists.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="The format of the association files; yaml needs the extra `yaml`.",
)
@delimiter_option
@click.option(
    "--pool-format",
    default="ascii",
    show_default=True,
    metavar="FORMAT",
    help="The format of the pools; all but ascii are read by astropy, and need the extra `formats`.",
)
@click.option("--together", is_flag=True, help="Treat several pools as one; by default each is processed separately.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Processes that make associations: of several pools, or of the parts of a large one.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Make associations on the workers of a Dask cluster: tls://HOST:PORT; needs the extra `dask`.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Allow a scheduler at tcp://, which is not encrypted and open to everyone.",
)
@click.option("-v", "--verbose", is_flag=True, help="List every association and every orphan.")
@click.option("-D", "--debug", is_flag=True, help="Like -v, and also write duplicates, as dupNNNNN_...")
@click.option(
    "--DMS",
    "dms",
    is_flag=True,
    help="With -i, also make the associations of their background candidates, to find duplicates.",
)
@click.option(
    "--per-pool-algorithm",
    is_flag=True,
    help="Accepted without effect: asngraph always works candidate by candidate, with the results "
    "of the observatory's default algorithm.",
)
@version_option
def generate(pools: tuple[str, ...], path: Path | None, rules: RuleChoice, **asked: Any) -> None:
    """Make the associations of pools of exposures; - is standard input.

    By default the associations of every candidate are made, and then the whole pool is searched, as the observatory
    does. Options have the names and meanings of those of asn_generate.
    """  # fmt: skip
    started = time.perf_counter()
    output, inputs = asked["output"], _inputs(pools, asked, rules)
    _check(path, asked)
    path = path or (Path() if output is None else output.parent)
    check_folder(path)
    stream = None if output is None else _stream(output, inputs, asked)
    check_orphans_name(path, asked["save_orphans"], [*inputs, output])
    settings = _settings(asked)
    given: Sequence[str | Pool] = pools
    if asked["together"]:
        given = [Pool.together([settings.read(pool) for pool in pools])]
    outcomes = generate_many(
        given,
        workers=asked["workers"],
        scheduler=asked["scheduler"],
        insecure=asked["insecure"],
        settings=settings,
        rules=rules.load,
        support=asked["support"],
        **_request(asked),
    )
    with closing(outcomes), nullcontext() if asked["dry_run"] else stream or Staging(path) as staging:
        coming = progress(outcomes, "deciding", total=len(given))
        done = _collected(coming if stream is None else stream.in_order(coming), asked["format_"], staging)
        made = _without_failures(done, verbose=settings.listing)
        for note in (note for outcome in made for note in outcome.notes):
            warn(note)
        _refuse_same_names(made)
        _summarise(made, verbose=settings.listing)
        if isinstance(staging, Staging):
            _publish(staging, path, made, asked)
        elif staging is not None:
            orphans = asked["save_orphans"]
            staging.publish(orphans, _orphans(made).text() if orphans else "", replace=asked["overwrite"])
    count, exposures = sum(len(outcome.names) for outcome in made), sum(outcome.exposures for outcome in made)
    seconds = f"{time.perf_counter() - started:.2f} s"
    if asked["dry_run"]:
        say(f"dry run, nothing written; {seconds}")
    else:
        say(f"{count} associations of {exposures} exposures written to {stream or path} in {seconds}")
    if len(made) < len(done):
        raise AsnGraphError(f"{len(done) - len(made)} of {counted(len(done), 'pool')} failed")


def _stream(output: Path, inputs: Sequence[str | Path | None], asked: dict[str, Any]) -> AssociationStream:
    # Here, since tarfile and zipfile take longer to import than a small pool takes.
    from asngraph.cli.generate_stream import AssociationStream, check_stream

    check_stream(output, asked["format_"], overwrite=asked["overwrite"] or asked["dry_run"], inputs=inputs)
    return AssociationStream(output)


def _check(path: Path | None, asked: dict[str, Any]) -> None:
    if path is not None and asked["output"] is not None:
        raise click.UsageError("--path (a file for each association) and --output (one file) exclude each other.")
    if asked["overwrite"] and (asked["output"] is None or asked["no_clobber"]):
        raise click.UsageError("--overwrite requires --output, and excludes --no-clobber.")
    if asked["save_orphans"] and str(asked["output"]) == STDIN:
        raise click.UsageError("--save-orphans requires a file or a folder to write to, not standard output.")
    if sum((bool(asked["ids"]), asked["discover"], asked["all_candidates"])) > 1:
        raise click.UsageError("--ids, --discover and --all-candidates exclude each other.")
    if asked["workers"] > 1 and asked["scheduler"]:
        raise click.UsageError("--workers (of this machine) and --scheduler (of a cluster) exclude each other.")
    if asked["insecure"] and not asked["scheduler"]:
        raise click.UsageError("--insecure requires --scheduler.")
    version = asked["version_id"]
    if version is not None and ("/" in version or "\\" in version or not version.isprintable() or len(version) > 100):
        raise click.UsageError(f"the version {version!r} cannot be part of a file name.")


def _inputs(pools: Sequence[str], asked: dict[str, Any], rules: RuleChoice) -> list[str | Path | None]:
    return [*pools, asked["exclude"], asked["support"], *rules.files]


def check_orphans_name(folder: Path, name: str | None, inputs: Sequence[str | Path | None] = ()) -> None:
    """Check that the orphans' file is in the folder of the associations and replaces no other file of the run.

    Parameters
    ----------
    folder : path
        The folder of the associations.
    name : str, optional
        The name, which may have a folder, relative to that of the associations.
    inputs : sequence of path
        The input files.

    Raises
    ------
    UsageError
        When the name is that of a folder, an input or an association file, or leads out of the folder.
    """
    if name is None:
        return
    option, path = f"--save-orphans {name}", folder / name
    inside = Path(os.path.abspath(path)).is_relative_to(Path(os.path.abspath(folder)))  # noqa: PTH100 (.. as written)
    if name.endswith("/") or not path.name or path.is_dir():
        raise UsageError(f"{option} is a folder; name a file")
    if not inside or not path.parent.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{option} leads out of {folder}; name a file in that folder, without ..")
    if re.search(r"_asn\.(json|yaml)$", path.name, re.IGNORECASE):
        raise UsageError(f"{option} has the name of an association file; choose another, such as orphaned.csv")
    check_folder(path.parent)
    check_file(path)
    refuse_inputs(path, *inputs)


def _request(asked: dict[str, Any]) -> dict[str, Any]:
    version = asked["version_id"]
    return {
        "ids": asked["ids"] or None,
        "discover": asked["discover"],
        "all_candidates": asked["all_candidates"],
        "with_backgrounds": asked["dms"],
        "version": datetime.now(UTC).strftime("%Y%m%dt%H%M%S") if version == _NOW else version,
        "merge": asked["merge"],
        "finalize": not asked["no_finalize"],
        "keep_duplicates": asked["debug"],
        "with_support": asked["with_support"],
        "excluded": excluded_of(asked["exclude"]),
    }


def _settings(asked: dict[str, Any]) -> Settings:
    return Settings(
        delimiter=asked["delimiter"],
        pool_format=asked["pool_format"],
        format_=None if asked["dry_run"] else asked["format_"],
        listing=asked["verbose"] or asked["debug"],
        leftover=bool(asked["save_orphans"]) and not asked["dry_run"],
    )


def _collected(outcomes: Iterable[Outcome], format_: str, staging: Staging | AssociationStream | None) -> list[Outcome]:
    """Return the outcomes in the order of the pools, without the texts, which are staged on disk as they come."""
    done = []
    for outcome in outcomes:
        if staging is not None:
            for name, text in zip(_files(outcome, format_), outcome.texts, strict=True):
                staging.add(name, text)
        done.append(replace(outcome, texts=()))
    return sorted(done, key=lambda outcome: outcome.position)


def _files(outcome: Outcome, format_: str) -> list[str]:
    return [name.removesuffix("json") + format_ for name in outcome.names]


def _without_failures(done: list[Outcome], *, verbose: bool) -> list[Outcome]:
    """Report the pools that failed, and return the others; raise an error when all failed."""
    failures = [outcome.failure for outcome in done if outcome.failure is not None]
    if verbose:
        for failure in failures:
            say(failure.trace)
    if len(done) == 1 and failures:
        raise failures[0].error()
    for failure in failures:
        say(f"asngraph: failed: {' '.join(failure.message.split())}")
    if len(failures) == len(done):
        raise AsnGraphError(f"all {len(done)} pools failed")
    return [outcome for outcome in done if outcome.failure is None]


def _refuse_same_names(outcomes: list[Outcome]) -> None:
    counts = Counter(name for outcome in outcomes for name in outcome.names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise AsnGraphError(
            f"{counted(len(twice), 'association file')} would be written by several pools, such as {twice[0]}; "
            "use a different folder for each pool, or the option --together"
        )


def _summarise(outcomes: list[Outcome], *, verbose: bool) -> None:
    """Report the number of associations of each type, and the orphans with their reasons."""
    types, reasons = Counter[str](), Counter[str]()
    for outcome in outcomes:
        types.update(outcome.types)
        reasons.update(outcome.reasons)
    of_types = ", ".join(f"{count} {asn_type}" for asn_type, count in sorted(types.items())) or "none"
    duplicates = sum(outcome.duplicates for outcome in outcomes)
    say(f"associations: {of_types}; {counted(duplicates, 'duplicate')} set aside")
    if verbose:
        for line in (line for outcome in outcomes for line in outcome.listing):
            say(f"  {line}")
        for name, reason in (orphan for outcome in outcomes for orphan in outcome.orphans):
            say(f"  orphan {name}: {reason}")
    say(f"orphans: {reasons.total()}" + ("" if verbose or not reasons else ", because"))
    if not verbose:
        for reason, count in reasons.most_common(8):
            say(f"  {count:>5}  {reason}")
        if len(reasons) > 8:
            say(f"  and {counted(len(reasons) - 8, 'more reason')}; -v lists all")


def _publish(staging: Staging, folder: Path, outcomes: list[Outcome], asked: dict[str, Any]) -> None:
    """Move the files to their folder, and warn of older files of the same programs."""
    there = {entry.name for entry in folder.iterdir()}
    names = {name for outcome in outcomes for name in _files(outcome, asked["format_"])}
    orphans = asked["save_orphans"]
    if orphans:
        orphans = os.path.relpath((folder / orphans).absolute(), folder.absolute())
        if orphans.lower() in {name.lower() for name in names}:
            raise UsageError(f"--save-orphans {orphans} is the name of an association of this run; choose another")
        staging.add(orphans, _orphans(outcomes).text())
    try:
        staging.publish(replace=not asked["no_clobber"])
    except OutputExistsError as error:
        raise AsnGraphError(f"{error}, and --no-clobber forbids replacing it") from None
    programs, ending = tuple({name.split("-")[0] + "-" for name in names}), f"_asn.{asked['format_']}"
    old = sorted(name for name in there - names if name.startswith(programs) and name.endswith(ending))
    if programs and old:
        warn(
            f"{folder} has {counted(len(old), 'association')} of the same program from an earlier run, such as {old[0]}"
        )


def _orphans(outcomes: list[Outcome]) -> Pool:
    parts = [
        Pool({name: Column.of(texts) for name, texts in (outcome.leftover or {}).items()}, outcome.pool)
        for outcome in outcomes
    ]
    left = [part for part in parts if len(part)]
    return Pool.together(left) if left else parts[0]
