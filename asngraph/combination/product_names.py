"""Names of products, by a template with columns in braces."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from string import Formatter

from asngraph.editing.checks import product_problem
from asngraph.errors import UsageError
from asngraph.model.column import Column, is_defined
from asngraph.model.filenames import output_root
from asngraph.util.suggest import unknown_column

# The values of a column of which the exposures have several.
_MOST_VALUES = 4
_SEVERAL = "multiple"
_NO_PART = re.compile(r"[^a-z0-9+]+")
_EMPTY = re.compile(r"[-_]{2,}")


class ProductTemplate:
    """A template of product names: text, and names of columns in braces.

    Parameters
    ----------
    text : str
        The template, such as ``{target}_{filter}``.

    Raises
    ------
    UsageError
        When it is not a template.

    Examples
    --------
    >>> template = ProductTemplate("deep_{target}_{filter}")
    >>> template.fields
    ('target', 'filter')
    >>> template.name({"target": Column.of(["m 51/x"]), "filter": Column.of(["f200w"])}, [0])
    'deep_m-51-x_f200w'
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._parts = [(literal, field, spec, convert) for literal, field, spec, convert in Formatter().parse(text)]
        except ValueError as error:
            raise UsageError(f"product name {text!r}: {error}; write columns as {{target}}") from None
        for _, field, spec, convert in self._parts:
            if field is not None and (spec or convert or not re.fullmatch(r"\w+", field)):
                raise UsageError(f"product name {text!r}: braces contain the name of a column only, as {{target}}")

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that it names, in lower case."""
        return tuple(dict.fromkeys(field.lower() for _, field, _, _ in self._parts if field is not None))

    def check(self, known: Collection[str]) -> None:
        """Check that all columns are known.

        Parameters
        ----------
        known : collection of str
            The known columns.

        Raises
        ------
        UsageError
            When one is not; the message suggests others.
        """
        for name in self.fields:
            if name not in known:
                raise UsageError(f"product name {self.text!r}: {unknown_column(name, known)}")

    def name(self, facts: Mapping[str, Column], rows: Sequence[int]) -> str:
        """Return the name of the product of some exposures.

        Values lose all characters that are not letters, digits or ``+``; undefined values are left out.

        Parameters
        ----------
        facts : mapping of str to Column
            The columns of the exposures.
        rows : sequence of int
            The exposures.

        Raises
        ------
        UsageError
            When the name cannot be that of a product.
        """
        text = ""
        for literal, field, _, _ in self._parts:
            text += literal + ("" if field is None else value_of(facts[field.lower()], rows))
        text = _EMPTY.sub(lambda run: run[0][0], text).strip("-_")
        problem = product_problem(text)
        if not problem and output_root(text) != text:
            problem = f"pipelines would cut it to {output_root(text)!r}; use no dots, and end with another word"
        if problem:
            raise UsageError(f"product name {self.text!r} gives {text!r}: {problem}")
        return text


def value_of(column: Column, rows: Sequence[int]) -> str:
    """Return the value of a column as a part of a name; several values are joined, and more are ``multiple``.

    Parameters
    ----------
    column : Column
        The column.
    rows : sequence of int
        The exposures.

    Examples
    --------
    >>> value_of(Column.of(["f200w", "null", "f150w"]), [0, 1, 2]), value_of(Column.of("abcde"), range(5))
    ('f150w-f200w', 'multiple')
    """
    codes = {int(column.codes[row]) for row in rows}
    values = sorted({part for code in codes if (part := _part(column.values[code]))})
    return _SEVERAL if len(values) > _MOST_VALUES else "-".join(values)


def _part(value: str) -> str:
    return _NO_PART.sub("-", value).strip("-") if is_defined(value) else ""


def distinct(names: Sequence[str]) -> list[str]:
    """Return names with a number appended to those that came before, ignoring case.

    Parameters
    ----------
    names : sequence of str
        The names.

    Examples
    --------
    >>> distinct(["a", "b", "A", "a-2"])
    ['a', 'b', 'A-3', 'a-2']
    """
    taken = {name.lower() for name in names}
    seen: set[str] = set()
    result = []
    for name in names:
        unique, number = name, 1
        while unique.lower() in seen or (number > 1 and unique.lower() in taken):
            number += 1
            unique = f"{name}-{number}"
        seen.add(unique.lower())
        result.append(unique)
    return result
