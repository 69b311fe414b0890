"""Optical paths of the instruments: which combinations of elements put light on which detector.

Sources: the NIRSpec, NIRCam and NIRISS chapters of the JWST user documentation; for the combinations that the pipelines
calibrate, ``NRS_FSS_VALID_OPTICAL_PATHS``, ``NRS_FSS_VALID_LAMP_OPTICAL_PATHS``, ``NRS_IFU_VALID_OPTICAL_PATHS`` and
``NIS_SOSS_UNCALIBRATED_FILTERS`` of jwst.associations.lib.dms_base. All functions take lower-case cells of one
exposure, empty where undefined, and return a bool.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_NRS1, _NRS2, _BOTH = {"nrs1"}, {"nrs2"}, {"nrs1", "nrs2"}

# By (grating, filter): the detectors with light from an A slit (or S1600A1), and from S200B1.
_SLIT_PATHS = {
    ("prism", "clear"): (_NRS1, _NRS2),
    ("g140m", "f070lp"): (_NRS1, _BOTH),
    ("g140m", "f100lp"): (_NRS1, _NRS2),
    ("g235m", "f170lp"): (_NRS1, _NRS2),
    ("g395m", "f290lp"): (_NRS1, _NRS2),
    ("g140h", "f070lp"): (_NRS1, _BOTH),
    ("g140h", "f100lp"): (_BOTH, _NRS2),
    ("g235h", "f170lp"): (_BOTH, _NRS2),
    ("g395h", "f290lp"): (_BOTH, _NRS2),
}

# By (grating, filter): the detectors with light through the integral-field unit.
_IFU_PATHS = {
    ("prism", "clear"): _NRS1,
    ("g140m", "f070lp"): _NRS1,
    ("g140m", "f100lp"): _NRS1,
    ("g235m", "f170lp"): _NRS1,
    ("g395m", "f290lp"): _NRS1,
    ("g140h", "f070lp"): _NRS1,
    ("g140h", "f100lp"): _BOTH,
    ("g235h", "f170lp"): _BOTH,
    ("g395h", "f290lp"): _BOTH,
}

# By grating: the lamps that illuminate both detectors through the fixed slits.
_SLIT_LAMPS = {
    "prism": {"line4", "flat5", "test"},
    "g140m": {"flat1", "line1", "flat4"},
    "g235m": {"flat2", "line2"},
    "g395m": {"flat3", "line3"},
    "g140h": {"flat1", "ref", "line1", "flat4"},
    "g235h": {"flat2", "line2"},
    "g395h": {"flat3", "line3"},
}

# By pupil mask: the full-frame NIRCam detectors without an occulter in the field of view.
_NO_OCCULTER = {"maskbar": {"nrca1", "nrca2", "nrca3"}, "maskrnd": {"nrca1", "nrca3", "nrca4"}}


def slit_path(detector: str, filter_: str, grating: str, fxd_slit: str) -> bool:
    """Return whether light from a NIRSpec fixed slit reaches the detector.

    Parameters
    ----------
    detector, filter_, grating, fxd_slit : str
        Cells of the exposure.

    Examples
    --------
    >>> slit_path("nrs2", "f290lp", "g395m", "s200a1"), slit_path("nrs2", "f290lp", "g395m", "s200b1")
    (False, True)
    """
    a_slits, b_slit = _SLIT_PATHS.get((grating, filter_), ((), ()))
    return bool(fxd_slit) and detector in (b_slit if fxd_slit == "s200b1" else a_slits)


def ifu_path(exp_type: str, detector: str, filter_: str, grating: str) -> bool:
    """Return whether light from the NIRSpec IFU reaches the detector; True for exposures of other types.

    Parameters
    ----------
    exp_type, detector, filter_, grating : str
        Cells of the exposure.
    """
    return exp_type != "nrs_ifu" or detector in _IFU_PATHS.get((grating, filter_), ())


def lamp_path(detector: str, grating: str, opmode: str, lamp: str) -> bool:
    """Return whether light from a NIRSpec lamp reaches the detector.

    Parameters
    ----------
    detector, grating, opmode, lamp : str
        Cells of the exposure.
    """
    if not (detector and grating):
        return False
    if opmode == "msaspec":  # depends on the shutters, on either detector
        return True
    if opmode == "ifu" and lamp:
        if grating in ("g395h", "g235h"):
            return True
        if grating == "g140h":
            return not (detector == "nrs2" and lamp == "flat4")
        return detector == "nrs1" and grating in ("g395m", "g235m", "g140m", "prism")
    return opmode == "fixedslit" and detector in _BOTH and lamp in _SLIT_LAMPS.get(grating, ())


def out_of_view(detector: str, subarray: str, pupil: str) -> bool:
    """Return whether the occulter of a full-frame NIRCam coronagraphic exposure is on another detector.

    Parameters
    ----------
    detector, subarray, pupil : str
        Cells of the exposure.
    """
    return subarray == "full" and detector in _NO_OCCULTER.get(pupil, ())


def occulted(detector: str, subarray: str, pupil: str) -> bool:
    """Return whether the occulted target of a NIRCam coronagraphic exposure is known to be on the detector.

    Parameters
    ----------
    detector, subarray, pupil : str
        Cells of the exposure.
    """
    return bool(detector and subarray and pupil) and not out_of_view(detector, subarray, pupil)


def calibrated_soss(exp_type: str, filter_: str) -> bool:
    """Return whether the filter of a NIRISS SOSS exposure has a flux calibration; True for exposures of other types.

    Parameters
    ----------
    exp_type, filter_ : str
        Cells of the exposure.
    """
    return exp_type != "nis_soss" or (bool(filter_) and filter_ != "f277w")


class OpticalFact(NamedTuple):
    """A derived column of the optical path.

    Parameters
    ----------
    fields : tuple of str
        The columns from which it is derived.
    holds : callable
        Takes one cell of each of these columns and returns the value.
    example : tuple of str
        Cells for which it is true.
    """

    fields: tuple[str, ...]
    holds: Callable[..., bool]
    example: tuple[str, ...]


OPTICAL_FACTS = {
    "slit_path": OpticalFact(
        ("detector", "filter", "grating", "fxd_slit"), slit_path, ("nrs1", "clear", "prism", "s200a1")
    ),
    "ifu_path": OpticalFact(
        ("exp_type", "detector", "filter", "grating"), ifu_path, ("nrs_ifu", "nrs1", "clear", "prism")
    ),
    "lamp_path": OpticalFact(
        ("detector", "grating", "opmode", "lamp"), lamp_path, ("nrs1", "g395h", "fixedslit", "line3")
    ),
    "out_of_view": OpticalFact(("detector", "subarray", "pupil"), out_of_view, ("nrca1", "full", "maskrnd")),
    "occulted": OpticalFact(("detector", "subarray", "pupil"), occulted, ("nrca2", "full", "maskrnd")),
    "calibrated_soss": OpticalFact(("exp_type", "filter"), calibrated_soss, ("nis_soss", "clear")),
}
