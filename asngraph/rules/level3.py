"""The rules of stage 3: exposures that are combined.

They correspond to the classes of the same names in jwst.associations.lib.rules_level3 of jwst 3.0.0.
"""

from __future__ import annotations

from functools import partial

from asngraph.model.derived_columns import Roles
from asngraph.rules import vocabulary as v
from asngraph.rules.bindings import Lacks, same
from asngraph.rules.rule import Completion, Rule

_rule = partial(
    Rule, level=3, product=v.TARGET_PRODUCT, base=v.LEVEL3_BASE, acquisitions=True, several_observations=True
)
_auxiliary = partial(_rule, roles=Roles.AUXILIARY)
_coronagraphy = partial(_rule, needs=("science", "psf"))

LEVEL3 = (
    Rule(
        "Asn_Lv3ACQ_Reprocess",
        "Hands target acquisitions and confirmation images on to what they were taken for",
        "",
        level=3,
        product="",
        conditions=(v.role.is_("target_acquisition"),),
        hands_on=True,
    ),
    _coronagraphy(
        "Asn_Lv3AMI",
        "NIRISS aperture-masking interferometry with its PSF",
        "ami3",
        conditions=(*v.OPTICS, v.exp_type.is_("nis_ami"), v.TARGET_OF_SCIENCE),
    ),
    _rule(
        "Asn_Lv3Image",
        "Images of a target",
        "image3",
        conditions=(
            *v.OPTICS,
            v.TARGET,
            v.IMAGE,
            same("exp_type"),
            *v.NOT_WAVEFRONT,
            Lacks("bkgdtarg"),
            ~v.FLAGGED_TIME_SERIES,
        ),
    ),
    _auxiliary(
        "Asn_Lv3ImageBackground",
        "Images of a background target",
        "image3",
        conditions=(
            *v.OPTICS,
            v.AUXILIARY_TARGET,
            v.IMAGE,
            same("exp_type"),
            *v.NOT_WAVEFRONT,
            same("bkgdtarg"),
            ~v.FLAGGED_TIME_SERIES,
        ),
    ),
    _rule(
        "Asn_Lv3ImageMosaic",
        "Images of all tiles of a mosaic, whatever their target",
        "image3",
        candidates=("mosaic",),
        conditions=(*v.OPTICS, v.IMAGE, same("exp_type"), *v.NOT_WAVEFRONT, Lacks("bkgdtarg"), ~v.FLAGGED_TIME_SERIES),
    ),
    _coronagraphy(
        "Asn_Lv3MIRCoron",
        "MIRI coronagraphy with its PSF",
        "coron3",
        conditions=(
            *v.OPTICS,
            v.exp_type.one_of("mir_lyot", "mir_4qpm"),
            same("exp_type"),
            v.TARGET_OF_SCIENCE,
            ~v.FLAGGED_BACKGROUND,
        ),
    ),
    _rule(
        "Asn_Lv3MIRMRS",
        "MIRI MRS spectra of a target, with the spectra of its background",
        "spec3",
        product=v.PLAIN_PRODUCT,
        conditions=(v.TARGET, v.exp_type.is_("mir_mrs"), ~v.FLAGGED_TIME_SERIES),
    ),
    _auxiliary(
        "Asn_Lv3MIRMRSBackground",
        "MIRI MRS spectra of a background target",
        "spec3",
        product=v.PLAIN_PRODUCT,
        conditions=(v.TARGET_NOT_HANDED_ON, v.exp_type.is_("mir_mrs"), ~v.FLAGGED_TIME_SERIES, v.BACKGROUND_TARGET),
    ),
    _coronagraphy(
        "Asn_Lv3NRCCoron",
        "NIRCam coronagraphy with its PSF, on the detectors that see the target",
        "coron3",
        conditions=(
            *v.OPTICS,
            v.exp_type.is_("nrc_coron"),
            v.TARGET_OF_SCIENCE,
            ~v.FLAGGED_BACKGROUND,
            v.OCCULTED,
        ),
    ),
    _rule(
        "Asn_Lv3NRCCoronImage",
        "Full-frame short-wave NIRCam coronagraphy, as ordinary images",
        "image3",
        product=v.CORONAGRAPHIC_IMAGE_PRODUCT,
        conditions=(
            *v.ELEMENTS,
            v.SLIT,
            v.subarray.is_("full"),
            v.exp_type.is_("nrc_coron"),
            v.TARGET_OF_SCIENCE,
            ~(v.FLAGGED_BACKGROUND | v.is_psf.is_("t")),
            v.channel.is_("short"),
        ),
        coronagraphy=False,
    ),
    _rule(
        "Asn_Lv3NRSFSS",
        "NIRSpec fixed-slit spectra of a target",
        "spec3",
        product=v.SLIT_PRODUCT,
        conditions=(
            ~v.FLAGGED_TIME_SERIES,
            v.exp_type.one_of("nrs_autoflat", "nrs_autowave", "nrs_fixedslit"),
            v.SLIT_PATH,
            *v.ELEMENTS,
            v.SLIT,
            same("subarray"),
            v.TARGET,
        ),
    ),
    _rule(
        "Asn_Lv3NRSIFU",
        "NIRSpec IFU spectra of a target",
        "spec3",
        conditions=(
            v.TARGET,
            v.exp_type.one_of("nrs_autowave", "nrs_ifu"),
            v.IFU_PATH,
            same("patttype"),
            ~v.FLAGGED_TIME_SERIES,
            same("grating"),
        ),
        optics=("grating",),
    ),
    _auxiliary(
        "Asn_Lv3NRSIFUBackground",
        "NIRSpec IFU spectra of a background target",
        "spec3",
        conditions=(
            v.AUXILIARY_TARGET,
            ~v.FLAGGED_TIME_SERIES,
            v.BACKGROUND_TARGET,
            v.exp_type.is_("nrs_ifu"),
            v.IFU_PATH,
            same("grating"),
        ),
        optics=("grating",),
    ),
    _rule(
        "Asn_Lv3SlitlessSpectral",
        "NIRISS SOSS spectra of a target that are no time series and have no dither pattern",
        "spec3",
        conditions=(~v.FLAGGED_TIME_SERIES, *v.OPTICS, v.TARGET, v.exp_type.is_("nis_soss"), Lacks("patttype")),
    ),
    _auxiliary(
        "Asn_Lv3SpecAux",
        "Slit spectra of a background target",
        "spec3",
        conditions=(
            v.AUXILIARY_TARGET,
            ~v.FLAGGED_TIME_SERIES,
            v.BACKGROUND_TARGET,
            v.exp_type.one_of("mir_lrs-fixedslit", "nrs_fixedslit"),
            same("exp_type"),
            *v.OPTICS,
        ),
    ),
    _rule(
        "Asn_Lv3SpectralSource",
        "NIRSpec MSA spectra, source by source",
        "spec3",
        product=v.SOURCE_PRODUCT,
        conditions=(
            ~v.FLAGGED_TIME_SERIES,
            *v.OPTICS,
            v.TARGET,
            v.exp_type.one_of("nrs_autoflat", "nrs_autowave") | (v.exp_type.is_("nrs_msaspec") & v.msametfl.defined),
        ),
    ),
    _rule(
        "Asn_Lv3SpectralTarget",
        "Nodded MIRI LRS slit spectra and NIRISS SOSS spectra of a target",
        "spec3",
        several_observations=False,
        conditions=(
            ~v.FLAGGED_TIME_SERIES,
            *v.OPTICS,
            v.TARGET,
            v.exp_type.one_of("mir_lrs-fixedslit", "nis_soss"),
            v.NODDED,
            same("patttype"),
        ),
        completion=(Completion.EXTRACTED_NODS,),
    ),
    _rule(
        "Asn_Lv3TSO",
        "Time series of a target",
        "tso3",
        candidates=("observation",),
        several_observations=False,
        conditions=(
            v.TARGET,
            *v.OPTICS,
            v.TIME_SERIES,
            same("exp_type"),
            ~v.exp_type.one_of("mir_mrs", "mir_flatmrs", "nrs_autowave", "nrs_ifu"),
            ~(v.exp_type.is_("nrc_tsgrism") & v.pupil.one_of("clear", "gdhs0", "gdhs60")),
            ~(v.exp_type.is_("nrc_tsgrism") & v.detector.is_("nrcblong")),
            ~v.subarray.one_of("sub260stripe4_dhs", "sub41stripe1_dhs", "sub82stripe2_dhs", "sub164stripe4_dhs"),
            ~(v.exp_type.is_("nis_soss") & v.nints.is_("1")),
            v.CALIBRATED_SOSS,
            ~(v.exp_type.is_("nrs_brightobj") & ~v.SLIT_PATH),
        ),
    ),
    _rule(
        "Asn_Lv3WFSCMB",
        "Dither pairs of wavefront sensing",
        "wfs-image3",
        product=v.WAVEFRONT_PRODUCT,
        not_candidates=("group",),
        members=2,
        conditions=(
            *v.OPTICS,
            v.TARGET,
            v.IMAGE,
            same("exp_type"),
            v.patttype.is_("wfsc"),
            same("detector"),
            same("obs_id"),
            same("act_id"),
            ~v.LOS_JITTER,
        ),
    ),
    _rule(
        "Asn_Lv3WFSSMIR",
        "MIRI wide-field slitless spectra of a target",
        "spec3",
        conditions=(v.TARGET, v.exp_type.is_("mir_wfss"), v.filter_.is_("p750l"), same("filter")),
        optics=("filter",),
    ),
    _rule(
        "Asn_Lv3WFSSNIS",
        "NIRISS wide-field slitless spectra of a target",
        "spec3",
        conditions=(
            v.TARGET,
            v.exp_type.is_("nis_wfss"),
            v.filter_.one_of("gr150r", "gr150c"),
            same("filter"),
            same("pupil"),
        ),
    ),
    _rule(
        "Asn_Lv3WFSSNRC",
        "NIRCam wide-field slitless spectra of a target",
        "spec3",
        conditions=(
            v.TARGET,
            v.exp_type.is_("nrc_wfss"),
            v.pupil.one_of("grismr", "grismc"),
            same("pupil"),
            same("filter"),
        ),
    ),
)
