"""A simulated program: its targets, candidates, observations and exposures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

COLUMNS = (
    "filename", "obs_id", "program", "obs_num", "visit", "visit_id", "visitgrp", "visitype", "seq_id", "act_id",
    "exposure", "exp_type", "nexposur", "expcount", "instrume", "detector", "channel", "targetid", "targprop",
    "targname", "targtype", "template", "pntgtype", "pntg_seq", "targordn", "expspcin", "dithptin", "mostilno",
    "module", "filter", "pupil", "ditherid", "patttype", "pattstrt", "numdthpt", "pattsize", "subpxpts", "patt_num",
    "subpixel", "apername", "sdp_ver", "subarray", "grating", "fxd_slit", "band", "gwa_xtil", "gwa_ytil",
    "asn_candidate", "exposerr", "is_psf", "is_imprt", "bkgdtarg", "tsovisit", "msastate", "msametfl", "opmode",
    "lamp", "spec_num", "spat_num", "dms_note", "exsegtot", "nints", "ngroups", "mtshadow",
)  # fmt: skip

Row = dict[str, str]

_CATALOGS = ("NGC", "HD", "2MASS-J", "WASP", "TRAPPIST", "GOODS-S", "LHA-120-N", "GLIMPSE", "UDS", "HR")


@dataclass(frozen=True)
class Target:
    """A target of a program.

    Parameters
    ----------
    number : int
        Its number within the program.
    name : str
        Its name.
    moving : bool
        Whether it is a moving target.
    """

    number: int
    name: str
    moving: bool = False


@dataclass
class Program:
    """A simulated program.

    Parameters
    ----------
    number : int
        The program's number.
    rng : random.Random
        The source of random numbers.
    visits : int
        The number of visits of each observation.
    rows : list of dict of str to str
        The rows of the pool, one for each exposure.
    """

    number: int
    rng: random.Random
    visits: int = 1
    rows: list[Row] = field(default_factory=list)
    _targets: int = 0
    _candidates: int = 999
    _observations: int = 0

    def target(self, *, moving: bool = False) -> Target:
        """Return a new target of the program.

        Parameters
        ----------
        moving : bool
            Whether it is a moving target.
        """
        self._targets += 1
        name = f"{self.rng.choice(_CATALOGS)}-{self.rng.randint(100, 9999)}".lower()
        return Target(self._targets, name, moving)

    def candidate(self, type_: str) -> tuple[str, str]:
        """Return the id and type of a new candidate, which several observations can share.

        Parameters
        ----------
        type_ : str
            The type of the candidate.
        """
        self._candidates += 1
        return f"c{self._candidates}", type_

    def many(self, low: int, high: int) -> int:
        """Return a random number of repetitions.

        Parameters
        ----------
        low, high : int
            The smallest and the largest number.
        """
        return self.rng.randint(low, high)

    def repeat_visits(self, first: int) -> None:
        """Repeat the exposures from a row on, in further visits of their observations.

        Parameters
        ----------
        first : int
            The row of the first exposure.
        """
        rows = self.rows[first:]
        for visit in range(2, self.visits + 1):
            for row in rows:
                visit_id = f"{row['visit_id'][:-3]}{visit:03d}"
                changes = {"visit": str(visit), "visit_id": visit_id, "mostilno": str(visit)}
                for column in ("filename", "obs_id"):
                    changes[column] = row[column].replace(row["visit_id"], visit_id)
                self.rows.append(row | changes)

    def observation(
        self, template: str, target: Target | None, *candidates: tuple[str, str], **fields: str
    ) -> Observation:
        """Return a new observation of the program.

        Parameters
        ----------
        template : str
            The template with which it is planned.
        target : Target or None
            The target; None for parallels and internal calibrations.
        *candidates : (str, str)
            Its candidates other than the observation itself, as (id, type).
        **fields : str
            Cells of all its exposures, by column.
        """
        self._observations += 1
        return Observation(self, self._observations, template, target, candidates, fields)


class Observation:
    """An observation of a simulated program, which adds exposures to the program."""

    def __init__(
        self,
        program: Program,
        number: int,
        template: str,
        target: Target | None,
        candidates: Sequence[tuple[str, str]],
        fields: dict[str, str],
    ) -> None:
        self.program, self.number = program, number
        own = (f"o{number:03d}", "observation")
        kind = "moving" if target and target.moving else "fixed"
        self._fields: Row = {
            "program": f"{program.number:05d}",
            "obs_num": str(number),
            "visit": "1",
            "visit_id": f"{program.number:05d}{number:03d}001",
            "visitype": f"prime_targeted_{kind}" if target else "prime_untargeted",
            "seq_id": "1",
            "targetid": str(target.number) if target else "null",
            "targprop": target.name if target else "null",
            "targname": target.name.replace("-", " ") if target else "null",
            "targtype": kind if target else "null",
            "template": template,
            "pntgtype": "science",
            "targordn": "1",
            "mostilno": "1",
            "sdp_ver": "2025_4a",
            "asn_candidate": str([own, *candidates]),
            "tsovisit": "f",
            "bkgdtarg": "f",
            "nints": "1",
            "ngroups": "5",
            "mtshadow": "none",
        } | fields
        self._group, self._activity, self._sequence = 1, 0, 0

    def activity(self) -> None:
        """Begin a new activity; the exposures of an activity share the telescope's set-up."""
        self._activity += 1
        if self._activity > 35:
            self._activity, self._group = 1, self._group + 1

    def expose(self, exp_type: str, detectors: Sequence[str], exposure: int = 1, /, **fields: str) -> None:
        """Add an exposure with some detectors, which becomes one row for each.

        Parameters
        ----------
        exp_type : str
            The exposure type.
        detectors : sequence of str
            The detectors that are read out.
        exposure : int
            Its number within the activity.
        **fields : str
            Cells of the exposure that differ from those of the observation, by column.
        """
        if not self._activity:
            self.activity()
        self._sequence += 1
        act = _base36(self._activity)
        activity = f"{self._group + 1:02d}1{act}"
        obs_id = f"v{self._fields['visit_id']}p00000000{activity}"
        for detector in detectors:
            self.program.rows.append(
                self._fields
                | {
                    "filename": f"jw{self._fields['visit_id']}_{activity}_{exposure:05d}_{detector}_uncal.fits",
                    "obs_id": obs_id,
                    "visitgrp": str(self._group + 1),
                    "act_id": act,
                    "exposure": str(exposure),
                    "exp_type": exp_type,
                    "expcount": str(self._sequence),
                    "instrume": _INSTRUMENTS[detector[:3]],
                    "detector": detector,
                    "channel": _channel(detector),
                    "module": detector[3] if detector.startswith("nrc") else "null",
                    "pntg_seq": str(self._sequence),
                    "expspcin": str(self._activity),
                }
                | fields
            )


_INSTRUMENTS = {"nrc": "nircam", "nrs": "nirspec", "nis": "niriss", "mir": "miri", "gui": "fgs"}


def _channel(detector: str) -> str:
    if detector.startswith("nrc"):
        return "long" if detector.endswith("long") else "short"
    return {"mirifushort": "12", "mirifulong": "34"}.get(detector, "null")


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number // 36] + digits[number % 36]
