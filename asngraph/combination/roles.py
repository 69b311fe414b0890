"""Which exposures are science, and which serve them, in what role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from heapq import nsmallest
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from asngraph.combination.exposures import Exposures
from asngraph.combination.options import FLAG, TIME, Options
from asngraph.combination.serving import Servers
from asngraph.errors import UsageError
from asngraph.model.column import Column, Mask, is_defined
from asngraph.model.derived_columns import can_be_time_series, in_integrations
from asngraph.model.exposure_types import CORONAGRAPHY, INTERFEROMETRY
from asngraph.model.pipelines import PIPELINES, asn_type_of
from asngraph.model.roles import Role
from asngraph.util.text import counted

Rows = npt.NDArray[np.intp]

# The roles of exposures that are science unless they are chosen to serve others.
_SCIENCE = (Role.SCIENCE, Role.BACKGROUND, Role.PSF)
_WITH_PSF = (*CORONAGRAPHY, INTERFEROMETRY)
_NOT_PROCESSED = "null"


class Served(NamedTuple):
    """An exposure in a role."""

    row: int
    role: str


class Cast:
    """The roles of the exposures of a source: science, and what serves it.

    Parameters
    ----------
    exposures : Exposures
        The exposures.
    options : Options
        The options.

    Attributes
    ----------
    notes : list of str
        Warnings about exposures that are left out.

    Raises
    ------
    UsageError
        When no exposure meets the conditions.
    """

    def __init__(self, exposures: Exposures, options: Options) -> None:
        self.facts, self.options = exposures.facts, options
        self.notes: list[str] = []
        self._without = Counter[str]()  # the number of science exposures and associations that lack something
        self.integrations = in_integrations(self.facts)
        self._science = self.facts["role"].where(lambda role: role in _SCIENCE)
        self._selected = self._where()
        self._background = self._chosen(Role.BACKGROUND)
        self._psf = self._chosen(Role.PSF)

    def _where(self) -> Mask:
        where, role = self.options.where, self.facts["role"]
        selected = np.ones(len(self.facts.pool), dtype=bool) if where is None else where.predicate.mask(self.facts)
        if not selected.any():
            raise UsageError(f"no exposure meets {where.source if where else 'the conditions'!r}")
        names = self.facts["filename"]
        first = np.zeros(len(selected), dtype=bool)
        first[np.unique(names.codes, return_index=True)[1]] = True
        if not first.all():
            self.notes.append(f"{counted(int((~first).sum()), 'row')} left out: their file names come twice")
        selected = selected & first
        others = Counter(role.values[code] for code in role.codes[selected & ~self._science].tolist())
        if self.options.imprints:
            others.pop(Role.IMPRINT, None)
        if others:
            listed = ", ".join(f"{count} {name}" for name, count in sorted(others.items()))
            self.notes.append(f"{counted(others.total(), 'exposure')} left out, by role: {listed}")
        return selected

    def _chosen(self, role: str) -> Mask:
        """Return the mask of the exposures that serve others in a role."""
        choice = self.options.background if role == Role.BACKGROUND else self.options.psf
        if choice is None:
            flagged = self.facts["role"].where(lambda name: name == role)
            with_psf = self.facts["exp_type"].where(lambda exp_type: exp_type in _WITH_PSF)
            return flagged & with_psf & self._selected if role == Role.PSF else np.zeros(len(flagged), dtype=bool)
        named = choice.mask(self.facts) & self._science
        if not (named & self._selected).any():
            what = choice.condition.source if choice.condition else FLAG
            count = int(named.sum())
            left = f"; it selects {counted(count, 'exposure')}, all of which `where` leaves out" if count else ""
            left += f": `where` has to select the science and the {role}" if count else ""
            self.notes.append(f"no exposure is {role}, by {what!r}{left}")
        return named & self._selected

    def types(self, stage: int) -> Column:
        """Return the type of the associations of each exposure; undefined where no pipeline processes it.

        Parameters
        ----------
        stage : int
            The stage, 2 or 3.
        """
        facts = self.facts
        series = facts["tsovisit"].where(lambda text: text == "t") & can_be_time_series(facts)
        rows = zip(facts["exp_type"], series.tolist(), facts["out_of_view"].defined.tolist(), strict=True)
        return Column.of(
            asn_type_of(stage, exp_type, time_series=is_series, occulted=not empty) or _NOT_PROCESSED
            for exp_type, is_series, empty in rows
        )

    def science(self, stage: int) -> Rows:
        """Return the science exposures of a stage; in stage 2, what serves others is science of its own association.

        Parameters
        ----------
        stage : int
            The stage, 2 or 3.
        """
        chosen = self._selected & self._science
        if stage == 3:
            chosen &= ~(self._background | self._psf)
        types = self.types(stage)
        unknown = chosen & ~types.defined
        if unknown.any():
            names = ", ".join(dict.fromkeys(self.facts["exp_type"].take(unknown)))
            self.notes.append(f"{counted(int(unknown.sum()), 'exposure')} left out: stage {stage} has no {names}")
        return np.flatnonzero(chosen & types.defined)

    def serving_group(self, rows: Sequence[int], asn_type: str) -> list[Served]:
        """Return the exposures that serve a stage-3 association.

        Parameters
        ----------
        rows : sequence of int
            Its science exposures.
        asn_type : str
            Its type.
        """
        pipeline = PIPELINES[asn_type]
        found: list[Served] = []
        if self.options.background is not None:
            own = {row for science in rows for row in self._nearest(science, self._backgrounds.serving(science))}
            if Role.BACKGROUND in pipeline.takes:
                found += (Served(row, Role.BACKGROUND) for row in sorted(own))
                self._without.update({} if own else {"stage-3 association": 1})
            elif own:
                self.notes.append(f"{asn_type} takes no backgrounds, which are left out; stage 2 subtracts them")
        if Role.PSF in pipeline.needs:
            lists = {id(some): some for some in map(self._psfs.serving, rows)}
            found += (Served(row, Role.PSF) for row in sorted({row for some in lists.values() for row in some}))
        return found

    def serving_exposure(self, row: int) -> Iterator[Served]:
        """Yield the exposures that serve the science exposure of a stage-2 association.

        Parameters
        ----------
        row : int
            The science exposure.
        """
        backgrounds: list[int] = []
        if not (self._background[row] or self._psf[row]):
            backgrounds = self._nearest(row, self._backgrounds.serving(row))
            if self.options.background is not None and not backgrounds:
                self._without["science exposure"] += 1
            if self.options.nods:
                backgrounds = [*self._other_nods(row), *backgrounds]
        yield from (Served(other, Role.BACKGROUND) for other in backgrounds)
        if self.options.imprints:
            own = {imprint for served in (row, *backgrounds) for imprint in self._imprints_of(served)}
            yield from (Served(imprint, Role.IMPRINT) for imprint in sorted(own))
        if self.options.selfcal:
            yield from (Served(other, Role.SELFCAL) for other in backgrounds)

    def summary(self) -> list[str]:
        """Return the notes, each once, with the numbers of exposures that nothing serves."""
        counts = dict(self._without)
        nods = counts.pop("nod position", 0)
        lines = [f"{counted(nods, 'exposure')} without nod position (patt_num)"] if nods else []
        lines += [f"{counted(count, what)} without background of its set-up" for what, count in counts.items()]
        return list(dict.fromkeys([*self.notes, *lines]))

    @cached_property
    def _backgrounds(self) -> Servers:
        return Servers(self.facts, Role.BACKGROUND, np.flatnonzero(self._background).tolist())

    @cached_property
    def _psfs(self) -> Servers:
        return Servers(self.facts, Role.PSF, np.flatnonzero(self._psf).tolist(), ("exp_type",))

    @cached_property
    def _imprints(self) -> Servers:
        rows = np.flatnonzero(self._selected & self.facts["role"].where(lambda role: role == Role.IMPRINT))
        return Servers(self.facts, Role.IMPRINT, rows.tolist(), ("program", "obs_num", "mostilno"))

    @cached_property
    def _nods(self) -> Servers:
        rows = np.flatnonzero(self._selected & self._science & ~(self._background | self._psf)).tolist()
        exact = ("program", "obs_num", "msametfl", *self.options.grouping.columns)
        return Servers(self.facts, Role.BACKGROUND, rows, exact)

    def _other_nods(self, row: int) -> list[int]:
        position = self.facts["patt_num"]
        if not position.defined[row]:
            self._without["nod position"] += 1
            return []
        return [other for other in self._nods.serving(row) if position.keys[other] not in (-1, position.keys[row])]

    def _imprints_of(self, row: int) -> list[int]:
        """Return the imprints of an exposure: those of its own position of the grating wheel, if there are any."""
        found = self._imprints.serving(row)
        wheel = [self.facts[name] for name in ("gwa_xtil", "gwa_ytil")]
        same = [other for other in found if all(column.codes[other] == column.codes[row] for column in wheel)]
        return same or found

    def _nearest(self, row: int, found: list[int]) -> list[int]:
        count = self.options.nearest
        if count is None or len(found) <= count:
            return found
        times = self._times
        return sorted(nsmallest(count, found, key=lambda other: abs(times[other] - times[row])))

    @cached_property
    def _times(self) -> list[float]:
        times = []
        for name, text in zip(self.facts["filename"], self.facts[TIME], strict=True):
            try:
                times.append(float(text))
            except ValueError:
                what = f"{name} has no {TIME}" if not is_defined(text) else f"{TIME} {text!r} of {name} is not a number"
                raise UsageError(f"`nearest` requires the time of each exposure ({TIME}, in days); {what}") from None
        return times
