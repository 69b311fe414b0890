"""Roles of exposures and files: the definition, relation, colour and marker of each."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

# For light and dark backgrounds: the palette of Okabe and Ito (https://jfly.uni-koeln.de/color/), which colour-blind
# people can distinguish, darkened for contrast on white.
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
    """The role of an exposure or a file, in a pool or in an association; pictures show roles in this order.

    Parameters
    ----------
    value : str
        The name: ``exptype`` in association files.
    definition : str
        What an exposure or a file in this role does.
    relation : str
        The relation of a member in this role to the science exposures; empty where pipelines do not know the role.
    colour : str
        The name of the colour (`COLOURS`).
    shape : str
        The name of the marker's shape.
    """

    definition: str
    relation: str
    colour: str
    shape: str

    def __new__(cls, value: str, definition: str, relation: str = "", colour: str = "", shape: str = "") -> Role:
        """Create a role."""
        role = str.__new__(cls, value)
        role._value_ = value
        role.definition, role.relation, role.colour, role.shape = definition, relation, colour, shape
        return role

    SCIENCE = "science", "shows the target of the program", "grouped_with", "blue", "circle"
    BACKGROUND = "background", "shows the sky beside the science", "background_for", "orange", "square"
    TARGET_ACQUISITION = (
        "target_acquisition", "acquires the target, or confirms its position", "target_acquisition_for",
        "green", "diamond",
    )  # fmt: skip
    PSF = "psf", "shows a reference star, for the point-spread function", "psf_for", "purple", "triangle"
    IMPRINT = (
        "imprint", "shows the light that leaks through closed shutters (leak image)", "imprint_for",
        "vermillion", "nabla",
    )  # fmt: skip
    DIRECT_IMAGE = "direct_image", "shows the sources of slitless spectra", "direct_image_for", "sky", "star"
    AUTOWAVE = "autowave", "gives the wavelengths, taken with a lamp beside the science", "wavecal_for", "sky", "cross"
    AUTOFLAT = "autoflat", "gives the flat field, taken with a lamp beside the science", "flat_for", "yellow", "plus"
    FLAT = "flat", "gives the flat field", "flat_for", "yellow", "pentagon"
    SOURCECAT = "sourcecat", "lists the sources of an image", "calibration_for", "sky", "left"
    SEGMAP = "segmap", "gives the source of each pixel of an image", "calibration_for", "sky", "right"
    SELFCAL = "selfcal", "shows bad pixels, from which another is calibrated", "calibration_for"
    DARK = "dark", "shows the detector without light", "", "ink", "ring"
    ENGINEERING = "engineering", "serves the instrument, not a program", "", "grey", "hexagon"
    MSA_PLAN = "msa_plan", "lists the open shutters of the microshutter array and their sources"
    JITTER = "jitter", "gives the motion of the telescope during an exposure"
    GUIDE_STAR = "guide_star", "shows the guide star during an exposure"


RELATION_OF_ROLE = {role.value: role.relation for role in Role if role.relation}

# The roles of members that pipelines know. An image's catalog and segmentation map are not exposures; exposures for the
# self-calibration of bad pixels (selfcal) are only added by hand.
EXPTYPES = frozenset(RELATION_OF_ROLE)

# The roles that files other than exposures have.
OF_ASSOCIATIONS = frozenset({Role.SOURCECAT.value, Role.SEGMAP.value})

# Old spellings of roles; the generator wrote the first until 2019, and pipelines ignore both.
OLD_SPELLINGS = {"target_acquistion": Role.TARGET_ACQUISITION.value, "catalog": Role.SOURCECAT.value}

# The science exposure of a product may also be a member as selfcal.
_BESIDE_SCIENCE = {Role.SCIENCE, Role.SELFCAL}


def role_of(exptype: object) -> str:
    """Return the role of a member of an association file, in lower case and in today's spelling.

    Parameters
    ----------
    exptype : object
        The value of ``exptype`` in the file.

    Examples
    --------
    >>> role_of("SCIENCE"), role_of("target_acquistion")
    ('science', 'target_acquisition')
    """
    role = exptype.strip().lower() if isinstance(exptype, str) else ""
    return OLD_SPELLINGS.get(role, role)


def contradictory(roles: Collection[str]) -> bool:
    """Return whether roles of one exposure in one product contradict: science is not its own calibration.

    Parameters
    ----------
    roles : collection of str
        The roles.

    Examples
    --------
    >>> contradictory({"science", "background"}), contradictory({"science", "selfcal"})
    (True, False)
    """
    return Role.SCIENCE in roles and not _BESIDE_SCIENCE.issuperset(roles)


def in_order(roles: Collection[str]) -> list[str]:
    """Return roles in the order in which pictures show them: science first, unknown roles last.

    Parameters
    ----------
    roles : collection of str
        The roles.

    Examples
    --------
    >>> in_order(["telescope", "background", "science"])
    ['science', 'background', 'telescope']
    """
    return sorted(set(roles), key=lambda role: (_PLACES.get(role, len(_PLACES)), role))


_PLACES = {role.value: place for place, role in enumerate(Role)}


def looks() -> dict[str, tuple[str, str]]:
    """Return the names of the colour and of the shape of each role that pictures distinguish.

    Returns
    -------
    dict of str to (str, str)

    Examples
    --------
    >>> looks()["background"]
    ('orange', 'square')
    """
    return {role.value: (role.colour, role.shape) for role in Role if role.colour}
