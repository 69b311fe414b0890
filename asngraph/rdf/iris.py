"""IRIs of terms, exposures, associations and all other things in RDF.

Terms of the vocabulary are in one namespace (`TERMS`). Values of controlled lists, such as roles, are concepts, each
list under a path of its own. Exposures, associations and the like are under `THINGS`, by their names: a name is one
segment of the path, in percent-encoded UTF-8. The IRI of a thing that is unique only within a program or a pool
contains the program or the pool. The same pool therefore gives the same IRIs in every run, and different names give
different IRIs.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, unquote

BASE = "https://w3id.org/asngraph/"
TERMS = f"{BASE}ns#"
# The ontology, and the version of it that this package writes.
ONTOLOGY = f"{BASE}ns"
VERSION = f"{ONTOLOGY}/0.1.0"
SHAPES = f"{BASE}shapes#"
THINGS = f"{BASE}id/"

# Controlled lists, each a SKOS concept scheme; the IRIs of its concepts begin with its own.
ROLES = f"{BASE}role"
EXPOSURE_TYPES = f"{BASE}exp_type"
CANDIDATE_TYPES = f"{BASE}candidate_type"
RULES = f"{BASE}rule"

# The prefixes of queries and documents.
PREFIXES = {
    "asn": TERMS,
    "role": f"{ROLES}/",
    "exp_type": f"{EXPOSURE_TYPES}/",
    "candidate_type": f"{CANDIDATE_TYPES}/",
    "rule": f"{RULES}/",
    "id": THINGS,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
}


def term(name: str) -> str:
    """Return the IRI of a term of the vocabulary.

    Parameters
    ----------
    name : str
        A class, a relation or another property.

    Returns
    -------
    str

    Examples
    --------
    >>> term("same_target")
    'https://w3id.org/asngraph/ns#same_target'
    """
    return TERMS + name


@lru_cache(maxsize=65536)
def segment(name: str) -> str:
    """Return a name as one segment of a path: never empty, ``.`` or ``..``, and unique to the name.

    Parameters
    ----------
    name : str
        Any text.

    Returns
    -------
    str
        The segment, percent-encoded.

    Examples
    --------
    >>> segment("a_uncal.fits"), segment("a/b#2"), segment(".."), segment("")
    ('a_uncal.fits', 'a%2Fb%232', '~..', '~')
    """
    written = quote(name, safe="", errors="surrogatepass").replace("~", "%7E")
    return f"~{written}" if not written.strip(".") else written


def name_of(iri: str) -> str:
    """Return the name in the last segment of an IRI, the inverse of `segment`.

    Parameters
    ----------
    iri : str
        The IRI.

    Returns
    -------
    str

    Examples
    --------
    >>> name_of("https://w3id.org/asngraph/role/a%2Fb")
    'a/b'
    """
    return unquote(iri.rpartition("/")[2].removeprefix("~"), errors="surrogatepass")


def concept(scheme: str, value: str) -> str:
    """Return the IRI of a value of a controlled list.

    Parameters
    ----------
    scheme : str
        The list: `ROLES`, `EXPOSURE_TYPES`, `CANDIDATE_TYPES` or `RULES`.
    value : str
        The value; values that are not in the ontology have an IRI too.

    Returns
    -------
    str

    Examples
    --------
    >>> concept(ROLES, "target_acquisition")
    'https://w3id.org/asngraph/role/target_acquisition'
    """
    return f"{scheme}/{segment(value)}"


def exposure(name: str) -> str:
    """Return the IRI of an exposure, which is the same in all pools.

    Parameters
    ----------
    name : str
        The file name, which is unique.

    Returns
    -------
    str

    Examples
    --------
    >>> exposure("jw01234001001_02101_00001_nis_uncal.fits")
    'https://w3id.org/asngraph/id/exposure/jw01234001001_02101_00001_nis_uncal.fits'
    """
    return f"{THINGS}exposure/{segment(name)}"


def product(name: str) -> str:
    """Return the IRI of a product.

    Parameters
    ----------
    name : str
        The product's name, without suffix.

    Returns
    -------
    str
    """
    return f"{THINGS}product/{segment(name)}"


def support(file: str) -> str:
    """Return the IRI of a support file of exposures.

    Parameters
    ----------
    file : str
        The file's name.

    Returns
    -------
    str
    """
    return f"{THINGS}support/{segment(file)}"


def in_program(program: str, kind: str, name: str) -> str:
    """Return the IRI of a thing that is unique within a program: an observation, a target or a candidate.

    Parameters
    ----------
    program : str
        The program, in five digits.
    kind : str
        The kind: ``observation``, ``target`` or ``candidate``.
    name : str
        The number or the id within the program.

    Returns
    -------
    str

    Examples
    --------
    >>> in_program("04322", "target", "1")
    'https://w3id.org/asngraph/id/program/04322/target/1'
    """
    return f"{THINGS}program/{segment(program)}/{kind}/{segment(name)}"


def pool(name: str) -> str:
    """Return the IRI of a pool, which is also that of its named graph.

    Parameters
    ----------
    name : str
        The pool's name.

    Returns
    -------
    str

    Examples
    --------
    >>> pool("nircam_mosaic.csv")
    'https://w3id.org/asngraph/id/pool/nircam_mosaic.csv'
    """
    return f"{THINGS}pool/{segment(name)}"


def pool_version(name: str, version: str) -> str:
    """Return the IRI of the named graph of one version of a pool.

    Parameters
    ----------
    name : str
        The pool's name.
    version : str
        The version's identifier, such as a checksum.

    Returns
    -------
    str

    Examples
    --------
    >>> pool_version("a.csv", "12ab")
    'https://w3id.org/asngraph/id/pool/a.csv/version/12ab'
    """
    return f"{pool(name)}/version/{segment(version)}"


def association(pool_name: str, name: str) -> str:
    """Return the IRI of an association, which is unique within a pool.

    Parameters
    ----------
    pool_name : str
        The pool's name.
    name : str
        The association's name.

    Returns
    -------
    str

    Examples
    --------
    >>> association("a.csv", "jw04322-o001_spec3_00001")
    'https://w3id.org/asngraph/id/pool/a.csv/association/jw04322-o001_spec3_00001'
    """
    return f"{pool(pool_name)}/association/{segment(name)}"


def participation(association_iri: str, number: int) -> str:
    """Return the IRI of the participation of an exposure, a product or a file in an association.

    Parameters
    ----------
    association_iri : str
        The association.
    number : int
        The position among the members of the association.

    Returns
    -------
    str
    """
    return f"{association_iri}/{number}"


def of_node(kind: str, name: str, pool_name: str) -> str:
    """Return the IRI of a node of a graph.

    Parameters
    ----------
    kind, name : str
        The node (`asngraph.graph.elements.NodeKey`).
    pool_name : str
        The name of the graph's pool.

    Returns
    -------
    str

    Examples
    --------
    >>> of_node("optics", "04322/1/nircam/f200w", "a.csv")
    'https://w3id.org/asngraph/id/program/04322/optics/1%2Fnircam%2Ff200w'
    """
    if kind == "exposure":
        return exposure(name)
    if kind in ("association", "set_aside"):
        return f"{pool(pool_name)}/{kind}/{segment(name)}"
    if kind in ("product", "support", "target_name"):
        return f"{THINGS}{kind}/{segment(name)}"
    program, _, rest = name.partition("/")
    return in_program(program, kind, rest)
