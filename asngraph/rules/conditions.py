"""Conditions on exposures that users write as text, in the words in which rules are printed.

The grammar, from the loosest to the tightest:

    condition   = conjunction, {"or", conjunction}
    conjunction = factor, {"and", factor}
    factor      = "not", factor | "(", condition, ")" | COLUMN, test
    test        = ["is"], ["not"], values | "is", ["not"], ("defined" | "undefined")
                | ["not"], "in", values | ("contains" | "does not contain"), VALUE | ("<" | "<=" | ">" | ">="), NUMBER
    values      = VALUE, {("," | "or"), VALUE}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from asngraph.errors import ConditionError
from asngraph.model.column import UNDEFINED_TEXTS, is_defined
from asngraph.rules.predicates import And, Contains, Defined, Facts, Not, Or, Predicate, Test
from asngraph.util.suggest import closest, did_you_mean, unknown_column

# Deeper nesting would exhaust the stack; nobody writes that.
_MOST_NESTED = 50
# The values of a column that a message lists.
_MOST_VALUES = 8

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<mark>[(),]|[<>!=]=?)|(?P<word>[^\s(),<>!="']+)|(?P<other>\S))"""
)
_RANGE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_WORDS = frozenset({"and", "or", "not", "is", "in", "contains", "does", "contain", "defined", "undefined"})
_COMPARISONS = ("<", "<=", ">", ">=")
_MARKS = {"=": "is", "==": "is", "!=": "is not"}


@dataclass(frozen=True)
class Equal(Test):
    """The column has a value; numbers are equal whatever their leading zeros.

    Parameters
    ----------
    field : str
        The column.
    value : str
        The value.

    Examples
    --------
    >>> Equal("obs_num", "003").holds("3"), Equal("filter", "f200w").holds("f200w2")
    (True, False)
    """

    field: str
    value: str

    def holds(self, value: str) -> bool:
        return value == self.value or (
            value.isdecimal() and self.value.isdecimal() and value.lstrip("0") == self.value.lstrip("0")
        )

    @property
    def example(self) -> str:
        return self.value

    @property
    def text(self) -> str:
        return f"{self.field} is {_spelled(self.value)}"

    @property
    def negation(self) -> str:
        return f"{self.field} is not {_spelled(self.value)}"


@dataclass(frozen=True)
class Between(Test):
    """The column is a number in a range, whose ends may be infinite.

    Parameters
    ----------
    field : str
        The column.
    low, high : float
        The range.
    words : str
        The range as written: ``in 1-5``, ``< 3``.
    open_ : bool
        Whether the ends are excluded.

    Examples
    --------
    >>> test = Between("obs_num", 1, 5, "in 1-5")
    >>> test.holds("005"), test.holds("6"), test.text
    (True, False, 'obs_num in 1-5')
    """

    field: str
    low: float
    high: float
    words: str
    open_: bool = False

    def holds(self, value: str) -> bool:
        try:
            number = float(value)
        except ValueError:
            return False
        return self.low < number < self.high if self.open_ else self.low <= number <= self.high

    @property
    def example(self) -> str:
        return f"{self.low if self.low > -float('inf') else self.high:g}"

    @property
    def text(self) -> str:
        return f"{self.field} {self.words}"

    @property
    def negation(self) -> str:
        return f"not {self.text}"


class Mention(NamedTuple):
    """A column that a condition mentions.

    Parameters
    ----------
    field : str
        The column.
    place : int
        Its place in the text, counted from 1.
    value : str, optional
        A value with which it is compared.
    value_place : int
        The place of the value.
    """

    field: str
    place: int
    value: str | None = None
    value_place: int = 0


@dataclass(frozen=True)
class Condition:
    """A condition that was written as text.

    Parameters
    ----------
    source : str
        The text.
    predicate : Predicate
        The condition.
    mentions : tuple of Mention
        The columns that it mentions, in order.
    """

    source: str
    predicate: Predicate
    mentions: tuple[Mention, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that it mentions."""
        return tuple(dict.fromkeys(mention.field for mention in self.mentions))

    def check(self, facts: Facts, known: Collection[str]) -> list[str]:
        """Check the columns of the condition, and return a note on each value that no exposure has.

        Parameters
        ----------
        facts : mapping of str to Column
            The columns of the exposures.
        known : collection of str
            The names of these columns.

        Returns
        -------
        list of str

        Raises
        ------
        ConditionError
            When a column is unknown.
        """
        for mention in self.mentions:
            if mention.field not in known:
                raise ConditionError(unknown_column(mention.field, known), self.source, mention.place)
        notes = []
        for field, _, value, place in self.mentions:
            there = [text for text in facts[field].values if is_defined(text)]
            if value is None or any(map(Equal(field, value).holds, there)):
                continue
            shown = ", ".join(there[:_MOST_VALUES]) + (", ..." if len(there) > _MOST_VALUES else "")
            hint = did_you_mean(closest(value, there), f"it is {shown}" if there else "it is undefined everywhere")
            notes.append(f"{self.source!r}, column {place}: no exposure has {field} {value}; {hint}")
        return list(dict.fromkeys(notes))


def parse_condition(text: str, values_of: Callable[[str], list[str]] | None = None) -> Condition:
    """Return the condition of a text.

    Parameters
    ----------
    text : str
        The condition, such as ``filter is f200w and obs_num in 1-5``. Case is ignored. Values with spaces or brackets
        are in quotes.
    values_of : callable, optional
        Function that returns the values in a file, for values such as ``@targets.txt``.

    Returns
    -------
    Condition

    Raises
    ------
    ConditionError
        When the text is not a condition; the message has the place in the text.

    Examples
    --------
    >>> parse_condition("filter f200w or f150w and not exp_type nrs_wata").predicate.text
    '(filter is f200w or filter is f150w) and exp_type is not nrs_wata'
    >>> parse_condition("filter f200w and")
    Traceback (most recent call last):
      ...
    asngraph.errors.ConditionError: 'filter f200w and', column 17: expected a column
    """
    return _Parser(text, values_of).condition()


class _Token(NamedTuple):
    text: str
    place: int
    kind: str = ""

    @property
    def quoted(self) -> bool:
        return self.kind == "quoted"

    @property
    def word(self) -> str:
        """The text in lower case; empty if it is quoted, and so a value."""
        return "" if self.quoted else self.text.lower()

    @property
    def is_value(self) -> bool:
        return self.quoted or (self.kind == "word" and self.word not in _WORDS)


class _Parser:
    """Recursive descent over the tokens of a condition."""

    def __init__(self, text: str, values_of: Callable[[str], list[str]] | None) -> None:
        self._text, self._values_of = text, values_of
        self._tokens = [*self._read(), _Token("", len(text) + 1)]
        self._next = 0
        self._depth = 0
        self._mentions: list[Mention] = []

    def _read(self) -> Iterator[_Token]:
        for match in _TOKEN.finditer(self._text):
            kind = str(match.lastgroup)
            place = match.start(kind) + 1
            if kind == "other":
                raise ConditionError(f"unexpected {match[kind]}; quotes come in pairs", self._text, place)
            if kind == "mark" and match[kind] in _MARKS:
                yield from (_Token(word, place, kind) for word in _MARKS[match[kind]].split())
            else:
                yield _Token(match[kind][1:-1] if kind == "quoted" else match[kind], place, kind)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *words: str) -> bool:
        """Move past words, and return True, if they come next."""
        here = [token.word for token in self._tokens[self._next : self._next + len(words)]]
        if here != list(words):
            return False
        self._next += len(words)
        return True

    def _fail(self, expected: str) -> ConditionError:
        found = f", not {self._token.text!r}" if self._token.text else ""
        return ConditionError(f"expected {expected}{found}", self._text, self._token.place)

    def condition(self) -> Condition:
        predicate = self._or()
        if self._next < len(self._tokens) - 1:
            raise self._fail("and, or, or the end")
        return Condition(self._text, predicate, tuple(self._mentions))

    def _or(self) -> Predicate:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def _and(self) -> Predicate:
        parts = [self._factor()]
        while self._take("and"):
            parts.append(self._factor())
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def _factor(self) -> Predicate:
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise ConditionError("is nested too deeply", self._text, self._token.place)
        try:
            if self._take("not"):
                return Not(self._factor())
            if self._take("("):
                inner = self._or()
                if not self._take(")"):
                    raise self._fail("a closing bracket")
                return inner
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Predicate:
        if not self._token.is_value or self._token.quoted:
            raise self._fail("a column")
        place, field = self._token.place, self._token.word
        self._next += 1
        self._mentions.append(Mention(field, place))
        test, wanted = self._what(field)
        return test if wanted else Not(test)

    def _what(self, field: str) -> tuple[Predicate, bool]:
        """Return the test of a column, and whether it has to hold."""
        if self._token.word in _COMPARISONS:
            return self._comparison(field), True
        if self._take("does", "not", "contain"):
            return Contains(field, self._value()), False
        if self._take("contains"):
            return Contains(field, self._value()), True
        said = self._take("is")
        wanted = not self._take("not")
        if said and self._take("defined"):
            return Defined(field), wanted
        if said and self._take("undefined"):
            return Defined(field), not wanted
        ranges = self._take("in")
        if not (said or ranges or self._token.is_value):
            raise self._fail(f"a value of {field}, or is, is not, in, contains, is defined")
        tests = self._values(field, ranges=ranges)
        return (Or(tuple(tests)) if len(tests) > 1 else tests[0]), wanted

    def _comparison(self, field: str) -> Predicate:
        sign = self._token.text
        self._next += 1
        place, text = self._token.place, self._value()
        try:
            number = float(text)
        except ValueError:
            raise ConditionError(f"{text!r} is not a number", self._text, place) from None
        low, high = (-float("inf"), number) if sign[0] == "<" else (number, float("inf"))
        return Between(field, low, high, f"{sign} {text}", open_=len(sign) == 1)

    def _values(self, field: str, *, ranges: bool) -> list[Predicate]:
        bracketed = ranges and self._take("(")
        tests = self._one(field, ranges=ranges)
        while self._take(",") or (self._value_follows() and self._take("or")):
            tests += self._one(field, ranges=ranges)
        if bracketed and not self._take(")"):
            raise self._fail("a closing bracket")
        return tests

    def _value_follows(self) -> bool:
        """Return whether ``or`` and a value follow, rather than ``or`` and a condition, which has two words or more."""
        if self._token.word != "or":
            return False
        value, *after = self._tokens[self._next + 1 : self._next + 3] or [self._token]
        ends = not after or after[0].word in ("and", "or", ")", ",") or not (after[0].text or after[0].quoted)
        return value.is_value and ends

    def _one(self, field: str, *, ranges: bool) -> list[Predicate]:
        token, place = self._token, self._token.place
        text = self._value()
        if not token.quoted and text.startswith("@") and self._values_of is not None:
            return [self._equal(field, value, place) for value in self._values_of(token.text[1:])]
        if ranges and not token.quoted and (ends := _RANGE.fullmatch(text)):
            return [Between(field, float(ends[1]), float(ends[2]), f"in {text}")]
        return [self._equal(field, text, place)]

    def _equal(self, field: str, value: str, place: int) -> Predicate:
        value = value.strip().lower()
        if value in UNDEFINED_TEXTS:
            return Not(Defined(field))
        self._mentions.append(Mention(field, place, value, place))
        return Equal(field, value)

    def _value(self) -> str:
        if not self._token.is_value:
            raise self._fail("a value")
        text = self._token.text.strip().lower()
        self._next += 1
        return text


def _spelled(value: str) -> str:
    """Return a value as a condition has it, in quotes where it needs them."""
    whole = _TOKEN.fullmatch(value)
    if whole and whole["word"] and value not in _WORDS and not value.startswith("@"):
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'
