"""Files that serve exposures and are none themselves: MSA plans, jitter files, guide-star files and the like.

MSA plans are in the pool (``msametfl``). Others come from a table of their own, ``file | kind | exposure``, which is
read as a pool is. Pipelines do not expect such files as members, so they become members only when that is asked for.
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
_ROWS = "support"  # the name of a table that is no file
_SEPARATOR = re.compile(r"[/\\]")


class Support(NamedTuple):
    """A file that serves an exposure.

    Parameters
    ----------
    file : str
        Its name, without folder.
    kind : str
        What it is, a plain word: ``msa_plan``, ``jitter``, ``guide_star`` or another.
    exposure : int
        The row of the exposure in the pool.
    """

    file: str
    kind: str
    exposure: int


SupportSource: TypeAlias = str | os.PathLike[str] | IO[str] | IO[bytes] | Sequence[Support]


class _Entry(NamedTuple):
    """A row of a support table, and where it is."""

    file: str
    kind: str
    exposure: str
    line: int


def msa_plans(pool: Pool) -> list[Support]:
    r"""Return the MSA plans of a pool, one for each exposure that has one.

    Examples
    --------
    >>> import io
    >>> msa_plans(Pool.read(io.StringIO("filename|msametfl\na_uncal.fits|m_msa.fits\nb_uncal.fits|\n")))
    [Support(file='m_msa.fits', kind='msa_plan', exposure=0)]
    """
    plans = pool["msametfl"]
    return [Support(plans[row], MSA_PLAN, row) for row in np.flatnonzero(plans.defined).tolist()]


def read_support(source: str | os.PathLike[str] | IO[str] | IO[bytes], pool: Pool) -> list[Support]:
    r"""Read a support table: which files serve which exposures.

    It has a header and the columns ``file``, ``kind`` and ``exposure``, with ``|`` between cells; names are
    lower-cased, as those of a pool. An exposure is named with or without folder, suffix (``_uncal``, ``_rate``) and
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
        In the order of the table, each once.

    Raises
    ------
    PoolError
        When it is no such table, or names an exposure that the pool does not have; with file, line and column.

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
    """Read a support table for several pools, each of whose exposures it may name.

    Parameters
    ----------
    source : path or open file
        The table, as `read_support` has it.
    pools : iterable of Pool
        The pools; none is kept.

    Returns
    -------
    list of list of Support
        For each pool what serves its exposures.

    Raises
    ------
    PoolError
        As `read_support` does; an exposure must be in one of the pools.
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
            problem = f"{entry.exposure!r} is no exposure of {where}; name one as the pool does, or take the row out"
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
    """Return the MSA plans of a pool, and what else is said to serve its exposures.

    Parameters
    ----------
    pool : Pool
        The exposures.
    source : path, open file or sequence of Support, optional
        A support table, or its rows.

    Raises
    ------
    PoolError
        When the table or a row is wrong, or a file would be of two kinds.
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
    """Make files members of the associations in which the exposures that they serve are members.

    They come after the other members, each once in a product; their role is their kind.

    Parameters
    ----------
    decision : Decision
        The associations; changed in place.
    support : iterable of Support
        What serves which exposure.

    Raises
    ------
    PoolError
        When the name of a file leads to another folder.
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
    """Read the rows of a support table, and check them one by one."""
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
    """Check rows that were given as such; their number stands for the line."""
    files = pool["filename"]
    for number, row in enumerate(rows, start=1):
        if not 0 <= row.exposure < len(pool):
            problem = f"there is no row {row.exposure} in {pool.name}; its {len(pool)} exposures are counted from 0"
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
    return f"{entry.file!r} is of kind {known.kind} in line {known.line}; a file is of one kind"


def _file_problem(file: str) -> str | None:
    if not file:
        return "is empty; name the file"
    if file in (".", "..") or _SEPARATOR.search(file):
        return f"{file!r} leads to another folder; give the name of the file alone"
    return text_problem(file)


def _kind_problem(kind: str) -> str | None:
    if not _KIND.fullmatch(kind):
        return f"{kind!r} is no plain word: a letter, then letters, digits, _ and -, such as jitter or guide_star"
    if kind in EXPTYPES:
        return f"{kind} is the role of an exposure, so pipelines would take the file for one; choose another word"
    return None


def _places(pool: Pool) -> dict[str, list[int]]:
    """Return the rows of each exposure, by the root of its name."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for row, file_name in enumerate(pool["filename"]):
        places[exposure_root(file_name)].append(row)
    return places
