"""What questions are asked of: the associations of a pool, or of a folder of association files, in one form."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from asngraph.engine.draft import PRODUCT, derived_edges
from asngraph.engine.result import Made
from asngraph.errors import AssociationError, UsageError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.graph.structural_edges import structural_edges
from asngraph.graph.support_files import Support, SupportSource
from asngraph.model.association import Association, load_asn
from asngraph.model.association_files import (
    PassedOver,
    is_association_file,
    named_pool,
    no_associations,
    pools_in,
    read_folder,
)
from asngraph.model.candidate import DISCOVERY, parse_candidates
from asngraph.model.column import Column, is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import association_name, exposure_root, file_name, output_root
from asngraph.model.pipelines import level_of, stage_of_names
from asngraph.model.pool import Pool
from asngraph.model.relations import OF_ASSOCIATIONS, relation_of, role_of
from asngraph.questions.lookup import Lookup
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet

# Suffixes of what is made of whole associations, and is a member as such.
_OF_ASSOCIATIONS = ("_i2d.fits", "_cat.ecsv", "_segm.fits")


class Edge(NamedTuple):
    """An edge between two exposures.

    Parameters
    ----------
    source, target : int
        The exposures, by their numbers.
    relation : str
        The relation (`asngraph.model.relations.RELATIONS`).
    rule : str
        The rule that derived it; of one that follows from the pool alone, the relation.
    candidate : str
        The candidate's id, if any.
    group : str
        The association that it holds together, or the class of exposures that it ties.
    """

    source: int
    target: int
    relation: str
    rule: str
    candidate: str
    group: str


class HeldMember(NamedTuple):
    """A member: its name, its role, and the exposure, or `PRODUCT`."""

    expname: str
    exptype: str
    exposure: int


@dataclass(frozen=True, eq=False)
class Held:
    """An association, as questions see it.

    Parameters
    ----------
    name : str
        Its name, that of its file without ``_asn.json``; where two files would have one name, that of the file.
    asn_type, rule, candidate, candidate_type, target : str
        What it is; of an association of a file the candidate's type may not be known.
    level : int
        2 or 3.
    products : tuple of str
        The names of its products.
    members : tuple of HeldMember
        Its members, in order.
    anchors : tuple of int
        The exposure around which it is built; of one that was merged, those of its parts.
    edges : tuple of Edge
        The edges that hold it together.
    behind : tuple of int
        Exposures for which a product of theirs is a member.
    in_common : mapping of str to str
        What its exposures have in common.
    made : Made, optional
        What the engine knows of it.
    own_file : str
        The name of its file, where it is from one.
    constraints : str
        What its file says that its members have in common.
    """

    name: str
    asn_type: str
    rule: str
    level: int
    candidate: str
    candidate_type: str
    target: str
    products: tuple[str, ...]
    members: tuple[HeldMember, ...]
    anchors: tuple[int, ...]
    edges: tuple[Edge, ...]
    behind: tuple[int, ...] = ()
    in_common: dict[str, str] = field(default_factory=dict)
    made: Made | None = None
    own_file: str = ""
    constraints: str = ""

    @property
    def file(self) -> str:
        """The name of its file; of one that is only made now, the name that it gets."""
        return self.own_file or f"{self.name}_asn.json"

    def roles(self, exposure: int) -> list[HeldMember]:
        """Return the members that are an exposure: none, one, or, of a nod that is its own background, two."""
        return [member for member in self.members if member.exposure == exposure]

    @property
    def outputs(self) -> Iterator[str]:
        """What the files have in common that are made of each of its products, in lower case."""
        for product in self.products:
            yield output_root(product).lower()

    @property
    def inputs(self) -> Iterator[str]:
        """The names of the products that its members are, without suffix."""
        for member in self.members:
            if member.exposure == PRODUCT:
                yield made_of(member.expname)


class Holdings:
    """Exposures and their associations.

    Make one with `hold`.

    Parameters
    ----------
    source : str
        Where they are from.
    exposures : list of str
        The names of the exposures; everything else has their numbers.
    associations : list of Held
        The associations.
    graph : AssociationGraph, optional
        The graph, where they are from a pool.
    rules : RuleSet, optional
        The rules that made them; by default those of the graph, or of the observatory.
    folder : path, optional
        The folder, where they are from association files.
    pools : sequence of str
        The names of the pools that association files say they are from.
    passed_over : sequence of PassedOver
        Files of the folder that look like associations and cannot be read.
    observations : sequence of str, optional
        The observation of each exposure, where there is no graph and it is known.
    """

    def __init__(
        self,
        source: str,
        exposures: list[str],
        associations: list[Held],
        graph: AssociationGraph | None = None,
        rules: RuleSet | None = None,
        *,
        folder: Path | None = None,
        pools: Sequence[str] = (),
        passed_over: Sequence[PassedOver] = (),
        observations: Sequence[str] | None = None,
    ) -> None:
        self.source, self.exposures, self.associations = source, exposures, associations
        self.folder, self.passed_over = folder, passed_over
        self.graph = graph
        self.rules = graph.rules if graph is not None else observatory_rules() if rules is None else rules
        self._pools, self._observations = pools, observations

    @cached_property
    def lookup(self) -> Lookup:
        """Finds exposures and associations by the names that people have for them."""
        return Lookup(self.source, self.exposures, [held.name for held in self.associations])

    def exposure(self, name: str) -> int:
        """Find an exposure (`Lookup.exposure`)."""
        return self.lookup.exposure(name)

    def association(self, name: str) -> Held:
        """Find an association (`Lookup.association`)."""
        return self.associations[self.lookup.association(name)]

    def with_pool(self) -> AssociationGraph:
        """Return the graph; for a folder, that of the pool from which its files are, where it is at hand.

        Raises
        ------
        UsageError
            When it is not.
        """
        if self.graph is not None:
            return self.graph
        folder = self.folder or Path()
        there = named_pool(self._pools, (folder, folder.absolute().parent))
        if len(there) != 1:
            wanted = " or ".join(dict.fromkeys(map(file_name, self._pools))) or "its pool"
            many = f", which are of {len(there)} pools" if there else ""
            what = "name one of them" if there else f"put {wanted} beside them, or name the pool"
            raise UsageError(
                f"{self.source} has association files{many}; they do not tell why an exposure is not in them: {what} "
                "with --in"
            )
        return generate(Pool.read(there[0]), rules=self.rules)

    def served_by(self, name: str) -> list[Support]:
        """List what a support file of a name serves, such as an MSA plan; nothing, where there is no such file."""
        serving = self.graph.serving if self.graph is not None else []
        file = file_name(name.strip().lower())
        return [each for each in serving if each.file == file]

    @property
    def observations(self) -> Sequence[str] | Column | None:
        """The observation of each exposure; None, where it is not known."""
        return self._observations if self.graph is None else self.graph.pool["obs_num"]

    @cached_property
    def of_exposure(self) -> dict[int, list[Held]]:
        """The associations of each exposure that has any, those that have it by a product of it included."""
        found: dict[int, list[Held]] = {}
        for held in self.associations:
            for exposure in dict.fromkeys([*(member.exposure for member in held.members), *held.behind]):
                if exposure != PRODUCT:
                    found.setdefault(exposure, []).append(held)
        return found

    @cached_property
    def structure(self) -> list[Edge]:
        """The edges that follow from the pool alone; for a folder there are none."""
        if self.graph is None:
            return []
        return [
            Edge(source, target, relation, relation, candidate.id, group)
            for source, target, relation, candidate, group in structural_edges(self.graph.decision.facts)
        ]


def hold(
    source: AssociationGraph | Holdings | Pool | str | os.PathLike[str],
    rules: RuleSet | None = None,
    delimiter: str = "|",
    support: SupportSource | None = None,
    excluded: Mapping[str, str] | None = None,
) -> Holdings:
    """Take hold of what is to be asked.

    Parameters
    ----------
    source : AssociationGraph, Pool, or path
        A graph; a pool or its file, of which the associations are made now; an association file; or a folder of
        association files, or one that has no association files and one pool.
    rules : RuleSet, optional
        The rules with which the associations of a pool are made, or those of files were; by default those of the
        observatory. A graph has its own.
    delimiter : str
        The character between the cells of a pool's file.
    support : path, open file or iterable of Support, optional
        Files that serve exposures of the pool, beside its MSA plans (`asngraph.graph.support_files.read_support`).
    excluded : mapping of str to str, optional
        File names of exposures of the pool that are left out, each with the reason.

    Raises
    ------
    UsageError
        When there is nothing to ask.
    AssociationError
        When an association file cannot be read; in a folder that has others it is passed over.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> holdings = hold(simulate(4, ["nircam-imaging"], seed=1))
    >>> len(holdings.exposures), len(holdings.associations)
    (4, 5)
    """
    if isinstance(source, Holdings):
        return source
    if isinstance(source, AssociationGraph):
        return _of_graph(source)
    options: dict[str, Any] = {"support": support, "excluded": excluded or {}}
    if isinstance(source, Pool):
        return _of_graph(generate(source, rules=rules, **options))
    path = Path(source)
    held = _of_path(path, rules)
    if held is not None:
        if support is not None or excluded:
            raise UsageError(f"{path} has association files; support and what is left out go with a pool")
        return held
    pool = _only_pool(path) if path.is_dir() else path
    return _of_graph(generate(Pool.read(pool, delimiter), rules=rules, **options))


def _of_path(path: Path, rules: RuleSet | None) -> Holdings | None:
    """Read an association file, or those of a folder; None where there are none."""
    if not path.is_dir():
        return _of_files(path, path.parent, [load_asn(path)], rules) if is_association_file(path) else None
    associations, passed_over = read_folder(path)
    if passed_over and not associations:
        raise AssociationError(f"{path}: has no association file that can be read; {passed_over[0].problem}")
    return _of_files(path, path, associations, rules, passed_over) if associations else None


def _only_pool(folder: Path) -> Path:
    pools = pools_in(folder)
    if len(pools) == 1:
        return pools[0]
    what = f"{len(pools)} files that could be pools" if pools else "no pool"
    raise UsageError(
        f"{no_associations(folder)}, and {what}; name a pool, an association file, or a folder of association files"
    )


def _of_graph(graph: AssociationGraph) -> Holdings:
    facts = graph.decision.facts
    associations = [_held(made, facts) for made in graph.decision.made]
    return Holdings(graph.pool.name, graph.exposure_names, associations, graph)


def _held(made: Made, facts: Facts) -> Held:
    subgraph, rule = made.subgraph, made.subgraph.rule
    edges = [
        Edge(exposure, part.anchor, relation, part.rule.name, part.candidate.id, made.name)
        for part in made.merged
        for exposure, relation in derived_edges(part, facts)
    ]
    return Held(
        name=made.name,
        asn_type=rule.asn_type,
        rule=rule.name,
        level=rule.level,
        candidate=subgraph.candidate.id,
        candidate_type=subgraph.candidate.type,
        target=subgraph.target,
        products=tuple(product.name for product in made.products),
        members=tuple(HeldMember(*member) for product in made.products for member in product.members),
        anchors=tuple(part.anchor for part in made.merged),
        edges=tuple(edges),
        behind=tuple(member.exposure for part in made.merged for member in part.replaced),
        in_common={field: value for field, value in subgraph.all_bound.items() if field != "direct_candidate"},
        made=made,
    )


def _of_files(
    source: Path,
    folder: Path,
    read: list[Association],
    rules: RuleSet | None,
    passed_over: Sequence[PassedOver] = (),
) -> Holdings:
    numbers: dict[str, int] = {}
    science: set[int] = set()
    members: list[list[list[HeldMember]]] = []
    for association in read:
        of_products = []
        for product in association.products:
            own = []
            for member in product["members"]:
                expname, exptype = member["expname"], role_of(member.get("exptype"))
                root = made_of(expname)
                made = is_product(expname) or exptype in OF_ASSOCIATIONS
                exposure = PRODUCT if made else numbers.setdefault(root, len(numbers))
                own.append(HeldMember(expname, exptype, exposure))
                if exptype == "science":
                    science.add(exposure)
            of_products.append(own)
        members.append(of_products)
    types = _candidate_types(read)
    associations = [
        _held_file(name, each, own, science, types) for name, each, own in zip(_names(read), read, members, strict=True)
    ]
    named = {str(each.get("asn_pool") or "") for each in read}
    pools = sorted(name for name in named if is_defined(name.lower()))
    return Holdings(
        str(source), list(numbers), associations, rules=rules, folder=folder, pools=pools, passed_over=passed_over
    )


def _names(read: list[Association]) -> list[str]:
    """Name associations after their files, each otherwise."""
    names = [association_name(each.file_name) for each in read]
    times = Counter(names)
    return [each.file_name if times[name] > 1 else name for name, each in zip(names, read, strict=True)]


def _held_file(
    name: str, association: Association, of_products: list[list[HeldMember]], science: set[int], types: dict[str, str]
) -> Held:
    rule = str(association.get("asn_rule", "")).removeprefix("candidate_").removeprefix("discover_")
    candidate = str(association.get("asn_id", ""))
    edges: list[Edge] = []
    anchors: list[int] = []
    for members in of_products:
        exposures = [member for member in members if member.exposure != PRODUCT]
        anchor = next((each for each in exposures if each.exptype == "science"), exposures[0] if exposures else None)
        if anchor is None:
            continue
        anchors.append(anchor.exposure)
        for member in exposures:
            if member is not anchor:
                role = "science" if member.exposure in science else member.exptype
                relation = relation_of(member.exptype, role, "")
                edges.append(Edge(member.exposure, anchor.exposure, relation, rule, candidate, name))
    return Held(
        name=name,
        asn_type=str(association.get("asn_type", "")),
        rule=rule,
        level=level_of(association) or stage_of_names([member["expname"] for member in association.members]),
        candidate=candidate,
        candidate_type=types.get(candidate, ""),
        target=str(association.get("target", "")),
        products=tuple(str(product.get("name", "")) for product in association.products),
        members=tuple(member for members in of_products for member in members),
        anchors=tuple(anchors),
        edges=tuple(edges),
        own_file=association.file_name,
        constraints=str(association.get("constraints", "")),
    )


def _candidate_types(associations: list[Association]) -> dict[str, str]:
    """Find the types of candidates, which members of level-3 associations carry."""
    texts = {str(member.get("asn_candidate") or "") for each in associations for member in each.members}
    found = {str(each.get("asn_id", "")): "observation" for each in associations if str(each.get("asn_id"))[:1] == "o"}
    for text in texts:
        with suppress(ValueError):  # in a file, this may be any text
            found.update((candidate.id, candidate.type) for candidate in parse_candidates(text))
    return found | {DISCOVERY.id: DISCOVERY.type}


def is_product(expname: str) -> bool:
    """Tell whether a member is made of a whole association.

    Examples
    --------
    >>> is_product("jw01234-o001_t001_niriss_f200w_segm.fits"), is_product("jw01234001001_02101_00001_nis_cal.fits")
    (True, False)
    """
    return expname.endswith(_OF_ASSOCIATIONS)


def made_of(expname: str) -> str:
    """Name what a member is made of: the exposure, or for a product of an association, that product.

    Examples
    --------
    >>> made_of("folder/jw01234001001_02101_00001_nis_rate.fits"), made_of("jw01234-o001_t001_niriss_f200w_segm.fits")
    ('jw01234001001_02101_00001_nis', 'jw01234-o001_t001_niriss_f200w')
    """
    name = file_name(expname)
    return name.rpartition("_")[0] if is_product(name) else exposure_root(name)
