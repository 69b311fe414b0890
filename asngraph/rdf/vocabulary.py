"""The terms of the vocabulary beside `asngraph.model.relations`.

They are what RDF says of nodes, and of how they are in associations.

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
    """A class that is no kind of node of the graph.

    Parameters
    ----------
    name : str
        Its name.
    definition : str
        What its members are.
    source : str
        Where that is from.
    parents : tuple of str
        Classes of other vocabularies of which it is a case, in short form.
    """

    name: str
    definition: str
    source: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Property:
    """A property that is no relation of the graph.

    Parameters
    ----------
    name : str
        Its name; that of a column of the pool, where it is one.
    definition : str
        What it says.
    source : str
        Where that is from.
    domain : tuple of str
        Classes of what has it; any of them.
    range : str
        The class of its values, or their datatype (``xsd:string``), in short form.
    parent : str
        A property of another vocabulary of which it is a case.
    functional : bool
        Whether nothing has two values of it.
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
        """Whether its values are text or numbers, and no nodes."""
        return self.range.startswith("xsd:")


def class_name(kind: str) -> str:
    """Name the class of a kind of node.

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
# What leads to a node that exposures share, and does not alone put them in the symmetric relation: that needs another
# observation (candidates) or the role science (associations).
NOT_ENOUGH = ("has_candidate", "member_of")
# The other way round: from a collection to what is in it.
INVERSES = {
    "member_of": "has_member",
    "product_member_of": "has_product_member",
    "support_member_of": "has_support_member",
}
INVERSE_PARENT = "prov:hadMember"

CLASSES = (
    Class("Pool", "a table of exposures, one row each, of which associations are made", _GENERATOR, ("prov:Entity",)),
    Class(
        "Participation",
        "what an exposure, a product or a support file is in an association: its role, and its name there; an exposure "
        "that is not a member itself is represented by a product",
        OWN,
    ),
    Class("Rule", "what decides which exposures form an association, and in which roles", _GENERATOR, ("prov:Plan",)),
    Class("Role", "what an exposure or a file is by itself, or in an association", _GENERATOR, ("skos:Concept",)),
    Class("ExposureType", "how an exposure was taken: the values of EXP_TYPE", _KEYWORDS, ("skos:Concept",)),
    Class("CandidateType", "what sort of set a candidate is", _GENERATOR, ("skos:Concept",)),
)


def _column(name: str, definition: str) -> Property:
    return Property(name, definition, _KEYWORDS)


# Columns of the pool that are told of exposures as text, where they are defined; the others stay in the pool.
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
    _column("bkgdtarg", "whether the target shows the sky of others"),
    _column("is_psf", "whether the exposure shows a PSF reference star"),
    _column("is_imprt", "whether the exposure shows leaking light (imprint)"),
    _column("exposerr", "what went wrong while the exposure was taken"),
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
    Property("filename", "the file's name, where several exposures of the pool have it", _KEYWORDS),
    Property("excluded", "why the exposure was left out when associations were made", OWN),
    Property("exp_type", "the exposure type", _KEYWORDS, range="asn:ExposureType", functional=True),
    Property("role", "the role that the exposure has by itself", _GENERATOR, range="asn:Role", functional=True),
    Property("candidate_type", "what sort of set it is", _GENERATOR, ("Candidate",), "asn:CandidateType"),
    Property("support_kind", "what the file is", OWN, ("Support",), "asn:Role"),
    Property("asn_type", "the type of what it makes, which tells the pipeline", _GENERATOR, ("Rule",)),
    Property(
        "level", "2 for what calibrates one exposure, 3 for what combines exposures", _GENERATOR, ("Rule",),
        "xsd:integer", functional=True,
    ),
    Property("rule", "the rule that made it", _GENERATOR, ("Association", "SetAside"), "asn:Rule"),
    Property(
        "anchor", "the exposure around which it is built", OWN, ("Association", "SetAside"), "asn:Exposure",
        functional=True,
    ),
    Property("reason", "why it was not kept", OWN, ("SetAside",)),
    Property("participant", "who or what is in the association", OWN, _IN_ASSOCIATION, functional=True, range=""),
    Property("association", "where it is", OWN, _IN_ASSOCIATION, "asn:Association", functional=True),
    Property("exptype", "the role in the association", _GENERATOR, _IN_ASSOCIATION, "asn:Role", functional=True),
    Property("expname", "the name of the member in the association's file", _GENERATOR, _IN_ASSOCIATION),
    Property("rule_text", "the conditions of the rule, in words", "asngraph rules", ("Rule",), functional=True),
)  # fmt: skip

# The roles that asngraph knows; others, which a pool or a support table may bring, have an IRI and no definition.
ROLES = {role.value: role.definition for role in Role}
CANDIDATES = {
    "observation": "the exposures of one observation",
    "mosaic": "the observations that are tiles of one mosaic",
    "group": "observations that the plan groups",
    "background": "observations, and those that show their sky",
    "coronagraphy": "coronagraphic observations, and those of their reference star",
    "ami": "interferometric observations, and those of their reference star",
    "direct_image": "observations of slitless spectra, and those of their direct images",
    "discovered": "the whole pool, searched for what no candidate asks for",
}
