"""Simulated pools: of any size and any mix of observing modes, reproducible from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from asngraph.errors import UsageError
from asngraph.model.column import Column
from asngraph.model.pool import Pool
from asngraph.simulation import imaging, spectroscopy
from asngraph.simulation.program import COLUMNS, Program, Row

MODES: dict[str, Callable[[Program], None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        imaging.nircam_imaging,
        imaging.nircam_mosaic,
        imaging.nircam_mosaic_of_observations,
        imaging.two_orientations,
        imaging.imaging_with_background,
        imaging.miri_imaging,
        imaging.niriss_imaging,
        imaging.fgs_imaging,
        imaging.time_series_imaging,
        imaging.nircam_coronagraphy,
        imaging.miri_coronagraphy,
        imaging.niriss_interferometry,
        imaging.wavefront_sensing,
        imaging.multi_field,
        imaging.calibration_images,
        spectroscopy.miri_mrs,
        spectroscopy.miri_lrs_slit,
        spectroscopy.miri_lrs_slitless,
        spectroscopy.niriss_wfss,
        spectroscopy.nircam_wfss,
        spectroscopy.miri_wfss,
        spectroscopy.wfss_parallel,
        spectroscopy.niriss_soss,
        spectroscopy.nircam_grism_time_series,
        spectroscopy.nirspec_bright_object,
        spectroscopy.nirspec_fixed_slit,
        spectroscopy.nirspec_ifu,
        spectroscopy.nirspec_msa,
        spectroscopy.nirspec_lamps,
    )
}

# A program has at most 999 observations; beyond this many exposures its observations have more visits.
_EXPOSURES_IN_ONE_VISIT_EACH = 6_000
_UNDEFINED = ("null", "null", "null", "n/a", "f")
# Columns whose cells may be undefined while the exposure remains valid.
_LOSABLE = (
    "filter",
    "pupil",
    "subarray",
    "targetid",
    "obs_num",
    "dithptin",
    "mostilno",
    "patt_num",
    "bkgdtarg",
    "visitype",
)


def simulate(
    exposures: int,
    modes: Sequence[str] | None = None,
    *,
    seed: int = 0,
    program: int | None = None,
    errors: float = 0.02,
    undefined: float = 0.0,
    shuffle: bool = False,
    name: str | None = None,
) -> Pool:
    """Return the pool of a simulated program.

    Parameters
    ----------
    exposures : int
        The number of exposures.
    modes : sequence of str, optional
        The observing modes (`MODES`); by default all, in turn.
    seed : int
        The seed of the random numbers; the same seed gives the same pool.
    program : int, optional
        The program's number; by default a random one.
    errors : float
        The fraction of exposures with an error (``exposerr``).
    undefined : float
        The fraction of undefined cells, in columns that may be undefined.
    shuffle : bool
        Whether the exposures are in random order.
    name : str, optional
        The name of the pool.

    Returns
    -------
    Pool

    Raises
    ------
    UsageError
        When a mode is unknown, or the number of exposures is less than 1.

    Examples
    --------
    >>> pool = simulate(30, ["miri-mrs"], seed=1)
    >>> len(pool), sorted(set(pool["exp_type"]))
    (30, ['mir_image', 'mir_mrs', 'mir_tacq'])
    """
    if exposures < 1:
        raise UsageError(f"the number of exposures must be at least 1, not {exposures}")
    unknown = [mode for mode in modes or () if mode not in MODES]
    if unknown:
        raise UsageError(f"unknown observing mode {unknown[0]}; use one of {', '.join(MODES)}")
    rng = random.Random(seed)  # noqa: S311 (nothing secret)
    chosen = [MODES[mode] for mode in modes or MODES]
    number = program if program is not None else rng.randint(1000, 9999)
    simulated = Program(number, rng, visits=1 + exposures // _EXPOSURES_IN_ONE_VISIT_EACH)
    turn = 0
    while len(simulated.rows) < exposures:
        if turn % len(chosen) == 0:
            rng.shuffle(chosen)
        first = len(simulated.rows)
        chosen[turn % len(chosen)](simulated)
        simulated.repeat_visits(first)
        turn += 1
    rows = simulated.rows[:exposures]
    for row in rows:
        if rng.random() < errors:
            row["exposerr"] = "guide star lost"
    _lose(rows, undefined, rng)
    if shuffle:
        rng.shuffle(rows)
    columns = {column: Column.of(row.get(column, "null") for row in rows) for column in COLUMNS}
    return Pool(columns, name or f"jw{number:05d}_simulated_pool.csv")


def _lose(rows: list[Row], share: float, rng: random.Random) -> None:
    if not share:
        return
    for row in rows:
        for column in _LOSABLE:
            if rng.random() < share:
                row[column] = rng.choice(_UNDEFINED)
