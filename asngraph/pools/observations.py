"""The observations of a pool: which exposures each has, and what they are of."""

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

# Columns that tell set-ups apart whose products can be combined.
_OPTICS = ("filter", "pupil", "grating", "band", "fxd_slit", "subarray")
# Instrument, type of exposure, and optics; empty where undefined.
Setup = tuple[str, ...]

_NAMED = re.compile(r"(?:(?P<program>\w+):)?o?(?P<number>\d+)", re.ASCII | re.IGNORECASE)
_OBSERVATION = re.compile(r"[a-z]?(?P<number>\d+)", re.ASCII)


@dataclass(frozen=True)
class Observation:
    """An observation of a pool.

    Parameters
    ----------
    program, number : str
        Its program and its number, as the pool has them; either may be undefined.
    rows : tuple of int
        Its exposures.
    """

    facts: Facts
    program: str
    number: str
    rows: tuple[int, ...]

    @property
    def name(self) -> str:
        """Its number, as people write it."""
        return str(int(self.number)) if self.number.isdecimal() else self.number

    @cached_property
    def science(self) -> tuple[int, ...]:
        """Its exposures that are on what was pointed at: no acquisitions, no calibrations, no imprints."""
        role = self.facts["role"]
        return tuple(row for row in self.rows if role[row] in (Role.SCIENCE, Role.BACKGROUND, Role.PSF))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The ids of its targets."""
        return self._distinct("targetid", self.rows)

    @cached_property
    def target_names(self) -> tuple[str, ...]:
        """The names of its targets: those of the proposer, or else of the catalog."""
        return self._distinct("targprop", self.rows) or self._distinct("targname", self.rows)

    @cached_property
    def instruments(self) -> tuple[str, ...]:
        """The instruments that it uses."""
        return self._distinct("instrume", self.rows)

    @cached_property
    def modes(self) -> Counter[str]:
        """How many exposures it has of each type."""
        return Counter(self.facts["exp_type"][row] for row in self.rows)

    @cached_property
    def optics(self) -> tuple[str, ...]:
        """The filters, gratings and bands of its science, each pair as one word."""
        facts = self.facts
        words = ("+".join(text for name in _OPTICS[:4] if is_defined(text := facts[name][row])) for row in self.science)
        return tuple(dict.fromkeys(word for word in words if word))

    @cached_property
    def setups(self) -> frozenset[Setup]:
        """The set-ups of its science, with their types: what has one in common can be combined."""
        facts = self.facts
        names = ("instrume", "exp_type", *_OPTICS)
        return frozenset(
            tuple(text if is_defined(text := facts[name][row]) else "" for name in names) for row in self.science
        )

    @property
    def is_background(self) -> bool:
        """Whether its science is flagged as background."""
        return self._flagged("bkgdtarg")

    @property
    def is_psf(self) -> bool:
        """Whether its science is flagged as a reference for coronagraphy or interferometry."""
        return self._flagged("is_psf")

    @property
    def is_parallel(self) -> bool:
        """Whether it was taken as a pure parallel."""
        return any(self.facts["visitype"][row].startswith("parallel_pure") for row in self.rows)

    @property
    def set_type(self) -> str | None:
        """The type of candidate in which its exposures meet a PSF reference, if they are of such a mode."""
        types = {self.facts["exp_type"][row] for row in self.science}
        return "ami" if INTERFEROMETRY in types else "coronagraphy" if types & {*CORONAGRAPHY} else None

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates that its exposures are under, its own among them."""
        texts = dict.fromkeys(self.facts["asn_candidate"][row] for row in self.rows)
        return tuple(dict.fromkeys(each for text in texts for each in parse_candidates(text)))

    def _distinct(self, column: str, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for row in rows if is_defined(text := self.facts[column][row])))

    def _flagged(self, column: str) -> bool:
        return any(self.facts[column].defined[row] for row in self.science)


def observations_of(pool: Pool) -> list[Observation]:
    """List the observations of a pool, in the order of their first exposures.

    An exposure without a number of its observation counts for that whose candidate it is under, if there is one.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> [(each.name, each.instruments, each.optics) for each in observations_of(simulate(6, ["niriss-imaging"]))]
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
    """Find observations by their numbers: ``3``, ``003``, ``o003``, or ``1234:3`` where there are several programs.

    Raises
    ------
    UsageError
        When there is no such observation, or there are several.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> [each.name for each in named_observations(simulate(6, ["niriss-imaging"]), ["o001"])]
    ['1']
    """
    there_are = observations_of(pool)
    return list({id(each): each for each in (_named(pool, there_are, name) for name in names)}.values())


def linking_candidates(pool: Pool) -> tuple[Candidate, ...]:
    """List the candidates of a pool that are no observations."""
    return tuple(each for each in CandidateColumn(pool["asn_candidate"]).all if each.type != "observation")


def _named(pool: Pool, there_are: Sequence[Observation], name: str) -> Observation:
    match = _NAMED.fullmatch(name)
    if match is None:
        raise UsageError(f"{name!r} is no observation; write its number, such as 3 or o003")
    wanted, program = int(match["number"]), match["program"]
    found = [
        each
        for each in there_are
        if each.number.isdecimal()
        and int(each.number) == wanted
        and (program is None or each.program.lstrip("0") == program.lower().lstrip("0"))
    ]
    if not found:
        shown = [each.name for each in there_are][:20]
        more = ", ..." if len(there_are) > len(shown) else ""
        raise UsageError(f"{pool.name} has no observation {name}; there are {', '.join(shown)}{more}")
    if len(found) > 1:
        programs = " or ".join(f"{each.program}:{wanted}" for each in found)
        raise UsageError(f"{pool.name} has observation {name} of several programs; write {programs}")
    return found[0]


def _own_number(text: str) -> str:
    for each in parse_candidates(text):
        if each.type == "observation" and (match := _OBSERVATION.fullmatch(each.id)):
            return str(int(match["number"]))
    return "null"
