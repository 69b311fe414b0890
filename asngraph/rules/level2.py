"""The rules of stage 2: one science exposure and its calibrations.

They correspond to the classes of the same names in jwst.associations.lib.rules_level2b of jwst 3.0.0.
"""

from __future__ import annotations

from functools import partial

from asngraph.model.derived_columns import Roles
from asngraph.rules import vocabulary as v
from asngraph.rules.bindings import AloneIn, Avoids, Retry, same
from asngraph.rules.rule import Completion, Entry, Rule

_rule = partial(Rule, level=2, product=v.EXPOSURE_PRODUCT, roles=Roles.LEVEL2, base=v.PROGRAM)
# Where only the science exposure can enter, no background can make a background candidate valid.
_alone = partial(_rule, base=v.KNOWN_PROGRAM, entries=(v.THE_SCIENCE,), candidates=("observation",), needs=())
_as_science = partial(_alone, entries=(v.THE_EXPOSURE,), roles=Roles.SCIENCE)
_with_backgrounds = partial(_rule, entries=(v.BACKGROUNDS, v.THE_SCIENCE), candidates=("observation", "background"))
_several = partial(_rule, candidates=("observation", "background"))

_LRS = v.exp_type.one_of("mir_lrs-slitless", "mir_lrs-fixedslit")


def _wfss_entries(grism: tuple[str, ...], image: tuple[str, ...]) -> tuple[Entry, ...]:
    is_grism = v.exp_type.one_of(*grism)
    binds = (same("exp_type").as_("grism exp_type"),) if len(grism) > 1 else ()
    binds_image = (same("exp_type").as_("image exp_type"),) if len(image) > 1 else ()
    return (
        Entry("a direct image", (v.exp_type.one_of(*image), *binds_image), Retry.LATE),
        Entry("a spectrum that is not science", (is_grism, *binds, *v.NO_SCIENCE.conditions)),
        Entry("the science exposure", (is_grism, *binds, *v.THE_EXPOSURE.conditions)),
    )


_wfss = partial(_several, asn_type="spec2", roles=Roles.WFSS, completion=(Completion.USE_CATALOG,), optics=())

LEVEL2 = (
    _with_backgrounds(
        "Asn_Lv2CoronAsRate",
        "Full-frame NIRCam coronagraphy on occulted detectors, as ordinary images",
        "image2",
        conditions=(
            *v.SAME_MODE[:-2],
            v.SAME_MODE[-1],
            *v.USABLE,
            v.exp_type.is_("nrc_coron"),
            v.subarray.is_("full"),
            v.OCCULTED,
        ),
        coronagraphy=False,
    ),
    _alone(
        "Asn_Lv2FGS",
        "FGS images",
        "image2",
        conditions=(v.exp_type.one_of("fgs_image", "fgs_focus"), ~v.WAVEFRONT_SENSING),
    ),
    _with_backgrounds(
        "Asn_Lv2Image",
        "Science images that are no time series",
        "image2",
        conditions=(*v.MODE, v.SCIENCE_IMAGE, same("exp_type"), ~v.TIME_SERIES),
    ),
    _as_science(
        "Asn_Lv2ImageNonScience",
        "Target acquisitions, confirmation images and other images that are not science",
        "image2",
        conditions=(
            v.role.is_("target_acquisition")
            | v.NONSCIENCE_IMAGE
            | (v.exp_type.is_("nrs_msaspec") & v.msastate.is_("primarypark_allopen") & v.grating.is_("mirror")),
        ),
    ),
    _as_science(
        "Asn_Lv2ImageSpecial",
        "Background and PSF images, each calibrated by itself",
        "image2",
        conditions=(*v.KNOWN_MODE, v.SCIENCE_IMAGE, v.AUXILIARY),
    ),
    _alone(
        "Asn_Lv2ImageTSO",
        "Time series of images",
        "tso-image2",
        conditions=(*v.KNOWN_MODE, v.SCIENCE_IMAGE, v.TIME_SERIES),
    ),
    _several(
        "Asn_MIRLRSTAConfirm",
        "MIRI LRS spectra with the image that confirms the target",
        "spec2",
        # An entry that fails keeps the values that it bound: a confirmation that comes first binds its own filter.
        entries=(
            Entry(
                "the science exposure",
                (*v.MODE, *v.THE_SCIENCE.conditions, _LRS),
            ),
            Entry(
                "a background of the same mode",
                (
                    *v.MODE,
                    v.FLAGGED_BACKGROUND,
                    ~v.FLAGGED_TIME_SERIES,
                    _LRS,
                    same("exp_type").as_("background exp_type"),
                ),
                Retry.HANDED_ON,
            ),
            Entry(
                "the science exposure of the confirmation's visit",
                (same("obs_id"), *v.THE_SCIENCE.conditions, _LRS),
            ),
            Entry("a confirmation image", (same("obs_id"), v.exp_type.is_("mir_taconfirm"))),
        ),
    ),
    _rule(
        "Asn_Lv2MIRLRSFixedSlitNod",
        "MIRI LRS fixed-slit spectra with another nod as background",
        "spec2",
        base=(*v.PROGRAM, AloneIn("background")),
        candidates=("observation",),
        entries=(
            Entry(
                "the science exposure",
                (
                    v.exp_type.is_("mir_lrs-fixedslit"),
                    same("patt_num"),
                    *v.THE_SCIENCE.conditions,
                    v.patttype.is_("along-slit-nod"),
                ),
                Retry.IMPRINTS,
            ),
            Entry(
                "another nod, as background",
                (
                    v.exp_type.is_("mir_lrs-fixedslit"),
                    Avoids("patt_num", "patt_num"),
                    same("patt_num").as_("background patt_num"),
                    v.patttype.is_("along-slit-nod"),
                ),
                exptype="background",
                releases=True,
            ),
            Entry("a confirmation image", (v.exp_type.is_("mir_taconfirm"),)),
        ),
    ),
    _several(
        "Asn_Lv2NRSFSS",
        "NIRSpec fixed-slit spectra, nods as each other's background",
        "spec2",
        conditions=(*v.SAME_MODE, ~v.WAVEFRONT_SENSING, v.exp_type.is_("nrs_fixedslit"), v.SLIT_PATH),
        entries=(
            v.NO_SCIENCE,
            Entry(
                "a science exposure of the same nod pattern",
                (same("expspcin"), same("numdthpt"), same("subpxpns", "subpxpts")),
            ),
        ),
        completion=(Completion.SPLIT_NODS,),
    ),
    _several(
        "Asn_Lv2NRSIFUNod",
        "NIRSpec IFU spectra, nods as each other's background",
        "spec2",
        conditions=(
            *v.SAME_MODE,
            ~v.WAVEFRONT_SENSING,
            v.exp_type.is_("nrs_ifu"),
            v.IFU_PATH,
            v.patttype.one_of("2-point-nod", "4-point-nod"),
            same("patttype"),
            same("mostilno"),
        ),
        completion=(Completion.PRUNE_IMPRINTS, Completion.SPLIT_NODS),
    ),
    _as_science(
        "Asn_Lv2NRSLAMPImage",
        "NIRSpec lamp images",
        "image2",
        conditions=(
            v.exp_type.is_("nrs_lamp"),
            v.grating.is_("mirror"),
            ~v.opmode.defined | v.opmode.is_("image"),
        ),
    ),
    _as_science(
        "Asn_Lv2NRSLAMPSpectral",
        "NIRSpec lamp spectra",
        "nrslamp-spec2",
        conditions=(
            v.exp_type.one_of("nrs_autoflat", "nrs_autowave", "nrs_lamp"),
            v.filter_.is_("opaque"),
            v.LAMP_PATH,
            ~v.opmode.is_("msaspec") | v.msametfl.defined,
            v.lamp.defined,
            ~(v.grating.is_("mirror") | v.lamp.is_("nolamp")),
        ),
    ),
    _several(
        "Asn_Lv2NRSMSA",
        "NIRSpec MSA spectra, nods as each other's background",
        "spec2",
        conditions=(*v.MODE, v.exp_type.is_("nrs_msaspec"), same("msametfl"), same("expspcin")),
        completion=(Completion.SPLIT_NODS,),
    ),
    _several(
        "Asn_Lv2Spec",
        "Science spectra that are no time series and not nodded",
        "spec2",
        conditions=(
            *v.MODE,
            v.exp_type.one_of("mir_mrs", "mir_wfss", "nis_soss", "nrc_tsgrism", "nrs_ifu", "nrs_brightobj"),
            same("exp_type"),
            ~(v.TIME_SERIES | v.NODDED),
            v.IFU_PATH,
        ),
        entries=(
            v.BACKGROUNDS,
            v.IMPRINTS,
            Entry("the science exposure", (*v.THE_SCIENCE.conditions, same("mostilno"))),
        ),
        completion=(Completion.PRUNE_IMPRINTS,),
    ),
    _as_science(
        "Asn_Lv2SpecImprint",
        "Imprints, each calibrated by itself",
        "spec2",
        conditions=(*v.KNOWN_MODE, v.USABLE_GRISM, v.SPECTRUM, v.IFU_PATH, v.is_imprt.defined),
    ),
    _rule(
        "Asn_Lv2SpecSpecial",
        "Background and PSF spectra, each calibrated by itself, with their imprints",
        "spec2",
        candidates=("observation",),
        conditions=(*v.MODE, v.USABLE_GRISM, v.SPECTRUM, same("exp_type"), same("bkgdtarg", "is_psf"), v.IFU_PATH),
        entries=(v.SPECIAL_IMPRINTS, v.THE_EXPOSURE),
        needs=(),
        roles=Roles.SCIENCE,
        completion=(Completion.PRUNE_IMPRINTS,),
    ),
    _alone(
        "Asn_Lv2SpecTSO",
        "Time series of spectra",
        "tso-spec2",
        conditions=(
            *v.KNOWN_MODE,
            v.USABLE_GRISM,
            v.exp_type.one_of(
                "mir_mrs", "mir_wfss", "nis_soss", "nis_wfss", "nrc_tsgrism", "nrc_wfss", "nrs_ifu", "nrs_brightobj"
            ),
            v.TIME_SERIES,
            ~(v.exp_type.is_("nrc_tsgrism") & v.pupil.is_("clear")),
            ~(v.exp_type.is_("nrs_brightobj") & ~v.SLIT_PATH),
            v.CALIBRATED_SOSS,
        ),
    ),
    _alone(
        "Asn_Lv2WFSC",
        "Wavefront sensing and control",
        "image2",
        conditions=(
            v.SCIENCE_IMAGE,
            v.WAVEFRONT_SENSING,
            ~(v.LOS_JITTER & v.exp_type.is_("nrc_image")),
        ),
    ),
    _wfss(
        "Asn_Lv2WFSSMIR",
        "MIRI wide-field slitless spectra with their direct images",
        conditions=(v.TARGET_NOT_HANDED_ON, same("instrume"), same("detector")),
        entries=_wfss_entries(("mir_wfss",), ("mir_image",)),
    ),
    _wfss(
        "Asn_Lv2WFSSNIS",
        "NIRISS wide-field slitless spectra with their direct images",
        conditions=(v.TARGET_NOT_HANDED_ON, same("instrume"), same("pupil"), same("subarray")),
        entries=_wfss_entries(("nis_wfss",), ("nis_image",)),
    ),
    _wfss(
        "Asn_Lv2WFSSNRC",
        "NIRCam wide-field slitless spectra with their direct images",
        conditions=(v.TARGET_NOT_HANDED_ON, same("instrume"), same("detector")),
        entries=_wfss_entries(("nrc_wfss",), ("nrc_image",)),
    ),
    _wfss(
        "Asn_Lv2WFSSParallel",
        "Wide-field slitless spectra taken as pure parallels, with their direct images",
        base=(),
        candidates=("direct_image", "discovered"),
        conditions=(v.DIRECT_CANDIDATE, same("instrume")),
        entries=_wfss_entries(("nis_wfss", "nrc_wfss", "mir_wfss"), ("nis_image", "nrc_image", "mir_image")),
    ),
)
