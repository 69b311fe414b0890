"""Folders of association files: what a run changes there, and the run file that it leaves."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from asngraph.errors import FileError
from asngraph.execution.tasks import Outcome
from asngraph.model.run_file import MadeFile, Run, read_runs, sha256
from asngraph.util.staging import Staging
from asngraph.util.unchanged import content_of


@dataclass(frozen=True)
class FolderRuns:
    """The runs of a folder after new ones.

    Parameters
    ----------
    runs : dict of str to Run
        The last run of each pool.
    gone : dict of str to MadeFile
        The files that earlier runs of the same pools made, that these did not, and that are still there.
    edited : set of str
        Those of them that were edited since.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    gone: dict[str, MadeFile] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()

    def pruned(self) -> FolderRuns:
        """Return the runs without the files that are gone and were not edited."""
        runs = {
            pool: replace(run, gone={name: made for name, made in run.gone.items() if name in self.edited})
            for pool, run in self.runs.items()
        }
        return replace(self, runs=runs)


def runs_after(folder: Path, outcomes: Sequence[Outcome], files: Mapping[str, Mapping[str, MadeFile]]) -> FolderRuns:
    """Return the runs of a folder after new ones.

    Parameters
    ----------
    folder : path
        The folder.
    outcomes : sequence of Outcome
        The outcomes of the pools.
    files : mapping of str to mapping of str to MadeFile
        The files that were made, by the name of the pool.
    """
    runs = read_runs(folder)
    new = {name for made in files.values() for name in made}
    gone: dict[str, MadeFile] = {}
    for pool, run in list(runs.items()):
        before = {**run.gone, **run.files} if pool in files else run.gone
        old = {name: made for name, made in before.items() if name not in new and os.path.lexists(folder / name)}
        if pool in files:
            gone |= old
        kept = {name: made for name, made in run.files.items() if name not in new}  # others may have replaced some
        runs[pool] = replace(run, files=kept, gone=old)
    for outcome in outcomes:
        pool = outcome.pool
        earlier = runs.get(pool)
        runs[pool] = Run(
            sha256=outcome.sha256,
            asngraph=outcome.asngraph,
            rules=outcome.rules,
            options=outcome.options,
            state=outcome.state,
            files=dict(files[pool]),
            gone={} if earlier is None else earlier.gone,
        )
    return FolderRuns(runs, gone, frozenset(name for name, made in gone.items() if _edited(f"{folder}/{name}", made)))


def last_runs(folder: Path) -> dict[str, Run]:
    """Return the last run of each pool of a folder, without those of which a file is missing or was edited.

    Parameters
    ----------
    folder : path
        The folder.
    """
    runs = read_runs(folder)
    return {
        pool: run
        for pool, run in runs.items()
        if run.state and not any(_edited(f"{folder}/{name}", made) for name, made in run.files.items())
    }


def take_over(staging: Staging, folder: Path, old: str, new: str, made: MadeFile) -> None:
    """Stage a file that an earlier run made, under its new name; `last_runs` has checked it.

    Parameters
    ----------
    staging : Staging
        The files to write.
    folder : path
        The folder.
    old, new : str
        The names.
    made : MadeFile
        What the run file has of it.

    Raises
    ------
    FileError
        When it has another content.
    """
    if old == new:
        staging.keep(new)
        return
    content = content_of(f"{folder}/{old}")
    if content is None or sha256(content) != made.sha256:
        raise FileError(f"{folder}/{old}: was changed by another process meanwhile; run the command again")
    staging.add_bytes(new, content)


def _edited(path: str, made: MadeFile) -> bool:
    """Return whether a file is not as it was made; one that cannot be read counts as edited."""
    content = content_of(path)
    return content is None or sha256(content) != made.sha256
