"""``asngraph generate``: the association files of pools."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asngraph.cli.console import SpaceSeparated, progress, say, warn
from asngraph.cli.downloads import pool_of_files, report_readiness
from asngraph.cli.inputs import excluded_of
from asngraph.cli.options import (
    delimiter_option,
    exclude_option,
    overwrite_option,
    rule_options,
    source_options,
    support_option,
    version_option,
)
from asngraph.errors import AsnGraphError, OutputExistsError, UsageError
from asngraph.execution import Outcome, Settings, generate_many
from asngraph.execution.folders import FolderRuns, last_runs, runs_after, take_over
from asngraph.model.column import Column
from asngraph.model.pool import Pool
from asngraph.model.run_file import RUN_FILE, MadeFile, Run, sha256, text_of
from asngraph.rules.loading import RuleChoice
from asngraph.util.atomic import refuse_inputs
from asngraph.util.limits import STDIN
from asngraph.util.locking import locked
from asngraph.util.staging import Staging, check_file, check_folder
from asngraph.util.text import counted

if TYPE_CHECKING:
    from asngraph.cli.generate_stream import AssociationStream

_NOW = "now"
_EXCLUSIVE = (
    *(("prune", name) for name in ("dry_run", "output", "no_run_file")),
    *(("update", name) for name in ("dry_run", "output", "no_run_file", "no_clobber")),
    *(("quiet", name) for name in ("verbose", "debug")),
)


@click.command(cls=SpaceSeparated)
@source_options(default="")
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
@click.option("--save-pool", metavar="FILE", help="Of FITS files: also write their pool.")
@click.option(
    "--missing",
    metavar="FILE",
    help="Of FITS files: write the names of the files to fetch, one per line, as astroquery and the archive take them.",
)
@click.option("--no-link", is_flag=True, help="Of FITS files: do not link backgrounds and references that are flagged.")
@click.option("--dry-run", is_flag=True, help="Make the associations without writing them.")
@click.option(
    "--update",
    is_flag=True,
    help="Decide only what is affected by exposures that are new, gone or changed since the last run.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Remove the association files that earlier runs of the same pools made and this one does not, unless "
    "they were edited.",
)
@click.option("--no-run-file", is_flag=True, help=f"Do not write {RUN_FILE}, which --prune, --update and diff read.")
@click.option("--no-clobber", is_flag=True, help="Write nothing if a file of the same name exists.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="The format of the association files; yaml is for jwst 3.0 and older, and needs the extra `yaml`.",
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
@click.option("-q", "--quiet", is_flag=True, help="Print warnings and errors only.")
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
def generate(source: list[Path], path: Path | None, rules: RuleChoice, **asked: Any) -> None:
    """Make the associations of SOURCE: pools of exposures, or FITS files; - is a pool from standard input.

    From FITS files, or a folder that has them in it or below, a pool is made first, in which the headers' flags link
    backgrounds and references; then the summary says which associations have their files, and which files to fetch.

    By default the associations of every candidate are made, and then the whole pool is searched, as the observatory
    does. Options have the names and meanings of those of asn_generate.
    """  # fmt: skip
    started = time.perf_counter()
    if not source:
        raise click.UsageError("Missing argument 'SOURCE...'.")
    _check(path, asked)
    pools, output = tuple(map(str, source)), asked["output"]
    inputs = _inputs(pools, asked, rules)
    path = path or (Path() if output is None else output.parent)
    check_folder(path)
    stream = None if output is None else _stream(output, inputs, asked)
    check_orphans_name(path, asked["save_orphans"], [*inputs, output])
    settings = _settings(asked)
    earlier = last_runs(path) if asked["update"] else {}
    given: Sequence[str | Pool] = pools
    made_now = None if asked["pool_format"] != "ascii" else pool_of_files(source, asked)
    if made_now is not None:
        given, settings = [made_now], replace(settings, graph=True)
    elif asked["together"]:
        given = [Pool.together([settings.read(pool) for pool in pools])]
    outcomes = generate_many(
        given,
        workers=asked["workers"],
        scheduler=asked["scheduler"],
        insecure=asked["insecure"],
        settings=settings,
        rules=rules.load,
        support=asked["support"],
        earlier=earlier,
        **_request(asked),
    )
    with closing(outcomes), nullcontext() if asked["dry_run"] else stream or Staging(path) as staging:
        coming = progress(outcomes, "deciding", total=len(given))
        if stream is not None:
            coming = stream.in_order(coming)
        done, files = _collected(coming, asked["format_"], staging, path, earlier)
        made = _without_failures(done, verbose=settings.listing)
        _deliver(made, files, staging, path, asked)
    if not asked["quiet"]:
        _report_end(made, str(stream or path), time.perf_counter() - started, dry_run=asked["dry_run"])
    for graph in (outcome.graph for outcome in made if outcome.graph is not None):
        report_readiness(graph, source, asked)
    if len(made) < len(done):
        raise AsnGraphError(f"{len(done) - len(made)} of {counted(len(done), 'pool')} failed")


def _deliver(
    made: list[Outcome],
    files: dict[str, dict[str, MadeFile]],
    staging: Staging | AssociationStream | None,
    path: Path,
    asked: dict[str, Any],
) -> None:
    """Report what was made, and move the files to their places."""
    for note in (note for outcome in made for note in outcome.notes):
        warn(note)
    _refuse_same_names(made)
    if not asked["quiet"]:
        _summarise(made, verbose=asked["verbose"] or asked["debug"])
    if isinstance(staging, Staging):
        with locked(path):
            _publish(staging, path, made, files, asked)
    elif staging is not None:
        orphans = asked["save_orphans"]
        staging.publish(orphans, _orphans(made).text() if orphans else "", replace=asked["overwrite"])


def _report_end(made: Sequence[Outcome], place: str, seconds: float, *, dry_run: bool) -> None:
    if dry_run:
        say(f"dry run, nothing written; {seconds:.2f} s")
        return
    count, exposures = sum(len(outcome.names) for outcome in made), sum(outcome.exposures for outcome in made)
    say(f"{count} associations of {exposures} exposures written to {place} in {seconds:.2f} s")


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
    for one, other in _EXCLUSIVE:
        if asked[one] and asked[other]:
            raise click.UsageError(f"--{one.replace('_', '-')} and --{other.replace('_', '-')} exclude each other.")
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
    if path.name.lower() == RUN_FILE:
        raise UsageError(f"{option} is the name of the run file; choose another, such as orphaned.csv")
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
        run_file=asked["output"] is None and not asked["no_run_file"],
    )


def _collected(
    outcomes: Iterable[Outcome],
    format_: str,
    staging: Staging | AssociationStream | None,
    folder: Path,
    earlier: Mapping[str, Run],
) -> tuple[list[Outcome], dict[str, dict[str, MadeFile]]]:
    """Return the outcomes in the order of the pools, and the files of each pool, which are staged as they come."""
    done: list[Outcome] = []
    files: dict[str, dict[str, MadeFile]] = {}
    for outcome in outcomes:
        if staging is not None and outcome.failure is None:
            made = files.setdefault(outcome.pool, {})
            uuids, kept = (some or [""] * len(outcome.names) for some in (outcome.uuids, outcome.kept))
            for name, uuid, text, old in zip(_files(outcome, format_), uuids, outcome.texts, kept, strict=True):
                if old and isinstance(staging, Staging):
                    made[name] = earlier[outcome.pool].files[old.removesuffix("json") + format_]
                    take_over(staging, folder, old.removesuffix("json") + format_, name, made[name])
                    continue
                content = text.encode("utf-8")
                staging.add_bytes(name, content)
                made[name] = MadeFile(uuid, sha256(content) if uuid else "")
        done.append(replace(outcome, texts=()))
    return sorted(done, key=lambda outcome: outcome.position), files


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


def _publish(
    staging: Staging,
    folder: Path,
    outcomes: list[Outcome],
    files: dict[str, dict[str, MadeFile]],
    asked: dict[str, Any],
) -> None:
    """Move the files to their folder, report what changed, and warn of older files of the same programs."""
    there = {entry.name for entry in folder.iterdir()}
    names = {name for made in files.values() for name in made}
    orphans = asked["save_orphans"]
    if orphans:
        orphans = os.path.relpath((folder / orphans).absolute(), folder.absolute())
        if orphans.lower() in {name.lower() for name in names}:
            raise UsageError(f"--save-orphans {orphans} is the name of an association of this run; choose another")
        staging.add(orphans, _orphans(outcomes).text())
    after = runs_after(folder, outcomes, files)
    removed = after.gone.keys() - after.edited if asked["prune"] else set()
    for name in sorted(removed):
        staging.remove(name)
    if not asked["no_run_file"]:
        staging.add(RUN_FILE, text_of((after.pruned() if asked["prune"] else after).runs), always=True)
    try:
        published = staging.publish(replace=not asked["no_clobber"])
    except OutputExistsError as error:
        raise AsnGraphError(f"{error}, and --no-clobber forbids replacing it") from None
    counts = [len(names.intersection(some)) for some in (published.new, published.changed, published.unchanged)]
    what = zip((*counts, len(after.gone)), ("new", "changed", "unchanged", "gone"), strict=True)
    if not asked["quiet"]:
        say("files: " + ", ".join(f"{count:,} {word}" for count, word in what) + (" (removed)" if removed else ""))
    _warn_of_others(folder, there - names - removed, names, after, asked)


def _warn_of_others(folder: Path, others: set[str], names: set[str], after: FolderRuns, asked: dict[str, Any]) -> None:
    """Warn of files of the same programs that this run did not make."""
    if asked["prune"] and after.edited:
        warn(
            f"{folder} has {counted(len(after.edited), 'file')} of earlier runs that were edited, such as "
            f"{min(after.edited)}; --prune does not remove them"
        )
    programs, ending = tuple({name.split("-")[0] + "-" for name in names}), f"_asn.{asked['format_']}"
    old = sorted(name for name in others if name.startswith(programs) and name.endswith(ending))
    if programs and old:
        advice = "; --prune removes those that were not edited" if after.gone and not asked["prune"] else ""
        warn(
            f"{folder} has {counted(len(old), 'association')} of the same program from an earlier run, such as "
            f"{old[0]}{advice}"
        )


def _orphans(outcomes: list[Outcome]) -> Pool:
    parts = [
        Pool({name: Column.of(texts) for name, texts in (outcome.leftover or {}).items()}, outcome.pool)
        for outcome in outcomes
    ]
    left = [part for part in parts if len(part)]
    return Pool.together(left) if left else parts[0]
