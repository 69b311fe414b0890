"""Requests to the engine, and its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from asngraph.engine.draft import PRODUCT, Draft, Member
from asngraph.model.candidate import Candidate
from asngraph.model.column import Mask
from asngraph.model.derived_columns import Facts
from asngraph.rules.rule import RuleSet


@dataclass(frozen=True)
class Request:
    """A request to the engine.

    Parameters
    ----------
    ids : tuple of str, optional
        The ids of the candidates to work; by default all.
    all_candidates : bool
        Whether to work all candidates where no ids are given.
    discover : bool
        Whether to search the whole pool.
    with_backgrounds : bool
        Whether to work the background candidates of the given ones too, which finds their duplicates, and then to keep
        only associations of the given ones.
    version : str, optional
        The version that names and associations carry.
    finalize : bool
        Whether to complete associations and to set duplicates aside.
    merge : bool
        Whether to merge the associations of stage 2 that have the same candidate and type.
    keep_duplicates : bool
        Whether to keep duplicates too, under names of their own.
    excluded : mapping of str to str
        File names of exposures to leave out, each with the reason.
    part : array of bool, optional
        The exposures whose associations to make; by default all. Their associations are those of the whole pool,
        but for the numbers in names, if none of the others can affect them (`asngraph.engine.division`,
        `asngraph.engine.affected`).
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
    part: Mask | None = field(default=None, compare=False)

    @property
    def by_creation(self) -> bool:
        """Whether numbers count associations as they are started, including those that can never be valid."""
        return not self.finalize or self.keep_duplicates


class Product(NamedTuple):
    """A product, and its members."""

    name: str
    members: list[Member]


@dataclass(slots=True)
class DecidedAssociation:
    """An association with its name.

    Attributes
    ----------
    name : str
        Its name, that of its file without ``_asn.json``.
    draft : Draft
        Its draft; of a merged association, that of its first part.
    products : list of Product
        Its products, with their members.
    merged : list of Draft
        The drafts that were merged into it, its own included.
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
        """The exposures that take part in it, including those that a product represents."""
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
        Why it was not kept.
    duplicate_of : Draft, optional
        The association that was kept instead.
    """

    draft: Draft
    reason: str
    duplicate_of: Draft | None = None


@dataclass
class Decision:
    """The result of the engine.

    Attributes
    ----------
    facts : Facts
        The columns of the exposures.
    rules : RuleSet
        The rules.
    candidates : tuple of Candidate
        The candidates that were worked.
    made : list of DecidedAssociation
        The associations; stage 2 before stage 3, unless they were merged.
    aside : list of SetAside
        The associations that were not kept, each with the reason.
    missing : tuple of str
        Requested candidate ids that the pool does not have.
    """

    facts: Facts
    rules: RuleSet
    candidates: tuple[Candidate, ...] = ()
    made: list[DecidedAssociation] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    missing: tuple[str, ...] = ()

    def kept_for(self, draft: Draft | None) -> DecidedAssociation | None:
        """Return the association that was kept in place of a draft, directly or by way of others; None where none was.

        Parameters
        ----------
        draft : Draft or None
            The draft; one that was kept itself gives its association.
        """
        while draft is not None and id(draft) not in self._made_of:
            draft = self._instead_of.get(id(draft))
        return None if draft is None else self._made_of[id(draft)]

    @cached_property
    def _made_of(self) -> dict[int, DecidedAssociation]:
        return {id(part): made for made in self.made for part in made.merged}

    @cached_property
    def _instead_of(self) -> dict[int, Draft | None]:
        return {id(set_aside.draft): set_aside.duplicate_of for set_aside in self.aside}
