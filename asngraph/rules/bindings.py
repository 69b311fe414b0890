"""Conditions of rules: predicates and bindings, as small frozen objects.

A *predicate* is a condition on one exposure; it gives a mask over the table, an explanation for one exposure, and a
text. A *binding* is a condition on an exposure and the association that it would join: the first exposure of the
association binds a value, with which later exposures are compared. The bound values are kept by the engine
(`asngraph.engine.matching`), so conditions have no state and can be shared, compared and printed.
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
    """The lists of exposures that are tried again, after the pass, with the associations that then exist."""

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
    """The exposure has the same value as the association's exposures; the first that has a value binds it.

    Parameters
    ----------
    fields : tuple of str
        The columns in which the value may be. The first that is defined is bound, and only this one counts from then
        on.
    optional : bool
        Whether an exposure without a value may join, too.
    waived : Predicate, optional
        The exposures for which the condition is not required, and which do not bind.
    retry : Retry, optional
        The list on which the exposures that pass are put, to be tried again.
    slot : str
        The name under which the association stores the value.
    """

    fields: tuple[str, ...]
    optional: bool = False
    waived: Predicate | None = None
    retry: Retry | None = None
    slot: str = ""

    def unless(self, waived: Predicate) -> Same:
        """Return the binding without the condition for some exposures.

        Parameters
        ----------
        waived : Predicate
            The exposures for which it is not required.
        """
        return replace(self, waived=waived)

    def handed_on(self) -> Same:
        """Return the binding with the exposures that pass being tried again after the pass."""
        return replace(self, retry=Retry.HANDED_ON)

    def as_(self, slot: str) -> Same:
        """Return the binding with another name for the stored value than the column's.

        Parameters
        ----------
        slot : str
            The name.
        """
        return replace(self, slot=slot)

    @property
    def text(self) -> str:
        text = f"the same {' or '.join(_SPOKEN.get(name, name) for name in self.fields)}"
        if self.optional:
            text += ", where defined"
        if self.waived is not None:
            text += f" (not required where {self.waived.text})"
        return text


# The only column that no pool has: it depends on the exposure and the candidate.
_SPOKEN = {"direct_candidate": "direct_image candidate, if that is its only one"}


def same(*fields: str) -> Same:
    """Return the binding that requires the same, defined value.

    Parameters
    ----------
    *fields : str
        The columns in which the value may be; the first that is defined is bound.

    Returns
    -------
    Same

    Examples
    --------
    >>> same("filter", "band").text
    'the same filter or band'
    """
    return Same(fields, slot=fields[0])


def same_if_defined(*fields: str) -> Same:
    """Return the binding that requires the same value of the exposures that have one.

    Parameters
    ----------
    *fields : str
        The columns in which the value may be; the first that is defined is bound.

    Returns
    -------
    Same

    Examples
    --------
    >>> same_if_defined("pupil").text
    'the same pupil, where defined'
    """
    return Same(fields, optional=True, slot=fields[0])


@dataclass(frozen=True)
class Collect(Binding):
    """No condition; the association stores all values of its exposures.

    Parameters
    ----------
    field : str
        The column.
    only : Predicate, optional
        The exposures whose values are stored; by default all.
    """

    field: str
    only: Predicate | None = None

    @property
    def text(self) -> str:
        return f"(any {self.field}; all are kept)"


@dataclass(frozen=True)
class Either(Binding):
    """The first of several alternatives that the exposure meets.

    Parameters
    ----------
    ways : tuple of tuple of Condition
        The alternatives, with the conditions of each.
    """

    ways: tuple[tuple[Condition, ...], ...]

    @property
    def text(self) -> str:
        return ", or else ".join(" and ".join(part.text for part in way) for way in self.ways)


@dataclass(frozen=True)
class OnlyScience(Binding):
    """The association has no science exposure yet."""

    @property
    def text(self) -> str:
        return "the association has no science exposure yet"


@dataclass(frozen=True)
class NotAfterImprint(Binding):
    """The exposure that was tried last with the association was not an imprint."""

    @property
    def text(self) -> str:
        return "the exposure tried just before was not an imprint"


@dataclass(frozen=True)
class Lacks(Binding):
    """The column is undefined.

    An exposure that fails this, but joins as a target acquisition, binds its value; from then on only that value is
    refused.

    Parameters
    ----------
    field : str
        The column.
    """

    field: str

    @property
    def text(self) -> str:
        return f"no {self.field}"


@dataclass(frozen=True)
class AloneIn(Binding):
    """In candidates of a type every association has only one exposure.

    Parameters
    ----------
    candidate_type : str
        The type of the candidates.
    """

    candidate_type: str

    @property
    def text(self) -> str:
        return f"no other exposure, in a candidate of type {self.candidate_type}"


@dataclass(frozen=True)
class Avoids(Binding):
    """The exposure's value does not contain the value that the association has bound in a slot.

    Parameters
    ----------
    field : str
        The column.
    slot : str
        The name of the bound value.
    """

    field: str
    slot: str

    @property
    def text(self) -> str:
        return f"a {self.field} that does not contain the bound {self.slot}"


Condition = Predicate | Binding
