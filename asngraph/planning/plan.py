"""Plan of the pipeline runs that a set of associations needs, in processing order."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import ClassVar

from asngraph.model.filenames import file_name, uncalibrated
from asngraph.model.pipelines import (
    DETECTOR1,
    Pipeline,
    files_of_products,
    likely_type,
    pipeline_of,
    written_by,
)
from asngraph.model.roles import Role
from asngraph.planning.at_hand import AtHand
from asngraph.planning.data_files import DataFiles
from asngraph.questions.build_order import in_order
from asngraph.questions.collection import AssociationCollection, AssociationRecord
from asngraph.questions.sources import Source, collect
from asngraph.rules.rule import RuleSet


@dataclass(frozen=True)
class Run:
    """Run of a pipeline.

    Parameters
    ----------
    name : str
        The name of the association; for calwebb_detector1, that of the uncalibrated file without extension.
    pipeline : str
        The name of the pipeline for ``strun``.
    stage : int
        1, 2 or 3.
    step : int
        Its step in the plan, from 1: the runs of a step can be done in parallel, after all those of earlier steps.
    input : str
        The input of the pipeline: an uncalibrated exposure, or an association.
    needs : tuple of str
        The other files that it needs.
    makes : tuple of str
        The files that it makes: those that it always makes, and those that other runs need.
    products : tuple of str
        The products of the association.
    after : tuple of str
        The runs that make the files that it needs.
    """

    ALSO_IN_JSON: ClassVar[tuple[str, ...]] = ("marker",)

    name: str
    pipeline: str
    stage: int
    step: int
    input: str
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    products: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def marker(self) -> str:
        """The name of a marker file, if the names of its outputs are not known beforehand; otherwise empty."""
        return "" if self.makes else f"{self.name}.done"


@dataclass(frozen=True)
class LeftOut:
    """Association without a run.

    Parameters
    ----------
    association : str
        The association.
    reason : str
        Why it has no run.
    instead : str
        The association that makes the same file, if that is the reason.
    """

    association: str
    reason: str
    instead: str = ""


@dataclass(frozen=True)
class Plan:
    """Plan of pipeline runs.

    Parameters
    ----------
    source : str
        The origin of the associations.
    runs : tuple of Run
        The runs, in an order in which they can be done.
    outside : dict of str to tuple of str
        Files that no run makes and that are not uncalibrated exposures, with the runs that need them. They include
        files in other folders, since runs write into the folder in which they run.
    left_out : tuple of LeftOut
        Associations without a run.
    overwritten : dict of str to str
        Files that a run makes twice, for two products of its association, of which only the last is kept; with the
        run.
    done : tuple of str
        Associations that need no run, because their products exist.
    missing : tuple of str
        Files that do not exist and that no run can make: they have to be fetched, and runs that need them are left out.
    there : dict of str to str
        Existing files that runs need, each with its path.
    """

    ALSO_IN_JSON: ClassVar[tuple[str, ...]] = ("uncalibrated",)

    source: str
    runs: tuple[Run, ...]
    outside: dict[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]
    overwritten: dict[str, str] = field(default_factory=dict)
    done: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    there: dict[str, str] = field(default_factory=dict)

    @property
    def uncalibrated(self) -> list[str]:
        """The uncalibrated files with which the plan begins."""
        return [run.input for run in self.runs if run.pipeline == DETECTOR1]


def plan(
    source: Source, *, rules: RuleSet | None = None, data: str | os.PathLike[str] | DataFiles | None = None
) -> Plan:
    """Return the plan of the runs that associations need, from calwebb_detector1 on or from the files that exist.

    Images of stage 2 come before the images of stage 3 that are made from them, these before the spectra of stage 2
    that use their catalogs, and spectra of backgrounds before the spectra of stage 3 that use them. If two
    associations would write the same file, only the one with more members gets a run; of equal ones, the one whose
    candidate is not an observation.

    With a folder of data that has any of the files, runs begin with these: calwebb_detector1 runs only for existing
    uncalibrated files, associations whose products exist have no run, and those that need a file which neither exists
    nor is made by a run are left out.

    Parameters
    ----------
    source : AssociationGraph, Pool, AssociationCollection or path
        A graph, a pool, or a folder of association files, as for `asngraph.questions.collect`.
    rules : RuleSet, optional
        The rules, as for `asngraph.questions.collect`.
    data : path or DataFiles, optional
        The folder of the data, which may be in subfolders.

    Returns
    -------
    Plan

    Raises
    ------
    AsnGraphError
        When associations depend on each other in a cycle.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> for run in plan(simulate(2, ["nircam-imaging"], seed=1)).runs:
    ...     print(run.step, run.pipeline, run.makes[0])
    1 calwebb_detector1 jw03201001001_02101_00001_nrca1_rate.fits
    1 calwebb_detector1 jw03201001001_02101_00001_nrca2_rate.fits
    2 calwebb_image2 jw03201001001_02101_00001_nrca2_cal.fits
    2 calwebb_image2 jw03201001001_02101_00001_nrca1_cal.fits
    3 calwebb_image3 jw03201-o001_t001_nircam_clear-f200w_i2d.fits
    """
    files = data if data is None or isinstance(data, DataFiles) else DataFiles(data)
    return _Planning(collect(source, rules), files).build()


class _Planning:
    """Builder of a plan."""

    def __init__(self, collection: AssociationCollection, files: DataFiles | None) -> None:
        self._collection = collection
        self._files = files if files is not None and _has_any(files, collection) else None
        self._left_out: list[LeftOut] = []
        self._chosen: set[str] = set()
        self._pipelines: dict[str, Pipeline] = {}  # of associations, by name
        self._always: dict[str, str] = {}  # files, and the associations that always make them
        self._on_demand: dict[str, str] = {}
        self._written: dict[str, str] = {}  # files by which associations clash, and their writers
        self._overwritten: dict[str, str] = {}
        self._requested: dict[str, dict[str, None]] = {}  # files that other runs need, by the run that makes them
        self._exposures: dict[str, dict[str, None]] = {}  # uncalibrated files, and the files made from them
        self._outside: dict[str, list[str]] = {}
        self._steps: dict[str, int] = {}

    def build(self) -> Plan:
        self._choose()
        order = [each for each in in_order(self._collection) if each[0].name in self._pipelines]
        at_hand = None if self._files is None else AtHand(order, self._makes_of, self._maker, self._files)
        chosen = order if at_hand is None else at_hand.chosen()
        self._chosen = {record.name for record, _ in chosen}
        waiting = [self._waiting(*each) for each in chosen]
        place = {record.name: number for number, record in enumerate(self._collection.associations)}
        waiting.sort(key=lambda each: (self._steps[each[0].name], place[each[0].name]))
        runs = [*self._detector1(), *(self._run(*each) for each in waiting)]
        outside = {file: tuple(names) for file, names in self._outside.items()}
        left_out = [*self._left_out, *(LeftOut(*each) for each in (at_hand.left_out.items() if at_hand else ()))]
        return Plan(
            self._collection.source,
            tuple(runs),
            outside,
            tuple(left_out),
            self._overwritten,
            done=tuple(at_hand.done) if at_hand else (),
            missing=tuple(at_hand.missing) if at_hand else (),
            there=self._there(runs, [record for record, _ in chosen]),
        )

    def _makes_of(self, record: AssociationRecord) -> list[str]:
        """Return the files that the run of an association always makes."""
        return _makes(self._pipelines[record.name], record)[0]

    def _maker(self, file: str) -> str:
        """Return the association that makes a file, or an empty text."""
        name = file_name(file)
        return self._always.get(name) or self._on_demand.get(name, "")

    def _there(self, runs: Sequence[Run], records: Sequence[AssociationRecord]) -> dict[str, str]:
        """Return the existing files that runs need, with their paths; a member whose name has a folder is not moved."""
        if self._files is None:
            return {}
        found = {file: self._files.path(file) for run in runs for file in (run.input, *run.needs) if "/" not in file}
        for record in records:
            own = None if self._collection.folder is None else self._collection.folder / record.file
            if own is not None and own.is_file():
                found[PurePosixPath(record.file).name] = own
        return {file: os.path.abspath(path) for file, path in found.items() if path is not None}  # noqa: PTH100

    def _choose(self) -> None:
        """Find the files that associations make, and leave out those whose files another one writes."""
        for record in sorted(self._collection.associations, key=_preference):
            pipeline = pipeline_of(record.asn_type)
            if pipeline is None:
                self._left_out.append(LeftOut(record.name, _without_pipeline(record, self._collection.folder)))
                continue
            always, on_demand = _makes(pipeline, record)
            made = set(always)
            own = next((member.expname for member in record.members if member.expname in made), None)
            if own is not None:
                self._left_out.append(LeftOut(record.name, f"it needs {own}, which it makes itself"))
                continue
            written = _written(pipeline, record)
            taken = next((file for file in written if file in self._written), None)
            if taken is not None:
                other = self._written[taken]
                self._left_out.append(LeftOut(record.name, f"{other} makes {taken}, too", other))
                continue
            counts = Counter(written)
            self._overwritten |= {file: record.name for file in written if counts[file] > 1}
            self._written |= dict.fromkeys(counts, record.name)
            self._pipelines[record.name] = pipeline
            self._always |= dict.fromkeys(always, record.name)
            for file in on_demand:
                self._on_demand.setdefault(file, record.name)

    def _waiting(
        self, record: AssociationRecord, takes: Sequence[AssociationRecord]
    ) -> tuple[AssociationRecord, list[str], list[str]]:
        """Return the files that an association needs, and the runs that make them."""
        makers = {each.name for each in takes}
        needs = list(dict.fromkeys(member.expname for member in record.members))
        needs += self._auxiliary(record)
        after: dict[str, None] = {}
        for file in needs:
            name, maker = file_name(file), self._maker(file)
            if self._files is not None and maker not in self._chosen and self._files.has(file):
                continue
            stage0 = uncalibrated(file) if name == file else None
            if maker in makers:
                self._requested.setdefault(maker, {})[name] = None
                after[maker] = None
                if name != file:
                    self._outside.setdefault(file, []).append(record.name)
            elif stage0 is not None:
                self._exposures.setdefault(stage0, {})[file] = None
                after[_stem(stage0)] = None
            else:
                self._outside.setdefault(file, []).append(record.name)
        self._steps[record.name] = 1 + max((self._steps.get(name, 1) for name in after), default=0)
        return record, needs, list(after)

    def _auxiliary(self, record: AssociationRecord) -> list[str]:
        """Return the existing auxiliary files of a stage-2 association: calwebb_spec2 looks for MSA plans beside it."""
        if self._files is None or self._pipelines[record.name].stage != 2:
            return []
        files = (file for member in record.members for file in self._plans.get(member.exposure, ()))
        return [file for file in dict.fromkeys(files) if self._files.has(file)]

    @cached_property
    def _plans(self) -> dict[int, list[str]]:
        """The auxiliary files of each exposure."""
        found: dict[int, list[str]] = {}
        for support in self._collection.serving:
            found.setdefault(support.exposure, []).append(support.file)
        return found

    def _detector1(self) -> Iterator[Run]:
        for file, made in sorted(self._exposures.items()):
            yield Run(_stem(file), DETECTOR1, 1, 1, file, (), tuple(made))

    def _run(self, record: AssociationRecord, needs: Sequence[str], after: Sequence[str]) -> Run:
        pipeline = self._pipelines[record.name]
        always, _ = _makes(pipeline, record)
        return Run(
            name=record.name,
            pipeline=pipeline.name,
            stage=pipeline.stage,
            step=self._steps[record.name],
            input=PurePosixPath(record.file).name,
            needs=tuple(needs),
            makes=tuple(dict.fromkeys([*always, *self._requested.get(record.name, {})])),
            products=record.products,
            after=tuple(after),
        )


def _has_any(files: DataFiles, collection: AssociationCollection) -> bool:
    """Return whether any member exists, or the uncalibrated file of one."""
    names = {member.expname for record in collection.associations for member in record.members}
    return any(files.has(name) or files.has(uncalibrated(name) or name) for name in names)


def _without_pipeline(record: AssociationRecord, folder: Path | None) -> str:
    """Return why an association has no run, and how to change that."""
    reason = f"no pipeline is known for its asn_type, {record.asn_type[:40]!r}"
    likely = likely_type(
        record.level, [each.expname for each in record.members if each.exptype.lower() == Role.SCIENCE]
    )
    otherwise = f"; {likely.otherwise}, if they are spectra" if likely.otherwise else ""
    advice = f"{reason}; it may be {likely.asn_type} ({likely.reason}{otherwise})"
    if folder is None:
        return advice
    file = shlex.quote(str(folder / record.file))
    return f"{advice}: `asngraph asn edit {file} set-type {likely.asn_type}` sets it"


def _preference(record: AssociationRecord) -> tuple[int, bool, str]:
    return -len(record.members), record.candidate.startswith("o"), record.name


def _makes(pipeline: Pipeline, record: AssociationRecord) -> tuple[list[str], list[str]]:
    always: list[str] = []
    on_demand: list[str] = []
    for files in files_of_products(pipeline, pipeline.worked_on(record.products), _members(record)):
        always += files[0]
        on_demand += files[1]
    return always, on_demand


def _written(pipeline: Pipeline, record: AssociationRecord) -> list[str]:
    products = pipeline.worked_on(record.products)
    return [file for product in products for file in written_by(pipeline, product, _members(record))]


def _members(record: AssociationRecord) -> list[tuple[str, str]]:
    return [(member.expname, member.exptype) for member in record.members]


def _stem(file: str) -> str:
    return file.rpartition(".")[0]
