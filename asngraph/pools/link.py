"""Links between observations: candidates that several of them share, which headers do not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from asngraph.errors import CandidateIdError, UsageError
from asngraph.model.candidate import Candidate, parse_candidates, with_candidate
from asngraph.model.pool import Pool, changed
from asngraph.pools.observations import Observation, linking_candidates, named_observations

# The types of link, with what each connects.
TYPES = {
    "background": "science, and its dedicated background (bkgdtarg)",
    "mosaic": "tiles, or pointings, of one mosaic",
    "group": "observations that are to be combined, such as a sequence or two orientations",
    "coronagraphy": "coronagraphy, and its PSF reference (is_psf)",
    "ami": "interferometry, and its PSF reference (is_psf)",
    "direct_image": "grism spectra in parallel, and their direct images",
}
_ID = re.compile(r"c\d{4}")
_FIRST = 1000


class Linked(NamedTuple):
    """A pool with a new link.

    Parameters
    ----------
    pool : Pool
        The pool.
    candidate : Candidate
        The candidate that the observations share.
    observations : tuple of str
        The numbers of the observations.
    cells : dict of (int, str) to str
        The changed cells, by row and column.
    notes : tuple of str
        Warnings about the link.
    """

    pool: Pool
    candidate: Candidate
    observations: tuple[str, ...]
    cells: dict[tuple[int, str], str]
    notes: tuple[str, ...]


def link(
    pool: Pool,
    type_: str,
    observations: Sequence[str],
    *,
    id_: str | None = None,
    background: Sequence[str] = (),
    psf: Sequence[str] = (),
) -> Linked:
    """Return a pool in which observations share a candidate.

    Parameters
    ----------
    pool : Pool
        The exposures.
    type_ : str
        The type of the link (`TYPES`).
    observations : sequence of str
        The numbers of the observations; ``1234:3`` in a pool of several programs.
    id_ : str, optional
        The id of the candidate; by default the next free one from ``c1000``. If a candidate of this type has the id,
        the observations are added to it.
    background, psf : sequence of str
        The observations to flag as background or as PSF reference; they may be additional ones.

    Returns
    -------
    Linked

    Raises
    ------
    UsageError
        When the type or an observation is unknown, only one observation is given, or the id is invalid.
    CandidateIdError
        When the pool has no free id.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> linked = link(simulate(12, ["miri-imaging"]), "background", ["1"], background=["2"])
    >>> linked.candidate, sorted(set(linked.pool["asn_candidate"])), sorted(set(linked.pool["bkgdtarg"]))
    (Candidate(id='c1000', type='background'),
     ["[('o001', 'observation'), ('c1000', 'background')]", "[('o002', 'observation'), ('c1000', 'background')]"],
     ['f', 't'])
    """
    if type_ not in TYPES:
        raise UsageError(f"unknown type of link {type_!r}; use one of {', '.join(TYPES)}")
    chosen = named_observations(pool, [*observations, *background, *psf])
    candidate = _candidate(pool, type_, id_, chosen)
    _check(pool, candidate, chosen)
    cells: dict[tuple[int, str], str] = {}
    for flag, names in (("bkgdtarg", background), ("is_psf", psf)):
        for observation in named_observations(pool, names):
            cells |= {(row, flag): "t" for row in observation.rows if pool[flag][row] != "t"}
    for observation in chosen:
        cells |= dict(_added(pool, observation, candidate))
    linked = changed(pool, cells) if cells else pool
    names = tuple(observation.name for observation in chosen)
    return Linked(linked, candidate, names, cells, tuple(_notes(linked, type_, names, _programs(chosen))))


def _programs(observations: Sequence[Observation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(observation.program for observation in observations))


def _candidate(pool: Pool, type_: str, id_: str | None, chosen: Sequence[Observation]) -> Candidate:
    """Return the candidate of the given id, or an existing one of exactly these observations, or a new one."""
    known = linking_candidates(pool)
    if id_ is None:
        rows = {row for observation in chosen for row in observation.rows}
        for candidate in known:
            if candidate.type == type_ and rows == _rows_of(pool, candidate):
                return candidate
        return Candidate(_free_id(pool, known), type_)
    wanted = id_.lower()
    if not _ID.fullmatch(wanted):
        raise UsageError(f"{id_!r} is not an id for a link; write c and four digits, such as c1000")
    for candidate in known:
        if candidate.id == wanted and candidate.type != type_:
            raise UsageError(f"{wanted} is already a candidate of type {candidate.type}; choose another id")
    return Candidate(wanted, type_)


def _free_id(pool: Pool, known: Sequence[Candidate]) -> str:
    taken = {int(candidate.id[1:5]) for candidate in known if _ID.match(candidate.id)}
    number = max([_FIRST - 1, *(number for number in taken if number < 10**4 - 1)]) + 1
    if number in taken or number >= 10**4:
        raise CandidateIdError(f"{pool.name} has no free id after its last candidate; choose one")
    return f"c{number}"


def _rows_of(pool: Pool, candidate: Candidate) -> set[int]:
    column = pool["asn_candidate"]
    has = [candidate in parse_candidates(text) for text in column.values]
    return {row for row, code in enumerate(column.codes.tolist()) if has[code]}


def _check(pool: Pool, candidate: Candidate, chosen: Sequence[Observation]) -> None:
    if len(_programs(chosen)) > 1:
        raise UsageError(
            f"the observations are of programs {', '.join(_programs(chosen))}; a link must be within one program"
        )
    others = _rows_of(pool, candidate) - {row for observation in chosen for row in observation.rows}
    if len(chosen) < 2 and not others:
        raise UsageError(f"a {candidate.type} link needs at least two observations; name the others, too")


def _added(pool: Pool, observation: Observation, candidate: Candidate) -> Iterator[tuple[tuple[int, str], str]]:
    column = pool["asn_candidate"]
    for row in observation.rows:
        if candidate not in parse_candidates(column[row]):
            yield (row, "asn_candidate"), with_candidate(column[row], candidate)


def _notes(linked: Pool, type_: str, names: Sequence[str], programs: Sequence[str]) -> Iterator[str]:
    own = named_observations(linked, [f"{programs[0]}:{name}" for name in names])
    if type_ == "background" and not any(observation.is_background for observation in own):
        yield "none of these observations is flagged as background; say which one is"
    if type_ in ("coronagraphy", "ami") and not any(observation.is_psf for observation in own):
        yield "none of these observations is flagged as PSF reference; say which one is"
    if type_ == "background" and own and all(observation.is_background for observation in own):
        yield "all of these observations are flagged as background; link them with the science observation, too"
