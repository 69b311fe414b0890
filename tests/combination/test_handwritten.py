"""Each line of the table in docs/combine.md does what the table says, on a folder of invented data."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

pytest.importorskip("astropy", reason="needs the extra `fits`")

from observed import write_observed

LINES = re.findall(r"^\| (\d+)\. .*?\| `(.*?)` \|$", (ROOT / "docs" / "combine.md").read_text(), re.MULTILINE)
Members = dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_observed(tmp_path_factory.mktemp("observed") / "data")


@pytest.fixture
def made(data: Path, run, tmp_path, monkeypatch, request) -> tuple[Members, str]:
    """The members of each product that a line makes, as (name of the file, role); and what it prints."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(data)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "jw01234-o001_image3_00001_asn.json").write_text("{}")
    Path("sky.txt").write_text("# off-source\nSKY\n")
    Path("stars.txt").write_text("HD-1\n")
    Path("references.txt").write_text("HR-2\n")
    shutil.copy(ROOT / "examples" / "nircam_mosaic.csv", "pool.csv")
    out = ""
    for command in dict(LINES)[request.param].split(" && "):
        program, *words = shlex.split(command)
        assert program == "asngraph"
        result = run(*words)
        assert result.code == 0, result.err
        out += result.out
    products: Members = {}
    for path in [*Path("asns").glob("*.json"), *Path("archive").glob("own*.json")]:
        document: dict[str, Any] = json.loads(path.read_text())
        assert run("asn", "validate", path).code == 0
        (product,) = document["products"]
        for member in product["members"]:
            expname = Path(member["expname"])
            assert expname.exists() == expname.is_absolute()
            products.setdefault(product["name"], []).append((expname.name, member["exptype"]))
    return products, out


def of(members: list[tuple[str, str]], role: str) -> list[str]:
    return [name for name, exptype in members if exptype == role]


def number(name: str) -> Any:
    return pytest.mark.parametrize("made", [name], indirect=True)


def test_every_line_is_there() -> None:
    assert [name for name, _ in LINES] == [str(count) for count in range(1, 21)]


@number("1")
def test_mrs_stage_2(made) -> None:
    products, _ = made
    stars = {name: members for name, members in products.items() if "jw01234003" in name}
    assert len(stars) == 4
    for name, members in stars.items():
        detector = name.rpartition("_")[2]
        expected = [f"jw01234004001_02101_{count:05}_{detector}_rate.fits" for count in (1, 2)]
        assert of(members, "science") == [f"{name}_rate.fits"]
        assert of(members, "background") == of(members, "selfcal") == expected


@number("2")
def test_mrs_stage_3(made) -> None:
    ((_, members),) = made[0].items()
    assert len(of(members, "science")) == 4
    assert all("jw01234003" in name and name.endswith("_cal.fits") for name in of(members, "science"))
    assert len(of(members, "background")) == 4
    assert all("jw01234004" in name and name.endswith("_x1d.fits") for name in of(members, "background"))


@number("3")
def test_ifu_nods(made) -> None:
    products, _ = made
    assert len(products) == 2
    for name, members in products.items():
        other = name.replace("00001", "x").replace("00002", "00001").replace("x", "00002")
        assert of(members, "background") == of(members, "selfcal") == [f"{other}_rate.fits"]
        assert of(members, "imprint") == [f"jw01234005001_02103_0000{count}_nrs1_rate.fits" for count in (1, 2)]


@number("4")
def test_direct_images(made) -> None:
    products, _ = made
    grisms = {name: members for name, members in products.items() if of(members, "direct_image")}
    assert len(grisms) == 2
    for count, pupil in ((3, "f115w"), (4, "f200w")):
        (image,) = of(grisms[f"jw01234007001_02101_{count:05}_nis"], "direct_image")
        root = image.removesuffix("_i2d.fits")
        assert pupil in root
        assert len(of(products[root], "science")) == 1
        assert of(grisms[f"jw01234007001_02101_{count:05}_nis"], "sourcecat") == [f"{root}_cat.ecsv"]


@number("5")
def test_coronagraphy(made) -> None:
    ((_, members),) = made[0].items()
    assert [name[:13] for name in of(members, "science")] == ["jw01234009001"] * 2
    assert [name[:13] for name in of(members, "psf")] == ["jw01234010001"] * 2


@number("6")
def test_mos_nods(made) -> None:
    products, _ = made
    assert len(products) == 3
    for members in products.values():
        assert len({name for name, _ in members}) == 3
        assert len(of(members, "background")) == 2


@number("7")
def test_the_nearest_backgrounds(made) -> None:
    stars = {name: members for name, members in made[0].items() if "jw01234003" in name}
    assert len(stars) == 4
    for name, members in stars.items():
        assert of(members, "background") == [f"{name.replace('jw01234003', 'jw01234004')}_rate.fits"]


@number("8")
def test_by_band_and_target(made) -> None:
    assert sorted(made[0]) == ["m51-east_f150w", "m51-east_f277w", "m51-west_f150w", "m51-west_f277w"]
    assert all(len(members) == 2 and "jw01234" in members[0][0] for members in made[0].values())


@number("9")
def test_over_programs(made) -> None:
    assert {name: len(members) for name, members in made[0].items()} == {"survey_f150w": 6, "survey_f277w": 6}


@number("10")
def test_by_visit(made) -> None:
    assert len(made[0]) == 6 - 2  # without VISIT_ID in these headers, observation 1 of both programs is one
    assert sum(map(len, made[0].values())) == 12


@number("11")
def test_tables_of_targets(made) -> None:
    ((_, members),) = made[0].items()
    assert [role for _, role in members] == ["science", "science", "psf", "psf"]


@number("12")
def test_another_suffix(made) -> None:
    assert {name: len(members) for name, members in made[0].items()} == {"m51_f150w": 3, "m51_f277w": 3}
    assert all(name.endswith("_jhat.fits") for members in made[0].values() for name, _ in members)


@number("13")
def test_no_id(made) -> None:
    assert len(made[0]) == 4
    assert all("asn_id" not in json.loads(path.read_text()) for path in Path("asns").iterdir())


@number("14")
def test_detectors(made) -> None:
    assert {name.split("_")[3] for members in made[0].values() for name, _ in members} == {"nrcb1"}


@number("15")
def test_all_of_stage_2(made) -> None:
    types = {path.name.split("_")[-2] for path in Path("asns").iterdir()}
    assert types == {"image2", "spec2"}
    assert all(len(members) == 1 for members in made[0].values())


@number("16")
def test_what_to_download(made) -> None:
    assert len(made[1].splitlines()) == 20
    assert all(re.fullmatch(r"mast:JWST/product/\S+_cal\.fits", line) for line in made[1].splitlines())


@number("17")
def test_beside_the_archive(made) -> None:
    assert sorted(made[0]) == ["own_clear-f150w", "own_clear-f277w"]
    assert Path("archive/jw01234-o001_image3_00001_asn.json").read_text() == "{}"


@number("18")
def test_guide_stars(made) -> None:
    assert sum(map(len, made[0].values())) == 11


@number("19")
def test_a_table(made) -> None:
    assert max(map(len, made[1].splitlines())) <= 80
    assert "coron3" in made[1]


@number("20")
def test_by_distance(made) -> None:
    assert sorted(len(members) for members in made[0].values()) == [6, 6]
