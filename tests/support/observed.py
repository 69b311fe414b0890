"""A folder of invented exposures of several modes and two programs, as FITS files with next to no data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fitsfiles import write_file

# Of each mode: the header of its exposures, and the stages of which there are files.
NIRCAM = {"INSTRUME": "NIRCAM", "EXP_TYPE": "NRC_IMAGE", "DETECTOR": "NRCB1", "CHANNEL": "SHORT", "MODULE": "B"}
MRS = {"INSTRUME": "MIRI", "EXP_TYPE": "MIR_MRS", "SUBARRAY": "FULL", "BAND": "SHORT"}
IFU = {"INSTRUME": "NIRSPEC", "EXP_TYPE": "NRS_IFU", "DETECTOR": "NRS1", "FILTER": "F290LP", "GRATING": "G395M"}
MOS = {**IFU, "EXP_TYPE": "NRS_MSASPEC", "MSAMETFL": "plan_msa.fits"}
WFSS = {"INSTRUME": "NIRISS", "DETECTOR": "NIS", "SUBARRAY": "FULL"}
CORON = {
    "INSTRUME": "NIRCAM", "EXP_TYPE": "NRC_CORON", "DETECTOR": "NRCALONG", "CHANNEL": "LONG", "FILTER": "F335M",
    "PUPIL": "MASKRND", "SUBARRAY": "SUB320A335R",
}  # fmt: skip

Exposure = tuple[dict[str, Any], Sequence[str], str]


def exposures() -> Iterator[Exposure]:
    """Yield the header of each exposure, the stages of its files, and their folder."""
    yield from _images()
    yield from _spectra()
    for target, observation, psf in (("HD-1", 9, False), ("HR-2", 10, True)):
        cards = {**CORON, "TARGPROP": target, "OBSERVTN": f"{observation:03}", "IS_PSF": psf}
        yield from (({**cards, "EXPOSURE": str(number)}, ("calints",), "coron") for number in (1, 2))


def _images() -> Iterator[Exposure]:
    # Program, observation, target and position; the first two are one field, under two names.
    fields = ((1234, 1, "M51-EAST", 202.470), (1234, 2, "M51-WEST", 202.478), (5678, 1, "M51-EAST", 202.470))
    for program, observation, target, ra in fields:
        for filter_ in ("F150W", "F277W"):
            for number in (1, 2):
                channel = {"DETECTOR": "NRCBLONG", "CHANNEL": "LONG"} if filter_ == "F277W" else {}
                where = {"TARGPROP": target, "TARG_RA": ra, "TARG_DEC": 47.195, "PUPIL": "CLEAR", "FILTER": filter_}
                spoilt = (program, observation, filter_, number) == (1234, 2, "F150W", 2)
                more = {"EXPOSURE": str(number), "PCS_MODE": "COARSE" if spoilt else "FINEGUIDE", "PATT_NUM": number}
                numbers = {"PROGRAM": f"{program:05}", "OBSERVTN": f"{observation:03}"}
                stages = ("cal", "jhat") if program == 1234 else ("cal",)
                place = f"pointing{observation}-{program}/{filter_.lower()}"
                yield {**NIRCAM, **channel, **where, **numbers, **more}, stages, place


def _spectra() -> Iterator[Exposure]:
    for target, observation, background in (("STAR", 3, False), ("SKY", 4, True)):
        for number in (1, 2):
            for detector, channel in (("MIRIFUSHORT", "12"), ("MIRIFULONG", "34")):
                cards = {**MRS, "DETECTOR": detector, "CHANNEL": channel, "TARGPROP": target, "BKGDTARG": background}
                cards |= {"OBSERVTN": f"{observation:03}", "EXPOSURE": str(number), "EXPSTART": 60000.0 + number}
                yield cards, ("rate", "x1d" if background else "cal"), "mrs"
    for imprint in (False, True):
        for nod in (1, 2):
            cards = {**IFU, "TARGPROP": "GALAXY", "OBSERVTN": "005", "PATT_NUM": nod, "IS_IMPRT": imprint}
            cards |= {"EXPOSURE": str(nod), "ACT_ID": "03" if imprint else "01", "GWA_XTIL": 0.25}
            yield cards, ("rate",), "nirspec"
    for nod in (1, 2, 3):
        yield (
            {**MOS, "TARGPROP": "FIELD", "OBSERVTN": "006", "PATT_NUM": nod, "EXPOSURE": str(nod)},
            ("rate",),
            "nirspec",
        )
    for pupil in ("F115W", "F200W"):
        for filter_, exp_type in (("CLEAR", "NIS_IMAGE"), ("GR150C", "NIS_WFSS")):
            cards = {**WFSS, "FILTER": filter_, "PUPIL": pupil, "EXP_TYPE": exp_type, "TARGPROP": "CLUSTER"}
            number = str(1 + (pupil == "F200W") + 2 * (exp_type == "NIS_WFSS"))
            yield {**cards, "OBSERVTN": "007", "EXPOSURE": number}, ("rate", "cal"), "niriss"


def write_observed(folder: Path) -> Path:
    """Write the files below a folder, and return it."""
    for cards, stages, place in exposures():
        full = {"TELESCOP": "JWST", "PROGRAM": "01234", "VISIT": "001", "VISITGRP": "02", "ACT_ID": "01", **cards}
        full.setdefault("EXPSTART", 60100.0)
        name = (
            f"jw{full['PROGRAM']}{full['OBSERVTN']}{full['VISIT']}_021{full['ACT_ID']}_"
            f"{int(full['EXPOSURE']):05}_{full['DETECTOR'].lower()}"
        )
        if full["EXP_TYPE"] == "NRC_IMAGE":  # the filters of a visit are activities of their own
            name = name.replace("_02101_", "_02101_" if full["FILTER"] == "F150W" else "_02102_")
        (folder / place).mkdir(parents=True, exist_ok=True)
        for stage in stages:
            write_file(folder / place / f"{name}_{stage}.fits", full)
    return folder
