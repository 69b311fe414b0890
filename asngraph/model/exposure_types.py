"""Exposure types (EXP_TYPE): the role of each, and how it is calibrated.

Sources: jwst.associations.lib.dms_base, rules_level2_base and rules_level3_base of jwst 3.0.0. A type that is not
listed here has the role science, and is not calibrated in stage 2.
"""

from __future__ import annotations

from asngraph.model.roles import Role

INSTRUMENTS = {"fgs": "FGS", "mir": "MIRI", "nis": "NIRISS", "nrc": "NIRCam", "nrs": "NIRSpec"}

# Types that acquire the target or confirm its position (ACQ_EXP_TYPES).
ACQUISITIONS = (
    "mir_tacq", "mir_taconfirm", "nis_taconfirm", "nis_tacq", "nrc_taconfirm", "nrc_tacq", "nrs_confirm", "nrs_msata",
    "nrs_taconfirm", "nrs_tacq", "nrs_taslit", "nrs_verify", "nrs_wata",
)  # fmt: skip

# Types that stage 2 calibrates, as images and as spectra.
SCIENCE_IMAGES = (
    "fgs_image", "mir_4qpm", "mir_image", "mir_lyot", "nis_ami", "nis_image", "nrc_coron", "nrc_image", "nrs_mimf",
    "nrc_tsimage",
)  # fmt: skip
NONSCIENCE_IMAGES = ("mir_coroncal", "nis_focus", "nrc_focus", "nrs_focus", "nrs_image", *ACQUISITIONS)
SPECTRA = (
    "mir_lrs-fixedslit", "mir_lrs-slitless", "mir_mrs", "mir_wfss", "nis_soss", "nis_wfss", "nrc_tsgrism", "nrc_wfss",
    "nrs_fixedslit", "nrs_ifu", "nrs_msaspec", "nrs_brightobj",
)  # fmt: skip
# Types whose ``cal`` products stage 3 uses (LEVEL2B_EXPTYPES).
CALIBRATED = frozenset({*SCIENCE_IMAGES, *NONSCIENCE_IMAGES, *SPECTRA})

CORONAGRAPHY = ("mir_4qpm", "mir_lyot", "nrc_coron")
INTERFEROMETRY = "nis_ami"
ALWAYS_TIME_SERIES = ("nrc_tsimage", "nrc_tsgrism", "nrs_brightobj")
DIRECT_IMAGES = ("nis_image", "nrc_image", "mir_image")
GRISMS = frozenset({"nis_wfss", "nrc_wfss", "mir_wfss"})

_NOT_SCIENCE = {
    Role.DARK: ("mir_darkall", "mir_darkimg", "mir_darkmrs", "nis_dark", "nrc_dark", "nrs_dark"),
    Role.FLAT: ("mir_flatimage", "mir_flatmrs", "mir_flatimage-ext", "mir_flatmrs-ext", "nrc_flat"),
    Role.ENGINEERING: (
        "nis_focus", "nis_lamp", "nrc_focus", "nrc_led", "nrs_focus", "nrs_image", "nrs_lamp",
    ),
    Role.AUTOFLAT: ("nrs_autoflat",),
    Role.AUTOWAVE: ("nrs_autowave",),
    Role.TARGET_ACQUISITION: tuple(exp_type for exp_type in ACQUISITIONS if exp_type != "nrs_verify"),
}  # fmt: skip

# The role of each exposure type; all other types are science (EXPTYPE_MAP).
ROLE_OF_EXP_TYPE = {exp_type: role.value for role, exp_types in _NOT_SCIENCE.items() for exp_type in exp_types}
