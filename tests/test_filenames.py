"""What names of files say: exposures, products, associations, pools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asnfiles import member, product, put

from asngraph.model.filenames import SUFFIXES, FileKind, parse, product_root
from asngraph.pools.from_headers import uncalibrated
from asngraph.simulation import simulate

EXPOSURE, PRODUCT = FileKind.EXPOSURE, FileKind.PRODUCT
MRS = "jw04322001001_02101_00001_mirifulong"
CUBE = "jw04322-o001_t001_miri"


@pytest.mark.parametrize(
    ("name", "root", "suffix", "kind", "extension"),
    [
        (f"{MRS}_uncal.fits", MRS, "uncal", EXPOSURE, "fits"),
        (f"{MRS}_rate.fits.gz", MRS, "rate", EXPOSURE, "fits.gz"),
        (f"/data/deep/{MRS}_RATE.FITS", MRS, "rate", EXPOSURE, "fits"),
        (f"data\\{MRS}_o001_crf.fits", MRS, "crf", EXPOSURE, "fits"),
        (f"{MRS}_a3001_crf.fits", MRS, "crf", EXPOSURE, "fits"),
        (f"{MRS}_s3d.fits", MRS, "s3d", EXPOSURE, "fits"),
        (f"{MRS}_residual_fringe.fits", MRS, "residual_fringe", EXPOSURE, "fits"),
        (f"{MRS}_jhat.fits", MRS, "jhat", EXPOSURE, "fits"),
        (MRS, MRS, "", EXPOSURE, ""),
        (
            "jw01366002001_04101_00001-seg002_nrs1_x1dints.fits",
            "jw01366002001_04101_00001-seg002_nrs1",
            "x1dints",
            EXPOSURE,
            "fits",
        ),
        ("mine_cal.fits", "mine", "cal", EXPOSURE, "fits"),
        ("mine_rate.fits.gz", "mine", "rate", EXPOSURE, "fits.gz"),
        ("mine_o001_crf.fits", "mine", "crf", EXPOSURE, "fits"),
        ("mine_jhat.fits", "mine_jhat", "", FileKind.OTHER, "fits"),
        ("mine.fits.gz", "mine", "", FileKind.OTHER, "fits.gz"),
        (
            "jw04322001001_gs-fg_2026033120000_cal.fits",
            "jw04322001001_gs-fg_2026033120000",
            "cal",
            FileKind.OTHER,
            "fits",
        ),
        ("jw04322001001_01_msa.fits", "jw04322001001_01", "msa", FileKind.OTHER, "fits"),
        (CUBE, CUBE, "", PRODUCT, ""),
        (f"{CUBE}_s3d.fits", CUBE, "s3d", PRODUCT, "fits"),
        (f"{CUBE}_ch1-short_s3d.fits", CUBE, "s3d", PRODUCT, "fits"),
        (f"{CUBE}_ch1-shortmediumlong_x1d.fits", CUBE, "x1d", PRODUCT, "fits"),
        (f"{CUBE}_psfstack.fits", CUBE, "psfstack", PRODUCT, "fits"),
        (f"{CUBE}_aminorm-oi.fits", CUBE, "aminorm-oi", PRODUCT, "fits"),
        (f"{CUBE}_cat.ecsv", CUBE, "cat", PRODUCT, "ecsv"),
        ("m51_segm.fits", "m51", "segm", PRODUCT, "fits"),
        ("deep/m51_i2d.fits", "m51", "i2d", PRODUCT, "fits"),
        (r"jw04322-o001_t001_nircam_a\-b_i2d.fits", r"jw04322-o001_t001_nircam_a\-b", "i2d", PRODUCT, "fits"),
        ("jw04322-o001_spec3_00001_asn.json", "jw04322-o001_spec3_00001", "asn", FileKind.ASSOCIATION, "json"),
        ("jw04322-o001_spec3_00001", "jw04322-o001_spec3_00001", "asn", FileKind.ASSOCIATION, ""),
        ("mosaic.yaml", "mosaic", "asn", FileKind.ASSOCIATION, "yaml"),
        ("jw04322_20260101t000000_pool.csv", "jw04322_20260101t000000", "pool", FileKind.POOL, "csv"),
    ],
)
def test_parts_of_a_name(name: str, root: str, suffix: str, kind: FileKind, extension: str) -> None:
    assert parse(name) == (root, suffix, kind, extension)


@pytest.mark.parametrize("ending", ["rate.fits.gz", "o001_crf.fits", "crf.fits", "rateints.fits", "x1d.fits"])
@pytest.mark.parametrize("source", ["pool", "folder"])
def test_which_knows_an_exposure_by_any_of_its_files(tmp_path: Path, run: Any, ending: str, source: str) -> None:
    for root in ("own", MRS):
        if source == "pool":
            pool = simulate(1, ["nircam-imaging"], seed=1).to_frame().head(1).assign(filename=f"{root}_uncal.fits")
            where = tmp_path / "p_pool.csv"
            pool.to_csv(where, sep="|", index=False)
        else:
            where = tmp_path / root
            where.mkdir()
            put(where / "m_asn.json", product(root, member(f"{root}_rate.fits")), asn_type="spec2")
        result = run("which", f"{root}_{ending}", "--in", where, "--json")
        assert (result.code, result.err) == (0, "")
        assert uncalibrated(f"{root}_{ending}") == f"{root}_uncal.fits"


@pytest.mark.parametrize("suffix", ["s3d", "psfstack", "aminorm-oi", "cat", "whtlt", "ch1-short_s3d"])
def test_which_knows_a_product_by_any_of_its_files(tmp_path: Path, run: Any, suffix: str) -> None:
    put(tmp_path / "m_asn.json", product(CUBE, member(f"{MRS}_cal.fits")), asn_type="spec3")
    result = run("which", f"{CUBE}_{suffix}.fits", "--in", tmp_path, "--json")
    assert (result.code, '"product"' in result.out) == (0, True)


@pytest.mark.parity
def test_suffixes_are_those_of_the_pipelines() -> None:
    reference = pytest.importorskip("jwst.lib.suffix", reason="compares with the jwst package")
    assert set(reference.KNOW_SUFFIXES) == SUFFIXES
    for suffix in reference.KNOW_SUFFIXES:
        for name in (f"mine_{suffix}", f"mine-{suffix}", f"{MRS}_{suffix}", f"{MRS}_o001_{suffix}"):
            assert product_root(f"{name}.fits") == reference.remove_suffix(name)[0]
        assert parse(f"mine_{suffix}.fits")[:2] == ("mine", suffix)
        assert parse(f"{MRS}_{suffix}.fits")[:3] == (MRS, suffix, EXPOSURE)
        assert parse(f"{CUBE}_{suffix}.fits")[:3] == (CUBE, suffix, PRODUCT)
