"""Associations for figures: their attributes, members and represented exposures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from asngraph.graph.elements import nodes
from asngraph.graph.memberships import NO_EXPOSURE, Membership, memberships
from asngraph.model.candidate import DISCOVERY, Candidate

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph


@dataclass(frozen=True)
class Association:
    """An association with its members.

    Parameters
    ----------
    name : str
        Its name.
    known : mapping
        Its attributes.
    members : list of Membership
        Its members, and the exposures that are represented in it.
    """

    name: str
    known: Mapping[str, Any]
    members: list[Membership]

    @cached_property
    def exposures(self) -> frozenset[int]:
        """The exposures that are members or represented."""
        return frozenset(each.exposure for each in self.members if each.exposure != NO_EXPOSURE)

    @property
    def candidate(self) -> Candidate:
        """The candidate for which it was made."""
        candidate = Candidate(self.known["candidate"], self.known["candidate_type"])
        return DISCOVERY if candidate == DISCOVERY else candidate


def associations(graph: AssociationGraph) -> list[Association]:
    """Return the associations of a graph, in order."""
    members: dict[str, list[Membership]] = {}
    for each in memberships(graph):
        members.setdefault(each.association, []).append(each)
    return [
        Association(node.key.name, node.attributes, members.get(node.key.name, []))
        for node in nodes(graph, ["associations"])
    ]
