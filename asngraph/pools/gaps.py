"""Exposures that a pool lacks, by the numbers in the names of those that it has."""

from __future__ import annotations

import re
from collections import defaultdict

from asngraph.model.filenames import exposure_root
from asngraph.model.pool import Pool

# Visit, activity, exposure and detector; a time series in segments has them in its name, and has no gaps to see.
_MOST_NUMBERED = 500  # no activity has more exposures; a larger number is of something else
_NAME = re.compile(r"(jw\d{11}_\w{5})_(\d{5})_([a-z0-9]+)")


def lost_exposures(pool: Pool) -> dict[str, str]:
    """Return the exposures that a pool seems to lack, each with one of its activity that the pool has.

    All detectors that an activity uses for a type of exposure take each of its exposures, and these are numbered from
    1 on. An activity of which there is nothing, and the last exposures of one, are not seen to be lacking.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    dict of str to str
        Names without suffix, in their order.

    Examples
    --------
    >>> import pandas as pd
    >>> taken = ("00001_nrca1", "00001_nrca2", "00003_nrca1")
    >>> names = [f"jw01234001001_02101_{name}_uncal.fits" for name in taken]
    >>> pool = Pool.from_frame(pd.DataFrame({"filename": names, "program": "1234"}))
    >>> [name[-11:] for name in lost_exposures(pool)]
    ['00002_nrca1', '00002_nrca2', '00003_nrca2']
    """
    activities: defaultdict[tuple[str, str], dict[tuple[int, str], str]] = defaultdict(dict)
    for name, exp_type in zip(pool["filename"], pool["exp_type"], strict=True):
        root = exposure_root(name)
        match = _NAME.fullmatch(root)
        if match is not None:
            activity, number, detector = match.groups()
            activities[activity, exp_type][int(number), detector] = root
    taken: defaultdict[str, set[int]] = defaultdict(set)  # by all types of exposure that share an activity
    for (activity, _), there in activities.items():
        taken[activity].update(number for number, _ in there)
    lost = {}
    for (activity, _), there in activities.items():
        numbers, detectors = {number for number, _ in there}, {detector for _, detector in there}
        skipped = set(range(1, max(numbers))) - taken[activity] if max(numbers) <= _MOST_NUMBERED else set()
        for number in numbers | skipped:
            for detector in detectors:
                if (number, detector) not in there:
                    lost[f"{activity}_{number:05d}_{detector}"] = next(iter(there.values()))
    return dict(sorted(lost.items()))
