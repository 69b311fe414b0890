"""Simulated observations that take spectra."""

from __future__ import annotations

from asngraph.simulation.imaging import SHORT_A
from asngraph.simulation.program import Observation, Program

_NRS = ["nrs1", "nrs2"]


def miri_mrs(program: Program) -> None:
    """Dithered MRS spectra with target acquisition, sometimes with a dedicated background or in mosaic tiles."""
    rng = program.rng
    target = program.target(moving=rng.random() < 0.1)
    link = program.candidate("background") if rng.random() < 0.6 else None
    bands = rng.sample(("short", "medium", "long"), rng.randint(1, 3))
    for flag in ("f", "t") if link else ("f",):
        where = target if flag == "f" else program.target()
        links = [link] if link else []
        observation = program.observation("miri medium resolution spectroscopy", where, *links, bkgdtarg=flag)
        if flag == "f":
            observation.expose("mir_tacq", ["mirimage"], filter="fnd", subarray="full")
        for tile in range(1, rng.randint(1, 2) + 1):
            for band in bands:
                observation.activity()
                for point in range(1, (program.many(2, 4) if flag == "f" else 1) + 1):
                    common = {"band": band, "subarray": "full", "dithptin": str(point), "mostilno": str(tile)}
                    observation.expose("mir_mrs", ["mirifulong", "mirifushort"], point, patttype="4-point", **common)
                observation.expose("mir_image", ["mirimage"], 9, filter="f770w", subarray="full")


def miri_lrs_slit(program: Program) -> None:
    """LRS spectra nodded along the slit, with acquisition and confirmation, sometimes with a dedicated background."""
    rng = program.rng
    link = program.candidate("background") if rng.random() < 0.4 else None
    target = program.target()
    for flag in ("f", "t") if link else ("f",):
        links = [link] if link else []
        where = target if flag == "f" else program.target()
        observation = program.observation("miri low resolution spectroscopy", where, *links, bkgdtarg=flag)
        if flag == "f":
            observation.expose("mir_tacq", ["mirimage"], filter="fnd", subarray="full")
            observation.activity()
            observation.expose("mir_taconfirm", ["mirimage"], filter="fnd", subarray="full", apername="mirim_slit")
            observation.activity()
        points = rng.choice((1, 2, 2, 3)) if flag == "f" else 1
        pattern = rng.choice(("along-slit-nod", "along-slit-nod", "none")) if points > 1 else "none"
        for point in range(1, points + 1):
            common = {"filter": "p750l", "subarray": "full", "numdthpt": str(points), "dithptin": str(point)}
            observation.expose(
                "mir_lrs-fixedslit", ["mirimage"], point, patttype=pattern, patt_num=str(point), **common
            )


def miri_lrs_slitless(program: Program) -> None:
    """Time series of slitless LRS spectra, or single ones."""
    flag = program.rng.choice("ttf")
    observation = program.observation("miri low resolution spectroscopy", program.target(), tsovisit=flag)
    observation.expose("mir_tacq", ["mirimage"], filter="fnd", subarray="slitlessprism")
    observation.activity()
    observation.expose("mir_taconfirm", ["mirimage"], filter="fnd", subarray="slitlessprism")
    observation.activity()
    common = {"filter": "p750l", "subarray": "slitlessprism", "nints": "2000", "patttype": "none"}
    observation.expose("mir_lrs-slitless", ["mirimage"], **common)


def _wfss(observation: Observation, program: Program, image: tuple[str, list[str], dict[str, str]], grism: str) -> None:
    """Take grism spectra between direct images."""
    exp_type, detectors, direct = image
    grisms = [detector for detector in detectors if not detector[-1].isdigit()]
    for number, dispersed in enumerate(_GRISMS[grism]):
        observation.activity()
        observation.expose(exp_type, detectors, subarray="full", **direct)
        observation.activity()
        for point in range(1, program.many(1, 3) + 1):
            fields = direct | dispersed | {"dithptin": str(point), "subarray": "full"}
            observation.expose(grism, grisms or detectors, point, **fields)
        if number == len(_GRISMS[grism]) - 1:
            observation.activity()
            observation.expose(exp_type, detectors, subarray="full", **direct)


_GRISMS: dict[str, list[dict[str, str]]] = {
    "nis_wfss": [{"filter": "gr150r"}, {"filter": "gr150c"}],
    "nrc_wfss": [{"pupil": "grismr"}, {"pupil": "grismc"}],
    "mir_wfss": [{"filter": "p750l"}],
}


def niriss_wfss(program: Program) -> None:
    """NIRISS grism spectra of a field, with direct images."""
    observation = program.observation("niriss wide field slitless spectroscopy", program.target())
    direct = {"filter": "clear", "pupil": program.rng.choice(("f115w", "f150w", "f200w"))}
    _wfss(observation, program, ("nis_image", ["nis"], direct), "nis_wfss")


def nircam_wfss(program: Program) -> None:
    """NIRCam grism spectra of a field, with direct images."""
    observation = program.observation("nircam wide field slitless spectroscopy", program.target())
    direct = {"filter": program.rng.choice(("f356w", "f444w")), "pupil": "clear"}
    _wfss(observation, program, ("nrc_image", ["nrcalong"], direct), "nrc_wfss")
    observation.expose("nrc_image", SHORT_A, 8, filter="f200w", pupil="clear", subarray="full")


def miri_wfss(program: Program) -> None:
    """MIRI prism spectra of a field, with direct images."""
    observation = program.observation("miri wide field slitless spectroscopy", program.target())
    _wfss(observation, program, ("mir_image", ["mirimage"], {"filter": "f560w"}), "mir_wfss")


def wfss_parallel(program: Program) -> None:
    """Pure parallels: direct images and grism spectra in observations of their own, under one candidate."""
    link = program.candidate("direct_image")
    nircam = program.rng.random() < 0.6
    template = f"{'nircam' if nircam else 'niriss'} wide field slitless spectroscopy"
    image = (
        ("nrc_image", [*SHORT_A, "nrcalong"], {"filter": "f356w", "pupil": "clear"}, "nrc_wfss", {"pupil": "grismr"})
        if nircam
        else ("nis_image", ["nis"], {"filter": "clear", "pupil": "f150w"}, "nis_wfss", {"filter": "gr150c"})
    )
    exp_type, detectors, direct, grism, dispersed = image
    fields = {"visitype": "parallel_pure", "targetid": "null"}
    program.observation(template, None, link, **fields).expose(exp_type, detectors, subarray="full", **direct)
    for _ in range(program.many(1, 2)):
        observation = program.observation(template, None, link, **fields)
        observation.expose(grism, detectors[-1:], subarray="full", **(direct | dispersed))


def niriss_soss(program: Program) -> None:
    """SOSS spectra: most often a time series, with an uncalibrated filter at the end; sometimes a single one."""
    flag = program.rng.choice("ttf")
    observation = program.observation("niriss single-object slitless spectroscopy", program.target(), tsovisit=flag)
    observation.expose("nis_tacq", ["nis"], filter="f480m", pupil="clearp", subarray="subtasoss")
    observation.activity()
    pattern = "none" if flag == "t" else program.rng.choice(("null", "along-slit-nod"))
    common = {"pupil": "gr700xd", "subarray": "substrip256", "patttype": pattern}
    for number in range(1, (1 if flag == "t" else program.many(1, 2)) + 1):
        observation.expose("nis_soss", ["nis"], number, filter="clear", nints="120", **common)
    observation.activity()
    observation.expose("nis_soss", ["nis"], filter="f277w", nints=program.rng.choice(("1", "10")), **common)


def nircam_grism_time_series(program: Program) -> None:
    """Time series of NIRCam grism spectra."""
    observation = program.observation("nircam grism time series", program.target(), tsovisit="t")
    observation.expose("nrc_tacq", ["nrcalong"], filter="f335m", pupil="clear", subarray="sub32tats")
    observation.activity()
    area = program.rng.choice(("subgrism64", "subgrism256", "sub41stripe1_dhs"))
    for pupil in program.rng.sample(("grismr", "grismr", "clear", "gdhs0"), 2):
        observation.activity()
        detectors = ["nrcalong", *program.rng.choice(([], ["nrcblong"]))]
        observation.expose("nrc_tsgrism", detectors, filter="f322w2", pupil=pupil, subarray=area, nints="300")


def nirspec_bright_object(program: Program) -> None:
    """Time series of NIRSpec spectra through the wide slit."""
    grating, name = program.rng.choice((("prism", "clear"), ("g395h", "f290lp"), ("g235m", "f170lp")))
    observation = program.observation("nirspec bright object time series", program.target(), tsovisit="t")
    observation.expose("nrs_wata", ["nrs1"], filter="f110w", grating="mirror", subarray="sub32", fxd_slit="s1600a1")
    observation.activity()
    common = {"filter": name, "grating": grating, "fxd_slit": "s1600a1", "subarray": "sub512", "nints": "800"}
    observation.expose("nrs_brightobj", _NRS, **common)


def nirspec_fixed_slit(program: Program) -> None:
    """Nodded fixed-slit spectra with target acquisition, sometimes with an autowave, a background or two slits."""
    rng = program.rng
    link = program.candidate("background") if rng.random() < 0.3 else None
    grating, name = rng.choice((("g395h", "f290lp"), ("g140m", "f100lp"), ("prism", "clear"), ("g235h", "f170lp")))
    slits = rng.choice((["s200a1"], ["s200a1", "s200a2"], ["s1600a1"], ["s400a1"], ["s200b1"]))
    primary, subpixels = rng.choice(((2, 1), (3, 2), (5, 1), (2, 3), (1, 1)))
    target = program.target()
    for flag in ("f", "t") if link else ("f",):
        where = target if flag == "f" else program.target()
        links = [link] if link else []
        observation = program.observation("nirspec fixed slit spectroscopy", where, *links, bkgdtarg=flag)
        observation.expose(
            "nrs_wata", ["nrs1"], filter="f140x", grating="mirror", fxd_slit="s1600a1", subarray="sub2048"
        )
        optics = {"filter": name, "grating": grating, "subarray": "subs200a1" if rng.random() < 0.4 else "full"}
        for slit in slits:
            observation.activity()
            total = primary * subpixels
            for point in range(1, total + 1):
                nods = {"numdthpt": str(total), "patt_num": str(point), "subpxpts": str(subpixels), "fxd_slit": slit}
                pattern = {"patttype": f"{primary}-point-nod", "dithptin": str(point)}
                observation.expose("nrs_fixedslit", _NRS, point, **optics, **nods, **pattern)
        if rng.random() < 0.5:
            observation.activity()
            observation.expose(
                "nrs_autowave", _NRS, lamp="line3", opmode="fixedslit", fxd_slit=slits[0], **_lamp(program, optics)
            )


def _lamp(program: Program, optics: dict[str, str]) -> dict[str, str]:
    """Return the optics of a lamp exposure: with the filter closed, or that of the science, as in older pools."""
    name = program.rng.choice(("opaque", optics["filter"]))
    return optics | {"filter": name, "patttype": "none"}


def nirspec_ifu(program: Program) -> None:
    """IFU spectra, dithered or nodded, with leak images and a background, in one or more mosaic tiles."""
    rng = program.rng
    link = program.candidate("background") if rng.random() < 0.5 else None
    grating, name = rng.choice((("g395h", "f290lp"), ("prism", "clear"), ("g140h", "f070lp"), ("g235m", "f170lp")))
    pattern, points = rng.choice((("4-point-dither", 4), ("2-point-nod", 2), ("4-point-nod", 4), ("cycling", 3)))
    imprints, target = rng.choice(("none", "one", "all")), program.target()
    for flag in ("f", "t") if link else ("f",):
        where = target if flag == "f" else program.target()
        links = [link] if link else []
        observation = program.observation("nirspec ifu spectroscopy", where, *links, bkgdtarg=flag)
        optics = {"filter": name, "grating": grating, "subarray": "full", "patttype": pattern}
        if flag == "f":
            observation.expose("nrs_taconfirm", _NRS, filter="f140x", grating="mirror", subarray="full")
            observation.activity()
            observation.expose("nrs_verify", ["nrs1"], filter="f140x", grating="mirror", subarray="full")
        for tile in range(1, rng.randint(1, 2) + 1):
            observation.activity()
            for point in range(1, points + 1):
                dither = {
                    "dithptin": str(point),
                    "patt_num": str(point),
                    "numdthpt": str(points),
                    "mostilno": str(tile),
                }
                observation.expose("nrs_ifu", _NRS, point, **optics, **dither)
                if imprints == "all" or (imprints == "one" and point == 1):
                    observation.expose("nrs_ifu", _NRS, 50 + point, is_imprt="t", **optics, **dither)
        if rng.random() < 0.4:
            observation.activity()
            observation.expose("nrs_autowave", _NRS, lamp="line3", opmode="ifu", **_lamp(program, optics))


def nirspec_msa(program: Program) -> None:
    """Nodded multi-object spectra through the shutters, with target acquisition, autoflats and autowaves."""
    rng = program.rng
    observation = program.observation("nirspec multiobject spectroscopy", program.target())
    plan = f"jw{program.number:05d}{observation.number:03d}001_01_msa.fits"
    observation.expose("nrs_msata", _NRS, filter="f140x", grating="mirror", subarray="full", msametfl=plan)
    observation.activity()
    observation.expose("nrs_confirm", _NRS, filter="f140x", grating="mirror", subarray="full", msametfl=plan)
    for grating, name in rng.sample(
        (("g140m", "f070lp"), ("g235m", "f170lp"), ("g395m", "f290lp"), ("prism", "clear")), 2
    ):
        primary, subpixels = rng.choice(((3, 1), (2, 1), (3, 2), (1, 1)))
        optics = {"filter": name, "grating": grating, "subarray": "full", "msametfl": plan}
        observation.activity()
        for point in range(1, primary * subpixels + 1):
            nods = {"numdthpt": str(primary * subpixels), "patt_num": str(point), "subpxpts": str(subpixels)}
            pattern = f"{primary}-shutter-slitlet" if primary > 1 else "none"
            observation.expose("nrs_msaspec", _NRS, point, dithptin=str(point), patttype=pattern, **optics, **nods)
        for exp_type, lamp in (("nrs_autoflat", "flat3"), ("nrs_autowave", "line3")):
            observation.activity()
            observation.expose(exp_type, _NRS, lamp=lamp, opmode="msaspec", **_lamp(program, optics))
    observation.activity()
    observation.expose(
        "nrs_msaspec", _NRS, filter="f110w", grating="mirror", subarray="full", msastate="primarypark_allopen"
    )


def nirspec_lamps(program: Program) -> None:
    """Lamp exposures: images, and spectra of every mode."""
    rng = program.rng
    observation = program.observation("nirspec internal lamp", None, visitype="prime_untargeted")
    for _ in range(program.many(2, 4)):
        observation.activity()
        opmode = rng.choice(("image", "msaspec", "ifu", "fixedslit", "grating-only"))
        grating = "mirror" if opmode == "image" else rng.choice(("g395h", "g140h", "prism", "g235m"))
        lamp = rng.choice(("flat1", "flat3", "flat4", "line1", "line3", "line4", "nolamp"))
        plan = "lamp_msa.fits" if opmode == "msaspec" and rng.random() < 0.6 else "null"
        fields = {"filter": "opaque", "grating": grating, "lamp": lamp, "opmode": opmode, "msametfl": plan}
        observation.expose("nrs_lamp", _NRS, subarray="full", **fields)
