"""Small pools of all observing modes in which things went wrong, and options of all sorts, from a seed.

Each case is decided by the command ``asngraph generate`` and by the real generator of the observatory, and their files
are compared. Where they differ on purpose (docs/differences.md), the cause is taken away and both are asked again.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from mutations import COLUMNS, NEEDED, Mutation
from reference import RAISES, Compared, compared, reference

from asngraph.cli.generate import generate
from asngraph.errors import AsnGraphError
from asngraph.model.candidate import parse_candidates
from asngraph.simulation import MODES, simulate

KINDS = [
    *("shuffled", "dropped_rows", "doubled", "undefined", "swapped", "changed", "constant", "missing", "candidates"),
    *("parallels", "odd_candidates", "odd_candidates", "one_candidate", "cell"),
]
UNKNOWN_IDS = ["o335", "c1999", "a3007", "z9", "77"]
VERSIONS = ["V7", "20260101t000000", "a_b"]


@dataclass(frozen=True)
class Options:
    """Options of the generator; both have the same."""

    ids: tuple[str, ...] = ()
    mode: str = ""
    flags: tuple[str, ...] = ()
    version: str = ""

    def words(self) -> list[str]:
        mode = [self.mode] if self.mode else ["-i", *self.ids] if self.ids else []
        return [*mode, *self.flags, *(["--version-id", self.version] if self.version else [])]

    def without_causes(self) -> Iterator[tuple[str, Options]]:
        """Yield what makes the reference differ on purpose, and the options without it."""
        plain = replace(self, ids=tuple(dict.fromkeys(identifier.lower() for identifier in self.ids)))
        if plain != self:
            yield "ids in capitals or repeated", plain
        if {"-v", "-D"} <= {*self.flags} and self.flags.index("-v") > self.flags.index("-D"):
            yield "-v after -D", replace(plain, flags=tuple(flag for flag in self.flags if flag != "-v"))

    def fewer(self) -> Iterator[Options]:
        """Yield the same with one thing less."""
        if self.version:
            yield replace(self, version="")
        if self.mode:
            yield replace(self, mode="")
        for gone in self.flags:
            yield replace(self, flags=tuple(flag for flag in self.flags if flag != gone))
        if len(self.ids) > 1:
            for place in range(len(self.ids)):
                yield replace(self, ids=self.ids[:place] + self.ids[place + 1 :])


@dataclass(frozen=True)
class Case:
    """A pool and options; the pool is as its file has it, empty cells too."""

    frame: pd.DataFrame
    options: Options

    def __str__(self) -> str:
        return f"{' '.join(self.options.words())}\n{self.frame.to_csv(sep='|', index=False)}"


def cases(seed: int, count: int) -> Iterator[tuple[str, Case]]:
    """Yield cases, each with the seed that gives it again (`case_of`)."""
    for number in range(count):
        yield f"{seed}-{number}", case_of(f"{seed}-{number}")


def case_of(seed: str) -> Case:
    """Draw a case."""
    rng = random.Random(seed)
    frame = _merged(rng)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 4, 6])):
        kind, column = rng.choice(KINDS), rng.choice(COLUMNS)
        if kind == "odd_candidates" or column in frame:
            frame = Mutation(kind, column, rng.randrange(1_000_000)).apply(frame)
    return Case(frame, _options(rng, frame))


def _merged(rng: random.Random) -> pd.DataFrame:
    """Put some exposures of some observing modes together, of one program as a rule."""
    left, parts = rng.choice([1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 8, 11, 15]), []
    while left > 0:
        pool = simulate(rng.choice([10, 20, 40]), [rng.choice(sorted(MODES))], seed=rng.randrange(10_000), program=1234)
        rows = pool.to_frame()
        count = min(rng.randint(1, left), len(rows))
        first = rng.randint(0, len(rows) - count)
        chosen = range(first, first + count) if rng.random() < 0.6 else sorted(rng.sample(range(len(rows)), count))
        parts.append(rows.iloc[list(chosen)])
        left -= count
    merged = pd.concat(parts).reset_index(drop=True)
    return merged if rng.random() < 0.9 else merged.assign(program=rng.choices(["1234", "01234", "720"], k=len(merged)))


def _options(rng: random.Random, frame: pd.DataFrame) -> Options:
    mode = rng.choice(["", "", "", "--discover", "--all-candidates", "-i", "-i"])
    ids: tuple[str, ...] = ()
    if mode == "-i":
        ids = tuple(rng.choice([*_ids(frame), rng.choice(UNKNOWN_IDS)]) for _ in range(rng.randint(1, 5)))
        if rng.random() < 0.2:
            ids = tuple(identifier.upper() if rng.random() < 0.5 else identifier for identifier in ids)
    more = ["--merge", "--no-merge", "--no-finalize", "-D", "--DMS", "--save-orphans", "-v"]
    flags = tuple(rng.sample(more, rng.choice([0, 0, 1, 1, 2, 3, 4])))
    return Options(ids, "" if mode == "-i" else mode, flags, rng.choice(VERSIONS) if rng.random() < 0.2 else "")


def _ids(frame: pd.DataFrame) -> list[str]:
    found: dict[str, None] = {}
    for text in frame["asn_candidate"]:
        with contextlib.suppress(ValueError):
            found |= dict.fromkeys(each.id for each in parse_candidates(str(text).lower()))
    return list(found)


def check(case: Case) -> tuple[str, str]:
    """Decide a case twice.

    Returns
    -------
    outcome : str
        ``same``, ``raises`` (the reference fails, ours does not), ``explained`` or ``unexplained``.
    text : str
        Why, or in what they differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool.csv"
        case.frame.to_csv(path, sep="|", index=False)
        try:
            own = _ours(path, case.options)
        except AsnGraphError as error:
            return ("explained", "refused") if _is_refused(case.frame) else ("unexplained", str(error))
        wanted = _theirs(path, case.options)
        if isinstance(wanted, Exception):
            return "raises", type(wanted).__name__
        if own == wanted:
            return "same", ""
        for cause, plain in case.options.without_causes():
            if own == _theirs(path, plain):
                return "explained", cause
        return "unexplained", _difference(own, wanted)


def _ours(path: Path, options: Options) -> Compared:
    folder = path.parent / "out"
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        generate.main([str(path), "-p", str(folder), *options.words()], standalone_mode=False)
    made = {file.name: compared(json.loads(file.read_text())) for file in folder.glob("*_asn.json")}
    for file in folder.iterdir():
        file.unlink()
    return made


def _theirs(path: Path, options: Options) -> Compared | Exception:
    try:
        return reference(path, options.words())
    except RAISES as error:
        return error


def _is_refused(frame: pd.DataFrame) -> bool:
    """Tell whether a list of candidates is written in a way that ours refuses."""
    for text in frame["asn_candidate"]:
        try:
            parse_candidates(str(text).lower())
        except ValueError:
            return True
    return False


def _difference(own: Compared, wanted: Compared) -> str:
    lines = [f"only {whose}: {name}" for whose, one, other in (("ours", own, wanted), ("theirs", wanted, own))
             for name in sorted(set(one) - set(other))]  # fmt: skip
    lines += [
        f"{name} {key}: ours {own[name][key]}, theirs {wanted[name][key]}"
        for name in sorted(set(own) & set(wanted))
        for key in own[name]
        if own[name][key] != wanted[name][key]
    ]
    return "\n".join(lines)


def shrunk(case: Case) -> Case:
    """Leave out exposures, options and columns without which both still differ for no known cause."""
    row = 0
    while row < len(case.frame) and len(case.frame) > 1:
        smaller = replace(case, frame=pd.concat([case.frame.iloc[:row], case.frame.iloc[row + 1 :]]))
        case, row = (smaller, row) if _differs(smaller) else (case, row + 1)
    while options := next((each for each in case.options.fewer() if _differs(replace(case, options=each))), None):
        case = replace(case, options=options)
    for column in [name for name in case.frame if name not in NEEDED]:
        smaller = replace(case, frame=case.frame.drop(columns=column))
        case = smaller if _differs(smaller) else case
    return case


def _differs(case: Case) -> bool:
    return check(case)[0] == "unexplained"
