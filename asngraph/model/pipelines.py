"""The pipeline that processes each type of association, its inputs and its products.

Sources: the configurations ``calwebb_*.cfg`` and the pipelines of jwst 3.0.0 (``jwst.pipeline``,
``jwst.wfs_combine``). Names are the class aliases that ``strun`` accepts; suffixes are those of saved results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from asngraph.model.association import Association
from asngraph.model.exposure_types import ALWAYS_TIME_SERIES, CORONAGRAPHY, INTERFEROMETRY, SCIENCE_IMAGES, SPECTRA
from asngraph.model.filenames import detector_of, file_name, output_file, output_root, parse
from asngraph.model.roles import Role

T = TypeVar("T")

DETECTOR1 = "calwebb_detector1"

# The endings under which stage 2 saves products that keep their integrations.
_OF_INTEGRATIONS = {"cal.fits": "calints.fits", "x1d.fits": "x1dints.fits"}
# Placeholders in a product's name for sources and slits, which the data determine.
_NAMED_BY_DATA = ("{source_id}", "{slit_name}")


class Pipeline(NamedTuple):
    """The pipeline for a type of association.

    Parameters
    ----------
    asn_type : str
        The type of the association.
    name : str
        The name of the pipeline for ``strun``.
    stage : int
        2 or 3.
    makes : tuple of str
        The endings of the files that it always makes for each product. Empty where names depend on the data: stage 3
        names spectra after sources, bands or slits, and tables of time series after the mode.
    on_demand : tuple of str
        The endings of files that it makes for most data; other associations may use them.
    needs : tuple of str
        The roles without which it makes fewer files.
    asks : tuple of str
        The keys of an association, and ``name`` of a product, without which it stops with an error.
    sciences : int
        The number of science members that a product requires.
    stops_without : tuple of str
        The roles other than science without which it stops.
    takes : mapping of str to tuple of str
        The suffixes of files that it can process, by role. Files in roles that are not listed are ignored, or accepted
        with any suffix.
    """

    asn_type: str
    name: str
    stage: int
    makes: tuple[str, ...] = ()
    on_demand: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ("asn_pool", "name")
    sciences: int = 1
    stops_without: tuple[str, ...] = ()
    takes: Mapping[str, tuple[str, ...]] = {}

    @property
    def all_products(self) -> bool:
        """Whether it processes all products of an association; otherwise it processes only the first."""
        return self.stage == 2 or self.asn_type == "wfs-image3"

    def worked_on(self, products: Sequence[T]) -> Sequence[T]:
        """Return the products of an association that it processes.

        Parameters
        ----------
        products : sequence
            All products of the association.
        """
        return products if self.all_products else products[:1]

    @property
    def reads_patterns(self) -> bool:
        """Whether it matches roles as regular expressions (``ModelContainer.from_asn``)."""
        return self.name in ("calwebb_spec3", "calwebb_tso3", "calwebb_coron3")


# The suffixes that each pipeline accepts, from the data models of its steps. Stage 2 requires no key except the names.
_SLOPES = ("rate", "rateints")
_INTEGRATIONS = ("calints", "crfints")
_IMAGE: dict[str, Any] = {
    "makes": ("cal.fits",),
    "on_demand": ("i2d.fits",),
    "asks": ("name",),
    "takes": {"science": _SLOPES, "background": _SLOPES},
}
_SPECTRUM: dict[str, Any] = {
    "makes": ("cal.fits",),
    "on_demand": ("x1d.fits", "s2d.fits", "s3d.fits"),
    "asks": ("name",),
    "takes": {
        **dict.fromkeys(("science", "background", "imprint", "selfcal"), _SLOPES),
        "target_acquisition": ("rate", "cal"),
        "direct_image": ("i2d",),
        "segmap": ("segm",),
    },
}
_KEYS = ("asn_id", "asn_pool")

PIPELINES = {
    pipeline.asn_type: pipeline
    for pipeline in (
        Pipeline("image2", "calwebb_image2", 2, **_IMAGE),
        Pipeline("tso-image2", "calwebb_image2", 2, **_IMAGE),
        Pipeline("wfs-image2", "calwebb_image2", 2, **_IMAGE),
        Pipeline("spec2", "calwebb_spec2", 2, **_SPECTRUM),
        Pipeline("tso-spec2", "calwebb_spec2", 2, **_SPECTRUM),
        Pipeline("nrslamp-spec2", "calwebb_spec2", 2, **_SPECTRUM),
        Pipeline(
            "image3",
            "calwebb_image3",
            3,
            ("i2d.fits",),
            ("cat.ecsv", "segm.fits"),
            asks=(),
            takes={"science": ("cal", "crf")},
        ),
        Pipeline(
            "spec3",
            "calwebb_spec3",
            3,
            (),
            ("x1d.fits", "c1d.fits", "s2d.fits", "s3d.fits"),
            takes={"science": ("cal", "crf", *_INTEGRATIONS), "background": ("x1d", "x1dints")},
        ),
        Pipeline(
            "tso3",
            "calwebb_tso3",
            3,
            (),
            ("x1dints.fits", "whtlt.ecsv", "phot.ecsv"),
            asks=(*_KEYS, "name"),
            takes={"science": _INTEGRATIONS},
        ),
        Pipeline(
            "coron3",
            "calwebb_coron3",
            3,
            ("i2d.fits",),
            ("psfstack.fits",),
            ("psf",),
            asks=(*_KEYS, "name"),
            stops_without=("psf",),
            takes={"science": _INTEGRATIONS, "psf": _INTEGRATIONS},
        ),
        Pipeline(
            "ami3",
            "calwebb_ami3",
            3,
            ("aminorm-oi.fits",),
            (),
            ("psf",),
            asks=_KEYS,
            takes={"science": ("calints", "cal"), "psf": ("calints", "cal")},
        ),
        Pipeline("wfs-image3", "calwebb_wfs-image3", 3, ("wfscmb.fits",), sciences=2, takes={"science": ("cal",)}),
    )
}


def pipeline_of(asn_type: object) -> Pipeline | None:
    """Return the pipeline for a type of association; None for a type that no pipeline processes.

    Parameters
    ----------
    asn_type : object
        The type; case is ignored.

    Examples
    --------
    >>> pipeline_of("tso-image2").name
    'calwebb_image2'
    """
    return PIPELINES.get(asn_type.lower()) if isinstance(asn_type, str) else None


def stage_of(association: Mapping[str, Any]) -> int | None:
    """Return the stage that processes an association, from its type or rule: 2 or 3, or None when it is unknown.

    Parameters
    ----------
    association : mapping
        The association.

    Examples
    --------
    >>> stage_of({"asn_type": "spec3"}), stage_of({"asn_type": "None", "asn_rule": "DMSLevel2bBase"})
    (3, 2)
    """
    pipeline = pipeline_of(association.get("asn_type"))
    if pipeline is not None:
        return pipeline.stage
    rule = str(association.get("asn_rule"))
    return next((stage for stage in (2, 3) if f"Lv{stage}" in rule or f"Level{stage}" in rule), None)


def level_of(association: Association) -> int | None:
    """Return the stage of an association, from its type, rule or members: 2 or 3, or None when it is unknown.

    Parameters
    ----------
    association : Association
        The association.

    Examples
    --------
    >>> from asngraph.model.association import Association
    >>> level_of(Association({"asn_rule": "candidate_Asn_Lv2Image", "products": []}))
    2
    """
    # Only members of stage-3 associations have a candidate.
    return stage_of(association) or (3 if any("asn_candidate" in member for member in association.members) else None)


def asn_type_of(stage: int, exp_type: str, *, time_series: bool = False, occulted: bool = True) -> str | None:
    """Return the type of the associations that process exposures of a type; None for exposures that are not science.

    Parameters
    ----------
    stage : int
        The stage, 2 or 3.
    exp_type : str
        The type of the exposures, in lower case.
    time_series : bool
        Whether they are of a time series by their flag.
    occulted : bool
        Whether the target of coronagraphic exposures is behind an occulter of their detector.

    Examples
    --------
    >>> asn_type_of(3, "mir_mrs"), asn_type_of(3, "nrc_coron"), asn_type_of(2, "nrc_tsgrism")
    ('spec3', 'coron3', 'tso-spec2')
    """
    if exp_type not in (*SCIENCE_IMAGES, *SPECTRA):
        return None
    kind = "spec" if exp_type in SPECTRA else "image"
    series = time_series or exp_type in ALWAYS_TIME_SERIES
    if stage == 2:
        return f"tso-{kind}2" if series else f"{kind}2"
    if exp_type in CORONAGRAPHY and occulted:
        return "coron3"
    if exp_type == INTERFEROMETRY:
        return "ami3"
    return "tso3" if series else f"{kind}3"


# Detectors of spectrographs; all other detectors take images and spectra.
_SPECTROGRAPHS = ("nrs1", "nrs2", "mirifulong", "mirifushort")
_OF_STAGE1 = ("uncal", "rate", "rateints")


class LikelyType(NamedTuple):
    """The likely type of an association without a type.

    Parameters
    ----------
    asn_type : str
        The type.
    reason : str
        Why it is likely.
    otherwise : str
        Another possible type; empty when the type is certain.
    """

    asn_type: str
    reason: str
    otherwise: str = ""


def stage_of_names(expnames: Sequence[str]) -> int:
    """Return the stage that processes files, from their names: 2 for products of stage 1, 3 for all others.

    Parameters
    ----------
    expnames : sequence of str
        The names of the files.

    Examples
    --------
    >>> stage_of_names(["a_rate.fits"]), stage_of_names(["a_cal.fits"])
    (2, 3)
    """
    return 2 if all(parse(expname).suffix in _OF_STAGE1 for expname in expnames) else 3


def likely_type(stage: int, expnames: Sequence[str]) -> LikelyType:
    """Return the likely type of an association, from the names of its members.

    Parameters
    ----------
    stage : int
        The stage that processes it.
    expnames : sequence of str
        The names of its science members.

    Returns
    -------
    LikelyType

    Examples
    --------
    >>> likely_type(2, ["jw01234001001_02101_00001_mirimage_rate.fits"])
    LikelyType(asn_type='image2', reason='its members are of mirimage', otherwise='spec2')
    >>> likely_type(3, ["jw01234001001_02101_00001_nrs1_cal.fits"]).asn_type
    'spec3'
    """
    detectors = sorted({found for name in expnames if (found := detector_of(name))})
    if not detectors:
        return LikelyType(f"image{stage}", f"its members are of stage {stage}", f"spec{stage}")
    reason = f"its members are of {', '.join(detectors[:3])}{' ...' if len(detectors) > 3 else ''}"
    if all(detector in _SPECTROGRAPHS for detector in detectors):
        return LikelyType(f"spec{stage}", reason)
    return LikelyType(f"image{stage}", reason, f"spec{stage}")


def files_of(pipeline: Pipeline, product: str, members: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Return the names of the files that a pipeline makes for a product.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    product : str
        The name of the product.
    members : sequence of (str, str)
        The names and roles of the members of the association.

    Returns
    -------
    always : list of str
        The files that it always makes.
    on_demand : list of str
        The files that it makes for most data.

    Examples
    --------
    >>> files_of(PIPELINES["spec2"], "jw1_nrs1", [("jw1_nrs1_rate.fits", "science")])
    (['jw1_nrs1_cal.fits'], ['jw1_nrs1_x1d.fits', 'jw1_nrs1_s2d.fits', 'jw1_nrs1_s3d.fits'])
    >>> files_of(PIPELINES["wfs-image3"], "jw1-o001_t001_nircam_f212n-nrca3_{suffix}-02", [])
    (['jw1-o001_t001_nircam_f212n-nrca3_wfscmb-02.fits'], [])
    >>> files_of(PIPELINES["ami3"], "jw1-o001_t001_niriss_f480m-nrm", [("jw1_nis_calints.fits", "science")])
    ([], [])
    """
    return next(files_of_products(pipeline, [product], members))


def files_of_products(
    pipeline: Pipeline, products: Iterable[str], members: Sequence[tuple[str, str]]
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names of the files that a pipeline makes for each product.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    products : iterable of str
        The names of the products.
    members : sequence of (str, str)
        The names and roles of the members of the association.

    Yields
    ------
    (list of str, list of str)
        As `files_of` returns them.

    Notes
    -----
    The members are processed once, so the cost is linear in the numbers of members and products.
    """
    roles = {exptype.lower() for _, exptype in members}
    always = pipeline.makes if roles.issuperset(pipeline.needs) else ()
    by_integration: dict[str, bool] = {}  # of science members, by each initial part of a name that a product may have
    for expname, exptype in members if pipeline.stage == 2 else ():
        if exptype.lower() == Role.SCIENCE:
            parts = file_name(expname).split("_")
            for start in ("_".join(parts[:count]) for count in range(len(parts))):
                by_integration[start] = by_integration.get(start, False) or parse(expname).suffix == "rateints"
    for product in products:
        integrations = by_integration.get(output_root(product), by_integration.get("", False))
        yield _named(pipeline, product, always, integrations=integrations)


def _named(
    pipeline: Pipeline, product: str, always: Sequence[str], *, integrations: bool
) -> tuple[list[str], list[str]]:
    if pipeline.asn_type == "wfs-image3":  # the product's name is the whole name of its file
        placed = [ending.partition(".") for ending in always]
        return [f"{product.replace('{suffix}', suffix)}.{extension}" for suffix, _, extension in placed], []
    if any(field in product for field in _NAMED_BY_DATA):
        return [], []

    def named(endings: Sequence[str]) -> list[str]:
        placed = [(_OF_INTEGRATIONS.get(end, end) if integrations else end).split(".") for end in endings]
        return [output_file(product, suffix, extension) for suffix, extension in placed]

    return named(always), named(pipeline.on_demand)


def written_by(pipeline: Pipeline, product: str, members: Sequence[tuple[str, str]]) -> list[str]:
    """Return the file names that must differ between two products: those always made, or else those made on demand.

    Where the data determine the names, the name of the product is returned instead.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    product : str
        The name of the product.
    members : sequence of (str, str)
        The names and roles of the members of the association.

    Examples
    --------
    >>> written_by(PIPELINES["spec3"], "m51.fits", [])[0]
    'm51_x1d.fits'
    """
    always, on_demand = files_of(pipeline, product, members)
    return always or on_demand or [product]
