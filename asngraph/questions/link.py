"""Edges in answers."""

from __future__ import annotations

from typing import NamedTuple

from asngraph.model.relations import RELATIONS


class Link(NamedTuple):
    """Edge in an answer.

    Parameters
    ----------
    source : str
        The name of the exposure from which it leads.
    target : str
        The name of the exposure to which it leads; of ``member_of``, that of an association.
    relation : str
        The relation.
    rule : str
        The rule that derived it; empty if none did.
    candidate : str
        The candidate; may be empty.
    group : str
        The association or the set; may be empty.
    """

    source: str
    target: str
    relation: str
    rule: str = ""
    candidate: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        """The edge in words."""
        if self.relation == "member_of":
            return f"{self.source} is a member of {self.target}"
        if self.relation == "carried_in":
            return f"{self.source} is carried in {self.target} by {self.rule}, and serves none of its science exposures"
        words = f"{self.source} {self.relation} {self.target}: {RELATIONS[self.relation].definition}"
        if self.rule and self.rule != self.relation:
            return f"{words} ({self.rule}, candidate {self.candidate}, in {self.group})"
        return f"{words} ({self.candidate})" if self.candidate else words
