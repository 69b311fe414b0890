"""Links between observations, which no header carries: candidates that several of them are under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from asngraph.errors import CandidateIdError, UsageError
from asngraph.model.candidate import Candidate, parse_candidates, with_candidate
from asngraph.model.pool import Pool, changed
from asngraph.pools.observations import Observation, linking_candidates, named_observations

# What links can be for, and what each means.
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
    """A pool with a link more.

    Parameters
    ----------
    pool : Pool
        The pool.
    candidate : Candidate
        The candidate that the observations are under.
    observations : tuple of str
        Their numbers.
    cells : dict of (int, str) to str
        What is otherwise than it was, by row and column.
    notes : tuple of str
        What is odd about it.
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
    """Put observations under a common candidate.

    Parameters
    ----------
    pool : Pool
        The exposures.
    type_ : str
        What the link is for (`TYPES`).
    observations : sequence of str
        The observations, by their numbers; ``1234:3`` where a pool has several programs.
    id_ : str, optional
        The candidate's id; by default the next that is free, from ``c1000``. Where a candidate of that type has it,
        the observations join it.
    background, psf : sequence of str
        Those of the observations, or further ones, that are flagged as background or as PSF reference.

    Returns
    -------
    Linked

    Raises
    ------
    UsageError
        When there is no such type or observation, it is one observation alone, or the id cannot be.

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
        raise UsageError(f"there is no link for {type_!r}; there are {', '.join(TYPES)}")
    chosen = named_observations(pool, [*observations, *background, *psf])
    candidate = _candidate(pool, type_, id_, chosen)
    _check(pool, candidate, chosen)
    cells: dict[tuple[int, str], str] = {}
    for flag, names in (("bkgdtarg", background), ("is_psf", psf)):
        for each in named_observations(pool, names):
            cells |= {(row, flag): "t" for row in each.rows if pool[flag][row] != "t"}
    for each in chosen:
        cells |= dict(_under(pool, each, candidate))
    linked = changed(pool, cells) if cells else pool
    names = tuple(each.name for each in chosen)
    return Linked(linked, candidate, names, cells, tuple(_notes(linked, type_, names, _programs(chosen))))


def _programs(observations: Sequence[Observation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.program for each in observations))


def _candidate(pool: Pool, type_: str, id_: str | None, chosen: Sequence[Observation]) -> Candidate:
    """Choose the candidate: that which was named, one that has just these observations already, or a new one."""
    known = linking_candidates(pool)
    if id_ is None:
        rows = {row for each in chosen for row in each.rows}
        for each in known:
            if each.type == type_ and rows == _rows_under(pool, each):
                return each
        return Candidate(_free_id(pool, known), type_)
    wanted = id_.lower()
    if not _ID.fullmatch(wanted):
        raise UsageError(f"{id_!r} is no id for a link; write c and four digits, such as c1000")
    for each in known:
        if each.id == wanted and each.type != type_:
            raise UsageError(f"{wanted} is a candidate of type {each.type} already; choose another id")
    return Candidate(wanted, type_)


def _free_id(pool: Pool, known: Sequence[Candidate]) -> str:
    taken = {int(each.id[1:5]) for each in known if _ID.match(each.id)}
    number = max([_FIRST - 1, *(each for each in taken if each < 10**4 - 1)]) + 1
    if number in taken or number >= 10**4:
        raise CandidateIdError(f"{pool.name} has no free id left after its last candidate; choose one")
    return f"c{number}"


def _rows_under(pool: Pool, candidate: Candidate) -> set[int]:
    column = pool["asn_candidate"]
    has = [candidate in parse_candidates(text) for text in column.values]
    return {row for row, code in enumerate(column.codes.tolist()) if has[code]}


def _check(pool: Pool, candidate: Candidate, chosen: Sequence[Observation]) -> None:
    if len(_programs(chosen)) > 1:
        raise UsageError(f"the observations are of programs {', '.join(_programs(chosen))}; a link is within one")
    others = _rows_under(pool, candidate) - {row for each in chosen for row in each.rows}
    if len(chosen) < 2 and not others:
        raise UsageError(f"a {candidate.type} link is of two observations or more; name the others too")


def _under(pool: Pool, observation: Observation, candidate: Candidate) -> Iterator[tuple[tuple[int, str], str]]:
    column = pool["asn_candidate"]
    for row in observation.rows:
        if candidate not in parse_candidates(column[row]):
            yield (row, "asn_candidate"), with_candidate(column[row], candidate)


def _notes(linked: Pool, type_: str, names: Sequence[str], programs: Sequence[str]) -> Iterator[str]:
    own = named_observations(linked, [f"{programs[0]}:{name}" for name in names])
    if type_ == "background" and not any(each.is_background for each in own):
        yield "none of these observations is flagged as background; say which is"
    if type_ in ("coronagraphy", "ami") and not any(each.is_psf for each in own):
        yield "none of these observations is flagged as PSF reference; say which is"
    if type_ == "background" and own and all(each.is_background for each in own):
        yield "all of these observations are flagged as background, so it is the background of nothing"
