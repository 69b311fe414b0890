"""Combine exposures into associations by what they have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asngraph.combination.exposures import Exposures, ExposureSource, read_exposures
from asngraph.combination.grouping import POSITION, Grouping, groups_of
from asngraph.combination.options import BY, TIME, Choice, Options, stages_of, suffix_of, values_in
from asngraph.combination.product_names import ProductTemplate, distinct
from asngraph.combination.result import Combination
from asngraph.combination.roles import Cast, Rows, Served
from asngraph.combination.serving import Servers
from asngraph.editing.create import BASES, assemble, candidate_id, refuse_problems
from asngraph.editing.edit import Addition, as_member, update_degraded_status
from asngraph.errors import UsageError
from asngraph.model.association import Association
from asngraph.model.exposure_types import DIRECT_IMAGES, GRISMS
from asngraph.model.filenames import exposure_root
from asngraph.model.pipelines import PIPELINES
from asngraph.model.roles import Role
from asngraph.rules.conditions import parse_condition
from asngraph.util.text import counted

_RULES = {stage: rule for rule, stage in BASES.items()}
# Modes whose exposures with different optical elements belong into one product.
_ALL_OPTICS = ("mir_mrs",)
# Files of a combined direct image, by their role in stage-2 associations of slitless spectra.
_OF_IMAGE = {Role.DIRECT_IMAGE: ("i2d", "fits"), Role.SOURCECAT: ("cat", "ecsv"), Role.SEGMAP: ("segm", "fits")}
_SUFFIXES = {2: ("rate", "rateints"), 3: ("cal", "calints")}


def combine(
    source: ExposureSource | Sequence[ExposureSource],
    by: str | Sequence[str] = BY,
    *,
    where: str | None = None,
    stages: int | Sequence[int] = 3,
    background: str | None = None,
    psf: str | None = None,
    nods: bool = False,
    imprints: bool = False,
    selfcal: bool = False,
    direct_images: bool = False,
    nearest: int | None = None,
    suffix: str | None = None,
    product_name: str | None = None,
    asn_id: str | None = "a3001",
    folder: str | os.PathLike[str] = ".",
    delimiter: str = "|",
) -> Combination:
    """Return associations of the exposures that agree in some columns, over observations, visits and programs.

    Exposures of different instruments or exposure types are never combined. In stage 3, each set of exposures that
    agree becomes an association; in stage 2, each exposure, with what serves it. Exposures serve only science of their
    own set-up (`asngraph.editing.matching_setup`).

    Parameters
    ----------
    source : Pool, AssociationGraph, DataFrame, path, or sequence of these
        A pool, its graph or its file; FITS files, or folders of them, which are searched downwards.
    by : str or sequence of str
        Columns of a pool, or keywords of FITS headers, such as ``target,filter,pupil``. ``target`` is the proposer's
        name, ``optics`` all of filter, pupil and grating, and ``position:30arcsec`` what steps of no more than 30
        arcseconds connect.
    where : str, optional
        The exposures to use, as a condition (`asngraph.rules.conditions`): ``filter is f200w and obs_num in 1-5``.
    stages : int or sequence of int
        2, 3 or both.
    background, psf : str, optional
        The exposures that are background, or PSF references: ``flag``, for those whose headers say so, or a condition
        such as ``target SKY`` or ``obs 5``. By default flagged exposures are PSF references in coronagraphy and
        interferometry, and none are background.
    nods : bool
        Whether, in stage 2, the exposures of other nod positions (``patt_num``) of an observation are background.
    imprints : bool
        Whether to add imprints in stage 2.
    selfcal : bool
        Whether, in stage 2, backgrounds are members for the self-calibration of bad pixels, too.
    direct_images : bool
        Whether, in stage 2, slitless spectra have the combined direct image of their observation, its catalog and
        segmentation map.
    nearest : int, optional
        Use only this many backgrounds of each exposure, the nearest in time (``expstart``).
    suffix : str, optional
        The suffix of science members, such as ``jhat``; by default that which the pipeline processes.
    product_name : str, optional
        The template of stage-3 product names, with columns in braces: ``{target}_{filter}``.
    asn_id : str, optional
        The candidate's id; None leaves it out.
    folder : path
        The folder for which associations are made; files in it or below have relative names.
    delimiter : str
        The character between the cells of a pool's file.

    Returns
    -------
    Combination
        A sequence of associations; `Combination.write` writes them, `Combination.to_frame` returns a table.

    Raises
    ------
    UsageError
        When a column, a condition or a template is invalid, or no exposure meets the conditions.
    AsnGraphError
        When no file gives an exposure.

    Notes
    -----
    The cost is linear in the numbers of exposures and of members, beside sorting.

    Examples
    --------
    >>> made = combine("examples/nircam_mosaic.csv", "optics", product_name="ngc-3132_{filter}")
    >>> [(association.products[0]["name"], len(association.members)) for association in made]
    [('ngc-3132_f200w', 16), ('ngc-3132_f444w', 4)]
    """
    if nearest is not None and nearest < 1:
        raise UsageError("nearest must be 1 or more")
    options = Options(
        grouping=Grouping.parse(by),
        stages=stages_of(stages),
        where=None if where is None else parse_condition(where, values_in),
        background=Choice.parse(Role.BACKGROUND, background),
        psf=Choice.parse(Role.PSF, psf),
        nods=nods,
        imprints=imprints,
        selfcal=selfcal,
        direct_images=direct_images,
        nearest=nearest,
        suffix=suffix_of(suffix),
        template=None if product_name is None else ProductTemplate(product_name),
        asn_id=None if asn_id is None else candidate_id(asn_id),
        folder=Path(folder),
    )
    if options.suffix is not None and len(options.stages) > 1:
        raise UsageError("a suffix of science members applies to one stage; make one stage at a time")
    exposures = read_exposures(source, options.columns, options.grouping.derived, delimiter)
    return _Combiner(exposures, options).combination()


class _Combiner:
    """The associations of some exposures, with some options."""

    def __init__(self, exposures: Exposures, options: Options) -> None:
        self._exposures, self._options, self._facts = exposures, options, exposures.facts
        options.grouping.check(exposures.known)
        if options.template is not None:
            options.template.check(exposures.known)
        notes = [note for condition in options.conditions for note in condition.check(self._facts, exposures.known)]
        try:
            self._cast = Cast(exposures, options)
        except UsageError as error:
            raise UsageError("; ".join([str(error), *notes])) from None
        if options.nearest is not None and TIME not in exposures.known:
            raise UsageError(f"`nearest` requires the column {TIME}, which {self._facts.pool.name} lacks")
        self._made = Combination([], options.grouping.columns, notes=[*exposures.notes, *notes])
        self._names: dict[str, str] = {}

    def combination(self) -> Combination:
        """Return the associations of all stages."""
        makers = {2: self._stage2, 3: self._stage3}
        for stage in self._options.stages:
            makers[stage]()
        self._made.notes += self._cast.summary()
        return self._made

    def _placed(self, rows: Rows) -> Rows:
        """Return the rows that have a position, if exposures are combined by it."""
        if self._options.grouping.within is None:
            return rows
        placed = self._facts[POSITION].defined[rows]
        if not placed.all():
            count = counted(int((~placed).sum()), "exposure")
            self._cast.notes.append(f"{count} left out: without targ_ra and targ_dec, or of a moving target")
        return rows[placed]

    def _groups(self) -> list[Rows]:
        """Return the science exposures of each stage-3 association."""
        columns = [self._facts["instrume"], self._cast.types(3), self._facts["exp_type"]]
        columns += [self._facts[name] for name in self._options.grouping.columns]
        return groups_of(columns, self._placed(self._cast.science(3)))

    # --- Stage 3 --------------------------------------------------------------------------------------------------

    def _stage3(self) -> None:
        groups, types = self._groups(), self._cast.types(3)
        mixed: list[str] = []
        for rows, product in zip(groups, self._product_names(groups), strict=True):
            asn_type = types[int(rows[0])]
            members = [Served(row, Role.SCIENCE) for row in rows.tolist()]
            members += self._cast.serving_group(rows.tolist(), asn_type)
            if problem := self._stops(members, asn_type):
                self._cast.notes.append(f"{product} is left out: {problem}")
                continue
            optics = dict.fromkeys(self._facts["optics"].take(rows))
            if len(optics) > 1 and self._facts["exp_type"][int(rows[0])] not in _ALL_OPTICS:
                mixed.append(f"{product} ({', '.join(list(optics)[:3])}{', ...' if len(optics) > 3 else ''})")
            self._add(3, asn_type, members, f"{product}_{asn_type}", product)
        if mixed:
            self._cast.notes.append(
                f"{counted(len(mixed), 'association')} with several optical elements, such as {mixed[0]}; "
                "add optics to the columns to combine by"
            )

    @staticmethod
    def _stops(members: Sequence[Served], asn_type: str) -> str | None:
        """Return why the pipeline would stop, or None."""
        roles = [member.role for member in members]
        for role in PIPELINES[asn_type].stops_without:
            if role not in roles:
                return f"no {role} has its set-up, without which {asn_type} stops"
        return None

    def _product_names(self, groups: Sequence[Rows]) -> list[str]:
        if self._options.template is not None:
            names = [self._options.template.name(self._facts, rows.tolist()) for rows in groups]
            self._refuse_same(names, groups)
            return names
        columns = [name for name in self._options.grouping.columns if name not in ("instrument", "instrume")]
        template = ProductTemplate("_".join(f"{{{name}}}" for name in ("instrument", *columns)))
        longer = ProductTemplate(template.text + "_{exp_type}")
        names = [template.name(self._facts, rows.tolist()) for rows in groups]
        if len(set(names)) < len(names):
            names = [longer.name(self._facts, rows.tolist()) for rows in groups]
        return distinct(names)

    def _refuse_same(self, names: Sequence[str], groups: Sequence[Rows]) -> None:
        first: dict[str, int] = {}
        for number, name in enumerate(names):
            other = first.setdefault(name.lower(), number)
            if other != number:
                columns = ("instrument", "exp_type", *self._options.grouping.columns)
                rows = int(groups[other][0]), int(groups[number][0])
                unlike = [column for column in columns if len({self._facts[column][row] for row in rows}) > 1]
                what = f"differ in {', '.join(unlike)}" if unlike else "differ"
                raise UsageError(
                    f"several products would have the name {name!r}, and {what}; "
                    f"add {' or '.join(f'{{{column}}}' for column in unlike) or 'a column'} to the product name"
                )

    # --- Stage 2 --------------------------------------------------------------------------------------------------

    def _stage2(self) -> None:
        types = self._cast.types(2)
        grisms = self._facts["exp_type"].where(lambda exp_type: exp_type in GRISMS)
        images = self._direct_images() if self._options.direct_images else None
        without = 0
        for row in self._placed(self._cast.science(2)).tolist():
            members = [Served(row, Role.SCIENCE), *self._cast.serving_exposure(row)]
            image = images.get(row) if images is not None and grisms[row] else None
            without += images is not None and bool(grisms[row]) and image is None
            root = exposure_root(self._facts["filename"][row])
            self._add(2, types[row], members, f"{root}_{types[row]}", None, image)
        if without:
            self._cast.notes.append(f"{counted(without, 'slitless spectrum', 'slitless spectra')} without direct image")

    def _direct_images(self) -> dict[int, str]:
        """Return the product of the direct image of each slitless spectrum, of its observation and set-up."""
        groups = self._groups()
        names = self._product_names(groups)
        product_of = {row: name for rows, name in zip(groups, names, strict=True) for row in rows.tolist()}
        images = self._facts["exp_type"].where(lambda exp_type: exp_type in DIRECT_IMAGES)
        rows = [row for row in product_of if images[row]]
        servers = Servers(self._facts, Role.DIRECT_IMAGE, rows, ("program", "obs_num"))
        found = {row: servers.serving(row) for row in self._cast.science(2).tolist()}
        return {row: product_of[some[0]] for row, some in found.items() if some}

    # --- Documents ------------------------------------------------------------------------------------------------

    def _add(
        self,
        stage: int,
        asn_type: str,
        members: Sequence[Served],
        name: str,
        product: str | None = None,
        image: str | None = None,
    ) -> None:
        """Add an association to the combination."""
        file_name = f"{name.replace('{', '').replace('}', '')}_asn.json"
        missing: list[str] = []
        additions = list(self._additions(stage, members, image, missing))
        made = assemble(additions, _RULES[stage], stage, asn_type, asn_id=self._options.asn_id, product_name=product)
        rows = [row for row, role in members if role == Role.SCIENCE]
        self._describe(made, rows)
        refuse_problems(made)
        self._made.associations.append(Association(dict(made), file_name))
        values = {column: self._facts[column][rows[0]] for column in self._options.grouping.columns}
        self._made.values.append(values)
        self._made.observations.append(self._observations(rows))
        if missing:
            self._made.missing[file_name] = missing

    def _additions(
        self, stage: int, members: Sequence[Served], image: str | None, missing: list[str]
    ) -> Iterator[Addition]:
        files = [(*self._exposures.file(row, self._suffix(stage, row, role)), role, row) for row, role in members]
        more = [] if image is None else [
            (*self._exposures.product_file(image, *ending), role, None) for role, ending in _OF_IMAGE.items()
        ]  # fmt: skip
        errors = "exposerr" in self._facts.pool
        for path, there, role, row in [*files, *more]:
            if not there:
                missing.append(path)
            own: dict[str, Any] = {"exposerr": self._facts["exposerr"][row]} if errors and row is not None else {}
            yield Addition(self._member(path, there=there), role, own)

    def _suffix(self, stage: int, row: int, role: str) -> str:
        integrations = bool(self._cast.integrations[row])
        if role == Role.SCIENCE and self._options.suffix is not None:
            return self._options.suffix
        if stage == 3 and role == Role.BACKGROUND:
            return "x1dints" if integrations else "x1d"
        return _SUFFIXES[stage][integrations]

    def _member(self, path: str, *, there: bool) -> str:
        """Return the name of a file as a member: relative to the folder of the associations, if it is in there."""
        known = self._names.get(path)
        if known is None:
            located = there and self._exposures.files is not None
            known = as_member(os.path.abspath(path) if located else path, self._options.folder, allow_outside=located)  # noqa: PTH100
            self._names[path] = known
        return known

    def _describe(self, made: Association, rows: Sequence[int]) -> None:
        """Fill in the fields that depend on the exposures and the options."""
        columns = ("instrume", "exp_type", *self._options.grouping.columns)
        common = [f"{name}: {self._facts[name][rows[0]]}" for name in dict.fromkeys(columns)]
        programs = {self._facts["program"][row] for row in rows}
        targets = {self._facts["target"][row] for row in rows}
        made["constraints"] = "Combined by asngraph\n" + "\n".join(common)
        made["asn_pool"] = self._facts.pool.file_name
        if len(programs) == 1:
            made["program"] = next(iter(programs))
        if "target" in made and len(targets) == 1:
            made["target"] = next(iter(targets))
        if self._options.asn_id is None:
            del made["asn_id"]
        update_degraded_status(made, made.members)

    def _observations(self, rows: Sequence[int]) -> str:
        """Return the observations of exposures, by program: ``1234:1-3,7``."""
        numbers: dict[str, set[str]] = {}
        for row in rows:
            numbers.setdefault(self._facts["program"][row], set()).add(self._facts["obs_num"][row])
        return " ".join(f"{program}:{_ranges(some)}" for program, some in sorted(numbers.items()))


def _ranges(texts: set[str]) -> str:
    """Return numbers with runs of them as ranges.

    Examples
    --------
    >>> _ranges({"1", "2", "003", "7", "null"})
    '1-3,7,null'
    """
    numbers = np.array(sorted({int(text) for text in texts if text.isdecimal()}), dtype=np.int64)
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1) if len(numbers) else []
    parts = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    return ",".join([*parts, *sorted(text for text in texts if not text.isdecimal())])
