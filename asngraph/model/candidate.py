"""Association candidates: which sets of exposures the observing plan wants to see together.

A row's ``asn_candidate`` is a list such as ``[('o001', 'observation'), ('c1000', 'mosaic')]``. Each candidate is worked
alone, on the exposures that have it; discovery then works the whole pool at once, as the candidate ``a3001``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from asngraph.model.column import Codes, Column, Integers, is_defined

# A list longer than this is no list that a planning system writes.
MAX_CANDIDATE_TEXT = 20_000

# Ids become parts of names of files, so that they have nothing but letters and digits.
_PAIR = re.compile(r"""[(\[]\s*(['"])([a-z0-9]{1,16})\1\s*,\s*(['"])([a-z][a-z0-9_ -]{0,63})\3\s*,?\s*[)\]]""")
_COMMA = re.compile(r"\s*,\s*")
_LIST = re.compile(r"\[.*\]|\(.*\)", re.DOTALL)
_BRACKETED_PAIR = re.compile(rf"\(\s*{_PAIR.pattern}\s*\)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_RUN = re.compile(r"[a-z0-9]+")
# The type that the reference gives a candidate of which a pool has a number only.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Candidate:
    """An association candidate.

    Parameters
    ----------
    id : str
        ``o001`` an observation, ``c1000`` a set that the plan asks for, ``a3001`` one that was discovered. Pools may
        have others: any letters and digits.
    type : str
        What sort of set it is: observation, mosaic, group, background, coronagraphy, direct_image, discovered, ...
    """

    id: str
    type: str

    @property
    def text(self) -> str:
        """The list that has this candidate alone, as level-3 members carry it.

        Examples
        --------
        >>> Candidate("o001", "observation").text
        "[('o001', 'observation')]"
        """
        return f"[('{self.id}', '{self.type}')]"

    @property
    def discovered(self) -> bool:
        """Whether this stands for the whole pool (jwst.associations.lib.acid names it so)."""
        return self is DISCOVERY

    @property
    def like_discovery(self) -> bool:
        """Whether it is a candidate of a pool whose id begins as that of discovery does."""
        return not self.discovered and self.id[0] == DISCOVERY.id[0]


DISCOVERY = Candidate("a3001", "discovered")


def parse_candidates(text: str) -> tuple[Candidate, ...]:
    """Read a list of candidates. Nothing is evaluated, and nothing is nested deeper than a list of pairs.

    Parameters
    ----------
    text : str
        A cell of the column ``asn_candidate``: a list of (id, type) pairs, or a number, which is an id of unknown type.
        What is undefined is no candidate.

    Raises
    ------
    ValueError
        When the text is neither, with what is wrong about it.

    Examples
    --------
    >>> parse_candidates("[('o001', 'observation'), ('c1000', 'mosaic')]")
    (Candidate(id='o001', type='observation'), Candidate(id='c1000', type='mosaic'))
    >>> parse_candidates("1000")
    (Candidate(id='1000', type='unknown'),)
    >>> parse_candidates("null")
    ()
    """
    if not is_defined(text):
        return ()
    if _NUMBER.fullmatch(text.strip()):
        return (Candidate(text.strip(), UNKNOWN),)
    if len(text) > MAX_CANDIDATE_TEXT:
        raise ValueError(f"the list of candidates has {len(text)} characters; {MAX_CANDIDATE_TEXT} are the most")
    inner = text.strip()
    # Python takes (('o001', 'observation')) for one pair, and not for a list of one.
    if _LIST.fullmatch(inner) is None or _BRACKETED_PAIR.fullmatch(inner):
        raise ValueError(f"{_shown(text)} is no list of candidates; write [('o001', 'observation'), ...]")
    found, position, end = [], 1, len(inner) - 1
    position += len(inner[position:end]) - len(inner[position:end].lstrip())
    while position < end:
        pair = _PAIR.match(inner, position, end)
        if pair is None:
            raise ValueError(
                f"{_shown(inner[position:end])} is no candidate; write ('o001', 'observation'): an id of letters and "
                "digits, and a type"
            )
        found.append(Candidate(pair[2], pair[4]))
        position = pair.end()
        comma = _COMMA.match(inner, position, end)
        if comma is None and inner[position:end].strip():
            raise ValueError(f"a comma is missing before {_shown(inner[position:end])}")
        position = comma.end() if comma else end
    return tuple(found)


def _parts(text: str, lengths: Collection[int]) -> set[str]:
    """Return the parts of a text that could be ids of some lengths."""
    return {
        run[start : start + length]
        for run in _RUN.findall(text)
        for length in lengths
        for start in range(len(run) - length + 1)
    }


def _shown(text: str, most: int = 40) -> str:
    return repr(text if len(text) <= most else text[:most] + "...")


class CandidateColumn:
    """All candidates of a pool, and which rows each one has.

    Parameters
    ----------
    column : Column
        The pool's ``asn_candidate``.
    rows : array of int, optional
        The rows that count; by default all.
    """

    def __init__(self, column: Column, rows: Integers | None = None) -> None:
        self._rows = np.arange(len(column)) if rows is None else rows
        self._column = column.take(self._rows)

    @cached_property
    def all(self) -> tuple[Candidate, ...]:
        """Every candidate of the pool: types by first appearance, and within a type ids by first appearance."""
        by_type: dict[str, dict[str, Candidate]] = {}
        for text in self._texts_in_order():
            for candidate in parse_candidates(text):
                by_type.setdefault(candidate.type, {}).setdefault(candidate.id, candidate)
        return tuple(candidate for ids in by_type.values() for candidate in ids.values())

    def named(self, ids: Sequence[str]) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        """Find the candidates with these ids: those that there are, and the ids that the pool does not have."""
        first = {candidate.id: candidate for candidate in reversed(self.all)}
        wanted = list(dict.fromkeys(identifier.lower() for identifier in ids))
        return tuple(first[i] for i in wanted if i in first), tuple(i for i in wanted if i not in first)

    def expand(self, candidates: Sequence[Candidate]) -> tuple[Codes, Codes]:
        """List the rows of each candidate.

        A row has a candidate when its text contains the id, as in the reference: ``o001`` is found in ``o0012`` too,
        and ``1000`` in ``c1000``.

        Parameters
        ----------
        candidates : sequence of Candidate
            Those wanted; `DISCOVERY` has every row.

        Returns
        -------
        rows, which : arrays of int32
            Row numbers, and for each the number of its candidate in `candidates`; by candidate, then by row.
        """
        numbers: dict[str, list[int]] = {}
        for number, candidate in enumerate(candidates):
            if not candidate.discovered:
                numbers.setdefault(candidate.id, []).append(number)
        everywhere = [number for number, candidate in enumerate(candidates) if candidate.discovered]
        lengths = {len(identifier) for identifier in numbers}
        found = [
            [number for part in _parts(text, lengths) for number in numbers.get(part, ())] + everywhere
            for text in self._column.values
        ]
        counts = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        flat = np.array([number for some in found for number in some], dtype=np.int32)
        starts = np.concatenate(([0], np.cumsum(counts)))
        per_row = counts[self._column.codes]
        rows = np.repeat(self._rows.astype(np.int32), per_row)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
        which = flat[np.repeat(starts[self._column.codes], per_row) + within]
        order = np.lexsort((rows, which))
        return rows[order], which[order]

    def beside(self, ids: Sequence[str], type_: str) -> tuple[Candidate, ...]:
        """Find the candidates of a type that rows have which have one of these ids too."""
        texts = [text for text in self._texts_in_order() if any(identifier in text for identifier in ids)]
        found = (candidate for text in texts for candidate in parse_candidates(text))
        return tuple(dict.fromkeys(candidate for candidate in found if candidate.type == type_))

    def _texts_in_order(self) -> list[str]:
        firsts = np.unique(self._column.codes, return_index=True)
        return [self._column.values[code] for code, _ in sorted(zip(*firsts, strict=True), key=lambda pair: pair[1])]


def with_candidate(text: str, candidate: Candidate) -> str:
    """Write a list of candidates out with one more.

    Examples
    --------
    >>> with_candidate("[('o001', 'observation')]", Candidate("c1000", "mosaic"))
    "[('o001', 'observation'), ('c1000', 'mosaic')]"
    """
    pairs = (f"('{each.id}', '{each.type}')" for each in (*parse_candidates(text), candidate))
    return f"[{', '.join(pairs)}]"
