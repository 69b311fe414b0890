"""The ontology: every term with its definition.

It is generated from `asngraph.model.relations`, `asngraph.rdf.vocabulary` and the rules.

A test compares ``ontology/asngraph.ttl`` and ``ontology/context.jsonld`` with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from asngraph._version import REFERENCE
from asngraph.model.exposure_types import INSTRUMENTS, ROLE_OF_EXP_TYPE
from asngraph.model.relations import NODE_KINDS, RELATIONS, Relation
from asngraph.rdf import iris, vocabulary
from asngraph.rules.bindings import OneOf
from asngraph.rules.description import rule_text
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, all_conditions

if TYPE_CHECKING:
    from rdflib import BNode, Graph, URIRef

_TITLE = "Associations of the James Webb Space Telescope"
_ABOUT = (
    "Exposures, the relations between them, and the associations that they form, each exposure in a role. "
    "Symmetric relations are not stored as pairs: their exposures lead to a node that they share, such as a target; "
    "may be unfolded."
)
_LICENCE = "https://spdx.org/licenses/BSD-3-Clause"
_SCHEMES = {
    iris.ROLES: ("Role", "Roles", "what exposures and files are, by themselves or in an association"),
    iris.EXPOSURE_TYPES: ("ExposureType", "Exposure types", "how exposures are taken (EXP_TYPE)"),
    iris.CANDIDATE_TYPES: ("CandidateType", "Candidate types", "what sorts of set the observing plan asks for"),
}
_BY_THE_POOL = "asngraph/graph/structural_sets.py: follows from the columns of the pool"
_BY_ROLE = f"{REFERENCE}, jwst.associations.lib.dms_base: EXPTYPE_MAP and SPECIAL_EXPOSURE_MODIFIERS, and its rules"
_BY_THE_RULES = (
    f"the rules of {REFERENCE}, and the role that an exposure has in an association (asngraph/model/relations.py)"
)
_OF_ASSOCIATIONS = f"{REFERENCE}, jwst.associations: products and members of an association"
_OF_SUPPORT = "asngraph/graph/support_files.py: the column msametfl of the pool, or a support table"


def ontology() -> Graph:
    """Return the ontology as an rdflib graph.

    Returns
    -------
    rdflib.Graph
    """
    from rdflib import Graph

    builder = _OntologyBuilder(Graph(bind_namespaces="none"))
    builder.head()
    builder.classes()
    for relation in RELATIONS.values():
        builder.relation(relation)
    for property_ in vocabulary.PROPERTIES:
        builder.property(property_)
    builder.concepts()
    for rule in observatory_rules():
        builder.rule(rule)
    return builder.graph


def context() -> dict[str, Any]:
    """Return the JSON-LD context, which maps short names to IRIs.

    Returns
    -------
    dict
        The value of ``@context``.

    Examples
    --------
    >>> context()["same_target"]
    {'@id': 'asn:same_target', '@type': '@id'}
    """
    named: dict[str, Any] = {**iris.PREFIXES, "label": "rdfs:label"}
    relations = [*RELATIONS, *vocabulary.INVERSES.values()]
    named |= {name: {"@id": f"asn:{name}", "@type": "@id"} for name in relations}
    for each in vocabulary.PROPERTIES:
        type_ = "@id" if not each.of_text else "" if each.range == "xsd:string" else each.range
        named[each.name] = {"@id": f"asn:{each.name}"} | ({"@type": type_} if type_ else {})
    classes = [*map(vocabulary.class_name, NODE_KINDS), *(each.name for each in vocabulary.CLASSES)]
    return named | {name: f"asn:{name}" for name in classes}


def exposure_types() -> dict[str, str]:
    """Return the definitions of the exposure types that occur in rules and roles."""
    named = {
        value for rule in observatory_rules() for each in all_conditions(rule) for value in _values(each, "exp_type")
    }
    known = sorted(each for each in {*named, *ROLE_OF_EXP_TYPE} if each[:3] in INSTRUMENTS and each[3:4] == "_")
    return {
        each: f"{INSTRUMENTS[each[:3]]} exposure with EXP_TYPE {each.upper()}; by itself its role is "
        + ROLE_OF_EXP_TYPE.get(each, "science")
        for each in known
    }


def _values(condition: Any, field: str) -> Iterator[str]:
    """Yield the values of a column that a condition names."""
    if isinstance(condition, OneOf) and condition.field == field:
        yield from condition.values
    inner = [getattr(condition, name, None) for name in ("part", "waived", "only")]
    for each in (*inner, *getattr(condition, "parts", ())):
        if each is not None:
            yield from _values(each, field)


class _OntologyBuilder:
    """A builder of the ontology's graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        for prefix, namespace in iris.PREFIXES.items():
            graph.bind(prefix, namespace)

    def iri(self, short: str) -> URIRef:
        """Return the IRI of a prefixed name."""
        from rdflib import URIRef

        prefix, _, name = short.partition(":")
        return URIRef(iris.PREFIXES[prefix] + name)

    def add(self, subject: URIRef, **values: Any) -> None:
        """Add statements: keywords are prefixed names with ``_`` for ``:``, values prefixed names or tuples of text."""
        from rdflib import Literal

        for name, value in values.items():
            predicate = self.iri(name.replace("_", ":", 1))
            for each in value if isinstance(value, list) else [value]:
                is_text = isinstance(each, tuple)
                self.graph.add((subject, predicate, Literal(*each) if is_text else self._node(each)))

    def _node(self, value: str | URIRef) -> URIRef:
        from rdflib import URIRef

        return value if isinstance(value, URIRef) else self.iri(value)

    def term(self, name: str, definition: str, source: str, label: str = "") -> URIRef:
        """Define a term of the vocabulary."""
        subject = self.iri(f"asn:{name}")
        self._documented(subject, label or name.replace("_", " "), definition, source)
        self.add(subject, rdfs_isDefinedBy=self._uri(iris.ONTOLOGY))
        return subject

    def _uri(self, iri: str) -> URIRef:
        from rdflib import URIRef

        return URIRef(iri)

    def _documented(self, subject: URIRef, label: str, definition: str, source: str) -> None:
        self.add(subject, rdfs_label=(label, "en"), skos_definition=(definition, "en"), dcterms_source=(source,))

    def head(self) -> None:
        subject = self._uri(iris.ONTOLOGY)
        self._documented(subject, _TITLE, _ABOUT, vocabulary.OWN)
        self.add(subject, rdf_type="owl:Ontology", owl_versionIRI=self._uri(iris.VERSION))
        version = iris.VERSION.rpartition("/")[2]
        self.add(subject, owl_versionInfo=(version,), dcterms_license=self._uri(_LICENCE))

    def classes(self) -> None:
        from rdflib import BNode

        for kind in NODE_KINDS.values():
            subject = self.term(
                vocabulary.class_name(kind.name), kind.definition, vocabulary.SOURCES_OF_KINDS[kind.name]
            )
            self.add(subject, rdf_type="owl:Class", rdfs_subClassOf=list(vocabulary.PARENTS_OF_KINDS[kind.name]))
        for each in vocabulary.CLASSES:
            subject = self.term(each.name, each.definition, each.source, _in_words(each.name))
            self.add(subject, rdf_type="owl:Class", rdfs_subClassOf=list(each.parents))
        apart = BNode("kinds")
        self.graph.add((apart, self.iri("rdf:type"), self.iri("owl:AllDisjointClasses")))
        kinds = [f"asn:{vocabulary.class_name(kind)}" for kind in NODE_KINDS]
        self.graph.add((apart, self.iri("owl:members"), self._list("kinds", kinds)))

    def _list(self, name: str, short: list[str]) -> BNode:
        from rdflib import BNode
        from rdflib.collection import Collection

        first = BNode(f"list_{name}")
        Collection(self.graph, first, [self.iri(each) for each in short])
        return first

    def relation(self, relation: Relation) -> None:
        subject = self.term(relation.name, relation.definition, _source(relation))
        traits = [name for name in ("symmetric", "transitive") if getattr(relation, name)]
        types = ["owl:ObjectProperty", *(f"owl:{trait.capitalize()}Property" for trait in traits)]
        parents = [f"asn:{relation.parent}"] if relation.parent else []
        if relation.name in vocabulary.PARENTS_OF_RELATIONS:
            parents.append(vocabulary.PARENTS_OF_RELATIONS[relation.name])
        ends = {
            "rdfs_domain": f"asn:{vocabulary.class_name(relation.source)}",
            "rdfs_range": f"asn:{vocabulary.class_name(relation.target)}",
        }
        self.add(subject, rdf_type=types, rdfs_subPropertyOf=parents, **ends)
        self._chain(subject, relation)
        inverse = vocabulary.INVERSES.get(relation.name)
        if inverse is not None:
            definition = f"the other way round: {relation.name.replace('_', ' ')}"
            other = self.term(inverse, definition, vocabulary.OWN)
            self.add(other, rdf_type="owl:ObjectProperty", rdfs_subPropertyOf=vocabulary.INVERSE_PARENT)
            self.add(other, owl_inverseOf=subject, rdfs_domain=ends["rdfs_range"], rdfs_range=ends["rdfs_domain"])

    def _chain(self, subject: URIRef, relation: Relation) -> None:
        """Define a symmetric relation by the nodes that its exposures share, if sharing one is sufficient."""
        from rdflib import BNode
        from rdflib.collection import Collection

        if relation.symmetric and relation.through not in vocabulary.NOT_ENOUGH:
            through = self.iri(f"asn:{relation.through}")
            back, chain = BNode(f"inverse_{relation.through}"), BNode(f"chain_{relation.name}")
            self.graph.add((back, self.iri("owl:inverseOf"), through))
            Collection(self.graph, chain, [through, back])
            self.graph.add((subject, self.iri("owl:propertyChainAxiom"), chain))

    def property(self, property_: vocabulary.Property) -> None:
        from rdflib import BNode

        subject = self.term(property_.name, property_.definition, property_.source)
        types = ["owl:DatatypeProperty" if property_.of_text else "owl:ObjectProperty"]
        if property_.functional:
            types.append("owl:FunctionalProperty")
        self.add(subject, rdf_type=types, rdfs_range=[property_.range] if property_.range else [])
        domains = [f"asn:{each}" for each in property_.domain]
        if len(domains) == 1:
            self.add(subject, rdfs_domain=domains[0])
        else:
            any_of = BNode(f"domain_{property_.name}")
            self.graph.add((subject, self.iri("rdfs:domain"), any_of))
            self.graph.add((any_of, self.iri("rdf:type"), self.iri("owl:Class")))
            self.graph.add((any_of, self.iri("owl:unionOf"), self._list(property_.name, domains)))

    def concepts(self) -> None:
        values = {
            iris.ROLES: (vocabulary.ROLES, _BY_ROLE),
            iris.EXPOSURE_TYPES: (exposure_types(), f"JWST Keyword Dictionary, EXP_TYPE; the rules of {REFERENCE}"),
            iris.CANDIDATE_TYPES: (
                vocabulary.CANDIDATES,
                f"{REFERENCE}, jwst.associations: the column asn_candidate of pools",
            ),
        }
        for scheme, (class_, label, about) in _SCHEMES.items():
            known, source = values[scheme]
            subject = self._uri(scheme)
            self._documented(subject, label, about, source)
            self.add(subject, rdf_type="skos:ConceptScheme")
            for value, definition in known.items():
                concept = self._uri(iris.concept(scheme, value))
                self._documented(concept, value, definition, source)
                self.add(concept, rdf_type=["skos:Concept", f"asn:{class_}"], skos_inScheme=subject)
                self.add(concept, skos_notation=(value,))

    def rule(self, rule: Rule) -> None:
        from rdflib import XSD

        subject = self._uri(iris.concept(iris.RULES, rule.name))
        source = f"{REFERENCE}, jwst.associations.lib.rules_level{'2b' if rule.level == 2 else '3'}, class {rule.name}"
        self._documented(subject, rule.name, rule.about, source)
        self.add(subject, rdf_type=["asn:Rule", "prov:Plan"], asn_rule_text=(rule_text(rule),))
        self.add(subject, asn_level=(str(rule.level), None, XSD.integer))
        if rule.asn_type:
            self.add(subject, asn_asn_type=(rule.asn_type,))


def _in_words(name: str) -> str:
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip().capitalize()


def _source(relation: Relation) -> str:
    """Return the source of a relation."""
    if relation.source == "support":
        return _OF_SUPPORT
    if relation.symmetric or relation.name in ("in_observation", "has_target", "has_candidate"):
        return _BY_THE_RULES if relation.name == "grouped_with" else _BY_THE_POOL
    return _BY_THE_RULES if relation.target == "exposure" and relation.source == "exposure" else _OF_ASSOCIATIONS
