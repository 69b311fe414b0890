"""The vocabulary of the graph: kinds of node and relations, each with its definition."""

from __future__ import annotations

from dataclasses import dataclass

from asngraph.model.roles import RELATION_OF_ROLE, Role


@dataclass(frozen=True)
class NodeKind:
    """A kind of node.

    Parameters
    ----------
    name : str
        The name.
    definition : str
        What a node of this kind represents.
    """

    name: str
    definition: str


@dataclass(frozen=True)
class Relation:
    """A kind of edge, or a symmetric relation.

    Parameters
    ----------
    name : str
        The name; read an edge as a sentence: *a* ``background_for`` *b*.
    definition : str
        The predicate of that sentence, in words.
    source, target : str
        The kinds of node that it connects.
    parent : str
        The more general relation of which it is a special case, if any.
    symmetric, transitive : bool
        Its properties.
    through : str
        For a symmetric relation: the relation from its nodes to the set within which it holds. Symmetric relations are
        stored as such sets, not as pairs.
    implied : bool
        Whether its edges follow from other edges.
    """

    name: str
    definition: str
    source: str = "exposure"
    target: str = "exposure"
    parent: str = ""
    symmetric: bool = False
    transitive: bool = False
    through: str = ""
    implied: bool = False


@dataclass(frozen=True)
class Meaning:
    """The conditions on the columns of two exposures under which one can serve the other.

    Parameters
    ----------
    same : tuple of str
        Columns that must be defined and equal.
    alike : tuple of str
        Columns that must be equal where both are defined.
    any_of : tuple of str
        Columns of which at least one must be defined and equal; no condition when empty.
    other : str
        A column that must differ; where it is undefined, the two must be different exposures.
    """

    same: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    other: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it uses."""
        return (*self.same, *self.alike, *self.any_of, *((self.other,) if self.other else ()))


NODE_KINDS = {
    kind.name: kind
    for kind in (
        NodeKind("exposure", "one detector's file of one exposure: a row of the pool"),
        NodeKind("observation", "the exposures of one observation specification of a program"),
        NodeKind("target", "a target of a program; its number is unique within the program"),
        NodeKind("target_name", "the name that one or more programs give to a target"),
        NodeKind("optics", "the exposures of one target through the same optical elements"),
        NodeKind("dither_pattern", "the exposures that are positions of one dither or nod pattern"),
        NodeKind("mosaic", "the exposures of one mosaic"),
        NodeKind("candidate", "a set of exposures that the observing plan combines"),
        NodeKind("association", "exposures that are processed together, each in its role"),
        NodeKind("product", "the result of processing an association"),
        NodeKind("support", "a file that serves exposures and is not an exposure itself, such as an MSA plan"),
        NodeKind("set_aside", "an association that was not kept, with the reason"),
    )
}

RELATIONS = {
    relation.name: relation
    for relation in (
        Relation(
            "same_target", "both have one program's target", symmetric=True, transitive=True, through="has_target"
        ),
        Relation(
            "same_observation", "both are of one observation", symmetric=True, transitive=True, through="in_observation"
        ),
        Relation(
            "same_optics", "both have one target through the same optical elements",
            symmetric=True, through="has_optics",
        ),
        Relation(
            "same_dither_pattern", "both are positions of one dither or nod pattern",
            symmetric=True, through="in_dither_pattern",
        ),
        Relation(
            "same_mosaic", "both are of one mosaic, possibly of different tiles", symmetric=True, through="in_mosaic"
        ),
        Relation(
            "linked_observation", "they are of different observations, under one candidate",
            symmetric=True, through="has_candidate",
        ),
        Relation(
            "grouped_with", "a rule combines both, as science exposures of one association",
            symmetric=True, through="member_of",
        ),
        Relation("calibration_for", "serves the calibration of the other"),
        Relation(
            "target_acquisition_for", "acquired the target for the other, in the same visit or for the same target in "
            "the same observation", parent="calibration_for",
        ),
        Relation("confirmation_for", "confirms the position of the target for the other", parent="calibration_for"),
        Relation("wavecal_for", "gives the wavelengths of the other (autowave)", parent="calibration_for"),
        Relation("flat_for", "gives the flat field of the other (autoflat)", parent="calibration_for"),
        Relation("imprint_for", "shows the light that leaks into the other (leak image)", parent="calibration_for"),
        Relation("psf_for", "shows a reference star through the optics of the other", parent="calibration_for"),
        Relation("direct_image_for", "shows the sources of the other's spectra", parent="calibration_for"),
        Relation("background_for", "shows the sky of the other", parent="calibration_for"),
        Relation("nod_background_for", "shows, at another nod, the sky of the other", parent="background_for"),
        Relation("support_for", "is not an exposure, and serves the processing of one", "support"),
        Relation("msa_plan_for", "lists the shutters and sources of the exposure", "support", parent="support_for"),
        Relation("jitter_for", "gives the motion of the telescope in the exposure", "support", parent="support_for"),
        Relation("guide_star_for", "shows the guide star during the exposure", "support", parent="support_for"),
        Relation("in_observation", "belongs to the observation", target="observation"),
        Relation("has_target", "points at the target", target="target"),
        Relation("has_target_name", "has the name in its program", "target", "target_name"),
        Relation(
            "same_target_name", "has the same name in another program", "target", "target",
            symmetric=True, through="has_target_name",
        ),
        Relation("has_optics", "is of one target through these optical elements", target="optics"),
        Relation("in_dither_pattern", "is a position of the pattern", target="dither_pattern"),
        Relation("in_mosaic", "is of the mosaic", target="mosaic"),
        Relation("has_candidate", "is listed under the candidate", target="candidate"),
        Relation("member_of", "is in the association, in a role", target="association"),
        Relation(
            "carried_in", "is a member of the association by its rule, and serves none of its science exposures",
            target="association", parent="member_of",
        ),
        Relation("represented_in", "is not a member itself, and a product made of it is", target="association"),
        Relation("product_member_of", "is in the association, in a role", "product", "association"),
        Relation("support_member_of", "is in the association, by its kind", "support", "association"),
        Relation("for_candidate", "was made for the candidate", source="association", target="candidate"),
        Relation("produces", "is processed into the product", source="association", target="product"),
        Relation("derived_from", "is made of the exposure", source="product", target="exposure", implied=True),
        Relation("derived_from_product", "is made of the other, or with its help", "product", "product"),
        Relation("duplicate_of", "was set aside in favour of the association", "set_aside", "association"),
    )
}  # fmt: skip

# The conditions under which a member of an association serves a science exposure of it. Rules require less than this,
# so an association may contain exposures that served none of its science.
_POINTING = Meaning(same=("program", "obs_num"), any_of=("visit", "targetid"))
_SET_UP = Meaning(alike=("program", "instrume", "detector", "filter", "grating", "band", "channel"))
MEANINGS = {
    "target_acquisition_for": _POINTING,
    "confirmation_for": _POINTING,
    "wavecal_for": Meaning(alike=("program", "instrume", "grating")),
    "flat_for": Meaning(alike=("program", "instrume", "grating")),
    "imprint_for": _SET_UP,
    "psf_for": Meaning(alike=("instrume", "filter", "pupil", "grating", "band", "channel")),
    "direct_image_for": Meaning(alike=("program", "instrume")),
    "nod_background_for": Meaning(alike=("program", "instrume", "targetid"), other="patt_num"),
}

# The kinds of auxiliary files of exposures: the roles that they have as members, where that is requested.
SUPPORT_KINDS = frozenset(
    name.removesuffix("_for") for name, relation in RELATIONS.items() if relation.parent == "support_for"
)


def relation_of(exptype: str, role: str, exp_type: str) -> str:
    """Return the relation of a member to the science exposures that it serves (of a science exposure, to the others).

    Parameters
    ----------
    exptype : str
        The role of the exposure in the association.
    role : str
        The role of the exposure in the pool.
    exp_type : str
        The exposure type.

    Examples
    --------
    >>> relation_of("background", "science", "nrs_msaspec")
    'nod_background_for'
    >>> relation_of("target_acquisition", "target_acquisition", "mir_taconfirm")
    'confirmation_for'
    """
    if exptype == Role.BACKGROUND and role != Role.BACKGROUND:
        return "nod_background_for"
    if exptype == Role.TARGET_ACQUISITION and "confirm" in exp_type:
        return "confirmation_for"
    return RELATION_OF_ROLE.get(exptype, "calibration_for")


def support_relation(kind: str) -> str:
    """Return the relation of an auxiliary file to the exposure that it serves.

    Parameters
    ----------
    kind : str
        The kind of the file.

    Examples
    --------
    >>> support_relation("msa_plan"), support_relation("guide-star"), support_relation("background")
    ('msa_plan_for', 'guide_star_for', 'support_for')
    """
    known = RELATIONS.get(f"{kind.replace('-', '_')}_for")
    return known.name if known is not None and known.source == "support" else "support_for"
