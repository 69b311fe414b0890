"""Small FITS files with the headers that the exposures of a pool would have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from astropy.io import fits

from asngraph.model.column import is_defined
from asngraph.model.filenames import with_suffix
from asngraph.model.pool import Pool

# What the telescope's headers have: the keyword of each column, and how its value is written there. The words are those
# of the JWST keyword dictionary, not taken from the program.
TEXTS = (
    "obs_id", "program", "visit_id", "seq_id", "act_id", "visitype", "exp_type", "instrume", "detector", "channel",
    "targprop", "targname", "targtype", "template", "module", "filter", "pupil", "patttype", "pattsize", "apername",
    "subarray", "grating", "fxd_slit", "band", "msastate", "msametfl", "opmode", "lamp", "sdp_ver",
)  # fmt: skip
NUMBERS = (
    "nexposur", "expcount", "pattstrt", "numdthpt", "subpxpts", "patt_num", "spec_num", "spat_num", "exsegtot", "nints",
    "ngroups", "gwa_xtil", "gwa_ytil",
)  # fmt: skip
FLAGS = ("is_psf", "is_imprt", "bkgdtarg", "tsovisit")
PADDED = {"obs_num": ("OBSERVTN", 3), "visit": ("VISIT", 3), "visitgrp": ("VISITGRP", 2), "exposure": ("EXPOSURE", 1)}


def cards_of(pool: Pool, row: int, more: Sequence[str] = ()) -> dict[str, Any]:
    """Return the header of an exposure, with what headers have not only where that is asked for."""
    cards: dict[str, Any] = {"TELESCOP": "JWST"}
    for column in (*TEXTS, *more):
        if is_defined(pool[column][row]):
            text = pool[column][row]
            cards[column.upper()] = text if column == "msametfl" else text.upper()
    for column in NUMBERS:
        text = pool[column][row]
        if is_defined(text):
            cards[column.upper()] = float(text) if "." in text else int(text)
    for column in FLAGS:
        if pool[column][row] != "null":
            cards[column.upper()] = pool[column][row] == "t"
    for column, (keyword, width) in PADDED.items():
        if is_defined(pool[column][row]):
            cards[keyword] = pool[column][row].zfill(width)
    return cards


def write_file(path: Path, cards: dict[str, Any]) -> Path:
    """Write a FITS file that has a header and next to no data."""
    header = fits.Header()
    for keyword, value in cards.items():
        header[keyword] = value
    fits.PrimaryHDU(header=header).writeto(path, overwrite=True)
    return path


def write_files(
    pool: Pool, folder: Path, suffix: str = "uncal", more: Sequence[str] = (), rows: Iterable[int] | None = None
) -> list[Path]:
    """Write the exposures of a pool as files of some stage of processing."""
    return [
        write_file(folder / with_suffix(pool["filename"][row], suffix), cards_of(pool, row, more))
        for row in (range(len(pool)) if rows is None else rows)
    ]
