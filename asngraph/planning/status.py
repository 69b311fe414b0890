"""Status of associations: which have all their files, and which files are missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from asngraph.errors import AssociationError
from asngraph.model.filenames import file_name, uncalibrated
from asngraph.model.pipelines import DETECTOR1, files_of_products, pipeline_of
from asngraph.planning.data_files import DataFiles
from asngraph.questions.build_order import in_order
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.sources import Source, collect
from asngraph.rules.rule import RuleSet
from asngraph.util.watching import Watcher


class Missing(NamedTuple):
    """Missing file.

    Parameters
    ----------
    file : str
        Its name.
    exptype : str
        Its role as a member.
    made_by : str
        The association from which it is made, or ``calwebb_detector1``; empty if neither makes it.
    """

    file: str
    exptype: str
    made_by: str


@dataclass(frozen=True)
class State:
    """Status of an association.

    Parameters
    ----------
    association : str
        Its name.
    asn_type : str
        Its type.
    pipeline : str
        The pipeline that processes it; empty if its type has none.
    members : int
        The number of its files.
    missing : tuple of Missing
        The files that do not exist or are empty.
    """

    ALSO_IN_JSON: ClassVar[tuple[str, ...]] = ("complete",)

    association: str
    asn_type: str
    pipeline: str
    members: int
    missing: tuple[Missing, ...]

    @property
    def complete(self) -> bool:
        """Whether all files exist."""
        return not self.missing


def status(source: Source, data: str | os.PathLike[str] | DataFiles, *, rules: RuleSet | None = None) -> list[State]:
    """Return the status of associations: which of their files exist.

    A member whose name has a relative folder is searched from the folder of the data, as the pipelines do; one with a
    full path, at that path.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        The associations, as for `asngraph.questions.collect`.
    data : path or DataFiles
        The folder with the files, which may be in subfolders.
    rules : RuleSet, optional
        The rules to make the associations of a pool; by default the observatory's.

    Returns
    -------
    list of State
        In the order of the names of associations.

    Raises
    ------
    UsageError
        When the folder cannot be read.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> pool = simulate(2, ["nircam-imaging"], seed=1)
    >>> [(each.association, each.complete, each.missing[0].made_by) for each in status(pool, "docs")][-1]
    ('jw03201-o001_image3_00001', False, 'jw03201-o001_image2_00002')
    """
    ordered = sorted(in_order(collect(source, rules)), key=lambda found: found[0].name)
    made = {record.name: _files_of(record) for record, _ in ordered}
    there = data if isinstance(data, DataFiles) else DataFiles(data)
    return [_state(record, [(each.name, made[each.name]) for each in makers], there) for record, makers in ordered]


def follow(
    source: str | os.PathLike[str], data: str | os.PathLike[str], *, rules: RuleSet | None = None
) -> Iterator[list[State]]:
    """Yield the status of associations after each change of a folder, until all are complete.

    Parameters
    ----------
    source : path
        The pool or the folder of association files; changes of such a folder are followed, too.
    data : path
        The folder with the files.
    rules : RuleSet, optional
        The rules to make the associations of a pool; by default the observatory's.

    Yields
    ------
    list of State
        As from `status`: the present states, and then those after each change.

    Raises
    ------
    MissingExtraError
        When watchdog is not installed.
    """
    watcher = Watcher()
    DataFiles(data)

    def look() -> list[State]:
        collection = collect(source, rules)
        for folder in _folders(collection, Path(source), Path(data)):
            watcher.add(folder, recursive=True)
        return status(collection, data)

    with watcher:
        states = look()
        yield states
        while not all(state.complete for state in states):
            watcher.wait()
            with suppress(AssociationError):  # a file that is half written; there will be more of it
                states = look()
                yield states


def _folders(collection: AssociationCollection, source: Path, data: Path) -> dict[Path, None]:
    """Return the folders to watch: those of members or, if these do not exist, their parents."""
    folders = [source if source.is_dir() else source.parent, data]
    names = {member.expname.replace("\\", "/") for record in collection.associations for member in record.members}
    parents = {(data / name).parent for name in names if "/" in name}
    folders += [parent if parent.is_dir() else parent.parent for parent in parents]
    return dict.fromkeys(folder.resolve() for folder in folders)


def _files_of(record: AssociationRecord) -> set[str]:
    pipeline = pipeline_of(record.asn_type)
    if pipeline is None:
        return set()
    members = [(member.expname, member.exptype) for member in record.members]
    products = pipeline.worked_on(record.products)
    return {file for made in files_of_products(pipeline, products, members) for files in made for file in files}


def _state(record: AssociationRecord, makers: list[tuple[str, set[str]]], there: DataFiles) -> State:
    files = {member.expname: member.exptype for member in record.members}
    missing = []
    for file, exptype in files.items():
        if there.has(file):
            continue
        maker = next((name for name, made in makers if file_name(file) in made), "")
        missing.append(Missing(file, exptype, maker or (DETECTOR1 if uncalibrated(file) else "")))
    pipeline = pipeline_of(record.asn_type)
    return State(record.name, record.asn_type, pipeline.name if pipeline else "", len(files), tuple(missing))
