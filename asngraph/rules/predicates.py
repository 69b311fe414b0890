"""Predicates: conditions on one exposure, which give a mask over the table, an explanation, and a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asngraph.model.column import Column, Mask, is_defined

Facts = Mapping[str, Column]

# An example for a column that only has to be defined; flags usually have this value.
DEFINED_EXAMPLE = "t"


@dataclass(frozen=True)
class Unmet:
    """A condition that an exposure does not meet.

    Parameters
    ----------
    field : str
        The column.
    value : str
        The exposure's value.
    needed : str
        The required value, in words.
    bound_by : int, optional
        The row of the exposure that bound the required value.
    example : str, optional
        A value that meets the condition, where changing only this column to it is enough.
    """

    field: str
    value: str
    needed: str
    bound_by: int | None = None
    example: str | None = None


class Predicate:
    """A condition on one exposure. Predicates combine with ``&``, ``|`` and ``~``."""

    def mask(self, facts: Facts) -> Mask:
        """Return the mask of the exposures that meet the condition.

        Parameters
        ----------
        facts : mapping of str to Column
            The columns of the exposures (`asngraph.model.derived_columns.Facts`, or any mapping with these columns).

        Returns
        -------
        array of bool
            One element for each exposure.
        """
        raise NotImplementedError

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        """Return the parts of the condition that an exposure does not meet.

        Parameters
        ----------
        facts : mapping of str to Column
            The columns of the exposures.
        row : int
            The row of the exposure.
        wanted : bool
            True when the condition has to hold (the default), False when its opposite has to.

        Returns
        -------
        list of Unmet
            Empty when the exposure meets the condition.
        """
        raise NotImplementedError

    def tests(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        """Yield the tests of which the condition consists.

        Parameters
        ----------
        wanted : bool
            True when the condition has to hold (the default), False when its opposite has to.

        Yields
        ------
        (Predicate, bool)
            A test, and whether it has to hold or to fail.
        """
        yield self, wanted

    @property
    def text(self) -> str:
        """The condition in words."""
        raise NotImplementedError

    def __and__(self, other: Predicate) -> Predicate:
        return And((self, other))

    def __or__(self, other: Predicate) -> Predicate:
        return Or((self, other))

    def __invert__(self) -> Predicate:
        return Not(self)

    def called(self, name: str) -> Predicate:
        """Return the condition with a name, which its text begins with.

        Parameters
        ----------
        name : str
            The name.
        """
        return Called(name, self)


class Test(Predicate):
    """A predicate on one column; undefined values do not pass."""

    __test__ = False  # pytest must not collect it
    field: str

    def holds(self, value: str) -> bool:
        """Return whether a defined value passes.

        Parameters
        ----------
        value : str
            The value.
        """
        raise NotImplementedError

    @property
    def negation(self) -> str:
        """The opposite of the condition in words."""
        raise NotImplementedError

    def mask(self, facts: Facts) -> Mask:
        return facts[self.field].where(lambda value: is_defined(value) and self.holds(value))

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        value = facts[self.field][row]
        if (is_defined(value) and self.holds(value)) == wanted:
            return []
        example = self.example if wanted else "null"
        return [Unmet(self.field, value, self.text if wanted else self.negation, example=example)]

    @property
    def example(self) -> str:
        """A value that passes."""
        raise NotImplementedError


@dataclass(frozen=True)
class OneOf(Test):
    """The column has one of these values.

    All values except the last also match longer texts that begin with them. The reference does that: its patterns are
    alternatives that are anchored at the start, and only the last one at the end (jwst.associations.lib.constraint,
    ``meets_conditions``).

    Parameters
    ----------
    field : str
        The column.
    values : tuple of str
        The values.

    Examples
    --------
    >>> test = OneOf("exp_type", ("mir_lyot", "mir_4qpm"))
    >>> test.holds("mir_lyot2"), test.holds("mir_4qpm2"), test.text
    (True, False, 'exp_type is mir_lyot or mir_4qpm')
    """

    field: str
    values: tuple[str, ...]

    def holds(self, value: str) -> bool:
        return value == self.values[-1] or value.startswith(self.values[:-1])

    @property
    def example(self) -> str:
        return self.values[0]

    @property
    def text(self) -> str:
        return f"{self.field} is {_listed(self.values, 'or')}"

    @property
    def negation(self) -> str:
        return f"{self.field} is not {_listed(self.values, 'or')}"


@dataclass(frozen=True)
class Defined(Test):
    """The column is defined.

    Parameters
    ----------
    field : str
        The column.
    """

    field: str

    def holds(self, value: str) -> bool:
        return True

    @property
    def example(self) -> str:
        return DEFINED_EXAMPLE

    @property
    def text(self) -> str:
        return f"{self.field} is defined"

    @property
    def negation(self) -> str:
        return f"{self.field} is undefined"


@dataclass(frozen=True)
class Contains(Test):
    """The column's value contains a word; with `within`, neither at its start nor at its end.

    Parameters
    ----------
    field : str
        The column.
    word : str
        The word.
    within : bool
        Whether there must be text before and after the word.

    Examples
    --------
    >>> Contains("visitype", "wfsc", within=True).holds("prime_wfsc_sensing_only")
    True
    """

    field: str
    word: str
    within: bool = False

    def holds(self, value: str) -> bool:
        return self.word in (value[1:-1] if self.within else value)

    @property
    def example(self) -> str:
        return f"prime_{self.word}_visit"

    @property
    def text(self) -> str:
        return f"{self.field} contains {self.word}"

    @property
    def negation(self) -> str:
        return f"{self.field} does not contain {self.word}"


@dataclass(frozen=True)
class Several(Predicate):
    """A combination of predicates."""

    parts: tuple[Predicate, ...]

    def tests(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        for part in self.parts:
            yield from part.tests(wanted=wanted)


@dataclass(frozen=True)
class And(Several):
    """Logical AND of predicates.

    Parameters
    ----------
    parts : tuple of Predicate
        The predicates.
    """

    def mask(self, facts: Facts) -> Mask:
        result = self.parts[0].mask(facts)
        for part in self.parts[1:]:
            result = result & part.mask(facts)
        return result

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        return _together(self.parts, facts, row, wanted=wanted, all_needed=wanted)

    @property
    def text(self) -> str:
        return " and ".join(_bracketed(part, Or) for part in self.parts)


@dataclass(frozen=True)
class Or(Several):
    """Logical OR of predicates.

    Parameters
    ----------
    parts : tuple of Predicate
        The predicates.
    """

    def mask(self, facts: Facts) -> Mask:
        result = self.parts[0].mask(facts)
        for part in self.parts[1:]:
            result = result | part.mask(facts)
        return result

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        return _together(self.parts, facts, row, wanted=wanted, all_needed=not wanted)

    @property
    def text(self) -> str:
        return " or ".join(_bracketed(part, And) for part in self.parts)


@dataclass(frozen=True)
class Not(Predicate):
    """Logical NOT of a predicate.

    Parameters
    ----------
    part : Predicate
        The predicate.
    """

    part: Predicate

    def mask(self, facts: Facts) -> Mask:
        return ~self.part.mask(facts)

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        return self.part.unmet(facts, row, wanted=not wanted)

    def tests(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        return self.part.tests(wanted=not wanted)

    @property
    def text(self) -> str:
        if isinstance(self.part, Test):
            return self.part.negation
        if isinstance(self.part, Called):
            return f"not {self.part.name}"
        return f"not ({self.part.text})"


@dataclass(frozen=True)
class Called(Predicate):
    """A predicate with a name.

    Parameters
    ----------
    name : str
        The name, with which its text begins.
    part : Predicate
        The predicate.
    """

    name: str
    part: Predicate

    def mask(self, facts: Facts) -> Mask:
        return self.part.mask(facts)

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        return self.part.unmet(facts, row, wanted=wanted)

    def tests(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        return self.part.tests(wanted=wanted)

    @property
    def text(self) -> str:
        return f"{self.name} ({self.part.text})"


def _together(parts: tuple[Predicate, ...], facts: Facts, row: int, *, wanted: bool, all_needed: bool) -> list[Unmet]:
    found = [part.unmet(facts, row, wanted=wanted) for part in parts]
    if not all_needed and not all(found):
        return []
    return [unmet for some in found for unmet in some]


def _bracketed(part: Predicate, loose: type[Predicate]) -> str:
    return f"({part.text})" if isinstance(part, loose) else part.text


def _listed(values: tuple[str, ...], word: str) -> str:
    if len(values) == 1:
        return values[0]
    return f"{', '.join(values[:-1])} {word} {values[-1]}"


@dataclass(frozen=True)
class Field:
    """A column, from which predicates are made.

    Parameters
    ----------
    name : str
        The name of the column.

    Examples
    --------
    >>> exp_type, bkgdtarg = Field("exp_type"), Field("bkgdtarg")
    >>> (exp_type.is_("mir_mrs") & ~bkgdtarg.defined).text
    'exp_type is mir_mrs and bkgdtarg is undefined'
    """

    name: str

    def is_(self, value: str) -> Predicate:
        """Return the predicate that the column has a value.

        Parameters
        ----------
        value : str
            The value, in lower case.
        """
        return OneOf(self.name, (value,))

    def one_of(self, *values: str) -> Predicate:
        """Return the predicate that the column has one of several values.

        Parameters
        ----------
        *values : str
            The values, in lower case. All but the last also match longer texts (`OneOf`).
        """
        return OneOf(self.name, values)

    def contains(self, word: str) -> Predicate:
        """Return the predicate that the column contains a word.

        Parameters
        ----------
        word : str
            The word, in lower case.
        """
        return Contains(self.name, word)

    def contains_within(self, word: str) -> Predicate:
        """Return the predicate that the column contains a word, with other text before and after it.

        Parameters
        ----------
        word : str
            The word, in lower case.
        """
        return Contains(self.name, word, within=True)

    @property
    def defined(self) -> Predicate:
        """The predicate that the column is defined."""
        return Defined(self.name)
