"""Auxiliary files of exposures: MSA plans, jitter files, guide-star files and others.

MSA plans are in the pool (``msametfl``). Others are in a support table, ``file | kind | exposure``, which has the
format of a pool. The pipelines do not expect such files as members: they become members only on request.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, NamedTuple, TypeAlias

import numpy as np

from asngraph.engine.draft import Member
from asngraph.engine.result import Decision, Product
from asngraph.errors import PoolError
from asngraph.model.filenames import exposure_root
from asngraph.model.pool import Pool
from asngraph.model.pool_text import read_table, source_text, text_problem
from asngraph.model.roles import EXPTYPES

MSA_PLAN = "msa_plan"

_COLUMNS = ("file", "kind", "exposure")
_KIND = re.compile(r"[a-z][a-z0-9_-]*")
_ROWS = "support"  # the name, in messages, of a table that was given as rows
_SEPARATOR = re.compile(r"[/\\]")


class Support(NamedTuple):
    """Auxiliary file of an exposure.

    Parameters
    ----------
    file : str
        Its name, without folder.
    kind : str
        Its kind, one word: ``msa_plan``, ``jitter``, ``guide_star`` or another.
    exposure : int
        The row of the exposure in the pool.
    """

    file: str
    kind: str
    exposure: int


SupportSource: TypeAlias = str | os.PathLike[str] | IO[str] | IO[bytes] | Sequence[Support]


class _Entry(NamedTuple):
    """Row of a support table, with its line."""

    file: str
    kind: str
    exposure: str
    line: int


def msa_plans(pool: Pool) -> list[Support]:
    r"""Return the MSA plans of a pool, one entry for each exposure with a plan.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    list of Support
        In the order of the pool.

    Examples
    --------
    >>> import io
    >>> msa_plans(Pool.read(io.StringIO("filename|msametfl\na_uncal.fits|m_msa.fits\nb_uncal.fits|\n")))
    [Support(file='m_msa.fits', kind='msa_plan', exposure=0)]
    """
    plans = pool["msametfl"]
    return [Support(plans[row], MSA_PLAN, row) for row in np.flatnonzero(plans.defined).tolist()]


def read_support(source: str | os.PathLike[str] | IO[str] | IO[bytes], pool: Pool) -> list[Support]:
    r"""Read a support table, and return its auxiliary files.

    The table has a header and the columns ``file``, ``kind`` and ``exposure``, separated by ``|``; names are converted
    to lower case, as in a pool. Exposures may be named with or without folder, suffix (``_uncal``, ``_rate``) and
    extension.

    Parameters
    ----------
    source : path or open file
        The table.
    pool : Pool
        The exposures.

    Returns
    -------
    list of Support
        In the order of the table, without repetition.

    Raises
    ------
    PoolError
        When the table is malformed, or names an exposure that is not in the pool; with file, line and column.

    Examples
    --------
    >>> import io
    >>> pool = Pool.read(io.StringIO("filename\njw1_nrs1_uncal.fits\n"), name="p.csv")
    >>> table = io.StringIO("file | kind | exposure\njw1_jit.fits | jitter | jw1_nrs1_rate.fits\n")
    >>> read_support(table, pool)
    [Support(file='jw1_jit.fits', kind='jitter', exposure=0)]
    """
    return read_support_of(source, [pool])[0]


def read_support_of(source: str | os.PathLike[str] | IO[str] | IO[bytes], pools: Iterable[Pool]) -> list[list[Support]]:
    """Read a support table for several pools, and return the auxiliary files of each pool.

    Parameters
    ----------
    source : path or open file
        The table, as for `read_support`.
    pools : iterable of Pool
        The pools; they are read one at a time and not kept.

    Returns
    -------
    list of list of Support
        For each pool, the auxiliary files of its exposures.

    Raises
    ------
    PoolError
        As for `read_support`; each exposure must be in one of the pools.
    """
    name, text = source_text(source)
    entries = _entries(text, name)
    wanted = {exposure_root(entry.exposure) for entry in entries}
    names, places = [], []
    for pool in pools:
        names.append(pool.name)
        places.append({root: rows for root, rows in _places(pool).items() if root in wanted})
    where = " or ".join(names)
    for entry in entries:
        root = exposure_root(entry.exposure)
        if not any(root in rows for rows in places):
            problem = f"unknown exposure {entry.exposure!r} in {where}; use a name from the pool, or remove the row"
            raise PoolError(problem, name, entry.line, "exposure")
    return [
        list(
            dict.fromkeys(
                Support(e.file, e.kind, row) for e in entries for row in rows.get(exposure_root(e.exposure), ())
            )
        )
        for rows in places
    ]


def all_support(pool: Pool, source: SupportSource | None) -> list[Support]:
    """Return the auxiliary files of a pool: its MSA plans, and those of a support table.

    Parameters
    ----------
    pool : Pool
        The exposures.
    source : path, open file or sequence of Support, optional
        A support table, or its rows.

    Returns
    -------
    list of Support

    Raises
    ------
    PoolError
        When the table or a row is malformed, or a file would have two kinds.
    """
    plans = msa_plans(pool)
    if source is None:
        return plans
    if isinstance(source, Sequence) and not isinstance(source, str):
        given = _checked_rows(source, pool)
    else:
        given = read_support(source, pool)
    kinds = {plan.file: MSA_PLAN for plan in plans}
    for each in given:
        if kinds.get(each.file, each.kind) != each.kind:
            raise PoolError(
                f"the pool has {each.file!r} as an MSA plan, so it cannot be of kind {each.kind} too; write {MSA_PLAN}",
                pool.name,
                pool.line(each.exposure),
                "msametfl",
            )
    return list(dict.fromkeys([*plans, *given]))


def add_members(decision: Decision, support: Iterable[Support]) -> None:
    """Add auxiliary files to the associations of their exposures, as members.

    They follow the other members, without repetition in a product; their role is their kind.

    Parameters
    ----------
    decision : Decision
        The associations; changed in place.
    support : iterable of Support
        The auxiliary files.

    Raises
    ------
    PoolError
        When the name of a file has a folder.
    """
    files: defaultdict[int, list[Member]] = defaultdict(list)
    pool = decision.facts.pool
    for each in support:
        problem = _file_problem(each.file)
        if problem:
            raise PoolError(problem, pool.name, pool.line(each.exposure), "msametfl")
        files[each.exposure].append(Member(each.file, each.kind))
    for made in decision.made:
        made.products = [_with_files(product, files) for product in made.products]


def _with_files(product: Product, files: Mapping[int, list[Member]]) -> Product:
    added = dict.fromkeys(file for member in product.members for file in files.get(member.exposure, ()))
    return product._replace(members=[*product.members, *added]) if added else product


def _entries(text: str, name: str) -> list[_Entry]:
    """Read and check the rows of a support table."""
    columns, lines = read_table(text, "|", name, fill=False)
    for column in _COLUMNS:
        if column not in columns:
            problem = f"the column is missing; the header of a support table is {' | '.join(_COLUMNS)}"
            raise PoolError(problem, name, column=column)
    cells = zip(*(columns[column] for column in _COLUMNS), lines.tolist(), strict=True)
    entries = [_Entry(*row) for row in cells]
    _check(entries, name)
    return entries


def _checked_rows(rows: Sequence[Support], pool: Pool) -> list[Support]:
    """Check rows that were not read from a file; messages have their number as the line."""
    files = pool["filename"]
    for number, row in enumerate(rows, start=1):
        if not 0 <= row.exposure < len(pool):
            problem = f"row {row.exposure} is not in {pool.name}; give a row from 0 to {len(pool) - 1}"
            raise PoolError(problem, _ROWS, number, "exposure")
    _check([_Entry(row.file, row.kind, files[row.exposure], number) for number, row in enumerate(rows, 1)], _ROWS)
    return list(rows)


def _check(entries: Sequence[_Entry], name: str) -> None:
    first: dict[str, _Entry] = {}
    for entry in entries:
        problems = {
            "file": _file_problem(entry.file),
            "kind": _kind_problem(entry.kind) or _other_kind(entry, first.setdefault(entry.file, entry)),
            "exposure": None if entry.exposure else "is empty; name the exposure that the file serves",
        }
        for column, problem in problems.items():
            if problem:
                raise PoolError(problem, name, entry.line, column)


def _other_kind(entry: _Entry, known: _Entry) -> str | None:
    if known.kind == entry.kind:
        return None
    return f"{entry.file!r} is of kind {known.kind} in line {known.line}; give a file one kind"


def _file_problem(file: str) -> str | None:
    if not file:
        return "is empty; name the file"
    if file in (".", "..") or _SEPARATOR.search(file):
        return f"{file!r} leads to another folder; give the file name without folder"
    return text_problem(file)


def _kind_problem(kind: str) -> str | None:
    if not _KIND.fullmatch(kind):
        return f"invalid kind {kind!r}; use a letter, then letters, digits, _ and -, such as jitter or guide_star"
    if kind in EXPTYPES:
        return f"{kind} is the role of an exposure, and pipelines would take the file for one; choose another word"
    return None


def _places(pool: Pool) -> dict[str, list[int]]:
    """Return the rows of each exposure, by the root of its name."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for row, file_name in enumerate(pool["filename"]):
        places[exposure_root(file_name)].append(row)
    return places
