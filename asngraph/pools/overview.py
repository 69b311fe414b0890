"""Summary of a pool: its programs, observations, candidates and roles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from asngraph.model.candidate import Candidate, CandidateColumn
from asngraph.model.pool import EXPECTED, Pool
from asngraph.pools.observations import Observation, observations_of


class ProgramSeen(NamedTuple):
    """Program of a pool.

    Parameters
    ----------
    program : str
        Its number, as in the pool.
    exposures : int
        The number of its exposures.
    observations : int
        The number of its observations.
    targets : int
        The number of its targets.
    """

    program: str
    exposures: int
    observations: int
    targets: int


class ObservationSeen(NamedTuple):
    """Observation of a pool, as text and numbers for a table.

    Parameters
    ----------
    program : str
        The number of its program, as in the pool.
    observation : str
        Its number.
    target : str
        The ids and the names of its targets.
    instrument : str
        Its instruments.
    exposures : int
        The number of its exposures.
    modes : dict of str to int
        The number of exposures by exposure type, the most frequent type first.
    optics : tuple of str
        The combinations of optical elements.
    candidates : tuple of str
        The candidates that link it to other observations: id and type.
    flags : tuple of str
        ``background``, ``psf``, ``parallel``, ``time series`` and ``imprints``, where they apply.
    """

    program: str
    observation: str
    target: str
    instrument: str
    exposures: int
    modes: dict[str, int]
    optics: tuple[str, ...]
    candidates: tuple[str, ...]
    flags: tuple[str, ...]


class CandidateSeen(NamedTuple):
    """Candidate that links observations.

    Parameters
    ----------
    id : str
        Its id.
    type : str
        Its type.
    observations : tuple of str
        The numbers of the observations.
    exposures : int
        The number of its exposures.
    """

    id: str
    type: str
    observations: tuple[str, ...]
    exposures: int


@dataclass(frozen=True)
class Overview:
    """The summary of a pool.

    Attributes
    ----------
    pool : str
        The name of the pool.
    exposures : int
        The number of its exposures.
    programs : list of ProgramSeen
        Its programs.
    observations : list of ObservationSeen
        Its observations, in order of first appearance.
    candidates : list of CandidateSeen
        The candidates that link observations.
    roles : dict of str to int
        The number of exposures in each role, the most frequent role first.
    lacking : tuple of str
        Columns that rules need and the pool lacks.
    notes : tuple of str
        Warnings about the pool.
    """

    pool: str
    exposures: int
    programs: list[ProgramSeen]
    observations: list[ObservationSeen]
    candidates: list[CandidateSeen]
    roles: dict[str, int]
    lacking: tuple[str, ...]
    notes: tuple[str, ...]


def overview(pool: Pool) -> Overview:
    """Return the summary of a pool.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    Overview

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> summary = overview(simulate(12, ["two-orientations"], seed=2))
    >>> summary.programs, summary.candidates
    ([ProgramSeen(program='01926', exposures=12, observations=2, targets=1)],
     [CandidateSeen(id='c1000', type='group', observations=('1', '2'), exposures=12)])
    """
    observations = observations_of(pool)
    lacking = tuple(name for name in EXPECTED if name not in pool)
    roles = Counter(observations[0].facts["role"])
    return Overview(
        pool.name,
        len(pool),
        _programs(pool, observations),
        [_observation(observation) for observation in observations],
        _candidates(pool, observations),
        dict(roles.most_common()),
        lacking,
        tuple(pool.notes),
    )


def _programs(pool: Pool, observations: list[Observation]) -> list[ProgramSeen]:
    exposures = Counter(pool["program"])
    targets: dict[str, set[str]] = {program: set() for program in exposures}
    for observation in observations:
        targets[observation.program].update(observation.targets)
    counts = Counter(observation.program for observation in observations)
    return [ProgramSeen(name, count, counts[name], len(targets[name])) for name, count in exposures.items()]


def _observation(observation: Observation) -> ObservationSeen:
    flags = [
        word
        for word, is_set in (
            ("background", observation.is_background),
            ("psf", observation.is_psf),
            ("parallel", observation.is_parallel),
            ("time series", any(observation.facts["tsovisit"][row] == "t" for row in observation.rows)),
            ("imprints", any(observation.facts["is_imprt"].defined[row] for row in observation.rows)),
        )
        if is_set
    ]
    named = "/".join(observation.targets)
    target = " ".join(part for part in (named, ", ".join(observation.target_names)) if part)
    linking = tuple(f"{found.id} {found.type}" for found in observation.candidates if found.type != "observation")
    return ObservationSeen(
        observation.program,
        observation.name,
        target,
        ", ".join(observation.instruments),
        len(observation.rows),
        dict(observation.modes.most_common()),
        observation.optics,
        linking,
        tuple(flags),
    )


def _candidates(pool: Pool, observations: list[Observation]) -> list[CandidateSeen]:
    column = CandidateColumn(pool["asn_candidate"])
    wanted: list[Candidate] = [candidate for candidate in column.all if candidate.type != "observation"]
    _, which = column.expand(wanted)
    counts = Counter(which.tolist())
    linked: dict[Candidate, list[str]] = {}
    for observation in observations:
        for candidate in dict.fromkeys(observation.candidates):
            linked.setdefault(candidate, []).append(observation.name)
    return [
        CandidateSeen(candidate.id, candidate.type, tuple(linked.get(candidate, ())), counts[number])
        for number, candidate in enumerate(wanted)
    ]
