"""File names of exposures at all stages, of products, and of associations: parsing and construction."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath
from posixpath import splitext
from typing import NamedTuple

_SLOPES = re.compile(r"(.+)_rate(?:ints)?(\..+)")

# The suffixes that pipelines append to a root (jwst.lib.suffix): kinds of product, names of steps and pipelines.
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
# The suffixes that say how far a file has been processed; suffixes of other tools are unknown.
STAGES = frozenset({*_PRODUCTS.split(), "segm"})
# Suffixes of files that are made of several exposures, or of the sources in them: always products.
_WHOLE = "ami ami-oi aminorm aminorm-oi c1d cat i2d phot psfalign psfstack s3d segm wfscmb whtlt"
_OF_WHOLE = frozenset(_WHOLE.split())
# Suffixes of auxiliary files of exposures.
_SUPPORT = frozenset({"jit", "msa"})
# Suffixes that pipelines append to the name of an exposure after an association's id (``_o001_crf``).
_OF_EXPOSURE_IN_ASSOCIATION = frozenset({"crf", "crfints", "psfsub"})

FITS = (".fits", ".fits.gz")
# The end of a folder's name; in names of products \ escapes a special character (`escaped`).
_FOLDER = re.compile(r"/|\\(?=\w|\.{0,2}$)")

# An exposure of a detector, as the observatory names it, without the suffix of a pipeline or a tool.
_EXPOSURE = re.compile(
    r"jw(?P<program>\d{5})(?P<obs_num>\d{3})(?P<visit>\d{3})_[0-9a-z]{5}_\d{5}(-seg\d{3})?_"
    r"(?P<detector>nrc[ab]([1-5]|long)|nrs[12]|nis|mirimage|mirif(ulong|ushort)|guider[12])(?![0-9a-z])",
    re.IGNORECASE,
)
_GUIDE_STAR = re.compile(r".*_gs-(fg|acq|id|track)", re.IGNORECASE)
_PRODUCT = re.compile(r"jw\d{5}-[aoc]\d+_.*", re.IGNORECASE)
_ASSOCIATION = re.compile(r"jw\d{5}-[aoc]\d+_(.+_)?[a-z][a-z0-9-]*_\d{5}", re.IGNORECASE)
_ASSOCIATION_ENDING = re.compile(r"(_asn)?(\.(json|ya?ml))?$", re.IGNORECASE)
# Cubes and spectra of the MIRI MRS have channels and bands in their names; the product's name has not.
_CHANNELS = re.compile(r"_ch[1-4]+-(short|medium|long)+$", re.IGNORECASE)
_IN_ASSOCIATION = re.compile(r"_[aoc]\d{3,4}$", re.IGNORECASE)


def _ending(suffixes: frozenset[str]) -> str:
    return rf"(?P<root>.+?)(?:(?P<separator>[_-])(?P<suffix>{'|'.join(sorted(suffixes))}))?"


_ROOT = re.compile(_ending(SUFFIXES))
_PARTS = re.compile(_ending(SUFFIXES | STAGES | _SUPPORT), re.IGNORECASE)


class FileKind(StrEnum):
    """The kind of a file, judged by its name."""

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
        The common part of all files of one exposure or product, without folder, suffix and extension.
    suffix : str
        The stage of processing (``rate``, ``crf``, ``i2d``), in lower case; for an exposure, also suffixes of other
        tools.
    kind : FileKind
        The kind of the file.
    extension : str
        The extension, in lower case, without the first dot: ``fits``, ``fits.gz``.
    """

    root: str
    suffix: str
    kind: FileKind
    extension: str

    @property
    def of_pipeline(self) -> bool:
        """Whether the suffix is one of the pipelines', and not of another tool."""
        return self.suffix in SUFFIXES or self.suffix in STAGES

    @property
    def is_product(self) -> bool:
        """Whether the file is a product of an association."""
        return self.kind is FileKind.PRODUCT


def parse(name: str) -> FileName:
    """Return the parts of a file's name.

    The root of an exposure named by the observatory ends with the detector; suffixes of other tools and ids of
    associations are removed, too. Of any other name, only a suffix of the pipelines is removed.

    Parameters
    ----------
    name : str
        The name, with or without a folder.

    Returns
    -------
    FileName

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
    """Return whether a file contains guide-star data, by its name.

    Parameters
    ----------
    name : str
        The name, without a folder.

    Examples
    --------
    >>> is_guide_star("jw01234001001_gs-fg_2026033120000_cal.fits"), is_guide_star("mine_cal.fits")
    (True, False)
    """
    return _GUIDE_STAR.match(name) is not None


def _split(name: str) -> tuple[str, str]:
    """Return a name without its extension, and the extension in lower case."""
    plain = name[:-3] if name.lower().endswith(".gz") else name
    dot = plain.rfind(".")
    return (plain[:dot], name[dot + 1 :].lower()) if 0 < dot < len(plain) - 1 else (plain, "")


def _last(rest: str) -> str:
    return re.split("[_-]", rest)[-1].lower()


def with_suffix(filename: str, suffix: str) -> str:
    """Return the name of a product of an uncalibrated file; any other name is returned unchanged.

    Parameters
    ----------
    filename : str
        The name of the file.
    suffix : str
        The suffix of the product.

    Examples
    --------
    >>> with_suffix("jw01234001001_02101_00001_nrca1_uncal.fits", "rate")
    'jw01234001001_02101_00001_nrca1_rate.fits'
    """
    place = filename.rfind("_uncal.", 1, -1)  # with something before and behind
    return f"{filename[:place]}_{suffix}{filename[place + len('_uncal') :]}" if place > 0 else filename


def uncalibrated(filename: str) -> str | None:
    """Return the name of the uncalibrated file of a slope image; None when the name is not that of a slope image.

    Parameters
    ----------
    filename : str
        The name of the file.

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
    """Return a name without extension and suffix, but with its folder, as stage-2 products have it (``remove_suffix``).

    This is not always the exposure's name (`parse`): the id of an association before the suffix is kept.

    Parameters
    ----------
    filename : str
        The name of the file.

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
    r"""Return the last part of a path of any system.

    Parameters
    ----------
    path : str
        The path.

    Examples
    --------
    >>> file_name("/data/f277w/a_cal.fits"), file_name("f277w\\a_cal.fits"), file_name("a_cal.fits")
    ('a_cal.fits', 'a_cal.fits', 'a_cal.fits')
    """
    return _FOLDER.split(path)[-1] if "\\" in path else path.rpartition("/")[2]


def exposure_root(path: str) -> str:
    """Return the name of the exposure or product to which a file belongs (the root of `parse`).

    Parameters
    ----------
    path : str
        The file.

    Examples
    --------
    >>> exposure_root("/data/jw01234001001_02101_00001_nrca1_jhat.fits"), exposure_root("mine_cal.fits")
    ('jw01234001001_02101_00001_nrca1', 'mine')
    """
    return parse(path).root


def detector_of(path: str) -> str:
    """Return the detector of an exposure from the name of a file, in lower case; empty when the name has none.

    Parameters
    ----------
    path : str
        The file.

    Examples
    --------
    >>> detector_of("jw01234001001_02101_00001_nrca1_jhat.fits"), detector_of("mine_cal.fits")
    ('nrca1', '')
    """
    match = _EXPOSURE.match(file_name(path))
    return match["detector"].lower() if match else ""


def association_name(path: str) -> str:
    """Return the name of an association: the name of its file without ``_asn`` and extension.

    Parameters
    ----------
    path : str
        The name of the file.

    Examples
    --------
    >>> association_name("jw01234-o001_image3_00002_asn.json"), association_name("mosaic.json")
    ('jw01234-o001_image3_00002', 'mosaic')
    """
    usual = path.removesuffix("_asn.json")  # the most common case, without a regular expression
    return usual if len(usual) < len(path) else _ASSOCIATION_ENDING.sub("", path)


def output_root(product: str) -> str:
    """Return the common part of the names of a product's files: without folder, extension and suffix.

    Parameters
    ----------
    product : str
        The name of the product.

    Examples
    --------
    >>> output_root("field_v1.2"), output_root("m51_cal.fits")
    ('field_v1', 'm51')
    """
    return _output_parts(product)[0]


def output_file(product: str, suffix: str, extension: str = "fits") -> str:
    """Return the name of a file that a pipeline writes for a product (``make_output_path`` of stpipe 1.1.0).

    Parameters
    ----------
    product : str
        The name of the product.
    suffix : str
        The suffix of the file.
    extension : str
        The extension of the file, without a dot.

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
    """Return the name of an association's file.

    Parameters
    ----------
    program : str
        The program, with five characters.
    asn_id : str
        The id of the candidate.
    asn_type : str
        The type of the association.
    sequence : int
        Its number among the associations of the same candidate and type.
    version : str, optional
        A version that becomes part of the name.
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
    """Return values joined for a product's name: sorted, with hyphens, without empty ones.

    Parameters
    ----------
    values : list of str
        The values; an undefined value is empty.

    Examples
    --------
    >>> joined(["f200w", "clear"])
    'clear-f200w'
    """
    return "-".join(sorted(value for value in values if value))


def escaped(value: str) -> str:
    r"""Return a value as product names have it: characters that are special in patterns are escaped (``re.escape``).

    Parameters
    ----------
    value : str
        The value.

    Examples
    --------
    >>> escaped("f150w2"), escaped("sub-a")
    ('f150w2', 'sub\\-a')
    """
    return re.escape(value)


def columns_of_name(root: str) -> dict[str, str]:
    """Return the columns of a pool that the name of an exposure contains.

    Parameters
    ----------
    root : str
        The name, without suffix and extension.

    Returns
    -------
    dict of str to str
        ``program``, ``obs_num``, ``visit`` and ``detector``; empty when the name is not an exposure's.

    Examples
    --------
    >>> columns_of_name("jw04322001002_02101_00001_mirimage")
    {'program': '4322', 'obs_num': '1', 'visit': '2', 'detector': 'mirimage'}
    """
    match = _EXPOSURE.fullmatch(root)
    return {name: value.lstrip("0") or "0" for name, value in match.groupdict().items()} if match else {}
