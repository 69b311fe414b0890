"""What is asked of the engine, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from asngraph.engine.draft import PRODUCT, Draft, Member
from asngraph.model.candidate import Candidate
from asngraph.model.derived_columns import Facts
from asngraph.rules.rule import RuleSet


@dataclass(frozen=True)
class Request:
    """What is asked of the engine.

    Parameters
    ----------
    ids : tuple of str, optional
        The ids of the only candidates to work.
    all_candidates : bool
        Whether to work all candidates, when none are named.
    discover : bool
        Whether to search the whole pool.
    with_backgrounds : bool
        Whether to work the background candidates of what is named too, so that duplicates of theirs are seen, and then
        to keep only what was named.
    version : str, optional
        A version that names and associations carry.
    finalize : bool
        Whether to complete associations and to set duplicates aside.
    merge : bool
        Whether to make one association of all of level 2 that have the same candidate and type.
    keep_duplicates : bool
        Whether duplicates are written too, under names of their own.
    excluded : mapping of str to str
        File names of exposures to leave out, each with the reason.
    """

    ids: tuple[str, ...] | None = None
    all_candidates: bool = True
    discover: bool = True
    with_backgrounds: bool = False
    version: str | None = None
    finalize: bool = True
    merge: bool = False
    keep_duplicates: bool = False
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_creation(self) -> bool:
        """Whether numbers of creation show, so that what can never be valid has to be counted too."""
        return not self.finalize or self.keep_duplicates


class Product(NamedTuple):
    """A product, and its members."""

    name: str
    members: list[Member]


@dataclass(slots=True)
class DecidedAssociation:
    """An association that was made.

    Attributes
    ----------
    name : str
        Its name, that of its file without ``_asn.json``.
    draft : Draft
        What it was made of; of several that were merged, the first.
    products : list of Product
        What it holds.
    merged : list of Draft
        Everything that was merged into it, itself included.
    valid : bool
        Whether it is to be written.
    """

    name: str
    draft: Draft
    products: list[Product]
    merged: list[Draft]
    valid: bool = True

    @property
    def exposures(self) -> set[int]:
        """The exposures that take part in it, those that a product stands for included."""
        parts = (member for part in self.merged for member in (*part.members, *part.replaced))
        return {member.exposure for member in parts if member.exposure != PRODUCT}


@dataclass(frozen=True)
class SetAside:
    """An association that was not kept.

    Parameters
    ----------
    draft : Draft
        The association.
    reason : str
        Why.
    duplicate_of : Draft, optional
        The one that was kept in its place.
    """

    draft: Draft
    reason: str
    duplicate_of: Draft | None = None


@dataclass
class Decision:
    """What the engine decided.

    Attributes
    ----------
    facts : Facts
        What is known of each exposure.
    rules : RuleSet
        The rules by which it decided.
    candidates : tuple of Candidate
        The candidates that were worked.
    made : list of DecidedAssociation
        The associations; level 2 before level 3, unless they were merged.
    aside : list of SetAside
        What was not kept, and why.
    missing : tuple of str
        Candidate ids that were asked for and that the pool does not have.
    """

    facts: Facts
    rules: RuleSet
    candidates: tuple[Candidate, ...] = ()
    made: list[DecidedAssociation] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    missing: tuple[str, ...] = ()

    def kept_for(self, draft: Draft | None) -> DecidedAssociation | None:
        """Find the association that was kept in place of one that was set aside, maybe by way of others."""
        while draft is not None and id(draft) not in self._made_of:
            draft = self._instead_of.get(id(draft))
        return None if draft is None else self._made_of[id(draft)]

    @cached_property
    def _made_of(self) -> dict[int, DecidedAssociation]:
        return {id(part): made for made in self.made for part in made.merged}

    @cached_property
    def _instead_of(self) -> dict[int, Draft | None]:
        return {id(each.draft): each.duplicate_of for each in self.aside}
