"""Names of products of uncalibrated files."""

from __future__ import annotations

import pytest

from asngraph.model.filenames import with_suffix


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a_uncal.fits", "a_rate.fits"),
        ("data/a_uncal.fits.gz", "data/a_rate.fits.gz"),
        ("a_uncal.fits_uncal.fits", "a_uncal.fits_rate.fits"),
        ("a_uncal.fits_uncal.", "a_rate.fits_uncal."),
        ("a_uncal.", "a_uncal."),
        ("a_uncal", "a_uncal"),
        ("_uncal.fits", "_uncal.fits"),
        ("a_cal.fits", "a_cal.fits"),
    ],
)
def test_the_last_suffix_before_an_ending_is_replaced(name, expected) -> None:
    assert with_suffix(name, "rate") == expected
