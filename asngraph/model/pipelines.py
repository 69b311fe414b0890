"""Which pipeline processes which type of association, and what it makes. One place for these facts.

Sources: the configurations ``calwebb_*.cfg`` and the pipelines of jwst 3.0.0 (``jwst.pipeline``,
``jwst.wfs_combine``): class aliases are what ``strun`` knows, suffixes those under which results are saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from asngraph.model.association import Association
from asngraph.model.filenames import detector_of, file_name, output_file, output_root, parse
from asngraph.model.roles import Role

T = TypeVar("T")

DETECTOR1 = "calwebb_detector1"

# Under which names stage 2 saves what it makes of several integrations.
_OF_INTEGRATIONS = {"cal.fits": "calints.fits", "x1d.fits": "x1dints.fits"}
# What stands in a product's name for sources and slits, which are not known yet.
_NAMED_BY_DATA = ("{source_id}", "{slit_name}")


class Pipeline(NamedTuple):
    """What becomes of an association.

    Parameters
    ----------
    asn_type : str
        The association's type.
    name : str
        The pipeline, by the name that ``strun`` has for it.
    stage : int
        2 or 3.
    makes : tuple of str
        The endings of the files that it always makes of each product. Empty where names depend on the data: stage 3
        names spectra after sources, bands or slits, and tables of time series after the mode.
    on_demand : tuple of str
        The endings of what it makes of most data: other associations may take it.
    needs : tuple of str
        The roles without which it makes less than that.
    asks : tuple of str
        The keys of an association, and ``name`` of a product, without which it stops with an error.
    sciences : int
        How many science members a product has to have.
    stops_without : tuple of str
        The roles without which it stops, science aside.
    takes : mapping of str to tuple of str
        The stages (suffixes) of files that it can work on, by role. Roles that are not here are left aside, or taken as
        they come.
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
        """Whether it works on all products of an association; the others take the first and leave the rest aside."""
        return self.stage == 2 or self.asn_type == "wfs-image3"

    def worked_on(self, products: Sequence[T]) -> Sequence[T]:
        """Return those of the products of an association that it makes."""
        return products if self.all_products else products[:1]

    @property
    def reads_patterns(self) -> bool:
        """Whether it reads roles as regular expressions (``ModelContainer.from_asn``)."""
        return self.name in ("calwebb_spec3", "calwebb_tso3", "calwebb_coron3")


# Which stages each pipeline takes: the types of models that its steps accept. Stage 2 asks for no key but the names.
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
    """Find the pipeline of a type of association, whatever its case; None for a type that no pipeline has.

    Examples
    --------
    >>> pipeline_of("tso-image2").name
    'calwebb_image2'
    """
    return PIPELINES.get(asn_type.lower()) if isinstance(asn_type, str) else None


def stage_of(association: Mapping[str, Any]) -> int | None:
    """Tell which stage processes an association: 2 or 3; None where neither its type nor its rule tells.

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
    """Tell whether an association is of level 2 or 3, from its type, its rule, or its members; None if none says so.

    Examples
    --------
    >>> from asngraph.model.association import Association
    >>> level_of(Association({"asn_rule": "candidate_Asn_Lv2Image", "products": []}))
    2
    """
    # Members carry their candidate in level 3 alone.
    return stage_of(association) or (3 if any("asn_candidate" in each for each in association.members) else None)


# Detectors that only spectrographs have; the others take images and spectra.
_SPECTROGRAPHS = ("nrs1", "nrs2", "mirifulong", "mirifushort")
_OF_STAGE1 = ("uncal", "rate", "rateints")


class LikelyType(NamedTuple):
    """The type that an association without one may have.

    Parameters
    ----------
    asn_type : str
        The type.
    reason : str
        Why.
    otherwise : str
        Another that it may have; empty where there is no doubt.
    """

    asn_type: str
    reason: str
    otherwise: str = ""


def stage_of_names(expnames: Sequence[str]) -> int:
    """Tell which stage takes files, from their names: what stage 1 makes goes to 2, all else to 3.

    Examples
    --------
    >>> stage_of_names(["a_rate.fits"]), stage_of_names(["a_cal.fits"])
    (2, 3)
    """
    return 2 if all(parse(expname).suffix in _OF_STAGE1 for expname in expnames) else 3


def likely_type(stage: int, expnames: Sequence[str]) -> LikelyType:
    """Say which type an association may have, from the names of its members.

    Parameters
    ----------
    stage : int
        The stage that processes it.
    expnames : sequence of str
        The names of its science members.

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
    """Name the files that a pipeline makes of a product: those that it always makes, and those of most data.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    product : str
        The product's name.
    members : sequence of (str, str)
        The members of the association: names and roles.

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
    """Yield for each product what `files_of` returns; the members are gone through once."""
    roles = {exptype.lower() for _, exptype in members}
    always = pipeline.makes if roles.issuperset(pipeline.needs) else ()
    by_integration: dict[str, bool] = {}  # of the science members, by each part of a name that a product may have
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
        placed = [(_OF_INTEGRATIONS.get(each, each) if integrations else each).split(".") for each in endings]
        return [output_file(product, suffix, extension) for suffix, extension in placed]

    return named(always), named(pipeline.on_demand)


def written_by(pipeline: Pipeline, product: str, members: Sequence[tuple[str, str]]) -> list[str]:
    """Name the files by which two products clash: those that are always made, else those that most data make.

    Where sources and slits name them, they have the name of the product.

    Examples
    --------
    >>> written_by(PIPELINES["spec3"], "m51.fits", [])[0]
    'm51_x1d.fits'
    """
    always, on_demand = files_of(pipeline, product, members)
    return always or on_demand or [product]
