"""Updates: deciding again only what new, gone or changed exposures of a pool can touch.

A run leaves a *state* in its run file: the pool as it was, and where each association came from. With it a later run
of the same pool, with the same rules and options, finds the exposures that differ, and those whose associations can
depend on them (`asngraph.engine.affected`). Only these are decided; the other associations are taken over, and all are
numbered together. The result is the same as that of deciding everything.
"""

from __future__ import annotations

import base64
import io
import json
import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from asngraph.engine.affected import reached, single_valued
from asngraph.engine.decide import decide
from asngraph.engine.result import Decision, Request
from asngraph.model.candidate import DISCOVERY, Candidate, CandidateColumn
from asngraph.model.column import Codes, Column, Integers, Mask
from asngraph.model.filenames import association_file
from asngraph.model.pool import Pool
from asngraph.rules.rule import RuleSet

# A state that is unpacked has at most this many bytes: that of a pool of two million exposures.
_MOST_BYTES = 1 << 30
# The fields of an origin that have few values; in a state they are columns, as those of the pool.
_REPEATED = ("rule", "candidate", "candidate_type")
# What a state that is damaged raises; an error of base64 is a ValueError.
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, zlib.error)
_LESSER = "has the same product and fewer members"


class Origin(NamedTuple):
    """Where an association came from.

    Parameters
    ----------
    row : int
        The exposure that started it.
    rule : str
        Its rule.
    candidate, candidate_type : str
        Its candidate.
    place : int
        Its place among all associations.
    product : str
        The name of its product.
    """

    row: int
    rule: str
    candidate: str
    candidate_type: str
    place: int
    product: str


@dataclass(frozen=True)
class State:
    """What a later run needs to know of a run.

    Parameters
    ----------
    pool : Pool
        The pool.
    made : list of Origin
        The origin of each association.
    lesser : list of (int, str)
        For associations that were set aside for others of the same product, the exposure that started them, and the
        product.
    duplicates : list of int
        For each duplicate, the exposure that started it.
    orphans : list of (int, str)
        The exposures that are in no association, with the reasons.
    """

    pool: Pool
    made: list[Origin]
    lesser: list[tuple[int, str]]
    duplicates: list[int]
    orphans: list[tuple[int, str]]


class Numbered(NamedTuple):
    """An association with its new name.

    Parameters
    ----------
    name : str
        The name of its file.
    origin : Origin
        Its origin, in the new pool.
    earlier : int
        Its place among the associations of the earlier run; if it was decided, ``~place``, with its place among those
        of the decision.
    """

    name: str
    origin: Origin
    earlier: int


class Update(NamedTuple):
    """The result of an update.

    Parameters
    ----------
    decision : Decision
        The decision about the exposures that the change can touch.
    only : array of bool
        These exposures.
    associations : list of Numbered
        All associations.
    state : State
        The new state, without the orphans among the decided exposures.
    """

    decision: Decision
    only: Mask
    associations: list[Numbered]
    state: State


def can_update(request: Request, rules: RuleSet) -> bool:
    """Return whether updates are possible: not with derived columns, and not where numbers count all that was begun.

    Parameters
    ----------
    request : Request
        The request.
    rules : RuleSet
        The rules; derived columns of own rules can depend on all exposures.
    """
    return not (request.by_creation or request.merge or request.ids is not None or rules.facts)


def state_of(decision: Decision, orphans: Sequence[tuple[int, str]]) -> State:
    """Return the state that a complete decision leaves.

    Parameters
    ----------
    decision : Decision
        The decision.
    orphans : sequence of (int, str)
        The exposures that are in no association, with the reasons.
    """
    lesser, duplicates = _set_aside(decision)
    return State(decision.facts.pool, _origins(decision), lesser, duplicates, list(orphans))


def _origins(decision: Decision) -> list[Origin]:
    return [
        Origin(own.start, own.rule.name, own.candidate.id, own.candidate.type, place, own.product)
        for place, own in enumerate(made.draft for made in decision.made)
    ]


def _set_aside(decision: Decision) -> tuple[list[tuple[int, str]], list[int]]:
    lesser = [(each.draft.start, each.draft.product) for each in decision.aside if each.reason == _LESSER]
    return lesser, [each.draft.start for each in decision.aside if each.duplicate_of is not None]


def updated(state: State, pool: Pool, rules: RuleSet, request: Request) -> Update | None:
    """Return the associations of a pool, deciding only what can differ from an earlier run.

    Parameters
    ----------
    state : State
        The state that the earlier run left, with the same rules and request.
    pool : Pool
        The pool as it is now.
    rules : RuleSet
        The rules.
    request : Request
        The request (`can_update`).

    Returns
    -------
    Update or None
        None where everything is to be decided.

    Notes
    -----
    Exposures are matched in order: one that moved before or after others counts as gone and new. If new associations
    have the product of others that were to be taken over, these are decided again, too.
    """
    if list(state.pool.columns) != list(pool.columns) or single_valued(state.pool, rules) != single_valued(pool, rules):
        return None
    both, now = _matched(state.pool, pool)
    seeds = np.ones(len(both), dtype=bool)
    seeds[now[now >= 0]] = False
    products = [(origin.row, origin.product) for origin in state.made] + state.lesser
    while True:
        only = reached(both, rules, request, seeds)
        kept = _kept(only, now, len(pool))
        decision = decide(pool, rules, replace(request, part=only[: len(pool)]))
        lesser, duplicates = _set_aside(decision)
        touched = {made.draft.product for made in decision.made} | {product for _, product in lesser}
        touched |= {product for row, product in products if kept[row] < 0}
        again = [kept[row] for row, product in products if kept[row] >= 0 and product in touched]
        if not again:
            break
        seeds[again] = True
    associations = _numbered(state, decision, kept, pool, request)
    if associations is None:
        return None
    return Update(
        decision,
        only[: len(pool)],
        associations,
        State(
            pool,
            [each.origin for each in associations],
            lesser + [(int(kept[row]), product) for row, product in state.lesser if kept[row] >= 0],
            duplicates + [int(kept[row]) for row in state.duplicates if kept[row] >= 0],
            [(int(kept[row]), reason) for row, reason in state.orphans if kept[row] >= 0],
        ),
    )


def _kept(only: Mask, now: Integers, size: int) -> Integers:
    """Return the new row of each old one; -1 where it is gone, or its associations are decided again."""
    kept = now.copy()
    kept[(now >= 0) & only[:size][np.maximum(now, 0)]] = -1
    return kept


def _matched(old: Pool, new: Pool) -> tuple[Pool, Integers]:
    """Return the new pool followed by the old exposures that are not in it, and the new row of each old one or -1."""
    columns, codes = {}, []
    for name, column in new.columns.items():
        numbers = {value: number for number, value in enumerate(column.values)}
        translated = np.array(
            [numbers.setdefault(value, len(numbers)) for value in old.columns[name].values], dtype=np.int32
        )
        codes.append((column.codes, translated[old.columns[name].codes]))
        columns[name] = list(numbers)
    there: defaultdict[bytes, list[int]] = defaultdict(list)
    for row, key in enumerate(_keys([theirs for _, theirs in codes], len(old))):
        there[key].append(row)
    for rows in there.values():
        rows.reverse()
    keys = _keys([own for own, _ in codes], len(new))
    found = [there[key].pop() if there.get(key) else -1 for key in keys]
    now = np.full(len(old), -1, dtype=np.int64)
    for row in _longest_ascending(found):
        now[found[row]] = row
    gone = now < 0
    both = {
        name: Column(values, np.concatenate([own, theirs[gone]]))
        for (name, values), (own, theirs) in zip(columns.items(), codes, strict=True)
    }
    return Pool.unchecked(both, new.name), now


def _keys(columns: Sequence[Codes], size: int) -> list[bytes]:
    """Return a key for each row, from the numbers of its values."""
    table = np.ascontiguousarray(np.stack(columns, axis=1))
    width = table.itemsize * table.shape[1]
    text = table.tobytes()
    return [text[row * width : (row + 1) * width] for row in range(size)]


def _longest_ascending(numbers: Sequence[int]) -> list[int]:
    """Return the places of a longest ascending subsequence; negative numbers are left out.

    Examples
    --------
    >>> _longest_ascending([0, 5, 1, -1, 2])
    [0, 2, 4]
    """
    tails: list[int] = []
    places: list[int] = []
    before: list[int] = [-1] * len(numbers)
    for place, number in enumerate(numbers):
        if number < 0:
            continue
        length = bisect_left(tails, number)
        before[place] = places[length - 1] if length else -1
        tails[length : length + 1], places[length : length + 1] = [number], [place]
    chosen, place = [], places[-1] if places else -1
    while place >= 0:
        chosen.append(place)
        place = before[place]
    return chosen[::-1]


def _numbered(state: State, decision: Decision, kept: Integers, pool: Pool, request: Request) -> list[Numbered] | None:
    """Return all associations with their names; None where an earlier one has a rule or a candidate that is unknown.

    Within a candidate and a type, associations are numbered in the reverse order of the candidates, the exposures that
    started them, and the rules; those of one group in their order (`asngraph.engine.duplicates.prune`).
    """
    excluded = pool["filename"].where(request.excluded.__contains__)
    column = CandidateColumn(pool["asn_candidate"], np.flatnonzero(~excluded))
    candidates = {candidate: number for number, candidate in enumerate((DISCOVERY, *column.all))}
    rules = {rule.name: (place, rule) for place, rule in enumerate(decision.rules)}
    origins = [
        (origin._replace(row=int(kept[origin.row])), place)
        for place, origin in enumerate(state.made)
        if kept[origin.row] >= 0
    ]
    origins += [(origin, ~origin.place) for origin in _origins(decision)]
    ranked = []
    for origin, earlier in origins:
        number = candidates.get(Candidate(origin.candidate, origin.candidate_type))
        if number is None or origin.rule not in rules:
            return None
        place, rule = rules[origin.rule]
        key = (rule.level, origin.candidate, rule.asn_type)
        ranked.append((key, -number, -origin.row, -place, origin.place, origin, earlier))
    ranked.sort(key=lambda entry: entry[:5])
    programs = pool["program"]
    associations: list[Numbered] = []
    last, sequence = None, 0
    for key, *_, origin, earlier in ranked:
        sequence = sequence + 1 if key == last else 1
        last = key
        program = f"{programs[origin.row]:0>5s}".replace("/", "")
        name = association_file(program, origin.candidate, key[2], sequence, version=request.version)
        associations.append(Numbered(name, origin._replace(place=len(associations)), earlier))
    return associations


def packed_state(state: State, files: Sequence[str]) -> str:
    """Return a state as text, for a run file.

    Parameters
    ----------
    state : State
        The state.
    files : sequence of str
        The name of the file of each association.
    """
    codes: list[bytes] = []
    order = sorted(range(len(files)), key=lambda place: (len(files[place]), files[place]))  # the same after any update
    made = [state.made[place] for place in order]
    data = {
        "columns": {name: _packed(column, codes) for name, column in state.pool.columns.items()},
        "files": [files[place] for place in order],
        "rows": [origin.row for origin in made],
        "products": [origin.product for origin in made],
        **{name: _packed(Column.of([getattr(origin, name) for origin in made]), codes) for name in _REPEATED},
        "lesser": sorted(state.lesser),
        "duplicates": sorted(state.duplicates),
        "orphans": sorted(state.orphans),
    }
    return base64.b64encode(zlib.compress(b"\n".join([json.dumps(data).encode(), b"".join(codes)]), 1)).decode()


def _packed(column: Column, codes: list[bytes]) -> list[Any]:
    """Return what a state has of a column as JSON; its codes are appended to the others."""
    kind = np.min_scalar_type(max(len(column.values) - 1, 0))
    codes.append(column.codes.astype(kind.newbyteorder("<")).tobytes())
    return [column.values, kind.itemsize, len(column)]


def unpacked_state(text: str, name: str) -> tuple[State, list[str]] | None:
    """Return the state in a text, and the name of the file of each association; None where the text is damaged.

    Parameters
    ----------
    text : str
        The text.
    name : str
        The name of the pool.
    """
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
        head, _, codes = content.partition(b"\n")
        return _state(json.loads(head), io.BytesIO(codes), name)
    except _DAMAGE:
        return None


def _state(data: Mapping[str, Any], codes: BinaryIO, name: str) -> tuple[State, list[str]]:
    columns = {str(column): _unpacked(packed, codes) for column, packed in data["columns"].items()}
    pool = Pool.unchecked(columns, name)
    if len({len(column) for column in columns.values()}) != 1 or "filename" not in columns:
        raise ValueError(name)
    files = [str(file) for file in data["files"]]
    starts, products = map(int, data["rows"]), map(str, data["products"])
    repeated = [_unpacked(data[field], codes) for field in _REPEATED]
    made = [Origin(*fields) for fields in zip(starts, *repeated, range(len(files)), products, strict=True)]
    lesser = [(int(row), str(product)) for row, product in data["lesser"]]
    orphans = [(int(row), str(reason)) for row, reason in data["orphans"]]
    duplicates = [int(row) for row in data["duplicates"]]
    rows = [*(origin.row for origin in made), *(row for row, _ in (*lesser, *orphans)), *duplicates]
    if any(not 0 <= row < len(pool) for row in rows):
        raise ValueError(name)
    return State(pool, made, lesser, duplicates, orphans), files


def _unpacked(packed: Sequence[Any], codes: BinaryIO) -> Column:
    values, size, length = packed
    numbers = np.frombuffer(codes.read(int(size) * int(length)), dtype=f"<u{int(size)}").astype(np.int32)
    known = not len(numbers) or 0 <= int(numbers.min()) <= int(numbers.max()) < len(values)
    if len(numbers) != length or not known or not all(isinstance(value, str) for value in values):
        raise ValueError(length)
    return Column(values, numbers)
