"""The observations of a pool: their exposures, targets, modes and set-ups."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from asngraph.errors import UsageError
from asngraph.model.candidate import Candidate, CandidateColumn, parse_candidates
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.exposure_types import CORONAGRAPHY, INTERFEROMETRY
from asngraph.model.pool import Pool
from asngraph.model.roles import Role

# The columns that distinguish set-ups: products of exposures that agree in them can be combined.
_OPTICS = ("filter", "pupil", "grating", "band", "fxd_slit", "subarray")
# Instrument, exposure type and optics; empty where undefined.
Setup = tuple[str, ...]

_NAMED = re.compile(r"(?:(?P<program>\w+):)?o?(?P<number>\d+)", re.ASCII | re.IGNORECASE)
_OBSERVATION = re.compile(r"[a-z]?(?P<number>\d+)", re.ASCII)


@dataclass(frozen=True)
class Observation:
    """An observation of a pool.

    Parameters
    ----------
    facts : Facts
        The columns of the pool and those derived from them.
    program, number : str
        The program and the number of the observation, as in the pool; either may be undefined.
    rows : tuple of int
        The rows of its exposures.
    """

    facts: Facts
    program: str
    number: str
    rows: tuple[int, ...]

    @property
    def name(self) -> str:
        """The number without leading zeros."""
        return str(int(self.number)) if self.number.isdecimal() else self.number

    @cached_property
    def science(self) -> tuple[int, ...]:
        """The rows of its science, background and PSF exposures; not acquisitions, calibrations or imprints."""
        role = self.facts["role"]
        return tuple(row for row in self.rows if role[row] in (Role.SCIENCE, Role.BACKGROUND, Role.PSF))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The numbers of its targets."""
        return self._distinct("targetid", self.rows)

    @cached_property
    def target_names(self) -> tuple[str, ...]:
        """The names of its targets: the proposer's, or else those of the catalog."""
        return self._distinct("targprop", self.rows) or self._distinct("targname", self.rows)

    @cached_property
    def instruments(self) -> tuple[str, ...]:
        """The instruments that it uses."""
        return self._distinct("instrume", self.rows)

    @cached_property
    def modes(self) -> Counter[str]:
        """The number of its exposures of each exposure type."""
        return Counter(self.facts["exp_type"][row] for row in self.rows)

    @cached_property
    def optics(self) -> tuple[str, ...]:
        """The optical elements of its science exposures, those of an exposure joined with "+"."""
        facts = self.facts
        words = ("+".join(text for name in _OPTICS[:4] if is_defined(text := facts[name][row])) for row in self.science)
        return tuple(dict.fromkeys(word for word in words if word))

    @cached_property
    def setups(self) -> frozenset[Setup]:
        """The set-ups of its science exposures; observations with a common set-up can be combined."""
        facts = self.facts
        names = ("instrume", "exp_type", *_OPTICS)
        return frozenset(
            tuple(text if is_defined(text := facts[name][row]) else "" for name in names) for row in self.science
        )

    @property
    def is_background(self) -> bool:
        """Whether any of its science exposures is flagged as background."""
        return self._flagged("bkgdtarg")

    @property
    def is_psf(self) -> bool:
        """Whether any of its science exposures is flagged as a PSF reference."""
        return self._flagged("is_psf")

    @property
    def is_parallel(self) -> bool:
        """Whether it is a pure parallel."""
        return any(self.facts["visitype"][row].startswith("parallel_pure") for row in self.rows)

    @property
    def set_type(self) -> str | None:
        """The type of candidate for its exposures with a PSF reference; None for modes that need no reference."""
        types = {self.facts["exp_type"][row] for row in self.science}
        return "ami" if INTERFEROMETRY in types else "coronagraphy" if types & {*CORONAGRAPHY} else None

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates of its exposures, including the observation itself."""
        texts = dict.fromkeys(self.facts["asn_candidate"][row] for row in self.rows)
        return tuple(dict.fromkeys(candidate for text in texts for candidate in parse_candidates(text)))

    def _distinct(self, column: str, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for row in rows if is_defined(text := self.facts[column][row])))

    def _flagged(self, column: str) -> bool:
        return any(self.facts[column].defined[row] for row in self.science)


def observations_of(pool: Pool) -> list[Observation]:
    """Return the observations of a pool, in the order of their first exposures.

    An exposure without an observation number belongs to the observation among its candidates, if it has one.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    list of Observation

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> [(found.name, found.instruments, found.optics) for found in observations_of(simulate(6, ["niriss-imaging"]))]
    [('1', ('niriss',), ('clear+f200w', 'clear+f090w'))]
    """
    facts = Facts(pool)
    own = [_own_number(text) for text in facts["asn_candidate"].values]
    codes = facts["asn_candidate"].codes
    rows: dict[tuple[str, str], list[int]] = {}
    for row, (program, number) in enumerate(zip(facts["program"], facts["obs_num"], strict=True)):
        known = number if is_defined(number) else own[codes[row]]
        rows.setdefault((program, known), []).append(row)
    return [Observation(facts, program, number, tuple(some)) for (program, number), some in rows.items()]


def named_observations(pool: Pool, names: Iterable[str]) -> list[Observation]:
    """Return the observations of given numbers.

    Parameters
    ----------
    pool : Pool
        The exposures.
    names : iterable of str
        Numbers: ``3``, ``003``, ``o003``, or ``1234:3`` in a pool of several programs.

    Returns
    -------
    list of Observation
        In the order of `names`, without repetitions.

    Raises
    ------
    UsageError
        When a name is not an observation's number, or the pool has no or several observations of that number.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> [observation.name for observation in named_observations(simulate(6, ["niriss-imaging"]), ["o001"])]
    ['1']
    """
    known = observations_of(pool)
    return list({id(found): found for found in (_named(pool, known, name) for name in names)}.values())


def linking_candidates(pool: Pool) -> tuple[Candidate, ...]:
    """Return the candidates of a pool that are not observations.

    Parameters
    ----------
    pool : Pool
        The exposures.
    """
    candidates = CandidateColumn(pool["asn_candidate"]).all
    return tuple(candidate for candidate in candidates if candidate.type != "observation")


def _named(pool: Pool, known: Sequence[Observation], name: str) -> Observation:
    match = _NAMED.fullmatch(name)
    if match is None:
        raise UsageError(f"{name!r} is not an observation; write its number, such as 3 or o003")
    wanted, program = int(match["number"]), match["program"]
    found = [
        observation
        for observation in known
        if observation.number.isdecimal()
        and int(observation.number) == wanted
        and (program is None or observation.program.lstrip("0") == program.lower().lstrip("0"))
    ]
    if not found:
        shown = [observation.name for observation in known][:20]
        more = ", ..." if len(known) > len(shown) else ""
        raise UsageError(f"unknown observation {name} in {pool.name}; use one of {', '.join(shown)}{more}")
    if len(found) > 1:
        programs = " or ".join(f"{observation.program}:{wanted}" for observation in found)
        raise UsageError(f"{pool.name} has observation {name} of several programs; write {programs}")
    return found[0]


def _own_number(text: str) -> str:
    for candidate in parse_candidates(text):
        if candidate.type == "observation" and (match := _OBSERVATION.fullmatch(candidate.id)):
            return str(int(match["number"]))
    return "null"
