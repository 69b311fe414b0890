"""Pools from headers, beside those of the real ``asn_make_pool``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fitsfiles import write_files
from reference import compared, reference

import asngraph
from asngraph.model.pool import Pool
from asngraph.pools.from_headers import pool_from_headers
from asngraph.pools.keywords import KEYWORDS
from asngraph.simulation import simulate

pytestmark = [pytest.mark.parity, pytest.mark.slow]

# docs/differences.md, "Pools from headers", has each of these.
DIFFERENT = {
    "filename", "asn_candidate", "program", "visit", "visitgrp", "exposure", "targetid", "fxd_slit", "is_imprt",
    "is_psf", "bkgdtarg", "tsovisit", "dithptin", "expspcin", "obs_num", "dms_note", "subpxpns",
}  # fmt: skip


def of_the_reference(files: list[Path]) -> dict[str, list[str]]:
    from jwst.associations.mkpool import mkpool

    table = mkpool([str(file) for file in files])
    return {name: [str(cell).strip().lower() for cell in table[name]] for name in table.colnames}


def real_exposures() -> list[Path]:
    import jwst.associations

    return sorted((Path(jwst.associations.__file__).parent / "tests/data/exposures").glob("*.fits"))


def test_files_of_the_telescope() -> None:
    files = real_exposures()
    if not files:
        pytest.skip("this jwst comes without its test data")
    theirs, result = of_the_reference(files), pool_from_headers(files)
    assert result.pool is not None
    for name, column in result.pool.columns.items():
        if name in theirs and name not in DIFFERENT:
            assert list(column) == theirs[name], name
        elif name not in DIFFERENT:
            assert not column.defined.any(), name


def keywords_of(schema: Any) -> set[str]:
    """Find the header keywords in a schema."""
    if isinstance(schema, list):
        return {keyword for each in schema for keyword in keywords_of(each)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["fits_keyword"]} if isinstance(schema.get("fits_keyword"), str) else set()
    return own | {keyword for each in schema.values() for keyword in keywords_of(each)}


def test_the_keywords_are_those_of_the_dictionary() -> None:
    import yaml
    from stdatamodels.jwst import datamodels

    path = Path(datamodels.__file__).parent / "schemas/core.schema.yaml"
    known = keywords_of(yaml.safe_load(path.read_text()))
    assert {each.keyword for each in KEYWORDS if each.standard} <= known
    assert not {each.keyword for each in KEYWORDS if not each.standard} & known


def test_a_file_of_the_pipeline(tmp_path: Path) -> None:
    from stdatamodels.jwst import datamodels

    model = datamodels.ImageModel((4, 4))
    observation, instrument, exposure = model.meta.observation, model.meta.instrument, model.meta.exposure
    observation.program_number, observation.observation_number, observation.bkgdtarg = "01234", "007", True
    instrument.name, instrument.detector, instrument.filter = "MIRI", "MIRIMAGE", "F770W"
    exposure.type, exposure.psf_reference = "MIR_IMAGE", False
    model.meta.target.proposer_name, model.meta.visit.tsovisit = "M-1", True
    path = tmp_path / "jw01234007001_02101_00001_mirimage_cal.fits"
    model.save(path)
    pool = pool_from_headers([path]).pool
    assert pool is not None
    columns = ("filename", "program", "obs_num", "bkgdtarg", "is_psf", "tsovisit", "filter", "targetid")
    assert [pool[name][0] for name in columns] == [
        "jw01234007001_02101_00001_mirimage_uncal.fits", "01234", "7", "t", "f", "t", "f770w", "1",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["nircam-coronagraphy", "nirspec-ifu", "time-series-imaging", "niriss-wfss"])
def test_the_generator_takes_what_we_write(mode: str, tmp_path: Path) -> None:
    simulated = simulate(30, [mode], seed=4, errors=0)
    result = pool_from_headers(write_files(simulated, tmp_path, "cal"), name="jw_pool.csv")
    assert result.pool is not None
    result.pool.write(tmp_path / "jw_pool.csv")
    ours = {each.file_name: compared(each) for each in asngraph.generate(tmp_path / "jw_pool.csv")}
    assert ours
    assert ours == reference(tmp_path / "jw_pool.csv")


def test_what_the_reference_loses(tmp_path: Path) -> None:
    """Each of these would cost associations."""
    simulated = simulate(120, ["time-series-imaging", "nirspec-ifu", "miri-mrs"], seed=2, errors=0)
    files = write_files(simulated, tmp_path, "rate")
    theirs, ours = of_the_reference(files), pool_from_headers(files).pool
    assert isinstance(ours, Pool)
    rows = range(len(ours))

    def pairs(column: str, ours_is: str) -> set[Any]:
        return {theirs[column][row] for row in rows if ours[column][row] == ours_is}

    assert pairs("tsovisit", "t") == {"true"}
    assert pairs("bkgdtarg", "t") == {"true"}
    assert pairs("is_imprt", "t") == {"f"}
    assert {Path(name).parent for name in theirs["filename"]} == {tmp_path}
    assert all(name.endswith("_rate.fits") for name in theirs["filename"])
    assert "obs_num" not in theirs
    assert "expspcin" not in theirs


def test_a_target_that_comes_again(tmp_path: Path) -> None:
    simulated = simulate(30, ["niriss-imaging"], seed=1, errors=0)
    files = write_files(simulated, tmp_path)
    order = [files[0], files[-1], files[1]]
    ours = pool_from_headers(order).pool
    assert ours is not None
    assert list(ours["targetid"]) == ["1", "2", "1"]
    assert of_the_reference(order)["targetid"] == ["1", "2", "2"]
