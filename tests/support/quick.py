"""Which of many parameters the quick tests take; with the others a test is marked slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

# Observing modes of each sort: references, shutters and nods, direct images, backgrounds, time series.
FEW_MODES = ("nircam-coronagraphy", "nirspec-msa", "niriss-wfss", "miri-mrs", "time-series-imaging")


def quick(values: Iterable[Any], *chosen: Any) -> list[Any]:
    """Return the parameters of a test; all but the chosen ones are marked slow."""
    values = list(values)
    assert [value for value in values if value in chosen], "the quick tests take none of these"
    return [value if value in chosen else pytest.param(value, marks=pytest.mark.slow) for value in values]
