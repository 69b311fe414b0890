"""A pool from the headers of FITS files."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from asngraph.errors import HeaderError, UsageError
from asngraph.model.candidate import Candidate, parse_candidates
from asngraph.model.column import Column, is_defined
from asngraph.model.filenames import FITS, FileKind, is_guide_star, parse
from asngraph.model.pool import Pool
from asngraph.model.pool_text import text_problem
from asngraph.pools.headers import header_values, reading_headers
from asngraph.pools.keywords import DEFAULTS, KEYWORDS, NEEDED, cells_of

Cells = dict[str, str]

COLUMNS = ("filename", *(each.column for each in KEYWORDS), "asn_candidate")

# What one delivery of a file has otherwise than another, and no rule asks for.
_OF_THE_DELIVERY = frozenset({"sdp_ver", "exsegtot"})


class Problem(NamedTuple):
    """A file that gave no exposure, and why."""

    file: str
    problem: str


@dataclass
class FromHeaders:
    """What files gave.

    Attributes
    ----------
    pool : Pool or None
        The exposures, in the order of the files; None where there is none.
    problems : list of Problem
        The files that should have given an exposure and did not.
    passed_over : list of str
        The files that are no exposures by their names.
    again : list of str
        The files of exposures that an earlier file gave.
    notes : list of str
        What is odd about the pool.
    """

    pool: Pool | None
    problems: list[Problem] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def fits_files(names: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """List files; of a folder, all that are named ``*.fits`` or ``*.fits.gz`` in it and in those below, by name.

    Parameters
    ----------
    names : iterable of path
        Files and folders.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = (each for each in path.rglob("*") if each.name.endswith(FITS) and each.is_file())
            files += sorted(found, key=lambda each: (each.name, str(each)))
        else:
            files.append(path)
    return files


def pool_from_headers(
    files: Iterable[str | os.PathLike[str]],
    *,
    asn_candidate: str | Sequence[tuple[str, str]] | None = None,
    dms_note: str | None = None,
    is_imprt: str | None = None,
    pntgtype: str | None = None,
    name: str = "in-memory",
) -> FromHeaders:
    """Make a pool of FITS files of exposures, whatever stage of processing they are of.

    Exposures come in the order of the files. Several files of one exposure (``_uncal``, ``_rate``, ``_cal``) give one
    row. Which keywords give which columns is in `asngraph.pools.keywords.KEYWORDS`.

    Parameters
    ----------
    files : iterable of path
        The files; only their headers are read.
    asn_candidate : str or sequence of (str, str), optional
        Candidates that all of them are under, beside their observation.
    dms_note : str, optional
        The column ``dms_note`` of all of them.
    is_imprt : str, optional
        Whether all of them are imprints, ``t`` or ``f``; by default the headers say.
    pntgtype : str, optional
        The column ``pntgtype`` of all of them; by default science.
    name : str
        The pool's name.

    Returns
    -------
    FromHeaders
        The pool, and for each file that gave no exposure why.

    Raises
    ------
    UsageError
        When the candidates are none.
    MissingExtraError
        When astropy is missing.
    """
    candidates = _candidates(asn_candidate)
    asked = {"dms_note": dms_note, "is_imprt": is_imprt, "pntgtype": pntgtype}
    constant = {column: value.strip().lower() for column, value in asked.items() if value is not None}
    result = FromHeaders(None)
    rows: dict[str, tuple[Cells, str]] = {}
    with reading_headers():
        for file in files:
            path = Path(file)
            if _is_beside(path.name):
                result.passed_over.append(str(path))
                continue
            try:
                _add(rows, result, path, _exposure(path) | constant)
            except (HeaderError, ValueError) as error:
                result.problems.append(Problem(str(path), str(error)))
    cells = [row for row, _ in rows.values()]
    if cells:
        _complete(cells, candidates)
        result.pool = Pool({column: Column.of(row[column] for row in cells) for column in COLUMNS}, name)
        result.notes += [*result.pool.notes, *_notes(result.pool)]
    return result


def uncalibrated(name: str) -> str | None:
    """Name the uncalibrated file of the exposure that a file is of; None for a name that does not tell.

    Examples
    --------
    >>> uncalibrated("jw01234001001_02101_00001_nrca1_o001_crf.fits"), uncalibrated("mine.fits")
    ('jw01234001001_02101_00001_nrca1_uncal.fits', None)
    """
    parsed = parse(name.lower())
    return f"{parsed.root}_uncal.fits" if parsed.kind is FileKind.EXPOSURE else None


def _is_beside(name: str) -> bool:
    """Tell whether a file lies beside exposures and is none: a product, an MSA plan, a guide-star file."""
    parsed = parse(name)
    return parsed.is_product or parsed.suffix == "msa" or is_guide_star(name)


def target_numbers(pool: Pool) -> Column:
    """Give the targets of each program numbers by their names, in the order of their first exposures.

    A target is told by the name that the proposer gave it, which no other target of the program has, or else by that
    of the catalog; what has neither has no target.

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


def _exposure(path: Path) -> Cells:
    """Read the cells of an exposure that stand in its header."""
    problem = text_problem(path.name)
    if problem or "\\" in path.name:
        raise ValueError("has a name with a control character or a path separator")
    values = header_values(path)
    telescope = str(values.get("TELESCOP", "JWST")).strip().upper()
    if telescope != "JWST":
        raise ValueError(f"is of {telescope[:20]!r}, not of JWST")
    cells = cells_of(values)
    column_of = {each.keyword: each.column for each in KEYWORDS}
    lacking = [keyword for keyword in NEEDED if not is_defined(cells[column_of[keyword]])]
    if lacking:
        raise ValueError(f"has no {', '.join(lacking)} in its header")
    if not re.fullmatch("[0-9]{1,8}", cells["obs_num"]):
        raise ValueError(f"OBSERVTN {cells['obs_num'][:20]!r} is no number")
    return {"filename": uncalibrated(path.name) or path.name.lower(), **cells}


def _add(rows: dict[str, tuple[Cells, str]], result: FromHeaders, path: Path, cells: Cells) -> None:
    """Add an exposure, unless an earlier file gave it."""
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
        result.notes.append(f"{path} has no suffix that tells its stage, so it stands in the pool under its own name")
    if path.name != path.name.lower():
        result.notes.append(f"{path}: pools are lower-case, and so will its name be in associations")


def _complete(rows: list[Cells], candidates: Sequence[Candidate]) -> None:
    """Fill in what no header says, from what others say, or with what stands for it."""
    for row in rows:
        own = Candidate(f"o{row['obs_num']:0>3}", "observation")
        row["asn_candidate"] = str([(each.id, each.type) for each in dict.fromkeys((own, *candidates))])
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
    """Count the activities of each visit, in order: that is what ``expspcin`` counts."""
    visits: defaultdict[tuple[str, ...], set[tuple[int, int]]] = defaultdict(set)
    keys = []
    for row in rows:
        visit = row["program"], row["obs_num"], row["visit"]
        activity = _activity(row)
        keys.append((visit, activity))
        if activity is not None:
            visits[visit].add(activity)
    ranks = {visit: {each: rank for rank, each in enumerate(sorted(some), 1)} for visit, some in visits.items()}
    for row, (visit, activity) in zip(rows, keys, strict=True):
        if activity is not None and not is_defined(row["expspcin"]):
            row["expspcin"] = str(ranks[visit][activity])


def _activity(row: Cells) -> tuple[int, int] | None:
    """Return the visit group and the activity, whose number is written in base 36."""
    group, activity = row["visitgrp"], row["act_id"]
    if not re.fullmatch("[0-9a-z]{1,4}", activity) or not is_defined(activity):
        return None
    return int(group) if group.isdecimal() else 0, int(activity, 36)


def _notes(pool: Pool) -> list[str]:
    """Say what no header holds and matters for these exposures."""
    imprints = (pool["is_imprt"].where(lambda text: text == "t")).any()
    if imprints and (pool["mostilno"].where(lambda text: text == "1")).all():
        return [
            "there are imprints, and headers do not say of which mosaic tile (mostilno): all are taken to be of one "
            "tile, so where an observation has several, its imprints serve all of them"
        ]
    return []
