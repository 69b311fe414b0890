"""Association candidates: the sets of exposures that the observing plan wants to be processed together.

A row's ``asn_candidate`` is a list such as ``[('o001', 'observation'), ('c1000', 'mosaic')]``. Every candidate is
processed separately, with the exposures that have it; discovery then processes the whole pool as the candidate
``a3001``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from asngraph.model.column import Codes, Column, Integers, is_defined

# No planning system writes a longer list.
MAX_CANDIDATE_TEXT = 20_000

# Ids become parts of file names, and therefore consist of letters and digits.
_PAIR = re.compile(r"""[(\[]\s*(['"])([a-z0-9]{1,16})\1\s*,\s*(['"])([a-z][a-z0-9_ -]{0,63})\3\s*,?\s*[)\]]""")
_COMMA = re.compile(r"\s*,\s*")
_LIST = re.compile(r"\[.*\]|\(.*\)", re.DOTALL)
_BRACKETED_PAIR = re.compile(rf"\(\s*{_PAIR.pattern}\s*\)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_RUN = re.compile(r"[a-z0-9]+")
# The type that the reference gives to a candidate for which a pool has only a number.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Candidate:
    """An association candidate.

    Parameters
    ----------
    id : str
        ``o001`` for an observation, ``c1000`` for a set of the observing plan, ``a3001`` for a discovered set. Pools
        may have others, of letters and digits.
    type : str
        The kind of set: observation, mosaic, group, background, coronagraphy, direct_image, discovered, ...
    """

    id: str
    type: str

    @property
    def text(self) -> str:
        """The list of this candidate only, as members of stage-3 associations have it.

        Examples
        --------
        >>> Candidate("o001", "observation").text
        "[('o001', 'observation')]"
        """
        return f"[('{self.id}', '{self.type}')]"

    @property
    def discovered(self) -> bool:
        """Whether this is the candidate for the whole pool (the name is that of jwst.associations.lib.acid)."""
        return self is DISCOVERY

    @property
    def like_discovery(self) -> bool:
        """Whether this is a candidate of a pool whose id begins like that of discovery."""
        return not self.discovered and self.id[0] == DISCOVERY.id[0]


DISCOVERY = Candidate("a3001", "discovered")


def parse_candidates(text: str) -> tuple[Candidate, ...]:
    """Return the candidates of a cell. The text is parsed, never evaluated.

    Parameters
    ----------
    text : str
        A cell of the column ``asn_candidate``: a list of (id, type) pairs, or a number, which is an id of unknown type.

    Returns
    -------
    tuple of Candidate
        Empty when the cell is undefined.

    Raises
    ------
    ValueError
        When the text is neither; the message says what is wrong.

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
        raise ValueError(f"the list of candidates has {len(text)} characters; at most {MAX_CANDIDATE_TEXT} are allowed")
    inner = text.strip()
    # In Python (('o001', 'observation')) is a pair, not a list of one pair.
    if _LIST.fullmatch(inner) is None or _BRACKETED_PAIR.fullmatch(inner):
        raise ValueError(f"{_shown(text)} is not a list of candidates; write [('o001', 'observation'), ...]")
    found, position, end = [], 1, len(inner) - 1
    position += len(inner[position:end]) - len(inner[position:end].lstrip())
    while position < end:
        pair = _PAIR.match(inner, position, end)
        if pair is None:
            raise ValueError(
                f"{_shown(inner[position:end])} is not a candidate; write ('o001', 'observation'): an id of letters "
                "and digits, and a type"
            )
        found.append(Candidate(pair[2], pair[4]))
        position = pair.end()
        comma = _COMMA.match(inner, position, end)
        if comma is None and inner[position:end].strip():
            raise ValueError(f"a comma is missing before {_shown(inner[position:end])}")
        position = comma.end() if comma else end
    return tuple(found)


def _parts(text: str, lengths: Collection[int]) -> set[str]:
    """Return the parts of a text that could be ids of the given lengths."""
    return {
        run[start : start + length]
        for run in _RUN.findall(text)
        for length in lengths
        for start in range(len(run) - length + 1)
    }


def _shown(text: str, most: int = 40) -> str:
    return repr(text if len(text) <= most else text[:most] + "...")


class CandidateColumn:
    """The candidates of a pool, and the rows of each.

    Parameters
    ----------
    column : Column
        The pool's ``asn_candidate``.
    rows : array of int, optional
        The rows to consider; by default all.
    """

    def __init__(self, column: Column, rows: Integers | None = None) -> None:
        self._rows = np.arange(len(column)) if rows is None else rows
        self._column = column.take(self._rows)

    @cached_property
    def all(self) -> tuple[Candidate, ...]:
        """All candidates of the pool: types in order of first appearance, then ids in order of first appearance."""
        by_type: dict[str, dict[str, Candidate]] = {}
        for text in self._texts_in_order():
            for candidate in parse_candidates(text):
                by_type.setdefault(candidate.type, {}).setdefault(candidate.id, candidate)
        return tuple(candidate for ids in by_type.values() for candidate in ids.values())

    def named(self, ids: Sequence[str]) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        """Return the candidates with given ids, and the ids that the pool does not have.

        Parameters
        ----------
        ids : sequence of str
            Ids of candidates; case is ignored.

        Returns
        -------
        found : tuple of Candidate
            In the order of `ids`.
        unknown : tuple of str
        """
        first = {candidate.id: candidate for candidate in reversed(self.all)}
        wanted = list(dict.fromkeys(identifier.lower() for identifier in ids))
        return tuple(first[i] for i in wanted if i in first), tuple(i for i in wanted if i not in first)

    def expand(self, candidates: Sequence[Candidate]) -> tuple[Codes, Codes]:
        """Return the rows of each candidate.

        As in the reference, a row has a candidate when its text contains the id: ``o0012`` also contains ``o001``, and
        ``c1000`` contains ``1000``.

        Parameters
        ----------
        candidates : sequence of Candidate
            The candidates; `DISCOVERY` has every row.

        Returns
        -------
        rows, which : arrays of int32
            Row numbers, and the index in `candidates` for each; sorted by candidate, then by row.

        Notes
        -----
        The cost is linear in the distinct cells and in the pairs of row and candidate.
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
        """Return the candidates of a type that share a row with a candidate of one of the given ids.

        Parameters
        ----------
        ids : sequence of str
            Ids of candidates.
        type_ : str
            The type of the candidates to return.
        """
        texts = [text for text in self._texts_in_order() if any(identifier in text for identifier in ids)]
        found = (candidate for text in texts for candidate in parse_candidates(text))
        return tuple(dict.fromkeys(candidate for candidate in found if candidate.type == type_))

    def _texts_in_order(self) -> list[str]:
        firsts = np.unique(self._column.codes, return_index=True)
        return [self._column.values[code] for code, _ in sorted(zip(*firsts, strict=True), key=lambda pair: pair[1])]


def with_candidate(text: str, candidate: Candidate) -> str:
    """Return the text of a list of candidates with one more candidate.

    Parameters
    ----------
    text : str
        A cell of the column ``asn_candidate``.
    candidate : Candidate
        The candidate to add.

    Raises
    ------
    ValueError
        As `parse_candidates` does.

    Examples
    --------
    >>> with_candidate("[('o001', 'observation')]", Candidate("c1000", "mosaic"))
    "[('o001', 'observation'), ('c1000', 'mosaic')]"
    """
    pairs = (f"('{listed.id}', '{listed.type}')" for listed in (*parse_candidates(text), candidate))
    return f"[{', '.join(pairs)}]"
