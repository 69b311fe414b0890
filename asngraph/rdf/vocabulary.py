"""The terms of the vocabulary, in addition to `asngraph.model.relations`.

They describe nodes, and their participation in associations.

`asngraph.rdf.statements` writes with these terms, and `asngraph.rdf.ontology` defines them.
"""

from __future__ import annotations

from dataclasses import dataclass

from asngraph._version import REFERENCE
from asngraph.model.relations import NODE_KINDS
from asngraph.model.roles import Role

_DATA_FILES = "https://jwst-docs.stsci.edu/understanding-jwst-data-files"
_KEYWORDS = "JWST Keyword Dictionary, https://mast.stsci.edu/portal/Mashup/clients/jwkeywords/"
_GENERATOR = f"{REFERENCE}, jwst.associations, https://jwst-pipeline.readthedocs.io/en/latest/jwst/associations/"
OWN = "asngraph, docs/rdf.md"


@dataclass(frozen=True)
class Class:
    """A class other than the node kinds of the graph.

    Parameters
    ----------
    name : str
        Its name.
    definition : str
        A definition of its instances.
    source : str
        The source of the definition.
    parents : tuple of str
        Its superclasses in other vocabularies, as prefixed names.
    """

    name: str
    definition: str
    source: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Property:
    """A property other than the relations of the graph.

    Parameters
    ----------
    name : str
        Its name, which is that of the pool's column if it comes from one.
    definition : str
        Its definition.
    source : str
        The source of the definition.
    domain : tuple of str
        The classes whose instances may have it.
    range : str
        The class of its values, or their datatype (``xsd:string``), as a prefixed name.
    parent : str
        The property of another vocabulary that it specializes.
    functional : bool
        Whether it has at most one value.
    """

    name: str
    definition: str
    source: str
    domain: tuple[str, ...] = ("Exposure",)
    range: str = "xsd:string"
    parent: str = ""
    functional: bool = False

    @property
    def of_text(self) -> bool:
        """Whether its values are texts or numbers, not nodes."""
        return self.range.startswith("xsd:")


def class_name(kind: str) -> str:
    """Return the class of a kind of node.

    Examples
    --------
    >>> class_name("exposure"), class_name("dither_pattern")
    ('Exposure', 'DitherPattern')
    """
    return "".join(part.capitalize() for part in NODE_KINDS[kind].name.split("_"))


# Kinds of nodes, in the words of PROV-O.
PARENTS_OF_KINDS = {
    "exposure": ("prov:Entity",),
    "observation": ("prov:Collection",),
    "target": (),
    "target_name": (),
    "optics": ("prov:Collection",),
    "dither_pattern": ("prov:Collection",),
    "mosaic": ("prov:Collection",),
    "candidate": ("prov:Collection",),
    "association": ("prov:Collection",),
    "product": ("prov:Entity",),
    "support": ("prov:Entity",),
    "set_aside": ("prov:Collection",),
}
SOURCES_OF_KINDS = {
    "exposure": _DATA_FILES,
    "observation": _DATA_FILES,
    "target": _KEYWORDS,
    "target_name": _KEYWORDS,
    "optics": OWN,
    "dither_pattern": _KEYWORDS,
    "mosaic": _KEYWORDS,
    "candidate": _GENERATOR,
    "association": _GENERATOR,
    "product": _GENERATOR,
    "support": _DATA_FILES,
    "set_aside": _GENERATOR,
}
# Relations, in the words of PROV-O.
PARENTS_OF_RELATIONS = {"derived_from": "prov:wasDerivedFrom", "derived_from_product": "prov:wasDerivedFrom"}
# Relations to a shared node that is not sufficient for the symmetric relation, which also requires another observation
# (candidates) or the role science (associations).
NOT_ENOUGH = ("has_candidate", "member_of")
# Inverse relations: from a collection to its members.
INVERSES = {
    "member_of": "has_member",
    "product_member_of": "has_product_member",
    "support_member_of": "has_support_member",
}
INVERSE_PARENT = "prov:hadMember"

CLASSES = (
    Class(
        "Pool", "a table of exposures, one row for each, from which associations are made", _GENERATOR, ("prov:Entity",)
    ),
    Class(
        "Participation",
        "the participation of an exposure, a product or a support file in an "
        "association: its role, and its name there; an exposure "
        "that is not a member itself is represented by a product",
        OWN,
    ),
    Class("Rule", "the conditions by which exposures form an association, and their roles", _GENERATOR, ("prov:Plan",)),
    Class(
        "Role", "the function of an exposure or a file, by itself or in an association", _GENERATOR, ("skos:Concept",)
    ),
    Class("ExposureType", "how an exposure was taken: the values of EXP_TYPE", _KEYWORDS, ("skos:Concept",)),
    Class("CandidateType", "the type of a candidate", _GENERATOR, ("skos:Concept",)),
)


def _column(name: str, definition: str) -> Property:
    return Property(name, definition, _KEYWORDS)


# Columns of the pool that become texts of exposures, where they are defined; the others are only in the pool.
COLUMNS = (
    _column("instrume", "the instrument"),
    _column("detector", "the detector"),
    _column("filter", "the element of the filter wheel"),
    _column("pupil", "the element of the pupil wheel"),
    _column("grating", "the element of the grating wheel"),
    _column("band", "the MIRI MRS band"),
    _column("channel", "the NIRCam or MIRI MRS channel"),
    _column("fxd_slit", "the NIRSpec fixed slit"),
    _column("subarray", "the part of the detector that was read out"),
    _column("patt_num", "the position within the dither or nod pattern"),
    _column("patttype", "the type of the dither or nod pattern"),
    _column("numdthpt", "the number of positions in the dither pattern"),
    _column("mostilno", "the tile of a mosaic"),
    _column("visit", "the number of the visit within its observation"),
    _column("visitype", "the type of the visit"),
    _column("tsovisit", "whether the visit is a time series"),
    _column("obs_id", "the identifier of the observation, with program, visit and activity"),
    _column("act_id", "the activity within the visit"),
    _column("expspcin", "the number of the exposure specification"),
    _column("subpxpns", "the number of small-grid dither positions"),
    _column("subpxpts", "the number of subpixel dither positions"),
    _column("msametfl", "the MSA plan of the exposure"),
    _column("bkgdtarg", "whether the target is a background for others"),
    _column("is_psf", "whether the exposure shows a PSF reference star"),
    _column("is_imprt", "whether the exposure shows leaking light (imprint)"),
    _column("exposerr", "the errors of the exposure"),
)

_OF_PROGRAM = (
    "Exposure", "Observation", "Target", "Optics", "DitherPattern", "Mosaic", "Candidate", "Association", "SetAside",
)  # fmt: skip
_IN_ASSOCIATION = ("Participation",)

PROPERTIES = (
    *COLUMNS,
    Property("program", "the number of the program, in five digits", _KEYWORDS, _OF_PROGRAM),
    Property("obs_num", "the number of the observation within its program", _KEYWORDS, ("Observation",)),
    Property("targetid", "the number of the target within its program", _KEYWORDS, ("Target",)),
    Property("targname", "what programs call the target", _KEYWORDS, ("TargetName",)),
    Property("filename", "the file's name, if several exposures of the pool have the same", _KEYWORDS),
    Property("excluded", "the reason why the exposure was left out of all associations", OWN),
    Property("exp_type", "the exposure type", _KEYWORDS, range="asn:ExposureType", functional=True),
    Property("role", "the role that the exposure has by itself", _GENERATOR, range="asn:Role", functional=True),
    Property("candidate_type", "the type of the candidate", _GENERATOR, ("Candidate",), "asn:CandidateType"),
    Property("support_kind", "the kind of the file", OWN, ("Support",), "asn:Role"),
    Property("asn_type", "the type of the association, which selects the pipeline", _GENERATOR, ("Rule",)),
    Property(
        "level", "the stage of the pipeline: 2 calibrates single exposures, 3 combines exposures", _GENERATOR,
        ("Rule",), "xsd:integer", functional=True,
    ),
    Property("rule", "the rule that made it", _GENERATOR, ("Association", "SetAside"), "asn:Rule"),
    Property(
        "uuid", "the id of the association, which stays the same when associations are numbered differently", OWN,
        ("Association",), functional=True,
    ),
    Property(
        "anchor", "the first exposure, around which it is built", OWN, ("Association", "SetAside"), "asn:Exposure",
        functional=True,
    ),
    Property("reason", "the reason why it was not kept", OWN, ("SetAside",)),
    Property("participant", "the exposure, product or file of the participation", OWN, _IN_ASSOCIATION, functional=True,
             range=""),
    Property("association", "its association", OWN, _IN_ASSOCIATION, "asn:Association", functional=True),
    Property("exptype", "the role in the association", _GENERATOR, _IN_ASSOCIATION, "asn:Role", functional=True),
    Property("expname", "the name of the member in the association's file", _GENERATOR, _IN_ASSOCIATION),
    Property("rule_text", "the conditions of the rule, in words", "asngraph rules", ("Rule",), functional=True),
)  # fmt: skip

# The roles with a definition; others, from a pool or a support table, have only an IRI.
ROLES = {role.value: role.definition for role in Role}
CANDIDATES = {
    "observation": "the exposures of one observation",
    "mosaic": "the observations that are tiles of one mosaic",
    "group": "observations that the program groups",
    "background": "observations, and their background observations",
    "coronagraphy": "coronagraphic observations, and those of their reference star",
    "ami": "interferometric observations, and those of their reference star",
    "direct_image": "observations of slitless spectra, and those of their direct images",
    "discovered": "the whole pool, searched for associations that belong to no candidate",
}
