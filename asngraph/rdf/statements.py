"""What RDF says of a graph: one sequence of statements, from which files, rdflib graphs and stores are made alike.

Subject, predicate and object are written as N-Triples has them. Each distinct value of a column is written once and
then looked up, and nothing passes through a data frame.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from asngraph.engine.draft import PRODUCT
from asngraph.errors import AsnGraphError
from asngraph.graph.structural_edges import structural_edges
from asngraph.model.candidate import parse_candidates
from asngraph.model.column import Column, is_defined
from asngraph.model.filenames import product_of_file, product_root
from asngraph.model.relations import relation_of, support_relation
from asngraph.rdf import iris
from asngraph.rdf.vocabulary import COLUMNS, class_name

if TYPE_CHECKING:
    from asngraph.engine.result import Made
    from asngraph.graph.association_graph import AssociationGraph

Statement: TypeAlias = tuple[str, str, str]

_TYPE = f"<{iris.PREFIXES['rdf']}type>"
_LABEL = f"<{iris.PREFIXES['rdfs']}label>"
_INTEGER = f"<{iris.PREFIXES['xsd']}integer>"


def node(iri: str) -> str:
    """Write an IRI as N-Triples has it."""
    return f"<{iri}>"


@lru_cache(maxsize=65536)
def text(value: str) -> str:
    r"""Write a text as N-Triples has it; its escapes are among those of JSON.

    Raises
    ------
    AsnGraphError
        When it has half of a surrogate pair, which a name of a file may have.

    Examples
    --------
    >>> print(text('say "hi"\n'))
    "say \"hi\"\n"
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AsnGraphError(
            f"RDF cannot hold the character U+{ord(value[error.start]):04X}, half of a surrogate pair, in {value!a}; "
            "take it out of the name"
        ) from None
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=1024)
def _term(name: str) -> str:
    return node(iris.term(name))


@lru_cache(maxsize=4096)
def _concept(scheme: str, value: str) -> str:
    return node(iris.concept(scheme, value))


def statements(graph: AssociationGraph) -> Iterator[Statement]:
    """Say everything that is known of a graph, each thing once.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Yields
    ------
    (str, str, str)
        Subject, predicate and object, as N-Triples has them.

    Examples
    --------
    >>> import asngraph
    >>> graph = asngraph.generate(asngraph.simulate(3, ["nircam-imaging"], seed=1))
    >>> next(statements(graph))[2]
    '<https://w3id.org/asngraph/ns#Pool>'
    """
    return _Saying(graph).all()


class _Saying:
    """What is said, part by part."""

    def __init__(self, graph: AssociationGraph) -> None:
        self.graph, self.facts, self.pool = graph, graph.decision.facts, graph.pool
        self.exposures = [node(iris.exposure(name)) for name in graph.exposure_names]
        self._said: set[str] = set()
        self._programs = [f"{number:0>5s}" for number in self.pool["program"].values]
        # What is calibrated in level 2, by the name of its product.
        self._calibrated = {
            product.name for made in graph.decision.made if made.subgraph.rule.level == 2 for product in made.products
        }
        self._serving = {(each.file, each.kind) for each in graph.serving}

    def all(self) -> Iterator[Statement]:
        yield from self._named(node(iris.pool(self.pool.name)), "Pool", self.pool.name)
        yield from self._exposures()
        yield from self._plan()
        yield from self._support()
        yield from self._structure()
        yield from self._associations()

    def _named(self, subject: str, class_: str, name: str) -> Iterator[Statement]:
        """Say what something is and how it is called, unless that was said."""
        if subject not in self._said:
            self._said.add(subject)
            yield subject, _TYPE, _term(class_)
            yield subject, _LABEL, text(name)

    def _kind(self, subject: str, kind: str, name: str) -> Iterator[Statement]:
        return self._named(subject, class_name(kind), name)

    def _exposures(self) -> Iterator[Statement]:
        exposure, type_, label = _term("Exposure"), _TYPE, _LABEL
        for subject, name in zip(self.exposures, self.graph.exposure_names, strict=True):
            yield subject, type_, exposure
            yield subject, label, text(name)
        for column in COLUMNS:
            yield from self._column(column.name, self.pool[column.name], text)
        yield from self._column("program", self.pool["program"], lambda value: text(f"{value:0>5s}"))
        yield from self._column("exp_type", self.pool["exp_type"], lambda value: _concept(iris.EXPOSURE_TYPES, value))
        yield from self._column("role", self.facts["role"], lambda value: _concept(iris.ROLES, value))
        excluded = self.graph.request.excluded
        cells = zip(self.exposures, self.graph.exposure_names, self.pool["filename"], strict=True)
        for subject, name, file_name in cells:
            if name != file_name:
                yield subject, _term("filename"), text(file_name)
            if file_name in excluded:
                yield subject, _term("excluded"), text(excluded[file_name])

    def _column(self, name: str, column: Column, write: Callable[[str], str]) -> Iterator[Statement]:
        """Say what a column says of the exposures for which it is defined."""
        predicate = _term(name)
        written = [write(value) if is_defined(value) else "" for value in column.values]
        for subject, code in zip(self.exposures, column.codes.tolist(), strict=True):
            value = written[code]
            if value:
                yield subject, predicate, value

    def _plan(self) -> Iterator[Statement]:
        """Say of which observation, target and candidates the exposures are."""
        programs = self.pool["program"]
        for kind, relation, column in (
            ("observation", "in_observation", "obs_num"),
            ("target", "has_target", "targetid"),
            ("candidate", "has_candidate", "asn_candidate"),
        ):
            cells = self.pool[column]
            # What is of a program and a cell is said once, and linked to each of its exposures.
            known: dict[tuple[int, int], list[str]] = {}
            predicate = _term(relation)
            codes = zip(programs.codes.tolist(), cells.codes.tolist(), strict=True)
            for subject, key in zip(self.exposures, codes, strict=True):
                nodes = known.get(key)
                if nodes is None:
                    program, value = self._programs[key[0]], cells.values[key[1]]
                    nodes = known[key] = []
                    yield from self._planned(kind, program, value, nodes)
                for each in nodes:
                    yield subject, predicate, each
        yield from self._target_names()

    def _planned(self, kind: str, program: str, value: str, nodes: list[str]) -> Iterator[Statement]:
        if kind == "candidate":
            for each in dict.fromkeys(parse_candidates(value)):
                subject = node(iris.in_program(program, kind, each.id))
                if subject not in nodes:
                    nodes.append(subject)
                yield from self._candidate(subject, program, each.id, each.type)
        elif is_defined(value):
            nodes.append(node(iris.in_program(program, kind, value)))
            yield from self._kind(nodes[0], kind, f"{program}/{value}")
            yield nodes[0], _term("program"), text(program)
            yield nodes[0], _term("obs_num" if kind == "observation" else "targetid"), text(value)

    def _candidate(self, subject: str, program: str, name: str, type_: str) -> Iterator[Statement]:
        if subject not in self._said:
            yield from self._kind(subject, "candidate", f"{program}/{name}")
            yield subject, _term("program"), text(program)
            # The first type counts, as it does in the other views of the graph.
            yield subject, _term("candidate_type"), _concept(iris.CANDIDATE_TYPES, type_)

    def _target_names(self) -> Iterator[Statement]:
        """Say what targets are called, and which of another program is called the same."""
        columns = [self.pool[name] for name in ("program", "targetid", "targname")]
        rows = dict.fromkeys(zip(*(column.codes.tolist() for column in columns), strict=True))
        first: dict[str, tuple[str, str]] = {}
        for codes in rows:
            program = self._programs[codes[0]]
            target, name = columns[1].values[codes[1]], columns[2].values[codes[2]]
            if is_defined(target) and is_defined(name):
                subject = node(iris.in_program(program, "target", target))
                yield subject, _term("targname"), text(name)
                other_program, other = first.setdefault(name, (program, subject))
                if other_program != program:
                    yield subject, _term("same_target_name"), other

    def _support(self) -> Iterator[Statement]:
        for each in self.graph.serving:
            subject = node(iris.support(each.file))
            if subject not in self._said:
                yield from self._kind(subject, "support", each.file)
                yield subject, _term("support_kind"), _concept(iris.ROLES, each.kind)
            yield subject, _term(support_relation(each.kind)), self.exposures[each.exposure]

    def _structure(self) -> Iterator[Statement]:
        edges = ((source, relation, target) for source, target, relation, *_ in structural_edges(self.facts))
        return self._edges(edges)

    def _edges(self, edges: Iterable[tuple[int, str, int]]) -> Iterator[Statement]:
        for source, relation, target in dict.fromkeys(edges):
            yield self.exposures[source], _term(relation), self.exposures[target]

    def _associations(self) -> Iterator[Statement]:
        made = self.graph.decision.made
        yield from self._rules(made)
        tied: dict[tuple[int, str, int], None] = {}
        produced: dict[Statement, None] = {}
        for each in made:
            subject = node(iris.association(self.pool.name, each.name))
            yield from self._association(subject, each)
            yield from self._participations(subject, each, tied)
            yield from self._products(subject, each, produced)
        yield from self._edges(tied)
        yield from produced

    def _rules(self, made: Sequence[Made]) -> Iterator[Statement]:
        for rule in dict.fromkeys(part.rule for each in made for part in each.merged):
            subject = _concept(iris.RULES, rule.name)
            yield from self._named(subject, "Rule", rule.name)
            yield subject, _term("level"), f'"{rule.level}"^^{_INTEGER}'
            if rule.asn_type:
                yield subject, _term("asn_type"), text(rule.asn_type)

    def _association(self, subject: str, made: Made) -> Iterator[Statement]:
        own = made.subgraph
        yield from self._kind(subject, "association", made.name)
        yield subject, _term("program"), text(own.program)
        for rule in dict.fromkeys(part.rule.name for part in made.merged):
            yield subject, _term("rule"), _concept(iris.RULES, rule)
        candidate = node(iris.in_program(own.program, "candidate", own.candidate.id))
        yield from self._candidate(candidate, own.program, own.candidate.id, own.candidate.type)
        yield subject, _term("for_candidate"), candidate
        for anchor in dict.fromkeys(part.anchor for part in made.merged):
            yield subject, _term("anchor"), self.exposures[anchor]

    def _participations(
        self, association: str, made: Made, tied: dict[tuple[int, str, int], None]
    ) -> Iterator[Statement]:
        """Say who is in an association, in which role and by which relation; put the relations to `tied`."""
        places: dict[tuple[str, str], str] = {}
        member_of: dict[tuple[str, str], None] = {}
        for product in made.products:
            for expname, exptype, exposure in product.members:
                if exposure != PRODUCT:
                    relation, who = "member_of", self.exposures[exposure]
                elif (expname, exptype) in self._serving:
                    relation, who = "support_member_of", node(iris.support(expname))
                else:
                    relation, who = "product_member_of", node(iris.product(product_of_file(expname)))
                    yield from self._kind(who, "product", product_of_file(expname))
                yield from self._participation(association, places, who, exptype)
                member_of[who, relation] = None
        for who, relation in member_of:
            yield who, _term(relation), association
        yield from self._ties(association, made, places, tied)

    def _participation(
        self, association: str, places: dict[tuple[str, str], str], who: str, exptype: str
    ) -> Iterator[Statement]:
        if (who, exptype) not in places:
            place = places[who, exptype] = node(iris.participation(association[1:-1], len(places) + 1))
            yield place, _term("association"), association
            yield place, _term("participant"), who
            yield place, _term("exptype"), _concept(iris.ROLES, exptype)

    def _ties(
        self,
        association: str,
        made: Made,
        places: dict[tuple[str, str], str],
        tied: dict[tuple[int, str, int], None],
    ) -> Iterator[Statement]:
        """Say what ties exposures to the anchor, or, of what was merged, to which of its anchors."""
        role, exp_type = self.facts["role"], self.facts["exp_type"]
        several = len({part.anchor for part in made.merged}) > 1
        said: dict[Statement, None] = {}
        for part in made.merged:
            for _, exptype, exposure in (*part.members, *part.replaced):
                if exposure == PRODUCT or (exposure, exptype) == (part.anchor, "science"):
                    continue
                relation = relation_of(exptype, role[exposure], exp_type[exposure])
                tied[exposure, relation, part.anchor] = None
                yield from self._participation(association, places, self.exposures[exposure], exptype)
                place = places[self.exposures[exposure], exptype]
                said[place, _term("relation"), _term(relation)] = None
                if several:
                    said[place, _term("anchor"), self.exposures[part.anchor]] = None
        yield from said

    def _products(self, association: str, made: Made, produced: dict[Statement, None]) -> Iterator[Statement]:
        """Say what an association is processed into; put what that is made of to `produced`."""
        of_level2 = made.subgraph.rule.level == 2
        for product in made.products:
            subject = node(iris.product(product.name))
            yield from self._kind(subject, "product", product.name)
            yield association, _term("produces"), subject
            for expname, exptype, exposure in product.members:
                other = product_of_file(expname)
                if exposure != PRODUCT:
                    produced[subject, _term("derived_from"), self.exposures[exposure]] = None
                    other = product_root(expname.rpartition("/")[2])
                    if of_level2 or other not in self._calibrated:
                        continue
                elif (expname, exptype) in self._serving:
                    continue
                yield from self._kind(node(iris.product(other)), "product", other)
                produced[subject, _term("derived_from_product"), node(iris.product(other))] = None
