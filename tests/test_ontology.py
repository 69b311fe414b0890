"""The ontology says what the code says, defines what it uses, and entails what is true and no more.

    python tests/test_ontology.py

writes ontology/asngraph.ttl and ontology/context.jsonld again.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import owlrl
import pytest
from conftest import EXAMPLES, ROOT
from rdflib import DCTERMS, OWL, PROV, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import SH

import asngraph
from asngraph.model.relations import NODE_KINDS, RELATIONS
from asngraph.model.roles import EXPTYPES
from asngraph.rdf import iris, vocabulary
from asngraph.rdf.ontology import context, ontology
from asngraph.rules import observatory_rules
from asngraph.rules.description import rule_text
from asngraph.simulation import simulate

FOLDER = ROOT / "asngraph" / "ontology"
ASN = Namespace(iris.TERMS)


def context_document() -> str:
    return json.dumps({"@context": context()}, indent=2) + "\n"


@pytest.fixture(scope="module")
def written() -> Graph:
    return Graph().parse(FOLDER / "asngraph.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(FOLDER / "shapes.ttl")


def test_the_files_are_up_to_date(written) -> None:
    assert isomorphic(written, ontology()), "run python tests/test_ontology.py"
    assert (FOLDER / "context.jsonld").read_text("utf-8") == context_document()


def test_they_are_in_the_package_and_in_their_folder() -> None:
    for name in ("asngraph.ttl", "shapes.ttl", "context.jsonld"):
        assert resources.files("asngraph").joinpath("ontology", name).is_file()
    # A source distribution has no links.
    assert not (ROOT / "ontology").exists() or (ROOT / "ontology").resolve() == FOLDER.resolve()


def test_every_kind_of_node_is_a_class(written) -> None:
    for kind in NODE_KINDS.values():
        class_ = ASN[vocabulary.class_name(kind.name)]
        assert (class_, RDF.type, OWL.Class) in written
        assert written.value(class_, SKOS.definition) == Literal(kind.definition, "en")


def test_every_relation_is_a_property_with_the_same_traits(written) -> None:
    for relation in RELATIONS.values():
        property_ = ASN[relation.name]
        assert (property_, RDF.type, OWL.ObjectProperty) in written
        assert written.value(property_, SKOS.definition) == Literal(relation.definition, "en")
        for trait, class_ in (("symmetric", OWL.SymmetricProperty), ("transitive", OWL.TransitiveProperty)):
            assert ((property_, RDF.type, class_) in written) == getattr(relation, trait), relation.name
        assert list(written.objects(property_, RDFS.domain)) == [ASN[vocabulary.class_name(relation.source)]]
        assert list(written.objects(property_, RDFS.range)) == [ASN[vocabulary.class_name(relation.target)]]
        own = [each for each in written.objects(property_, RDFS.subPropertyOf) if each in ASN]
        assert own == ([ASN[relation.parent]] if relation.parent else [])


def test_only_two_relations_are_transitive(written) -> None:
    assert set(written.subjects(RDF.type, OWL.TransitiveProperty)) == {ASN.same_target, ASN.same_observation}


def test_every_object_property_is_a_relation_or_of_the_terms(written) -> None:
    known = {*RELATIONS, *vocabulary.INVERSES.values(), *(each.name for each in vocabulary.PROPERTIES)}
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    assert {str(s).removeprefix(str(ASN)) for kind in kinds for s in written.subjects(RDF.type, kind)} == known


def test_no_term_is_undefined(written, shapes) -> None:
    defined = {
        subject for subject in written.subjects(RDF.type) if subject in ASN or str(subject).startswith(iris.BASE)
    }
    assert len(defined) > 200
    for graph in (written, shapes):
        for part in {each for triple in graph for each in triple if isinstance(each, URIRef)}:
            check_defined(part, defined)


def check_defined(part: URIRef, defined: set[URIRef]) -> None:
    from rdflib import XSD  # what looks into modules would have it warn

    for namespace in (OWL, RDF, RDFS, SKOS, PROV, DCTERMS, XSD, SH):
        if part in namespace:
            return
    assert not any(part.startswith(str(each)) for each in (OWL, RDF, RDFS, SKOS, PROV, DCTERMS, XSD, SH)), part
    if part.startswith(iris.BASE) and not part.startswith(iris.SHAPES) and part != URIRef(iris.SHAPES[:-1]):
        assert part in defined or part == URIRef(iris.VERSION), part


def test_every_term_has_a_label_a_definition_and_a_source(written) -> None:
    subjects = [each for each in set(written.subjects(RDF.type)) if isinstance(each, URIRef)]
    assert URIRef(iris.ONTOLOGY) in subjects
    for subject in subjects:
        for predicate in (RDFS.label, SKOS.definition, DCTERMS.source):
            assert len(list(written.objects(subject, predicate))) == 1, (subject, predicate)


def test_the_version_is_that_of_the_head(written) -> None:
    assert written.value(URIRef(iris.ONTOLOGY), OWL.versionIRI) == URIRef(iris.VERSION)
    assert iris.VERSION.endswith("/" + str(written.value(URIRef(iris.ONTOLOGY), OWL.versionInfo)))


def test_rules_are_plans_with_their_conditions(written) -> None:
    plans = set(written.subjects(RDF.type, PROV.Plan))
    rules = list(observatory_rules())
    assert plans == {URIRef(iris.concept(iris.RULES, rule.name)) for rule in rules}
    for rule in rules:
        subject = URIRef(iris.concept(iris.RULES, rule.name))
        assert str(written.value(subject, ASN.rule_text)) == rule_text(rule)
        assert int(written.value(subject, ASN.level)) == rule.level


def test_values_are_concepts(written) -> None:
    for scheme, values in ((iris.ROLES, EXPTYPES), (iris.CANDIDATE_TYPES, {"observation", "mosaic", "background"})):
        known = {str(written.value(s, SKOS.notation)) for s in written.subjects(SKOS.inScheme, URIRef(scheme))}
        assert values <= known
    known = {str(written.value(s, SKOS.notation)) for s in written.subjects(RDF.type, ASN.ExposureType)}
    assert set(simulate(400, seed=1)["exp_type"]) <= known


def test_the_graph_of_a_pool_uses_defined_terms_only(written) -> None:
    graph = asngraph.generate(simulate(150, seed=4)).to_rdf()
    for part in {each for triple in graph for each in triple if isinstance(each, URIRef)}:
        if not part.startswith(iris.THINGS):
            assert (part, RDF.type, None) in written or part in RDF or part in RDFS, part


def closure(graph: Graph, written: Graph) -> Graph:
    full = Graph()
    full += graph
    full += written
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(full)
    errors = list(full.objects(None, URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")))
    assert errors == []
    return full


Closed = tuple[asngraph.AssociationGraph, Graph, Graph]


def closed(pool: Path | asngraph.Pool, written: Graph) -> Closed:
    graph = asngraph.generate(pool)
    data = graph.to_rdf()
    return graph, data, closure(data, without_texts(written))


@pytest.fixture(scope="module")
def mrs(written) -> Closed:
    return closed(EXAMPLES / "miri_mrs_background.csv", written)


def test_the_closure_of_same_target_is_all_pairs(mrs) -> None:
    all_pairs(*mrs)


@pytest.mark.slow
@pytest.mark.parametrize(("modes", "size"), [(["miri-mrs"], 30), (["nircam-mosaic", "nircam-coronagraphy"], 24)])
def test_the_closure_of_same_target_is_all_pairs_of_more_pools(written, modes, size) -> None:
    all_pairs(*closed(simulate(size, modes, seed=3), written))


def all_pairs(graph: asngraph.AssociationGraph, data: Graph, full: Graph) -> None:
    targets: dict[str, list[URIRef]] = {}
    for name, target in zip(graph.exposure_names, graph.pool["targetid"], strict=True):
        targets.setdefault(target, []).append(URIRef(iris.exposure(name)))
    pairs = {(a, b) for each in targets.values() for a in each for b in each}
    assert len(targets) > 1
    assert set(full.subject_objects(ASN.same_target)) == pairs
    assert not set(data.subject_objects(ASN.same_target))  # it follows from has_target


def without_texts(written: Graph) -> Graph:
    """Leave out what only people read, and the rules and values, so that the closure is not made of them."""
    schemes = (iris.RULES, iris.ROLES, iris.EXPOSURE_TYPES, iris.CANDIDATE_TYPES)
    kept = Graph()
    for triple in written:
        if not triple[0].startswith(schemes) and triple[1] not in (RDFS.label, SKOS.definition, DCTERMS.source):
            kept.add(triple)
    return kept


def test_what_follows_in_the_words_of_prov(mrs) -> None:
    graph, _, full = mrs
    (association,) = (s for s in full.subjects(RDFS.label, Literal("jw04322-c1000_spec3_00001")))
    assert (association, RDF.type, PROV.Collection) in full
    members = {str(full.value(each, RDFS.label)) for each in full.objects(association, PROV.hadMember)}
    rows = graph.membership.query("association == 'jw04322-c1000_spec3_00001'")
    assert members == set(rows["exposure"])
    (product,) = full.objects(association, ASN.produces)
    assert {str(full.value(e, RDFS.label)) for e in full.objects(product, PROV.wasDerivedFrom)} >= members
    served = set(full.subject_objects(ASN.calibration_for))
    assert set(full.subject_objects(ASN.background_for)) <= served
    assert set(full.subject_objects(ASN.background_for))


if __name__ == "__main__":
    ontology().serialize(FOLDER / "asngraph.ttl", format="turtle", encoding="utf-8")
    Path(FOLDER / "context.jsonld").write_text(context_document(), "utf-8")
