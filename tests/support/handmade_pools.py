"""Pools made by hand, for what chance finds too rarely: (what they are for, options, exposures)."""

from __future__ import annotations

Row = dict[str, str]

BASE = {"program": "1", "obs_num": "1", "targetid": "1", "pntgtype": "science", "exposerr": "null"}
OWN = "[('o001', 'observation')]"
BACKGROUND = "[('o001', 'observation'), ('c1000', 'background')]"
DIRECT = "[('c1000', 'direct_image')]"
NO_FINALIZE = ("--no-finalize",)


def _pool(common: Row, *rows: Row) -> list[Row]:
    full = [BASE | {"asn_candidate": OWN} | common | row for row in rows]
    return [row | {"filename": row.get("filename", f"e{n}_uncal.fits")} for n, row in enumerate(full, 1)]


MIRI = {"instrume": "miri", "detector": "mirimage", "subarray": "full"}
IMAGE = MIRI | {"exp_type": "mir_image", "filter": "f770w"}
CORON = {"instrume": "nircam", "detector": "nrcalong", "exp_type": "nrc_coron", "filter": "f335m", "pupil": "maskrnd"}
MRS = {"instrume": "miri", "detector": "mirifulong", "exp_type": "mir_mrs", "band": "short", "mostilno": "1"}
LRS = MIRI | {"exp_type": "mir_lrs-fixedslit", "filter": "p750l", "patttype": "along-slit-nod", "obs_id": "v1"}
CONFIRM = MIRI | {"exp_type": "mir_taconfirm", "filter": "fnd", "obs_id": "v1"}
IFU = {
    "instrume": "nirspec", "detector": "nrs1", "exp_type": "nrs_ifu", "filter": "f290lp", "grating": "g395h",
    "subarray": "full", "mostilno": "1", "patttype": "cycling",
}  # fmt: skip
SLIT = {
    "instrume": "nirspec", "detector": "nrs1", "exp_type": "nrs_fixedslit", "filter": "clear", "grating": "prism",
    "fxd_slit": "s200a1", "subarray": "full",
}  # fmt: skip
MSA = {
    "instrume": "nirspec", "detector": "nrs1", "exp_type": "nrs_msaspec", "filter": "clear", "grating": "prism",
    "subarray": "full", "msametfl": "plan.fits",
}  # fmt: skip
SOSS = {
    "instrume": "niriss",
    "detector": "nis",
    "exp_type": "nis_soss",
    "filter": "clear",
    "pupil": "gr700xd",
    "subarray": "x",
}
GRISM = {"instrume": "nircam", "detector": "nrcalong", "subarray": "full", "pupil": "clear"}
PHASING = {
    "instrume": "nircam", "detector": "nrca3", "exp_type": "nrc_image", "filter": "f212n", "subarray": "full",
    "patttype": "wfsc", "obs_id": "v1", "act_id": "01",
}  # fmt: skip

FLAGGED = {"bkgdtarg": "t"}
ACQUISITION = {"pntgtype": "target_acquisition"}


def _handed_on(rule: str, mode: Row, **acquisition: str) -> tuple[str, tuple[str, ...], list[Row]]:
    """An acquisition of another target that fits the rule is tried again before one that fits nothing."""
    return (
        rule,
        (),
        _pool(
            mode,
            ACQUISITION | {"exp_type": "nrs_tacq", "filter": "other"},
            ACQUISITION | {"targetid": "2"} | acquisition,
            {"targetid": "2", "obs_num": "9"},
            {},
        ),
    )


def _time_series_pointing(rule: str, mode: Row, **pointing: str) -> tuple[str, tuple[str, ...], list[Row]]:
    """The flag of a time series does not count off science pointings."""
    return rule, (), _pool(mode, {}, {"tsovisit": "t", "pntgtype": "background"} | pointing)


HANDMADE: list[tuple[str, tuple[str, ...], list[Row]]] = [
    *(
        (rule, (), _pool(mode | {"asn_candidate": BACKGROUND}, {"tsovisit": "true"}, FLAGGED | {"tsovisit": "yes"}))
        for rule, mode in (("Asn_Lv2Image", IMAGE), ("Asn_Lv2CoronAsRate", CORON | {"subarray": "full"}), ("Asn_Lv2Spec", MRS))
    ),
    ("Asn_Lv2Image", (), _pool(IMAGE | {"exp_type": "nrc_tsimage", "asn_candidate": BACKGROUND}, {}, FLAGGED)),
    ("Asn_Lv2CoronAsRate", (), _pool(CORON | {"subarray": "full", "asn_candidate": BACKGROUND}, {}, FLAGGED | {"pupil": "maskbar"})),
    ("Asn_Lv2ImageTSO", (), _pool(
        PHASING | {"tsovisit": "t", "visitype": "prime_wfsc_sensing", "dms_note": "wfsc_los_jitter"}, {})),
    ("Asn_Lv2MIRLRSFixedSlitNod", NO_FINALIZE, _pool(
        LRS | {"asn_candidate": BACKGROUND}, {"patt_num": "1"}, CONFIRM, {"patt_num": "1", "obs_id": "v2"},
        FLAGGED | {"patt_num": "1"})),
    *(
        ("Asn_Lv2Spec", (), _pool(IFU, {"dithptin": "1"}, *({"is_imprt": "t", "bkgdtarg": "f"} | imprint for imprint in imprints)))
        for imprints in ([{"dithptin": "1"}, {"dithptin": "2"}], [{"targetid": "2"}, {"targetid": "1"}])
    ),
    ("Asn_Lv2Spec", (), _pool(
        IFU | {"bkgdtarg": "f"}, {"dithptin": "1"}, {"dithptin": "1", "is_imprt": "t"}, {"dithptin": "2", "is_imprt": "t"})),
    ("Asn_Lv2SpecImprint", (), _pool(MRS | {"is_imprt": "t"}, {})),
    ("Asn_Lv2SpecImprint", (), _pool(MSA | {"is_imprt": "t", "filter": "opaque"}, {})),
    ("Asn_Lv2SpecTSO", (), _pool(MRS | {"tsovisit": "t"}, {})),
    ("Asn_Lv2SpecSpecial", (), _pool(
        IFU | FLAGGED, {"dithptin": "1"}, {"dithptin": "1", "is_imprt": "t"}, {"dithptin": "3"},
        {"dithptin": "2", "is_imprt": "t"})),
    ("Asn_Lv2SpecSpecial", (), _pool(IFU | FLAGGED | {"filter": "f070lp", "grating": "g140m"}, {},
        {"is_imprt": "t", "grating": "g140h"})),
    ("Asn_Lv2SpecSpecial", (), _pool(GRISM | FLAGGED | {"detector": "nrcblong", "exp_type": "nrc_wfss", "filter": "f356w"}, {})),
    *(
        (rule, NO_FINALIZE, _pool(
            mode | {"asn_candidate": DIRECT, "targetid": "null"}, {"exp_type": image}, {"exp_type": grism}, {"exp_type": grism}))
        for rule, mode, image, grism in (
            ("Asn_Lv2WFSSNRC", GRISM | {"filter": "f356w"}, "nrc_image", "nrc_wfss"),
            ("Asn_Lv2WFSSMIR", IMAGE, "mir_image", "mir_wfss"),
            ("Asn_Lv2WFSSNIS", SOSS | {"pupil": "f150w"}, "nis_image", "nis_wfss"),
        )
    ),
    ("Asn_Lv2WFSSParallel", (), _pool(
        GRISM | {"asn_candidate": DIRECT, "filter": "f356w"}, {"exp_type": "nrc_image"}, {"exp_type": "nrc_wfss"},
        {"exp_type": "nis_wfss", "pntgtype": "background"})),
    ("Asn_Lv2WFSSParallel", (), _pool(
        GRISM | {"asn_candidate": DIRECT, "filter": "f356w"}, {"exp_type": "nrc_wfss", "pntgtype": "background"},
        {"exp_type": "nis_wfss"}, {"exp_type": "nrc_image"})),
    ("Asn_MIRLRSTAConfirm", (), _pool(
        LRS | {"asn_candidate": BACKGROUND, "patttype": "none"}, {}, FLAGGED, FLAGGED | {"exp_type": "mir_lrs-slitless"})),
    ("Asn_MIRLRSTAConfirm", (), _pool(
        LRS | {"asn_candidate": BACKGROUND, "patttype": "none"}, {}, FLAGGED | {"pntgtype": "background", "tsovisit": "t"})),
    *(
        ("Asn_MIRLRSTAConfirm", (), _pool(LRS | {"asn_candidate": BACKGROUND, "patttype": "none"}, *rows))
        for name in ("pupil", "fxd_slit", "channel")
        for rows in (
            [{name: "1"}, FLAGGED | {name: "2"}, CONFIRM],
            [FLAGGED | {name: "1"}, CONFIRM, {name: "2", "obs_id": "v2"}],
        )
    ),
    ("Asn_Lv2CoronAsRate", (), _pool(
        CORON | {"subarray": "full", "asn_candidate": BACKGROUND}, {"fxd_slit": "s1"}, FLAGGED | {"fxd_slit": "s2"})),
    ("Asn_Lv2WFSSNIS", (), _pool(
        SOSS | {"exp_type": "nis_wfss", "pupil": "f150w", "asn_candidate": BACKGROUND}, {}, FLAGGED,
        {"exp_type": "nis_image"})),
    _handed_on("Asn_Lv3NRCCoronImage", CORON | {"detector": "nrca2", "channel": "short", "subarray": "full"}),
    _handed_on("Asn_Lv3NRSIFUBackground", IFU | FLAGGED),
    _handed_on("Asn_Lv3SpecAux", SLIT | FLAGGED),
    _handed_on("Asn_Lv3ImageBackground", IMAGE | FLAGGED),
    _handed_on("Asn_Lv3SlitlessSpectral", SOSS),
    _handed_on("Asn_Lv3SpectralSource", MSA),
    _handed_on("Asn_Lv3WFSCMB", PHASING),
    _handed_on("Asn_Lv3WFSSNIS", SOSS | {"exp_type": "nis_wfss", "filter": "gr150r", "pupil": "f150w"}, exp_type="nis_wfss"),
    _handed_on("Asn_Lv3WFSSNRC", GRISM | {"exp_type": "nrc_wfss", "filter": "f356w", "pupil": "grismr"}),
    ("Asn_Lv3SlitlessSpectral", (), _pool(SOSS, {}, {"pntgtype": "background", "targetid": "null"})),
    _time_series_pointing("Asn_Lv3ImageMosaic", IMAGE | {"asn_candidate": "[('c1000', 'mosaic')]"}, obs_num="2"),
    _time_series_pointing("Asn_Lv3NRSIFU", IFU),
    _time_series_pointing("Asn_Lv3NRSIFUBackground", IFU | FLAGGED),
    _time_series_pointing("Asn_Lv3SpecAux", SLIT | FLAGGED),
    _time_series_pointing("Asn_Lv3SpectralSource", MSA),
    ("Asn_Lv3ImageMosaic", (), _pool(
        IMAGE | {"asn_candidate": "[('c1000', 'mosaic')]"}, {}, {"obs_num": "2"}, {"exp_type": "nis_image", "obs_num": "2"})),
    ("Asn_Lv3WFSCMB", (), _pool(PHASING, {}, {}, {"exp_type": "mir_image"})),
    ("Asn_Lv3SpecAux", (), _pool(SLIT | FLAGGED, {}, {"exp_type": "mir_lrs-fixedslit"})),
    ("Asn_Lv3NRCCoron", (), _pool(
        CORON | {"subarray": "full", "asn_candidate": "[('c1000', 'group')]"}, {}, {"is_psf": "t"})),
    ("Asn_Lv3TSO", ("--no-finalize", "-i", "c1000", "o001"), _pool(
        SOSS | {"asn_candidate": "[('o001', 'observation'), ('c1000', 'direct_image')]", "tsovisit": "t"}, {},
        {"targetid": "2"})),
    *(
        (rule, NO_FINALIZE, _pool(mode | FLAGGED, {}))
        for rule, mode in (
            ("Asn_Lv2NRSFSS", SLIT), ("Asn_Lv2NRSMSA", MSA | {"expspcin": "1"}),
            ("Asn_Lv2NRSIFUNod", IFU | {"patttype": "2-point-nod"}),
        )
    ),
]  # fmt: skip
