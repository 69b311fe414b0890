"""Names: of exposures at each stage, of products, and of association files. One place for all of them."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath
from posixpath import splitext
from typing import NamedTuple

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
# Of them, those that say how far the processing of a file is; what other tools put there is not known.
STAGES = frozenset({*_PRODUCTS.split(), "segm"})
# What pipelines make only of several exposures, or of the sources in them: products, whatever their name.
_WHOLE = "ami ami-oi aminorm aminorm-oi c1d cat i2d phot psfalign psfstack s3d segm wfscmb whtlt"
_OF_WHOLE = frozenset(_WHOLE.split())
# Suffixes of files that serve exposures.
_SUPPORT = frozenset({"jit", "msa"})
# What pipelines put, with the association's id before it, behind the name of an exposure.
_OF_EXPOSURE_IN_ASSOCIATION = frozenset({"crf", "crfints", "psfsub"})

FITS = (".fits", ".fits.gz")
# What ends a folder's name; names of products have \ where they escape a special character (`escaped`).
_FOLDER = re.compile(r"/|\\(?=\w|\.{0,2}$)")

# An exposure of a detector, as the observatory names it, up to what a pipeline or a tool puts behind.
_EXPOSURE = re.compile(
    r"jw(?P<program>\d{5})(?P<obs_num>\d{3})(?P<visit>\d{3})_[0-9a-z]{5}_\d{5}(-seg\d{3})?_"
    r"(?P<detector>nrc[ab]([1-5]|long)|nrs[12]|nis|mirimage|mirif(ulong|ushort)|guider[12])(?![0-9a-z])",
    re.IGNORECASE,
)
_GUIDE_STAR = re.compile(r".*_gs-(fg|acq|id|track)", re.IGNORECASE)
_PRODUCT = re.compile(r"jw\d{5}-[aoc]\d+_.*", re.IGNORECASE)
_ASSOCIATION = re.compile(r"jw\d{5}-[aoc]\d+_(.+_)?[a-z][a-z0-9-]*_\d{5}", re.IGNORECASE)
_ASSOCIATION_ENDING = re.compile(r"(_asn)?(\.(json|ya?ml))?$", re.IGNORECASE)
# A cube or spectrum of MIRI's MRS is named after channels and bands, too; its product is not.
_CHANNELS = re.compile(r"_ch[1-4]+-(short|medium|long)+$", re.IGNORECASE)
_IN_ASSOCIATION = re.compile(r"_[aoc]\d{3,4}$", re.IGNORECASE)


def _ending(suffixes: frozenset[str]) -> str:
    return rf"(?P<root>.+?)(?:(?P<separator>[_-])(?P<suffix>{'|'.join(sorted(suffixes))}))?"


_ROOT = re.compile(_ending(SUFFIXES))
_PARTS = re.compile(_ending(SUFFIXES | STAGES | _SUPPORT), re.IGNORECASE)


class FileKind(StrEnum):
    """What a file is, as far as its name says."""

    EXPOSURE = "exposure file"
    PRODUCT = "product of an association"
    ASSOCIATION = "association"
    POOL = "pool"
    OTHER = "other"


class FileName(NamedTuple):
    """The parts of a file's name.

    Parameters
    ----------
    root : str
        What all files of one exposure, or of one product, have in common: no folder, suffix or extension.
    suffix : str
        How far the processing is (``rate``, ``crf``, ``i2d``), in lower case; of an exposure, that of any tool.
    kind : FileKind
        What the file is.
    extension : str
        The extension, in lower case, without the first dot: ``fits``, ``fits.gz``.
    """

    root: str
    suffix: str
    kind: FileKind
    extension: str

    @property
    def of_pipeline(self) -> bool:
        """Whether the suffix is one that pipelines give; other tools give others."""
        return self.suffix in SUFFIXES or self.suffix in STAGES

    @property
    def is_product(self) -> bool:
        """Whether the file is made of a whole association."""
        return self.kind is FileKind.PRODUCT


def parse(name: str) -> FileName:
    """Return the parts of a file's name.

    Of an exposure as the observatory names it, all behind the detector is cut off, suffixes of other tools and ids of
    associations too; of any other name, the suffix that pipelines give.

    Parameters
    ----------
    name : str
        The name, with or without folder.

    Examples
    --------
    >>> parse("/data/jw01234001001_02101_00001_nrca1_o001_crf.fits.gz")[:3]
    ('jw01234001001_02101_00001_nrca1', 'crf', <FileKind.EXPOSURE: 'exposure file'>)
    >>> parse("jw01234-o001_t001_miri_ch1-short_s3d.fits")[:3]
    ('jw01234-o001_t001_miri', 's3d', <FileKind.PRODUCT: 'product of an association'>)
    >>> parse("mine_cal.fits").root, parse("mine_jhat.fits").root
    ('mine', 'mine_jhat')
    """
    return _parsed(file_name(name))


@lru_cache(maxsize=1 << 18)
def _parsed(name: str) -> FileName:
    stem, extension = _split(name)
    if extension in ("json", "yaml", "yml") or stem.lower().endswith("_asn") or _ASSOCIATION.fullmatch(stem):
        return FileName(association_name(name), "asn", FileKind.ASSOCIATION, extension)
    if extension == "csv":
        return FileName(re.sub("_pool$", "", stem), "pool", FileKind.POOL, extension)
    parts = _PARTS.fullmatch(stem)
    root, suffix = (parts["root"], (parts["suffix"] or "").lower()) if parts else (stem, "")
    if exposure := _EXPOSURE.match(name):
        return FileName(exposure[0], suffix or _last(stem[exposure.end() :]), FileKind.EXPOSURE, extension)
    if suffix in _SUPPORT or _GUIDE_STAR.match(stem):
        return FileName(root, suffix, FileKind.OTHER, extension)
    if suffix in _OF_WHOLE or _PRODUCT.fullmatch(root):
        return FileName(_CHANNELS.sub("", root) if suffix else root, suffix, FileKind.PRODUCT, extension)
    if suffix in _OF_EXPOSURE_IN_ASSOCIATION:
        root = _IN_ASSOCIATION.sub("", root) or root
    return FileName(root, suffix, FileKind.EXPOSURE if suffix else FileKind.OTHER, extension)


def is_guide_star(name: str) -> bool:
    """Return whether a file shows a guide star, by its name.

    Examples
    --------
    >>> is_guide_star("jw01234001001_gs-fg_2026033120000_cal.fits"), is_guide_star("mine_cal.fits")
    (True, False)
    """
    return _GUIDE_STAR.match(name) is not None


def _split(name: str) -> tuple[str, str]:
    """Split a name at its extension."""
    plain = name[:-3] if name.lower().endswith(".gz") else name
    dot = plain.rfind(".")
    return (plain[:dot], name[dot + 1 :].lower()) if 0 < dot < len(plain) - 1 else (plain, "")


def _last(rest: str) -> str:
    return re.split("[_-]", rest)[-1].lower()


def with_suffix(filename: str, suffix: str) -> str:
    """Name the product that is made of an uncalibrated file; any other name stays as it is.

    Examples
    --------
    >>> with_suffix("jw01234001001_02101_00001_nrca1_uncal.fits", "rate")
    'jw01234001001_02101_00001_nrca1_rate.fits'
    """
    match = _STAGE0.fullmatch(filename)
    return f"{match[1]}_{suffix}{match[2]}" if match else filename


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
    """Return a name without extension and suffix, its folder kept, as products of level 2 have it (``remove_suffix``).

    It is not always the exposure's name (`parse`): the id of an association before the suffix stays.

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
    return _FOLDER.split(path)[-1] if "\\" in path else path.rpartition("/")[2]


def exposure_root(path: str) -> str:
    """Return the name of the exposure of which a file is made, or of its product (`parse`).

    Examples
    --------
    >>> exposure_root("/data/jw01234001001_02101_00001_nrca1_jhat.fits"), exposure_root("mine_cal.fits")
    ('jw01234001001_02101_00001_nrca1', 'mine')
    """
    return parse(path).root


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
    match = _EXPOSURE.fullmatch(root)
    return {name: value.lstrip("0") or "0" for name, value in match.groupdict().items()} if match else {}
