"""Write a folder as a download from the archive leaves it: 300 small FITS files with full headers, of three programs.

    python examples/download_folder.py data

The programs are made up. 9201 is a NIRCam mosaic: three observations of one nebula, in two pairs of filters. 9202 has
MIRI MRS spectra of two stars and of the sky beside them, their background. 9203 has NIRSpec MSA spectra of two fields,
with three nods in each of two gratings. The files lie in ``mastDownload/JWST/<name>/<file>``; about half of the
exposures are there twice, as ``_uncal`` and as ``_rate``. Some things are missing, as they are in real folders: `LOST`
exposures are not there at all, `UNCALIBRATED` ones only as ``_uncal``, and the MSA plan of the second field was not
fetched.

With ``--copies N``, the programs are repeated under other numbers, N times 300 files in all.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from astropy.io import fits

FILES = 300
# Parts of the names of exposures that were never downloaded.
LOST = ("01002001_02101_00002_nrca3", "02002001_02103_00001_mirifulong", "03001001_03101_00002_nrs2")
# Parts of the names of exposures that are there only as _uncal files.
UNCALIBRATED = ("01003001_02103_00003_nrc", "02002001_02101_00002_mirifushort", "03002001_03103_00001_nrs1")

_NIRCAM = ("NRCA1", "NRCA2", "NRCA3", "NRCA4", "NRCALONG")
_INSTRUMENTS = {"NRC": "NIRCAM", "MIR": "MIRI", "NRS": "NIRSPEC"}
_BITPIX = {"uncal": "uint16", "rate": "float32", "msa": "float32"}

Cards = dict[str, Any]


class Visit:
    """The only visit of an observation, and the cards that its exposures have in common."""

    def __init__(self, program: int, observation: int, template: str, target: str, ra: float, **cards: Any) -> None:
        self.name = f"{program:05d}{observation:03d}001"
        self.taken = 0
        self.cards: Cards = {
            "PROGRAM": f"{program:05d}", "OBSERVTN": f"{observation:03d}", "VISIT": "001", "VISIT_ID": self.name,
            "TITLE": "An invented program", "PI_NAME": "Nobody, N.", "CATEGORY": "GO", "SUBCAT": "",
            "VISITYPE": "PRIME_TARGETED_FIXED", "VSTSTART": "2023-06-01 00:00:00.0", "TEMPLATE": template,
            "TARGPROP": target, "TARGNAME": target.replace("-", " "), "TARGTYPE": "FIXED", "TARG_RA": ra,
            "TARG_DEC": -30.25, "TARGURA": 0.1, "TARGUDEC": 0.1, "PROP_RA": ra, "PROP_DEC": -30.25,
            "BKGDTARG": False, "TSOVISIT": False, "IS_IMPRT": False, "PNTG_SEQ": 1,
        } | cards  # fmt: skip

    def expose(
        self, group: int, activity: int, number: int, exp_type: str, detectors: tuple[str, ...], **cards: Any
    ) -> Iterator[tuple[str, Cards]]:
        """Yield the name and the header of the exposure that each detector takes."""
        self.taken += 1
        act = f"{group:02d}1{activity:02d}"
        for detector in detectors:
            name = f"jw{self.name}_{act}_{number:05d}_{detector.lower()}"
            yield name, self.cards | {
                "OBS_ID": f"V{self.name}P00000000{act}", "VISITGRP": f"{group:02d}", "SEQ_ID": "1",
                "ACT_ID": f"{activity:02d}", "EXPOSURE": str(number), "EXPCOUNT": self.taken, "NEXPOSUR": 40,
                "EXP_TYPE": exp_type, "INSTRUME": _INSTRUMENTS[detector[:3]], "DETECTOR": detector,
                "DATE-OBS": "2023-06-01", "TIME-OBS": f"{self.taken // 60:02d}:{self.taken % 60:02d}:00.000",
                "EXPSTART": 60096.0 + self.taken / 1440, "EXPEND": 60096.0007 + self.taken / 1440,
                "EXPMID": 60096.0003 + self.taken / 1440, "EFFEXPTM": 60.0, "DURATION": 60.0, "READPATT": "FASTR1",
                "NINTS": 1, "NGROUPS": 5, "NFRAMES": 1, "GROUPGAP": 0, "TFRAME": 10.7, "TGROUP": 10.7,
                "EXSEGNUM": 1, "EXSEGTOT": 1, "SUBARRAY": "FULL", "SUBSTRT1": 1, "SUBSTRT2": 1, "SUBSIZE1": 2048,
                "SUBSIZE2": 2048, "FASTAXIS": 1, "SLOWAXIS": 2,
            } | cards  # fmt: skip


def exposures(shift: int = 0) -> Iterator[tuple[str, Cards]]:
    """Yield the name and the header of every exposure of the three programs.

    Parameters
    ----------
    shift : int
        What is added to the numbers of the programs.
    """
    yield from _mosaic(9201 + shift)
    yield from _spectra_with_background(9202 + shift)
    yield from _fields_with_nods(9203 + shift)


def _dither(number: int, points: int) -> Cards:
    return {"NUMDTHPT": points, "PATT_NUM": number, "PATTSTRT": 1}


def _mosaic(program: int) -> Iterator[tuple[str, Cards]]:
    for observation in (1, 2, 3):
        ra = 83.8 + observation / 60
        visit = Visit(program, observation, "NIRCam Imaging", "BRIGHT-NEBULA", ra, EXPRIPAR="PRIME")
        for activity, (short, long) in ((1, ("F200W", "F444W")), (3, ("F115W", "F277W"))):
            for number in (1, 2, 3):
                common = {"PUPIL": "CLEAR", "PATTTYPE": "INTRAMODULE", "MODULE": "A", **_dither(number, 3)}
                place = "NRCA5_FULL"
                for name, cards in visit.expose(
                    2, activity, number, "NRC_IMAGE", _NIRCAM, APERNAME=place, PPS_APER=place, **common
                ):
                    is_long = cards["DETECTOR"] == "NRCALONG"
                    arm = {"FILTER": long, "CHANNEL": "LONG"} if is_long else {"FILTER": short, "CHANNEL": "SHORT"}
                    yield name, cards | arm


def _spectra_with_background(program: int) -> Iterator[tuple[str, Cards]]:
    for observation, target, points in ((1, "STAR-ONE", 4), (2, "EMPTY-SKY", 2), (3, "STAR-TWO", 4)):
        sky = target == "EMPTY-SKY"
        ra = 150.0 + observation / 30
        visit = Visit(program, observation, "MIRI Medium Resolution Spectroscopy", target, ra, BKGDTARG=sky)
        if not sky:
            acquired = {"FILTER": "FND", "APERNAME": "MIRIM_TAMRS", "PATTTYPE": "NONE"}
            yield from visit.expose(2, 1, 1, "MIR_TACQ", ("MIRIMAGE",), **acquired)
        for activity, band in enumerate(("SHORT", "MEDIUM", "LONG"), 1 if sky else 2):
            for number in range(1, points + 1):
                common = {"BAND": band, "PATTTYPE": f"{points}-POINT", "APERNAME": "MIRIFU_CHANNEL1A"}
                for name, cards in visit.expose(
                    2, activity, number, "MIR_MRS", ("MIRIFUSHORT", "MIRIFULONG"), **common, **_dither(number, points)
                ):
                    yield name, cards | {"CHANNEL": "12" if cards["DETECTOR"] == "MIRIFUSHORT" else "34"}


def _fields_with_nods(program: int) -> Iterator[tuple[str, Cards]]:
    both = ("NRS1", "NRS2")
    for observation in (1, 2):
        plan = {"MSASTATE": "CONFIGURED", "MSAMETFL": f"jw{program:05d}{observation:03d}001_01_msa.fits", "MSAMETID": 1}
        visit = Visit(
            program, observation, "NIRSpec MultiObject Spectroscopy", f"FIELD-{observation}", 53.1 + observation
        )
        image = {"FILTER": "F140X", "GRATING": "MIRROR", "OPMODE": "IMAGE", "PATTTYPE": "NONE", **plan}
        yield from visit.expose(2, 1, 1, "NRS_MSATA", both, **image)
        yield from visit.expose(2, 3, 1, "NRS_CONFIRM", both, **image)
        for group, (grating, name) in enumerate((("G140M", "F100LP"), ("G395M", "F290LP")), 3):
            optics = {"FILTER": name, "GRATING": grating, "OPMODE": "MSASPEC", "FXD_SLIT": "NONE", **plan}
            for number in (1, 2, 3):
                nod = {"PATTTYPE": "3-SHUTTER-SLITLET", "NOD_TYPE": "3-SHUTTER-SLITLET", "SUBPXPTS": 1}
                yield from visit.expose(group, 1, number, "NRS_MSASPEC", both, **optics, **nod, **_dither(number, 3))
            lamp = optics | {"FILTER": "OPAQUE", "PATTTYPE": "NONE"}
            yield from visit.expose(group, 3, 1, "NRS_AUTOWAVE", both, **lamp, LAMP="LINE3")
            yield from visit.expose(group, 5, 1, "NRS_AUTOFLAT", both, **lamp, LAMP="FLAT3")


def files(shift: int = 0) -> list[tuple[str, str, Cards]]:
    """Return the exposure, the suffix and the header of each of the 300 files.

    Parameters
    ----------
    shift : int
        What is added to the numbers of the programs.
    """
    there = [(name, cards) for name, cards in exposures(shift) if not _is_of(name, LOST, shift)]
    plans = sorted({cards["MSAMETFL"] for _, cards in there if "MSAMETFL" in cards})[:1]
    once = [(name, "uncal" if _is_of(name, UNCALIBRATED, shift) else "rate", cards) for name, cards in there]
    once += [(plan.removesuffix("_msa.fits"), "msa", {"TELESCOP": "JWST"}) for plan in plans]
    twice = [(name, "uncal", cards) for name, suffix, cards in once if suffix == "rate"]
    # Every other exposure comes as both, and as many more as make up the number.
    return once + (twice[::2] + twice[1::2])[: FILES - len(once)]


def _is_of(name: str, parts: tuple[str, ...], shift: int) -> bool:
    number = int(name[2:7]) - shift
    return f"{number - 9200:02d}{name[7:]}".startswith(parts)


def write(folder: Path, copies: int = 1) -> int:
    """Write the files below a folder, and return their number.

    Parameters
    ----------
    folder : path
        The folder; it is made.
    copies : int
        How often the programs are repeated, under other numbers.
    """
    count = 0
    for copy in range(copies):
        for name, suffix, cards in files(10 * copy):
            own = folder / "mastDownload" / "JWST" / name
            own.mkdir(parents=True, exist_ok=True)
            _write_file(own / f"{name}_{suffix}.fits", suffix, cards)
            count += 1
    return count


def _write_file(path: Path, suffix: str, cards: Cards) -> None:
    import numpy

    model = {"uncal": "Level1bModel", "rate": "ImageModel", "msa": "DataModel"}[suffix]
    header = fits.Header({"DATE": "2024-01-01T00:00:00.000", "ORIGIN": "STSCI", "TIMESYS": "UTC", "TELESCOP": "JWST"})
    header.update({"FILENAME": path.name, "DATAMODL": model, "SDP_VER": "2024_1a", "CAL_VER": "1.14.0"})
    for keyword, value in cards.items():
        header[keyword] = value
    science = fits.ImageHDU(numpy.zeros((1, 5, 4, 4) if suffix == "uncal" else (4, 4), _BITPIX[suffix]), name="SCI")
    if "TARG_RA" in cards:
        science.header.update({"RA_REF": cards["TARG_RA"], "DEC_REF": cards["TARG_DEC"], "ROLL_REF": 100.0})
    fits.HDUList([fits.PrimaryHDU(header=header), science]).writeto(path, overwrite=True)


def main() -> None:
    """Write the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Write a folder of small FITS files, as a download leaves it.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--copies", type=int, default=1, help="How often the programs are repeated.")
    asked = parser.parse_args()
    print(f"{write(asked.folder, asked.copies)} files written below {asked.folder}")


if __name__ == "__main__":
    main()
