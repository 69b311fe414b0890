"""Pools from the headers of FITS files."""

from __future__ import annotations

import functools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from asngraph.errors import HeaderError, UsageError
from asngraph.model.candidate import Candidate, parse_candidates
from asngraph.model.column import Column, is_defined
from asngraph.model.filenames import FITS, FileKind, is_guide_star, parse
from asngraph.model.pool import Pool
from asngraph.model.pool_text import text_problem
from asngraph.pools.header_cache import HeaderCache, header_cache
from asngraph.pools.headers import header_values, reading_headers
from asngraph.pools.keywords import DEFAULTS, KEYWORDS, NEEDED, cells_of
from asngraph.util.text import counted
from asngraph.util.walking import files_below

Cells = dict[str, str]

COLUMNS = ("filename", *(keyword.column for keyword in KEYWORDS), "asn_candidate")

# Columns that differ between deliveries of a file, and that no rule uses.
_OF_THE_DELIVERY = frozenset({"sdp_ver", "exsegtot"})
# The number of files without an exposure that a note names.
_MOST_NAMED = 3


class Problem(NamedTuple):
    """A file from which no exposure could be read, and why."""

    file: str
    problem: str


@dataclass
class FromHeaders:
    """A pool from headers, and the files that it does not contain.

    Attributes
    ----------
    pool : Pool or None
        The exposures, in the order of the files; None without exposures.
    problems : list of Problem
        The files that should be exposures and could not be read.
    passed_over : list of str
        The files that are not exposures, by their names.
    again : list of str
        Further files of exposures that are in the pool.
    notes : list of str
        Warnings about the pool.
    links : list of str
        The links that were added to the pool (`asngraph.pools.sources.flagged_links`).
    """

    pool: Pool | None
    problems: list[Problem] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def made(self) -> Pool:
        """Return the pool, with the files that gave no exposure among its notes.

        Raises
        ------
        UsageError
            When no file gave an exposure.
        """
        named = [f"{problem.file}: {problem.problem}; passed over" for problem in self.problems[:_MOST_NAMED]]
        if self.pool is None:
            raise UsageError("no FITS file gave an exposure" + "".join(f"; {line}" for line in named[:1]))
        if len(self.problems) > len(named):
            more = counted(len(self.problems) - len(named), "more file")
            named.append(f"{more} gave no exposure; `asngraph pool make` lists them")
        self.pool.notes[:] = [*self.notes, *named]
        return self.pool


def fits_files(names: Iterable[str | os.PathLike[str]], problems: list[Problem] | None = None) -> list[Path]:
    """Return files, with folders replaced by all FITS files (``*.fits``, ``*.fits.gz``) in them and their subfolders.

    Hidden files are left out.

    Parameters
    ----------
    names : iterable of path
        Files and folders.
    problems : list of Problem, optional
        The subfolders that cannot be read are added to it.

    Returns
    -------
    list of path
        The files in the given order, those of a folder sorted by name.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = files_below(path, is_fits_name)
            files += found.files
            if problems is not None:
                problems += [Problem(str(folder), problem) for folder, problem in found.unreadable]
        else:
            files.append(path)
    return files


def is_fits_name(name: str) -> bool:
    """Return whether a file that is found in a folder is a FITS file, by its name.

    Parameters
    ----------
    name : str
        The name, without folder.
    """
    return name.endswith(FITS) and not name.startswith(".")


def pool_from_headers(
    files: Iterable[str | os.PathLike[str]],
    *,
    asn_candidate: str | Sequence[tuple[str, str]] | None = None,
    dms_note: str | None = None,
    is_imprt: str | None = None,
    pntgtype: str | None = None,
    name: str = "in-memory",
) -> FromHeaders:
    """Return the pool of exposures whose FITS files are given, of any stage of processing.

    Exposures are in the order of the files. Several files of one exposure (``_uncal``, ``_rate``, ``_cal``) become one
    row. `asngraph.pools.keywords.KEYWORDS` has the keyword of each column. Headers that are unchanged since they were
    last read come from the user's cache (`asngraph.pools.header_cache`).

    Parameters
    ----------
    files : iterable of path
        The files; only their headers are read.
    asn_candidate : str or sequence of (str, str), optional
        Candidates of all exposures, in addition to their observations.
    dms_note : str, optional
        The column ``dms_note`` of all exposures.
    is_imprt : str, optional
        Whether all exposures are imprints, ``t`` or ``f``; by default as in the headers.
    pntgtype : str, optional
        The column ``pntgtype`` of all exposures; by default science.
    name : str
        The name of the pool.

    Returns
    -------
    FromHeaders
        The pool, and the files from which no exposure could be read, with the reasons.

    Raises
    ------
    UsageError
        When `asn_candidate` is not a list of candidates.
    MissingExtraError
        When astropy is not installed.
    """
    candidates = _candidates(asn_candidate)
    given = {"dms_note": dms_note, "is_imprt": is_imprt, "pntgtype": pntgtype}
    constant = {column: value.strip().lower() for column, value in given.items() if value is not None}
    result = FromHeaders(None)
    rows: dict[str, tuple[Cells, str]] = {}
    with header_cache() as known, ExitStack() as stack:
        begin = functools.cache(lambda: stack.enter_context(reading_headers()))
        for file in files:
            path = Path(file)
            if _is_beside(path.name):
                result.passed_over.append(str(path))
                continue
            try:
                _add(rows, result, path, _exposure(path, known, begin) | constant)
            except (HeaderError, ValueError) as error:
                result.problems.append(Problem(str(path), str(error)))
    cells = [row for row, _ in rows.values()]
    if cells:
        _complete(cells, candidates)
        result.pool = Pool({column: Column.of(row[column] for row in cells) for column in COLUMNS}, name)
        result.notes += [*result.pool.notes, *_notes(result.pool)]
    return result


def uncalibrated(name: str) -> str | None:
    """Return the name of the uncalibrated file of a file's exposure; None when the name is not that of an exposure.

    Parameters
    ----------
    name : str
        The name of the file.

    Examples
    --------
    >>> uncalibrated("jw01234001001_02101_00001_nrca1_o001_crf.fits"), uncalibrated("mine.fits")
    ('jw01234001001_02101_00001_nrca1_uncal.fits', None)
    """
    parsed = parse(name.lower())
    return f"{parsed.root}_uncal.fits" if parsed.kind is FileKind.EXPOSURE else None


def _is_beside(name: str) -> bool:
    """Return whether a file in a folder of exposures is something else: a product, an MSA plan, a guide-star file."""
    parsed = parse(name)
    return parsed.is_product or parsed.suffix == "msa" or is_guide_star(name)


def target_numbers(pool: Pool) -> Column:
    """Return a number for the target of each exposure: its rank in the program, in the order of first exposures.

    A target is identified by the proposer's name for it, which is unique in the program, or else by its name in the
    catalog; an exposure with neither has no target.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    Column
        The numbers as text, ``null`` without a target.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"filename": ["a", "b", "c"], "program": "1", "targprop": ["m-1", "bkg", "m-1"]})
    >>> list(target_numbers(Pool.from_frame(frame)))
    ['1', '2', '1']
    """
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)
    texts = []
    for program, proposed, catalog in zip(pool["program"], pool["targprop"], pool["targname"], strict=True):
        target = next((name for name in (proposed, catalog) if is_defined(name)), None)
        own = numbers[program]
        texts.append("null" if target is None else str(own.setdefault(target, len(own) + 1)))
    return Column.of(texts)


def _candidates(given: str | Sequence[tuple[str, str]] | None) -> tuple[Candidate, ...]:
    text = "null" if given is None else str(given if isinstance(given, str) else list(given)).lower()
    try:
        return parse_candidates(text)
    except ValueError as error:
        raise UsageError(f"the candidates: {error}") from None


def _exposure(path: Path, known: HeaderCache, begin: Callable[[], None]) -> Cells:
    """Return the cells of an exposure that its header has."""
    problem = text_problem(path.name)
    if problem or "\\" in path.name:
        raise ValueError("has a name with a control character or a path separator")
    cells, stamp = known.get(path)
    if cells is None:
        begin()  # only now, since it imports astropy
        cells = _read(path)
        known.put(path, stamp, cells)
    return {"filename": uncalibrated(path.name) or path.name.lower(), **cells}


def _read(path: Path) -> Cells:
    values = header_values(path)
    telescope = str(values.get("TELESCOP", "JWST")).strip().upper()
    if telescope != "JWST":
        raise ValueError(f"is of {telescope[:20]!r}, not of JWST")
    cells = cells_of(values)
    column_of = {keyword.keyword: keyword.column for keyword in KEYWORDS}
    lacking = [keyword for keyword in NEEDED if not is_defined(cells[column_of[keyword]])]
    if lacking:
        raise ValueError(f"has no {', '.join(lacking)} in its header")
    if not re.fullmatch("[0-9]{1,8}", cells["obs_num"]):
        raise ValueError(f"OBSERVTN {cells['obs_num'][:20]!r} is not a number")
    return cells


def _add(rows: dict[str, tuple[Cells, str]], result: FromHeaders, path: Path, cells: Cells) -> None:
    """Add an exposure, unless an earlier file has added it."""
    known = rows.setdefault(cells["filename"], (cells, str(path)))
    if known[0] is not cells:
        unlike = [name for name in cells if known[0][name] != cells[name] and name not in _OF_THE_DELIVERY]
        if unlike:
            raise ValueError(
                f"is of the same exposure as {known[1]}, but has {unlike[0]} {cells[unlike[0]]!r} "
                f"where that has {known[0][unlike[0]]!r}"
            )
        result.again.append(str(path))
        return
    if uncalibrated(path.name) is None:
        result.notes.append(f"{path} has no suffix of a pipeline; the pool has it under its own name")
    if path.name != path.name.lower():
        result.notes.append(f"{path}: pools are in lower case, and its name in associations will be, too")


def _complete(rows: list[Cells], candidates: Sequence[Candidate]) -> None:
    """Fill in the columns that headers lack, from other columns or with defaults."""
    for row in rows:
        own = Candidate(f"o{row['obs_num']:0>3}", "observation")
        row["asn_candidate"] = str([(listed.id, listed.type) for listed in dict.fromkeys((own, *candidates))])
        point = row["patt_num"]
        if not is_defined(row["dithptin"]) and point.isdecimal() and int(point) > 0:
            row["dithptin"] = point
        for column, value in DEFAULTS.items():
            if not is_defined(row[column]):
                row[column] = value
    _number_activities(rows)
    if not all(is_defined(row["targetid"]) for row in rows):
        names = ("filename", "program", "targprop", "targname")
        named = Pool({column: Column.of(row[column] for row in rows) for column in names})
        for row, number in zip(rows, target_numbers(named), strict=True):
            row["targetid"] = number


def _number_activities(rows: list[Cells]) -> None:
    """Set ``expspcin``, where it is undefined, to the rank of the activity in its visit."""
    visits: defaultdict[tuple[str, ...], set[tuple[int, int]]] = defaultdict(set)
    keys = []
    for row in rows:
        visit = row["program"], row["obs_num"], row["visit"]
        activity = _activity(row)
        keys.append((visit, activity))
        if activity is not None:
            visits[visit].add(activity)
    ranks = {visit: {known: rank for rank, known in enumerate(sorted(own), 1)} for visit, own in visits.items()}
    for row, (visit, activity) in zip(rows, keys, strict=True):
        if activity is not None and not is_defined(row["expspcin"]):
            row["expspcin"] = str(ranks[visit][activity])


def _activity(row: Cells) -> tuple[int, int] | None:
    """Return the visit group and the activity as numbers; the activity is in base 36."""
    group, activity = row["visitgrp"], row["act_id"]
    if not re.fullmatch("[0-9a-z]{1,4}", activity) or not is_defined(activity):
        return None
    return int(group) if group.isdecimal() else 0, int(activity, 36)


def _notes(pool: Pool) -> list[str]:
    """Return warnings about missing information that matters for these exposures."""
    imprints = (pool["is_imprt"].where(lambda text: text == "t")).any()
    if imprints and (pool["mostilno"].where(lambda text: text == "1")).all():
        return [
            "there are imprints, and headers do not have their mosaic tile (mostilno): all exposures are assumed to be "
            "of one tile, so the imprints of an observation with several tiles serve all of them"
        ]
    return []
