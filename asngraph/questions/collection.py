"""Exposures and their associations, from any source, as the questions use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from asngraph.engine.draft import PRODUCT
from asngraph.engine.result import DecidedAssociation
from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.graph.lookup import Lookup
from asngraph.graph.rule_edges import ServiceBlock, Services
from asngraph.graph.structural_sets import ExposureSet, structural_sets
from asngraph.graph.support_files import Support
from asngraph.model.association_files import PassedOver
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import exposure_root, file_name, output_root
from asngraph.model.roles import Role
from asngraph.rules.bindings import Same
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet, all_conditions


class MemberRecord(NamedTuple):
    """Member of an association.

    Parameters
    ----------
    expname, exptype : str
        Its name and its role.
    exposure : int
        The index of the exposure, or `PRODUCT`.
    """

    expname: str
    exptype: str
    exposure: int


@dataclass(frozen=True, eq=False)
class AssociationRecord:
    """Association, as the questions use it.

    Parameters
    ----------
    name : str
        Its name, that of its file without ``_asn.json``.
    asn_type, rule, candidate, candidate_type, target : str
        Its type, rule, candidate and target; the candidate's type may be unknown (empty) for an association file.
    level : int
        Its stage: 2 or 3.
    products : tuple of str
        The names of its products.
    members : tuple of MemberRecord
        Its members, in order.
    anchors : tuple of int
        The exposure from which it was built; for a merged association, those of its parts.
    parts : tuple of tuple of (str, int)
        The role and index of each exposure, by product: exposures serve others only within a product.
    behind : tuple of int
        Exposures that a member product represents.
    made : DecidedAssociation, optional
        The result of the engine.
    own_file : str
        The name of the file from which it was read, if any.
    constraints : str
        The ``constraints`` of its file.
    uuid : str
        Its id (`asngraph.engine.identity`); empty where it is unknown, as of files without a run file.
    """

    name: str
    asn_type: str
    rule: str
    level: int
    candidate: str
    candidate_type: str
    target: str
    products: tuple[str, ...]
    members: tuple[MemberRecord, ...]
    anchors: tuple[int, ...]
    parts: tuple[tuple[tuple[str, int], ...], ...] = ()
    behind: tuple[int, ...] = ()
    made: DecidedAssociation | None = None
    own_file: str = ""
    constraints: str = ""
    uuid: str = ""

    @property
    def file(self) -> str:
        """The name of its file, existing or to be written."""
        return self.own_file or f"{self.name}_asn.json"

    @property
    def bound(self) -> dict[str, str]:
        """The columns that the rule bound, with their values; empty if the association was read from a file."""
        if self.made is None:
            return {}
        bound = self.made.draft.all_bound
        return {column: value for column, value in bound.items() if column != "direct_candidate"}

    def roles(self, exposure: int) -> list[MemberRecord]:
        """Return the members that are an exposure; two if it is science and background, as nods are.

        Parameters
        ----------
        exposure : int
            The index of the exposure.

        Returns
        -------
        list of MemberRecord
        """
        return [member for member in self.members if member.exposure == exposure]

    def science(self) -> Iterator[tuple[int, ...]]:
        """Yield the science exposures of each product.

        Yields
        ------
        tuple of int
            The indices of the exposures.
        """
        for part in self.parts:
            yield tuple(dict.fromkeys(exposure for role, exposure in part if role == Role.SCIENCE))

    @property
    def outputs(self) -> Iterator[str]:
        """The common root of the files of each product, in lower case."""
        for product in self.products:
            yield output_root(product).lower()

    @property
    def inputs(self) -> Iterator[str]:
        """The names of the members that are products, without suffix."""
        for member in self.members:
            if member.exposure == PRODUCT:
                yield exposure_root(member.expname)


class AssociationCollection:
    """Exposures and their associations, for questions.

    Each source (a pool's graph, association files, an archive) creates one; see `asngraph.questions.collect`.

    Parameters
    ----------
    source : str
        The origin of the associations, for error messages.
    exposures : sequence of str
        The names of the exposures; everything else refers to their indices.
    associations : sequence of AssociationRecord
        The associations, in any order.
    facts : Facts
        The columns of the exposures; for association files without a pool, those that follow from file names.
    graph : AssociationGraph, optional
        The graph, if the source is a pool.
    rules : RuleSet, optional
        The rules that made them; by default those of the graph, or the observatory's.
    serving : sequence of Support, optional
        The auxiliary files of exposures; by default those of the graph.
    folder : path, optional
        The folder, if the source is association files.
    passed_over : sequence of PassedOver
        Files of the folder that look like association files and cannot be read.
    find_graph : callable, optional
        Function that returns the graph of the original pool, if `graph` is not given.

    Attributes
    ----------
    notes : tuple of str
        Warnings about the files of the source.
    """

    def __init__(
        self,
        source: str,
        exposures: Sequence[str],
        associations: Iterable[AssociationRecord],
        facts: Facts,
        graph: AssociationGraph | None = None,
        rules: RuleSet | None = None,
        *,
        serving: Sequence[Support] | None = None,
        folder: Path | None = None,
        passed_over: Sequence[PassedOver] = (),
        find_graph: Callable[[], AssociationGraph] | None = None,
    ) -> None:
        self.source, self.exposures, self.facts = source, exposures, facts
        self.associations: Sequence[AssociationRecord] = sorted(associations, key=lambda record: record.name)
        self.graph = graph
        self.serving: Sequence[Support] = (graph.serving if graph else ()) if serving is None else serving
        self.rules = graph.rules if graph is not None else observatory_rules() if rules is None else rules
        self.folder, self.passed_over = folder, passed_over
        self.notes: tuple[str, ...] = ()
        self._find_graph = find_graph
        self._services = Services(facts)
        self._blocks: dict[str, list[ServiceBlock]] = {}

    @cached_property
    def lookup(self) -> Lookup:
        """The index that finds exposures and associations by name."""
        return Lookup(self.source, self.exposures, [record.name for record in self.associations])

    def exposure(self, name: str) -> int:
        """Return the index of an exposure (`Lookup.exposure`).

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        int
            Its index in `exposures`.
        """
        return self.lookup.exposure(name)

    def association(self, name: str) -> AssociationRecord:
        """Return an association (`Lookup.association`).

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        AssociationRecord
        """
        return self.associations[self.lookup.association(name)]

    def with_pool(self) -> AssociationGraph:
        """Return the graph; for association files, the graph of their pool, if it can be found.

        Returns
        -------
        AssociationGraph

        Raises
        ------
        UsageError
            When the pool cannot be found.
        """
        if self.graph is None and self._find_graph is not None:
            return self._find_graph()
        if self.graph is None:
            raise UsageError(
                f"{self.source} does not record why an exposure is not in an association; name its pool instead"
            )
        return self.graph

    def whole(self) -> AssociationCollection:
        """Return a collection that has the graph, if the source is a pool.

        Returns
        -------
        AssociationCollection
            This one, unless its graph is still to be made.
        """
        return self

    def served_by(self, name: str) -> list[Support]:
        """Return the entries of an auxiliary file, such as an MSA plan: one for each exposure that it serves.

        Parameters
        ----------
        name : str
            The name of the file.

        Returns
        -------
        list of Support
            Empty if the file is unknown.
        """
        file = file_name(name.strip().lower())
        return [support for support in self.serving if support.file == file]

    @cached_property
    def of_exposure(self) -> Mapping[int, list[AssociationRecord]]:
        """The associations of each exposure, including those in which a product represents it."""
        found: dict[int, list[AssociationRecord]] = {}
        for record in self.associations:
            for exposure in dict.fromkeys([*(member.exposure for member in record.members), *record.behind]):
                if exposure != PRODUCT:
                    found.setdefault(exposure, []).append(record)
        return found

    def services(self, record: AssociationRecord) -> list[ServiceBlock]:
        """Return which exposures serve which in an association, in blocks.

        Parameters
        ----------
        record : AssociationRecord
            The association.

        Returns
        -------
        list of ServiceBlock
        """
        blocks = self._blocks.get(record.name)
        if blocks is None:
            blocks = [block for part in record.parts for block in self._services.of_members(part)]
            self._blocks[record.name] = blocks
        return blocks

    @cached_property
    def sets(self) -> Mapping[int, list[ExposureSet]]:
        """The sets of each exposure: those that follow from the pool, then those of associations."""
        found: dict[int, list[ExposureSet]] = {}
        for each in (*structural_sets(self.facts), *self.groups):
            for member in each.members:
                found.setdefault(member, []).append(each)
        return found

    @property
    def groups(self) -> Iterator[ExposureSet]:
        """The science exposures of each association that combines two or more."""
        return self.groups_of(self.associations)

    @staticmethod
    def groups_of(associations: Iterable[AssociationRecord]) -> Iterator[ExposureSet]:
        """Yield the science exposures of each of some associations that combines two or more.

        Parameters
        ----------
        associations : iterable of AssociationRecord
            The associations.

        Yields
        ------
        ExposureSet
        """
        for record in associations:
            for science in record.science():
                if len(science) > 1:
                    yield ExposureSet(
                        "grouped_with", "association", record.name, science, (), record.candidate, record.candidate_type
                    )

    def depending_on(self, exposures: Iterable[int]) -> AssociationCollection:
        """Return a collection of at least the associations that depend on exposures, and of those that these depend on.

        Parameters
        ----------
        exposures : iterable of int
            The indices of the exposures.

        Returns
        -------
        AssociationCollection
            This one, where all associations are at hand.
        """
        return self

    def shared_values(self, record: AssociationRecord, exposure: int) -> dict[str, str]:
        """Return the values that an exposure shares with the anchor, in the columns that the rule binds.

        Parameters
        ----------
        record : AssociationRecord
            The association.
        exposure : int
            The exposure.

        Returns
        -------
        dict of str to str
            By column, in the order of the rule's conditions; empty if the rule is unknown.
        """
        rule = self.rules.named(record.rule)
        if rule is None or not record.anchors:
            return {}
        names = dict.fromkeys(name for each in all_conditions(rule) if isinstance(each, Same) for name in each.fields)
        shared: dict[str, str] = {}
        for name in names:
            if name in self.facts.pool:
                own = self.facts[name][exposure]
                if is_defined(own) and any(self.facts[name][anchor] == own for anchor in record.anchors):
                    shared[name] = own
        return shared
