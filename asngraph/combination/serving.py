"""Exposures that serve others: backgrounds, imprints, PSFs and direct images of the same set-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from asngraph.editing.matching_setup import SETUP_OF_ROLE, differ
from asngraph.model.column import Column


class Servers:
    """The exposures in a role, from which those that serve a science exposure are found by set-up.

    A column that is undefined for either exposure is not compared (`asngraph.editing.matching_setup`).

    Parameters
    ----------
    facts : mapping of str to Column
        The columns of the exposures.
    role : str
        The role.
    rows : iterable of int
        The exposures in the role.
    exact : sequence of str
        Further columns that must be equal, even if they are undefined.

    Notes
    -----
    Set-ups are compared, not exposures: the cost is linear in the number of exposures, and quadratic in the number of
    different set-ups of those that agree in the columns `exact`.
    """

    def __init__(self, facts: Mapping[str, Column], role: str, rows: Iterable[int], exact: Sequence[str] = ()) -> None:
        self._role = role
        self._setup = [facts[name] for name in SETUP_OF_ROLE[role]]
        self._exact = [facts[name] for name in exact]
        self._rows: dict[tuple[int, ...], dict[tuple[int, ...], list[int]]] = {}
        for row in rows:
            alike = self._rows.setdefault(_codes(self._exact, row), {})
            alike.setdefault(_codes(self._setup, row), []).append(row)
        self._found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {}

    def serving(self, row: int) -> list[int]:
        """Return the rows of the exposures that serve a science exposure, in ascending order.

        Parameters
        ----------
        row : int
            The row of the science exposure.
        """
        exact, setup = _codes(self._exact, row), _codes(self._setup, row)
        found = self._found.get((exact, setup))
        if found is None:
            alike = self._rows.get(exact, {})
            found = sorted(row for own, rows in alike.items() if self._fits(own, setup) for row in rows)
            self._found[exact, setup] = found
        return found

    def _fits(self, own: tuple[int, ...], of_science: tuple[int, ...]) -> bool:
        return not any(
            differ(name, self._role, column.values[code], column.values[other])
            for name, column, code, other in zip(SETUP_OF_ROLE[self._role], self._setup, own, of_science, strict=True)
        )


def _codes(columns: Sequence[Column], row: int) -> tuple[int, ...]:
    return tuple(int(column.codes[row]) for column in columns)
