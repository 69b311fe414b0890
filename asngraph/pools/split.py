"""Splitting of a pool into sets of related targets, which are the connected components of a graph."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import networkx as nx

from asngraph.model.candidate import CandidateColumn
from asngraph.model.column import is_defined
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import product_root
from asngraph.model.pool import Pool

# Roles of exposures without a pointing, which calibrate others (`asngraph.model.exposure_types.ROLE_OF_EXP_TYPE`).
_CALIBRATIONS = frozenset({"dark", "flat", "engineering", "autoflat", "autowave"})

_Node: TypeAlias = tuple[str, ...] | int


class Part(NamedTuple):
    """A part of a pool.

    Parameters
    ----------
    name : str
        A file name, made of its program and first target.
    program : str
        Its program.
    targets : tuple of str
        The numbers of its targets.
    pool : Pool
        Its exposures, in the order of the original pool.
    """

    name: str
    program: str
    targets: tuple[str, ...]
    pool: Pool


def split(pool: Pool) -> list[Part]:
    """Return the parts of a pool, one for each set of related targets of a program.

    Targets are related when an observation, a candidate or an exposure with several candidates connects them.
    Calibration exposures without a target, and without a candidate that has one, are added to every part of their
    program with exposures of their instrument. No candidate is split, so all parts together give the same associations
    of candidates as the original pool.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    list of Part
        The parts, in the order of their first exposures.

    Notes
    -----
    The cost is linear in the number of exposures and of their candidates.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> [(part.name, part.targets, len(part.pool)) for part in split(simulate(20, ["miri-imaging"], seed=1))]
    [('jw03201_t001_pool.csv', ('1',), 8), ('jw03201_t002_pool.csv', ('2',), 8),
     ('jw03201_t003_pool.csv', ('3',), 3), ('jw03201_t004_pool.csv', ('4',), 1)]
    """
    facts = Facts(pool)
    parts: list[list[int]] = []
    calibrations: list[list[int]] = []
    for rows in _connected(facts):
        only_calibrates = all(facts["role"][row] in _CALIBRATIONS and not _has_target(facts, row) for row in rows)
        (calibrations if only_calibrates else parts).append(rows)
    parts = _with_calibrations(facts, parts, calibrations)
    names = _Names()
    found = []
    for rows in sorted(parts):
        targets = tuple(dict.fromkeys(facts["targetid"][row] for row in rows if _has_target(facts, row)))
        program = facts["program"][rows[0]]
        part = pool.take(rows)
        part.name = names.of(program, targets, part)
        found.append(Part(part.name, program, targets, part))
    return found


def _has_target(facts: Facts, row: int) -> bool:
    return bool(facts["targetid"].defined[row])


def _connected(facts: Facts) -> list[list[int]]:
    """Return the rows of connected exposures: by file, and within a program by target, observation and candidate."""
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(range(len(facts.pool)))
    for column in ("targetid", "obs_num"):
        values = facts[column]
        for row in range(len(facts.pool)):
            if values.defined[row]:
                graph.add_edge(row, (column, facts["program"][row], values[row]))
    for row, file_name in enumerate(facts["filename"]):  # the same file in two rows would be one member
        graph.add_edge(row, ("file", product_root(file_name)))
    candidates = CandidateColumn(facts["asn_candidate"])
    rows, which = candidates.expand(candidates.all)
    for row, number in zip(rows.tolist(), which.tolist(), strict=True):
        graph.add_edge(row, ("candidate", facts["program"][row], candidates.all[number].id))
    return [sorted(node for node in part if isinstance(node, int)) for part in nx.connected_components(graph)]


def _with_calibrations(facts: Facts, parts: Sequence[list[int]], calibrations: Sequence[list[int]]) -> list[list[int]]:
    """Return the parts with the calibrations that serve them; calibrations that serve no part become one."""
    added = [list(rows) for rows in parts]
    serves: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, rows in enumerate(parts):
        for kind in {_kind(facts, row) for row in rows}:
            serves[kind].append(number)
    unused: defaultdict[str, list[int]] = defaultdict(list)
    for rows in calibrations:
        served = {number for row in rows for number in serves[_kind(facts, row)]}
        for number in served:
            added[number] += rows
        if not served:
            unused[facts["program"][rows[0]]] += rows
    return [sorted(rows) for rows in (*added, *unused.values())]


def _kind(facts: Facts, row: int) -> tuple[str, str]:
    return facts["program"][row], facts["instrume"][row]


class _Names:
    """Unique names of parts, for any content of the pool."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, program: str, targets: Sequence[str], part: Pool) -> str:
        start = f"jw{program:0>5}" if is_defined(program) and re.fullmatch("[0-9a-z]+", program) else "unknown"
        if targets:
            what = f"t{targets[0]:0>3}"
        else:
            observation = next((text for text in part["obs_num"] if is_defined(text)), "none")
            what = f"o{observation:0>3}"
        name = start + "_" + re.sub("[^0-9a-z]", "-", what)[:40]
        number = 2
        unique = name
        while unique in self._given:
            unique, number = f"{name}-{number}", number + 1
        self._given.add(unique)
        return f"{unique}_pool.csv"
