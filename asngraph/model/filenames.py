"""Names: of exposures at each stage, of products, and of association files. One place for all of them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath
from posixpath import splitext

_STAGE0 = re.compile(r"(.+)_uncal(\..+)")
_SLOPES = re.compile(r"(.+)_rate(?:ints)?(\..+)")

# What pipelines put behind a product's root (jwst.lib.suffix): sorts of product, names of steps and pipelines.
_PRODUCTS = """
    ami ami-oi aminorm aminorm-oi blot bsub bsubints c1d cal calints cat crf crfints dark i2d mbsub median phot psfalign
    psfstack psfsub ramp rate rateints residual_fringe s2d s3d snr uncal wfscmb whtlt x1d x1dints
"""
_STEPS = """
    adaptive_trace_model align_refs ami_analyze ami_normalize assign_mtwcs assign_wcs bkg_subtract clean_flicker_noise
    combine_1d cube_build dark_current dq_init emicorr engdblog extract_1d extract_2d firstframe flat_field fringe
    gain_scale group_scale guider_cds hlsp imprint ipc jump klip lastframe linearity master_background outlier_detection
    pathloss persistence photom picture_frame ramp_fit refpix resample resample_spec reset rscd saturation skymatch
    source_catalog spec2nrslamp spectral_leak srctype stackrefs straylight superbias targ_centroid tweakreg wfscombine
    white_light
"""
_STEP_CLASSES = """
    adaptivetracemodel alignrefs amianalyze aminormalize assignmtwcs assignwcs background badpixselfcal barshadow
    chargemigration cleanflickernoise combine1d cubebuild darkcurrent dqinit emicorr extract1d extract2d firstframe
    flatfield fringe gainscale groupscale guidercds hlsp imprint ipc jump klip lastframe linearity masterbackground
    masterbackgroundmos msaflagopen outlierdetection pathloss persistence photom pictureframe pixelreplace rampfit
    refpix resample resamplespec reset residualfringe rscd saturation skymatch sourcecatalog sourcetype spectralleak
    stackrefs straylight superbias targcentroid tsophotometry tweakreg wavecorr wfscombine wfsscontam whitelight
"""
_PIPELINES = "ami3 coron3 dark detector1 guider image2 image3 spec2 spec3 tso3"

SUFFIXES = frozenset(
    [
        *_PRODUCTS.split(),
        *_STEPS.split(),
        *(f"{name}step" for name in _STEP_CLASSES.split()),
        *(f"{name}pipeline" for name in _PIPELINES.split()),
    ]
)
# An exposure of a detector, as the observatory names it, up to what a pipeline or a tool puts behind.
_EXPOSURE = re.compile(
    r"jw\d{11}_[0-9a-z]{5}_\d{5}(-seg\d{3})?_"
    r"(?P<detector>nrc[ab]([1-5]|long)|nrs[12]|nis|mirimage|mirif(ulong|ushort)|guider[12])(?![0-9a-z])",
    re.IGNORECASE,
)
_ASSOCIATION_ENDING = re.compile(r"(_asn)?(\.(json|ya?ml))?$", re.IGNORECASE)
# Of them, those that say how far the processing of a file is; what other tools put there is not known.
STAGES = frozenset({*_PRODUCTS.split(), "segm"})
_ROOT = re.compile(rf"(?P<root>.+?)(?:(?P<separator>[_-])(?:{'|'.join(sorted(SUFFIXES))}))?")


def stage0_parts(filename: str) -> tuple[str, str] | None:
    """Split the name of an uncalibrated file at its suffix; None for any other name.

    Examples
    --------
    >>> stage0_parts("jw01234001001_02101_00001_nrca1_uncal.fits")
    ('jw01234001001_02101_00001_nrca1', '.fits')
    """
    match = _STAGE0.fullmatch(filename)
    return match.groups() if match else None  # type: ignore[return-value]


def with_suffix(filename: str, suffix: str) -> str:
    """Name the product that is made of an uncalibrated file; any other name stays as it is.

    Examples
    --------
    >>> with_suffix("jw01234001001_02101_00001_nrca1_uncal.fits", "rate")
    'jw01234001001_02101_00001_nrca1_rate.fits'
    """
    parts = stage0_parts(filename)
    return filename if parts is None else f"{parts[0]}_{suffix}{parts[1]}"


def uncalibrated(filename: str) -> str | None:
    """Name the uncalibrated file of which a slope image is made; None for a name that is no slope image's.

    Examples
    --------
    >>> uncalibrated("jw01234001001_02101_00001_nrca1_rateints.fits")
    'jw01234001001_02101_00001_nrca1_uncal.fits'
    >>> uncalibrated("jw01234001001_02101_00001_nrca1_cal.fits")
    """
    match = _SLOPES.fullmatch(filename)
    return f"{match[1]}_uncal{match[2]}" if match else None


@lru_cache(maxsize=1 << 18)
def product_root(filename: str) -> str:
    """Return the name of an exposure without extension and suffix, its folder kept.

    Examples
    --------
    >>> product_root("jw01234001001_02101_00001_nrca1_rateints.fits")
    'jw01234001001_02101_00001_nrca1'
    """
    if "/" in filename:
        path = PurePosixPath(filename)
        stem = str(path.parent / path.stem)
    else:
        dot = filename.rfind(".")
        stem = filename[:dot] if 0 < dot < len(filename) - 1 else filename
    match = _ROOT.fullmatch(stem)
    return match["root"] if match else stem


def file_name(path: str) -> str:
    r"""Return the last part of a path, of whichever system.

    Examples
    --------
    >>> file_name("/data/f277w/a_cal.fits"), file_name("f277w\\a_cal.fits"), file_name("a_cal.fits")
    ('a_cal.fits', 'a_cal.fits', 'a_cal.fits')
    """
    return path.replace("\\", "/").rpartition("/")[2] if "\\" in path else path.rpartition("/")[2]


@lru_cache(maxsize=1 << 18)
def exposure_root(path: str) -> str:
    """Return the name of the exposure of which a file is made, without folder, whoever made it.

    Of a name as the observatory gives it, all behind the detector is cut off: suffixes of other tools, too. Of any
    other name, the suffix that the pipelines give.

    Examples
    --------
    >>> exposure_root("/data/jw01234001001_02101_00001_nrca1_jhat.fits"), exposure_root("mine_cal.fits")
    ('jw01234001001_02101_00001_nrca1', 'mine')
    """
    name = file_name(path)
    match = _EXPOSURE.match(name)
    return match[0] if match else product_root(name)


def has_known_suffix(path: str) -> bool:
    """Tell whether a file has a suffix that pipelines give; other tools give others.

    Examples
    --------
    >>> has_known_suffix("in/mine_cal.fits"), has_known_suffix("mine_jhat.fits")
    (True, False)
    """
    name = file_name(path).removesuffix(".gz")
    return product_root(name) != (name.rpartition(".")[0] or name)


def detector_of(path: str) -> str:
    """Return the detector of an exposure from the name of a file, in lower case; empty where it does not tell.

    Examples
    --------
    >>> detector_of("jw01234001001_02101_00001_nrca1_jhat.fits"), detector_of("mine_cal.fits")
    ('nrca1', '')
    """
    match = _EXPOSURE.match(file_name(path))
    return match["detector"].lower() if match else ""


def association_name(path: str) -> str:
    """Return the name of an association: that of its file without ``_asn`` and extension.

    Examples
    --------
    >>> association_name("jw01234-o001_image3_00002_asn.json"), association_name("mosaic.json")
    ('jw01234-o001_image3_00002', 'mosaic')
    """
    usual = path.removesuffix("_asn.json")  # most of them, and quick
    return usual if len(usual) < len(path) else _ASSOCIATION_ENDING.sub("", path)


def stage_suffix(filename: str) -> str:
    """Return the suffix of a file that says how far its processing is; empty where it is none of the pipelines'.

    Examples
    --------
    >>> stage_suffix("jw01234001001_02101_00001_nrca1_a3001_crf.fits"), stage_suffix("jw01234001001_nrca1_jhat.fits")
    ('crf', '')
    """
    suffix = PurePosixPath(filename.replace("\\", "/")).stem.lower().rpartition("_")[2]
    return suffix if suffix in STAGES else ""


def output_root(product: str) -> str:
    """Return what the files have in common that a pipeline makes of a product: folder, extension, suffix are cut off.

    Examples
    --------
    >>> output_root("field_v1.2"), output_root("m51_cal.fits")
    ('field_v1', 'm51')
    """
    return _output_parts(product)[0]


def output_file(product: str, suffix: str, extension: str = "fits") -> str:
    """Name a file that a pipeline makes of a product (``make_output_path`` of stpipe 1.1.0).

    Examples
    --------
    >>> output_file("field.v2", "i2d"), output_file("m51-cal", "cat", "ecsv")
    ('field_i2d.fits', 'm51-cat.ecsv')
    """
    root, separator = _output_parts(product)
    return f"{root}{separator}{suffix}.{extension}"


@lru_cache(maxsize=1 << 16)
def _output_parts(product: str) -> tuple[str, str]:
    stem = splitext(product.rpartition("/")[2])[0]
    match = _ROOT.fullmatch(stem)
    return (match["root"], match["separator"] or "_") if match else (stem, "_")


def product_of_file(filename: str) -> str:
    """Return the product to which a file belongs that stands among an association's members.

    Examples
    --------
    >>> product_of_file("jw01234-o001_t001_niriss_clear-f200w_cat.ecsv")
    'jw01234-o001_t001_niriss_clear-f200w'
    """
    stem = filename.rpartition(".")[0]
    return stem.rpartition("_")[0] or stem or filename


def association_file(
    program: str, asn_id: str, asn_type: str, sequence: int, version: str | None = None, duplicate: int | None = None
) -> str:
    """Name an association's file.

    Parameters
    ----------
    program : str
        The program, five characters long.
    asn_id : str
        The candidate's id.
    asn_type : str
        The association's type.
    sequence : int
        Its number among those of the same candidate and type.
    version : str, optional
        A version to be part of the name.
    duplicate : int, optional
        The number of a duplicate that is kept.

    Examples
    --------
    >>> association_file("01234", "o001", "image3", 2)
    'jw01234-o001_image3_00002_asn.json'
    """
    stamp = f"{version}_" if version else ""
    prefix = "" if duplicate is None else f"dup{duplicate:05d}_"
    return f"{prefix}jw{program}-{asn_id}_{stamp}{asn_type}_{sequence:05d}_asn.json".lower()


def joined(values: list[str]) -> str:
    """Join values for a product's name: sorted, with hyphens; what is undefined is left out.

    Examples
    --------
    >>> joined(["f200w", "clear"])
    'clear-f200w'
    """
    return "-".join(sorted(value for value in values if value))


def escaped(value: str) -> str:
    r"""Write a value as product names have it: with what is special in patterns escaped (``re.escape``).

    Examples
    --------
    >>> escaped("f150w2"), escaped("sub-a")
    ('f150w2', 'sub\\-a')
    """
    return re.escape(value)


# Suffixes of what is made of whole associations, and is a member as such.
_OF_ASSOCIATIONS = ("_i2d.fits", "_cat.ecsv", "_segm.fits")


def is_product(expname: str) -> bool:
    """Return whether a member is made of a whole association.

    Examples
    --------
    >>> is_product("jw01234-o001_t001_niriss_f200w_segm.fits"), is_product("jw01234001001_02101_00001_nis_cal.fits")
    (True, False)
    """
    return expname.endswith(_OF_ASSOCIATIONS)


def made_of(expname: str) -> str:
    """Return what a member is made of: the exposure, or for a product of an association, that product.

    Examples
    --------
    >>> made_of("folder/jw01234001001_02101_00001_nis_rate.fits"), made_of("jw01234-o001_t001_niriss_f200w_segm.fits")
    ('jw01234001001_02101_00001_nis', 'jw01234-o001_t001_niriss_f200w')
    """
    name = file_name(expname)
    return name.rpartition("_")[0] if is_product(name) else exposure_root(name)


_IN_NAME = re.compile(
    r"jw(?P<program>\d{5})(?P<obs_num>\d{3})(?P<visit>\d{3})_.*_(?P<detector>[a-z0-9]+)", re.IGNORECASE
)


def columns_of_name(root: str) -> dict[str, str]:
    """Return what the name of an exposure says of it, as a pool has it.

    Parameters
    ----------
    root : str
        The name, without suffix and extension.

    Returns
    -------
    dict of str to str
        ``program``, ``obs_num``, ``visit`` and ``detector``; empty for another name.

    Examples
    --------
    >>> columns_of_name("jw04322001002_02101_00001_mirimage")
    {'program': '4322', 'obs_num': '1', 'visit': '2', 'detector': 'mirimage'}
    """
    match = _IN_NAME.fullmatch(root)
    if match is None:
        return {}
    return {name: value.lstrip("0") or "0" for name, value in match.groupdict().items()}
