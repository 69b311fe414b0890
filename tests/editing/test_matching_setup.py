"""``asn create --tell header``: each science exposure has what is of its own set-up, by the facts in the headers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fitsfiles import write_file

MRS = {"INSTRUME": "MIRI", "EXP_TYPE": "MIR_MRS", "PROGRAM": "01234", "OBSERVTN": "001"}
MRS_DETECTORS = {"12": "MIRIFUSHORT", "34": "MIRIFULONG"}
BANDS = ("SHORT", "MEDIUM", "LONG")
IFU = {"INSTRUME": "NIRSPEC", "EXP_TYPE": "NRS_IFU", "PROGRAM": "01234", "OBSERVTN": "001", "READPATT": "NRSIRS2"}
IFU |= {"DETECTOR": "NRS1", "FILTER": "F170LP", "GRATING": "G235H", "NGROUPS": 20, "NINTS": 1}
WFSS = {"INSTRUME": "NIRISS", "DETECTOR": "NIS", "PROGRAM": "01234", "OBSERVTN": "001", "SUBARRAY": "FULL"}
NIRCAM = {"INSTRUME": "NIRCAM", "EXP_TYPE": "NRC_IMAGE", "PROGRAM": "01234", "OBSERVTN": "001", "SUBARRAY": "FULL"}
SHORT = {"DETECTOR": "NRCA1", "CHANNEL": "SHORT", "FILTER": "F150W", "PUPIL": "CLEAR"}
LONG = {"DETECTOR": "NRCALONG", "CHANNEL": "LONG", "FILTER": "F444W", "PUPIL": "CLEAR"}

Create = Callable[..., tuple[dict[str, list[tuple[str, str]]], list[str]]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def create(run: Any, here: Path) -> Create:
    """Write files, make an association of them, and return its products' members and what was said."""

    def call(files: dict[str, dict[str, Any]], *more: str, rule: str = "DMSLevel2bBase") -> Any:
        for name, cards in files.items():
            write_file(here / name, cards)
        named = {word.partition(",")[0] for word in more}
        words = [name for name in files if name not in named]
        result = run("asn", "create", *words, *more, "--tell", "header", "-r", rule, "-o", "a_asn.json", "--overwrite")
        assert result.code == 0, result.err
        products = json.loads((here / "a_asn.json").read_text())["products"]
        made = {
            product["name"]: [(member["expname"], member["exptype"]) for member in product["members"]]
            for product in products
        }
        return made, [line for line in result.err.splitlines() if "warning" in line]

    return call


def mrs(channel: str, band: str, **more: Any) -> dict[str, Any]:
    return {**MRS, "DETECTOR": MRS_DETECTORS[channel], "CHANNEL": channel, "BAND": band, **more}


def served(made: dict[str, list[tuple[str, str]]], role: str) -> dict[str, list[str]]:
    return {name: [expname for expname, own in members if own == role] for name, members in made.items()}


def test_each_channel_and_band_has_its_own_background(create: Create) -> None:
    files = {
        f"{kind}{channel}{band.lower()}_rate.fits": mrs(channel, band, BKGDTARG=kind == "b")
        for kind in "sb"
        for channel in MRS_DETECTORS
        for band in BANDS
    }
    made, said = create(files)
    assert served(made, "background") == {
        f"s{channel}{band.lower()}": [f"b{channel}{band.lower()}_rate.fits"]
        for channel in MRS_DETECTORS
        for band in BANDS
    }
    assert said == []


@pytest.mark.parametrize("flag", [True, "T", "TRUE", "true", "t", "Y", 1])
def test_a_background_however_its_flag_is_spelt(create: Create, here: Path, run: Any, flag: Any) -> None:
    files = {"s_rate.fits": mrs("12", "SHORT"), "b_rate.fits": mrs("12", "SHORT", BKGDTARG=flag)}
    assert create(files)[0] == {"s": [("s_rate.fits", "science"), ("b_rate.fits", "background")]}
    assert run("pool", "make", "b_rate.fits", "-o", "pool.csv").code == 0
    header, row = [line for line in (here / "pool.csv").read_text().splitlines() if not line.startswith("#")][:2]
    assert dict(zip(header.split("|"), row.split("|"), strict=True))["bkgdtarg"].strip() == "t"


@pytest.mark.parametrize("flag", [False, "F", "FALSE", "N/A", ""])
def test_no_background_however_its_flag_is_spelt(create: Create, flag: Any) -> None:
    assert list(create({"s_rate.fits": mrs("12", "SHORT", BKGDTARG=flag)})[0]) == ["s"]


def test_a_flag_that_is_neither_is_refused(run: Any, here: Path) -> None:
    write_file(here / "s_rate.fits", mrs("12", "SHORT", IS_PSF="PERHAPS"))
    result = run("asn", "create", "s_rate.fits", "--tell", "header", "-r", "DMSLevel2bBase", "-o", "a_asn.json")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "s_rate.fits" in result.err
    assert "IS_PSF 'PERHAPS' is neither true nor false" in result.err


def test_roles_given_by_hand(create: Create) -> None:
    """Each science with backgrounds of its own channel and band, and those that help to find its bad pixels."""
    files = {
        "s1_rate.fits": mrs("12", "SHORT"),
        "s2_rate.fits": mrs("34", "SHORT"),
        "b1_rate.fits": mrs("12", "SHORT"),
        "b2_rate.fits": mrs("34", "SHORT"),
        "c1_rate.fits": mrs("12", "SHORT"),
        "c2_rate.fits": mrs("34", "SHORT"),
    }
    made, said = create(
        files, "b1_rate.fits,background", "b2_rate.fits,background", "c1_rate.fits,selfcal", "c2_rate.fits,selfcal"
    )
    assert made == {
        "s1": [("s1_rate.fits", "science"), ("b1_rate.fits", "background"), ("c1_rate.fits", "selfcal")],
        "s2": [("s2_rate.fits", "science"), ("b2_rate.fits", "background"), ("c2_rate.fits", "selfcal")],
    }
    assert said == []


def test_what_serves_nothing_is_named_with_the_reason(create: Create) -> None:
    files = {
        "s_rate.fits": mrs("12", "SHORT"),
        "b_rate.fits": mrs("12", "LONG", BKGDTARG=True),
        "c_rate.fits": mrs("34", "SHORT", BKGDTARG=True),
    }
    made, said = create(files)
    assert made == {"s": [("s_rate.fits", "science")]}
    assert len(said) == 3
    assert "b_rate.fits is left out as background: its BAND is LONG; that of s_rate.fits" in said[0]
    assert "c_rate.fits is left out as background: its DETECTOR is MIRIFULONG and its CHANNEL is 34" in said[1]
    assert said[2].endswith("s_rate.fits has no background of its set-up")


def test_many_that_serve_nothing_are_counted(create: Create) -> None:
    files = {f"b{number}_rate.fits": mrs("12", "LONG", BKGDTARG=True) for number in range(12)}
    made, said = create({"s_rate.fits": mrs("12", "SHORT"), **files})
    assert made == {"s": [("s_rate.fits", "science")]}
    assert len(said) == 2
    assert "b0_rate.fits and 11 more are left out as background: its BAND is LONG" in said[0]


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("GRATING", "G395H"),
        ("FILTER", "F290LP"),
        ("DETECTOR", "NRS2"),
        ("NGROUPS", 5),
        ("NINTS", 2),
        ("READPATT", "NRS"),
    ],
)
def test_imprints_of_the_own_set_up(create: Create, keyword: str, value: Any) -> None:
    files = {
        "s1_rate.fits": IFU,
        "s2_rate.fits": IFU | {keyword: value},
        "i1_rate.fits": IFU | {"IS_IMPRT": True},
        "i2_rate.fits": IFU | {"IS_IMPRT": True, keyword: value},
    }
    made, said = create(files)
    assert served(made, "imprint") == {"s1": ["i1_rate.fits"], "s2": ["i2_rate.fits"]}
    assert said == []
    only, said = create({name: cards for name, cards in files.items() if name[:2] != "s2"})
    assert served(only, "imprint") == {"s1": ["i1_rate.fits"]}
    assert len(said) == 1
    assert f"i2_rate.fits is left out as imprint: its {keyword} is {value}" in said[0]


def test_a_background_of_the_same_grating_may_have_another_number_of_groups(create: Create) -> None:
    files = {"s_rate.fits": IFU, "b_rate.fits": IFU | {"BKGDTARG": True, "NGROUPS": 5, "OBSERVTN": "002"}}
    assert served(create(files)[0], "background") == {"s": ["b_rate.fits"]}


def test_slits(create: Create) -> None:
    slit = IFU | {"EXP_TYPE": "NRS_FIXEDSLIT", "SUBARRAY": "SUBS200A1", "FXD_SLIT": "S200A1"}
    other = slit | {"SUBARRAY": "SUBS400A1", "FXD_SLIT": "S400A1"}
    files = {"s_rate.fits": slit, "b1_rate.fits": slit | {"BKGDTARG": "T"}, "b2_rate.fits": other | {"BKGDTARG": "T"}}
    made, said = create(files)
    assert served(made, "background") == {"s": ["b1_rate.fits"]}
    assert "its FXD_SLIT is S400A1" in said[0]


def grism(filter_: str, pupil: str, **more: Any) -> dict[str, Any]:
    return {**WFSS, "EXP_TYPE": "NIS_WFSS", "FILTER": filter_, "PUPIL": pupil, **more}


def image(pupil: str, **more: Any) -> dict[str, Any]:
    return {**WFSS, "EXP_TYPE": "NIS_IMAGE", "FILTER": "CLEAR", "PUPIL": pupil, **more}


def of_image(stem: str) -> list[tuple[str, str]]:
    return [(f"{stem}_i2d.fits", "direct_image"), (f"{stem}_cat.ecsv", "sourcecat"), (f"{stem}_segm.fits", "segmap")]


def test_direct_images_of_the_own_pupil_with_their_catalogs(create: Create) -> None:
    files = {
        "s1_rate.fits": grism("GR150R", "F115W"),
        "s2_rate.fits": grism("GR150C", "F115W"),
        "s3_rate.fits": grism("GR150R", "F200W"),
        "d1_i2d.fits": image("F115W"),
        "d2_i2d.fits": image("F200W"),
        "d3_i2d.fits": image("F150W"),
    }
    made, said = create(files)
    assert {name: sorted(members[1:]) for name, members in made.items()} == {
        "s1": sorted(of_image("d1")), "s2": sorted(of_image("d1")), "s3": sorted(of_image("d2")),
    }  # fmt: skip
    assert "d3_i2d.fits is left out as direct_image: its PUPIL is F150W" in said[0]
    assert any("d3_cat.ecsv is left out as sourcecat: its direct image is left out" in line for line in said)


def test_the_direct_image_of_the_own_observation_where_there_is_one(create: Create) -> None:
    files = {
        "s1_rate.fits": grism("GR150R", "F115W"),
        "s2_rate.fits": grism("GR150R", "F115W", OBSERVTN="002"),
        "d1_i2d.fits": image("F115W"),
        "d2_i2d.fits": image("F115W", OBSERVTN="002"),
    }
    assert served(create(files)[0], "direct_image") == {"s1": ["d1_i2d.fits"], "s2": ["d2_i2d.fits"]}
    del files["d2_i2d.fits"]
    assert served(create(files)[0], "direct_image") == {"s1": ["d1_i2d.fits"], "s2": ["d1_i2d.fits"]}


def test_direct_images_of_nircam_are_of_the_filter_and_the_module(create: Create) -> None:
    grism_a = NIRCAM | LONG | {"EXP_TYPE": "NRC_WFSS", "PUPIL": "GRISMR"}
    files = {
        "s_rate.fits": grism_a,
        "d1_i2d.fits": NIRCAM | LONG,
        "d2_i2d.fits": NIRCAM | LONG | {"FILTER": "F356W"},
        "d3_i2d.fits": NIRCAM | LONG | {"DETECTOR": "NRCBLONG"},
        "d4_i2d.fits": NIRCAM | SHORT,
    }
    assert served(create(files)[0], "direct_image") == {"s": ["d1_i2d.fits"]}
    del files["d1_i2d.fits"]
    files["d5_i2d.fits"] = NIRCAM | LONG | {"DETECTOR": "MULTIPLE"}  # combined of both modules
    made = create(files)[0]
    assert served(made, "direct_image") == {"s": ["d5_i2d.fits"]}


def test_several_instruments_at_once(create: Create) -> None:
    files = {
        "n1_rate.fits": NIRCAM | SHORT,
        "n2_rate.fits": NIRCAM | LONG,
        "m_rate.fits": mrs("12", "SHORT"),
        "b1_rate.fits": NIRCAM | SHORT | {"BKGDTARG": True},
        "b2_rate.fits": NIRCAM | LONG | {"BKGDTARG": True},
        "b3_rate.fits": mrs("12", "SHORT", BKGDTARG=True),
        "t_rate.fits": {"INSTRUME": "MIRI", "EXP_TYPE": "MIR_TACQ", "DETECTOR": "MIRIMAGE"},
    }
    made, said = create(files)
    assert served(made, "background") == {"n1": ["b1_rate.fits"], "n2": ["b2_rate.fits"], "m": ["b3_rate.fits"]}
    assert served(made, "target_acquisition") == {"n1": [], "n2": [], "m": ["t_rate.fits"]}
    assert len(said) == 1
    assert "give --asn-type image2 or spec2" in said[0]  # images and spectra in one association


def test_level_3_leaves_out_what_is_of_no_science(create: Create) -> None:
    files = {
        "s1_cal.fits": mrs("12", "SHORT"),
        "s2_cal.fits": mrs("34", "SHORT"),
        "b1_x1d.fits": mrs("12", "SHORT", BKGDTARG="TRUE"),
        "b2_x1d.fits": mrs("34", "SHORT", BKGDTARG="TRUE"),
        "b3_x1d.fits": mrs("12", "LONG", BKGDTARG="TRUE"),
    }
    made, said = create(files, "--product-name", "p", rule="Asn_Lv3MIRMRS")
    assert served(made, "background") == {"p": ["b1_x1d.fits", "b2_x1d.fits"]}
    assert len(said) == 1
    assert "b3_x1d.fits is left out as background: its BAND is LONG" in said[0]


def test_level_3_of_nircam(create: Create) -> None:
    files = {
        "s_cal.fits": NIRCAM | LONG,
        "b1_cal.fits": NIRCAM | LONG | {"BKGDTARG": True},
        "b2_cal.fits": NIRCAM | SHORT | {"BKGDTARG": True},
    }
    made, said = create(files, "--product-name", "p", rule="DMS_Level3_Base")
    assert made == {"p": [("s_cal.fits", "science"), ("b1_cal.fits", "background")]}
    assert "its DETECTOR is NRCA1 and its CHANNEL is SHORT and its FILTER is F150W" in said[0]


def test_level_3_without_science_is_refused_as_ever(run: Any, here: Path) -> None:
    write_file(here / "b_x1d.fits", mrs("12", "SHORT", BKGDTARG=True))
    result = run("asn", "create", "b_x1d.fits", "--tell", "header", "--product-name", "p", "-o", "a_asn.json")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "no member is science" in result.err


def test_an_extracted_channel_is_of_its_detector(create: Create) -> None:
    files = {"s_cal.fits": mrs("12", "SHORT"), "b_x1d.fits": mrs("12", "SHORT", BKGDTARG=True, CHANNEL="2")}
    made, _ = create(files, "--product-name", "p", rule="Asn_Lv3MIRMRS")
    assert served(made, "background") == {"p": ["b_x1d.fits"]}


def test_of_what_has_no_header_nothing_is_known(create: Create) -> None:
    files = {"s_rate.fits": mrs("12", "SHORT")}
    made, said = create(files, "there_is_none_rate.fits,background", "list.ecsv,sourcecat", "--allow-missing")
    assert made["s"][1:] == [("there_is_none_rate.fits", "background"), ("list.ecsv", "sourcecat")]
    assert len(said) == 1
    assert "there_is_none_rate.fits: its header cannot be read (does not exist)" in said[0]


def test_other_ways_of_telling_leave_nothing_out(run: Any, here: Path) -> None:
    write_file(here / "s_rate.fits", mrs("12", "SHORT"))
    write_file(here / "b_rate.fits", mrs("34", "LONG"))
    words = ["s_rate.fits", "b_rate.fits,background", "-r", "DMSLevel2bBase", "-o", "a_asn.json"]
    assert run("asn", "create", *words).code == 0
    assert len(json.loads((here / "a_asn.json").read_text())["products"][0]["members"]) == 2


@pytest.mark.parity
@pytest.mark.parametrize("level", [2, 3])
def test_the_real_jwst_loads_it(create: Create, here: Path, level: int) -> None:
    from jwst.associations import load_asn
    from jwst.associations.load_as_asn import LoadAsLevel2Asn

    suffix, words = ("rate", []) if level == 2 else ("cal", ["--product-name", "p"])
    files = {
        f"s_{suffix}.fits": mrs("12", "SHORT"),
        f"b_{suffix}.fits": mrs("12", "SHORT", BKGDTARG="TRUE"),
        f"c_{suffix}.fits": mrs("12", "LONG", BKGDTARG="TRUE"),
    }
    create(files, *words, rule="Asn_Lv2Spec" if level == 2 else "Asn_Lv3MIRMRS")
    with (here / "a_asn.json").open() as file:
        loaded = load_asn(file) if level == 3 else LoadAsLevel2Asn.load(str(here / "a_asn.json"))
    (product,) = loaded["products"]
    assert [(member["expname"], member["exptype"]) for member in product["members"]] == [
        (f"s_{suffix}.fits", "science"), (f"b_{suffix}.fits", "background"),
    ]  # fmt: skip
