"""Simulated observations that take images."""

from __future__ import annotations

from asngraph.simulation.program import Observation, Program

SHORT_A, SHORT_B = [f"nrca{n}" for n in range(1, 5)], [f"nrcb{n}" for n in range(1, 5)]
_WIDE = (("f090w", "f277w"), ("f115w", "f356w"), ("f150w", "f444w"), ("f200w", "f335m"))


def _nircam_dithers(observation: Observation, points: int, tile: int, *, module_b: bool, pair: tuple[str, str]) -> None:
    """Take dithered NIRCam images with one or both modules."""
    observation.activity()
    for point in range(1, points + 1):
        common = {
            "pupil": "clear", "subarray": "full", "dithptin": str(point), "numdthpt": str(points),
            "patt_num": str(point), "patttype": "intramodule" if points > 1 else "none", "mostilno": str(tile),
        }  # fmt: skip
        short = SHORT_A + (SHORT_B if module_b else [])
        long = ["nrcalong", *(["nrcblong"] if module_b else [])]
        observation.expose("nrc_image", short, point, filter=pair[0], **common)
        observation.expose("nrc_image", long, point, filter=pair[1], **common)


def nircam_imaging(program: Program) -> None:
    """Dithered images of one target, in one or more pairs of filters."""
    rng = program.rng
    observation = program.observation("nircam imaging", program.target(moving=rng.random() < 0.15))
    for pair in rng.sample(_WIDE, rng.randint(1, 2)):
        _nircam_dithers(observation, program.many(1, 4), 1, module_b=rng.random() < 0.4, pair=pair)


def nircam_mosaic(program: Program) -> None:
    """Mosaic tiles within one observation."""
    observation = program.observation("nircam imaging", program.target())
    pair = program.rng.choice(_WIDE)
    for tile in range(1, program.many(2, 3) + 1):
        _nircam_dithers(observation, 2, tile, module_b=False, pair=pair)


def nircam_mosaic_of_observations(program: Program) -> None:
    """Mosaic tiles in several observations, each with its own target."""
    mosaic, pair = program.candidate("mosaic"), program.rng.choice(_WIDE)
    same = program.target() if program.rng.random() < 0.5 else None
    for _ in range(program.many(2, 3)):
        observation = program.observation("nircam imaging", same or program.target(), mosaic)
        _nircam_dithers(observation, program.rng.randint(1, 3), 1, module_b=False, pair=pair)


def two_orientations(program: Program) -> None:
    """Two observations of one target in a sequence group, at two orientations."""
    group, target, pair = program.candidate("group"), program.target(), program.rng.choice(_WIDE)
    for _ in range(2):
        _nircam_dithers(program.observation("nircam imaging", target, group), 2, 1, module_b=False, pair=pair)


def imaging_with_background(program: Program) -> None:
    """MIRI images of a target and of a background field."""
    link, filters = program.candidate("background"), program.rng.sample(("f560w", "f770w", "f1000w", "f1500w"), 2)
    for flag in ("f", "t"):
        observation = program.observation("miri imaging", program.target(), link, bkgdtarg=flag)
        for name in filters:
            miri_dithers(observation, program.many(1, 3), name)


def miri_dithers(observation: Observation, points: int, name: str, exp_type: str = "mir_image", **fields: str) -> None:
    """Take dithered MIRI images in one filter."""
    observation.activity()
    for point in range(1, points + 1):
        common = {
            "filter": name, "subarray": "full", "dithptin": str(point), "numdthpt": str(points), "patt_num": str(point),
            "patttype": "cycling" if points > 1 else "none", "apername": "mirim_full",
        } | fields  # fmt: skip
        observation.expose(exp_type, ["mirimage"], point, **common)


def miri_imaging(program: Program) -> None:
    """Dithered MIRI images."""
    observation = program.observation("miri imaging", program.target(moving=program.rng.random() < 0.2))
    for name in program.rng.sample(("f560w", "f770w", "f1130w", "f2100w"), 2):
        miri_dithers(observation, program.many(1, 4), name)


def niriss_imaging(program: Program) -> None:
    """Dithered NIRISS images."""
    observation = program.observation("niriss imaging", program.target())
    for name in program.rng.sample(("f115w", "f150w", "f200w", "f090w"), 2):
        observation.activity()
        for point in range(1, program.many(1, 4) + 1):
            observation.expose(
                "nis_image", ["nis"], point, filter="clear", pupil=name, subarray="full", dithptin=str(point)
            )


def fgs_imaging(program: Program) -> None:
    """Images of the guider that is not guiding."""
    observation = program.observation("fgs external calibration", program.target())
    for point in range(1, program.many(1, 3) + 1):
        kind = program.rng.choice(("fgs_image", "fgs_image", "fgs_focus"))
        observation.expose(kind, ["guider2"], point, subarray="full", filter="null", dithptin=str(point))


def time_series_imaging(program: Program) -> None:
    """Time series of images, of MIRI or of NIRCam."""
    if program.rng.random() < 0.5:
        observation = program.observation("miri imaging", program.target(), tsovisit="t")
        observation.expose("mir_image", ["mirimage"], filter="f770w", subarray="sub64", nints="200", patttype="none")
        return
    observation = program.observation("nircam grism time series", program.target(), tsovisit="t")
    _acquire(observation, "nrc_tacq", "nrcalong", filter="f335m", pupil="clear", subarray="sub32tats")
    for segment in range(1, program.many(1, 2) + 1):
        common = {"subarray": "sub64p", "nints": "500", "pupil": "clear"}
        observation.expose("nrc_tsimage", ["nrcb1"], segment, filter="f210m", **common)
        observation.expose("nrc_tsimage", ["nrcblong"], segment, filter="f444w", **common)


def _acquire(observation: Observation, exp_type: str, detector: str, **fields: str) -> None:
    observation.activity()
    observation.expose(exp_type, [detector], **fields)
    observation.activity()


def nircam_coronagraphy(program: Program) -> None:
    """Coronagraphy at two rolls with a reference star, acquired and confirmed."""
    group, set_ = program.candidate("group"), program.candidate("coronagraphy")
    full = program.rng.random() < 0.4
    mask = program.rng.choice(("maskrnd", "maskbar"))
    star, reference = program.target(), program.target()
    for target, psf in ((star, "null"), (star, "null"), (reference, "t")):
        observation = program.observation("nircam coronagraphic imaging", target, group, set_, is_psf=psf)
        detector, name, area = ("nrca2", "f210m", "maska210r") if mask == "maskrnd" else ("nrca4", "f182m", "maskaswb")
        common = {"filter": name, "pupil": mask, "patttype": "none"}
        _acquire(observation, "nrc_tacq", detector, subarray=area, **common)
        observation.expose("nrc_taconfirm", [detector], subarray=area, **common)
        observation.activity()
        for point in range(1, (program.many(2, 5) if psf == "t" else 1) + 1):
            detectors, subarray = (SHORT_A, "full") if full else ([detector], area)
            more = {"dithptin": str(point), "nints": "4"}
            observation.expose("nrc_coron", detectors, point, subarray=subarray, **common, **more)


def miri_coronagraphy(program: Program) -> None:
    """MIRI coronagraphy with a reference star and a background."""
    group, set_, link = program.candidate("group"), program.candidate("coronagraphy"), program.candidate("background")
    lyot = program.rng.random() < 0.4
    exp_type, name, area = ("mir_lyot", "f2300c", "masklyot") if lyot else ("mir_4qpm", "f1140c", "mask1140")
    for psf, flag in (("null", "f"), ("t", "f"), ("null", "t")):
        links = [group, set_, link] if flag == "f" else [link]
        fields = {"is_psf": psf, "bkgdtarg": flag}
        observation = program.observation("miri coronagraphic imaging", program.target(), *links, **fields)
        if flag == "f":
            _acquire(observation, "mir_tacq", "mirimage", filter="fnd", subarray=area)
            observation.expose("mir_taconfirm", ["mirimage"], filter="fnd", subarray=area)
            observation.activity()
        for point in range(1, (program.many(2, 4) if psf == "t" else 1) + 1):
            observation.expose(exp_type, ["mirimage"], point, filter=name, subarray=area, dithptin=str(point))


def niriss_interferometry(program: Program) -> None:
    """Aperture-masking interferometry of a target and a reference star."""
    set_ = program.candidate("ami")
    for psf in ("null", "t"):
        observation = program.observation("niriss aperture masking interferometry", program.target(), set_, is_psf=psf)
        _acquire(observation, "nis_tacq", "nis", filter="clear", pupil="nrm", subarray="subtaami")
        for point in range(1, program.many(1, 4) + 1):
            common = {"filter": "f380m", "pupil": "nrm", "subarray": "sub80", "dithptin": str(point)}
            observation.expose("nis_ami", ["nis"], point, **common)


def wavefront_sensing(program: Program) -> None:
    """Dither pairs of fine phasing, with an engineering image and line-of-sight jitter."""
    kind = program.rng.choice(("prime_wfsc_sensing_only", "prime_wfsc_sensing_control", "prime_wfsc_routine"))
    observation = program.observation("wfsc nircam fine phasing", program.target(), visitype=kind)
    for _ in range(program.many(1, 3)):
        observation.activity()
        for point in (1, 2):
            common = {"patttype": "wfsc", "dithptin": str(point), "numdthpt": "2", "subarray": "full"}
            observation.expose("nrc_image", ["nrca3"], point, filter="f212n", pupil="wlp8", **common)
            observation.expose("nrc_image", ["nrcalong"], point, filter="f480m", pupil="clear", **common)
    observation.activity()
    jitter = {"dms_note": "wfsc_los_jitter", "patttype": "wfsc", "subarray": "sub8fp1a", "filter": "f210m"}
    for number in (1, 2):
        observation.expose("nrc_image", ["nrca3"], number, pupil="clear", **jitter)


def multi_field(program: Program) -> None:
    """Wavefront maintenance with several instruments."""
    observation = program.observation(
        "nirspec multi-instrument multi-field imaging", program.target(), visitype="prime_wfsc_sensing_control"
    )
    for point in (1, 2):
        observation.expose("nrs_mimf", ["nrs1", "nrs2"], point, filter="f110w", grating="mirror", subarray="full")


def calibration_images(program: Program) -> None:
    """Darks, flats, focus sweeps, lamps: images that science associations do not contain, or only individually."""
    rng = program.rng
    for exp_type, detectors, fields in rng.sample(_CALIBRATIONS, 3):
        observation = program.observation("external calibration", program.target() if rng.random() < 0.5 else None)
        for number in range(1, program.many(1, 2) + 1):
            observation.expose(exp_type, detectors, number, **{"subarray": "full", **fields})


_CALIBRATIONS: list[tuple[str, list[str], dict[str, str]]] = [
    ("nrc_dark", ["nrca1", "nrcb1"], {"filter": "f200w", "pupil": "clear"}),
    ("nrc_flat", ["nrca3"], {"filter": "f115w", "pupil": "flat"}),
    ("nrc_focus", ["nrca3"], {"filter": "f212n", "pupil": "wlp4"}),
    ("nrc_led", ["nrcb2"], {"filter": "f150w", "pupil": "clear"}),
    ("nis_dark", ["nis"], {"filter": "clear", "pupil": "f115w"}),
    ("nis_focus", ["nis"], {"filter": "clear", "pupil": "f150w"}),
    ("nis_lamp", ["nis"], {"filter": "clear", "pupil": "f200w"}),
    ("nis_extcal", ["nis"], {"filter": "clear", "pupil": "f200w"}),
    ("mir_darkimg", ["mirimage"], {"filter": "opaque"}),
    ("mir_flatimage", ["mirimage"], {"filter": "f770w"}),
    ("mir_coroncal", ["mirimage"], {"filter": "f1140c"}),
    ("nrs_dark", ["nrs1", "nrs2"], {"filter": "opaque", "grating": "mirror"}),
    ("nrs_focus", ["nrs1", "nrs2"], {"filter": "f110w", "grating": "mirror"}),
    ("nrs_image", ["nrs1", "nrs2"], {"filter": "f140x", "grating": "mirror"}),
    ("nrs_verify", ["nrs1"], {"filter": "f140x", "grating": "mirror"}),
]
