"""The vocabulary of the rules: columns, kinds of exposure, common conditions, entries and names of products.

Sources: jwst.associations.lib.dms_base, rules_level2_base and rules_level3_base of jwst 3.0.0, whose behaviour it
reproduces.
"""

from __future__ import annotations

from asngraph.model.exposure_types import ALWAYS_TIME_SERIES, NONSCIENCE_IMAGES, SCIENCE_IMAGES, SPECTRA
from asngraph.rules.bindings import (
    Collect,
    Condition,
    Either,
    Field,
    NotAfterImprint,
    OnlyScience,
    Retry,
    same,
    same_if_defined,
)
from asngraph.rules.rule import Entry

exp_type, exptype, role = Field("exp_type"), Field("exptype"), Field("role")
pntgtype, visitype, tsovisit = Field("pntgtype"), Field("visitype"), Field("tsovisit")
bkgdtarg, is_psf, is_imprt = Field("bkgdtarg"), Field("is_psf"), Field("is_imprt")
detector, channel, subarray, fxd_slit = Field("detector"), Field("channel"), Field("subarray"), Field("fxd_slit")
filter_, pupil, grating, lamp, opmode = (
    Field("filter"),
    Field("pupil"),
    Field("grating"),
    Field("lamp"),
    Field("opmode"),
)
patttype, dms_note, nints = Field("patttype"), Field("dms_note"), Field("nints")
msametfl, msastate = Field("msametfl"), Field("msastate")

# --- Kinds of exposure --------------------------------------------------------------------------------------------

TIME_SERIES = (pntgtype.is_("science") & (tsovisit.is_("t") | exp_type.one_of(*ALWAYS_TIME_SERIES))).called(
    "a time series"
)
FLAGGED_TIME_SERIES = (pntgtype.is_("science") & tsovisit.is_("t")).called("a time series")
FLAGGED_BACKGROUND = bkgdtarg.defined.called("flagged as background")
BACKGROUND_TARGET = bkgdtarg.is_("t")
AUXILIARY = (bkgdtarg.defined | is_psf.defined).called("flagged as background or PSF")
WAVEFRONT_SENSING = visitype.contains_within("wfsc")
LOS_JITTER = dms_note.is_("wfsc_los_jitter")
NODDED = patttype.one_of("2-point-nod", "4-point-nod", "along-slit-nod")

SLIT_PATH = Field("slit_path").defined.called("light from the slit on the detector")
IFU_PATH = Field("ifu_path").defined.called("light from the IFU on the detector")
LAMP_PATH = Field("lamp_path").defined.called("light from the lamp on the detector")
OCCULTED = Field("occulted").defined.called("an occulted target on the detector")
CALIBRATED_SOSS = Field("calibrated_soss").defined.called("no SOSS filter without flux calibration")

SCIENCE_IMAGE = exp_type.one_of(*SCIENCE_IMAGES)
NONSCIENCE_IMAGE = exp_type.one_of(*NONSCIENCE_IMAGES)
SPECTRUM = exp_type.one_of(*SPECTRA)
IMAGE = exp_type.one_of("nrc_image", "mir_image", "nis_image", "fgs_image", "nrs_mimf")

# --- Stage 2: bindings --------------------------------------------------------------------------------------------

PROGRAM: tuple[Condition, ...] = (same("program"), same_if_defined("tsovisit"))

USABLE: tuple[Condition, ...] = (~(detector.is_("nirspec") | filter_.is_("opaque")), ~WAVEFRONT_SENSING)
USABLE_GRISM = ~(detector.is_("nrcblong") & exp_type.is_("nrc_tsgrism"))

SAME_MODE: tuple[Condition, ...] = (
    same("instrume"),
    same("detector"),
    same("filter", "band"),
    same_if_defined("pupil", "grating"),
    same_if_defined("fxd_slit"),
    same_if_defined("subarray"),
    same_if_defined("channel"),
)
MODE = (*SAME_MODE, *USABLE)

# An association with only one exposure binds nothing; the columns that would bind must be defined nevertheless.
KNOWN_PROGRAM: tuple[Condition, ...] = (Field("program").defined,)
KNOWN_MODE: tuple[Condition, ...] = (
    Field("instrume").defined,
    detector.defined,
    filter_.defined | Field("band").defined,
    *USABLE,
)

# --- Stage 2: entries ---------------------------------------------------------------------------------------------

THE_SCIENCE = Entry("the science exposure", (exptype.is_("science"), OnlyScience()))
THE_EXPOSURE = Entry("the exposure, and no other", (OnlyScience(),))
BACKGROUNDS = Entry("a background", (FLAGGED_BACKGROUND,), Retry.HANDED_ON)
NO_SCIENCE = Entry("an exposure that is not science", (~exptype.is_("science"),))
IMPRINTS = Entry("an imprint of the same mosaic tile", (same("is_imprt"), same("mostilno")), Retry.IMPRINTS)
SPECIAL_IMPRINTS = Entry(
    "an imprint of the same mosaic tile", (same("is_imprt"), same("mostilno"), NotAfterImprint()), Retry.HANDED_ON
)

# --- Stage 3 ------------------------------------------------------------------------------------------------------

LEVEL3_BASE: tuple[Condition, ...] = (same("program"), same("instrume"), ~is_imprt.defined)

ELEMENTS: tuple[Condition, ...] = (same_if_defined("filter"), same_if_defined("pupil", "grating"))
EITHER_SLIT = fxd_slit.one_of("s200a1", "s200a2")
SLIT = same_if_defined("fxd_slit").unless(EITHER_SLIT)
OPTICS: tuple[Condition, ...] = (*ELEMENTS, Collect("fxd_slit", only=EITHER_SLIT), SLIT, same("subarray"))

# In a direct_image candidate the exposures are parallels, which need no target; elsewhere the target binds, and the
# exposures that have it are tried again.
DIRECT_CANDIDATE = same("direct_candidate")
TARGET = Either(((DIRECT_CANDIDATE,), (same("targetid").unless(exptype.is_("background")).handed_on(),)))
AUXILIARY_TARGET = Either(((DIRECT_CANDIDATE,), (same("targetid").handed_on(),)))
TARGET_NOT_HANDED_ON = Either(((DIRECT_CANDIDATE,), (same("targetid"),)))
TARGET_OF_SCIENCE = same("targetid").unless(~exptype.is_("science")).handed_on()

NOT_WAVEFRONT: tuple[Condition, ...] = (~visitype.contains("wfsc"), same_if_defined("visitype"))

# --- The names of products ----------------------------------------------------------------------------------------

EXPOSURE_PRODUCT = "{exposure}"
OBSERVATION = "jw{program}-{asn_id}"
TARGET_PRODUCT = OBSERVATION + "_{target}_{instrument}_{optics}{-slit}{-subarray}"
PLAIN_PRODUCT = OBSERVATION + "_{target}_{instrument}"
SOURCE_PRODUCT = OBSERVATION + "_{{source_id}}_{instrument}_{optics}{-slit}{-subarray}"
SLIT_PRODUCT = OBSERVATION + "_{target}-{{source_id}}_{instrument}_{optics}-{{slit_name}}{-subarray}"
CORONAGRAPHIC_IMAGE_PRODUCT = OBSERVATION + "_{target}_{instrument}_{optics}{-subarray}-image3"
WAVEFRONT_PRODUCT = TARGET_PRODUCT + "-{detector}_{{suffix}}-{act_id}"
