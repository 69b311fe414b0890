"""Roles of exposures and files: what each means, the relation that it gives, and how it looks."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

# On white and on dark: the palette of Okabe and Ito (https://jfly.uni-koeln.de/color/), which the colour-blind can tell
# apart, darkened on white for contrast.
COLOURS = {
    "blue": ("#0072b2", "#56b4e9"),
    "sky": ("#2f93cd", "#9ad4f5"),
    "orange": ("#c98500", "#f0ab1f"),
    "green": ("#008a66", "#21b88f"),
    "purple": ("#b4518c", "#dd92bb"),
    "vermillion": ("#c94f00", "#f57f3b"),
    "yellow": ("#a89500", "#f0e442"),
    "ink": ("#23272e", "#f2f4f7"),
    "grey": ("#7d8590", "#8b949e"),
}


class Role(StrEnum):
    """The role of an exposure or a file, by itself or in an association; pictures show roles in this order.

    Parameters
    ----------
    value : str
        Its name: ``exptype`` in association files.
    definition : str
        What an exposure or a file in this role does.
    relation : str
        The relation of a member in this role to the science exposures; empty where pipelines do not know the role.
    colour : str
        The name of its colour (`COLOURS`).
    shape : str
        The shape of its marks.
    """

    definition: str
    relation: str
    colour: str
    shape: str

    def __new__(cls, value: str, definition: str, relation: str = "", colour: str = "", shape: str = "") -> Role:
        """Make a role of its parts."""
        role = str.__new__(cls, value)
        role._value_ = value
        role.definition, role.relation, role.colour, role.shape = definition, relation, colour, shape
        return role

    SCIENCE = "science", "what the program wants to know", "grouped_with", "blue", "circle"
    BACKGROUND = "background", "shows the sky beside the science", "background_for", "orange", "square"
    TARGET_ACQUISITION = (
        "target_acquisition", "puts the target in place, or confirms that it is", "target_acquisition_for",
        "green", "diamond",
    )  # fmt: skip
    PSF = "psf", "shows a star, by which the light of another is told apart", "psf_for", "purple", "triangle"
    IMPRINT = (
        "imprint", "shows the light that leaks through closed shutters (leak image)", "imprint_for",
        "vermillion", "nabla",
    )  # fmt: skip
    DIRECT_IMAGE = "direct_image", "shows the sources of slitless spectra", "direct_image_for", "sky", "star"
    AUTOWAVE = "autowave", "gives the wavelengths, taken with a lamp beside the science", "wavecal_for", "sky", "cross"
    AUTOFLAT = "autoflat", "gives the flat field, taken with a lamp beside the science", "flat_for", "yellow", "plus"
    FLAT = "flat", "gives the flat field", "flat_for", "yellow", "pentagon"
    SOURCECAT = "sourcecat", "lists the sources of an image", "calibration_for", "sky", "left"
    SEGMAP = "segmap", "tells which pixels of an image are of which source", "calibration_for", "sky", "right"
    SELFCAL = "selfcal", "shows bad pixels, from which another is calibrated", "calibration_for"
    DARK = "dark", "shows the detector without light", "", "ink", "ring"
    ENGINEERING = "engineering", "serves the instrument and no program", "", "grey", "hexagon"
    MSA_PLAN = "msa_plan", "says which shutters of the microshutter array were open, and for which sources"
    JITTER = "jitter", "says how the telescope moved during an exposure"
    GUIDE_STAR = "guide_star", "shows the guide star during an exposure"


RELATION_OF_ROLE = {role.value: role.relation for role in Role if role.relation}

# The roles of members that pipelines know; an image's catalog and its segmentation map are no exposures, and exposures
# for the self-calibration of bad pixels (selfcal) are named by hand alone.
EXPTYPES = frozenset(RELATION_OF_ROLE)

# Those of them that no exposure has.
OF_ASSOCIATIONS = frozenset({Role.SOURCECAT.value, Role.SEGMAP.value})

# As which roles were once written; the generator wrote the first until 2019, and pipelines leave both aside.
OLD_SPELLINGS = {"target_acquistion": Role.TARGET_ACQUISITION.value, "catalog": Role.SOURCECAT.value}

# The science exposure of a product may be there once more as selfcal.
_BESIDE_SCIENCE = {Role.SCIENCE, Role.SELFCAL}


def role_of(exptype: object) -> str:
    """Return the role that a member of an association file has: in lower case, an old spelling as it is today.

    Parameters
    ----------
    exptype : object
        What the file has as ``exptype``.

    Examples
    --------
    >>> role_of("SCIENCE"), role_of("target_acquistion")
    ('science', 'target_acquisition')
    """
    role = exptype.strip().lower() if isinstance(exptype, str) else ""
    return OLD_SPELLINGS.get(role, role)


def contradictory(roles: Collection[str]) -> bool:
    """Tell whether one exposure cannot have several roles in one product: what is corrected is not the correction.

    Examples
    --------
    >>> contradictory({"science", "background"}), contradictory({"science", "selfcal"})
    (True, False)
    """
    return Role.SCIENCE in roles and not _BESIDE_SCIENCE.issuperset(roles)


def in_order(roles: Collection[str]) -> list[str]:
    """Put roles in the order in which pictures show them, science first; those that no table knows come last.

    Examples
    --------
    >>> in_order(["telescope", "background", "science"])
    ['science', 'background', 'telescope']
    """
    return sorted(set(roles), key=lambda role: (_PLACES.get(role, len(_PLACES)), role))


_PLACES = {role.value: place for place, role in enumerate(Role)}


def looks() -> dict[str, tuple[str, str]]:
    """Return the name of the colour and of the shape of each role that pictures tell apart.

    Examples
    --------
    >>> looks()["background"]
    ('orange', 'square')
    """
    return {role.value: (role.colour, role.shape) for role in Role if role.colour}
