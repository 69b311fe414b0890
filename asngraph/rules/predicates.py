"""Predicates: conditions on one exposure alone, read as a mask over the table, as an explanation, and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asngraph.model.column import Column, Mask, is_defined

Facts = Mapping[str, Column]

# A value for what only has to be defined; for flags it is the usual one.
DEFINED_EXAMPLE = "t"


@dataclass(frozen=True)
class Unmet:
    """A condition that an exposure does not meet.

    Parameters
    ----------
    field : str
        The column that it is about.
    value : str
        What the exposure has there.
    needed : str
        What it would have to be.
    bound_by : int, optional
        The row of the exposure that bound the needed value.
    example : str, optional
        A value that would do, where one alone can be changed to it.
    """

    field: str
    value: str
    needed: str
    bound_by: int | None = None
    example: str | None = None


class Predicate:
    """A condition on one exposure alone. They combine with ``&``, ``|`` and ``~``."""

    def mask(self, facts: Facts) -> Mask:
        """Mark the exposures that meet it.

        Parameters
        ----------
        facts : mapping of str to Column
            What is known of each exposure (`asngraph.model.derived_columns.Facts`, or anything that has the columns).

        Returns
        -------
        array of bool, one for each exposure
        """
        raise NotImplementedError

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        """Say which parts of it an exposure does not meet; nothing, where it meets it.

        Parameters
        ----------
        facts : mapping of str to Column
            What is known of each exposure.
        row : int
            The exposure.
        wanted : bool
            Whether it is to be met (the default), or is to fail.
        """
        raise NotImplementedError

    def leaves(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        """Yield the tests of which it is made, and whether each is to be met or is to fail."""
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
        """Give it a name, for the texts in which it stands."""
        return Called(name, self)


class Test(Predicate):
    """A predicate that looks at one column. What is undefined passes none."""

    __test__ = False  # no test of pytest's
    field: str

    def holds(self, value: str) -> bool:
        """Tell whether a defined value passes."""
        raise NotImplementedError

    @property
    def negation(self) -> str:
        """Its opposite in words."""
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
    """The column holds one of these values.

    As in the reference, whose patterns are alternatives anchored at their start and, but for the last, not at their
    end, each value but the last stands for every text that begins with it (jwst.associations.lib.constraint,
    ``meets_conditions``).

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
    """The column holds any value at all."""

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
    """The column's text has a word somewhere; with `within`, neither at its start nor at its end.

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
    """A predicate that is made of others."""

    parts: tuple[Predicate, ...]

    def leaves(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        for part in self.parts:
            yield from part.leaves(wanted=wanted)


@dataclass(frozen=True)
class And(Several):
    """All of the parts."""

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
    """At least one of the parts."""

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
    """The opposite."""

    part: Predicate

    def mask(self, facts: Facts) -> Mask:
        return ~self.part.mask(facts)

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        return self.part.unmet(facts, row, wanted=not wanted)

    def leaves(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        return self.part.leaves(wanted=not wanted)

    @property
    def text(self) -> str:
        if isinstance(self.part, Test):
            return self.part.negation
        if isinstance(self.part, Called):
            return f"not {self.part.name}"
        return f"not ({self.part.text})"


@dataclass(frozen=True)
class Called(Predicate):
    """A predicate with a name that people use for it."""

    name: str
    part: Predicate

    def mask(self, facts: Facts) -> Mask:
        return self.part.mask(facts)

    def unmet(self, facts: Facts, row: int, *, wanted: bool = True) -> list[Unmet]:
        return self.part.unmet(facts, row, wanted=wanted)

    def leaves(self, *, wanted: bool = True) -> Iterator[tuple[Predicate, bool]]:
        return self.part.leaves(wanted=wanted)

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
    """A column, as rules speak of it.

    Examples
    --------
    >>> exp_type, bkgdtarg = Field("exp_type"), Field("bkgdtarg")
    >>> (exp_type.is_("mir_mrs") & ~bkgdtarg.defined).text
    'exp_type is mir_mrs and bkgdtarg is undefined'
    """

    name: str

    def is_(self, value: str) -> Predicate:
        """Hold this value."""
        return OneOf(self.name, (value,))

    def one_of(self, *values: str) -> Predicate:
        """Hold one of these values (see `OneOf` for what begins with one)."""
        return OneOf(self.name, values)

    def contains(self, word: str) -> Predicate:
        """Have this word somewhere in its text."""
        return Contains(self.name, word)

    def contains_within(self, word: str) -> Predicate:
        """Have this word in its text, and something before and after it."""
        return Contains(self.name, word, within=True)

    @property
    def defined(self) -> Predicate:
        """Hold any value."""
        return Defined(self.name)
