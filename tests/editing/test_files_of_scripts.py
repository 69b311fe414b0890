"""Association files as people's scripts leave them: with folders, without an id, or with one product several times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import asngraph

NAMES = [f"jw04321002001_02101_0000{number}_nrcblong_cal.fits" for number in (1, 2)]


def written(path: Path, names: list[str], **fields: Any) -> Path:
    members = [{"expname": name, "exptype": "science"} for name in names]
    common = {"asn_type": "image3", "asn_rule": "DMS_Level3_Base", "asn_id": "a3001", "asn_pool": "none"}
    content = {**common, **fields, "products": [{"name": "veil_f444w", "members": members}]}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return path


@pytest.mark.parametrize("absolute", [True, False])
def test_members_with_folders_are_a_warning_and_no_hindrance(tmp_path: Path, run: Any, absolute: bool) -> None:
    data = tmp_path / "veil" / "f444w"
    data.mkdir(parents=True)
    for name in NAMES:
        (data / name).write_text("data")
    folder = data if absolute else data.relative_to(tmp_path)
    names = [f"{folder}/{name}" for name in NAMES]
    path = written(tmp_path / "veil_asn.json", names)
    result = run("asn", "validate", path)
    assert (result.code, "1 valid" in result.err, "warning: " in result.out) == (0, True, True)
    assert "has a folder" in result.out
    assert run("status", path).out.startswith("1 of 1 associations have all their files")
    assert run("asn", "files", path).out.splitlines() == names
    assert NAMES[0].removesuffix("_cal.fits") in run("which", NAMES[0], "--in", path).out
    assert "must exist" not in run("plan", path).err
    assert run("asn", "edit", path, "remove", NAMES[1]).code == 0
    assert [member["expname"] for member in asngraph.load_asn(path).members] == names[:1]
    assert run("asn", "gather", path, "-o", tmp_path / "all").code == 0
    (gathered,) = asngraph.load_asn(tmp_path / "all" / path.name).members
    assert (tmp_path / "all" / gathered["expname"]).read_text() == "data"


@pytest.mark.parametrize(
    ("asn_type", "code"), [("image3", 0), ("spec3", 0), ("tso3", 1), ("coron3", 1), ("ami3", 1)]
)  # those of stage 3 that write the id into names of files need it
def test_an_id_is_needed_where_it_is_used(tmp_path: Path, run: Any, asn_type: str, code: int) -> None:
    path = written(tmp_path / "veil_asn.json", NAMES, asn_type=asn_type, asn_id=None)
    result = run("asn", "validate", path)
    assert (result.code, "asn_id" in result.out) == (code, True)
    assert ("warning: has no asn_id" in result.out) == (code == 0)
    assert run("list", path).code == run("plan", path).code == 0


@pytest.mark.parametrize("asn_type", ["image3", "spec3"])
def test_one_product_of_several_associations_is_named(tmp_path: Path, run: Any, asn_type: str) -> None:
    for number, name in enumerate(NAMES, 1):
        written(tmp_path / f"jw04321-o002_{asn_type}_0000{number}_asn.json", [name], asn_type=asn_type)
    checked, planned = run("asn", "validate", tmp_path), run("plan", tmp_path)
    assert (checked.code, planned.code) == (0, 0)
    assert f"is written by 'jw04321-o002_{asn_type}_00001_asn.json', too" in checked.out
    assert f"no run for jw04321-o002_{asn_type}_00002: jw04321-o002_{asn_type}_00001 makes veil_f444w" in planned.err


@pytest.mark.parametrize(
    ("product", "file"),
    [("m51.fits", "m51_i2d.fits"), ("m51_cal", "m51_i2d.fits"), ("m51.v2", "m51_i2d.fits"), ("m51", "m51_cat.ecsv"),
     ("m51.v2.fits", "m51.v2_i2d.fits"), ("m51.fits", "m51.fits"), ("m51_cal", "m51_cal")],
)  # fmt: skip
def test_products_are_found_as_pipelines_cut_their_names(tmp_path: Path, run: Any, product: str, file: str) -> None:
    for number, name in enumerate((product, "m5"), 1):
        content = json.loads(written(tmp_path / f"m{number}_asn.json", NAMES).read_text())
        content["products"][0]["name"] = name
        (tmp_path / f"m{number}_asn.json").write_text(json.dumps(content))
    result = run("which", file, "--in", tmp_path, "--json")
    assert result.code == 0, result.err
    assert '"m1"' in result.out and '"m2"' not in result.out
    assert run("which", "m5_i2d.fits", "--in", tmp_path).code == 0
    assert run("which", "m52_i2d.fits", "--in", tmp_path).code == 2
