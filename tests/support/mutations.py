"""Simulated pools in which things went wrong, for hypothesis to draw."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pandas as pd
from hypothesis import reject
from hypothesis import strategies as st

from asngraph.errors import PoolError
from asngraph.model.pool import Pool
from asngraph.simulation import MODES, simulate

# Columns that rules look at, with values that they could have.
VALUES = {
    "pntgtype": ["science", "science", "target_acquisition", "background"],
    "bkgdtarg": ["t", "f", "true"],
    "is_psf": ["t", "f", "true"],
    "is_imprt": ["t", "f", "y"],
    "tsovisit": ["t", "f", "true"],
    "patttype": ["2-point-nod", "4-point-nod", "along-slit-nod", "none", "null", "wfsc"],
    "fxd_slit": ["s200a1", "s200a2", "s200b1", "s400a1", "s1600a1"],
    "visitype": ["prime_targeted_fixed", "prime_wfsc_sensing_only", "parallel_pure"],
    "patt_num": ["1", "2", "3", "10"],
    "subpxpts": ["1", "2", "null"],
    "subarray": ["full", "sub64", "sub32-x"],
    "grating": ["prism", "g395h", "mirror"],
    "opmode": ["image", "msaspec", "ifu", "fixedslit"],
    "nints": ["1", "2"],
    "dms_note": ["wfsc_los_jitter", "null"],
    "msastate": ["primarypark_allopen", "null"],
    "channel": ["short", "long"],
    "obs_num": ["1", "2", "3"],
    "targetid": ["1", "2"],
    "filter": ["f200w", "clear", "opaque"],
    "pupil": ["clear", "f162m"],
    "exposerr": ["null", "guide star lost"],
}
COLUMNS = [*VALUES, "detector", "instrume", "exp_type", "expspcin", "dithptin", "mostilno", "numdthpt", "msametfl"]
COLUMNS += ["obs_id", "act_id", "band", "lamp", "program", "asn_candidate", "filename"]
UNDEFINED = ["null", "", "--", "n/a", "F", "N"]
# Without one of these the reference fails; without a file name nothing is a pool.
NEEDED = {"filename", "asn_candidate", "pntgtype", "exp_type", "targetid", "program", "subarray", "pupil", "detector"}
TYPES = ["group", "background", "mosaic", "coronagraphy", "direct_image", "observation"]
# Ids that are parts of one another, or of other sorts than the observatory's.
ODD_IDS = ["o001", "o0011", "o01", "O001", "c1000", "C1000", "c10001", "c1001", "a3001", "a3002", "r1000", "1000", "10"]


@dataclass(frozen=True)
class Mutation:
    """Something that went wrong in a pool."""

    kind: str
    column: str
    seed: int

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        rng = random.Random(self.seed)
        return getattr(self, f"_{self.kind}")(frame, rng)

    def _shuffled(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        return frame.sample(frac=1, random_state=rng.randrange(10_000)).reset_index(drop=True)

    def _dropped_rows(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        keep = [n for n in range(len(frame)) if rng.random() < 0.7] or [0]
        return frame.iloc[keep].reset_index(drop=True)

    def _doubled(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        row = rng.randrange(len(frame))
        at = rng.randrange(len(frame) + 1)
        return pd.concat([frame.iloc[:at], frame.iloc[[row]], frame.iloc[at:]]).reset_index(drop=True)

    def _undefined(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        share = rng.choice([0.1, 0.4])
        return self._set(
            frame, [rng.choice(UNDEFINED) if rng.random() < share else cell for cell in frame[self.column]]
        )

    def _swapped(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        return self._set(frame, rng.sample(list(frame[self.column]), len(frame)))

    def _changed(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        values = VALUES.get(self.column) or list(frame[self.column])
        return self._set(frame, [rng.choice(values) if rng.random() < 0.4 else cell for cell in frame[self.column]])

    def _constant(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        return self._set(frame, [rng.choice(VALUES.get(self.column) or list(frame[self.column]))] * len(frame))

    def _missing(self, frame: pd.DataFrame, _rng: random.Random) -> pd.DataFrame:
        return frame if self.column in NEEDED else frame.drop(columns=self.column, errors="ignore")

    def _candidates(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        identifier, type_ = f"c100{rng.randrange(2)}", rng.choice(TYPES)
        added = [
            f"{cell[:-1]}, ('{identifier}', '{type_}')]" if cell.startswith("[") and rng.random() < 0.5 else cell
            for cell in frame["asn_candidate"]
        ]
        return frame.assign(asn_candidate=added)

    def _parallels(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        ids = [f"c100{rng.randrange(2)}" for _ in range(len(frame))]
        return frame.assign(asn_candidate=[f"[('{identifier}', 'direct_image')]" for identifier in ids])

    def _odd_candidates(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        """Write candidates of other sorts: prefixes of others, several types for one id, numbers, capitals."""
        pairs = [(rng.choice(ODD_IDS), rng.choice(TYPES)) for _ in range(rng.randint(1, 4))]
        share = rng.choice([0.3, 1.0])
        cells = []
        for cell in frame["asn_candidate"]:
            if rng.random() >= share:
                cells.append(cell)
            elif rng.random() < 0.1:
                cells.append(rng.choice(["1000", "10", "null", "[]", "O001", "[1000, 1001]"]))
            else:
                cells.append(str(rng.sample(pairs, rng.randint(1, len(pairs)))))
        return frame.assign(asn_candidate=cells)

    def _one_candidate(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        return frame.assign(asn_candidate=f"[('{rng.choice(ODD_IDS)}', '{rng.choice(TYPES)}')]")

    def _cell(self, frame: pd.DataFrame, rng: random.Random) -> pd.DataFrame:
        row = rng.randrange(len(frame))
        values = [*VALUES.get(self.column, []), *frame[self.column], *UNDEFINED]
        return self._set(frame, [rng.choice(values) if n == row else cell for n, cell in enumerate(frame[self.column])])

    def _set(self, frame: pd.DataFrame, cells: list[str]) -> pd.DataFrame:
        return frame.assign(**{self.column: cells})


_ONCE_IN_A_WHILE = {"missing", "parallels", "doubled", "constant", "odd_candidates", "one_candidate", "cell"}
_KINDS = [name[1:] for name in vars(Mutation) if name.startswith("_") and not name.startswith("__") and name != "_set"]

mutations = st.builds(
    Mutation,
    st.sampled_from(sorted(_KINDS, key=lambda kind: kind in _ONCE_IN_A_WHILE)),
    st.sampled_from(COLUMNS),
    st.integers(0, 1_000_000),
)


@st.composite
def mutated_pools(draw: st.DrawFn, most: int = 40) -> Pool:
    """Draw a simulated pool of some modes, in which up to six things went wrong."""
    modes = draw(st.lists(st.sampled_from(sorted(MODES)), min_size=1, max_size=4, unique=True))
    size, seed = draw(st.integers(5, most)), draw(st.integers(0, 1_000_000))
    pool = simulate(size, modes, seed=seed, shuffle=draw(st.booleans()))
    frame = pool.to_frame()
    for mutation in draw(st.lists(mutations, max_size=6)):
        if mutation.column in frame:
            frame = mutation.apply(frame)
    try:
        return _WithEmptyCells(frame)
    except PoolError:  # candidates that are refused; docs/differences.md says which
        reject()


class _WithEmptyCells(Pool):
    """A pool that keeps its frame as it was drawn, empty cells too, to be written to a file."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        super().__init__(Pool.from_frame(frame, "drawn").columns, "drawn")

    def __repr__(self) -> str:
        return self.frame.to_csv(sep="|", index=False)
