"""A program that is being simulated: its targets, candidates and observations, and the exposures that they take."""

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
    """What a program points at."""

    number: int
    name: str
    moving: bool = False


@dataclass
class Program:
    """A program.

    Parameters
    ----------
    number : int
        The program's number.
    rng : random.Random
        Where chance comes from.
    visits : int
        How many visits each observation has.
    """

    number: int
    rng: random.Random
    visits: int = 1
    rows: list[Row] = field(default_factory=list)
    _targets: int = 0
    _candidates: int = 999
    _observations: int = 0

    def target(self, *, moving: bool = False) -> Target:
        """Add a target."""
        self._targets += 1
        name = f"{self.rng.choice(_CATALOGS)}-{self.rng.randint(100, 9999)}".lower()
        return Target(self._targets, name, moving)

    def candidate(self, type_: str) -> tuple[str, str]:
        """Add a candidate that several observations can be under."""
        self._candidates += 1
        return f"c{self._candidates}", type_

    def many(self, low: int, high: int) -> int:
        """Choose a number of repetitions."""
        return self.rng.randint(low, high)

    def repeat_visits(self, first: int) -> None:
        """Take the exposures from the first one on again, in further visits of their observations."""
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
        """Add an observation.

        Parameters
        ----------
        template : str
            What it was planned with.
        target : Target or None
            What it points at; None for parallels and internal calibrations.
        *candidates : (str, str)
            The candidates that it is under, beside its own.
        **fields : str
            What all its exposures have in common.
        """
        self._observations += 1
        return Observation(self, self._observations, template, target, candidates, fields)


class Observation:
    """An observation, to which exposures are added."""

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
        """Begin a new activity: exposures between which the telescope's set-up changes."""
        self._activity += 1
        if self._activity > 35:
            self._activity, self._group = 1, self._group + 1

    def expose(self, exp_type: str, detectors: Sequence[str], exposure: int = 1, /, **fields: str) -> None:
        """Take an exposure with some detectors.

        Parameters
        ----------
        exp_type : str
            The exposure type.
        detectors : sequence of str
            The detectors that read out.
        exposure : int
            Its number within the activity.
        **fields : str
            What it has that its observation has not in common.
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
