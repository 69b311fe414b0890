"""Conditions: what a rule asks, in small frozen objects that are read three ways.

There are two sorts. A *predicate* is about one exposure, and is read as a mask over the table, as an explanation for
one exposure, and as text. A *binding* is about an exposure and the association that it would join: the association's
first exposure binds a value, and later ones are held against it. What bindings did is kept outside of them, by the
engine (`asngraph.engine.matching`), so that every condition can be shared, compared and printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from asngraph.rules.predicates import (
    DEFINED_EXAMPLE,
    And,
    Called,
    Contains,
    Defined,
    Facts,
    Field,
    Not,
    OneOf,
    Or,
    Predicate,
    Test,
    Unmet,
)

__all__ = [
    "DEFINED_EXAMPLE",
    "AloneIn",
    "And",
    "Avoids",
    "Binding",
    "Called",
    "Collect",
    "Condition",
    "Contains",
    "Defined",
    "Either",
    "Facts",
    "Field",
    "Lacks",
    "Not",
    "NotAfterImprint",
    "OneOf",
    "OnlyScience",
    "Or",
    "Predicate",
    "Retry",
    "Same",
    "Test",
    "Unmet",
    "same",
    "same_if_defined",
]


class Retry(Enum):
    """The lists of exposures that are tried again, after the pass, against the associations that there are then."""

    HANDED_ON = "handed on"
    IMPRINTS = "imprints"
    LATE = "late"


class Binding:
    """A condition on an exposure and the association that it would join."""

    @property
    def text(self) -> str:
        """The condition in words."""
        raise NotImplementedError


@dataclass(frozen=True)
class Same(Binding):
    """The exposure has what the association's exposures have; the first to have it binds it.

    Parameters
    ----------
    fields : tuple of str
        Where the value is looked for. The first in which it is found is the only one asked from then on.
    optional : bool
        Whether an exposure that lacks the value may join all the same.
    waived : Predicate, optional
        Exposures of which it is not asked, and which do not bind.
    retry : Retry, optional
        On which list the exposures that pass are put, to be tried again.
    slot : str
        The name under which the association keeps the value.
    """

    fields: tuple[str, ...]
    optional: bool = False
    waived: Predicate | None = None
    retry: Retry | None = None
    slot: str = ""

    def unless(self, waived: Predicate) -> Same:
        """Waive it for some exposures."""
        return replace(self, waived=waived)

    def handed_on(self) -> Same:
        """Try again, after the pass, the exposures that pass it."""
        return replace(self, retry=Retry.HANDED_ON)

    def as_(self, slot: str) -> Same:
        """Keep the value under another name than the column's."""
        return replace(self, slot=slot)

    @property
    def text(self) -> str:
        text = f"the same {' or '.join(_SPOKEN.get(name, name) for name in self.fields)}"
        if self.optional:
            text += ", where defined"
        if self.waived is not None:
            text += f" (not asked where {self.waived.text})"
        return text


# The one column that no pool has: it is told of an exposure in a candidate.
_SPOKEN = {"direct_candidate": "direct_image candidate, if that is its only one"}


def same(*fields: str) -> Same:
    """Ask for the same value, which must be defined."""
    return Same(fields, slot=fields[0])


def same_if_defined(*fields: str) -> Same:
    """Ask for the same value of those that have one."""
    return Same(fields, optional=True, slot=fields[0])


@dataclass(frozen=True)
class Collect(Binding):
    """Nothing is asked; the association keeps every value that its exposures have.

    Parameters
    ----------
    field : str
        The column.
    only : Predicate, optional
        The exposures of which it is kept.
    """

    field: str
    only: Predicate | None = None

    @property
    def text(self) -> str:
        return f"(any {self.field}; all are kept)"


@dataclass(frozen=True)
class Either(Binding):
    """The first of several ways that is open to the exposure."""

    ways: tuple[tuple[Condition, ...], ...]

    @property
    def text(self) -> str:
        return ", or else ".join(" and ".join(part.text for part in way) for way in self.ways)


@dataclass(frozen=True)
class OnlyScience(Binding):
    """The association has no science exposure yet."""

    @property
    def text(self) -> str:
        return "there is no science exposure yet"


@dataclass(frozen=True)
class NotAfterImprint(Binding):
    """The exposure that was tried last against the association was no imprint."""

    @property
    def text(self) -> str:
        return "the exposure tried just before was no imprint"


@dataclass(frozen=True)
class Lacks(Binding):
    """The column is undefined.

    An exposure that is refused for this, but joins as a target acquisition, leaves its value behind; from then on only
    that value is refused.
    """

    field: str

    @property
    def text(self) -> str:
        return f"no {self.field}"


@dataclass(frozen=True)
class AloneIn(Binding):
    """In candidates of a type no exposure joins another one's association."""

    candidate_type: str

    @property
    def text(self) -> str:
        return f"no company, in a candidate of type {self.candidate_type}"


@dataclass(frozen=True)
class Avoids(Binding):
    """The exposure's text does not contain the one that the association has bound in a slot."""

    field: str
    slot: str

    @property
    def text(self) -> str:
        return f"a {self.field} that does not contain the bound {self.slot}"


Condition = Predicate | Binding
